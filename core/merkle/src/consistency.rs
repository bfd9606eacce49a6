//! Consistency proofs: RFC 6962, section 2.1.2; verification as in RFC 9162, section 2.1.4.2.

use crate::hashing::{empty_root, node_hash};
use crate::inclusion::LONGEST_PATH;
use crate::node::NodeReader;
use crate::subtree::Run;
use crate::{ProveError, Refuted};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::Hash;
use std::io::{self, Read};

/// That one tree is the beginning of another: nothing was changed or taken out, only appended.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize)]
pub struct ConsistencyProof {
    /// How many leaves the earlier tree has.
    pub old: u64,
    /// How many leaves the later tree has.
    pub new: u64,
    /// The hashes from which both roots follow.
    pub path: Vec<Hash>,
}
citizen_primitives::canonical!(ConsistencyProof = 1);

impl ConsistencyProof {
    /// Makes the proof from stored nodes. The tree without leaves is the beginning of every tree, and needs no hashes.
    pub fn prove<R: NodeReader>(reader: &R, old: u64, new: u64) -> Result<Self, ProveError<R::Error>> {
        if old > new {
            return Err(ProveError::OutOfRange { count: new });
        }
        let mut path = Vec::new();
        if old > 0 {
            let mut run = Run { start: 0, length: new };
            while run.start + run.length != old {
                let (left, right) = run.split();
                let (on_the_way, beside) = if old <= right.start { (left, right) } else { (right, left) };
                path.push(beside.hash(reader)?);
                run = on_the_way;
            }
            // Where the earlier tree is complete by itself, its root is known to whoever checks.
            if run.start > 0 {
                path.push(run.hash(reader)?);
            }
        }
        path.reverse();
        Ok(Self { old, new, path })
    }

    /// Checks that the tree with `old_root` is the beginning of the one with `new_root` (MERKLE-3).
    pub fn verify(&self, old_root: &Hash, new_root: &Hash) -> Result<(), Refuted> {
        let holds = match (self.old, self.path.is_empty()) {
            (0, true) => *old_root == empty_root() && (self.new > 0 || new_root == old_root),
            (old, true) if old == self.new => old_root == new_root,
            (old, false) if old > 0 && old < self.new => self.roots(old_root) == Some((*old_root, *new_root)),
            _ => false,
        };
        if holds { Ok(()) } else { Err(Refuted) }
    }

    /// The two roots that follow from the path.
    fn roots(&self, old_root: &Hash) -> Option<(Hash, Hash)> {
        let mut path = self.path.iter();
        let start = if self.old.is_power_of_two() { old_root } else { path.next()? };
        let (mut place, mut last) = (self.old - 1, self.new - 1);
        while place & 1 == 1 {
            place >>= 1;
            last >>= 1;
        }
        let (mut old, mut new) = (*start, *start);
        for beside in path {
            if last == 0 {
                return None;
            }
            if place & 1 == 1 || place == last {
                old = node_hash(beside, &old);
                new = node_hash(beside, &new);
                while place & 1 == 0 && place != 0 {
                    place >>= 1;
                    last >>= 1;
                }
            } else {
                new = node_hash(&new, beside);
            }
            place >>= 1;
            last >>= 1;
        }
        (last == 0).then_some((old, new))
    }
}

impl BorshDeserialize for ConsistencyProof {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let (old, new, path) = <(u64, u64, Vec<Hash>)>::deserialize_reader(reader)?;
        if path.len() > LONGEST_PATH + 1 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "path too long"));
        }
        Ok(Self { old, new, path })
    }
}
