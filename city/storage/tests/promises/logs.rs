//! What was appended to a public log is there, at its place, provably.

use crate::support::{commit, content, genesis, line, log, mark, open};
use citizen_ledger::StateKey;
use citizen_merkle::{Frontier, leaf_hash};
use citizen_primitives::{Canonical as _, Hash, Height};
use city_storage::faults::Disk;
use city_storage::{LogLeaf, Options, Snapshot, Storage, StorageError};
use redb::TableDefinition;

fn frontier(snapshot: &Snapshot) -> Frontier {
    Frontier::from_canonical(&snapshot.value(&log()).unwrap().unwrap()).unwrap()
}

#[test]
fn storage_6_every_leaf_is_proved_under_the_state_that_is_asked_and_the_log_only_grew() {
    let disk = Disk::default();
    let storage = open(&disk).unwrap();
    let mut seen = Vec::new();
    for _ in 0..7 {
        commit(&storage).unwrap();
        let frontier = frontier(&storage.snapshot().unwrap());
        seen.push((frontier.count(), frontier.root()));
    }
    assert_eq!(seen.last().unwrap().0, 1 + 2 + 3 + 4 + 5 + 5 + 5);
    // Five heights are kept; an older state does not know of what came later.
    for height in 3..=7 {
        let snapshot = storage.snapshot_after(Height::new(height)).unwrap();
        let (count, root) = seen[usize::try_from(height - 1).unwrap()];
        assert_eq!(
            snapshot.leaves(&log(), 0, 100, 10_000).unwrap(),
            (0..count).map(|at| LogLeaf { bytes: line(at), content: content(at) }).collect::<Vec<_>>()
        );
        for index in 0..count {
            let proof = snapshot.prove_leaf(&log(), index).unwrap().unwrap();
            assert_eq!((proof.inclusion.index, proof.inclusion.count), (index, count));
            proof.inclusion.verify(&leaf_hash(&line(index)), &root).unwrap();
            assert!(proof.inclusion.verify(&leaf_hash(&line(index + 1)), &root).is_err());
        }
        assert_eq!(snapshot.prove_leaf(&log(), count).unwrap(), None);
        for (old, old_root) in &seen[..usize::try_from(height).unwrap()] {
            let growth = snapshot.prove_growth(&log(), *old).unwrap().unwrap();
            growth.consistency.verify(old_root, &root).unwrap();
        }
        assert_eq!(snapshot.prove_growth(&log(), count + 1).unwrap(), None);
    }
    let unknown = StateKey::from_bytes(b"another".to_vec());
    let snapshot = storage.snapshot().unwrap();
    assert!(snapshot.leaves(&unknown, 0, 9, 9).unwrap().is_empty());
    assert_eq!(snapshot.prove_leaf(&unknown, 0).unwrap(), None);
    assert_eq!(snapshot.prove_growth(&unknown, 0).unwrap(), None);
}

#[test]
fn storage_6_an_answer_has_as_many_leaves_and_bytes_as_were_asked_for_and_at_least_one() {
    let disk = Disk::default();
    let storage = open(&disk).unwrap();
    for _ in 0..4 {
        commit(&storage).unwrap();
    }
    let snapshot = storage.snapshot().unwrap();
    let lines = |from, most, most_bytes| snapshot.leaves(&log(), from, most, most_bytes).unwrap().len();
    assert_eq!((lines(0, 3, 1_000), lines(8, 5, 1_000), lines(10, 5, 1_000)), (3, 2, 0));
    // "line 0" has six bytes, with its two lengths 14; the next ones have one and two bytes of content.
    assert_eq!((lines(0, 9, 29), lines(0, 9, 44), lines(0, 9, 1), lines(0, 0, 99)), (2, 2, 1, 0));
}

#[test]
fn storage_6_the_last_leaf_with_a_mark_is_found_by_it() {
    let disk = Disk::default();
    let storage = open(&disk).unwrap();
    (0..3).for_each(|_| assert!(commit(&storage).is_ok()));
    let snapshot = storage.snapshot().unwrap();
    let find = |number| snapshot.find_mark(&log(), &mark(number)).unwrap();
    assert_eq!((find(0), find(5), find(6)), (Some(0), Some(5), None));
    assert_eq!((find(1_000), find(1_001)), (Some(4), Some(5)), "the last one has it");
    assert_eq!(snapshot.find_mark(&StateKey::from_bytes(b"another".to_vec()), &mark(1)).unwrap(), None);
}

#[test]
fn storage_6_a_file_of_a_version_without_logs_gets_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.redb");
    drop(Storage::open(&path, &genesis("town-1"), Options::default()).unwrap());
    let database = redb::Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    for name in ["leaves", "logs"] {
        assert!(transaction.delete_table(TableDefinition::<&[u8], &[u8]>::new(name)).unwrap());
    }
    assert!(transaction.delete_table(TableDefinition::<&[u8], u64>::new("marks")).unwrap());
    transaction.commit().unwrap();
    drop(database);
    let storage = Storage::open(&path, &genesis("town-1"), Options::default()).unwrap();
    assert_eq!(storage.snapshot().unwrap().find_mark(&log(), &mark(1)).unwrap(), None);
    commit(&storage).unwrap();
    assert_eq!(storage.snapshot().unwrap().leaves(&log(), 0, 9, 99).unwrap().len(), 1);
}

/// STORAGE-6: whoever lost the marks would let stand on a log what all others refuse.
#[test]
fn storage_6_a_file_that_lost_its_marks_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.redb");
    let storage = Storage::open(&path, &genesis("town-1"), Options::default()).unwrap();
    commit(&storage).unwrap();
    drop(storage);
    let database = redb::Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    assert!(transaction.delete_table(TableDefinition::<&[u8], u64>::new("marks")).unwrap());
    transaction.commit().unwrap();
    drop(database);
    let opened = Storage::open(&path, &genesis("town-1"), Options::default());
    assert!(matches!(opened, Err(StorageError::Damaged(_))));
}

/// STORAGE-6: a state knows the marks of the leaves that it counts, and of no later ones.
#[test]
fn storage_6_a_mark_of_a_later_leaf_is_not_found_in_an_earlier_state() {
    let disk = Disk::default();
    let storage = open(&disk).unwrap();
    commit(&storage).unwrap();
    let height = storage.latest().height;
    (0..2).for_each(|_| assert!(commit(&storage).is_ok()));
    let earlier = storage.snapshot_after(height).unwrap();
    let count = earlier.leaves(&log(), 0, 99, 9_999).unwrap().len();
    let find = |number| earlier.find_mark(&log(), &mark(u64::try_from(number).unwrap())).unwrap();
    assert_eq!((find(count - 1), find(count)), (Some(u64::try_from(count).unwrap() - 1), None));
    assert_ne!(earlier.marks_digest().unwrap(), Hash::ZERO);
}

#[test]
fn storage_6_a_log_is_not_written_with_a_gap() {
    let disk = Disk::default();
    let storage = open(&disk).unwrap();
    commit(&storage).unwrap();
    assert!(matches!(crate::support::commit_with_a_gap(&storage), Err(StorageError::Damaged(_))));
    assert_eq!(storage.latest().height, Height::new(1));
    commit(&storage).unwrap();
}
