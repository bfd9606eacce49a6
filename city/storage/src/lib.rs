#![doc = include_str!("../README.md")]

mod begin;
mod block;
mod commit;
mod error;
mod history;
mod log;
mod meta;
mod places;
mod prune;
mod recovery;
mod snapshot;
mod storage;
mod table;
mod tree;
mod update;

pub mod faults;

pub use block::StoredBlock;
pub use error::StorageError;
pub use log::LogLeaf;
pub use meta::{Latest, Options};
pub use places::PLACES;
pub use snapshot::Snapshot;
pub use storage::Storage;
