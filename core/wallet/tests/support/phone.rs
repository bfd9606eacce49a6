//! A phone with a wallet in the town.

use super::gateway::Gateway;
use super::ledger::sealer::Validators;
use super::ledger::won;
use super::town::Town;
use super::watched::{Watch, Watched};
use citizen_client::TrustFile;
use citizen_keys::{KeyAlias, Keystore as _, MemoryBackend, Pin, SoftwareKeystore, Vault, VaultRecord};
use citizen_ledger::{Trust as Origin, TrustAnchor};
use citizen_payment::code::SandboxCode;
use citizen_primitives::random::CryptoRng;
use citizen_primitives::{Canonical as _, Seconds};
use citizen_store::{GuardRow, GuardStore as _, LockedStore as _, MemoryDisk, Store};
use citizen_wallet::view::TrustOrigin;
use citizen_wallet::{
    City, Claim, Coins, Connections, PinCost, Points, Randomness, RecoveryCode, ScannedCode, StorePlace,
    Timer, Transport, Trust, Wallet, WalletConfig, WalletError,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub const PIN: &str = "739182";
/// Where browsers come back to: what the issuers of these tests have registered.
pub const RETURN_ADDRESS: &str = "https://wallet.seoul.example/back";

/// A phone: what outlives a restart.
pub struct Phone {
    pub gateway: Arc<Gateway>,
    pub disk: MemoryDisk,
    pub backend: MemoryBackend,
    /// Its keys.
    pub keys: Watch,
    seed: Arc<Dice>,
}

/// Connections of a network that has none: what goes over which is looked at where they are counted.
pub struct Same(pub Arc<dyn Transport>);

impl Connections for Same {
    fn open(&self) -> Option<Arc<dyn Transport>> {
        Some(Arc::clone(&self.0))
    }
}

/// A generator for each act, the same in every run.
pub struct Dice(AtomicU64);

impl Randomness for Dice {
    fn generator(&self) -> Box<dyn CryptoRng + Send> {
        Box::new(StdRng::seed_from_u64(self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

impl Phone {
    pub fn new(gateway: &Arc<Gateway>, seed: u64) -> Self {
        Self {
            gateway: Arc::clone(gateway),
            disk: MemoryDisk::default(),
            backend: MemoryBackend::default(),
            keys: Watch::default(),
            seed: Arc::new(Dice(AtomicU64::new(seed * 1_000_000))),
        }
    }

    pub fn config(&self) -> WalletConfig {
        self.config_in(StorePlace::Opened(Box::new(self.disk.open().unwrap())))
    }

    pub fn config_in(&self, store: StorePlace) -> WalletConfig {
        let inner = SoftwareKeystore::open(Box::new(self.backend.clone()), self.seed.generator()).unwrap();
        let keystore = Watched { inner, watch: self.keys.clone() };
        let transport: Arc<dyn Transport> = self.gateway.clone();
        let timer: Arc<dyn Timer> = self.gateway.clone();
        let mut config = WalletConfig::new(store, Arc::new(keystore), Arc::clone(&transport));
        config.connections = Arc::new(Same(transport));
        config.clock = self.gateway.clock.clone();
        config.timer = timer;
        config.randomness = self.seed.clone();
        config.pin_cost = PinCost::dangerous_cheap();
        #[cfg(feature = "credentials")]
        {
            config.return_address = Some(citizen_wallet::ReturnAddress::new(RETURN_ADDRESS).unwrap());
        }
        config.auto_lock = Seconds::new(100_000);
        config
    }

    pub fn city(&self) -> City {
        self.city_at(1)
    }

    pub fn city_at(&self, height: u64) -> City {
        City { url: "http://town.example".parse().unwrap(), trust: Trust::File(self.trust_file(height)) }
    }

    pub fn trust_file(&self, height: u64) -> TrustFile {
        let period = Seconds::new(180 * 86_400);
        self.gateway.town(|town| {
            TrustFile::of(&TrustAnchor::dangerous_trust(town.chain.block(height), Origin::File, period))
        })
    }

    pub fn create(&self) -> (Wallet, RecoveryCode) {
        Wallet::create(self.config().with_city(self.city()), PIN).unwrap()
    }

    /// A wallet that trusts the first header it is shown.
    pub fn create_at_first_use(&self) -> (Wallet, RecoveryCode) {
        let city = City { trust: Trust::FirstUse, ..self.city() };
        Wallet::create(self.config().with_city(city), PIN).unwrap()
    }

    /// What a restart makes of it when the app brings a trust file.
    pub fn reopen_in(&self, city: City) -> Result<Wallet, WalletError> {
        Wallet::open(self.config().with_city(city))?.unlock(PIN)
    }

    /// A wallet with an open account, a bank and 10,000 points.
    pub async fn with_points(&self) -> (Wallet, RecoveryCode) {
        let (wallet, code) = self.create();
        wallet.open_account(&code).await.unwrap();
        wallet.enrol("kim").await.unwrap();
        wallet.earn(&Claim::new("eco", "2026-h1").unwrap()).await.unwrap();
        (wallet, code)
    }

    /// The store as its owner opens it.
    pub fn open_store(&self) -> Box<dyn Store> {
        let keystore = SoftwareKeystore::open(Box::new(self.backend.clone()), self.seed.generator());
        let locked = self.disk.open().unwrap();
        let record = locked.load_guard(GuardRow::Vault).unwrap().unwrap();
        let record = VaultRecord::from_canonical(&record).unwrap();
        let alias = String::from_utf8(locked.load_guard(GuardRow::KeyAlias).unwrap().unwrap()).unwrap();
        let vault = Vault::new(Arc::new(keystore.unwrap()), KeyAlias::new(&alias).unwrap());
        let root = vault.unlock(&record, &Pin::entered(PIN).unwrap()).unwrap();
        Box::new(locked).unlock(&root.store_key()).unwrap()
    }

    /// The key store loses the card's key that was made last.
    pub fn lose_the_newest_key(&self) {
        let keystore = SoftwareKeystore::open(Box::new(self.backend.clone()), self.seed.generator()).unwrap();
        keystore.delete(&self.keys.forget_the_newest()).unwrap();
    }

    /// What a restart makes of it.
    pub fn reopen(&self) -> Result<Wallet, WalletError> {
        Wallet::open(self.config())?.unlock(PIN)
    }
}

/// A printed code of the town's one merchant.
pub fn code_text() -> String {
    SandboxCode::printed("M1").merchant("5462", "MANGWON BAKERY", "SEOUL").build().unwrap()
}

pub async fn scan(wallet: &Wallet) -> ScannedCode {
    wallet.scan_text(&code_text()).await.unwrap()
}

/// Scans, reviews and approves: so much in all, so much of it in points.
pub async fn pay(wallet: &Wallet, amount: u64, points: u64) -> citizen_wallet::PaymentId {
    let code = scan(wallet).await;
    let coins = Coins::Exactly(Points::new(points).unwrap());
    let review = wallet.review_payment(&code, Some(won(amount)), coins).await.unwrap();
    *wallet.approve(review).await.unwrap().payment_id()
}

/// A phone that has believed a forged city of the right name at first use; the liar, and the city it pretends to be.
pub async fn deceived() -> (Phone, RecoveryCode, Arc<Gateway>, Arc<Gateway>) {
    let (liar, honest) = (Gateway::before(Town::of(Validators::new(50..54))), Gateway::new());
    liar.town(|town| town.chain.idle(20));
    let phone = Phone::new(&liar, 1);
    let (wallet, code) = phone.create_at_first_use();
    wallet.open_account(&code).await.unwrap();
    wallet.enrol("kim").await.unwrap();
    wallet.earn(&Claim::new("eco", "2026-h1").unwrap()).await.unwrap();
    let shown = wallet.balance().await.unwrap();
    assert_eq!(*shown.points().verified().trust(), TrustOrigin::FirstUse);
    (phone, code, liar, honest)
}
