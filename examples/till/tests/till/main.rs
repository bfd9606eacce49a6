//! The JSON contract: without a city, and against one that runs, with customers who pay and a wire that loses and changes things.
#![cfg(test)]
// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod customer;
mod town;
mod wire;

mod charge;
mod contract;
mod corpus;
mod lies;
mod receipt;
mod refund;
mod settlement;
mod shop;
mod wallet;
