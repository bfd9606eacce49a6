//! What the SQLite store promises beyond the common contract: secrecy, durability, damage, room, old files.

// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod crash;
mod damage;
mod migration;
mod model;
mod room;
mod secrecy;

use citizen_keys::Secret32;
use citizen_primitives::Place;
use citizen_store::{LockedSqliteStore, LockedStore as _, SqliteOptions, Store, StoreError};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use zeroize::Zeroizing;

const PLACE: Place = Place::new("store/test");

/// A folder with a store's file in it, gone at the end of the test.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("wallet.sqlite")
    }

    fn open(&self) -> Result<LockedSqliteStore, StoreError> {
        open(&self.file(), &options())
    }

    fn unlock(&self) -> Result<Box<dyn Store>, StoreError> {
        Box::new(self.open()?).unlock(&key())
    }
}

fn options() -> SqliteOptions {
    SqliteOptions::default().waiting_at_most(Duration::ZERO)
}

fn open(file: &Path, options: &SqliteOptions) -> Result<LockedSqliteStore, StoreError> {
    LockedSqliteStore::open(file, Box::new(StdRng::seed_from_u64(1)), options)
}

fn key() -> Secret32 {
    Secret32::take(Zeroizing::new([1; 32]))
}
