#![cfg(test)]
//! What the sessions and the query language promise.

mod browser;
mod corpus;
mod dcql;
mod edges;
mod holder_rules;
mod hostile;
mod interoperation;
mod issuer;
mod issuer_rules;
mod public_vectors;
mod refresh;
mod refresh_rules;
mod sign_in;
mod transaction;
mod vci;
mod vp;
mod vp_rules;
mod w3c;
mod w3c_rules;
mod world;
