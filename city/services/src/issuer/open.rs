//! What is open at the endpoints, in the issuer's database: a restart ends no issuance (ISSUER-6). Each call is one commit.

use super::Issuer;
use super::record::{OPEN, OpenRow};
use crate::db::{DbError, Rows as _, Writer};
use crate::error::ServiceError;
use crate::seeded::Seeded;
use citizen_openid4vc::vci::{OpenRows, Turn};
use citizen_primitives::Place;
use std::cell::RefCell;

/// The rows of one commit. What cannot be read is not there, and [`Self::whole`] says so before anything is committed.
pub(super) struct Open<'a, 'b> {
    writer: &'a Writer<'b>,
    failed: RefCell<Option<DbError>>,
}

impl Issuer {
    /// Works on what is open and on the issuer's own rows, all of it in one commit or none. Whoever has its result has it on the disk.
    pub(super) fn turn<T>(
        &self,
        place: Place,
        work: impl FnOnce(&mut Turn<'_>, &Writer<'_>) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let (now, rng) = (self.party.now(), &mut Seeded::new(self.party.random()));
        self.party.db().commit(place, |writer| {
            let mut rows = Open { writer, failed: RefCell::default() };
            let done = work(&mut Turn { rows: &mut rows, now, rng }, writer)?;
            rows.whole()?;
            Ok(done)
        })
    }
}

impl Open<'_, '_> {
    fn whole(&self) -> Result<(), DbError> {
        self.failed.borrow_mut().take().map_or(Ok(()), Err)
    }

    fn noted<T>(&self, result: Result<T, DbError>) -> Option<T> {
        result.map_err(|error| self.failed.borrow_mut().replace(error)).ok()
    }
}

impl OpenRows for Open<'_, '_> {
    fn find(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.noted(self.writer.find::<OpenRow>(OPEN, key))?.map(|row| row.0)
    }

    fn under(&self, prefix: &[u8]) -> Vec<Vec<u8>> {
        let rows = self.noted(self.writer.bytes_under(OPEN, prefix)).unwrap_or_default();
        rows.into_iter().map(|(key, _)| key).collect()
    }

    fn put(&mut self, key: &[u8], row: Vec<u8>) {
        self.noted(self.writer.put(OPEN, key, &OpenRow(row)));
    }

    fn remove(&mut self, key: &[u8]) {
        self.noted(self.writer.remove(OPEN, key));
    }
}
