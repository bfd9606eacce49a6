//! Ledger with gateway, centre, bank, treasury, registrars, relays, trustees, issuer, verifiers and officers each in a process of its own, with a folder
//! of its own.
//! Whoever is killed with -9 is started again, and nothing is lost or done twice.

#![cfg(test)]
// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod apart;
mod card;
mod payment;
mod poll;
