//! Domain separation: what a hash or a signature is about, said in its first bytes.

/// Every label of the project. A label is never reused for another meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Label {
    /// The identifier of an account.
    AccountId,
    /// One entry in an account's running hash.
    AccountEntry,
    /// The identifier of a key.
    KeyId,
    /// The body of a transaction: its identifier and what is signed.
    Transaction,
    /// What several governors sign together.
    Governance,
    /// The salted commitment to a payment's terms.
    PaymentTerms,
    /// A payment code's text.
    PaymentCode,
    /// The evidence of a grant.
    GrantEvidence,
    /// A person, keyed by the granting office.
    PersonTag,
    /// The ids of one block, in the state.
    ConsumedIds,
    /// The bank's word on a debit.
    BankDebit,
    /// The bank's word on the end of an order.
    BankEnding,
    /// The bank's word on a balance.
    BankBalance,
    /// The centre's word on a merchant.
    CentreMerchant,
    /// The centre's word on an order it took.
    CentreAcceptance,
    /// The centre's word that an order needs the citizen card, and where it asks for it.
    CentreCard,
    /// The treasury's word on a claim.
    TreasuryAnswer,
    /// A citizen's request to a party, signed by the device.
    DeviceRequest,
    /// A citizen's mandate behind a consumer code.
    Mandate,
    /// A merchant's registration with the centre.
    MerchantApplication,
    /// A merchant's request to the centre.
    MerchantRequest,
    /// The centre's word to a merchant's till.
    CentreTill,
    /// The salted commitment to what a refund is about.
    RefundTerms,
    /// The bank's word on a refund.
    BankRefund,
    /// The centre's word on a consumer code.
    ConsumerCode,
    /// The centre's word on a charge of a consumer code that it refused.
    ChargeRefusal,
    /// The treasury's word on a gift certificate.
    Certificate,
    /// The centre's order to pay merchants out.
    Settlement,
    /// The bank's word on a settlement.
    BankSettlement,
    /// A key derived from another.
    KeyDerivation,
    /// A sealed value.
    Sealed,
    /// A row of the local store.
    StoreRow,
    /// A backup.
    Backup,
    /// The randomness of a ballot, out of its seed.
    BallotRandomness,
    /// The challenge of a contest's proof.
    BallotProof,
    /// The weights of a batch of ballots.
    BallotBatch,
    /// A ballot's fingerprint.
    BallotFingerprint,
    /// A ballot, signed by its voting key.
    Ballot,
    /// A trustee's commitment to what she will reveal.
    CeremonyCommitment,
    /// A trustee's polynomial in the exponent.
    CeremonyReveal,
    /// The challenge of a trustee's proof of knowledge.
    CeremonyProof,
    /// A trustee's sealed shares.
    CeremonyDealing,
    /// A trustee's verdict on the shares dealt to her.
    CeremonyVerdict,
    /// A trustee's answer to complaints.
    CeremonyAnswer,
    /// A trustee's confirmation of the whole ceremony.
    CeremonyConfirmation,
    /// The digest of a key ceremony.
    CeremonyTranscript,
    /// The randomness of a trustee, out of her seed.
    CeremonyRandomness,
    /// The sums that are decrypted.
    Tally,
    /// The challenge of a decryption share's proof.
    DecryptionProof,
    /// The nonce of a decryption share's proof.
    DecryptionNonce,
    /// A trustee's decryption shares.
    DecryptionShares,
    /// A poll's manifest: its name.
    PollManifest,
    /// A person's place on an electoral roll.
    RollEntry,
    /// A person on the roll, as the issuance log names her.
    RollTag,
    /// What every registrar signs blindly: a voting key of an electorate.
    VotingToken,
    /// The digest of a blinded message in the issuance log.
    BlindedToken,
    /// A registrar's word that it will not sign, and why.
    RegistrarRefusal,
    /// The digest of an entry's bytes, in its leaf of the board.
    BoardEntry,
    /// A ballot that is opened and never counted, signed by its voting key.
    SpoiledBallot,
    /// A relay's word that it will put a ballot on the board.
    RelayPromise,
    /// A blinded element for the participation reward, signed by the voting key.
    RewardRequest,
    /// What the treasury signs blindly for the participation reward.
    RewardToken,
    /// A registrar's answer to a registration.
    RegistrarWord,
    /// The digest of a registration by the citizen card: the card is shown for it.
    CardRegistration,
    /// The election office's request for blind-signature keys.
    BlindKeysRequest,
    /// The blind-signature keys that a party made.
    BlindKeysWord,
    /// The identifier of an organisation's DID.
    SeoulDid,
    /// A recovery officer's word on whose account one is.
    OfficerEnrolment,
    /// A recovery officer's report of a loss to the issuer.
    OfficerLoss,
}

impl Label {
    /// The label's text.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::AccountId => "seoul-wallet/account-id",
            Self::AccountEntry => "seoul-wallet/account-entry",
            Self::KeyId => "seoul-wallet/key-id",
            Self::Transaction => "seoul-wallet/transaction",
            Self::Governance => "seoul-wallet/governance",
            Self::PaymentTerms => "seoul-wallet/payment-terms",
            Self::PaymentCode => "seoul-wallet/payment-code",
            Self::GrantEvidence => "seoul-wallet/grant-evidence",
            Self::PersonTag => "seoul-wallet/person-tag",
            Self::ConsumedIds => "seoul-wallet/consumed-ids",
            Self::BankDebit => "seoul-wallet/bank-debit",
            Self::BankEnding => "seoul-wallet/bank-ending",
            Self::BankBalance => "seoul-wallet/bank-balance",
            Self::CentreMerchant => "seoul-wallet/centre-merchant",
            Self::CentreAcceptance => "seoul-wallet/centre-acceptance",
            Self::CentreCard => "seoul-wallet/centre-card",
            Self::TreasuryAnswer => "seoul-wallet/treasury-answer",
            Self::DeviceRequest => "seoul-wallet/device-request",
            Self::Mandate => "seoul-wallet/mandate",
            Self::MerchantApplication => "seoul-wallet/merchant-application",
            Self::MerchantRequest => "seoul-wallet/merchant-request",
            Self::CentreTill => "seoul-wallet/centre-till",
            Self::RefundTerms => "seoul-wallet/refund-terms",
            Self::BankRefund => "seoul-wallet/bank-refund",
            Self::ConsumerCode => "seoul-wallet/consumer-code",
            Self::ChargeRefusal => "seoul-wallet/charge-refusal",
            Self::Certificate => "seoul-wallet/certificate",
            Self::Settlement => "seoul-wallet/settlement",
            Self::BankSettlement => "seoul-wallet/bank-settlement",
            Self::KeyDerivation => "seoul-wallet/key-derivation",
            Self::Sealed => "seoul-wallet/sealed",
            Self::StoreRow => "seoul-wallet/store-row",
            Self::Backup => "seoul-wallet/backup",
            Self::BallotRandomness => "seoul-wallet/ballot-randomness",
            Self::BallotProof => "seoul-wallet/ballot-proof",
            Self::BallotBatch => "seoul-wallet/ballot-batch",
            Self::BallotFingerprint => "seoul-wallet/ballot-fingerprint",
            Self::Ballot => "seoul-wallet/ballot",
            Self::CeremonyCommitment => "seoul-wallet/ceremony-commitment",
            Self::CeremonyReveal => "seoul-wallet/ceremony-reveal",
            Self::CeremonyProof => "seoul-wallet/ceremony-proof",
            Self::CeremonyDealing => "seoul-wallet/ceremony-dealing",
            Self::CeremonyVerdict => "seoul-wallet/ceremony-verdict",
            Self::CeremonyAnswer => "seoul-wallet/ceremony-answer",
            Self::CeremonyConfirmation => "seoul-wallet/ceremony-confirmation",
            Self::CeremonyTranscript => "seoul-wallet/ceremony-transcript",
            Self::CeremonyRandomness => "seoul-wallet/ceremony-randomness",
            Self::Tally => "seoul-wallet/tally",
            Self::DecryptionProof => "seoul-wallet/decryption-proof",
            Self::DecryptionNonce => "seoul-wallet/decryption-nonce",
            Self::DecryptionShares => "seoul-wallet/decryption-shares",
            Self::PollManifest => "seoul-wallet/poll-manifest",
            Self::RollEntry => "seoul-wallet/roll-entry",
            Self::RollTag => "seoul-wallet/roll-tag",
            Self::VotingToken => "seoul-wallet/voting-token",
            Self::BlindedToken => "seoul-wallet/blinded-token",
            Self::RegistrarRefusal => "seoul-wallet/registrar-refusal",
            Self::BoardEntry => "seoul-wallet/board-entry",
            Self::SpoiledBallot => "seoul-wallet/spoiled-ballot",
            Self::RelayPromise => "seoul-wallet/relay-promise",
            Self::RewardRequest => "seoul-wallet/reward-request",
            Self::RewardToken => "seoul-wallet/reward-token",
            Self::RegistrarWord => "seoul-wallet/registrar-word",
            Self::CardRegistration => "seoul-wallet/card-registration",
            Self::BlindKeysRequest => "seoul-wallet/blind-keys-request",
            Self::BlindKeysWord => "seoul-wallet/blind-keys-word",
            Self::SeoulDid => "seoul-wallet/did",
            Self::OfficerEnrolment => "seoul-wallet/officer-enrolment",
            Self::OfficerLoss => "seoul-wallet/officer-loss",
        }
    }

    /// What goes before the bytes: the label's length in one byte, then the label.
    #[must_use]
    pub fn prefix(self) -> Vec<u8> {
        let text = self.text().as_bytes();
        // Every label is shorter than 256 bytes: `labels_are_short_and_distinct`.
        let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
        let mut prefix = vec![length];
        prefix.extend_from_slice(text);
        prefix
    }

    /// The bytes to sign: prefix, then message.
    #[must_use]
    pub fn message(self, bytes: &[u8]) -> Vec<u8> {
        let mut message = self.prefix();
        message.extend_from_slice(bytes);
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_short_and_distinct() {
        use Label::*;
        let all = [
            AccountId,
            AccountEntry,
            KeyId,
            Transaction,
            Governance,
            PaymentTerms,
            PaymentCode,
            GrantEvidence,
            PersonTag,
            ConsumedIds,
            BankDebit,
            BankEnding,
            BankBalance,
            CentreMerchant,
            CentreAcceptance,
            CentreCard,
            TreasuryAnswer,
            DeviceRequest,
            Mandate,
            MerchantApplication,
            MerchantRequest,
            CentreTill,
            RefundTerms,
            BankRefund,
            ConsumerCode,
            ChargeRefusal,
            Certificate,
            Settlement,
            BankSettlement,
            KeyDerivation,
            Sealed,
            StoreRow,
            Backup,
            BallotRandomness,
            BallotProof,
            BallotBatch,
            BallotFingerprint,
            Ballot,
            CeremonyCommitment,
            CeremonyReveal,
            CeremonyProof,
            CeremonyDealing,
            CeremonyVerdict,
            CeremonyAnswer,
            CeremonyConfirmation,
            CeremonyTranscript,
            CeremonyRandomness,
            Tally,
            DecryptionProof,
            DecryptionNonce,
            DecryptionShares,
            PollManifest,
            RollEntry,
            RollTag,
            VotingToken,
            BlindedToken,
            RegistrarRefusal,
            BoardEntry,
            SpoiledBallot,
            RelayPromise,
            RewardRequest,
            RewardToken,
            RegistrarWord,
            CardRegistration,
            BlindKeysRequest,
            BlindKeysWord,
            SeoulDid,
            OfficerEnrolment,
            OfficerLoss,
        ];
        let texts: std::collections::BTreeSet<_> = all.iter().map(|label| label.text()).collect();
        assert_eq!(texts.len(), all.len());
        assert!(texts.iter().all(|text| text.len() < 100));
        // A `/`: what is labelled is never the signing input of a token, which is base64url (KEYS-13).
        assert!(texts.iter().all(|text| text.starts_with("seoul-wallet/")));
    }
}
