//! Voting, from the phone's side: a poll in the tests' town, whose parties check what they are handed as the city's do. The whole city's
//! polls are told in `city/sandbox`.

#![cfg(test)]
// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, unreachable_pub)]

#[path = "../support/mod.rs"]
mod support;

/// The poll of `citizen-voting`'s own tests.
#[allow(dead_code, reason = "another crate's tests use the rest")]
#[path = "../../../voting/tests/voting/support/mod.rs"]
mod polling;

mod beside;
#[allow(dead_code, reason = "the cards use more of it")]
mod cut;
#[cfg(feature = "credentials")]
#[allow(dead_code, reason = "what the office takes is enough")]
#[path = "../cards/offers.rs"]
mod offers;
/// An issuer of cards, and verifiers.
#[cfg(feature = "credentials")]
#[allow(dead_code, reason = "the tests of credentials use the rest")]
#[path = "../cards/office.rs"]
mod office;
mod phone;
mod poll;
mod prepared;

#[cfg(feature = "credentials")]
mod by_card;
mod crash;
mod crossed;
mod flow;
mod lies;
mod near;
mod privacy;
mod restored;
#[cfg(not(feature = "credentials"))]
mod without_a_card;
