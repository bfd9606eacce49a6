//! A party's database: redb, one commit function with a named place, synced before it returns.

use citizen_primitives::{Canonical, Cut, Injector, NeverCut, Place};
use redb::{
    Database, Durability, ReadTransaction, ReadableDatabase as _, ReadableTable, StorageBackend,
    TableDefinition, TableError, WriteTransaction,
};
use std::cell::Cell;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};

/// Why the database did not do it. Nothing of the commit is there then, but for a cut after it.
#[derive(Debug, thiserror::Error)]
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
    Failed(#[source] Box<redb::Error>),
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
    /// The last to be dropped: once it is gone, the file is closed.
    lease: Arc<()>,
}

impl Db {
    /// Opens or creates the file.
    pub fn open(path: &Path) -> Result<Self, DbError> {
        let database = Database::create(path).map_err(failed)?;
        Ok(Self { database, injector: Arc::new(NeverCut), lease: Arc::default() })
    }

    /// Over a backend: the torture harness brings one that forgets what was not synced.
    pub fn with_backend(backend: impl StorageBackend, injector: Arc<dyn Injector>) -> Result<Self, DbError> {
        let database = Database::builder().create_with_backend(backend).map_err(failed)?;
        Ok(Self { database, injector, lease: Arc::default() })
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
    /// committed.
    pub fn commit<T, E: From<DbError>>(
        &self,
        place: Place,
        work: impl FnOnce(&Writer) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut transaction = self.database.begin_write().map_err(failed)?;
        transaction.set_durability(Durability::Immediate).map_err(failed)?;
        let writer = Writer { transaction, has_written: Cell::new(false) };
        let value = work(&writer)?;
        let Writer { transaction, has_written } = writer;
        if has_written.get() {
            self.injector.before(place).map_err(DbError::from)?;
            transaction.commit().map_err(failed)?;
            self.injector.after(place).map_err(DbError::from)?;
        }
        Ok(value)
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

/// Reads and writes what will be committed.
pub struct Writer {
    transaction: WriteTransaction,
    has_written: Cell<bool>,
}

impl Writer {
    /// Writes a record.
    pub fn put<T: Canonical>(&self, table: Table, key: &[u8], record: &T) -> Result<(), DbError> {
        self.has_written.set(true);
        let mut open = self.transaction.open_table(table.definition()).map_err(failed)?;
        open.insert(key, record.to_canonical().as_slice()).map_err(failed)?;
        Ok(())
    }

    /// Removes a record.
    pub fn remove(&self, table: Table, key: &[u8]) -> Result<(), DbError> {
        self.has_written.set(true);
        let mut open = self.transaction.open_table(table.definition()).map_err(failed)?;
        open.remove(key).map_err(failed)?;
        Ok(())
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

impl Rows for Writer {
    fn bytes(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, DbError> {
        bytes(&self.transaction.open_table(table.definition()).map_err(failed)?, key)
    }

    fn all_bytes(&self, table: Table) -> Result<Vec<Row>, DbError> {
        all_bytes(&self.transaction.open_table(table.definition()).map_err(failed)?)
    }

    fn bytes_under(&self, table: Table, prefix: &[u8]) -> Result<Vec<Row>, DbError> {
        bytes_under(&self.transaction.open_table(table.definition()).map_err(failed)?, prefix)
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
        error => DbError::Failed(Box::new(error)),
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
