//! Where a program may be cut off: every persist and every send names its place.

use std::fmt;

/// A place where something is persisted or sent; the injection harness kills a party at each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(&'static str);

impl Place {
    /// Names a place: `party/what`, as in `wallet/outbox-order`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({})", self.0)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// The party was cut off at this place: it stops at once, as if its process had been killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cut off at {0}")]
pub struct Cut(pub Place);

/// What the harness puts around every place. Outside tests nothing is ever cut.
pub trait Injector: Send + Sync {
    /// Asked before the place persists or sends.
    fn before(&self, place: Place) -> Result<(), Cut>;

    /// Asked after it has.
    fn after(&self, place: Place) -> Result<(), Cut>;
}

/// Cuts nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NeverCut;

impl Injector for NeverCut {
    fn before(&self, _: Place) -> Result<(), Cut> {
        Ok(())
    }

    fn after(&self, _: Place) -> Result<(), Cut> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_known_by_its_name() {
        const OUTBOX: Place = Place::new("wallet/outbox-order");
        assert_eq!(OUTBOX.to_string(), "wallet/outbox-order");
        assert_eq!(OUTBOX, Place::new("wallet/outbox-order"));
        assert_ne!(OUTBOX, Place::new("wallet/outbox-ended"));
    }
}
