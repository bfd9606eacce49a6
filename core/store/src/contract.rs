//! What every store promises, as one suite that each implementation runs (STORE-1, STORE-3).

use crate::change::ChangeSet;
use crate::row::{GuardRow, Row, Table};
use crate::store::{LockedStore, Store, StoreError};
use citizen_keys::{Purpose, Secret32};
use citizen_primitives::Place;
use zeroize::Zeroizing;

const PLACE: Place = Place::new("store/contract");

/// What a promise answers: a store's error is a failure too.
pub type Verdict = Result<(), StoreError>;

type KeyAndValue = (Vec<u8>, Vec<u8>);

/// Opens the same store again and again.
pub trait Disk {
    /// Opens it.
    fn open(&self) -> Result<Box<dyn LockedStore>, StoreError>;
}

/// Makes a test of each promise. The argument is an expression that makes an empty [`Disk`].
#[macro_export]
macro_rules! store_contract {
    ($new_disk:expr) => {
        $crate::store_contract!($new_disk;
            what_is_put_is_loaded_and_listed_by_key,
            what_is_deleted_is_gone,
            tables_do_not_mix,
            the_last_of_several_changes_to_a_row_counts,
            committed_rows_are_there_after_a_restart,
            guard_rows_are_read_without_a_key_and_after_a_restart,
            store_3_another_key_unlocks_nothing,
            store_5_an_open_store_is_not_opened_twice,
            a_locked_store_is_unlocked_again,
            large_and_empty_keys_and_values_come_back,
        );
    };
    ($new_disk:expr; $($promise:ident),+ $(,)?) => {
        $(
            #[test]
            fn $promise() -> $crate::contract::Verdict {
                $crate::contract::$promise(&$new_disk)
            }
        )+
    };
}

fn key(byte: u8) -> Secret32 {
    Secret32::take(Zeroizing::new([byte; 32])).derive(Purpose::new("contract"), &[])
}

fn unlocked(disk: &dyn Disk) -> Result<Box<dyn Store>, StoreError> {
    disk.open()?.unlock(&key(1))
}

fn row(key: &str) -> Row {
    Row::new(Table::Payments, key)
}

fn value(store: &dyn Store, row: &Row) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(store.load(row)?.map(|value| value.to_vec()))
}

fn listed(store: &dyn Store, table: Table) -> Result<Vec<KeyAndValue>, StoreError> {
    Ok(store.list(table)?.into_iter().map(|entry| (entry.key, entry.value.to_vec())).collect())
}

/// A value is found under its row and in its table's list, which is ordered by key.
pub fn what_is_put_is_loaded_and_listed_by_key(disk: &dyn Disk) -> Verdict {
    let mut store = unlocked(disk)?;
    assert_eq!(value(&*store, &row("b"))?, None);
    store.commit(PLACE, ChangeSet::new().put(row("b"), *b"2").put(row("a"), *b"1"))?;
    store.commit(PLACE, ChangeSet::new().put(row("c"), *b"3").put(row("b"), *b"two"))?;
    assert_eq!(value(&*store, &row("b"))?, Some(b"two".to_vec()));
    let expected: [KeyAndValue; 3] =
        [("a", "1"), ("b", "two"), ("c", "3")].map(|(key, value)| (key.into(), value.into()));
    assert_eq!(listed(&*store, Table::Payments)?, expected);
    Ok(())
}

/// A deleted row is neither loaded nor listed; deleting what is not there is fine; it may be put again.
pub fn what_is_deleted_is_gone(disk: &dyn Disk) -> Verdict {
    let mut store = unlocked(disk)?;
    store.commit(PLACE, ChangeSet::new().put(row("a"), *b"1"))?;
    store.commit(PLACE, ChangeSet::new().delete(row("a")).delete(row("never")))?;
    assert_eq!(value(&*store, &row("a"))?, None);
    assert_eq!(listed(&*store, Table::Payments)?, []);
    store.commit(PLACE, ChangeSet::new().put(row("a"), *b"again"))?;
    drop(store);
    assert_eq!(value(&*unlocked(disk)?, &row("a"))?, Some(b"again".to_vec()));
    Ok(())
}

/// The same key in every table is another row in each.
pub fn tables_do_not_mix(disk: &dyn Disk) -> Verdict {
    let mut store = unlocked(disk)?;
    for table in Table::ALL {
        store.commit(PLACE, ChangeSet::new().put(Row::new(table, b"key"), table.name()))?;
    }
    for table in Table::ALL {
        assert_eq!(listed(&*store, table)?, [(b"key".to_vec(), table.name().into())]);
    }
    Ok(())
}

/// Changes of one commit happen in their order.
pub fn the_last_of_several_changes_to_a_row_counts(disk: &dyn Disk) -> Verdict {
    let mut store = unlocked(disk)?;
    let changes = ChangeSet::new().put(row("a"), *b"1").delete(row("a")).put(row("a"), *b"2");
    store.commit(PLACE, changes.and(ChangeSet::new().put(row("b"), *b"3").delete(row("b"))))?;
    store.commit(PLACE, ChangeSet::new())?;
    assert_eq!(listed(&*store, Table::Payments)?, [(b"a".to_vec(), b"2".to_vec())]);
    Ok(())
}

/// A store that was dropped and opened again holds what was committed.
pub fn committed_rows_are_there_after_a_restart(disk: &dyn Disk) -> Verdict {
    for round in 0..3u8 {
        let mut store = unlocked(disk)?;
        assert_eq!(store.list(Table::Entries)?.len(), usize::from(round));
        store.commit(PLACE, ChangeSet::new().put(Row::new(Table::Entries, [round]), [round; 9]))?;
    }
    Ok(())
}

/// The vault and the count of wrong PINs are needed before there is a key.
pub fn guard_rows_are_read_without_a_key_and_after_a_restart(disk: &dyn Disk) -> Verdict {
    let mut locked = disk.open()?;
    assert_eq!(locked.load_guard(GuardRow::Vault)?, None);
    locked.commit_guard(PLACE, GuardRow::Vault, b"vault")?;
    locked.commit_guard(PLACE, GuardRow::PinGuard, b"1 wrong")?;
    drop(locked);
    let mut store = unlocked(disk)?;
    assert_eq!(store.load_guard(GuardRow::PinGuard)?, Some(b"1 wrong".to_vec()));
    store.commit_guard(PLACE, GuardRow::PinGuard, b"0 wrong")?;
    drop(store);
    let locked = disk.open()?;
    assert_eq!(locked.load_guard(GuardRow::Vault)?, Some(b"vault".to_vec()));
    assert_eq!(locked.load_guard(GuardRow::PinGuard)?, Some(b"0 wrong".to_vec()));
    Ok(())
}

/// The first key is the only one; another unlocks nothing and changes nothing (STORE-3).
pub fn store_3_another_key_unlocks_nothing(disk: &dyn Disk) -> Verdict {
    unlocked(disk)?.commit(PLACE, ChangeSet::new().put(row("a"), *b"1"))?;
    assert_eq!(disk.open()?.unlock(&key(2)).err(), Some(StoreError::WrongKey));
    assert_eq!(value(&*unlocked(disk)?, &row("a"))?, Some(b"1".to_vec()));
    Ok(())
}

/// Two openers at once would overwrite each other (STORE-5).
pub fn store_5_an_open_store_is_not_opened_twice(disk: &dyn Disk) -> Verdict {
    let locked = disk.open()?;
    assert_eq!(disk.open().err(), Some(StoreError::Busy));
    let store = locked.unlock(&key(1))?;
    assert_eq!(disk.open().err(), Some(StoreError::Busy));
    let locked = store.lock();
    assert_eq!(disk.open().err(), Some(StoreError::Busy));
    drop(locked);
    disk.open().map(drop)
}

/// Locking forgets the key and nothing else.
pub fn a_locked_store_is_unlocked_again(disk: &dyn Disk) -> Verdict {
    let mut store = unlocked(disk)?;
    store.commit(PLACE, ChangeSet::new().put(row("a"), *b"1"))?;
    let store = store.lock().unlock(&key(1))?;
    assert_eq!(value(&*store, &row("a"))?, Some(b"1".to_vec()));
    Ok(())
}

/// Sizes at which a page or a padding bucket ends are sizes like others.
pub fn large_and_empty_keys_and_values_come_back(disk: &dyn Disk) -> Verdict {
    let mut store = unlocked(disk)?;
    let lengths = [0, 1, 100, 127, 128, 4000, 4095, 4096, 100_000];
    let of = |length: usize| (Row::new(Table::Receipts, vec![7; length]), vec![9u8; length]);
    let changes = lengths.into_iter().map(of).fold(ChangeSet::new(), |all, (row, value)| all.put(row, value));
    store.commit(PLACE, changes)?;
    drop(store);
    let store = unlocked(disk)?;
    for length in lengths {
        let (row, expected) = of(length);
        assert_eq!(value(&*store, &row)?, Some(expected), "{length} bytes");
    }
    assert_eq!(store.list(Table::Receipts)?.len(), lengths.len());
    Ok(())
}
