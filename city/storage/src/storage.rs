//! The file: opened, begun, asked.

use crate::block::StoredBlock;
use crate::error::StorageError;
use crate::meta::{Latest, Options, read_meta};
use crate::places;
use crate::snapshot::Snapshot;
use crate::table::{BLOCKS, GENESIS, LATEST, TRANSACTIONS};
use citizen_ledger::Genesis;
use citizen_primitives::{Canonical as _, Height, TransactionId};
use redb::{Database, ReadableDatabase as _, StorageBackend};
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, Weak};

/// The ledger on disk.
pub struct Storage {
    pub(crate) database: Database,
    pub(crate) options: Options,
    pub(crate) latest: RwLock<Latest>,
    genesis: Genesis,
    /// The last to be dropped: once it is gone, the file is closed.
    lease: Arc<()>,
}

impl Storage {
    /// Opens the file, or begins it with this genesis; a file of another genesis is refused.
    ///
    /// The whole file is read and its checksums are checked ([`Options::check`]): redb checks no page that it reads, and
    /// a flipped bit would be served as if it were true.
    pub fn open(path: &Path, genesis: &Genesis, options: Options) -> Result<Self, StorageError> {
        unless_it_panics(|| {
            if !path.exists() {
                create_file(path)?;
            }
            let mut builder = Database::builder();
            builder.set_cache_size(options.cache);
            Self::with_database(builder.create(path)?, genesis, options)
        })
    }

    /// The same over any backend: the harness's, which forgets what was not synced.
    pub fn open_with_backend(
        backend: impl StorageBackend,
        genesis: &Genesis,
        options: Options,
    ) -> Result<Self, StorageError> {
        unless_it_panics(|| {
            let mut builder = Database::builder();
            builder.set_cache_size(options.cache);
            Self::with_database(builder.create_with_backend(backend)?, genesis, options)
        })
    }

    fn with_database(
        mut database: Database,
        genesis: &Genesis,
        options: Options,
    ) -> Result<Self, StorageError> {
        if options.check && !database.check_integrity()? {
            return Err(StorageError::Damaged("pages whose checksums are wrong".to_owned()));
        }
        let found = read_meta::<Latest>(&database, LATEST)?;
        let latest = match found {
            Some(latest) => {
                let kept: Option<Genesis> = read_meta(&database, GENESIS)?;
                if kept.as_ref() != Some(genesis) {
                    return Err(StorageError::AnotherLedger);
                }
                crate::begin::complete_tables(&database)?;
                latest
            }
            None => crate::begin::begin(&database, genesis, &options)?,
        };
        let (latest, genesis) = (RwLock::new(latest), genesis.clone());
        Ok(Self { database, options, latest, genesis, lease: Arc::default() })
    }

    /// What is gone once the file is closed: whoever wants to open it again waits for that.
    #[must_use]
    pub fn lease(&self) -> Weak<()> {
        Arc::downgrade(&self.lease)
    }

    /// How the ledger began.
    #[must_use]
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// Where the ledger stands.
    #[must_use]
    pub fn latest(&self) -> Latest {
        self.latest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The state after the last block.
    pub fn snapshot(&self) -> Result<Snapshot, StorageError> {
        let latest = self.latest();
        self.snapshot_after(latest.height)
    }

    /// The state after a block that is still kept.
    pub fn snapshot_after(&self, height: Height) -> Result<Snapshot, StorageError> {
        Snapshot::open(self.database.begin_read()?, height)
    }

    /// A block.
    pub fn block(&self, height: Height) -> Result<Option<StoredBlock>, StorageError> {
        let blocks = self.database.begin_read()?.open_table(BLOCKS)?;
        let found = blocks.get(height.value())?;
        Ok(found.map(|block| StoredBlock::from_canonical(block.value())).transpose()?)
    }

    /// Where a transaction stands: height, place in the block, code.
    pub fn transaction(&self, id: &TransactionId) -> Result<Option<(Height, u32, u32)>, StorageError> {
        let transactions = self.database.begin_read()?.open_table(TRANSACTIONS)?;
        let found = transactions.get(id.as_bytes().as_slice())?;
        Ok(found.map(|place| {
            let (height, index, code) = place.value();
            (Height::new(height), index, code)
        }))
    }
}

/// redb believes the numbers in some pages before it has checked them, and panics over a damaged one. Nothing of this ledger is
/// shared while its file is being opened, so nothing half-done can be seen after such a panic.
fn unless_it_panics<T>(open: impl FnOnce() -> Result<T, StorageError>) -> Result<T, StorageError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(open))
        .unwrap_or_else(|_| Err(StorageError::Damaged("pages that cannot be read".to_owned())))
}

/// Makes an empty file under another name and then gives it its own: redb takes a file whose first page was torn by a
/// crash for a stranger's, and would never open it again.
fn create_file(path: &Path) -> Result<(), StorageError> {
    let unfinished = path.with_added_extension("new");
    if unfinished.exists() {
        std::fs::remove_file(&unfinished)?;
    }
    drop(Database::create(&unfinished)?);
    // Unlike a renaming, a link never replaces the file that another process may have begun meanwhile.
    match std::fs::hard_link(&unfinished, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        linked => linked?,
    }
    std::fs::remove_file(&unfinished)?;
    // The folder holds the name: without this the file may be nameless after a crash.
    match path.parent() {
        Some(folder) if folder != Path::new("") => Ok(File::open(folder)?.sync_all()?),
        _ => Ok(File::open(".")?.sync_all()?),
    }
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Storage").field("latest", &self.latest()).field("place", &places::BLOCK).finish()
    }
}
