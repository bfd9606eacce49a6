//! How the file is opened.
//!
//! - `journal_mode = WAL`: a commit is one append and one `fsync`, where a rollback journal takes three, and every
//!   frame carries a checksum, so a torn write is no commit.
//! - `synchronous = FULL`: the `fsync` happens before `commit` returns. Asserted by reading it back (STORE-2).
//! - `locking_mode = EXCLUSIVE`: one opener at a time (STORE-5), and no shared-memory file beside the WAL.
//! - `secure_delete`: what is deleted is overwritten, sealed as it was.

use crate::sqlite::fault::fault;
use crate::sqlite::migration;
use crate::store::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// What can be chosen about a SQLite store.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    wait: Duration,
    most_pages: Option<u32>,
}

impl Default for SqliteOptions {
    /// Waits a second for another program to close the store; no bound on its size.
    fn default() -> Self {
        Self { wait: Duration::from_secs(1), most_pages: None }
    }
}

impl SqliteOptions {
    /// How long to wait for another program to close the store before [`StoreError::Busy`].
    #[must_use]
    pub const fn waiting_at_most(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// The most pages of 4,096 bytes; a commit that needs more is [`StoreError::Full`].
    #[must_use]
    pub const fn holding_at_most(mut self, pages: u32) -> Self {
        self.most_pages = Some(pages);
        self
    }
}

pub(super) fn open(path: &Path, options: &SqliteOptions) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(path, flags).map_err(fault)?;
    connection.busy_timeout(options.wait).map_err(fault)?;
    // Before the first access, or the WAL would want its shared-memory file.
    set(&connection, "locking_mode", "EXCLUSIVE")?;
    migration::recognise(&connection)?;
    set(&connection, "journal_mode", "WAL")?;
    set(&connection, "synchronous", "FULL")?;
    set(&connection, "secure_delete", "ON")?;
    set(&connection, "cell_size_check", "ON")?;
    set(&connection, "trusted_schema", "OFF")?;
    if let Some(pages) = options.most_pages {
        set(&connection, "max_page_count", pages)?;
    }
    // The exclusive lock is taken by the first write and kept from then on.
    connection.execute_batch("BEGIN EXCLUSIVE; COMMIT").map_err(fault)?;
    check(&connection)?;
    Ok(connection)
}

fn set(connection: &Connection, pragma: &str, value: impl rusqlite::ToSql) -> Result<(), StoreError> {
    connection.pragma_update(None, pragma, value).map_err(fault)
}

/// SQLite ignores what it does not understand: what durability hangs on is read back (STORE-2).
fn check(connection: &Connection) -> Result<(), StoreError> {
    let text = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, String>(0));
    let synchronous = connection.pragma_query_value(None, "synchronous", |row| row.get::<_, u8>(0));
    let as_set = text("journal_mode").map_err(fault)? == "wal"
        && text("locking_mode").map_err(fault)? == "exclusive"
        && synchronous.map_err(fault)? == 2;
    let sound = connection.pragma_query_value(None, "quick_check", |row| row.get::<_, String>(0));
    match (as_set, sound.map_err(fault)?.as_str()) {
        (true, "ok") => Ok(()),
        (true, _) => Err(StoreError::Damaged),
        (false, _) => Err(StoreError::Unwritable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn store_2_every_commit_is_synced_before_it_is_acknowledged() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open(&folder.path().join("s"), &SqliteOptions::default()).unwrap();
        check(&connection).unwrap();
        for (pragma, weaker) in
            [("synchronous", "NORMAL"), ("synchronous", "OFF"), ("journal_mode", "DELETE")]
        {
            let connection = open(&folder.path().join(weaker), &SqliteOptions::default()).unwrap();
            set(&connection, pragma, weaker).unwrap();
            assert_eq!(check(&connection), Err(StoreError::Unwritable), "{pragma} = {weaker}");
        }
    }
}
