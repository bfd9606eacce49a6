//! Outcomes that nobody asks for any more (VERIFIER-7).

use super::Verifier;
use super::record::{ENDED, Ended};
use crate::db::Row;
use crate::error::ServiceError;
use citizen_primitives::{Canonical as _, Seconds};
use std::sync::PoisonError;

/// How long an outcome is kept.
const KEPT: Seconds = Seconds::new(7 * 24 * 60 * 60);
/// How many of them are looked at for each that is written: more are removed than are added.
const PAGE: usize = 16;

impl Verifier {
    /// The keys of outcomes that are over, among the next few. They are removed in the commit that writes another.
    pub(super) fn over(&self) -> Result<Vec<Vec<u8>>, ServiceError> {
        let now = self.party.now();
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let page: Vec<Row> = self.party.db().read(|rows| rows.page(ENDED, &looked, PAGE))?;
        // From the beginning again, once the end is reached.
        *looked = page.last().filter(|_| page.len() == PAGE).map(|(key, _)| key.clone()).unwrap_or_default();
        let is_over = |row: &[u8]| Ended::from_canonical(row).is_ok_and(|ended| now > ended.day.plus(KEPT));
        Ok(page.into_iter().filter(|(_, row)| is_over(row)).map(|(key, _)| key).collect())
    }
}
