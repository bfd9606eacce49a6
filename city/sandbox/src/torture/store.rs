//! The wallet's store with the injector around every commit.

use citizen_keys::Secret32;
use citizen_primitives::{Injector, Place};
use citizen_store::{
    ChangeSet, Entry, GuardRow, GuardStore, LockedStore, Row, Store, StoreError, Table, Value,
};
use std::sync::Arc;

/// A dead wallet's store answers nothing.
const DEAD: StoreError = StoreError::Unwritable;

/// A store, locked or not, behind an injector.
pub struct Injected<S: ?Sized> {
    injector: Arc<dyn Injector>,
    store: Box<S>,
}

/// Puts an injector around a locked store.
#[must_use]
pub fn inject(store: Box<dyn LockedStore>, injector: Arc<dyn Injector>) -> Box<dyn LockedStore> {
    Box::new(Injected { injector, store })
}

impl<S: GuardStore + ?Sized> Injected<S> {
    fn around<T>(
        &mut self,
        place: Place,
        act: impl FnOnce(&mut S) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.injector.before(place).map_err(|_| DEAD)?;
        let done = act(&mut self.store)?;
        self.injector.after(place).map_err(|_| DEAD)?;
        Ok(done)
    }
}

impl<S: GuardStore + ?Sized> GuardStore for Injected<S> {
    fn load_guard(&self, row: GuardRow) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.load_guard(row)
    }

    fn commit_guard(&mut self, place: Place, row: GuardRow, value: &[u8]) -> Result<(), StoreError> {
        self.around(place, |store| store.commit_guard(place, row, value))
    }
}

impl LockedStore for Injected<dyn LockedStore> {
    fn unlock(self: Box<Self>, key: &Secret32) -> Result<Box<dyn Store>, StoreError> {
        let Self { injector, store } = *self;
        Ok(Box::new(Injected { injector, store: store.unlock(key)? }))
    }
}

impl Store for Injected<dyn Store> {
    fn load(&self, row: &Row) -> Result<Option<Value>, StoreError> {
        self.store.load(row)
    }

    fn list(&self, table: Table) -> Result<Vec<Entry>, StoreError> {
        self.store.list(table)
    }

    fn commit(&mut self, place: Place, changes: ChangeSet) -> Result<(), StoreError> {
        self.around(place, |store| store.commit(place, changes))
    }

    fn lock(self: Box<Self>) -> Box<dyn LockedStore> {
        let Self { injector, store } = *self;
        inject(store.lock(), injector)
    }
}
