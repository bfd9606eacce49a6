//! The right edge of a growing tree: all that is needed to append and to know the root.

use crate::hashing::{empty_root, node_hash};
use crate::node::{Node, NodePosition};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::Hash;
use std::io::{self, Read};

/// The number of leaves and the roots of the complete subtrees they make, the largest first: one for each 1 in the
/// number's binary form (MERKLE-1).
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize)]
pub struct Frontier {
    count: u64,
    edge: Vec<Hash>,
}
citizen_primitives::canonical!(Frontier = 1);

impl Frontier {
    /// The tree without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self { count: 0, edge: Vec::new() }
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Appends the hash of a leaf; returns the subtrees that are complete now, the leaf first, for whoever stores them.
    pub fn append(&mut self, leaf: Hash) -> Vec<Node> {
        let mut node = Node { position: NodePosition { level: 0, index: self.count }, hash: leaf };
        let mut completed = vec![node];
        while node.position.index & 1 == 1 {
            // There is one hash on the edge for each 1 in the count.
            let Some(left) = self.edge.pop() else { break };
            node = Node {
                position: NodePosition { level: node.position.level + 1, index: node.position.index >> 1 },
                hash: node_hash(&left, &node.hash),
            };
            completed.push(node);
        }
        self.edge.push(node.hash);
        // 2^64 leaves cannot be appended in the age of the universe.
        self.count = self.count.saturating_add(1);
        completed
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let fold = self.edge.iter().rev().copied().reduce(|right, left| node_hash(&left, &right));
        fold.unwrap_or_else(empty_root)
    }
}

impl BorshDeserialize for Frontier {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let (count, edge) = <(u64, Vec<Hash>)>::deserialize_reader(reader)?;
        if usize::try_from(count.count_ones()).is_ok_and(|ones| ones == edge.len()) {
            Ok(Self { count, edge })
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidData, "edge of another count"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hashing::leaf_hash;
    use citizen_primitives::Canonical as _;

    #[test]
    fn merkle_1_a_frontier_with_another_count_is_not_read() {
        let mut frontier = Frontier::new();
        for leaf in 0..11u8 {
            frontier.append(leaf_hash(&[leaf]));
        }
        let bytes = frontier.to_canonical();
        assert_eq!(bytes.len(), 1 + 8 + 4 + 3 * 32, "11 is 8 + 2 + 1");
        assert_eq!(Frontier::from_canonical(&bytes), Ok(frontier));
        let mut changed = bytes;
        changed[1] = 12;
        assert!(Frontier::from_canonical(&changed).is_err());
    }

    #[test]
    fn appending_returns_each_subtree_once_when_it_is_complete() {
        let mut frontier = Frontier::new();
        let mut positions = Vec::new();
        for leaf in 0..8u8 {
            positions.extend(frontier.append(leaf_hash(&[leaf])).into_iter().map(|node| node.position));
        }
        let distinct: std::collections::BTreeSet<_> = positions.iter().copied().collect();
        assert_eq!(distinct.len(), positions.len());
        assert_eq!(positions.len(), 8 + 4 + 2 + 1);
        assert_eq!(positions.last(), Some(&NodePosition { level: 3, index: 0 }));
    }
}
