#![doc = include_str!("../README.md")]

pub mod bank;
pub mod centre;
pub mod office;
pub mod treasury;
pub mod trustee;

pub mod db;
pub mod error;
pub mod party;
pub mod places;
pub mod run;

mod device;
mod log;

pub use bank::{Bank, Mood};
pub use centre::Centre;
pub use db::{Db, DbError};
pub use error::{Reason, ServiceError};
pub use office::Office;
pub use party::Party;
pub use places::{PLACES, POLL_PLACES, SETTLEMENT_PLACES, TILL_PLACES};
pub use run::{Stepped, Steps, run};
pub use treasury::Treasury;
pub use trustee::Trustee;
