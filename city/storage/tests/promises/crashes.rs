//! The power fails in the middle of a commit, at every point of it.

use crate::support::{commit, open, open_on, seen};
use city_storage::faults::{Disk, DiskBackend};
use city_storage::{Storage, StorageError};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use redb::StorageBackend;
use std::io::Error;
use std::sync::Mutex;

/// What a disk writes at once: a page of the file may reach it in part.
const SECTOR: usize = 512;

/// A disk whose power fails at the n-th operation from now; what was not synced survives sector by sector, or not.
#[derive(Debug)]
struct Failing {
    inner: DiskBackend,
    disk: Disk,
    fate: Mutex<Fate>,
}

#[derive(Debug)]
struct Fate {
    operations_left: u32,
    share: f64,
    rng: StdRng,
}

impl Failing {
    fn on(disk: &Disk, operations_left: u32, share: f64, seed: u64) -> Self {
        let fate = Fate { operations_left, share, rng: StdRng::seed_from_u64(seed) };
        Self { inner: disk.backend(), disk: disk.clone(), fate: Mutex::new(fate) }
    }

    fn operate(&self) {
        let mut fate = self.fate.lock().unwrap();
        if fate.operations_left == 0 {
            return;
        }
        fate.operations_left -= 1;
        if fate.operations_left == 0 {
            let share = fate.share;
            self.disk.crash(|| fate.rng.random_bool(share));
        }
    }
}

impl StorageBackend for Failing {
    fn len(&self) -> Result<u64, Error> {
        self.inner.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), Error> {
        self.inner.read(offset, out)
    }

    fn set_len(&self, length: u64) -> Result<(), Error> {
        self.operate();
        self.inner.set_len(length)
    }

    fn sync_data(&self) -> Result<(), Error> {
        self.operate();
        self.inner.sync_data()
    }

    fn write(&self, mut offset: u64, data: &[u8]) -> Result<(), Error> {
        for sector in data.chunks(SECTOR) {
            self.operate();
            self.inner.write(offset, sector)?;
            offset += u64::try_from(sector.len()).unwrap();
        }
        Ok(())
    }
}

/// Runs until the power fails; says what a reader saw after each block that was acknowledged.
fn run_until_the_power_fails(storage: &Storage) -> Vec<Vec<Option<Vec<u8>>>> {
    let mut acknowledged = vec![seen(storage).unwrap()];
    while commit(storage).is_ok() {
        match seen(storage) {
            Ok(view) => acknowledged.push(view),
            // The power failed in what redb tidies up after a commit: it was acknowledged all the same.
            Err(_) => break,
        }
    }
    acknowledged
}

#[test]
fn storage_2_a_crash_in_the_middle_of_a_commit_leaves_the_last_block_or_the_one_in_flight() {
    // What every block looks like on a disk that does not fail.
    let whole = open(&Disk::default()).unwrap();
    let mut expected = vec![seen(&whole).unwrap()];
    for _ in 0..30 {
        commit(&whole).unwrap();
        expected.push(seen(&whole).unwrap());
    }
    let (mut lost, mut kept) = (0, 0);
    for round in 0..240u32 {
        let disk = Disk::default();
        drop(open(&disk).unwrap());
        // All lost, all kept, and what lies between.
        let share = [0.0, 1.0, 0.5, 0.9][usize::try_from(round % 4).unwrap()];
        let storage = open_on(Failing::on(&disk, 8 + round, share, round.into())).unwrap();
        let acknowledged = run_until_the_power_fails(&storage);
        let last = storage.latest().height;
        drop(storage);
        let storage = open(&disk).unwrap();
        let height = storage.latest().height;
        assert!(height == last || height == last.next(), "round {round}: {height} after {last}");
        if height == last {
            lost += 1
        } else {
            kept += 1
        }
        assert_eq!(acknowledged, expected[..acknowledged.len()], "round {round}");
        let index = usize::try_from(height.value()).unwrap();
        assert_eq!(seen(&storage).unwrap(), expected[index], "round {round}: the block is whole");
        commit(&storage).unwrap();
        assert_eq!(
            seen(&storage).unwrap(),
            expected[index + 1],
            "round {round}: it goes on as if nothing was"
        );
    }
    assert!(lost > 20 && kept >= 3, "both endings were met: {lost} times lost, {kept} times kept");
}

#[test]
fn storage_2_a_crash_while_the_ledger_begins_lets_it_begin_again() {
    for round in 1..160u32 {
        let disk = Disk::default();
        let share = [0.0, 1.0, 0.5][usize::try_from(round % 3).unwrap()];
        // The empty file itself is made by `Storage::open` under another name first.
        drop(redb::Database::builder().create_with_backend(disk.backend()).unwrap());
        drop(open_on(Failing::on(&disk, round, share, round.into())));
        let storage = open(&disk).unwrap_or_else(|error| panic!("round {round}: {error:?}"));
        commit(&storage).unwrap();
    }
}

#[test]
fn storage_4_a_disk_that_fills_up_at_any_point_loses_nothing_and_says_so() {
    let begun = Disk::default();
    drop(open(&begun).unwrap());
    let mut said_full = 0;
    for step in 0..24 {
        let disk = Disk::default();
        let storage = open(&disk).unwrap();
        disk.limit(Some(begun.length() + step * 16 * 1024));
        let mut acknowledged = seen(&storage).unwrap();
        let error = loop {
            match commit(&storage) {
                Ok(_) => acknowledged = seen(&storage).unwrap(),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, StorageError::Full), "the operator hears why: {error:?}");
        said_full += 1;
        // The handle is of no use any more, and says so: the node must be started again.
        assert!(commit(&storage).is_err());
        drop(storage);
        disk.limit(None);
        let storage = open(&disk).unwrap();
        assert_eq!(seen(&storage).unwrap(), acknowledged, "step {step}");
        commit(&storage).unwrap();
    }
    assert_eq!(said_full, 24);
}
