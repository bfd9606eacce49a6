//! What a block has changed so far, over the state it found; a failed transaction leaves nothing behind.

use crate::outcome::Leaf;
use crate::read::{ReadError, StateRead};
use citizen_coin::{AccountRecord, Entry, SupplyError};
use citizen_ledger::Rejection;
use citizen_ledger::state_key::{self, StateKey};
use citizen_merkle::{Frontier, leaf_hash};
use citizen_primitives::{AccountId, AmountError, Canonical, TimeError};
use std::collections::BTreeMap;

/// Why a step of execution ends: the transaction is refused, or the node must stop.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    /// The transaction is refused.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The state could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A record in the state is not what its key says.
    #[error("an unreadable record in the state")]
    Record,
    /// Points would appear or vanish (COIN-3): a fault of the program, never of a transaction.
    #[error("the supply would not add up")]
    Unbalanced,
}

impl From<AmountError> for Stop {
    fn from(_: AmountError) -> Self {
        Self::Rejected(Rejection::Amount)
    }
}

impl From<TimeError> for Stop {
    fn from(_: TimeError) -> Self {
        Self::Rejected(Rejection::Amount)
    }
}

impl From<SupplyError> for Stop {
    fn from(error: SupplyError) -> Self {
        match error {
            SupplyError::Amount(AmountError::TooLarge) => Self::Rejected(Rejection::Amount),
            SupplyError::Amount(AmountError::BelowZero) | SupplyError::Unbalanced => Self::Unbalanced,
        }
    }
}

/// Writes on top of the state. `None` is a deletion.
pub(crate) struct Overlay<'a> {
    base: &'a dyn StateRead,
    block: Changes,
    transaction: Changes,
}

/// Records written, lines of histories, leaves of public logs.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) writes: BTreeMap<StateKey, Option<Vec<u8>>>,
    pub(crate) entries: Vec<(AccountId, Entry)>,
    pub(crate) leaves: Vec<Leaf>,
    marks: BTreeMap<(StateKey, [u8; 32]), u64>,
}

impl<'a> Overlay<'a> {
    pub(crate) fn new(base: &'a dyn StateRead) -> Self {
        Self { base, block: Changes::default(), transaction: Changes::default() }
    }

    pub(crate) fn base(&self) -> &'a dyn StateRead {
        self.base
    }

    /// Reads a record, if it is there.
    pub(crate) fn find<T: Canonical>(&self, key: &StateKey) -> Result<Option<T>, Stop> {
        let written = self.transaction.writes.get(key).or_else(|| self.block.writes.get(key));
        let decode = |bytes: &[u8]| T::from_canonical(bytes).map_err(|_| Stop::Record);
        match written {
            Some(bytes) => bytes.as_deref().map(decode).transpose(),
            None => self.base.read(key)?.as_deref().map(decode).transpose(),
        }
    }

    /// Reads a record, or what stands for its absence.
    pub(crate) fn find_or_default<T: Canonical + Default>(&self, key: &StateKey) -> Result<T, Stop> {
        Ok(self.find(key)?.unwrap_or_default())
    }

    /// Writes a record.
    pub(crate) fn put<T: Canonical>(&mut self, key: StateKey, value: &T) {
        self.transaction.writes.insert(key, Some(value.to_canonical()));
    }

    /// Removes a record.
    pub(crate) fn delete(&mut self, key: StateKey) {
        self.transaction.writes.insert(key, None);
    }

    /// Reads an account.
    pub(crate) fn account(&self, id: &AccountId) -> Result<AccountRecord, Stop> {
        self.find(&state_key::account(id))?.ok_or(Stop::Rejected(Rejection::NoAccount))
    }

    /// Adds to the histories that storage keeps beside the tree; the running hash is in the account's record.
    pub(crate) fn push_entry(&mut self, account: AccountId, entry: Entry) {
        self.transaction.entries.push((account, entry));
    }

    /// Appends to a public log: its frontier is in the state, its leaves are kept beside the tree (STATE-10). Returns the leaf's
    /// place, from 0.
    pub(crate) fn append(
        &mut self,
        log: &StateKey,
        bytes: Vec<u8>,
        content: Vec<u8>,
        marks: Vec<[u8; 32]>,
    ) -> Result<u64, Stop> {
        let mut frontier: Frontier = self.find_or_default(log)?;
        let index = frontier.count();
        frontier.append(leaf_hash(&bytes));
        self.put(log.clone(), &frontier);
        self.transaction.marks.extend(marks.iter().map(|mark| ((log.clone(), *mark), index)));
        self.transaction.leaves.push(Leaf { log: log.clone(), index, bytes, content, marks });
        Ok(index)
    }

    /// The place of the last leaf of a log that has this mark.
    pub(crate) fn find_mark(&self, log: &StateKey, mark: &[u8; 32]) -> Result<Option<u64>, Stop> {
        let key = (log.clone(), *mark);
        match self.transaction.marks.get(&key).or_else(|| self.block.marks.get(&key)) {
            Some(index) => Ok(Some(*index)),
            None => Ok(self.base.find_mark(log, mark)?),
        }
    }

    /// Whether the transaction itself has put a leaf with this mark into a log.
    pub(crate) fn has_marked(&self, log: &StateKey, mark: &[u8; 32]) -> bool {
        self.transaction.marks.contains_key(&(log.clone(), *mark))
    }

    /// What a leaf of a log is the digest of.
    pub(crate) fn leaf_content(&self, log: &StateKey, index: u64) -> Result<Option<Vec<u8>>, Stop> {
        let mut new = self.transaction.leaves.iter().chain(&self.block.leaves);
        match new.find(|leaf| (&leaf.log, leaf.index) == (log, index)) {
            Some(leaf) => Ok(Some(leaf.content.clone())),
            None => Ok(self.base.leaf_content(log, index)?),
        }
    }

    /// The transaction succeeded: its changes are the block's.
    pub(crate) fn keep(&mut self) {
        let Changes { writes, entries, leaves, marks } = std::mem::take(&mut self.transaction);
        self.block.writes.extend(writes);
        self.block.entries.extend(entries);
        self.block.leaves.extend(leaves);
        self.block.marks.extend(marks);
    }

    /// The transaction failed: nothing of it stays (STATE-1).
    pub(crate) fn drop_transaction(&mut self) {
        self.transaction = Changes::default();
    }

    /// Whether anything was written.
    pub(crate) fn is_empty(&self) -> bool {
        self.block.writes.is_empty() && self.transaction.writes.is_empty()
    }

    /// All that the block changed. What was written and removed again within it leaves no trace.
    pub(crate) fn finish(mut self) -> Result<Changes, ReadError> {
        self.keep();
        let removed =
            self.block.writes.iter().filter(|(_, value)| value.is_none()).map(|(key, _)| key.clone());
        for key in removed.collect::<Vec<_>>() {
            if self.base.read(&key)?.is_none() {
                self.block.writes.remove(&key);
            }
        }
        Ok(self.block)
    }
}
