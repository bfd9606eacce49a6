//! Writes `fixtures/layout-1.sqlite`: a store as the first layout had it. It was run once; the file is kept, since
//! what the store must go on reading is the file, not this program.
//!
//! `cargo run -p citizen-store --example write_layout_1 -- NEW-FILE`

use citizen_keys::{Purpose, Secret32, sealing};
use citizen_primitives::Label;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rusqlite::{Connection, params};
use std::error::Error;
use zeroize::Zeroizing;

const TABLES: &str = "
    CREATE TABLE guard (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE rows (name BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    PRAGMA application_id = 0x53435731;
    PRAGMA user_version = 1;";

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args_os().nth(1).ok_or("usage: write_layout_1 NEW-FILE")?;
    let mut connection = Connection::open(file)?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;

    let key = Secret32::take(Zeroizing::new([1; 32]));
    let check = key.derive(Purpose::new("store-check"), &[]);
    let guard: [(&str, &[u8]); 3] =
        [("vault", b"old vault"), ("pin-guard", b"old guard"), ("check", check.expose())];
    for (name, value) in guard {
        transaction.execute("INSERT INTO guard VALUES (?1, ?2)", params![name, value])?;
    }

    let mut rng = StdRng::seed_from_u64(1);
    for (table, key_in_table, value) in rows() {
        let (name, sealed) = seal(&mut rng, &key, table, &key_in_table, &value)?;
        transaction.execute("INSERT INTO rows VALUES (?1, ?2)", params![name, sealed])?;
    }
    transaction.commit()?;
    Ok(())
}

fn rows() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let numbered = |table, count: u8| {
        (0..count).map(move |number| (table, vec![number], vec![number; 30 * usize::from(number)]))
    };
    let mut rows: Vec<_> = numbered("payments", 20).chain(numbered("receipts", 5)).collect();
    rows.push(("settings", b"language".to_vec(), b"ko".to_vec()));
    rows
}

fn seal(
    rng: &mut StdRng,
    key: &Secret32,
    table: &str,
    key_in_table: &[u8],
    value: &[u8],
) -> Result<([u8; 32], Vec<u8>), Box<dyn Error>> {
    let names = key.derive(Purpose::new("store-names"), &[]);
    let values = key.derive(Purpose::new("store-values"), &[]);
    let length = u8::try_from(table.len())?;
    let name = names.keyed_hash(&[&[2, length], table.as_bytes(), key_in_table].concat());
    let mut context = Label::StoreRow.message(&[1]);
    context.extend_from_slice(&name);
    let plain = borsh::to_vec(&(table, key_in_table, value))?;
    Ok((name, sealing::seal(rng, &values, &context, &plain)?))
}
