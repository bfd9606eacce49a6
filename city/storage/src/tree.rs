//! The Jellyfish Merkle tree's view of the tables.

use crate::table::{NODES, VALUES, value_key};
use anyhow::Context as _;
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{KeyHash, OwnedValue, Version};
use redb::{ReadOnlyTable, ReadTransaction};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most values that a view remembers.
const MOST_REMEMBERED: usize = 20_000;

/// The tree as of one read transaction. What was read of its newest version is remembered: admission, execution and the commit
/// of a block ask for the same values.
pub(crate) struct TreeView {
    nodes: ReadOnlyTable<&'static [u8], &'static [u8]>,
    values: ReadOnlyTable<&'static [u8], &'static [u8]>,
    newest: Version,
    remembered: Mutex<HashMap<KeyHash, Option<Written>>>,
}

/// A value, and the version at which it was written.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) version: Version,
    pub(crate) value: Option<OwnedValue>,
}

impl TreeView {
    pub(crate) fn open(transaction: &ReadTransaction, newest: Version) -> Result<Self, redb::TableError> {
        let (nodes, values) = (transaction.open_table(NODES)?, transaction.open_table(VALUES)?);
        Ok(Self { nodes, values, newest, remembered: Mutex::default() })
    }

    /// The value of a key as it was last written, up to a version.
    pub(crate) fn last(&self, key: &KeyHash, latest: Version) -> Result<Option<Written>, anyhow::Error> {
        if latest != self.newest {
            return self.read(key, latest);
        }
        if let Some(known) = self.lock().get(key) {
            return Ok(known.clone());
        }
        let found = self.read(key, latest)?;
        let mut remembered = self.lock();
        if remembered.len() < MOST_REMEMBERED {
            remembered.insert(*key, found.clone());
        }
        Ok(found)
    }

    fn read(&self, key: &KeyHash, latest: Version) -> Result<Option<Written>, anyhow::Error> {
        let (low, high) = (value_key(&key.0, 0), value_key(&key.0, latest));
        let Some(found) = self.values.range::<&[u8]>(low.as_slice()..=high.as_slice())?.next_back() else {
            return Ok(None);
        };
        let (key, value) = found?;
        let version = u64::from_be_bytes(*key.value().last_chunk::<8>().context("a short key")?);
        Ok(Some(Written { version, value: borsh::from_slice(value.value())? }))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<KeyHash, Option<Written>>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TreeReader for TreeView {
    fn get_node_option(&self, key: &NodeKey) -> Result<Option<Node>, anyhow::Error> {
        let found = self.nodes.get(borsh::to_vec(key)?.as_slice())?;
        Ok(found.map(|node| borsh::from_slice(node.value())).transpose()?)
    }

    fn get_value_option(&self, latest: Version, key: KeyHash) -> Result<Option<OwnedValue>, anyhow::Error> {
        Ok(self.last(&key, latest)?.and_then(|written| written.value))
    }

    /// Only restoring from a snapshot asks for it, and that goes another way here.
    fn get_rightmost_leaf(&self) -> Result<Option<(NodeKey, LeafNode)>, anyhow::Error> {
        Ok(None)
    }
}
