//! A party's database: redb, one commit function with a named place, synced before it returns. Commits that come while the disk is
//! busy are synced together.

mod group;

pub use group::Writer;

use citizen_primitives::{Canonical, Cut, Injector, NeverCut, Place};
use group::{Group, Outcome, Queue};
use redb::{
    Database, Durability, ReadTransaction, ReadableDatabase as _, ReadableTable, StorageBackend,
    TableDefinition, TableError,
};
#[cfg(test)]
use std::cell::Cell;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use tokio::runtime::{Handle, RuntimeFlavor};

/// Why the database did not do it. Nothing of the commit is there then, but for a cut after it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DbError {
    /// The injection harness cut the party off.
    #[error(transparent)]
    Cut(#[from] Cut),
    /// No room left.
    #[error("the disk is full")]
    Full,
    /// A record is not what its table holds.
    #[error("a damaged record in table {0}")]
    Damaged(&'static str),
    /// The file or the disk.
    #[error("the database failed")]
    Failed(#[source] Arc<redb::Error>),
    /// It broke off in the middle of a commit.
    #[error("the database broke off")]
    BrokenOff,
}

/// A table of canonical records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table(&'static str);

impl Table {
    /// Names a table.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    const fn definition(self) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
        TableDefinition::new(self.0)
    }
}

/// A party's database.
pub struct Db {
    database: Database,
    injector: Arc<dyn Injector>,
    queue: Mutex<Queue>,
    /// A group has ended.
    ended: Condvar,
    /// The last to be dropped: once it is gone, the file is closed.
    lease: Arc<()>,
}

impl Db {
    /// Opens or creates the file.
    pub fn open(path: &Path) -> Result<Self, DbError> {
        let database = Database::create(path).map_err(failed)?;
        Ok(Self::of(database, Arc::new(NeverCut)))
    }

    /// Over a backend: the torture harness brings one that forgets what was not synced.
    pub fn with_backend(backend: impl StorageBackend, injector: Arc<dyn Injector>) -> Result<Self, DbError> {
        let database = Database::builder().create_with_backend(backend).map_err(failed)?;
        Ok(Self::of(database, injector))
    }

    fn of(database: Database, injector: Arc<dyn Injector>) -> Self {
        let (queue, ended, lease) = (Mutex::default(), Condvar::new(), Arc::default());
        Self { database, injector, queue, ended, lease }
    }

    /// With a harness around every commit.
    #[must_use]
    pub fn with_injector(mut self, injector: Arc<dyn Injector>) -> Self {
        self.injector = injector;
        self
    }

    /// What is gone once the file is closed: whoever wants to open it again waits for that.
    #[must_use]
    pub fn lease(&self) -> Weak<()> {
        Arc::downgrade(&self.lease)
    }

    /// Reads.
    pub fn read<T, E: From<DbError>>(&self, work: impl FnOnce(&Reader) -> Result<T, E>) -> Result<T, E> {
        let transaction = self.database.begin_read().map_err(failed)?;
        work(&Reader(transaction))
    }

    /// Reads and writes: all of it or nothing, and on the disk when this returns (SERVICE-1). What wrote nothing is not
    /// committed; what it has read is on the disk.
    pub fn commit<T, E: From<DbError>>(
        &self,
        place: Place,
        work: impl FnOnce(&Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut queue = self.queue();
        let (result, outcome) = self.join(&mut queue, place, work)?;
        drop(queue);
        self.settle(outcome)?;
        result
    }

    /// Commits, each whole or not there, that wait for the disk together. Every one sees what those before it have written.
    pub fn commit_all<T, E: From<DbError>, W: FnOnce(&Writer<'_>) -> Result<T, E>>(
        &self,
        all: impl IntoIterator<Item = (Place, W)>,
    ) -> Vec<Result<T, E>> {
        let mut queue = self.queue();
        let joined: Vec<_> =
            all.into_iter().map(|(place, work)| self.join(&mut queue, place, work)).collect();
        drop(queue);
        let settled = joined.into_iter().map(|joined| {
            let (result, outcome) = joined?;
            self.settle(outcome)?;
            result
        });
        settled.collect()
    }

    /// Does the work over everything that is or will be on the disk. Whoever has its result waits for the outcome: a refusal, too,
    /// may rest on what is not there yet.
    #[allow(clippy::type_complexity, reason = "a result beside what it waits for")]
    fn join<T, E: From<DbError>>(
        &self,
        queue: &mut Queue,
        place: Place,
        work: impl FnOnce(&Writer<'_>) -> Result<T, E>,
    ) -> Result<(Result<T, E>, Option<Outcome>), DbError> {
        let rows = Reader(self.database.begin_read().map_err(failed)?);
        let writer = Writer::new(rows, queue);
        let result = work(&writer);
        let batch = writer.into_batch();
        if result.is_ok() && !batch.is_empty() {
            queue.next.join(batch, place);
        }
        Ok((result, queue.newest()))
    }

    /// Waits until the group has ended; writes it if nobody else is writing.
    fn settle(&self, outcome: Option<Outcome>) -> Result<(), DbError> {
        let Some(outcome) = outcome else { return Ok(()) };
        let wait = || {
            let mut queue = self.queue();
            loop {
                if let Some(result) = outcome.get() {
                    return result.clone();
                }
                queue = if queue.writing.is_some() {
                    self.ended.wait(queue).unwrap_or_else(PoisonError::into_inner)
                } else {
                    self.write(queue)
                };
            }
        };
        // Where others could go on meanwhile, they do.
        let is_shared =
            Handle::try_current().is_ok_and(|on| on.runtime_flavor() == RuntimeFlavor::MultiThread);
        if is_shared { tokio::task::block_in_place(wait) } else { wait() }
    }

    /// Writes the group that has gathered. What gathers meanwhile has read it already, and falls with it.
    fn write<'a>(&'a self, mut queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        let group = std::mem::take(&mut queue.next);
        queue.writing = Some(group.clone());
        drop(queue);
        let flushed = catch_unwind(AssertUnwindSafe(|| self.flush(&group)));
        let result = flushed.unwrap_or(Err(DbError::BrokenOff));
        let mut queue = self.queue();
        queue.writing = None;
        if result.is_err() {
            let fallen = std::mem::take(&mut queue.next);
            // Set once, here.
            let _ = fallen.outcome.set(result.clone());
        }
        let _ = group.outcome.set(result);
        self.ended.notify_all();
        queue
    }

    fn flush(&self, group: &Group) -> Result<(), DbError> {
        let mut transaction = self.database.begin_write().map_err(failed)?;
        transaction.set_durability(Durability::Immediate).map_err(failed)?;
        for (table, rows) in group.batch.tables() {
            let mut open = transaction.open_table(Table(table).definition()).map_err(failed)?;
            for (key, value) in rows {
                match value {
                    Some(value) => open.insert(key.as_slice(), value.as_slice()).map(drop),
                    None => open.remove(key.as_slice()).map(drop),
                }
                .map_err(failed)?;
            }
        }
        group.places.iter().try_for_each(|place| self.injector.before(*place))?;
        transaction.commit().map_err(failed)?;
        Ok(group.places.iter().try_for_each(|place| self.injector.after(*place))?)
    }

    /// Whole at any moment: one that a panic left behind can be used.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A key and the bytes under it.
pub type Row = (Vec<u8>, Vec<u8>);

/// Reading in a transaction.
pub trait Rows {
    /// The bytes under a key.
    fn bytes(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, DbError>;

    /// All keys and bytes, in the order of the keys.
    fn all_bytes(&self, table: Table) -> Result<Vec<Row>, DbError>;

    /// The keys that begin so and their bytes, in the order of the keys.
    fn bytes_under(&self, table: Table, prefix: &[u8]) -> Result<Vec<Row>, DbError>;

    /// The record under a key.
    fn find<T: Canonical>(&self, table: Table, key: &[u8]) -> Result<Option<T>, DbError>
    where
        Self: Sized,
    {
        self.bytes(table, key)?.map(|bytes| decode(table, &bytes)).transpose()
    }

    /// All records, in the order of their keys.
    fn all<T: Canonical>(&self, table: Table) -> Result<Vec<(Vec<u8>, T)>, DbError>
    where
        Self: Sized,
    {
        decoded(table, self.all_bytes(table)?)
    }

    /// The records whose keys begin so, in the order of their keys; no other row is read.
    fn under<T: Canonical>(&self, table: Table, prefix: &[u8]) -> Result<Vec<(Vec<u8>, T)>, DbError>
    where
        Self: Sized,
    {
        decoded(table, self.bytes_under(table, prefix)?)
    }
}

/// Reads what was committed last.
pub struct Reader(ReadTransaction);

impl Rows for Reader {
    fn bytes(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, DbError> {
        match self.0.open_table(table.definition()) {
            Ok(open) => bytes(&open, key),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    fn all_bytes(&self, table: Table) -> Result<Vec<Row>, DbError> {
        match self.0.open_table(table.definition()) {
            Ok(open) => all_bytes(&open),
            Err(TableError::TableDoesNotExist(_)) => Ok(Vec::new()),
            Err(error) => Err(failed(error)),
        }
    }

    fn bytes_under(&self, table: Table, prefix: &[u8]) -> Result<Vec<Row>, DbError> {
        match self.0.open_table(table.definition()) {
            Ok(open) => bytes_under(&open, prefix),
            Err(TableError::TableDoesNotExist(_)) => Ok(Vec::new()),
            Err(error) => Err(failed(error)),
        }
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Db")
    }
}

type Raw = [u8];

fn bytes(
    table: &impl ReadableTable<&'static Raw, &'static Raw>,
    key: &[u8],
) -> Result<Option<Vec<u8>>, DbError> {
    Ok(table.get(key).map_err(failed)?.map(|found| found.value().to_vec()))
}

fn all_bytes(table: &impl ReadableTable<&'static Raw, &'static Raw>) -> Result<Vec<Row>, DbError> {
    let rows = table.iter().map_err(failed)?;
    rows.map(|row| {
        let (key, value) = row.map_err(failed)?;
        Ok((key.value().to_vec(), value.value().to_vec()))
    })
    .collect()
}

fn bytes_under(
    table: &impl ReadableTable<&'static Raw, &'static Raw>,
    prefix: &[u8],
) -> Result<Vec<Row>, DbError> {
    let mut rows = Vec::new();
    for row in table.range(prefix..).map_err(failed)? {
        let (key, value) = row.map_err(failed)?;
        if !key.value().starts_with(prefix) {
            break;
        }
        rows.push((key.value().to_vec(), value.value().to_vec()));
    }
    Ok(rows)
}

fn decoded<T: Canonical>(table: Table, rows: Vec<Row>) -> Result<Vec<(Vec<u8>, T)>, DbError> {
    rows.into_iter().map(|(key, bytes)| Ok((key, decode(table, &bytes)?))).collect()
}

fn decode<T: Canonical>(table: Table, bytes: &[u8]) -> Result<T, DbError> {
    T::from_canonical(bytes).map_err(|_| DbError::Damaged(table.0))
}

fn failed(error: impl Into<redb::Error>) -> DbError {
    match error.into() {
        redb::Error::Io(error) if error.kind() == io::ErrorKind::StorageFull => DbError::Full,
        error => DbError::Failed(Arc::new(error)),
    }
}

/// Counts the rows that are read, for tests of what work grows with.
#[cfg(test)]
pub(crate) struct Counted<'a> {
    rows: &'a Reader,
    count: Cell<usize>,
}

#[cfg(test)]
impl<'a> Counted<'a> {
    /// What some work reads.
    pub(crate) fn rows_of<T, E: fmt::Debug>(
        rows: &'a Reader,
        work: impl FnOnce(&Self) -> Result<T, E>,
    ) -> (T, usize) {
        let counted = Self { rows, count: Cell::new(0) };
        let value = work(&counted).unwrap();
        (value, counted.count.get())
    }

    fn add(&self, rows: usize) {
        self.count.set(self.count.get() + rows);
    }
}

#[cfg(test)]
impl Rows for Counted<'_> {
    fn bytes(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, DbError> {
        self.add(1);
        self.rows.bytes(table, key)
    }

    fn all_bytes(&self, table: Table) -> Result<Vec<Row>, DbError> {
        let rows = self.rows.all_bytes(table)?;
        self.add(rows.len());
        Ok(rows)
    }

    fn bytes_under(&self, table: Table, prefix: &[u8]) -> Result<Vec<Row>, DbError> {
        let rows = self.rows.bytes_under(table, prefix)?;
        self.add(rows.len());
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::Hash;
    use redb::backends::InMemoryBackend;
    use std::sync::atomic::{AtomicU32, Ordering};

    const TABLE: Table = Table::new("table");
    const HERE: Place = Place::new("test/commit");

    #[derive(Debug, Clone, Copy, PartialEq, borsh::BorshSerialize, borsh::BorshDeserialize)]
    struct Record(Hash);
    citizen_primitives::canonical!(Record = 1);

    /// Cuts before or after every place.
    struct Cutting {
        before: bool,
    }

    impl Injector for Cutting {
        fn before(&self, place: Place) -> Result<(), Cut> {
            if self.before { Err(Cut(place)) } else { Ok(()) }
        }

        fn after(&self, place: Place) -> Result<(), Cut> {
            if self.before { Ok(()) } else { Err(Cut(place)) }
        }
    }

    fn db() -> Db {
        Db::with_backend(InMemoryBackend::new(), Arc::new(NeverCut)).unwrap()
    }

    fn write(db: &Db, fail: bool) -> Result<(), DbError> {
        db.commit(HERE, |writer| {
            writer.put(TABLE, b"a", &Record(Hash::ZERO))?;
            if fail { Err(DbError::Full) } else { Ok(()) }
        })
    }

    fn is_there(db: &Db) -> bool {
        db.read(|reader| reader.find::<Record>(TABLE, b"a")).unwrap().is_some()
    }

    #[test]
    fn service_1_a_commit_is_whole_or_not_there() {
        let db = db();
        assert!(write(&db, true).is_err());
        assert!(!is_there(&db));
        write(&db, false).unwrap();
        assert!(is_there(&db));
        assert_eq!(db.read(|reader| reader.all::<Record>(TABLE)).unwrap().len(), 1);
    }

    #[test]
    fn service_1_a_cut_before_a_commit_leaves_nothing_and_one_after_it_everything() {
        for before in [true, false] {
            let db = db().with_injector(Arc::new(Cutting { before }));
            assert!(matches!(write(&db, false), Err(DbError::Cut(Cut(HERE)))));
            assert_eq!(is_there(&db), !before);
        }
    }

    /// Waits at every place until it is told to go on, and counts.
    #[derive(Default)]
    struct Slow {
        syncs: AtomicU32,
        fails: bool,
    }

    impl Injector for Slow {
        fn before(&self, place: Place) -> Result<(), Cut> {
            std::thread::sleep(std::time::Duration::from_millis(20));
            self.syncs.fetch_add(1, Ordering::SeqCst);
            if self.fails { Err(Cut(place)) } else { Ok(()) }
        }

        fn after(&self, _: Place) -> Result<(), Cut> {
            Ok(())
        }
    }

    fn key(number: u8) -> [u8; 1] {
        [number]
    }

    #[test]
    fn service_1_commits_at_once_see_each_other_and_are_all_there_when_they_return() {
        let db = db().with_injector(Arc::new(Slow::default()));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    // Each takes the next number: none twice, though the disk has not seen the last one yet.
                    let taken = db.commit(HERE, |writer| {
                        let number = u8::try_from(writer.all::<Record>(TABLE)?.len()).unwrap();
                        assert!(writer.find::<Record>(TABLE, &key(number))?.is_none());
                        writer.put(TABLE, &key(number), &Record(Hash::ZERO))?;
                        Ok::<_, DbError>(number)
                    });
                    let taken = taken.unwrap();
                    assert!(db.read(|rows| rows.find::<Record>(TABLE, &key(taken))).unwrap().is_some());
                });
            }
        });
        assert_eq!(db.read(|rows| rows.all::<Record>(TABLE)).unwrap().len(), 8);
    }

    #[test]
    fn service_1_what_rests_on_a_commit_that_fails_fails_with_it() {
        let db = db().with_injector(Arc::new(Slow { fails: true, ..Slow::default() }));
        let results = std::thread::scope(|scope| {
            let first = scope.spawn(|| write(&db, false));
            std::thread::sleep(std::time::Duration::from_millis(5));
            // It finds the row, writes nothing, and must not say so before the row is on the disk.
            let second = scope.spawn(|| {
                db.commit(HERE, |writer| writer.find::<Record>(TABLE, b"a").map(|found| found.is_some()))
            });
            (first.join().unwrap(), second.join().unwrap())
        });
        assert!(results.0.is_err());
        assert!(!matches!(results.1, Ok(true)), "{results:?}");
        assert!(!is_there(&db));
    }

    #[test]
    fn commits_of_a_list_are_each_whole_or_not_there_and_wait_for_the_disk_once() {
        let slow = Arc::new(Slow::default());
        let db = db().with_injector(slow.clone());
        let work = |number: u8| {
            move |writer: &Writer<'_>| {
                writer.put(TABLE, &key(number), &Record(Hash::ZERO))?;
                if number == 2 { Err(DbError::Full) } else { Ok(writer.all::<Record>(TABLE)?.len()) }
            }
        };
        let results = db.commit_all((1..=3).map(|number| (HERE, work(number))));
        assert!(matches!(results.as_slice(), [Ok(1), Err(DbError::Full), Ok(2)]), "{results:?}");
        assert_eq!(db.read(|rows| rows.all::<Record>(TABLE)).unwrap().len(), 2);
        let removing = db.commit(HERE, |writer| {
            writer.remove(TABLE, &key(1))?;
            writer.under::<Record>(TABLE, &key(1)).map(|rows| rows.len())
        });
        assert_eq!(removing.unwrap(), 0);
    }

    #[test]
    fn rows_under_a_prefix_are_all_of_them_and_no_others() {
        let db = db();
        db.commit(HERE, |writer| {
            let keys: [&[u8]; 5] = [b"a", b"b", b"b1", b"b2", b"c"];
            keys.iter().try_for_each(|key| writer.put(TABLE, key, &Record(Hash::ZERO)))
        })
        .unwrap();
        let under = |prefix: &[u8]| -> Vec<Vec<u8>> {
            let rows = db.read(|reader| reader.under::<Record>(TABLE, prefix)).unwrap();
            rows.into_iter().map(|(key, _)| key).collect()
        };
        assert_eq!(under(b"b"), [b"b".to_vec(), b"b1".to_vec(), b"b2".to_vec()]);
        assert_eq!((under(b"d").len(), under(b"").len()), (0, 5));
    }

    #[test]
    fn what_writes_nothing_passes_no_place() {
        let db = db().with_injector(Arc::new(Cutting { before: true }));
        db.commit(HERE, |writer| writer.find::<Record>(TABLE, b"a").map(drop)).unwrap();
    }

    #[test]
    fn a_record_that_is_none_is_damaged() {
        #[derive(borsh::BorshSerialize, borsh::BorshDeserialize)]
        struct Short(u8);
        citizen_primitives::canonical!(Short = 1);
        let db = db();
        db.commit(HERE, |writer| writer.put(TABLE, b"a", &Short(1))).unwrap();
        let found = db.read(|reader| reader.find::<Record>(TABLE, b"a"));
        assert!(matches!(found, Err(DbError::Damaged("table"))));
    }
}
