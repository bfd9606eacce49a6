//! A phone that dies at a place: nothing is written and nothing is sent from there on.

use async_trait::async_trait;
use citizen_keys::Secret32;
use citizen_primitives::Place;
use citizen_store::{
    ChangeSet, Entry, GuardRow, GuardStore, LockedStore, Row, Store, StoreError, Table, Value,
};
use citizen_wallet::{Request, Response, Transport, TransportError, WebRequest, WebResponse};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// When it dies: just before, or just after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Before,
    After,
}

/// Where it dies, and where it has been.
pub struct Cut {
    at: Mutex<Option<(Place, When)>>,
    /// So many visits are let through.
    spared: Mutex<usize>,
    dead: Mutex<bool>,
    /// What the store says from then on.
    says: StoreError,
    pub visited: Mutex<BTreeSet<&'static str>>,
}

impl Cut {
    pub fn at(place: Place, when: When) -> Arc<Self> {
        Self::at_visit(0, place, when)
    }

    /// At a later visit of the place: the first has the number 0.
    pub fn at_visit(number: usize, place: Place, when: When) -> Arc<Self> {
        let (at, spared) = (Mutex::new(Some((place, when))), Mutex::new(number));
        Arc::new(Self { at, spared, ..Self::default() })
    }

    /// No room is left in the store from that visit on.
    #[allow(dead_code, reason = "not every test fills a store")]
    pub fn full_at_visit(number: usize, place: Place) -> Arc<Self> {
        let (at, spared) = (Mutex::new(Some((place, When::Before))), Mutex::new(number));
        Arc::new(Self { at, spared, says: StoreError::Full, ..Self::default() })
    }

    pub fn is_dead(&self) -> bool {
        *self.dead.lock().unwrap()
    }

    fn pass(&self, place: Place, when: When) -> bool {
        self.visited.lock().unwrap().insert(place.name());
        if *self.at.lock().unwrap() == Some((place, when)) {
            let mut spared = self.spared.lock().unwrap();
            match spared.checked_sub(1) {
                Some(left) => *spared = left,
                None => *self.dead.lock().unwrap() = true,
            }
        }
        !self.is_dead()
    }
}

impl Default for Cut {
    fn default() -> Self {
        let (at, spared, dead, visited) = Default::default();
        Self { at, spared, dead, says: StoreError::Unwritable, visited }
    }
}

/// A store, locked or not.
pub struct CutStore<S: ?Sized>(pub Arc<Cut>, pub Box<S>);

impl<S: GuardStore + ?Sized> GuardStore for CutStore<S> {
    fn load_guard(&self, row: GuardRow) -> Result<Option<Vec<u8>>, StoreError> {
        self.1.load_guard(row)
    }

    fn commit_guard(&mut self, place: Place, row: GuardRow, value: &[u8]) -> Result<(), StoreError> {
        if self.0.is_dead() { Err(self.0.says) } else { self.1.commit_guard(place, row, value) }
    }
}

impl LockedStore for CutStore<dyn LockedStore> {
    fn unlock(self: Box<Self>, key: &Secret32) -> Result<Box<dyn Store>, StoreError> {
        let Self(cut, store) = *self;
        Ok(Box::new(CutStore(cut, store.unlock(key)?)))
    }
}

impl Store for CutStore<dyn Store> {
    fn load(&self, row: &Row) -> Result<Option<Value>, StoreError> {
        self.1.load(row)
    }

    fn list(&self, table: Table) -> Result<Vec<Entry>, StoreError> {
        self.1.list(table)
    }

    fn commit(&mut self, place: Place, changes: ChangeSet) -> Result<(), StoreError> {
        if !self.0.pass(place, When::Before) {
            return Err(self.0.says);
        }
        self.1.commit(place, changes)?;
        if self.0.pass(place, When::After) { Ok(()) } else { Err(self.0.says) }
    }

    fn lock(self: Box<Self>) -> Box<dyn LockedStore> {
        let Self(cut, store) = *self;
        Box::new(CutStore(cut, store.lock()))
    }
}

/// A connection.
pub struct CutTransport(pub Arc<Cut>, pub Arc<dyn Transport>);

#[async_trait]
impl Transport for CutTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let place = request.place;
        if !self.0.pass(place, When::Before) {
            return Err(TransportError::Stopped);
        }
        let answer = self.1.send(request).await;
        if self.0.pass(place, When::After) { answer } else { Err(TransportError::Stopped) }
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        let place = request.place;
        if !self.0.pass(place, When::Before) {
            return Err(TransportError::Stopped);
        }
        let answer = self.1.send_web(request).await;
        if self.0.pass(place, When::After) { answer } else { Err(TransportError::Stopped) }
    }
}
