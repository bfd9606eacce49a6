#![cfg(test)]
//! What the sessions and the query language promise.

mod dcql;
mod public_vectors;
