#![doc = include_str!("../README.md")]

pub mod consistency;
pub mod frontier;
pub mod hashing;
pub mod inclusion;
pub mod memory;
pub mod node;

mod subtree;

pub use consistency::ConsistencyProof;
pub use frontier::Frontier;
pub use hashing::{empty_root, leaf_hash, node_hash};
pub use inclusion::InclusionProof;
pub use memory::MemoryTree;
pub use node::{Node, NodePosition, NodeReader};

/// The proof does not show what it is said to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the Merkle proof does not verify")]
pub struct Refuted;

/// Why a proof cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProveError<E> {
    /// The tree has fewer leaves than asked for.
    #[error("there are only {count} leaves")]
    OutOfRange {
        /// How many there are.
        count: u64,
    },
    /// A node that must have been stored is missing.
    #[error("the node {index} of level {level} is missing", index = .0.index, level = .0.level)]
    Missing(NodePosition),
    /// The nodes cannot be read.
    #[error("the nodes cannot be read")]
    Reader(#[source] E),
}
