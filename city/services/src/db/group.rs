//! Commits that wait for the disk together: while one group is being written the next one gathers, and each has the earlier ones'
//! rows before its eyes. Nobody is answered before all that was read and written for the answer is on the disk (SERVICE-1).

use super::{DbError, Reader, Row, Rows, Table};
use citizen_primitives::Place;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// What is written: rows by table and key, nothing for one that is removed.
#[derive(Debug, Clone, Default)]
pub(super) struct Batch(BTreeMap<&'static str, BTreeMap<Vec<u8>, Option<Vec<u8>>>>);

/// How a group ended, once it has.
pub(super) type Outcome = Arc<OnceLock<Result<(), DbError>>>;

/// The commits of a group.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    pub(super) batch: Batch,
    pub(super) places: Vec<Place>,
    pub(super) outcome: Outcome,
}

/// The group that is being written, and the one that gathers.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) writing: Option<Group>,
    pub(super) next: Group,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = (&'static str, &BTreeMap<Vec<u8>, Option<Vec<u8>>>)> {
        self.0.iter().map(|(table, rows)| (*table, rows))
    }

    fn set(&mut self, table: Table, key: &[u8], value: Option<Vec<u8>>) {
        self.0.entry(table.0).or_default().insert(key.to_vec(), value);
    }

    fn find(&self, table: Table, key: &[u8]) -> Option<Option<Vec<u8>>> {
        self.0.get(table.0)?.get(key).cloned()
    }

    fn lay_over(&self, table: Table, prefix: &[u8], rows: &mut BTreeMap<Vec<u8>, Vec<u8>>) {
        let Some(changed) = self.0.get(table.0) else { return };
        let under = changed.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        for (key, value) in under {
            match value {
                Some(value) => rows.insert(key.clone(), value.clone()),
                None => rows.remove(key),
            };
        }
    }
}

impl Group {
    /// Takes a commit in.
    pub(super) fn join(&mut self, batch: Batch, place: Place) {
        for (table, rows) in batch.0 {
            self.batch.0.entry(table).or_default().extend(rows);
        }
        self.places.push(place);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

impl Queue {
    /// What somebody who reads now has to wait for: nothing if all of it is on the disk.
    pub(super) fn newest(&self) -> Option<Outcome> {
        let group = if self.next.is_empty() { self.writing.as_ref() } else { Some(&self.next) };
        group.map(|group| Arc::clone(&group.outcome))
    }
}

/// Reads and writes what will be committed.
pub struct Writer<'a> {
    rows: Reader,
    queue: &'a Queue,
    own: RefCell<Batch>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(rows: Reader, queue: &'a Queue) -> Self {
        Self { rows, queue, own: RefCell::default() }
    }

    pub(super) fn into_batch(self) -> Batch {
        self.own.into_inner()
    }

    /// Writes a record.
    pub fn put<T: citizen_primitives::Canonical>(
        &self,
        table: Table,
        key: &[u8],
        record: &T,
    ) -> Result<(), DbError> {
        self.own.borrow_mut().set(table, key, Some(record.to_canonical()));
        Ok(())
    }

    /// Removes a record.
    pub fn remove(&self, table: Table, key: &[u8]) -> Result<(), DbError> {
        self.own.borrow_mut().set(table, key, None);
        Ok(())
    }

    /// With what is not on the disk yet laid over what is.
    fn with_pending(&self, table: Table, prefix: &[u8], rows: Vec<Row>) -> Vec<Row> {
        let mut rows: BTreeMap<Vec<u8>, Vec<u8>> = rows.into_iter().collect();
        for group in self.queue.writing.iter().chain([&self.queue.next]) {
            group.batch.lay_over(table, prefix, &mut rows);
        }
        self.own.borrow().lay_over(table, prefix, &mut rows);
        rows.into_iter().collect()
    }
}

impl Rows for Writer<'_> {
    fn bytes(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, DbError> {
        let pending = self.own.borrow().find(table, key);
        let pending = pending.or_else(|| self.queue.next.batch.find(table, key));
        let written = || self.queue.writing.as_ref().and_then(|group| group.batch.find(table, key));
        pending.or_else(written).map_or_else(|| self.rows.bytes(table, key), Ok)
    }

    fn all_bytes(&self, table: Table) -> Result<Vec<Row>, DbError> {
        Ok(self.with_pending(table, b"", self.rows.all_bytes(table)?))
    }

    fn bytes_under(&self, table: Table, prefix: &[u8]) -> Result<Vec<Row>, DbError> {
        Ok(self.with_pending(table, prefix, self.rows.bytes_under(table, prefix)?))
    }
}
