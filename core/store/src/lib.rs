#![doc = include_str!("../README.md")]

pub mod change;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
pub mod memory;
pub mod row;
pub mod sqlite;
pub mod store;

pub use change::{Change, ChangeSet};
pub use memory::{LockedMemoryStore, MemoryDisk, MemoryStore};
pub use row::{Entry, GuardRow, Row, Table, Value};
pub use sqlite::{LockedSqliteStore, SqliteOptions, SqliteStore};
pub use store::{GuardStore, LockedStore, Store, StoreError};
