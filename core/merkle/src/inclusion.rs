//! Inclusion proofs: RFC 6962, section 2.1.1; verification as in RFC 9162, section 2.1.3.2.

use crate::hashing::node_hash;
use crate::node::NodeReader;
use crate::subtree::Run;
use crate::{ProveError, Refuted};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::Hash;
use std::io::{self, Read};

/// No path is longer: a tree of 2^64 leaves has 64 levels.
pub(crate) const LONGEST_PATH: usize = 64;

/// That a leaf stands at its place in a tree of so many leaves.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize)]
pub struct InclusionProof {
    /// The leaf's place, from 0.
    pub index: u64,
    /// How many leaves the tree has.
    pub count: u64,
    /// The hashes beside the way from the leaf to the root, the lowest first.
    pub path: Vec<Hash>,
}
citizen_primitives::canonical!(InclusionProof = 1);

impl InclusionProof {
    /// Makes the proof from stored nodes.
    pub fn prove<R: NodeReader>(reader: &R, index: u64, count: u64) -> Result<Self, ProveError<R::Error>> {
        if index >= count {
            return Err(ProveError::OutOfRange { count });
        }
        let mut path = Vec::new();
        let mut run = Run { start: 0, length: count };
        while run.length > 1 {
            let (left, right) = run.split();
            let (on_the_way, beside) = if index < right.start { (left, right) } else { (right, left) };
            path.push(beside.hash(reader)?);
            run = on_the_way;
        }
        path.reverse();
        Ok(Self { index, count, path })
    }

    /// Checks that the leaf with this hash stands at `index` in the tree with this root (MERKLE-2).
    pub fn verify(&self, leaf: &Hash, root: &Hash) -> Result<(), Refuted> {
        if self.index >= self.count {
            return Err(Refuted);
        }
        let (mut place, mut last) = (self.index, self.count - 1);
        let mut hash = *leaf;
        for beside in &self.path {
            if last == 0 {
                return Err(Refuted);
            }
            if place & 1 == 1 || place == last {
                hash = node_hash(beside, &hash);
                while place & 1 == 0 && place != 0 {
                    place >>= 1;
                    last >>= 1;
                }
            } else {
                hash = node_hash(&hash, beside);
            }
            place >>= 1;
            last >>= 1;
        }
        if last == 0 && hash == *root { Ok(()) } else { Err(Refuted) }
    }
}

impl BorshDeserialize for InclusionProof {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let (index, count, path) = <(u64, u64, Vec<Hash>)>::deserialize_reader(reader)?;
        if path.len() > LONGEST_PATH {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "path too long"));
        }
        Ok(Self { index, count, path })
    }
}
