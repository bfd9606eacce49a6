//! The Jellyfish Merkle tree's view of the tables.

use crate::table::{NODES, VALUES, value_key};
use anyhow::Context as _;
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{KeyHash, OwnedValue, Version};
use redb::{AccessGuard, ReadOnlyTable, ReadTransaction};

/// The tree as of one read transaction.
pub(crate) struct TreeView {
    nodes: ReadOnlyTable<&'static [u8], &'static [u8]>,
    values: ReadOnlyTable<&'static [u8], &'static [u8]>,
}

impl TreeView {
    pub(crate) fn open(transaction: &ReadTransaction) -> Result<Self, redb::TableError> {
        Ok(Self { nodes: transaction.open_table(NODES)?, values: transaction.open_table(VALUES)? })
    }

    /// The version up to `latest` at which a key was last written.
    pub(crate) fn version_of(
        &self,
        key: &KeyHash,
        latest: Version,
    ) -> Result<Option<Version>, anyhow::Error> {
        let Some((key, _)) = self.last(key, latest)? else { return Ok(None) };
        let version = key.value().last_chunk::<8>().context("a short key")?;
        Ok(Some(u64::from_be_bytes(*version)))
    }

    /// The row of a key as it was last written, up to a version.
    fn last(&self, key: &KeyHash, latest: Version) -> Result<Option<Row>, redb::StorageError> {
        let (low, high) = (value_key(&key.0, 0), value_key(&key.0, latest));
        self.values.range::<&[u8]>(low.as_slice()..=high.as_slice())?.next_back().transpose()
    }
}

type Row = (AccessGuard<'static, &'static [u8]>, AccessGuard<'static, &'static [u8]>);

impl TreeReader for TreeView {
    fn get_node_option(&self, key: &NodeKey) -> Result<Option<Node>, anyhow::Error> {
        let found = self.nodes.get(borsh::to_vec(key)?.as_slice())?;
        Ok(found.map(|node| borsh::from_slice(node.value())).transpose()?)
    }

    fn get_value_option(&self, latest: Version, key: KeyHash) -> Result<Option<OwnedValue>, anyhow::Error> {
        let Some((_, value)) = self.last(&key, latest)? else { return Ok(None) };
        Ok(borsh::from_slice(value.value())?)
    }

    /// Only restoring from a snapshot asks for it, and that goes another way here.
    fn get_rightmost_leaf(&self) -> Result<Option<(NodeKey, LeafNode)>, anyhow::Error> {
        Ok(None)
    }
}
