//! STORE-3: who copies the files learns no name of a row, no amount and no time.

use crate::{Home, PLACE};
use citizen_store::{ChangeSet, GuardRow, Row, Table};

const AMOUNTS: [u64; 2] = [12_345_000, 1_763_683_500];

fn bytes_in(home: &Home) -> Vec<u8> {
    let mut files: Vec<_> =
        std::fs::read_dir(home.0.path()).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().flat_map(|file| std::fs::read(file).unwrap()).collect()
}

fn found(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Everything that is stored in the test, in every form in which it could be recognised.
fn secrets() -> Vec<Vec<u8>> {
    let numbers = AMOUNTS.into_iter().flat_map(|amount| {
        [
            amount.to_le_bytes()[..6].to_vec(),
            amount.to_be_bytes()[2..].to_vec(),
            amount.to_le_bytes()[..4].to_vec(),
            amount.to_string().into_bytes(),
        ]
    });
    let names = Table::ALL.map(|table| table.name().as_bytes().to_vec());
    let texts = ["mangwon-bakery", "망원 빵집", "2025-11-21"].map(|text| text.as_bytes().to_vec());
    numbers.chain(names).chain(texts).collect()
}

fn value() -> Vec<u8> {
    secrets().concat()
}

#[test]
fn store_3_a_copy_of_the_files_shows_nothing() {
    let home = Home::new();
    let mut store = home.unlock().unwrap();
    store.commit_guard(PLACE, GuardRow::Vault, b"stored as it is").unwrap();
    for table in Table::ALL {
        let changes = ChangeSet::new()
            .put(Row::new(table, "mangwon-bakery"), value())
            .put(Row::new(table, AMOUNTS[0].to_le_bytes()), value())
            .put(Row::new(table, "deleted"), value());
        store.commit(PLACE, changes).unwrap();
        store.commit(PLACE, ChangeSet::new().delete(Row::new(table, "deleted"))).unwrap();
    }
    let while_open = bytes_in(&home);
    drop(store);
    for bytes in [while_open, bytes_in(&home)] {
        // The search would find what is there.
        assert!(found(&bytes, b"stored as it is"));
        for secret in secrets() {
            assert!(found(&value(), &secret));
            assert!(!found(&bytes, &secret), "{}", String::from_utf8_lossy(&secret));
        }
    }
}

#[test]
fn store_3_the_files_are_the_same_size_whatever_the_amount() {
    let size_with = |amount: &str| {
        let home = Home::new();
        let mut store = home.unlock().unwrap();
        for payment in 0..50u8 {
            store.commit(PLACE, ChangeSet::new().put(Row::new(Table::Payments, [payment]), amount)).unwrap();
        }
        drop(store);
        bytes_in(&home).len()
    };
    assert_eq!(size_with("7"), size_with("1,000,000,000"));
}
