//! A phone: what outlives the app, and how the app is started on it.

use super::dice::Dice;
use super::stage::{Stage, Turning};
use super::store::inject;
use citizen_keys::{KeystoreBackend as _, MemoryBackend};
use citizen_primitives::random::CryptoRng;
use citizen_store::{MemoryDisk, StoreError};
use citizen_wallet::{
    City, Connections, KeystoreError, PinCost, Randomness, SoftwareKeystore, StorePlace, Transport, Trust,
    WalletConfig,
};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The PIN that it begins with.
pub const PIN: &str = "294857";

/// A phone's disk and its key store. What was committed is on the disk: the app's own store is tested for that.
#[derive(Clone, Default)]
pub struct Phone {
    disk: MemoryDisk,
    hardware: MemoryBackend,
}

/// Why the app is not started.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// The key store.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// The disk.
    #[error(transparent)]
    Disk(#[from] StoreError),
    /// The city's address.
    #[error(transparent)]
    World(#[from] super::world::WorldError),
}

impl Phone {
    /// Another phone with the same contents. The app must not be running.
    pub fn copied(&self) -> Result<Self, PhoneError> {
        let hardware = MemoryBackend::default();
        if let Some(bytes) = self.hardware.clone().load()? {
            hardware.clone().save(&bytes)?;
        }
        Ok(Self { disk: self.disk.copied()?, hardware })
    }

    /// What the app is started with.
    pub fn config(&self, stage: &Arc<Stage>, trust: Option<Trust>) -> Result<WalletConfig, PhoneError> {
        let world = stage.world();
        let keystore = SoftwareKeystore::open(Box::new(self.hardware.clone()), Box::new(world.dice()))?;
        let store = inject(Box::new(self.disk.open()?), stage.cutter().clone());
        let mut config = WalletConfig::new(StorePlace::Opened(store), Arc::new(keystore), world.transport());
        config.connections = Arc::new(Lines(world.transport()));
        config.pin_cost = PinCost::dangerous_cheap();
        config.clock = world.clock();
        config.timer = Arc::new(Turning(Arc::clone(stage)));
        config.randomness = Arc::new(Seeded { dice: world.dice(), handed_out: AtomicU64::new(0) });
        Ok(match trust {
            Some(trust) => config.with_city(City { url: world.url()?, trust }),
            None => config,
        })
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone")
    }
}

/// The network has no connections: what went over which is tested where wallets are.
struct Lines(Arc<dyn Transport>);

impl Connections for Lines {
    fn open(&self) -> Option<Arc<dyn Transport>> {
        Some(Arc::clone(&self.0))
    }
}

/// Generators from a seed, each another.
struct Seeded {
    dice: Dice,
    handed_out: AtomicU64,
}

impl Randomness for Seeded {
    fn generator(&self) -> Box<dyn CryptoRng + Send> {
        Box::new(self.dice.other(self.handed_out.fetch_add(1, Ordering::SeqCst)))
    }
}
