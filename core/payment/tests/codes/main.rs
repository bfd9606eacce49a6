//! Codes as texts: the cases of the standard's rules, codes that are written and read back, and texts of anybody's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod case;
mod cpm;
mod documents;
mod mpm;
mod round_trip;
mod shapes;
mod strangers;

mod longest;
mod public_vectors;
