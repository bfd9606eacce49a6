//! The program's promises: on the frozen board of a thousand, on files that were tampered with, and on a poll that a real ledger held.

#![cfg(test)]

mod gateway;
mod program;

/// A ledger that holds polls, from the gateway's tests.
#[allow(dead_code, reason = "another crate's tests use the rest")]
#[path = "../../../../city/gateway/tests/polls/town.rs"]
mod town;

/// The poll of `citizen-voting`'s own tests.
#[allow(dead_code, reason = "another crate's tests use the rest")]
#[path = "../../../../core/voting/tests/voting/support/mod.rs"]
mod polling;
