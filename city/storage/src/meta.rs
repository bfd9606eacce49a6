//! Where the ledger stands and how its file is kept; the one way in which this crate writes.

use crate::error::StorageError;
use crate::table::META;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Canonical, Hash, Height, Injector, NeverCut, Place};
use redb::{Database, Durability, ReadableDatabase as _, WriteTransaction};
use std::sync::Arc;

/// How a file is kept.
#[derive(Clone)]
pub struct Options {
    /// For how many heights the state stays provable.
    pub kept_heights: u64,
    /// Memory for the file's pages, in bytes.
    pub cache: usize,
    /// Whether the whole file is read and its checksums are checked when it is opened.
    pub check: bool,
    /// What the harness puts around every commit.
    pub injector: Arc<dyn Injector>,
}

impl Default for Options {
    fn default() -> Self {
        Self { kept_heights: 1_000, cache: 256 * 1024 * 1024, check: true, injector: Arc::new(NeverCut) }
    }
}

/// Where the ledger stands.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Latest {
    /// The last block; 0 before the first.
    pub height: Height,
    /// The version of the tree after it.
    pub version: u64,
    /// The root of the state after it.
    pub root: Hash,
    /// Hashes of headers that are not in the history tree yet, oldest first.
    pub waiting: Vec<Hash>,
    /// The version up to which the tree has been pruned.
    pub pruned: u64,
}
citizen_primitives::canonical!(Latest = 1);

/// Writes durably, all or nothing: the one way in which this crate persists.
pub(crate) fn persist(
    database: &Database,
    options: &Options,
    place: Place,
    write: impl FnOnce(&WriteTransaction) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    options.injector.before(place)?;
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    write(&transaction)?;
    transaction.commit()?;
    options.injector.after(place)?;
    Ok(())
}

pub(crate) fn write_meta<T: Canonical>(
    transaction: &WriteTransaction,
    name: &str,
    value: &T,
) -> Result<(), StorageError> {
    transaction.open_table(META)?.insert(name, value.to_canonical().as_slice())?;
    Ok(())
}

pub(crate) fn read_meta<T: Canonical>(database: &Database, name: &str) -> Result<Option<T>, StorageError> {
    let transaction = database.begin_read()?;
    let table = match transaction.open_table(META) {
        Ok(table) => table,
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let found = table.get(name)?;
    // A file that holds something else is damaged, not empty.
    Ok(found.map(|bytes| T::from_canonical(bytes.value())).transpose()?)
}
