//! Centre, bank, treasury, a registrar and two relays over a real ledger: each with its own disk and its own view, joined by wires that can be cut.

// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

/// The poll of `citizen-voting`'s own tests.
#[allow(dead_code, reason = "another crate's tests use the rest")]
#[path = "../../../../core/voting/tests/voting/support/mod.rs"]
mod polling;

mod bank;
mod card;
mod centre;
mod consumer;
mod crash;
mod crash_poll;
mod crash_till;
mod election;
mod hints;
mod interleaving;
mod mandate;
mod orders;
mod phone;
mod poll;
mod recovery;
mod recovery_bounds;
mod registrar;
mod relay;
mod reward;
mod settled;
mod shown;
mod till;
mod treasury;
mod wires;
mod world;
