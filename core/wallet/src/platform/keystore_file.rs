//! A file behind [`citizen_keys::SoftwareKeystore`]: for desktops and servers, where no hardware holds the keys.

use citizen_keys::{KeystoreBackend, KeystoreError};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Keeps a software key store in one file, written whole or not at all. Whoever can read the file has the keys.
#[derive(Debug, Clone)]
pub struct KeystoreFile {
    path: PathBuf,
}

impl KeystoreFile {
    /// The file; its folder must exist.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

impl KeystoreBackend for KeystoreFile {
    fn load(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, KeystoreError> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(_) => Err(KeystoreError::Failed),
        }
    }

    fn save(&mut self, bytes: &[u8]) -> Result<(), KeystoreError> {
        // WALLET-22.
        replace_file(&self.path, bytes).map_err(|error| match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                KeystoreError::Full
            }
            _ => KeystoreError::Failed,
        })
    }
}

/// Writes beside the file, brings it to the disk, then takes its place: after a crash the file is the old or the new one.
fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = create_private(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, path)?;
    sync_folder(path)
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).open(path)
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_keys::{KeyAlias, KeyPurpose, Keystore as _, SoftwareKeystore};
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    fn open(path: &Path, seed: u64) -> Result<SoftwareKeystore, KeystoreError> {
        let backend = KeystoreFile::new(path.to_owned());
        SoftwareKeystore::open(Box::new(backend), Box::new(StdRng::seed_from_u64(seed)))
    }

    #[test]
    fn a_key_outlives_the_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let alias = KeyAlias::new("card").unwrap();
        let public = open(&path, 1).unwrap().create_key(&alias, KeyPurpose::Approval).unwrap();
        assert_eq!(open(&path, 2).unwrap().public_key(&alias), Ok(public));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        open(&path, 1).unwrap().create_key(&KeyAlias::new("card").unwrap(), KeyPurpose::Approval).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn wallet_22_a_key_for_which_the_disk_has_no_room_is_refused_as_that() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        // What is written here, the system has no room for.
        std::os::unix::fs::symlink("/dev/full", path.with_extension("new")).unwrap();
        let store = open(&path, 1).unwrap();
        let alias = KeyAlias::new("card").unwrap();
        assert_eq!(store.create_key(&alias, KeyPurpose::Approval), Err(KeystoreError::Full));
        assert_eq!(crate::WalletError::from(KeystoreError::Full), crate::WalletError::StorageFull);
        assert_eq!(store.public_key(&alias), Err(KeystoreError::Missing));
    }

    #[test]
    fn what_cannot_be_written_is_an_error_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("missing").join("keys");
        let store = open(&nowhere, 1).unwrap();
        let alias = KeyAlias::new("card").unwrap();
        assert_eq!(store.create_key(&alias, KeyPurpose::Approval), Err(KeystoreError::Failed));
        assert_eq!(store.public_key(&alias), Err(KeystoreError::Missing));
    }
}
