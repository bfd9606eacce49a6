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

const DEAD: StoreError = StoreError::Unwritable;

/// When it dies: just before, or just after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Before,
    After,
}

/// Where it dies, and where it has been.
#[derive(Default)]
pub struct Cut {
    at: Mutex<Option<(Place, When)>>,
    dead: Mutex<bool>,
    pub visited: Mutex<BTreeSet<&'static str>>,
}

impl Cut {
    pub fn at(place: Place, when: When) -> Arc<Self> {
        Arc::new(Self { at: Mutex::new(Some((place, when))), ..Self::default() })
    }

    pub fn is_dead(&self) -> bool {
        *self.dead.lock().unwrap()
    }

    fn pass(&self, place: Place, when: When) -> bool {
        self.visited.lock().unwrap().insert(place.name());
        if *self.at.lock().unwrap() == Some((place, when)) {
            *self.dead.lock().unwrap() = true;
        }
        !self.is_dead()
    }
}

/// A store, locked or not.
pub struct CutStore<S: ?Sized>(pub Arc<Cut>, pub Box<S>);

impl<S: GuardStore + ?Sized> GuardStore for CutStore<S> {
    fn load_guard(&self, row: GuardRow) -> Result<Option<Vec<u8>>, StoreError> {
        self.1.load_guard(row)
    }

    fn commit_guard(&mut self, place: Place, row: GuardRow, value: &[u8]) -> Result<(), StoreError> {
        if self.0.is_dead() { Err(DEAD) } else { self.1.commit_guard(place, row, value) }
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
            return Err(DEAD);
        }
        self.1.commit(place, changes)?;
        if self.0.pass(place, When::After) { Ok(()) } else { Err(DEAD) }
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
