//! The promises of a whole poll, through the public interface: manifest, tokens, board, relays, receipts, checking, verification,
//! and the frozen vectors.

#![cfg(test)]

mod board;
mod checking;
mod corpus;
mod issuance;
mod manifest;
#[allow(dead_code, reason = "another crate's tests use the rest")]
#[path = "support/prover.rs"]
mod prover;
mod python;
mod receipts;
mod relays;
mod support;
mod token;
mod vectors;
mod verifier;
