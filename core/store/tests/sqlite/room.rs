//! STORE-7: no room, or no place to write: a clear error, and nothing acknowledged is lost.

use crate::{Home, PLACE, key, open, options};
use citizen_store::{ChangeSet, LockedStore as _, Row, StoreError, Table};

fn row(number: u8) -> Row {
    Row::new(Table::Outbox, [number])
}

#[test]
fn store_7_a_full_store_says_so_and_keeps_what_it_has() {
    let home = Home::new();
    let limited = options().holding_at_most(30);
    let mut store = Box::new(open(&home.file(), &limited).unwrap()).unlock(&key()).unwrap();
    let mut acknowledged = 0;
    let error = loop {
        // Two rows in each commit, so that one could be cut in two.
        let changes =
            ChangeSet::new().put(row(acknowledged), [7; 3000]).put(row(acknowledged + 100), [8; 3000]);
        match store.commit(PLACE, changes) {
            Ok(()) => acknowledged += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error, StoreError::Full);
    assert!(acknowledged > 5, "{acknowledged}");
    let full = 2 * usize::from(acknowledged);
    assert_eq!(store.list(Table::Outbox).unwrap().len(), full);

    // What is deleted makes room again, in the same program and after a restart.
    store.commit(PLACE, ChangeSet::new().delete(row(0)).delete(row(1))).unwrap();
    store.commit(PLACE, ChangeSet::new().put(row(0), [9; 2000])).unwrap();
    drop(store);
    assert_eq!(home.unlock().unwrap().list(Table::Outbox).unwrap().len(), full - 1);
}

#[test]
fn store_7_a_place_that_cannot_be_written_is_named_as_such() {
    let home = Home::new();
    let file = home.0.path().join("file");
    std::fs::write(&file, b"").unwrap();
    for bad in [file.join("wallet.sqlite"), home.0.path().join("no/such/wallet.sqlite"), home.0.path().into()]
    {
        assert_eq!(open(&bad, &options()).err(), Some(StoreError::Unwritable), "{bad:?}");
    }
}
