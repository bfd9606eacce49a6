//! A party's database: redb, one commit function with a named place, synced before it returns. Commits that come while the disk is
//! busy are synced together.

mod fault;
mod group;

pub use fault::Fault;
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
use tokio::sync::Notify;

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
    /// A group has ended: for threads that wait.
    ended: Condvar,
    /// The same for tasks.
    told: Notify,
    fault: Fault,
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
        let (queue, ended, told) = (Mutex::default(), Condvar::new(), Notify::new());
        Self { database, injector, queue, ended, told, fault: Fault::default(), lease: Arc::default() }
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

    /// What tells whether it has failed.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.fault.clone()
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

    /// [`Self::commit`] for a task beside many others: while the disk is busy it holds up no thread. One that is given up while it waits
    /// may be committed all the same.
    pub async fn commit_beside<T: Send, E: From<DbError> + Send>(
        &self,
        place: Place,
        work: impl FnOnce(&Writer<'_>) -> Result<T, E> + Send,
    ) -> Result<T, E> {
        let (result, outcome) = self.join(&mut self.queue(), place, work)?;
        self.settle_beside(outcome).await?;
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
        beside_others(wait)
    }

    /// [`Self::settle`] for a task.
    async fn settle_beside(&self, outcome: Option<Outcome>) -> Result<(), DbError> {
        let Some(outcome) = outcome else { return Ok(()) };
        loop {
            // Told of every group that ends from here on.
            let told = self.told.notified();
            if let Some(result) = self.ended_or_written(&outcome) {
                return result;
            }
            told.await;
        }
    }

    /// How the group has ended, after it was written here if nobody else is writing; nothing while somebody is.
    fn ended_or_written(&self, outcome: &Outcome) -> Option<Result<(), DbError>> {
        if outcome.get().is_none() && self.queue().writing.is_none() {
            beside_others(|| {
                let queue = self.queue();
                // Another may have been quicker.
                if outcome.get().is_none() && queue.writing.is_none() {
                    drop(self.write(queue));
                }
            });
        }
        outcome.get().cloned()
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
        if let Err(error) = &result {
            self.fault.note(error);
            let fallen = std::mem::take(&mut queue.next);
            // Set once, here.
            let _ = fallen.outcome.set(result.clone());
        }
        let _ = group.outcome.set(result);
        self.ended.notify_all();
        self.told.notify_waiters();
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

impl Reader {
    /// At most so many rows, in the order of their keys, from the first key that is greater.
    pub fn page(&self, table: Table, after: &[u8], most: usize) -> Result<Vec<Row>, DbError> {
        let open = match self.0.open_table(table.definition()) {
            Ok(open) => open,
            Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let rows = open.range(after..).map_err(failed)?;
        let mut page = Vec::new();
        for row in rows {
            let (key, value) = row.map_err(failed)?;
            if page.len() >= most {
                break;
            }
            if key.value() > after {
                page.push((key.value().to_vec(), value.value().to_vec()));
            }
        }
        Ok(page)
    }
}

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

/// Where other tasks could go on meanwhile, they do.
fn beside_others<T>(wait: impl FnOnce() -> T) -> T {
    let is_shared = Handle::try_current().is_ok_and(|on| on.runtime_flavor() == RuntimeFlavor::MultiThread);
    if is_shared { tokio::task::block_in_place(wait) } else { wait() }
}

fn failed(error: impl Into<redb::Error>) -> DbError {
    match error.into() {
        redb::Error::Io(error) if is_full(error.kind()) => DbError::Full,
        error => DbError::Failed(Arc::new(error)),
    }
}

/// A quota or the largest file that is allowed is no more room either.
const fn is_full(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
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
mod tests;
