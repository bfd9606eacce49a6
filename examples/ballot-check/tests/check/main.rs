//! The second device's promises: program and page, against a poll that a real ledger holds.

#![cfg(test)]

mod device;
mod pages;

/// A ledger that holds polls, from the gateway's tests.
#[allow(dead_code, reason = "another crate's tests use the rest")]
#[path = "../../../../city/gateway/tests/polls/town.rs"]
mod town;

/// The poll of `citizen-voting`'s own tests.
#[allow(dead_code, reason = "another crate's tests use the rest")]
#[path = "../../../../core/voting/tests/voting/support/mod.rs"]
mod polling;
