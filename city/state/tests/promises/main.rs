//! The promises of the state machine, one test each. Every block that any of them executes is checked as a whole in
//! `support::ledger`: the supply, the histories, what the block deletes, what it remembers.

// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

/// The poll of `citizen-voting`'s own tests.
#[allow(dead_code, reason = "another crate's tests use the rest")]
#[path = "../../../../core/voting/tests/voting/support/mod.rs"]
mod polling;

/// What no wallet and no trustee of its does.
#[path = "../../../../core/voting/tests/voting/support/prover.rs"]
mod prover;

mod accounts;
mod admission;
mod beginning;
mod certificates;
mod custody;
mod custody_model;
mod dids;
mod endings;
mod governance;
mod grants;
mod headers;
mod holds;
mod model;
mod poll_bounds;
mod polls;
mod replay;
mod replicas;
mod rules;
mod transfers;
