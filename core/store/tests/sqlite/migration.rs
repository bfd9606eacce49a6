//! STORE-8: files of every earlier layout are read; `fixtures/layout-1.sqlite` is of the first (see
//! `examples/write_layout_1.rs`, which wrote it).

use crate::{Home, PLACE};
use citizen_keys::Secret32;
use citizen_store::{ChangeSet, GuardRow, GuardStore as _, LockedStore as _, Row, Store, StoreError, Table};
use zeroize::Zeroizing;

fn old() -> Home {
    let home = Home::new();
    std::fs::write(home.file(), include_bytes!("../../fixtures/layout-1.sqlite")).unwrap();
    home
}

fn layout(home: &Home) -> u32 {
    let connection = rusqlite::Connection::open(home.file()).unwrap();
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

fn check(store: &dyn Store) {
    assert_eq!(store.load_guard(GuardRow::Vault).unwrap(), Some(b"old vault".to_vec()));
    let settings = store.load(&Row::new(Table::Settings, "language")).unwrap().unwrap();
    assert_eq!(settings.as_slice(), b"ko");
    for (table, rows) in [(Table::Payments, 20u8), (Table::Receipts, 5)] {
        let entries = store.list(table).unwrap();
        assert_eq!(entries.len(), usize::from(rows));
        for (number, entry) in (0..rows).zip(entries) {
            assert_eq!(entry.key, [number]);
            assert_eq!(entry.value.as_slice(), vec![number; 30 * usize::from(number)]);
        }
    }
}

#[test]
fn store_8_a_file_of_the_first_layout_is_read_and_renewed() {
    let home = old();
    assert_eq!(layout(&home), 1);
    let mut store = home.unlock().unwrap();
    check(&*store);
    store.commit(PLACE, ChangeSet::new().put(Row::new(Table::Outbox, "new"), *b"order")).unwrap();
    drop(store);
    assert_eq!(layout(&home), 3);
    let store = home.unlock().unwrap();
    check(&*store);
    assert_eq!(store.list(Table::Outbox).unwrap().len(), 1);
}

#[test]
fn store_8_an_old_file_that_is_only_opened_waits_for_the_key() {
    let home = old();
    let locked = home.open().unwrap();
    assert_eq!(locked.load_guard(GuardRow::PinGuard).unwrap(), Some(b"old guard".to_vec()));
    drop(locked);
    assert_eq!(layout(&home), 2);
    let wrong = Secret32::take(Zeroizing::new([2; 32]));
    assert_eq!(Box::new(home.open().unwrap()).unlock(&wrong).err(), Some(StoreError::WrongKey));
    assert_eq!(layout(&home), 2);
    check(&*home.unlock().unwrap());
}

#[test]
fn store_8_an_old_file_with_a_damaged_row_is_left_as_it_was() {
    let home = old();
    let connection = rusqlite::Connection::open(home.file()).unwrap();
    let one = "(SELECT min(name) FROM rows)";
    let good: Vec<u8> = connection
        .query_row(&format!("SELECT value FROM rows WHERE name = {one}"), [], |row| row.get(0))
        .unwrap();
    connection.execute(&format!("UPDATE rows SET value = zeroblob(90) WHERE name = {one}"), []).unwrap();
    drop(connection);
    assert_eq!(home.unlock().err(), Some(StoreError::Damaged));

    let connection = rusqlite::Connection::open(home.file()).unwrap();
    connection.execute(&format!("UPDATE rows SET value = ?1 WHERE name = {one}"), [good]).unwrap();
    drop(connection);
    check(&*home.unlock().unwrap());
}

#[test]
fn store_8_a_file_of_a_newer_program_is_refused_and_untouched() {
    let home = Home::new();
    drop(home.unlock().unwrap());
    let connection = rusqlite::Connection::open(home.file()).unwrap();
    connection.pragma_update(None, "user_version", 4).unwrap();
    connection.execute_batch("CREATE TABLE newer (what BLOB)").unwrap();
    drop(connection);
    let before = std::fs::read(home.file()).unwrap();
    assert_eq!(home.open().err(), Some(StoreError::TooNew { found: 4, known: 3 }));
    assert_eq!(std::fs::read(home.file()).unwrap(), before);
}

#[test]
fn store_8_another_programs_database_is_refused_and_untouched() {
    let theirs = "CREATE TABLE theirs (what BLOB)";
    // Even if its tables happen to be called like ours.
    let alike = "CREATE TABLE guard (name TEXT, value BLOB); CREATE TABLE rows (name BLOB, value BLOB)";
    for (tables, version) in [(theirs, 0), (theirs, 3), (alike, 0), (alike, 1)] {
        let home = Home::new();
        let connection = rusqlite::Connection::open(home.file()).unwrap();
        connection.execute_batch(tables).unwrap();
        connection.pragma_update(None, "user_version", version).unwrap();
        drop(connection);
        let before = std::fs::read(home.file()).unwrap();
        assert_eq!(home.open().err(), Some(StoreError::Damaged), "{tables}, version {version}");
        assert_eq!(std::fs::read(home.file()).unwrap(), before, "{tables}, version {version}");
    }
}
