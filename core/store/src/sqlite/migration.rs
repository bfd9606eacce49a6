//! The layouts of the file, by `user_version`, and the way from each to the next: each step one transaction (STORE-8).
//!
//! 1. `guard (name, value)`, `rows (name, value)`: rows sealed without padding.
//! 2. A hash beside every guard row. Needs no key: done when the file is opened.
//! 3. `rows (family, name, value)`: padded, found by table, with a census. Needs the key: done when it is unlocked.

use crate::sqlite::census::Census;
use crate::sqlite::fault::fault;
use crate::sqlite::sealed_row::RowSealer;
use crate::sqlite::{begin, guard_hash, insert};
use crate::store::StoreError;
use rand_core::CryptoRng;
use rusqlite::{Connection, Transaction, params};

/// The layout this program writes.
const KNOWN: u32 = 3;

/// In the file's header, so that another program's database is not taken for a wallet: "SCW1".
const APPLICATION: i32 = 0x5343_5731;

const GUARD: &str = "CREATE TABLE guard (
    name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL, hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;";

const ROWS: &str = "CREATE TABLE rows (
    family BLOB NOT NULL, name BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (family, name)
) STRICT, WITHOUT ROWID;";

/// Refuses a file that is not ours to write in, before anything is written (STORE-8).
pub(super) fn recognise(connection: &Connection) -> Result<(), StoreError> {
    let application: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(fault)?;
    let tables: u32 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |found| found.get(0))
        .map_err(fault)?;
    match (application, version(connection)?) {
        // Every layout that was ever written carries the mark.
        (APPLICATION, 1..=KNOWN) => Ok(()),
        (APPLICATION, found) if found > KNOWN => Err(StoreError::TooNew { found, known: KNOWN }),
        (0, 0) if tables == 0 => Ok(()),
        // Somebody's database, or ours with a damaged header.
        _ => Err(StoreError::Damaged),
    }
}

/// Makes the tables of a new file; brings an old one as far as it goes without the key.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = begin(connection)?;
    match version(&transaction)? {
        0 => create(&transaction)?,
        1 => hash_guard_rows(&transaction)?,
        _ => {}
    }
    transaction.commit().map_err(fault)
}

/// Brings the rows of an old file to the newest layout.
pub(super) fn reseal(
    connection: &mut Connection,
    sealer: &RowSealer,
    rng: &mut dyn CryptoRng,
) -> Result<(), StoreError> {
    if version(connection)? == KNOWN {
        return Ok(());
    }
    let transaction = begin(connection)?;
    transaction.execute_batch("ALTER TABLE rows RENAME TO old_rows").map_err(fault)?;
    transaction.execute_batch(ROWS).map_err(fault)?;
    copy_rows(&transaction, sealer, rng)?;
    transaction.execute_batch("DROP TABLE old_rows").map_err(fault)?;
    Census::count(&transaction)?.save(&transaction, sealer, rng)?;
    set_version(&transaction, KNOWN)?;
    transaction.commit().map_err(fault)
}

/// Whether there is any row, in whatever layout.
pub(super) fn has_rows(connection: &Connection) -> Result<bool, StoreError> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM rows)", [], |found| found.get(0)).map_err(fault)
}

fn create(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute_batch(GUARD).map_err(fault)?;
    transaction.execute_batch(ROWS).map_err(fault)?;
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(fault)?;
    set_version(transaction, KNOWN)
}

fn hash_guard_rows(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute_batch("ALTER TABLE guard RENAME TO old_guard").map_err(fault)?;
    transaction.execute_batch(GUARD).map_err(fault)?;
    let mut query = transaction.prepare("SELECT name, value FROM old_guard").map_err(fault)?;
    let mut rows = query.query([]).map_err(fault)?;
    while let Some(row) = rows.next().map_err(fault)? {
        let (name, value): (String, Vec<u8>) = (row.get(0).map_err(fault)?, row.get(1).map_err(fault)?);
        transaction
            .execute(
                "INSERT INTO guard (name, value, hash) VALUES (?1, ?2, ?3)",
                params![name, value, guard_hash(&name, &value)],
            )
            .map_err(fault)?;
    }
    drop(rows);
    drop(query);
    transaction.execute_batch("DROP TABLE old_guard").map_err(fault)?;
    set_version(transaction, 2)
}

fn copy_rows(
    transaction: &Transaction<'_>,
    sealer: &RowSealer,
    rng: &mut dyn CryptoRng,
) -> Result<(), StoreError> {
    let mut query = transaction.prepare("SELECT name, value FROM old_rows").map_err(fault)?;
    let mut rows = query.query([]).map_err(fault)?;
    while let Some(found) = rows.next().map_err(fault)? {
        let name: [u8; 32] = found.get(0).map_err(fault)?;
        let sealed: Vec<u8> = found.get(1).map_err(fault)?;
        let (row, value) = sealer.open_layout_1(&name, &sealed)?;
        let sealed = sealer.seal(rng, &row, &value)?;
        insert(transaction, &sealer.family(row.table()), &sealer.name(&row), &sealed)?;
    }
    Ok(())
}

fn version(connection: &Connection) -> Result<u32, StoreError> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fault)
}

fn set_version(transaction: &Transaction<'_>, version: u32) -> Result<(), StoreError> {
    transaction.pragma_update(None, "user_version", version).map_err(fault)
}
