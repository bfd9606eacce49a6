//! A phone whose every random byte comes from a seed, so that the same act asks the same questions.

use citizen_keys::{KeystoreBackend as _, MemoryBackend, SoftwareKeystore};
use citizen_primitives::Clock;
use citizen_primitives::random::CryptoRng;
use citizen_store::MemoryDisk;
use citizen_wallet::{
    City, PinCost, Randomness, RecoveryCode, Seconds, StorePlace, Timer, Transport, Trust, TrustFile, Wallet,
    WalletConfig, WalletError,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub const PIN: &str = "294857";

/// A generator for each act.
pub struct Dice(AtomicU64);

impl Dice {
    pub fn of(seed: u64) -> Self {
        Self(AtomicU64::new(seed * 1_000_000))
    }
}

impl Randomness for Dice {
    fn generator(&self) -> Box<dyn CryptoRng + Send> {
        Box::new(StdRng::seed_from_u64(self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

/// What stands around a phone.
#[derive(Clone)]
pub struct Around {
    pub transport: Arc<dyn Transport>,
    pub timer: Arc<dyn Timer>,
    pub clock: Arc<dyn Clock>,
    pub seed: u64,
}

/// What outlives the app.
#[derive(Default)]
pub struct Phone {
    disk: MemoryDisk,
    hardware: MemoryBackend,
}

impl Phone {
    /// Another phone with the same contents.
    pub fn copied(&self) -> Self {
        let mut hardware = MemoryBackend::default();
        if let Some(bytes) = self.hardware.clone().load().unwrap() {
            hardware.save(&bytes).unwrap();
        }
        Self { disk: self.disk.copied().unwrap(), hardware }
    }

    fn config(&self, around: &Around) -> WalletConfig {
        let dice = Dice::of(around.seed);
        let keystore = SoftwareKeystore::open(Box::new(self.hardware.clone()), dice.generator()).unwrap();
        let store = StorePlace::Opened(Box::new(self.disk.open().unwrap()));
        let mut config = WalletConfig::new(store, Arc::new(keystore), around.transport.clone());
        config.clock = around.clock.clone();
        config.timer = around.timer.clone();
        config.randomness = Arc::new(dice);
        config.pin_cost = PinCost::dangerous_cheap();
        config.auto_lock = Seconds::new(100_000_000);
        config
    }

    pub fn create(&self, around: &Around, url: &url::Url, trust: TrustFile) -> (Wallet, RecoveryCode) {
        let city = City { url: url.clone(), trust: Trust::File(trust) };
        Wallet::create(self.config(around).with_city(city), PIN).unwrap()
    }

    /// A wallet that trusts the first header it is shown.
    pub fn create_at_first_use(&self, around: &Around, url: &url::Url) -> Wallet {
        let city = City { url: url.clone(), trust: Trust::FirstUse };
        Wallet::create(self.config(around).with_city(city), PIN).unwrap().0
    }

    /// Opens it with its city at another address.
    pub fn open_at(&self, around: &Around, url: &url::Url, trust: TrustFile) -> Result<Wallet, WalletError> {
        let city = City { url: url.clone(), trust: Trust::File(trust) };
        Wallet::open(self.config(around).with_city(city))?.unlock(PIN)
    }

    pub fn open(&self, around: &Around) -> Result<Wallet, WalletError> {
        Wallet::open(self.config(around))?.unlock(PIN)
    }
}
