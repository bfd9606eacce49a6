//! Where everything stands in the state: all keys of the tree, in one place.
//!
//! A key is a word, a slash and what identifies the record; the tree hashes it with SHA-256.

use crate::certificate::CertificateRole;
use crate::role::Role;
use citizen_primitives::{
    AccountId, Hash, Height, KeyId, PaymentId, PersonTag, PollId, ProgrammeId, RecoveryCaseId, RedemptionId,
    RefundId, SeoulDid,
};
use citizen_voting::blind::BlindKey;
use citizen_voting::identifier::{ElectorateIndex, VotingKey};

/// A key of the state tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateKey(Vec<u8>);

impl StateKey {
    /// The bytes, as the tree hashes them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes bytes as a key: for requests that name a key.
    #[must_use]
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Whether it is that of a public log, whose leaves anybody may ask for: [`polls`], [`issuance`] or [`board`].
    #[must_use]
    pub fn is_log(&self) -> bool {
        let is_of_a_poll = |word: &str| self.0.strip_prefix(word.as_bytes()).is_some_and(|id| id.len() == 32);
        *self == polls() || is_of_a_poll("issuance/") || is_of_a_poll("board/")
    }

    fn of(word: &str, parts: &[&[u8]]) -> Self {
        let mut key = word.as_bytes().to_vec();
        for part in parts {
            key.push(b'/');
            key.extend_from_slice(part);
        }
        Self(key)
    }
}

/// [`citizen_coin::AccountRecord`].
#[must_use]
pub fn account(id: &AccountId) -> StateKey {
    StateKey::of("account", &[id.as_bytes()])
}

/// [`citizen_payment::PaymentRecord`].
#[must_use]
pub fn payment(id: &PaymentId) -> StateKey {
    StateKey::of("payment", &[id.as_bytes()])
}

/// [`citizen_coin::Supply`].
#[must_use]
pub fn supply() -> StateKey {
    StateKey::of("supply", &[])
}

/// [`crate::Parameters`].
#[must_use]
pub fn parameters() -> StateKey {
    StateKey::of("parameters", &[])
}

/// [`crate::RoleRecord`].
#[must_use]
pub fn role(role: Role, key: &KeyId) -> StateKey {
    StateKey::of("role", &[role.name().as_bytes(), key.as_bytes()])
}

/// [`crate::RoleMembers`]: the names of all keys that ever had a role.
#[must_use]
pub fn role_members(role: Role) -> StateKey {
    StateKey::of("roles", &[role.name().as_bytes()])
}

/// [`citizen_coin::ProgrammeRecord`].
#[must_use]
pub fn programme(id: &ProgrammeId) -> StateKey {
    StateKey::of("programme", &[id.as_str().as_bytes()])
}

/// The identifiers of all programmes: a list of [`ProgrammeId`], sorted.
#[must_use]
pub fn programmes() -> StateKey {
    StateKey::of("programmes", &[])
}

/// [`citizen_coin::GrantCount`] of a programme in a year.
#[must_use]
pub fn programme_year(id: &ProgrammeId, year: u16) -> StateKey {
    StateKey::of("granted", &[id.as_str().as_bytes(), &year.to_be_bytes()])
}

/// [`citizen_coin::GrantCount`] of a person in a year.
#[must_use]
pub fn person_year(id: &ProgrammeId, year: u16, person: &PersonTag) -> StateKey {
    StateKey::of("granted", &[id.as_str().as_bytes(), &year.to_be_bytes(), person.as_bytes()])
}

/// The grant that rests on this evidence: a transaction id.
#[must_use]
pub fn evidence(id: &ProgrammeId, evidence: &Hash) -> StateKey {
    StateKey::of("evidence", &[id.as_str().as_bytes(), evidence.as_bytes()])
}

/// The payments whose hold lapses in this bucket of time: a list of [`PaymentId`]. Page 0, the first to be filled.
#[must_use]
pub fn lapsing(bucket: u64) -> StateKey {
    StateKey::of("lapsing", &[&bucket.to_be_bytes()])
}

/// A further page of the bucket: a list as [`lapsing`]'s.
#[must_use]
pub fn lapsing_page(bucket: u64, page: u32) -> StateKey {
    StateKey::of("lapsing", &[&bucket.to_be_bytes(), &page.to_be_bytes()])
}

/// The number of the bucket's last page, if it has further ones.
#[must_use]
pub fn lapsing_pages(bucket: u64) -> StateKey {
    StateKey::of("lapsing-pages", &[&bucket.to_be_bytes()])
}

/// The number of the page on which a payment stands, if it is a further one.
#[must_use]
pub fn lapsing_place(id: &PaymentId) -> StateKey {
    StateKey::of("lapsing-place", &[id.as_bytes()])
}

/// The buckets that are not empty: a sorted list of `u64`.
#[must_use]
pub fn lapsing_buckets() -> StateKey {
    StateKey::of("lapsing", &[])
}

/// [`crate::parameters::PaymentRules`].
#[must_use]
pub fn payment_rules() -> StateKey {
    StateKey::of("payment-rules", &[])
}

/// [`citizen_coin::Refunded`]: all refunds of a payment together.
#[must_use]
pub fn refunded(id: &PaymentId) -> StateKey {
    StateKey::of("refunded", &[id.as_bytes()])
}

/// [`citizen_payment::RefundRecord`].
#[must_use]
pub fn refund(id: &RefundId) -> StateKey {
    StateKey::of("refund", &[id.as_bytes()])
}

/// [`citizen_payment::RedemptionRecord`].
#[must_use]
pub fn redemption(id: &RedemptionId) -> StateKey {
    StateKey::of("redemption", &[id.as_bytes()])
}

/// [`citizen_coin::Spending`] of an account.
#[must_use]
pub fn spending(id: &AccountId) -> StateKey {
    StateKey::of("spending", &[id.as_bytes()])
}

/// [`crate::poll::PollRecord`].
#[must_use]
pub fn poll(id: &PollId) -> StateKey {
    StateKey::of("poll", &[id.as_bytes()])
}

/// The canonical [`citizen_voting::manifest::Manifest`].
#[must_use]
pub fn manifest(id: &PollId) -> StateKey {
    StateKey::of("manifest", &[id.as_bytes()])
}

/// The [`citizen_voting::manifest::Districts`] of a poll: absent if all of it is of the whole city.
#[must_use]
pub fn districts(id: &PollId) -> StateKey {
    StateKey::of("districts", &[id.as_bytes()])
}

/// The public log of all polls that were announced: a leaf is the 32 bytes of a [`PollId`].
#[must_use]
pub fn polls() -> StateKey {
    StateKey::of("polls", &[])
}

/// [`crate::poll::CeremonyMessages`].
#[must_use]
pub fn ceremony(id: &PollId) -> StateKey {
    StateKey::of("ceremony", &[id.as_bytes()])
}

/// The [`citizen_voting::election::Election`] that a ceremony ended with.
#[must_use]
pub fn election(id: &PollId) -> StateKey {
    StateKey::of("election", &[id.as_bytes()])
}

/// [`crate::poll::BlindKeyRecord`] of a blind-signature key, by the digest of its 384 bytes.
#[must_use]
pub fn blind_key(key: &BlindKey) -> StateKey {
    StateKey::of("blind-key", &[Hash::plain(&[key.as_bytes()]).as_bytes()])
}

/// The public log of a poll's issuance: a leaf is an [`citizen_voting::issuance::IssuanceRow`].
#[must_use]
pub fn issuance(id: &PollId) -> StateKey {
    StateKey::of("issuance", &[id.as_bytes()])
}

/// The public log of a poll's board: a leaf is a [`citizen_voting::board::BoardLeaf`], its content the entry.
#[must_use]
pub fn board(id: &PollId) -> StateKey {
    StateKey::of("board", &[id.as_bytes()])
}

/// [`crate::poll::VoterRecord`] of a voting key in an electorate.
#[must_use]
pub fn voter(id: &PollId, electorate: ElectorateIndex, key: &VotingKey) -> StateKey {
    StateKey::of("voter", &[id.as_bytes(), &[electorate.number()], key.as_bytes()])
}

/// The [`citizen_voting::tally::EncryptedTally`] of the ballots that count so far.
#[must_use]
pub fn tally(id: &PollId, electorate: ElectorateIndex) -> StateKey {
    StateKey::of("tally", &[id.as_bytes(), &[electorate.number()]])
}

/// [`crate::poll::TallyShares`].
#[must_use]
pub fn tally_shares(id: &PollId, electorate: ElectorateIndex) -> StateKey {
    StateKey::of("shares", &[id.as_bytes(), &[electorate.number()]])
}

/// [`crate::CustodyRecord`] of an account: absent if it is neither frozen nor under recovery.
#[must_use]
pub fn custody(id: &AccountId) -> StateKey {
    StateKey::of("custody", &[id.as_bytes()])
}

/// [`crate::custody::FiledCase`].
#[must_use]
pub fn recovery_case(id: &RecoveryCaseId) -> StateKey {
    StateKey::of("recovery-case", &[id.as_bytes()])
}

/// [`crate::RecoveryRules`].
#[must_use]
pub fn recovery_rules() -> StateKey {
    StateKey::of("recovery-rules", &[])
}

/// [`crate::CardRules`].
#[must_use]
pub fn card_rules() -> StateKey {
    StateKey::of("card-rules", &[])
}

/// [`crate::DidRecord`].
#[must_use]
pub fn did(id: &SeoulDid) -> StateKey {
    StateKey::of("did", &[id.as_bytes()])
}

/// [`crate::did::DidNames`]: all that an organisation created.
#[must_use]
pub fn dids(organisation: &KeyId) -> StateKey {
    StateKey::of("dids", &[organisation.as_bytes()])
}

/// [`crate::CertificateRecord`] of a certificate, by SHA-256 of its DER.
#[must_use]
pub fn certificate(role: CertificateRole, thumbprint: &Hash) -> StateKey {
    StateKey::of("certificate", &[role.name().as_bytes(), thumbprint.as_bytes()])
}

/// [`crate::StatusAnchor`] of a status list, by the key that its issuer anchors with and SHA-256 of its URI.
#[must_use]
pub fn status(anchor: &KeyId, list: &Hash) -> StateKey {
    StateKey::of("status", &[anchor.as_bytes(), list.as_bytes()])
}

/// The digest of the ids a block consumed.
#[must_use]
pub fn consumed(height: Height) -> StateKey {
    StateKey::of("consumed", &[&height.value().to_be_bytes()])
}

/// The frontier of the tree of header hashes ([`citizen_merkle::Frontier`]).
#[must_use]
pub fn header_history() -> StateKey {
    StateKey::of("headers", &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_logs_are_logs() {
        let id = PollId::from_bytes([b'/'; 32]);
        for log in [polls(), issuance(&id), board(&id)] {
            assert!(log.is_log(), "{log:?}");
        }
        let short = StateKey::from_bytes(b"board/x".to_vec());
        for other in [poll(&id), manifest(&id), ceremony(&id), header_history(), supply(), short] {
            assert!(!other.is_log(), "{other:?}");
        }
    }

    #[test]
    fn keys_of_different_records_differ() {
        let id = [7; 32];
        let programme_id = ProgrammeId::new("eco").unwrap();
        let keys = [
            account(&AccountId::from_bytes(id)),
            payment(&PaymentId::from_bytes(id)),
            supply(),
            parameters(),
            role(Role::Bank, &KeyId::from_bytes(id)),
            role(Role::Centre, &KeyId::from_bytes(id)),
            role_members(Role::Bank),
            programme(&programme_id),
            programmes(),
            programme_year(&programme_id, 2026),
            person_year(&programme_id, 2026, &PersonTag::from_bytes(id)),
            evidence(&programme_id, &Hash::from_bytes(id)),
            lapsing(1),
            lapsing_page(1, 1),
            lapsing_pages(1),
            lapsing_place(&PaymentId::from_bytes(id)),
            lapsing_buckets(),
            payment_rules(),
            refunded(&PaymentId::from_bytes(id)),
            refund(&RefundId::from_bytes(id)),
            redemption(&RedemptionId::from_bytes(id)),
            spending(&AccountId::from_bytes(id)),
            poll(&PollId::from_bytes(id)),
            manifest(&PollId::from_bytes(id)),
            districts(&PollId::from_bytes(id)),
            polls(),
            ceremony(&PollId::from_bytes(id)),
            issuance(&PollId::from_bytes(id)),
            board(&PollId::from_bytes(id)),
            voter(&PollId::from_bytes(id), ElectorateIndex::new(0), &VotingKey::from_bytes(id)),
            voter(&PollId::from_bytes(id), ElectorateIndex::new(1), &VotingKey::from_bytes(id)),
            tally(&PollId::from_bytes(id), ElectorateIndex::new(0)),
            tally_shares(&PollId::from_bytes(id), ElectorateIndex::new(0)),
            consumed(Height::new(1)),
            header_history(),
            custody(&AccountId::from_bytes(id)),
            recovery_case(&RecoveryCaseId::from_bytes(id)),
            recovery_rules(),
            card_rules(),
            did(&SeoulDid::from_bytes(id)),
            dids(&KeyId::from_bytes(id)),
            certificate(CertificateRole::Issuer, &Hash::from_bytes(id)),
            certificate(CertificateRole::Verifier, &Hash::from_bytes(id)),
            certificate(CertificateRole::Attester, &Hash::from_bytes(id)),
            status(&KeyId::from_bytes(id), &Hash::from_bytes(id)),
        ];
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }
}
