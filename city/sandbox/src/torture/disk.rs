//! A party's disk: it dies with its party, in the middle of a write if that is where the party is cut off.

use super::cutter::{Cutter, Synced};
use city_storage::faults::{Disk, DiskBackend};
use redb::StorageBackend;
use std::fmt;
use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The disk of one party, as one opening of its file sees it.
pub struct PartyDisk {
    disk: DiskBackend,
    cutter: Arc<Cutter>,
    party: &'static str,
    /// The file's length was set since the last sync.
    is_longer: AtomicBool,
}

impl PartyDisk {
    /// Opens a disk for a party.
    #[must_use]
    pub fn open(disk: &Disk, party: &'static str, cutter: &Arc<Cutter>) -> Self {
        Self { disk: disk.backend(), cutter: Arc::clone(cutter), party, is_longer: AtomicBool::new(false) }
    }
}

impl StorageBackend for PartyDisk {
    fn len(&self) -> Result<u64, Error> {
        self.disk.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), Error> {
        self.disk.read(offset, out)
    }

    fn set_len(&self, length: u64) -> Result<(), Error> {
        self.is_longer.store(true, Ordering::SeqCst);
        self.disk.set_len(length)
    }

    fn sync_data(&self) -> Result<(), Error> {
        // redb makes room before it writes, in the middle of a transaction, and syncs that by itself.
        let is_longer = self.is_longer.swap(false, Ordering::SeqCst);
        let what = if is_longer { Synced::Room } else { Synced::Writes };
        self.cutter.sync(self.party, what).map_err(|cut| Error::new(ErrorKind::BrokenPipe, cut))?;
        self.disk.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), Error> {
        self.disk.write(offset, data)
    }
}

impl fmt::Debug for PartyDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartyDisk").field("party", &self.party).finish_non_exhaustive()
    }
}
