//! The promises of a store, whatever it is kept in.

use crate::change::ChangeSet;
use crate::row::{Entry, GuardRow, Row, Table, Value};
use citizen_keys::Secret32;
use citizen_primitives::Place;

/// What can be read and written without the PIN.
pub trait GuardStore: Send {
    /// The value of a guard row, if it was ever written.
    fn load_guard(&self, row: GuardRow) -> Result<Option<Vec<u8>>, StoreError>;

    /// Writes one guard row, durably, whole or not at all (STORE-1, STORE-2).
    fn commit_guard(&mut self, place: Place, row: GuardRow, value: &[u8]) -> Result<(), StoreError>;
}

/// A store whose rows are still locked.
pub trait LockedStore: GuardStore {
    /// Unlocks the rows. The first key a store is unlocked with is its key for ever.
    fn unlock(self: Box<Self>, key: &Secret32) -> Result<Box<dyn Store>, StoreError>;
}

/// An unlocked store.
pub trait Store: GuardStore {
    /// The row's value, if there is one.
    fn load(&self, row: &Row) -> Result<Option<Value>, StoreError>;

    /// All rows of a table, by key.
    fn list(&self, table: Table) -> Result<Vec<Entry>, StoreError>;

    /// Makes all changes, or none (STORE-1). After `Ok` they outlive a crash and a power cut (STORE-2); after `Err`
    /// nothing has changed.
    fn commit(&mut self, place: Place, changes: ChangeSet) -> Result<(), StoreError>;

    /// Forgets the key.
    fn lock(self: Box<Self>) -> Box<dyn LockedStore>;
}

/// What a store cannot do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another program, or another part of this one, has the store open.
    #[error("the store is in use")]
    Busy,
    /// No room is left. Nothing was changed.
    #[error("no room is left for the store")]
    Full,
    /// The file cannot be made or written here.
    #[error("the store cannot be written")]
    Unwritable,
    /// What is there is not what was written.
    #[error("the store is damaged")]
    Damaged,
    /// The store was unlocked with another key before.
    #[error("the store has another key")]
    WrongKey,
    /// A newer program wrote the store.
    #[error("the store has version {found}, this program knows {known}")]
    TooNew {
        /// The version of the store.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// The database failed in another way, by its own code (<https://sqlite.org/rescode.html>).
    #[error("the database failed with code {code}")]
    Failed {
        /// The extended result code.
        code: i32,
    },
}
