//! Disks that fail, for tests and for the torture harness: one that forgets what was not synced, one that is full.

use redb::StorageBackend;
use std::io::{Error, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A disk in memory. What was written and not synced is forgotten when it crashes, wholly or in part.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<Mutex<Platters>>);

#[derive(Debug, Default)]
struct Platters {
    synced: Vec<u8>,
    cached: Vec<u8>,
    /// Writes since the last sync, in order: where, and what.
    unsynced: Vec<(u64, Vec<u8>)>,
    /// The most bytes the disk takes.
    room: Option<usize>,
    /// Counted up at each crash: a backend of before does nothing any more.
    generation: u64,
}

/// The disk as one opening of the file sees it.
#[derive(Debug)]
pub struct DiskBackend {
    disk: Disk,
    generation: u64,
}

impl Disk {
    /// The disk for one opening of a file.
    #[must_use]
    pub fn backend(&self) -> DiskBackend {
        DiskBackend { disk: self.clone(), generation: self.platters().generation }
    }

    /// The power fails: of the writes since the last sync, those reach the disk for which `survives` says so, in order.
    pub fn crash(&self, mut survives: impl FnMut() -> bool) {
        let mut platters = self.platters();
        let unsynced = std::mem::take(&mut platters.unsynced);
        for (offset, data) in unsynced {
            if survives() {
                put(&mut platters.synced, offset, &data);
            }
        }
        platters.cached = platters.synced.clone();
        platters.generation = platters.generation.wrapping_add(1);
    }

    /// Another disk with what is on this one; what happens on one is not seen on the other.
    #[must_use]
    pub fn copied(&self) -> Self {
        let bytes = self.platters().cached.clone();
        Self(Arc::new(Mutex::new(Platters { synced: bytes.clone(), cached: bytes, ..Platters::default() })))
    }

    /// The disk is as another one is now, as if it were put back from a copy. Whoever has it open loses it.
    pub fn put_back(&self, copy: &Self) {
        let bytes = copy.platters().cached.clone();
        let mut platters = self.platters();
        let generation = platters.generation.wrapping_add(1);
        *platters = Platters { synced: bytes.clone(), cached: bytes, generation, ..Platters::default() };
    }

    /// From now on the disk takes so many bytes in all.
    pub fn limit(&self, room: Option<usize>) {
        self.platters().room = room;
    }

    /// How many bytes the file has.
    #[must_use]
    pub fn length(&self) -> usize {
        self.platters().cached.len()
    }

    /// Flips a bit of the file, as a failing disk does.
    pub fn flip(&self, offset: usize) {
        let mut platters = self.platters();
        if let Some(byte) = platters.cached.get_mut(offset) {
            *byte ^= 1;
        }
        if let Some(byte) = platters.synced.get_mut(offset) {
            *byte ^= 1;
        }
    }

    fn platters(&self) -> MutexGuard<'_, Platters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DiskBackend {
    fn platters(&self) -> Result<MutexGuard<'_, Platters>, Error> {
        let platters = self.disk.platters();
        if platters.generation == self.generation {
            Ok(platters)
        } else {
            Err(Error::new(ErrorKind::BrokenPipe, "the power has failed"))
        }
    }
}

impl StorageBackend for DiskBackend {
    fn len(&self) -> Result<u64, Error> {
        u64::try_from(self.platters()?.cached.len()).map_err(Error::other)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), Error> {
        let platters = self.platters()?;
        let start = usize::try_from(offset).map_err(Error::other)?;
        let end = start.saturating_add(out.len());
        let bytes = platters.cached.get(start..end).ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, length: u64) -> Result<(), Error> {
        let mut platters = self.platters()?;
        let length = usize::try_from(length).map_err(Error::other)?;
        if platters.room.is_some_and(|room| length > room && length > platters.cached.len()) {
            return Err(Error::from(ErrorKind::StorageFull));
        }
        for (offset, data) in &mut platters.unsynced {
            data.truncate(length.saturating_sub(usize::try_from(*offset).unwrap_or(usize::MAX)));
        }
        platters.cached.resize(length, 0);
        // A file's length is kept with its next sync; a shorter file forgets at once, as a journalled one may.
        if platters.synced.len() > length {
            platters.synced.truncate(length);
        }
        Ok(())
    }

    fn sync_data(&self) -> Result<(), Error> {
        let mut platters = self.platters()?;
        // Only what has changed: a copy of the whole file at each commit would cost more than all the rest.
        let (length, unsynced) = (platters.cached.len(), std::mem::take(&mut platters.unsynced));
        for (offset, data) in unsynced {
            put(&mut platters.synced, offset, &data);
        }
        platters.synced.resize(length, 0);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), Error> {
        let mut platters = self.platters()?;
        let end = usize::try_from(offset).map_err(Error::other)?.saturating_add(data.len());
        if platters.room.is_some_and(|room| end > room) {
            return Err(Error::from(ErrorKind::StorageFull));
        }
        put(&mut platters.cached, offset, data);
        platters.unsynced.push((offset, data.to_vec()));
        Ok(())
    }
}

fn put(bytes: &mut Vec<u8>, offset: u64, data: &[u8]) {
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let end = start.saturating_add(data.len());
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    if let Some(place) = bytes.get_mut(start..end) {
        place.copy_from_slice(data);
    }
}
