//! What a verifier keeps: how a visit ended, and whom it knows; nothing that was shown.

use super::verdict::Outcome;
use crate::db::Table;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Hash, UnixTime};

/// [`Ended`] by the digest of the visit's ticket. Visits of before there were accounts are in `ended`, which nobody asks for any more.
pub(crate) const ENDED: Table = Table::new("ended-2");

/// [`Account`] by its subject.
pub(crate) const ACCOUNTS: Table = Table::new("accounts");

/// Nothing, by the day when an account was seen last and its subject.
pub(crate) const SEEN: Table = Table::new("accounts-seen");

/// [`Books`], under one key.
pub(crate) const BOOKS: Table = Table::new("accounts-books");

/// A visit at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    /// The beginning of the day.
    pub(crate) day: UnixTime,
}

/// Somebody whom this service knows. Days are counted from 1970, in Seoul.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Account {
    /// The day when she was here first.
    pub(crate) since: u64,
    /// When last.
    pub(crate) seen: u64,
    /// When she showed her card last.
    pub(crate) shown: u64,
    /// A keyed digest of what the card said when the account was opened.
    pub(crate) said: Hash,
}

/// An entry whose key says everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Entry;

/// What is known of all accounts together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Books {
    /// How many there are.
    pub(crate) accounts: u64,
    /// Up to which day those were removed that nobody came back to.
    pub(crate) swept: u64,
}

citizen_primitives::canonical!(Ended = 2, Account = 1, Entry = 1, Books = 1);
