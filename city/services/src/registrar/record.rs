//! What a registrar keeps.

use super::roll::Known as KnownBy;
use crate::db::Table;
use crate::voter::Voter;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_ledger::SignedTransaction;
use citizen_merkle::Frontier;
use citizen_primitives::{Hash, Height, PollId, UnixTime};
use citizen_voting::identifier::ElectorateIndex;
use citizen_voting::issuance::{IssuanceRow, RollTag};

/// [`Loaded`] by a roll's root.
pub(super) const LOADED: Table = Table::new("rolls");
/// [`Kinds`] by the same; without one the roll is of accounts alone.
pub(super) const KINDS: Table = Table::new("roll-kinds");
/// A [`citizen_voting::issuance::RollEntry`] by root and account or card.
pub(super) const PLACES: Table = Table::new("roll-places");
/// [`Entered`] by poll, electorate and person.
pub(super) const ENTERED: Table = Table::new("entered");
/// [`Unproved`] by the same: rows that are not proved yet.
pub(super) const OUTBOX: Table = Table::new("outbox");
/// [`Shown`] by the digest of a registration.
pub(super) const SHOWN: Table = Table::new("shown-cards");
/// [`Known`] by poll.
pub(super) const POLLS: Table = Table::new("polls");
/// The [`Frontier`] of the issuance log as far as it was read, by poll.
pub(super) const READ: Table = Table::new("issuance-read");

/// A roll that is there as a whole.
#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
pub(super) struct Loaded {
    pub(super) size: u32,
}

/// By what a roll knows its people.
#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
pub(super) struct Kinds {
    pub(super) accounts: bool,
    pub(super) cards: bool,
}

/// The card was shown for a registration.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Shown {
    /// Whose it is.
    pub(super) voter: Voter,
    /// The digest of the answer that was taken.
    pub(super) answer: Hash,
    /// Until when it is remembered.
    pub(super) until: UnixTime,
}

/// A row of this registrar, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Entered {
    pub(super) row: IssuanceRow,
    pub(super) standing: Standing,
}

/// How far a row is.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) enum Standing {
    /// On its way to the ledger.
    Sent { transaction: SignedTransaction, valid_until: Height },
    /// On the ledger, proved.
    Proved { index: u64 },
    /// Registration was over before it got there: it never will.
    Lapsed,
}

/// A row that is not proved yet.
#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
pub(super) struct Unproved(pub(super) PollId);

/// A poll in which this registrar has signed.
#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
pub(super) struct Known {
    /// Which of the manifest's registrars it is.
    pub(super) number: u8,
    /// When registration ends.
    pub(super) until: UnixTime,
}

citizen_primitives::canonical!(Loaded = 1, Kinds = 1, Shown = 1, Entered = 1, Unproved = 1, Known = 1);

/// How far a log was read that nobody has read.
pub(super) fn unread() -> Frontier {
    Frontier::new()
}

/// A card's is longer, so that no account is one.
pub(super) fn roll_key(root: &Hash, known: &KnownBy) -> Vec<u8> {
    match known {
        KnownBy::Account(account) => [root.as_bytes().as_slice(), account.as_bytes()].concat(),
        KnownBy::Card(voter) => [root.as_bytes().as_slice(), b"card", voter.as_bytes()].concat(),
    }
}

pub(super) fn row_key(poll: PollId, electorate: ElectorateIndex, voter: &RollTag) -> Vec<u8> {
    [poll.as_bytes().as_slice(), &[electorate.number()], voter.as_bytes()].concat()
}
