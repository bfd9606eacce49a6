//! Bits of the file flip while nobody looks.

use crate::support::{commit, genesis, open, seen};
use city_storage::faults::Disk;
use city_storage::{Options, Storage, StorageError};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The first page says where all the others are.
const HEADER: usize = 320;

/// What became of flips in these places: so many refused, so many without effect. Nothing else may happen.
fn flip_each(places: impl Iterator<Item = usize>) -> (u32, u32) {
    let (mut refused, mut unchanged) = (0, 0);
    for place in places {
        let (disk, expected) = six_blocks();
        disk.flip(place);
        let read = || open(&disk).and_then(|storage| seen(&storage));
        match catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| panic!("a panic at {place}")) {
            Ok(view) => {
                assert_eq!(view, expected, "at {place} the file says something else");
                unchanged += 1;
            }
            Err(StorageError::Damaged(_) | StorageError::AnotherLedger) => {
                refused += 1;
                // An operator tries again: the file must not be worn down to an earlier state by that.
                assert!(read().is_err(), "at {place}");
            }
            Err(error) => panic!("at {place}: {error:?}"),
        }
    }
    (refused, unchanged)
}

fn six_blocks() -> (Disk, Vec<Option<Vec<u8>>>) {
    let disk = Disk::default();
    let storage = open(&disk).unwrap();
    for _ in 0..6 {
        commit(&storage).unwrap();
    }
    let expected = seen(&storage).unwrap();
    (disk, expected)
}

#[test]
fn storage_4_a_flipped_bit_is_an_error_or_changes_nothing() {
    let length = six_blocks().0.length();
    let mut rng = StdRng::seed_from_u64(11);
    let (refused, unchanged) = flip_each((0..500).map(|_| rng.random_range(0..length)));
    assert!(refused > 10 && unchanged > 10, "{refused} refused, {unchanged} in free pages");
}

#[test]
fn storage_4_a_flipped_bit_in_the_first_page_is_an_error_or_changes_nothing() {
    let (refused, _) = flip_each(0..HEADER);
    assert!(refused > 50, "{refused} refused");
}

#[test]
fn storage_4_a_file_that_was_cut_short_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.redb");
    let open = || Storage::open(&path, &genesis("town-1"), Options::default());
    let storage = open().unwrap();
    commit(&storage).unwrap();
    drop(storage);
    let whole = std::fs::read(&path).unwrap();
    for share in [0, 1, 2, 3] {
        std::fs::write(&path, &whole[..whole.len() / 4 * share + 100]).unwrap();
        let found = catch_unwind(AssertUnwindSafe(|| open().map(|_| ())));
        let error = found.expect("no panic").expect_err("a part is missing");
        assert!(matches!(error, StorageError::Damaged(_)), "{error:?}");
    }
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(open().unwrap().latest().height.value(), 1);
}

#[test]
fn storage_2_a_file_that_was_half_made_when_the_power_failed_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.redb");
    std::fs::write(folder.path().join("ledger.redb.new"), [0; 4_096]).unwrap();
    commit(&Storage::open(&path, &genesis("town-1"), Options::default()).unwrap()).unwrap();
    let names: Vec<_> = folder.path().read_dir().unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, ["ledger.redb"]);
}
