//! Codes in pictures: what is drawn, what is read, what is refused and why, and how many of the frozen sets are read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod corpus;
mod drawn;
mod rates;
mod scan;
