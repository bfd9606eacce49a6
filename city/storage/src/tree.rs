//! The Jellyfish Merkle tree's view of the tables.

use crate::table::{NODES, VALUES, value_key};
use anyhow::Context as _;
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{KeyHash, OwnedValue, Version};
use redb::{ReadOnlyTable, ReadTransaction};

/// The tree as of one read transaction.
pub(crate) struct TreeView {
    nodes: ReadOnlyTable<&'static [u8], &'static [u8]>,
    values: ReadOnlyTable<&'static [u8], &'static [u8]>,
}

impl TreeView {
    pub(crate) fn open(transaction: &ReadTransaction) -> Result<Self, redb::TableError> {
        Ok(Self { nodes: transaction.open_table(NODES)?, values: transaction.open_table(VALUES)? })
    }

    /// The latest value of a key up to a version, with the version at which it was written.
    pub(crate) fn value(
        &self,
        key: &KeyHash,
        latest: Version,
    ) -> Result<Option<(Version, Option<OwnedValue>)>, anyhow::Error> {
        let (low, high) = (value_key(&key.0, 0), value_key(&key.0, latest));
        let Some(found) = self.values.range::<&[u8]>(low.as_slice()..=high.as_slice())?.next_back() else {
            return Ok(None);
        };
        let (key, value) = found?;
        let version = key.value().last_chunk::<8>().context("a short key")?;
        Ok(Some((u64::from_be_bytes(*version), borsh::from_slice(value.value())?)))
    }
}

impl TreeReader for TreeView {
    fn get_node_option(&self, key: &NodeKey) -> Result<Option<Node>, anyhow::Error> {
        let found = self.nodes.get(borsh::to_vec(key)?.as_slice())?;
        Ok(found.map(|node| borsh::from_slice(node.value())).transpose()?)
    }

    fn get_value_option(&self, latest: Version, key: KeyHash) -> Result<Option<OwnedValue>, anyhow::Error> {
        Ok(self.value(&key, latest)?.and_then(|(_, value)| value))
    }

    /// Only restoring from a snapshot asks for it, and that goes another way here.
    fn get_rightmost_leaf(&self) -> Result<Option<(NodeKey, LeafNode)>, anyhow::Error> {
        Ok(None)
    }
}
