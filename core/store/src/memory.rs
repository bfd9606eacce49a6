//! A store in memory: for tests and simulations that restart a wallet ten thousand times.

use crate::change::{Change, ChangeSet};
use crate::row::{Entry, GuardRow, Row, Table, Value};
use crate::store::{GuardStore, LockedStore, Store, StoreError};
use citizen_keys::{Purpose, Secret32};
use citizen_primitives::Place;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

const CHECK: Purpose = Purpose::new("store-check");

/// What outlives a restart. Clones share it: drop the store, and open the same disk again.
#[derive(Clone, Default)]
pub struct MemoryDisk(Arc<Mutex<Contents>>);

#[derive(Default)]
struct Contents {
    open: bool,
    check: Option<Secret32>,
    guard: BTreeMap<GuardRow, Vec<u8>>,
    rows: BTreeMap<Row, Value>,
}

/// A store in memory whose rows are locked.
#[derive(Debug)]
pub struct LockedMemoryStore(Handle);

/// An unlocked store in memory.
#[derive(Debug)]
pub struct MemoryStore(Handle);

/// The one open handle of a disk; dropping it closes the disk.
struct Handle(MemoryDisk);

impl MemoryDisk {
    /// Opens the disk; a second time at once is [`StoreError::Busy`].
    pub fn open(&self) -> Result<LockedMemoryStore, StoreError> {
        self.with(|contents| {
            if contents.open {
                return Err(StoreError::Busy);
            }
            contents.open = true;
            Ok(LockedMemoryStore(Handle(self.clone())))
        })
    }

    /// Another disk with the same contents, as if the phone had been copied: what happens on one is not seen on the other.
    /// While it is open this is [`StoreError::Busy`].
    pub fn copied(&self) -> Result<Self, StoreError> {
        self.with(|contents| {
            if contents.open {
                return Err(StoreError::Busy);
            }
            let Contents { open, check, guard, rows } = contents;
            let check = check.as_ref().map(|check| Secret32::take(Zeroizing::new(*check.expose())));
            let copy = Contents { open: *open, check, guard: guard.clone(), rows: rows.clone() };
            Ok(Self(Arc::new(Mutex::new(copy))))
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Contents) -> Result<T, StoreError>) -> Result<T, StoreError> {
        // A poisoned lock means that a panic cut a change in two.
        act(&mut *self.0.lock().map_err(|_| StoreError::Damaged)?)
    }
}

impl fmt::Debug for MemoryDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryDisk(hidden)")
    }
}

impl Handle {
    fn load_guard(&self, row: GuardRow) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.with(|contents| Ok(contents.guard.get(&row).cloned()))
    }

    fn commit_guard(&self, row: GuardRow, value: &[u8]) -> Result<(), StoreError> {
        self.0.with(|contents| {
            contents.guard.insert(row, value.to_vec());
            Ok(())
        })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Ok(mut contents) = self.0.0.lock() {
            contents.open = false;
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl GuardStore for LockedMemoryStore {
    fn load_guard(&self, row: GuardRow) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.load_guard(row)
    }

    fn commit_guard(&mut self, _place: Place, row: GuardRow, value: &[u8]) -> Result<(), StoreError> {
        self.0.commit_guard(row, value)
    }
}

impl LockedStore for LockedMemoryStore {
    fn unlock(self: Box<Self>, key: &Secret32) -> Result<Box<dyn Store>, StoreError> {
        let check = key.derive(CHECK, &[]);
        self.0.0.with(|contents| match &contents.check {
            Some(known) if known.expose() != check.expose() => Err(StoreError::WrongKey),
            Some(_) => Ok(()),
            None => {
                contents.check = Some(check);
                Ok(())
            }
        })?;
        Ok(Box::new(MemoryStore(self.0)))
    }
}

impl GuardStore for MemoryStore {
    fn load_guard(&self, row: GuardRow) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.load_guard(row)
    }

    fn commit_guard(&mut self, _place: Place, row: GuardRow, value: &[u8]) -> Result<(), StoreError> {
        self.0.commit_guard(row, value)
    }
}

impl Store for MemoryStore {
    fn load(&self, row: &Row) -> Result<Option<Value>, StoreError> {
        self.0.0.with(|contents| Ok(contents.rows.get(row).cloned()))
    }

    fn list(&self, table: Table) -> Result<Vec<Entry>, StoreError> {
        self.0.0.with(|contents| {
            let rows = contents.rows.range(Row::new(table, [])..);
            let rows = rows.take_while(|(row, _)| row.table() == table);
            Ok(rows.map(|(row, value)| Entry { key: row.key().to_vec(), value: value.clone() }).collect())
        })
    }

    fn commit(&mut self, _place: Place, changes: ChangeSet) -> Result<(), StoreError> {
        self.0.0.with(|contents| {
            for change in changes.changes() {
                match change {
                    Change::Put(row, value) => drop(contents.rows.insert(row.clone(), value.clone())),
                    Change::Delete(row) => drop(contents.rows.remove(row)),
                }
            }
            Ok(())
        })
    }

    fn lock(self: Box<Self>) -> Box<dyn LockedStore> {
        Box::new(LockedMemoryStore(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Disk;

    impl Disk for MemoryDisk {
        fn open(&self) -> Result<Box<dyn LockedStore>, StoreError> {
            Ok(Box::new(MemoryDisk::open(self)?))
        }
    }

    crate::store_contract!(MemoryDisk::default());

    #[test]
    fn a_copied_disk_goes_its_own_way_and_an_open_one_is_not_copied() {
        let key = || Secret32::take(Zeroizing::new([7; 32]));
        let row = || Row::new(Table::Settings, b"row");
        let disk = MemoryDisk::default();
        let mut store = Box::new(disk.open().unwrap()).unlock(&key()).unwrap();
        let place = Place::new("test/commit");
        store.commit(place, ChangeSet::new().put(row(), vec![1])).unwrap();
        assert_eq!(disk.copied().err(), Some(StoreError::Busy));
        drop(store);
        let copy = disk.copied().unwrap();
        let mut store = Box::new(copy.open().unwrap()).unlock(&key()).unwrap();
        store.commit(place, ChangeSet::new().put(row(), vec![2])).unwrap();
        let original = Box::new(disk.open().unwrap()).unlock(&key()).unwrap();
        assert_eq!(original.load(&row()).unwrap().unwrap().as_slice(), [1]);
        assert_eq!(store.load(&row()).unwrap().unwrap().as_slice(), [2]);
    }
}
