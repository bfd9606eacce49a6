//! The next version of the tree, made and written.

use crate::error::{StorageError, damaged};
use crate::table::{self, NODES, STALE, Stale, VALUES};
use crate::tree::TreeView;
use citizen_ledger::{StateKey, TreeHash};
use citizen_primitives::Hash;
use jmt::storage::TreeUpdateBatch;
use jmt::{JellyfishMerkleTree, KeyHash, OwnedValue};
use redb::WriteTransaction;
use std::collections::BTreeMap;

/// The root of a version, and what it adds.
pub(crate) type Update = (Hash, TreeUpdateBatch);

/// Makes the next version.
pub(crate) fn update_tree(
    view: &TreeView,
    writes: &BTreeMap<StateKey, Option<Vec<u8>>>,
    version: u64,
) -> Result<Update, StorageError> {
    let values: Vec<(KeyHash, Option<OwnedValue>)> = writes
        .iter()
        .map(|(key, value)| (KeyHash::with::<TreeHash>(key.as_bytes()), value.clone()))
        .collect();
    let tree = JellyfishMerkleTree::<_, TreeHash>::new(view);
    let (root, batch) = tree.put_value_set(values, version).map_err(damaged)?;
    Ok((Hash::from_bytes(root.0), batch))
}

/// Writes it, and what it makes stale.
pub(crate) fn write_tree(
    transaction: &WriteTransaction,
    view: &TreeView,
    batch: &TreeUpdateBatch,
    version: u64,
) -> Result<(), StorageError> {
    let mut nodes = transaction.open_table(NODES)?;
    for (key, node) in batch.node_batch.nodes() {
        nodes.insert(borsh::to_vec(key)?.as_slice(), borsh::to_vec(node)?.as_slice())?;
    }
    let mut stale = Stale::default();
    for index in &batch.stale_node_index_batch {
        stale.nodes.push(borsh::to_vec(&index.node_key)?);
    }
    let mut values = transaction.open_table(VALUES)?;
    for ((at, key), value) in batch.node_batch.values() {
        if let Some(last) = version.checked_sub(1)
            && let Some(old) = view.last(key, last).map_err(damaged)?
        {
            stale.values.push(table::value_key(&key.0, old.version));
        }
        values.insert(table::value_key(&key.0, *at).as_slice(), borsh::to_vec(value)?.as_slice())?;
    }
    transaction.open_table(STALE)?.insert(version, borsh::to_vec(&stale)?.as_slice())?;
    Ok(())
}
