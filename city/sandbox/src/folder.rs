//! The city's data folder: one format, one process at a time, every file whole or not there.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The format this program reads and writes.
pub const FORMAT: &str = "seoul-sandbox-city/5";

/// Why a folder is not opened.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another process has it open.
    #[error("another process has {} open", .0.display())]
    InUse(PathBuf),
    /// It was written by another version.
    #[error("{} has the format {found:?}, and this program knows {FORMAT:?}", path.display())]
    AnotherFormat {
        /// The folder.
        path: PathBuf,
        /// What it says of itself.
        found: String,
    },
    /// It holds something else.
    #[error("{} is not empty and not a city's folder: nothing was written", .0.display())]
    NotACity(PathBuf),
    /// A file in it cannot be read as what it is.
    #[error("{} is damaged", .0.display())]
    Damaged(PathBuf),
    /// The disk said no.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FolderError {
    /// The folder or file it is about.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::InUse(path) | Self::NotACity(path) | Self::Damaged(path) => path,
            Self::AnotherFormat { path, .. } | Self::Disk { path, .. } => path,
        }
    }

    /// The stable word: the catalogue's key.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InUse(_) => "folder-in-use",
            Self::AnotherFormat { .. } => "folder-format",
            Self::NotACity(_) => "folder-not-a-city",
            Self::Damaged(_) => "folder-damaged",
            Self::Disk { .. } => "folder-disk",
        }
    }
}

/// A folder that this process alone has open, until it is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Opens a city's folder, or makes one where there is nothing (SANDBOX-1).
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        fs::create_dir_all(path).map_err(at(path))?;
        check_format(path)?;
        let lock = lock(path)?;
        let folder = Self { path: path.to_owned(), _lock: lock };
        if !path.join("format").exists() {
            folder.write("format", format!("{FORMAT}\n").as_bytes(), Secrecy::Open)?;
        }
        Ok(folder)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file or folder in it.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A folder in it, made if it is not there.
    pub fn room(&self, name: &str) -> Result<PathBuf, FolderError> {
        let path = self.file(name);
        fs::create_dir_all(&path).map_err(at(&path))?;
        Ok(path)
    }

    /// A file's bytes, if there is one.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, FolderError> {
        let path = self.file(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(FolderError::Disk { path, source }),
        }
    }

    /// Writes a file whole: beside it first, to the disk, then in its place (SANDBOX-2).
    pub fn write(&self, name: &str, bytes: &[u8], secrecy: Secrecy) -> Result<(), FolderError> {
        write_whole(&self.file(name), bytes, secrecy)
    }
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrecy {
    /// Everybody whom the folder lets in.
    Open,
    /// The owner alone.
    OwnerOnly,
}

/// Writes a file whole or not at all.
pub fn write_whole(path: &Path, bytes: &[u8], secrecy: Secrecy) -> Result<(), FolderError> {
    let beside = path.with_extension("part");
    let written = create(&beside, secrecy).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        // The name is on the disk when its folder is.
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    });
    written.map_err(at(path))
}

fn create(path: &Path, secrecy: Secrecy) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(if secrecy == Secrecy::OwnerOnly { 0o600 } else { 0o644 });
    }
    #[cfg(not(unix))]
    let _ = secrecy;
    options.open(path)
}

fn check_format(path: &Path) -> Result<(), FolderError> {
    match fs::read_to_string(path.join("format")) {
        Ok(text) if text.trim_end() == FORMAT => Ok(()),
        Ok(text) => {
            let found = text.trim_end().chars().take(60).collect();
            Err(FolderError::AnotherFormat { path: path.to_owned(), found })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => check_empty(path),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(FolderError::Damaged(path.join("format")))
        }
        Err(error) => Err(at(path)(error)),
    }
}

/// Nothing is there but what a start that was cut off left behind.
fn check_empty(path: &Path) -> Result<(), FolderError> {
    for entry in fs::read_dir(path).map_err(at(path))? {
        let name = entry.map_err(at(path))?.file_name();
        if name != "lock" && name != "format.part" {
            return Err(FolderError::NotACity(path.to_owned()));
        }
    }
    Ok(())
}

fn lock(path: &Path) -> Result<File, FolderError> {
    let file = path.join("lock");
    let handle =
        OpenOptions::new().write(true).create(true).truncate(false).open(&file).map_err(at(&file))?;
    match handle.try_lock() {
        Ok(()) => Ok(handle),
        Err(TryLockError::WouldBlock) => Err(FolderError::InUse(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(FolderError::Disk { path: file, source }),
    }
}

pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Disk { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sandbox_1_a_folder_is_one_processs_and_reopens() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("deep/city");
        let folder = Folder::open(&path).unwrap();
        assert!(matches!(Folder::open(&path), Err(FolderError::InUse(_))));
        folder.write("a", b"1", Secrecy::Open).unwrap();
        drop(folder);
        assert_eq!(Folder::open(&path).unwrap().read("a").unwrap(), Some(b"1".to_vec()));
    }

    #[test]
    fn sandbox_1_another_format_and_other_peoples_folders_are_left_alone() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("thesis.txt"), "mine").unwrap();
        assert!(matches!(Folder::open(home.path()), Err(FolderError::NotACity(_))));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing was written");
        fs::write(home.path().join("format"), "seoul-sandbox-city/0\n").unwrap();
        match Folder::open(home.path()) {
            Err(FolderError::AnotherFormat { found, .. }) => assert_eq!(found, "seoul-sandbox-city/0"),
            other => panic!("{other:?}"),
        }
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(Folder::open(&file), Err(FolderError::Disk { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn sandbox_2_a_secret_file_is_the_owners_and_a_file_is_replaced_whole() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(home.path()).unwrap();
        folder.write("seed", b"old", Secrecy::OwnerOnly).unwrap();
        folder.write("seed", b"new", Secrecy::OwnerOnly).unwrap();
        let mode = fs::metadata(folder.file("seed")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(folder.read("seed").unwrap(), Some(b"new".to_vec()));
        assert!(!folder.file("seed.part").exists());
        assert_eq!(folder.read("nothing").unwrap(), None);
    }
}
