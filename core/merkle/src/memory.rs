//! A whole tree in memory, with its proofs.

use crate::ProveError;
use crate::consistency::ConsistencyProof;
use crate::frontier::Frontier;
use crate::inclusion::InclusionProof;
use crate::node::{NodePosition, NodeReader};
use citizen_primitives::Hash;
use std::collections::BTreeMap;
use std::convert::Infallible;

/// A tree in memory: for the transactions of a block, and for tests.
#[derive(Debug, Clone, Default)]
pub struct MemoryTree {
    frontier: Frontier,
    nodes: BTreeMap<NodePosition, Hash>,
}

impl MemoryTree {
    /// A tree over these leaf hashes.
    #[must_use]
    pub fn of(leaves: impl IntoIterator<Item = Hash>) -> Self {
        let mut tree = Self::default();
        for leaf in leaves {
            tree.append(leaf);
        }
        tree
    }

    /// Appends a leaf hash.
    pub fn append(&mut self, leaf: Hash) {
        let completed = self.frontier.append(leaf);
        self.nodes.extend(completed.into_iter().map(|node| (node.position, node.hash)));
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.frontier.count()
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Proves that the leaf at `index` is in the tree.
    pub fn prove_inclusion(&self, index: u64) -> Result<InclusionProof, ProveError<Infallible>> {
        InclusionProof::prove(self, index, self.count())
    }

    /// Proves that the tree of `old` leaves is the beginning of this one.
    pub fn prove_consistency(&self, old: u64) -> Result<ConsistencyProof, ProveError<Infallible>> {
        ConsistencyProof::prove(self, old, self.count())
    }
}

impl NodeReader for MemoryTree {
    type Error = Infallible;

    fn node(&self, position: NodePosition) -> Result<Option<Hash>, Infallible> {
        Ok(self.nodes.get(&position).copied())
    }
}
