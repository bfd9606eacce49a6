//! Polls in cities in memory: the office, a registrar, a relay, a trustee, the treasury, the ledger or the citizen's wallet killed at
//! every place of a poll (TORTURE-7). Of each role one is tortured; the others live on.

pub mod houses;
pub mod office;

pub mod crowd;
pub mod ground;
pub mod play;
pub mod verdict;

use citizen_primitives::Place;

/// One run in so many is a poll's: it takes as long as many payments.
pub const POLL_EVERY: u64 = 24;

/// The places that polls alone come by.
#[must_use]
pub fn places() -> Vec<Place> {
    [city_services::POLL_PLACES, citizen_wallet::place::VOTE_PLACES].concat()
}

/// Whether polls alone come by a place.
#[must_use]
pub fn is_of_polls(place: Place) -> bool {
    places().contains(&place)
}
