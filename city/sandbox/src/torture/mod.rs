//! The torture harness: one payment, one party killed at one place, ten thousand times.
//!
//! Everything is in memory and the clock is moved by hand, so a run of the same seed is the same run. What a party had not
//! brought to its disk is forgotten when it is cut off.

pub mod cutter;
pub mod dice;
pub mod store;
pub mod transport;
pub mod world;

use citizen_primitives::Place;

/// Every place that is registered, of all parties.
#[must_use]
pub fn places() -> Vec<Place> {
    let mut places = Vec::new();
    places.extend_from_slice(city_services::PLACES);
    places.extend_from_slice(&city_storage::PLACES);
    places
}
