//! What execution reads: storage implements it, tests use a map.

use citizen_ledger::state_key::StateKey;
use citizen_primitives::{Hash, TransactionId};
use std::error::Error;

/// The state could not be read: the node must stop, for it cannot know what the others will compute.
#[derive(Debug, thiserror::Error)]
#[error("the state could not be read")]
pub struct ReadError(#[source] Box<dyn Error + Send + Sync>);

impl ReadError {
    /// Wraps what storage found.
    #[must_use]
    pub fn new(source: Box<dyn Error + Send + Sync>) -> Self {
        Self(source)
    }
}

/// The state after the last block.
pub trait StateRead {
    /// The record under a key.
    fn read(&self, key: &StateKey) -> Result<Option<Vec<u8>>, ReadError>;

    /// Whether an earlier block's [`crate::Outcome::consumed`] names the transaction. Known for at least as long as that block's
    /// digest stands in the state; known longer it changes nothing, for the transaction's last height has passed by then.
    fn was_consumed(&self, id: &TransactionId) -> Result<bool, ReadError>;

    /// The place of the last leaf of a public log that has this mark ([`crate::Leaf::marks`]).
    fn find_mark(&self, log: &StateKey, mark: &[u8; 32]) -> Result<Option<u64>, ReadError>;

    /// What a leaf of a public log is the digest of ([`crate::Leaf::content`]); nothing if the log is not so long.
    fn leaf_content(&self, log: &StateKey, index: u64) -> Result<Option<Vec<u8>>, ReadError>;

    /// The hashes of the headers that are not in the history tree yet, oldest first.
    fn pending_headers(&self) -> Result<Vec<Hash>, ReadError>;
}

impl<T: StateRead + ?Sized> StateRead for &T {
    fn read(&self, key: &StateKey) -> Result<Option<Vec<u8>>, ReadError> {
        (**self).read(key)
    }

    fn was_consumed(&self, id: &TransactionId) -> Result<bool, ReadError> {
        (**self).was_consumed(id)
    }

    fn find_mark(&self, log: &StateKey, mark: &[u8; 32]) -> Result<Option<u64>, ReadError> {
        (**self).find_mark(log, mark)
    }

    fn leaf_content(&self, log: &StateKey, index: u64) -> Result<Option<Vec<u8>>, ReadError> {
        (**self).leaf_content(log, index)
    }

    fn pending_headers(&self) -> Result<Vec<Hash>, ReadError> {
        (**self).pending_headers()
    }
}
