//! The hash of any run of leaves that begins where a subtree begins, from stored complete subtrees.

use crate::ProveError;
use crate::hashing::node_hash;
use crate::node::{NodePosition, NodeReader};
use citizen_primitives::Hash;

/// The leaves from `start` on, `length` of them: `MTH(D[start:start + length])`. `start` is a multiple of the smallest
/// power of two that is not below `length`, as everywhere in the recursion of RFC 6962.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) start: u64,
    pub(crate) length: u64,
}

impl Run {
    /// The largest power of two below the length, and the runs left and right of it.
    pub(crate) const fn split(self) -> (Self, Self) {
        let left = 1 << (u64::BITS - 1 - (self.length - 1).leading_zeros());
        (
            Self { start: self.start, length: left },
            Self { start: self.start + left, length: self.length - left },
        )
    }

    /// Its hash, from the complete subtrees it is made of.
    pub(crate) fn hash<R: NodeReader>(self, reader: &R) -> Result<Hash, ProveError<R::Error>> {
        let mut rest = self;
        let mut complete = Vec::new();
        while rest.length > 0 {
            let level = u64::BITS - 1 - rest.length.leading_zeros();
            let position =
                NodePosition { level: u8::try_from(level).unwrap_or(u8::MAX), index: rest.start >> level };
            let hash = reader.node(position).map_err(ProveError::Reader)?;
            complete.push(hash.ok_or(ProveError::Missing(position))?);
            rest = Self { start: rest.start + (1 << level), length: rest.length - (1 << level) };
        }
        let fold = complete.into_iter().rev().reduce(|right, left| node_hash(&left, &right));
        fold.ok_or(ProveError::OutOfRange { count: 0 })
    }
}
