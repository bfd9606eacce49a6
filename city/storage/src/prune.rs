//! Forgets versions of the tree that nobody may ask for any more, a bounded number of nodes with each block.

use crate::error::StorageError;
use crate::storage::Latest;
use crate::table::{NODES, STALE_NODES, STALE_VALUES, VALUES, VERSIONS};
use redb::{ReadableTable as _, TableDefinition, WriteTransaction};

/// The most nodes and the most values that one block forgets.
const MOST: usize = 4_000;

/// Removes what was stale before the oldest kept version; returns that version.
pub(crate) fn prune(
    transaction: &WriteTransaction,
    latest: &Latest,
    kept_heights: u64,
) -> Result<u64, StorageError> {
    let Some(oldest) = latest.height.value().checked_sub(kept_heights) else { return Ok(latest.pruned) };
    let version = transaction.open_table(VERSIONS)?.get(oldest)?.map(|version| version.value());
    let Some(version) = version else { return Ok(latest.pruned) };
    forget(transaction, STALE_NODES, NODES, version)?;
    forget(transaction, STALE_VALUES, VALUES, version)?;
    Ok(version)
}

fn forget(
    transaction: &WriteTransaction,
    index: TableDefinition<'_, &'static [u8], &'static [u8]>,
    table: TableDefinition<'_, &'static [u8], &'static [u8]>,
    version: u64,
) -> Result<(), StorageError> {
    let mut index = transaction.open_table(index)?;
    let mut table = transaction.open_table(table)?;
    // Stale since `version` or before: the state at `version` and later does not need it.
    let end = version.saturating_add(1).to_be_bytes();
    let mut stale = Vec::new();
    for entry in index.range::<&[u8]>(..end.as_slice())?.take(MOST) {
        stale.push(entry?.0.value().to_vec());
    }
    for key in stale {
        if let Some((_, own)) = key.split_first_chunk::<8>() {
            table.remove(own)?;
        }
        index.remove(key.as_slice())?;
    }
    Ok(())
}
