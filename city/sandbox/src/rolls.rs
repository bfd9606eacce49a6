//! How rolls come from the office to the registrars: as files, carried by hand. A roll holds who may vote, and travels over no
//! network; its root is in the manifest, so that no two registrars can be given different ones.

use async_trait::async_trait;
use citizen_primitives::Canonical as _;
use city_services::registrar::Roll;
use city_services::{Registrar, ServiceError, Stepped, Steps};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Where they lie, in the city's folder.
pub const ROOM: &str = "rolls";

/// A registrar's letter box.
#[derive(Debug)]
pub struct LetterBox {
    registrar: Arc<Registrar>,
    room: PathBuf,
    taken: Mutex<BTreeSet<String>>,
}

impl LetterBox {
    /// The rolls in this folder are this registrar's. There need be no such folder yet.
    #[must_use]
    pub const fn new(registrar: Arc<Registrar>, room: PathBuf) -> Self {
        Self { registrar, room, taken: Mutex::new(BTreeSet::new()) }
    }

    fn take(&self, name: &str) -> Result<(), ServiceError> {
        let bytes = fs::read(self.room.join(name)).map_err(|_| ServiceError::Unavailable)?;
        let roll = Roll::from_canonical(&bytes).map_err(|_| ServiceError::Malformed)?;
        self.registrar.load_roll(&roll).map(drop)
    }
}

#[async_trait]
impl Steps for LetterBox {
    async fn step(&self) -> Result<Stepped, ServiceError> {
        let mut stepped = Stepped::default();
        let Ok(entries) = fs::read_dir(&self.room) else { return Ok(stepped) };
        for name in entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()) {
            let is_new = !self.taken.lock().unwrap_or_else(PoisonError::into_inner).contains(&name);
            if !is_new || !name.ends_with(".roll") {
                continue;
            }
            match self.take(&name) {
                Err(ServiceError::Stopped) => return Err(ServiceError::Stopped),
                Err(error) => tracing::warn!(%error, name, "a roll is not taken"),
                Ok(()) => stepped.moved = stepped.moved.saturating_add(1),
            }
            self.taken.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
        }
        Ok(stepped)
    }
}
