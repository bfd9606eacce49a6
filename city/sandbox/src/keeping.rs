//! Backup, restore and audit: of a city that stands still, with the folder's lock held.

use crate::folder::{FORMAT, Folder, FolderError, Secrecy, at, write_whole};
use crate::node::{self, NodeError};
use citizen_ledger::Genesis;
use citizen_primitives::{Canonical as _, Hash, Height};
use city_chain::{AuditError, AuditReport};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The list of a backup's files with their digests; written last.
const LIST: &str = "backup.json";

/// Why a city is not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepingError {
    /// A folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The ledger.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// There is no city in the folder.
    #[error("no city in {}", .0.display())]
    NoCity(PathBuf),
    /// Something is there already.
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// The backup lacks a file, or one is not as it was written.
    #[error("the backup is not whole: {0}")]
    NotWhole(String),
    /// The audit has found something.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl KeepingError {
    /// The stable word: the catalogue's key.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Folder(error) => error.code(),
            Self::Node(_) => "ledger-unreadable",
            Self::NoCity(_) => "no-city",
            Self::NotEmpty(_) => "not-empty",
            Self::NotWhole(_) => "backup-not-whole",
            Self::Audit(_) => "audit-failed",
        }
    }
}

/// Opens a folder in which there must be a city.
pub fn open_existing(data: &Path) -> Result<Folder, KeepingError> {
    if !data.join("format").exists() {
        return Err(KeepingError::NoCity(data.to_owned()));
    }
    Ok(Folder::open(data)?)
}

/// Replays every block from genesis; `progress` hears of every height.
pub fn audit(folder: &Folder, progress: impl FnMut(Height)) -> Result<AuditReport, KeepingError> {
    let bytes = folder.read("genesis")?.ok_or_else(|| KeepingError::NoCity(folder.path().to_owned()))?;
    let damaged = |_| FolderError::Damaged(folder.file("genesis"));
    let genesis = Genesis::from_canonical(&bytes).map_err(damaged)?;
    let storage = node::storage(&folder.file("ledger/ledger.redb"), &genesis)?;
    Ok(city_chain::audit(&storage, progress)?)
}

/// Copies the folder, keys included, with the digest of every file (SANDBOX-6).
pub fn back_up(folder: &Folder, target: &Path) -> Result<usize, KeepingError> {
    refuse_unless_empty(target)?;
    fs::create_dir_all(target).map_err(at(target))?;
    let mut list = BTreeMap::new();
    for name in files(folder.path())? {
        let (from, to) = (folder.file(&name), target.join(&name));
        copy(&from, &to)?;
        list.insert(name, digest(&to)?);
    }
    let text = serde_json::to_vec_pretty(&list).map_err(|error| at(target)(io::Error::other(error)))?;
    write_whole(&target.join(LIST), &text, Secrecy::Open)?;
    Ok(list.len())
}

/// Brings a backup back into a folder that is not there or empty: whole, or not at all (SANDBOX-6).
pub fn restore(backup: &Path, data: &Path) -> Result<usize, KeepingError> {
    refuse_unless_empty(data)?;
    let list = read_list(backup)?;
    let beside = data.with_extension("restoring");
    if beside.exists() {
        fs::remove_dir_all(&beside).map_err(at(&beside))?;
    }
    fs::create_dir_all(&beside).map_err(at(&beside))?;
    for (name, wanted) in &list {
        let to = beside.join(name);
        copy(&backup.join(name), &to)?;
        if digest(&to)? != *wanted {
            return Err(KeepingError::NotWhole(name.clone()));
        }
    }
    fs::rename(&beside, data).map_err(at(data))?;
    Ok(list.len())
}

fn read_list(backup: &Path) -> Result<BTreeMap<String, String>, KeepingError> {
    let not_whole = || KeepingError::NotWhole(LIST.to_owned());
    let text = fs::read(backup.join(LIST)).map_err(|_| not_whole())?;
    let list: BTreeMap<String, String> = serde_json::from_slice(&text).map_err(|_| not_whole())?;
    // A list is a stranger's text: it names files under the backup and nothing else.
    let is_inside =
        |name: &String| name.split('/').all(|part| !matches!(part, "" | "." | "..")) && !name.contains('\\');
    let has_format = fs::read_to_string(backup.join("format")).is_ok_and(|text| text.trim_end() == FORMAT);
    if list.contains_key("format") && has_format && list.keys().all(is_inside) {
        Ok(list)
    } else {
        Err(not_whole())
    }
}

/// Every file in the folder but the lock and what a crash left half written, by its path from there.
fn files(root: &Path) -> Result<Vec<String>, KeepingError> {
    let mut found = Vec::new();
    let mut rooms = vec![String::new()];
    while let Some(room) = rooms.pop() {
        let path = root.join(&room);
        for entry in fs::read_dir(&path).map_err(at(&path))? {
            let entry = entry.map_err(at(&path))?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let name = if room.is_empty() { name } else { format!("{room}/{name}") };
            if entry.file_type().map_err(at(&path))?.is_dir() {
                rooms.push(name);
            } else if name != "lock" && !name.ends_with(".part") {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> Result<(), KeepingError> {
    if let Some(room) = to.parent() {
        fs::create_dir_all(room).map_err(at(room))?;
    }
    // Permissions go along: a secret file stays its owner's.
    fs::copy(from, to).map_err(at(from))?;
    Ok(File::open(to).and_then(|file| file.sync_all()).map_err(at(to))?)
}

fn digest(path: &Path) -> Result<String, KeepingError> {
    Ok(Hash::plain(&[&fs::read(path).map_err(at(path))?]).to_hex())
}

fn refuse_unless_empty(path: &Path) -> Result<(), KeepingError> {
    match fs::read_dir(path) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(KeepingError::NotEmpty(path.to_owned())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(at(path)(error).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sandbox_6_a_backup_comes_back_whole_or_not_at_all() {
        let home = tempfile::tempdir().unwrap();
        let (data, kept, again) = (home.path().join("a"), home.path().join("b"), home.path().join("c"));
        let folder = Folder::open(&data).unwrap();
        folder.room("bank").unwrap();
        folder.write("bank/books", b"100", Secrecy::OwnerOnly).unwrap();
        assert_eq!(back_up(&folder, &kept).unwrap(), 2);
        assert!(matches!(back_up(&folder, &kept), Err(KeepingError::NotEmpty(_))));
        assert!(matches!(restore(&kept, &data), Err(KeepingError::NotEmpty(_))));
        assert_eq!(restore(&kept, &again).unwrap(), 2);
        assert_eq!(Folder::open(&again).unwrap().read("bank/books").unwrap(), Some(b"100".to_vec()));

        let third = home.path().join("d");
        fs::write(kept.join("bank/books"), "999").unwrap();
        match restore(&kept, &third) {
            Err(KeepingError::NotWhole(name)) => assert_eq!(name, "bank/books"),
            other => panic!("{other:?}"),
        }
        assert!(!third.exists());
    }

    #[test]
    fn sandbox_6_a_list_that_points_elsewhere_is_refused() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("format"), FORMAT).unwrap();
        for name in ["../x", "/etc/passwd", "a//b", "a/../../b", "..\\x"] {
            let list = serde_json::json!({ "format": "", name: "" });
            fs::write(home.path().join(LIST), list.to_string()).unwrap();
            assert!(
                matches!(restore(home.path(), &home.path().join("new")), Err(KeepingError::NotWhole(_))),
                "{name}"
            );
        }
    }

    #[test]
    fn an_empty_folder_is_no_city() {
        let home = tempfile::tempdir().unwrap();
        assert!(matches!(open_existing(home.path()), Err(KeepingError::NoCity(_))));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "nothing was written");
    }
}
