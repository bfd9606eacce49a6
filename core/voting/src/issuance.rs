//! The roll and the issuance log: who may have a token, and how many were given, for everybody to count (VOTE-13, VOTE-51).
//!
//! A registrar signs once for each person on the roll. Each signature is one row: the person's salted tag and the digest of what
//! was signed blindly. Nobody but the person and the registrars can say whose tag it is, and the digest says nothing of the voting
//! key (VOTE-15).

use crate::blind::BlindedMessage;
use crate::identifier::ElectorateIndex;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::Document;
use citizen_merkle::leaf_hash;
use citizen_primitives::{Canonical as _, Hash, Label, PersonTag, PollId, UnixTime};

/// A person's place on the roll of one electorate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RollEntry {
    /// The electorate.
    pub electorate: ElectorateIndex,
    /// Her number on the roll, from 0; told to nobody but her.
    pub index: u32,
    /// Thirty-two random bytes, told to nobody but her.
    pub salt: [u8; 32],
    /// Who she is to the office that keeps the roll.
    pub person: PersonTag,
}
citizen_primitives::canonical!(RollEntry = 1);

/// A person of the roll as the issuance log names her: the same to every registrar, and nobody's without the salt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct RollTag(Hash);

impl RollEntry {
    /// Her leaf of the roll, whose root the manifest names: an RFC 6962 tree in the order of the numbers.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        leaf_hash(Hash::labelled(Label::RollEntry, &self.to_canonical()).as_bytes())
    }

    /// Her tag in the issuance log of a poll: with it she sees whether a row exists in her name.
    #[must_use]
    pub fn tag(&self, poll: PollId) -> RollTag {
        let Self { electorate, index, salt, person: _ } = self;
        let fields = [&poll.as_bytes()[..], &[electorate.number()], &index.to_le_bytes(), salt];
        RollTag(Hash::labelled(Label::RollTag, &fields.concat()))
    }
}

impl RollTag {
    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

/// A row of the issuance log: one blind signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct IssuanceRow {
    /// Which registrar signed, from 0 in the manifest's order.
    pub registrar: u8,
    /// For which electorate.
    pub electorate: ElectorateIndex,
    /// For whom.
    pub voter: RollTag,
    /// The digest of what was signed.
    pub blinded: Hash,
}
citizen_primitives::canonical!(IssuanceRow = 1);

impl IssuanceRow {
    /// The row of a request.
    #[must_use]
    pub fn new(registrar: u8, electorate: ElectorateIndex, voter: RollTag, request: &BlindedMessage) -> Self {
        let blinded = Hash::labelled(Label::BlindedToken, request.as_bytes());
        Self { registrar, electorate, voter, blinded }
    }

    /// Its leaf of the issuance log: an RFC 6962 tree in the order in which rows arrived.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        leaf_hash(&self.to_canonical())
    }
}

/// What a registrar does with a request of somebody on the roll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issuance {
    /// The first: write the row, then sign.
    First(IssuanceRow),
    /// The same as before: sign the same again; the row stands already. The answer is the same bytes.
    Again,
    /// Another request of the same person: it is refused, or she would have two tokens.
    Another,
}

/// Decides on a request, by the row that stands for this person already (VOTE-51).
#[must_use]
pub fn decide(standing: Option<&IssuanceRow>, request: IssuanceRow) -> Issuance {
    match standing {
        None => Issuance::First(request),
        Some(row) if *row == request => Issuance::Again,
        Some(_) => Issuance::Another,
    }
}

/// A registrar's word that it does not sign: the citizen can show it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RegistrarRefusal {
    /// The poll.
    pub poll: PollId,
    /// The electorate.
    pub electorate: ElectorateIndex,
    /// The request that is refused.
    pub blinded: Hash,
    /// Why.
    pub reason: RefusalReason,
    /// When.
    pub at: UnixTime,
}
citizen_primitives::canonical!(RegistrarRefusal = 1);

impl Document for RegistrarRefusal {
    const LABEL: Label = Label::RegistrarRefusal;
}

/// Why a registrar does not sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, thiserror::Error)]
pub enum RefusalReason {
    /// She is not on the roll.
    #[error("not on the roll of this electorate")]
    NotOnTheRoll,
    /// She has a token already, for another key.
    #[error("another key was signed for this person")]
    AnotherKeySigned,
    /// Registration is not open.
    #[error("registration is not open")]
    NotOpen,
    /// The request is no number below the modulus.
    #[error("the request is malformed")]
    Malformed,
}
