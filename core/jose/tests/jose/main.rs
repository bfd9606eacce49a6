//! What other people wrote about JOSE, and what hostile people write.
#![cfg(test)]

mod chains;
mod corpus;
mod edges;
mod encryption;
mod hostile;
mod interoperation;
mod rfc;
mod wycheproof;
