#![doc = include_str!("../README.md")]

pub mod account;
pub mod entry;
pub mod lots;
pub mod programme;
pub mod supply;

pub use account::{AccountRecord, Epoch};
pub use entry::{Cause, Entry, EntryKind};
pub use lots::{Lots, LotsError};
pub use programme::{GrantCount, ProgrammeRecord};
pub use supply::{Supply, SupplyError};
