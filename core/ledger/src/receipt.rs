//! A receipt: a file that proves a payment to anybody who has the trust file, without a network.

use crate::attested::{Attested, AttestedError, Word};
use crate::history::{HeaderProof, HistoryError};
use crate::light_block::{LightBlock, LightBlockError};
use crate::light_client::{HeaderError, LightClient};
use crate::proof::{ProofError, ProvenState};
use crate::role::RoleRecord;
use crate::state_key;
use crate::verified::{Provenance, Verified, VerifiedHeader};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::Signed;
use citizen_payment::word::{BankDebit, MerchantAnswer, MerchantStatus};
use citizen_payment::{PaymentRecord, PaymentState, Terms};
use citizen_primitives::{Canonical as _, DecodeError, Hash, KeyId, Label, UnixTime};

/// The most bytes of a receipt.
pub const LONGEST: usize = 512 * 1024;

/// What proves one payment. Its canonical bytes are the file.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Receipt {
    /// What was paid to whom, with the salt that opens the commitment.
    pub terms: Terms,
    /// The header under which the state is proved.
    pub light_block: Vec<u8>,
    /// The payment's record, the centre's in the registry, and the bank's if won was paid.
    pub state: ProvenState,
    /// The centre's word on the merchant.
    pub merchant: Signed<MerchantAnswer>,
    /// The bank's word on the won, if won was paid.
    pub debit: Option<Signed<BankDebit>>,
    /// That the header is in the history of a newer one, once a checkpoint has moved past it.
    pub renewal: Option<Renewal>,
}
citizen_primitives::canonical!(Receipt = 1);

/// The proof of a receipt's header through a newer header.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Renewal {
    /// The newer header.
    pub light_block: Vec<u8>,
    /// That the receipt's header is in its history.
    pub proof: HeaderProof,
}

/// Why a receipt does not prove its payment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The bytes are no receipt.
    #[error("not a receipt")]
    Malformed(#[from] DecodeError),
    /// A header in it is not one.
    #[error("the receipt's header is malformed")]
    LightBlock(#[from] LightBlockError),
    /// The trust file's checkpoint is above the receipt's header, or too long before it, or the validators have changed:
    /// the proof must be renewed, from any gateway.
    #[error("the receipt's proof must be renewed")]
    NeedsRefresh,
    /// A header in it does not verify.
    #[error("the receipt's header does not verify")]
    Header(#[source] HeaderError),
    /// The renewal does not lead from the newer header to the receipt's.
    #[error("the receipt's renewal does not verify")]
    Renewal(#[from] HistoryError),
    /// A record in it is not proved.
    #[error("a record of the receipt is not proved")]
    State(#[from] ProofError),
    /// It is proved that there is no such payment, or no such party.
    #[error("the ledger has no such {0}")]
    Absent(&'static str),
    /// The payment is on the ledger, and not paid: on hold, released or lapsed.
    #[error("the payment is not captured")]
    NotCaptured,
    /// The terms are not those of the payment.
    #[error("the terms are not those of the payment")]
    Commitment,
    /// The points or the won are not those of the payment.
    #[error("the amounts are not those of the payment")]
    Amount,
    /// Won was paid and the bank's word is missing, or the other way round.
    #[error("the bank's word is missing, or not called for")]
    DebitMissing,
    /// The bank's word is about something else than this payment.
    #[error("the bank's word is not about this payment")]
    DebitOfAnother,
    /// The centre's word is about another merchant, code or amount, or does not say that it may be paid.
    #[error("the centre's word is not about these terms")]
    MerchantOfAnother,
    /// A party's word is not signed by it.
    #[error("a party's word does not verify")]
    Word(#[source] AttestedError),
}

/// A payment that was proved, with the words of the parties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedReceipt {
    terms: Verified<Terms>,
    record: Verified<PaymentRecord>,
    captured_at: UnixTime,
    merchant: Attested<MerchantAnswer>,
    debit: Option<Attested<BankDebit>>,
}

/// The digest of the bank's signed debit, as a captured payment's record keeps it.
#[must_use]
pub fn debit_digest(debit: &Signed<BankDebit>) -> Hash {
    Hash::labelled(Label::BankDebit, &debit.to_canonical())
}

impl Receipt {
    /// Reads a receipt's file.
    pub fn decode(bytes: &[u8]) -> Result<Self, ReceiptError> {
        if bytes.len() > LONGEST {
            return Err(DecodeError::Malformed.into());
        }
        Ok(Self::from_canonical(bytes)?)
    }

    /// Verifies everything from the trust anchor down to the last signature (LEDGER-11, LEDGER-12).
    pub fn verify(&self, client: &LightClient, now: UnixTime) -> Result<VerifiedReceipt, ReceiptError> {
        let header = self.verify_header(client, now)?;
        let key = state_key::payment(&self.terms.payment);
        let record: Verified<Option<PaymentRecord>> = header.prove_in(&key, &self.state)?;
        let record = record.present().ok_or(ReceiptError::Absent("payment"))?;
        let PaymentState::Captured { at, debit: digest } = record.value().state else {
            return Err(ReceiptError::NotCaptured);
        };
        self.check_terms(record.value())?;
        let merchant = self.verify_merchant(&header, record.value())?;
        let debit = self.verify_debit(&header, record.value(), digest)?;
        let terms = header.vouch(self.terms.clone());
        Ok(VerifiedReceipt { terms, record, captured_at: at, merchant, debit })
    }

    /// The height of the header under which the payment is proved.
    pub fn light_block(&self) -> Result<LightBlock, ReceiptError> {
        Ok(LightBlock::decode(&self.light_block)?)
    }

    fn verify_header(&self, client: &LightClient, now: UnixTime) -> Result<VerifiedHeader, ReceiptError> {
        let block = self.light_block()?;
        match (client.verify_kept(&block, now), &self.renewal) {
            (Err(error), Some(renewal)) if header_error(error) == ReceiptError::NeedsRefresh => {
                let newer = LightBlock::decode(&renewal.light_block)?;
                let newer = client.verify_kept(&newer, now).map_err(header_error)?;
                Ok(renewal.proof.verify(&block, &newer)?)
            }
            (verified, _) => verified.map_err(header_error),
        }
    }

    fn check_terms(&self, record: &PaymentRecord) -> Result<(), ReceiptError> {
        if record.commitment != self.terms.commitment() {
            return Err(ReceiptError::Commitment);
        }
        if record.lots.total() != Ok(self.terms.points) || record.won != self.terms.won {
            return Err(ReceiptError::Amount);
        }
        Ok(())
    }

    fn verify_merchant(
        &self,
        header: &VerifiedHeader,
        record: &PaymentRecord,
    ) -> Result<Attested<MerchantAnswer>, ReceiptError> {
        let merchant = self.word(&self.merchant, &record.centre, header)?;
        let answer = merchant.value();
        let terms = &self.terms;
        let is_named = answer
            .merchant
            .as_ref()
            .is_some_and(|merchant| merchant.id == terms.merchant && merchant.name == terms.name);
        let is_amount = answer.amount.is_none_or(|amount| terms.total() == Ok(amount));
        let is_usable = answer.status == MerchantStatus::Usable;
        if is_usable
            && is_named
            && is_amount
            && answer.code == terms.code
            && answer.reference == terms.reference
        {
            Ok(merchant)
        } else {
            Err(ReceiptError::MerchantOfAnother)
        }
    }

    fn verify_debit(
        &self,
        header: &VerifiedHeader,
        record: &PaymentRecord,
        digest: Option<Hash>,
    ) -> Result<Option<Attested<BankDebit>>, ReceiptError> {
        let signed = match (&self.debit, digest) {
            (Some(signed), Some(digest)) if !record.won.is_zero() => {
                if debit_digest(signed) != digest {
                    return Err(ReceiptError::DebitOfAnother);
                }
                signed
            }
            (None, None) if record.won.is_zero() => return Ok(None),
            _ => return Err(ReceiptError::DebitMissing),
        };
        let debit = self.word(signed, &record.bank, header)?;
        let BankDebit { payment, order, won, booking: _, time: _ } = debit.value();
        if *payment == self.terms.payment && *order == record.order && *won == record.won {
            Ok(Some(debit))
        } else {
            Err(ReceiptError::DebitOfAnother)
        }
    }

    /// A party's word, by the key that the payment's record names and the registry proves.
    fn word<T: Word>(
        &self,
        signed: &Signed<T>,
        key: &KeyId,
        header: &VerifiedHeader,
    ) -> Result<Attested<T>, ReceiptError> {
        let role: Verified<Option<RoleRecord>> =
            header.prove_in(&state_key::role(T::ROLE, key), &self.state)?;
        let role = role.present().ok_or(ReceiptError::Absent(T::ROLE.name()))?;
        Attested::verify(signed, &role).map_err(ReceiptError::Word)
    }
}

impl VerifiedReceipt {
    /// What was paid to whom: opened by the commitment in the proved record.
    #[must_use]
    pub const fn terms(&self) -> &Verified<Terms> {
        &self.terms
    }

    /// The payment's record.
    #[must_use]
    pub const fn record(&self) -> &Verified<PaymentRecord> {
        &self.record
    }

    /// Block time of the capture.
    #[must_use]
    pub const fn captured_at(&self) -> UnixTime {
        self.captured_at
    }

    /// The centre's word on the merchant.
    #[must_use]
    pub const fn merchant(&self) -> &Attested<MerchantAnswer> {
        &self.merchant
    }

    /// The bank's word on the won, if won was paid.
    #[must_use]
    pub const fn debit(&self) -> Option<&Attested<BankDebit>> {
        self.debit.as_ref()
    }

    /// By what the payment is proved.
    #[must_use]
    pub const fn provenance(&self) -> &Provenance {
        self.record.provenance()
    }
}

const fn header_error(error: HeaderError) -> ReceiptError {
    match error {
        HeaderError::Behind { .. }
        | HeaderError::NeedsIntermediate { .. }
        | HeaderError::TrustExpired { .. } => ReceiptError::NeedsRefresh,
        error => ReceiptError::Header(error),
    }
}
