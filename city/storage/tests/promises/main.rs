//! What is written is whole, durable and provable.

#![cfg(test)]

mod crashes;
mod damage;
mod logs;
mod recovery_keys;
mod support;

use citizen_ledger::{TreeHash, state_key};
use citizen_primitives::{Cut, Hash, Height, Injector, Place};
use city_storage::faults::Disk;
use city_storage::{Options, PLACES, Storage, StorageError};
use jmt::proof::SparseMerkleProof;
use jmt::{KeyHash, RootHash};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use support::{commit, genesis, open};

#[test]
fn storage_1_and_2_a_crash_leaves_the_last_acknowledged_block_or_the_one_in_flight() {
    let mut rng = StdRng::seed_from_u64(7);
    for round in 0..60 {
        let disk = Disk::default();
        let storage = open(&disk).unwrap();
        let mut roots = vec![storage.latest().root];
        for _ in 0..rng.random_range(1..5) {
            roots.push(commit(&storage).unwrap());
        }
        let acknowledged = storage.latest().height;
        let share: f64 = rng.random_range(0.0..1.0);
        disk.crash(|| rng.random_bool(share));
        assert!(commit(&storage).is_err(), "the power is off");
        drop(storage);
        let storage = open(&disk).unwrap();
        let latest = storage.latest();
        assert_eq!(latest.height, acknowledged, "round {round}");
        assert_eq!(latest.root, roots[usize::try_from(latest.height.value()).unwrap()]);
        assert_eq!(storage.snapshot().unwrap().root().unwrap(), latest.root);
        commit(&storage).unwrap();
    }
}

#[test]
fn storage_3_values_and_absence_are_proved_under_the_root_they_were_read_from() {
    let storage = open(&Disk::default()).unwrap();
    commit(&storage).unwrap();
    let first = storage.snapshot_after(Height::new(1)).unwrap();
    commit(&storage).unwrap();
    let nothing = state_key::account(&citizen_primitives::AccountId::from_bytes([9; 32]));
    for key in [state_key::supply(), state_key::parameters(), nothing] {
        let proven = first.prove(&key).unwrap();
        let proof: SparseMerkleProof<TreeHash> = borsh::from_slice(&proven.proof).unwrap();
        let verify = |root: Hash, value: Option<&Vec<u8>>| {
            proof.verify(RootHash(*root.as_bytes()), KeyHash::with::<TreeHash>(key.as_bytes()), value)
        };
        let root = first.root().unwrap();
        verify(root, proven.value.as_ref()).unwrap();
        assert!(verify(root, Some(&vec![1])).is_err());
        assert!(verify(storage.latest().root, proven.value.as_ref()).is_err(), "another state");
    }
}

#[test]
fn storage_4_a_file_in_use_and_another_ledgers_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.redb");
    let storage = Storage::open(&path, &genesis("town-1"), Options::default()).unwrap();
    let again = Storage::open(&path, &genesis("town-1"), Options::default());
    assert!(matches!(again, Err(StorageError::InUse)));
    drop(storage);
    let other = Storage::open(&path, &genesis("town-2"), Options::default());
    assert!(matches!(other, Err(StorageError::AnotherLedger)));
    std::fs::write(&path, b"not a database, but long enough to be looked at".repeat(200)).unwrap();
    let damaged = Storage::open(&path, &genesis("town-1"), Options::default()).unwrap_err();
    assert!(matches!(damaged, StorageError::Damaged(_)), "{damaged}");
}

#[test]
fn storage_5_kept_heights_stay_provable_and_older_ones_are_refused() {
    let storage = open(&Disk::default()).unwrap();
    let mut roots = vec![storage.latest().root];
    for _ in 0..20 {
        roots.push(commit(&storage).unwrap());
    }
    for height in 15..=20 {
        let snapshot = storage.snapshot_after(Height::new(height)).unwrap();
        assert_eq!(snapshot.root().unwrap(), roots[usize::try_from(height).unwrap()]);
        assert!(snapshot.prove(&state_key::supply()).unwrap().value.is_some());
    }
    assert!(matches!(storage.snapshot_after(Height::new(3)), Err(StorageError::NotKept(_))));
    assert!(matches!(storage.snapshot_after(Height::new(21)), Err(StorageError::NotKept(_))));
    assert!(storage.block(Height::new(3)).unwrap().is_some(), "blocks are kept for good");
}

/// Cuts at the n-th time.
struct CutAt(AtomicU32, bool);

impl Injector for CutAt {
    fn before(&self, place: Place) -> Result<(), Cut> {
        assert!(PLACES.contains(&place));
        if !self.1 && self.0.fetch_sub(1, Ordering::SeqCst) == 1 { Err(Cut(place)) } else { Ok(()) }
    }

    fn after(&self, place: Place) -> Result<(), Cut> {
        if self.1 && self.0.fetch_sub(1, Ordering::SeqCst) == 1 { Err(Cut(place)) } else { Ok(()) }
    }
}

#[test]
fn storage_1_a_node_cut_off_before_or_after_writing_finds_the_block_absent_or_whole() {
    for after in [false, true] {
        let disk = Disk::default();
        let injector = Arc::new(CutAt(AtomicU32::new(3), after));
        let options = Options { injector, ..Options::default() };
        let storage = Storage::open_with_backend(disk.backend(), &genesis("town-1"), options).unwrap();
        commit(&storage).unwrap();
        assert!(matches!(commit(&storage), Err(StorageError::Cut(_))));
        drop(storage);
        disk.crash(|| false);
        let height = if after { 2 } else { 1 };
        assert_eq!(open(&disk).unwrap().latest().height, Height::new(height));
    }
}
