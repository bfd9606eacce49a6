//! STORAGE-7: the accounts of a recovery key are found by it, as the state lists them.

use crate::support::{commit_account, genesis};
use citizen_coin::{EntryKind, Epoch};
use citizen_keys::SigningKey;
use citizen_primitives::{AccountId, KeyId, RecoveryCaseId};
use city_storage::{Options, Storage};
use redb::TableDefinition;
use std::path::Path;

const HERS: AccountId = AccountId::from_bytes([7; 32]);
const HIS: AccountId = AccountId::from_bytes([9; 32]);

fn open(path: &Path) -> Storage {
    Storage::open(path, &genesis("town-1"), Options::default()).unwrap()
}

fn key(seed: u8) -> KeyId {
    SigningKey::from_seed(&[seed; 32]).public().id()
}

fn found(storage: &Storage, seed: u8) -> Vec<AccountId> {
    storage.snapshot().unwrap().accounts_of(&key(seed), 8).unwrap()
}

fn recovered() -> EntryKind {
    EntryKind::Recovered { case: RecoveryCaseId::from_bytes([3; 32]), epoch: Epoch::new(1) }
}

#[test]
fn storage_7_an_account_is_found_by_the_recovery_key_that_its_record_lists_now() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(&folder.path().join("ledger.redb"));
    assert!(found(&storage, 1).is_empty());
    commit_account(&storage, HERS, 1, EntryKind::Opened).unwrap();
    commit_account(&storage, HIS, 2, EntryKind::Opened).unwrap();
    assert_eq!((found(&storage, 1), found(&storage, 2)), (vec![HERS], vec![HIS]));
    commit_account(&storage, HERS, 5, recovered()).unwrap();
    assert!(found(&storage, 1).is_empty(), "the old code is worth nothing");
    assert_eq!(found(&storage, 5), [HERS]);
    commit_account(&storage, HIS, 5, recovered()).unwrap();
    assert_eq!(found(&storage, 5), [HERS, HIS]);
    assert_eq!(storage.snapshot().unwrap().accounts_of(&key(5), 1).unwrap(), [HERS], "so many at most");
}

#[test]
fn storage_7_a_file_of_a_version_without_the_index_gets_it_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.redb");
    let storage = open(&path);
    commit_account(&storage, HERS, 1, EntryKind::Opened).unwrap();
    commit_account(&storage, HERS, 5, recovered()).unwrap();
    commit_account(&storage, HIS, 2, EntryKind::Opened).unwrap();
    drop(storage);
    let database = redb::Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    let index = TableDefinition::<&[u8], &[u8]>::new("recovery-keys");
    assert!(transaction.delete_table(index).unwrap());
    transaction.commit().unwrap();
    drop(database);
    let storage = open(&path);
    assert_eq!((found(&storage, 5), found(&storage, 2)), (vec![HERS], vec![HIS]));
    assert!(found(&storage, 1).is_empty());
}
