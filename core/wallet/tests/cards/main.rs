//! Credentials, from the phone's side: an issuer and verifiers in the tests' town, made of the sessions of `citizen-openid4vc`.

#![cfg(test)]
// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, unreachable_pub)]

#[path = "../support/mod.rs"]
mod support;

#[path = "../votes/cut.rs"]
mod cut;

mod offers;
mod office;

mod attested;
mod browser;
mod corpus;
mod crash;
mod did;
mod fresh;
mod held;
mod hold;
mod issuers;
mod keys;
mod linked;
mod order;
mod present;
mod receive;
mod refill;
mod sign_in;
mod slow;
mod torture;
mod types;
mod unanswered;
mod unknown;
mod unlinkable;
