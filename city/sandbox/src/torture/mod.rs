//! The torture harness: payments, codes at a till, refunds, gifts, certificates, polls; one party killed at one place, ten thousand times.
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
pub mod customer;
pub mod phone;
pub mod screen;
pub mod stage;
pub mod till;

pub mod market;
pub mod plan;
pub mod scenario;
pub mod trade;

pub mod acts;
pub mod books;
pub mod facts;
pub mod verdict;

pub mod election;

pub mod campaign;
pub mod telling;

use citizen_primitives::Place;

/// Every place that is registered, of all parties.
#[must_use]
pub fn places() -> Vec<Place> {
    let all: [&[Place]; 8] = [
        citizen_wallet::place::PLACES,
        citizen_wallet::place::TILL_PLACES,
        &till::PLACES,
        &crate::remote::PLACES,
        citizen_wallet::place::VOTE_PLACES,
        city_services::PLACES,
        city_services::POLL_PLACES,
        &city_storage::PLACES,
    ];
    all.concat()
}

#[cfg(test)]
mod tests;
