//! Forgets versions of the tree that nobody may ask for any more, a bounded number with each block.

use crate::error::StorageError;
use crate::meta::Latest;
use crate::table::{NODES, STALE, Stale, VALUES, VERSIONS};
use redb::{ReadableTable as _, WriteTransaction};

/// The most versions that one block forgets. Each block makes one at most, so what waits to be forgotten shrinks.
const MOST: usize = 4;

/// Removes what was stale before the oldest kept version; returns that version.
pub(crate) fn prune(
    transaction: &WriteTransaction,
    latest: &Latest,
    kept_heights: u64,
) -> Result<u64, StorageError> {
    let Some(oldest) = latest.height.value().checked_sub(kept_heights) else { return Ok(latest.pruned) };
    let version = transaction.open_table(VERSIONS)?.get(oldest)?.map(|version| version.value());
    let Some(version) = version else { return Ok(latest.pruned) };
    let mut stale = transaction.open_table(STALE)?;
    let mut due = Vec::new();
    // Stale since `version` or before: the state at `version` and later does not need it.
    for row in stale.range(..=version)?.take(MOST) {
        let (since, keys) = row?;
        due.push((since.value(), borsh::from_slice::<Stale>(keys.value())?));
    }
    for (since, keys) in due {
        forget(transaction, &keys)?;
        stale.remove(since)?;
    }
    Ok(version)
}

fn forget(transaction: &WriteTransaction, keys: &Stale) -> Result<(), StorageError> {
    let mut nodes = transaction.open_table(NODES)?;
    for key in &keys.nodes {
        nodes.remove(key.as_slice())?;
    }
    let mut values = transaction.open_table(VALUES)?;
    for key in &keys.values {
        values.remove(key.as_slice())?;
    }
    Ok(())
}
