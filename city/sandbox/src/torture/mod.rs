//! The torture harness: one payment, one party killed at one place, ten thousand times.
//!
//! Everything is in memory and the clock is moved by hand, so a run of the same seed is the same run. What a party had not
//! brought to its disk is forgotten when it is cut off.

pub mod cutter;
pub mod dice;
pub mod disk;
pub mod store;
pub mod transport;
pub mod world;

mod life;

pub mod citizen;
pub mod phone;
pub mod stage;

pub mod plan;
pub mod scenario;

pub mod facts;
pub mod verdict;

pub mod campaign;
pub mod telling;

use citizen_primitives::Place;

/// Every place that is registered, of all parties, but those of tills: none is open here, so one that is passed is
/// noticed as a stranger's. `city-services` kills its parties at each of them in its own tests.
#[must_use]
pub fn places() -> Vec<Place> {
    let all: [&[Place]; 4] =
        [citizen_wallet::place::PLACES, &crate::remote::PLACES, city_services::PLACES, &city_storage::PLACES];
    all.concat().into_iter().filter(|place| !city_services::TILL_PLACES.contains(place)).collect()
}

#[cfg(test)]
mod tests;
