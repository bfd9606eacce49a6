#![doc = include_str!("../README.md")]

mod block;
mod commit;
mod error;
mod history;
mod places;
mod prune;
mod snapshot;
mod storage;
mod table;
mod tree;

pub mod faults;

pub use block::StoredBlock;
pub use error::StorageError;
pub use places::PLACES;
pub use snapshot::Snapshot;
pub use storage::{Latest, Options, Storage};
