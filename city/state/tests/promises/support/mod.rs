//! A town for the tests: parties with their keys, phones, a ledger in memory.

pub(crate) mod ledger;
pub(crate) mod parties;
pub(crate) mod town;

pub(crate) use ledger::Ledger;
pub(crate) use parties::{Phone, Service};
pub(crate) use town::{Town, points, won};
