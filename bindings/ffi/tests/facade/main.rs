//! The exported objects against a whole city in the same process, used as Kotlin and Swift use them: the app's key store, transport,
//! clock and listener are traits that the test implements.

#![cfg(test)]
// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod app;
mod phone;
mod surface;

mod api;
mod cancelling;
mod cards;
mod exports;
mod flow;
mod giving;
mod links;
mod previews;
// What a thread reads and how long it computes, Linux says under `/proc`.
#[cfg(target_os = "linux")]
mod still;
mod thrown;
mod together;
mod voting;
