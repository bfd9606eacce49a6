//! Where the ledger's node persists.

use citizen_primitives::Place;

/// The first state is written.
pub(crate) const BEGIN: Place = Place::new("ledger/begin");
/// A block and all it changes are written, in one transaction.
pub(crate) const BLOCK: Place = Place::new("ledger/block");

/// All of them.
pub const PLACES: [Place; 2] = [BEGIN, BLOCK];
