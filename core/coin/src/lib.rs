#![doc = include_str!("../README.md")]

pub mod account;
pub mod entry;
pub mod epoch;
pub mod limit;
pub mod lots;
pub mod programme;
pub mod refund;
pub mod supply;

pub use account::AccountRecord;
pub use entry::{Cause, Entry, EntryKind};
pub use epoch::Epoch;
pub use limit::{Limit, LimitExceeded, Limits, Spending, SpendingError};
pub use lots::{Lots, LotsError};
pub use programme::{GrantCount, ProgrammeRecord};
pub use refund::{LapsedRefund, Paid, RefundError, RefundShare, Refunded};
pub use supply::{Supply, SupplyError};
