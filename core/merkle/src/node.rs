//! Complete subtrees by their place: what is stored of a tree, so that a proof reads a few of them.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::Hash;

/// Where a complete subtree stands: it covers the `2^level` leaves from `index · 2^level` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct NodePosition {
    /// 0 for a leaf.
    pub level: u8,
    /// Its number among those of its level, from the left.
    pub index: u64,
}

/// The hash of a complete subtree. It never changes again, whatever is appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Node {
    /// Where it stands.
    pub position: NodePosition,
    /// Its hash.
    pub hash: Hash,
}

/// Reads the stored nodes of a tree.
pub trait NodeReader {
    /// Why a node cannot be read.
    type Error;

    /// The hash of a complete subtree, if it is stored.
    fn node(&self, position: NodePosition) -> Result<Option<Hash>, Self::Error>;
}
