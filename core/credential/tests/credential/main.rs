//! Credentials against the specifications' examples, against what breaks each rule, and against programs of others.
#![cfg(test)]

mod canonical;
mod corpus;
mod edges;
mod hold;
mod hostile;
mod integrity;
mod interoperation;
mod presented;
mod rules;
mod specifications;
mod status;
mod support;
mod types;
