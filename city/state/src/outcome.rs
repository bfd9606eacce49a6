//! What becomes of a block: what it changes, or why it cannot be executed.

use crate::overlay::Stop;
use crate::read::ReadError;
use citizen_coin::Entry;
use citizen_ledger::state_key::StateKey;
use citizen_primitives::{AccountId, Hash, TransactionId};
use std::collections::BTreeMap;

/// What a block changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Records written; `None` is a deletion.
    pub writes: BTreeMap<StateKey, Option<Vec<u8>>>,
    /// One per transaction, in order.
    pub results: Vec<TransactionResult>,
    /// New lines of accounts' histories, in order.
    pub entries: Vec<(AccountId, Entry)>,
    /// New leaves of public logs, in order.
    pub leaves: Vec<Leaf>,
    /// The ids that this block consumed, sorted.
    pub consumed: Vec<TransactionId>,
    /// What became of the header's hash.
    pub headers: HeaderNews,
}

/// A leaf of a public log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Where the log's [`citizen_merkle::Frontier`] stands in the state.
    pub log: StateKey,
    /// Its place, from 0.
    pub index: u64,
    /// What was appended.
    pub bytes: Vec<u8>,
    /// What it is the digest of, if it is one: kept beside it.
    pub content: Vec<u8>,
    /// By what it is found again ([`crate::StateRead::find_mark`]). A later leaf with the same mark takes the mark over.
    pub marks: Vec<[u8; 32]>,
}

/// What became of the header's hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderNews {
    /// The block wrote nothing: its hash waits beside the tree.
    Waiting,
    /// These hashes were appended to the history tree: those that waited, and the block's own.
    Appended(Vec<Hash>),
}

/// How one transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionResult {
    /// Its id, if it was consumed, here or earlier.
    pub id: Option<TransactionId>,
    /// 0 for success, else [`citizen_ledger::Rejection::code`].
    pub code: u32,
}

/// Why a block cannot be executed: the node must stop.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The state could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A record in the state is not what its key says.
    #[error("an unreadable record in the state")]
    Record,
    /// The block would break what must add up (COIN-3).
    #[error("the supply would not add up")]
    Unbalanced,
    /// The block's time is outside the calendar.
    #[error("the block's time is out of range")]
    Time,
}

impl From<Stop> for ExecuteError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Read(error) => Self::Read(error),
            Stop::Record => Self::Record,
            Stop::Unbalanced => Self::Unbalanced,
            // Outside transactions nothing may be refused.
            Stop::Rejected(_) => Self::Unbalanced,
        }
    }
}
