//! STORE-6: what is damaged is said to be, and never passes for something that was never written.

use crate::{Home, PLACE};
use citizen_store::{ChangeSet, GuardRow, GuardStore as _, Row, Store, StoreError, Table};

const ROWS: u8 = 12;

fn row(number: u8) -> Row {
    Row::new(Table::Receipts, [number])
}

fn filled() -> Home {
    let home = Home::new();
    let mut store = home.unlock().unwrap();
    store.commit_guard(PLACE, GuardRow::Vault, &[0x77; 200]).unwrap();
    store.commit_guard(PLACE, GuardRow::PinGuard, &[0x78; 40]).unwrap();
    for number in 0..ROWS {
        let value = vec![number; 40 * usize::from(number)];
        store.commit(PLACE, ChangeSet::new().put(row(number), value)).unwrap();
    }
    home
}

/// Reads everything; `Ok` only if everything is as it was written.
fn read(home: &Home) -> Result<(), StoreError> {
    let locked = home.open()?;
    assert_eq!(locked.load_guard(GuardRow::Vault)?, Some(vec![0x77; 200]));
    assert_eq!(locked.load_guard(GuardRow::PinGuard)?, Some(vec![0x78; 40]));
    drop(locked);
    let store: Box<dyn Store> = home.unlock()?;
    for number in 0..ROWS {
        let value = store.load(&row(number))?.map(|value| value.to_vec());
        assert_eq!(value, Some(vec![number; 40 * usize::from(number)]), "row {number}");
    }
    assert_eq!(store.list(Table::Receipts)?.len(), usize::from(ROWS));
    Ok(())
}

fn with_bytes(home: &Home, bytes: &[u8]) -> Result<(), StoreError> {
    for beside in ["wallet.sqlite-wal", "wallet.sqlite-journal"] {
        let _ = std::fs::remove_file(home.0.path().join(beside));
    }
    std::fs::write(home.file(), bytes).unwrap();
    read(home)
}

#[test]
fn store_6_a_flipped_bit_anywhere_is_noticed_or_harmless() {
    let home = filled();
    let good = std::fs::read(home.file()).unwrap();
    with_bytes(&home, &good).unwrap();
    let mut refused = 0;
    // Every byte of the file's header, then a bit every few bytes.
    for position in (0..100).chain((100..good.len()).step_by(37)) {
        let mut bytes = good.clone();
        bytes[position] ^= 1 << (position % 8);
        match with_bytes(&home, &bytes) {
            Ok(()) => {}
            Err(StoreError::Damaged | StoreError::TooNew { .. } | StoreError::Unwritable) => refused += 1,
            Err(error) => panic!("byte {position}: {error}"),
        }
    }
    assert!(refused > 50, "only {refused} were noticed");
}

#[test]
fn store_6_a_lost_page_is_noticed() {
    let home = filled();
    let good = std::fs::read(home.file()).unwrap();
    for page in 1..good.len() / 4096 {
        let mut bytes = good.clone();
        bytes[page * 4096..(page + 1) * 4096].fill(0);
        assert_eq!(with_bytes(&home, &bytes), Err(StoreError::Damaged), "page {page} blank");
        // Already before the PIN is asked for.
        assert_eq!(home.open().err(), Some(StoreError::Damaged), "page {page} blank");
        assert_eq!(with_bytes(&home, &good[..page * 4096]), Err(StoreError::Damaged), "cut at page {page}");
    }
}

#[test]
fn store_6_a_row_taken_out_or_put_in_anothers_place_is_noticed() {
    let tamper = |statement: &str| {
        let home = filled();
        let connection = rusqlite::Connection::open(home.file()).unwrap();
        assert!(connection.execute(statement, []).unwrap() > 0);
        drop(connection);
        read(&home)
    };
    let one = "(SELECT name FROM rows ORDER BY length(value), name LIMIT 1)";
    let another = "(SELECT value FROM rows ORDER BY length(value) DESC, name LIMIT 1)";
    for statement in [
        format!("DELETE FROM rows WHERE name = {one}"),
        format!("UPDATE rows SET value = {another} WHERE name = {one}"),
        format!("UPDATE rows SET name = zeroblob(32) WHERE name = {one}"),
        "DELETE FROM rows".to_owned(),
        "DELETE FROM guard WHERE name = 'census'".to_owned(),
        "DELETE FROM guard WHERE name = 'check'".to_owned(),
        "UPDATE guard SET value = zeroblob(4) WHERE name = 'vault'".to_owned(),
        "UPDATE guard SET name = 'pin-guarb' WHERE name = 'pin-guard'".to_owned(),
    ] {
        assert_eq!(tamper(&statement), Err(StoreError::Damaged), "{statement}");
    }
}

#[test]
fn a_file_that_is_no_store_is_left_alone() {
    let home = Home::new();
    std::fs::write(home.file(), vec![b'x'; 5000]).unwrap();
    assert_eq!(home.open().err(), Some(StoreError::Damaged));
    assert_eq!(std::fs::read(home.file()).unwrap(), vec![b'x'; 5000]);
}
