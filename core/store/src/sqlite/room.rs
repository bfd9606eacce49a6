//! Whether a file that cannot be written is one that has no room (STORE-7).
//!
//! SQLite says `SQLITE_FULL` where the system says ENOSPC to a write. To a quota that is used up, to a file that may not grow, to a
//! disk without room for one more file, and to a disk that finds out when it syncs, it says what it says to a disk that may not be
//! written. Which of them it is, one page at the place where the next would be written shows.

use crate::store::StoreError;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

const PAGE: [u8; 4096] = [0x5a; 4096];

/// The error, or [`StoreError::Full`] where it is that no room is left.
pub(super) fn or_full<T>(path: &Path, result: Result<T, StoreError>) -> Result<T, StoreError> {
    match result {
        Err(StoreError::Unwritable) if is_full(path) => Err(StoreError::Full),
        other => other,
    }
}

/// Writes a page in a file of its own, as far in as the longest of the store's files is, and removes it.
fn is_full(path: &Path) -> bool {
    let beside = with(path, "-room");
    let tried = write_page(&beside, longest(path));
    // What is left of it after a kill is written over by the next.
    drop(fs::remove_file(&beside));
    tried.is_err_and(|error| means_full(error.kind()))
}

const fn means_full(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

fn write_page(path: &Path, at: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.seek(SeekFrom::Start(at))?;
    file.write_all(&PAGE)?;
    file.sync_all()
}

fn longest(path: &Path) -> u64 {
    let length = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
    length(path).max(length(&with(path, "-wal")))
}

/// The store's name with something behind it.
fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn store_7_a_disk_that_has_no_room_for_a_page_is_full_whatever_the_database_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        // What is written here, the system has no room for.
        std::os::unix::fs::symlink("/dev/full", with(&path, "-room")).unwrap();
        assert_eq!(or_full::<()>(&path, Err(StoreError::Damaged)), Err(StoreError::Damaged));
        assert_eq!(or_full::<()>(&path, Err(StoreError::Unwritable)), Err(StoreError::Full));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    }

    #[test]
    fn store_7_what_cannot_be_written_for_another_reason_is_not_called_full() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().join("store"), folder.path().join("no/such/store")] {
            assert_eq!(or_full::<()>(&path, Err(StoreError::Unwritable)), Err(StoreError::Unwritable));
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
        }
    }
}
