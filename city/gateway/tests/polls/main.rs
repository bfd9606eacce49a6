//! A poll that a real ledger held, as a stranger gets it over HTTP: the universal verifier on the state's own board, what it finds where
//! ledger and verifier could disagree, and what a client makes of a gateway that lies about public logs.

#![cfg(test)]

mod bundles;
mod disagree;
mod lies;
mod town;
mod whole;

/// The poll of `citizen-voting`'s own tests.
#[allow(dead_code, reason = "another crate's tests use the rest")]
#[path = "../../../../core/voting/tests/voting/support/mod.rs"]
mod polling;
