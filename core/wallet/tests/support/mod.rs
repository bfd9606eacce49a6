//! A town for the tests: a real ledger of sealed headers with a few of its rules, parties that sign, a gateway that can lie,
//! and a phone. The whole city's flows are told in `city/sandbox`.

// Functions that tests share: clippy knows only those marked as tests; each test file uses some of them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, dead_code, unreachable_pub)]

#[path = "../../../ledger/tests/support/mod.rs"]
pub mod ledger;

pub mod gateway;
pub mod lanes;
pub mod phone;
pub mod town;
pub mod watched;

pub use gateway::Gateway;
pub use phone::Phone;
