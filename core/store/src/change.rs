//! What one commit changes.

use crate::row::{Row, Value};
use std::fmt;
use zeroize::Zeroizing;

/// Puts and deletions that happen together or not at all, in this order.
#[derive(Clone, Default)]
pub struct ChangeSet(Vec<Change>);

/// One change.
#[derive(Clone, PartialEq, Eq)]
pub enum Change {
    /// The row has this value from now on.
    Put(Row, Value),
    /// The row is gone, if it was there.
    Delete(Row),
}

impl ChangeSet {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// And puts a value.
    #[must_use]
    pub fn put(mut self, row: Row, value: impl Into<Vec<u8>>) -> Self {
        self.0.push(Change::Put(row, Zeroizing::new(value.into())));
        self
    }

    /// And deletes a row.
    #[must_use]
    pub fn delete(mut self, row: Row) -> Self {
        self.0.push(Change::Delete(row));
        self
    }

    /// And changes what another set changes, afterwards.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The changes in order.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.0
    }
}

impl fmt::Debug for ChangeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put(row, _) => f.debug_tuple("Put").field(row).finish_non_exhaustive(),
            Self::Delete(row) => f.debug_tuple("Delete").field(row).finish(),
        }
    }
}
