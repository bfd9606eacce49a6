//! The file: opened, begun, asked.

use crate::block::StoredBlock;
use crate::error::StorageError;
use crate::places;
use crate::snapshot::Snapshot;
use crate::table::{BLOCKS, GENESIS, LATEST, META, TRANSACTIONS};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_ledger::Genesis;
use citizen_primitives::{Canonical, Hash, Height, Injector, NeverCut, Place, TransactionId};
use redb::{Database, Durability, ReadableDatabase as _, StorageBackend, WriteTransaction};
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, Weak};

/// How a file is kept.
#[derive(Clone)]
pub struct Options {
    /// For how many heights the state stays provable.
    pub kept_heights: u64,
    /// Memory for the file's pages, in bytes.
    pub cache: usize,
    /// Whether the whole file is read and its checksums are checked when it is opened.
    pub check: bool,
    /// What the harness puts around every commit.
    pub injector: Arc<dyn Injector>,
}

impl Default for Options {
    fn default() -> Self {
        Self { kept_heights: 1_000, cache: 256 * 1024 * 1024, check: true, injector: Arc::new(NeverCut) }
    }
}

/// Where the ledger stands.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Latest {
    /// The last block; 0 before the first.
    pub height: Height,
    /// The version of the tree after it.
    pub version: u64,
    /// The root of the state after it.
    pub root: Hash,
    /// Hashes of headers that are not in the history tree yet, oldest first.
    pub waiting: Vec<Hash>,
    /// The version up to which the tree has been pruned.
    pub pruned: u64,
}
citizen_primitives::canonical!(Latest = 1);

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
                latest
            }
            None => crate::commit::begin(&database, genesis, &options)?,
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

/// Writes durably, all or nothing: the one way in which this crate persists.
pub(crate) fn persist(
    database: &Database,
    options: &Options,
    place: Place,
    write: impl FnOnce(&WriteTransaction) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    options.injector.before(place)?;
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    write(&transaction)?;
    transaction.commit()?;
    options.injector.after(place)?;
    Ok(())
}

pub(crate) fn write_meta<T: Canonical>(
    transaction: &WriteTransaction,
    name: &str,
    value: &T,
) -> Result<(), StorageError> {
    transaction.open_table(META)?.insert(name, value.to_canonical().as_slice())?;
    Ok(())
}

fn read_meta<T: Canonical>(database: &Database, name: &str) -> Result<Option<T>, StorageError> {
    let transaction = database.begin_read()?;
    let table = match transaction.open_table(META) {
        Ok(table) => table,
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let found = table.get(name)?;
    // A file that holds something else is damaged, not empty.
    Ok(found.map(|bytes| T::from_canonical(bytes.value())).transpose()?)
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Storage").field("latest", &self.latest()).field("place", &places::BLOCK).finish()
    }
}
