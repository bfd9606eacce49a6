//! What is over is removed, a page at a time: what was open, and copies that have expired (ISSUER-7).

use super::record::{
    BATCHES, Batch, COPIES, Examination, HELD, HOSPITAL, Issued, LISTS, List, OPEN, OpenRow, PENDING, PURGED,
    Purged, REVOKED, SERVED, SPENT, Spent, StatusPlace, holder,
};
use super::status::LIST_LIFE;
use super::{Issuer, LASTING};
use crate::db::{DbError, Row, Rows as _, Table, Writer};
use crate::error::ServiceError;
use crate::places;
use citizen_openid4vc::vci;
use citizen_primitives::{Canonical, Seconds, UnixTime};
use std::collections::BTreeMap;
use std::sync::PoisonError;

/// How often a page is looked at.
const PAUSE: Seconds = Seconds::new(60);
/// How many rows of a table are looked at then.
const PAGE: usize = 2_048;
/// How long what a hospital was asked and said is kept: an order may wait for it so long.
const EXAMINATION_LIFE: Seconds = Seconds::new(LASTING.deferred.count() + 24 * 60 * 60);

/// How far the tables were looked through.
#[derive(Debug, Default)]
pub(super) struct Progress {
    last: UnixTime,
    after: BTreeMap<&'static str, Vec<u8>>,
}

/// What is over, by a look at its row.
type IsOver = fn(&[u8], UnixTime) -> bool;

/// The tables, and when a row of theirs is over.
const TABLES: [(Table, &str, IsOver); 4] = [
    (OPEN, "open", |row, now| of::<OpenRow>(row).is_none_or(|row| vci::Issuer::is_over(&row.0, now))),
    (BATCHES, "batches", |row, now| of::<Batch>(row).is_some_and(|batch| now > batch.over)),
    (HOSPITAL, "hospital", |row, now| {
        of::<Examination>(row).is_some_and(|one| now > one.asked.plus(EXAMINATION_LIFE))
    }),
    // A list that was signed while the copy counted may be shown as long as the list counts.
    (COPIES, "copies", |row, now| of::<Issued>(row).is_some_and(|copy| now > copy.until.plus(LIST_LIFE))),
];

impl Issuer {
    /// Removes what is over among the next rows, if it is time to look; says how much was. Its work does not grow with the tables.
    pub(super) fn purge(&self) -> Result<u32, ServiceError> {
        let now = self.party.now();
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        if now.since(progress.last) < PAUSE {
            return Ok(0);
        }
        let mut over: Vec<(Table, Vec<u8>, IsOver)> = Vec::new();
        for (table, name, is_over) in TABLES {
            let after = progress.after.remove(name).unwrap_or_default();
            let page: Vec<Row> = self.party.db().read(|rows| rows.page(table, &after, PAGE))?;
            if let (true, Some((last, _))) = (page.len() == PAGE, page.last()) {
                progress.after.insert(name, last.clone());
            }
            let those = page.into_iter().filter(|(_, row)| is_over(row, now));
            over.extend(those.map(|(key, _)| (table, key, is_over)));
        }
        progress.last = now;
        drop(progress);
        if over.is_empty() {
            return Ok(0);
        }
        self.party.db().commit(places::ISSUER_PURGE, |writer| {
            let mut count = 0u32;
            for (table, key, is_over) in over {
                // It may have been written anew since it was looked at.
                let Some(row) = writer.bytes(table, &key)?.filter(|row| is_over(row, now)) else { continue };
                if table == COPIES {
                    self.forget_copy(writer, &key, &row)?;
                }
                writer.remove(table, &key)?;
                count = count.saturating_add(1);
            }
            Ok(count)
        })
    }

    /// What hung on a copy. Its index stays given, until its list has none left to give and nobody has a copy of it any more.
    fn forget_copy(&self, writer: &Writer<'_>, key: &[u8], row: &[u8]) -> Result<(), ServiceError> {
        let place = StatusPlace::of_key(key).ok_or(ServiceError::Unavailable)?;
        if let Some(copy) = of::<Issued>(row) {
            let owner = holder(copy.resident.as_str());
            writer.remove(HELD, &[owner.as_bytes().as_slice(), key].concat())?;
        }
        writer.remove(REVOKED, key)?;
        let mut spent: Spent = writer.find(SPENT, &place.spent_key())?.unwrap_or_default();
        spent.set(place.index);
        writer.put(SPENT, &place.spent_key(), &spent)?;
        let number = place.list.to_be_bytes();
        let list: List = writer.find(LISTS, &number)?.unwrap_or_default();
        let mut purged: Purged = writer.find(PURGED, &number)?.unwrap_or_default();
        purged.count = purged.count.saturating_add(1);
        purged.is_retired = list.taken >= self.capacity / 2 && purged.count >= list.taken;
        writer.put(PURGED, &number, &purged)?;
        if purged.is_retired { Ok(retire(writer, place.list)?) } else { Ok(()) }
    }

    /// Whether an index was given to somebody, now or before.
    pub(super) fn is_taken(writer: &Writer<'_>, place: StatusPlace) -> Result<bool, DbError> {
        if writer.bytes(COPIES, &place.key())?.is_some() {
            return Ok(true);
        }
        let spent: Option<Spent> = writer.find(SPENT, &place.spent_key())?;
        Ok(spent.is_some_and(|spent| spent.has(place.index)))
    }
}

/// A list of which no copy counts: it is signed and served no more. Its number is given to no other.
fn retire(writer: &Writer<'_>, number: u32) -> Result<(), DbError> {
    let key = number.to_be_bytes();
    writer.remove(SERVED, &key)?;
    writer.remove(PENDING, &key)?;
    for (key, _) in writer.bytes_under(SPENT, &key)? {
        writer.remove(SPENT, &key)?;
    }
    Ok(())
}

fn of<T: Canonical>(row: &[u8]) -> Option<T> {
    T::from_canonical(row).ok()
}
