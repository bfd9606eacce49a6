//! The store in one SQLite file whose rows are sealed.

mod census;
mod fault;
mod migration;
mod room;
mod sealed_row;
mod settings;

use crate::change::{Change, ChangeSet};
use crate::row::{Entry, GuardRow, Row, Table, Value};
use crate::store::{GuardStore, LockedStore, Store, StoreError};
use census::Census;
use citizen_keys::{Purpose, Secret32};
use citizen_primitives::order::sort_by;
use citizen_primitives::{Hash, Label, Place};
use fault::fault;
use rand_core::CryptoRng;
use room::or_full;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use sealed_row::RowSealer;
pub use settings::SqliteOptions;
use std::fmt;
use std::path::{Path, PathBuf};
use subtle::ConstantTimeEq as _;

const CHECK: Purpose = Purpose::new("store-check");
const CHECK_ROW: &str = "check";

/// A SQLite store whose rows are locked.
pub struct LockedSqliteStore(Database);

/// An unlocked SQLite store.
pub struct SqliteStore {
    database: Database,
    sealer: RowSealer,
    census: Census,
}

struct Database {
    connection: Connection,
    path: PathBuf,
    rng: Box<dyn CryptoRng + Send>,
}

impl LockedSqliteStore {
    /// Opens the file, or makes it. The randomness is for the nonces of sealed rows.
    pub fn open(
        path: &Path,
        rng: Box<dyn CryptoRng + Send>,
        options: &SqliteOptions,
    ) -> Result<Self, StoreError> {
        let connection = or_full(path, open(path, options))?;
        Ok(Self(Database { connection, path: path.to_owned(), rng }))
    }
}

impl Database {
    fn load_guard(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        load_guard(&self.connection, name)
    }

    fn commit_guard(&mut self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        let mut commit = || {
            let transaction = begin(&mut self.connection)?;
            put_guard(&transaction, name, value)?;
            transaction.commit().map_err(fault)
        };
        or_full(&self.path, commit())
    }

    /// The first key leaves a mark, a one-way function of it; later keys must leave the same (STORE-3).
    fn check_key(&mut self, key: &Secret32) -> Result<(), StoreError> {
        let check = key.derive(CHECK, &[]);
        match self.load_guard(CHECK_ROW)? {
            Some(known) if bool::from(known.ct_eq(check.expose())) => Ok(()),
            Some(_) => Err(StoreError::WrongKey),
            None if migration::has_rows(&self.connection)? => Err(StoreError::Damaged),
            None => self.commit_guard(CHECK_ROW, check.expose()),
        }
    }
}

impl GuardStore for LockedSqliteStore {
    fn load_guard(&self, row: GuardRow) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.load_guard(row.name())
    }

    fn commit_guard(&mut self, _place: Place, row: GuardRow, value: &[u8]) -> Result<(), StoreError> {
        self.0.commit_guard(row.name(), value)
    }
}

impl LockedStore for LockedSqliteStore {
    fn unlock(self: Box<Self>, key: &Secret32) -> Result<Box<dyn Store>, StoreError> {
        let mut database = self.0;
        database.check_key(key)?;
        let sealer = RowSealer::new(key);
        let resealed = migration::reseal(&mut database.connection, &sealer, &mut *database.rng);
        or_full(&database.path, resealed)?;
        let census = Census::load(&database.connection, &sealer)?;
        Ok(Box::new(SqliteStore { database, sealer, census }))
    }
}

impl GuardStore for SqliteStore {
    fn load_guard(&self, row: GuardRow) -> Result<Option<Vec<u8>>, StoreError> {
        self.database.load_guard(row.name())
    }

    fn commit_guard(&mut self, _place: Place, row: GuardRow, value: &[u8]) -> Result<(), StoreError> {
        self.database.commit_guard(row.name(), value)
    }
}

impl Store for SqliteStore {
    fn load(&self, row: &Row) -> Result<Option<Value>, StoreError> {
        let (family, name) = (self.sealer.family(row.table()), self.sealer.name(row));
        let sealed: Option<Vec<u8>> = self
            .database
            .connection
            .prepare_cached("SELECT value FROM rows WHERE family = ?1 AND name = ?2")
            .and_then(|mut query| query.query_row(params![family, name], |found| found.get(0)).optional())
            .map_err(fault)?;
        let Some(sealed) = sealed else { return Ok(None) };
        // It opens under this name alone, and the name stands for this row alone (STORE-4).
        let (_, value) = self.sealer.open(&family, &name, &sealed)?;
        Ok(Some(value))
    }

    fn list(&self, table: Table) -> Result<Vec<Entry>, StoreError> {
        let family = self.sealer.family(table);
        let mut query = self
            .database
            .connection
            .prepare_cached("SELECT name, value FROM rows WHERE family = ?1")
            .map_err(fault)?;
        let mut found = query.query(params![family]).map_err(fault)?;
        let mut entries = Vec::new();
        while let Some(row) = found.next().map_err(fault)? {
            let name: [u8; 32] = row.get(0).map_err(fault)?;
            let sealed: Vec<u8> = row.get(1).map_err(fault)?;
            let (row, value) = self.sealer.open(&family, &name, &sealed)?;
            entries.push(Entry { key: row.key().to_vec(), value });
        }
        sort_by(&mut entries, |a, b| a.key.cmp(&b.key));
        Ok(entries)
    }

    fn commit(&mut self, _place: Place, changes: ChangeSet) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let Self { database: Database { connection, path, rng }, sealer, census } = self;
        let mut counted = census.clone();
        let mut commit = || {
            let transaction = begin(connection)?;
            for change in changes.changes() {
                apply(&transaction, sealer, &mut **rng, &mut counted, change)?;
            }
            counted.save(&transaction, sealer, &mut **rng)?;
            transaction.commit().map_err(fault)
        };
        or_full(path, commit())?;
        *census = counted;
        Ok(())
    }

    fn lock(self: Box<Self>) -> Box<dyn LockedStore> {
        Box::new(LockedSqliteStore(self.database))
    }
}

impl fmt::Debug for LockedSqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockedSqliteStore")
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteStore")
    }
}

fn open(path: &Path, options: &SqliteOptions) -> Result<Connection, StoreError> {
    let mut connection = settings::open(path, options)?;
    migration::prepare(&mut connection)?;
    check_guard_names(&connection)?;
    Ok(connection)
}

fn begin(connection: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)
}

fn apply(
    transaction: &Transaction<'_>,
    sealer: &RowSealer,
    rng: &mut dyn CryptoRng,
    census: &mut Census,
    change: &Change,
) -> Result<(), StoreError> {
    let (Change::Put(row, _) | Change::Delete(row)) = change;
    let (family, name) = (sealer.family(row.table()), sealer.name(row));
    let deleted = transaction
        .prepare_cached("DELETE FROM rows WHERE family = ?1 AND name = ?2")
        .and_then(|mut delete| delete.execute(params![family, name]))
        .map_err(fault)?;
    if deleted > 0 {
        census.remove(&family, &name)?;
    }
    if let Change::Put(_, value) = change {
        let sealed = sealer.seal(rng, row, value)?;
        insert(transaction, &family, &name, &sealed)?;
        census.add(&family, &name);
    }
    Ok(())
}

fn insert(
    transaction: &Transaction<'_>,
    family: &[u8; 32],
    name: &[u8; 32],
    sealed: &[u8],
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT INTO rows (family, name, value) VALUES (?1, ?2, ?3)")
        .and_then(|mut insert| insert.execute(params![family, name, sealed]))
        .map_err(fault)?;
    Ok(())
}

fn load_guard(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let found: Option<(Vec<u8>, [u8; 32])> = connection
        .prepare_cached("SELECT value, hash FROM guard WHERE name = ?1")
        .and_then(|mut query| {
            query.query_row(params![name], |found| Ok((found.get(0)?, found.get(1)?))).optional()
        })
        .map_err(fault)?;
    match found {
        Some((value, hash)) if guard_hash(name, &value) == hash => Ok(Some(value)),
        Some(_) => Err(StoreError::Damaged),
        None => Ok(None),
    }
}

fn put_guard(connection: &Connection, name: &str, value: &[u8]) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO guard (name, value, hash) VALUES (?1, ?2, ?3)")
        .and_then(|mut insert| insert.execute(params![name, value, guard_hash(name, value)]))
        .map_err(fault)?;
    Ok(())
}

/// Against a damaged page, not against an attacker: what must hold against her is wrapped by its writer.
fn guard_hash(name: &str, value: &[u8]) -> [u8; 32] {
    *Hash::labelled(Label::StoreRow, &[name.as_bytes(), &[0], value].concat()).as_bytes()
}

/// A name that nobody wrote is a damaged name: the row it stood for would look as if it had never been there.
fn check_guard_names(connection: &Connection) -> Result<(), StoreError> {
    let mut query = connection.prepare("SELECT name FROM guard").map_err(fault)?;
    let names = query.query_map([], |found| found.get::<_, String>(0)).map_err(fault)?;
    for name in names {
        let name = name.map_err(fault)?;
        let ours = [CHECK_ROW, census::CENSUS_ROW];
        if !ours.contains(&name.as_str()) && !GuardRow::ALL.iter().any(|row| row.name() == name) {
            return Err(StoreError::Damaged);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Disk;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use std::time::Duration;
    use tempfile::TempDir;

    struct Folder(TempDir);

    impl Disk for Folder {
        fn open(&self) -> Result<Box<dyn LockedStore>, StoreError> {
            let path = self.0.path().join("wallet.sqlite");
            let options = SqliteOptions::default().waiting_at_most(Duration::ZERO);
            Ok(Box::new(LockedSqliteStore::open(&path, Box::new(StdRng::seed_from_u64(1)), &options)?))
        }
    }

    crate::store_contract!(Folder(tempfile::tempdir().unwrap()));
}
