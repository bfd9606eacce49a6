//! STORE-1, STORE-2, STORE-5, STORE-7 across processes: one that is killed, one whose files may not grow.

use crate::{Home, PLACE};
use citizen_store::{ChangeSet, Row, Store, StoreError, Table};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

const FOLDER: &str = "CITIZEN_STORE_CRASH_FOLDER";
const COUNT: &[u8] = b"count";

fn count(store: &dyn Store) -> u32 {
    let value = store.load(&Row::new(Table::Account, COUNT)).unwrap();
    value.map_or(0, |value| u32::from_le_bytes(value.as_slice().try_into().unwrap()))
}

/// One step: a new entry, the outbox moved on, the count raised, all in one commit of several pages.
fn step(number: u32) -> ChangeSet {
    ChangeSet::new()
        .put(Row::new(Table::Entries, number.to_le_bytes()), vec![7; 9000])
        .put(Row::new(Table::Outbox, number.to_le_bytes()), vec![8; 9000])
        .delete(Row::new(Table::Outbox, (number - 1).to_le_bytes()))
        .put(Row::new(Table::Account, COUNT), number.to_le_bytes())
}

/// Whether the store is as some number of whole steps left it; answers the number.
fn whole_steps(home: &Home) -> u32 {
    let store = home.unlock().unwrap();
    let count = count(&*store);
    assert_eq!(store.list(Table::Entries).unwrap().len(), usize::try_from(count).unwrap());
    let outbox: Vec<_> = store.list(Table::Outbox).unwrap().into_iter().map(|entry| entry.key).collect();
    let expected: Vec<_> = (count > 0).then(|| count.to_le_bytes().to_vec()).into_iter().collect();
    assert_eq!(outbox, expected);
    count
}

#[test]
#[ignore = "run by the tests below, in a process of its own"]
fn child_commits_until_it_cannot() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let file = std::path::PathBuf::from(folder).join("wallet.sqlite");
    let store = crate::open(&file, &crate::options()).map(Box::new);
    let mut store = citizen_store::LockedStore::unlock(store.unwrap(), &crate::key()).unwrap();
    loop {
        let next = count(&*store) + 1;
        match store.commit(PLACE, step(next)) {
            Ok(()) => println!("\nacknowledged {next}"),
            Err(error) => {
                println!("\nrefused {error:?}");
                return;
            }
        }
    }
}

/// Starts the child, under a shell that may first limit it.
fn start(home: &Home, limit: &str) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new("sh")
        .args(["-c", &format!("{limit} exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args(["crash::child_commits_until_it_cannot", "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, home.0.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    (child, output)
}

fn acknowledged(line: &str) -> Option<u32> {
    line.strip_prefix("acknowledged ")?.parse().ok()
}

#[test]
fn store_1_and_store_2_a_killed_program_leaves_whole_commits_and_every_acknowledged_one() {
    let home = Home::new();
    let mut before = 0;
    for round in 0..8 {
        let (mut child, output) = start(&home, "");
        let mut last = 0;
        for line in output.lines() {
            if let Some(number) = acknowledged(&line.unwrap()) {
                last = number;
                if last == before + 3 {
                    // STORE-5: the other process has it open.
                    assert_eq!(home.open().err(), Some(StoreError::Busy));
                }
                if last >= before + 5 + round {
                    break;
                }
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let now = whole_steps(&home);
        assert!(now >= last && last > before, "{now} steps, {last} acknowledged");
        before = now;
    }
}

#[test]
#[cfg(unix)]
fn store_7_a_file_that_may_not_grow_loses_nothing_that_was_acknowledged() {
    let home = Home::new();
    // In blocks of 512 bytes; the signal that would end the process is ignored, as a phone has none.
    let (mut child, output) = start(&home, "trap '' XFSZ; ulimit -f 900;");
    let lines: Vec<_> = output.lines().map(Result::unwrap).collect();
    child.wait().unwrap();
    let last = lines.iter().filter_map(|line| acknowledged(line)).max().unwrap();
    assert!(lines.iter().any(|line| line == "refused Full"), "SQLite says that it cannot write: {lines:?}");
    assert_eq!(whole_steps(&home), last);
}
