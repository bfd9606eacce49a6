//! Centre, bank and treasury over a real ledger: each with its own disk and its own view, joined by wires that can be cut.

// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod bank;
mod centre;
mod consumer;
mod crash;
mod crash_till;
mod hints;
mod interleaving;
mod mandate;
mod orders;
mod phone;
mod settled;
mod shown;
mod till;
mod treasury;
mod wires;
mod world;
