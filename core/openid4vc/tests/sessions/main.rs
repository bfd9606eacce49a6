#![cfg(test)]
//! What the sessions and the query language promise.

mod browser;
mod corpus;
mod dcql;
mod hostile;
mod interoperation;
mod issuer;
mod public_vectors;
mod refresh;
mod sign_in;
mod transaction;
mod vci;
mod vp;
mod world;
