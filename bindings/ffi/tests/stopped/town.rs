//! The city, and phones in it.

use crate::case::{Fields, Step};
use crate::gate::Gate;
use crate::parts::{Keys, Lines, Net, Watch};
use crate::stage::Stage;
use citizen_wallet_ffi::{
    CityAddress, Clock, Coins, Connections, Identity, Keystore, Platform, Review, Secret, Transport,
    TrustSource, Wallet, WalletError, WalletPlace,
};
use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const PIN: &str = "294857";
/// So long, after which a recovery code signs for an account again: six times a minute, and no more.
pub(crate) const MINUTE: u64 = 60;
/// Between two looks.
pub(crate) const PAUSE: Duration = Duration::from_millis(100);
/// What is to come about in the end does so within this many looks, also on a busy machine.
const LOOKS: u32 = 3_000;

/// A city in a process of its own.
pub(crate) struct Town {
    stage: RefCell<Stage>,
    address: CityAddress,
    pub(crate) trust: String,
    folder: TempDir,
    phones: Cell<u32>,
    /// By how much its clock goes ahead of the machine's.
    ahead: Cell<u64>,
}

impl Town {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::start(&folder.path().join("city"));
        let trust = stage.trust.clone();
        let address =
            CityAddress { url: stage.url.clone(), trust: TrustSource::File { json: trust.clone() } };
        Self { stage: RefCell::new(stage), address, trust, folder, phones: Cell::new(0), ahead: Cell::new(0) }
    }

    pub(crate) fn address(&self) -> CityAddress {
        self.address.clone()
    }

    /// A word of the stage.
    pub(crate) fn tell(&self, word: &str, with: &[(&str, &str)]) -> Fields {
        let step: Step = serde_json::from_value(serde_json::json!({ "do": word })).unwrap();
        let with = with.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.stage.borrow_mut().step(&step, &with).unwrap_or_else(|error| panic!("{word}: {error}"))
    }

    /// So many seconds go by, in the city and on this phone.
    pub(crate) fn pass(&self, seconds: u64, phone: Option<&Phone>) {
        self.tell("city.pass", &[("seconds", &seconds.to_string())]);
        self.ahead.set(self.ahead.get() + seconds);
        if let Some(phone) = phone {
            phone.watch.0.store(self.ahead.get(), Ordering::SeqCst);
        }
    }

    /// A new phone, whose questions pass the gate.
    pub(crate) fn phone(&self, gate: &Arc<Gate>) -> Phone {
        let number = self.phones.replace(self.phones.get() + 1);
        let store = self.file(&format!("{number}.wallet"));
        let place = WalletPlace {
            store,
            city: Some(self.address()),
            auto_lock_seconds: Some(86_400 * 30),
            may_insist: false,
            return_address: Some("https://wallet.seoul.example/back".to_owned()),
            client_id: None,
        };
        let watch = Arc::new(Watch(AtomicU64::new(self.ahead.get())));
        Phone { keys: Arc::new(Keys::new(gate)), gate: Arc::clone(gate), watch, place }
    }

    pub(crate) fn file(&self, name: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn bakery(&self) -> String {
        self.tell("city.code", &[("shop", "bakery")])["code"].clone()
    }

    pub(crate) fn stop(self) {
        self.stage.into_inner().stop();
    }
}

pub(crate) struct Phone {
    keys: Arc<Keys>,
    gate: Arc<Gate>,
    watch: Arc<Watch>,
    pub(crate) place: WalletPlace,
}

impl Phone {
    pub(crate) fn platform(&self) -> Arc<Platform> {
        let keys: Arc<dyn Keystore> = self.keys.clone();
        let net: Arc<dyn Transport> = Arc::new(Net::new(&self.gate));
        let watch: Arc<dyn Clock> = self.watch.clone();
        let lines: Arc<dyn Connections> = Arc::new(Lines(Arc::clone(&self.gate)));
        Platform::new(keys, Some(net), Some(watch), None, Some(lines))
    }

    pub(crate) async fn create(&self) -> Arc<Wallet> {
        Wallet::create(self.place.clone(), self.platform(), secret(PIN), None).await.unwrap()
    }

    /// Opened, once whoever had the file has let go of it.
    pub(crate) async fn try_open(&self) -> Result<Arc<Wallet>, WalletError> {
        for _ in 0..LOOKS {
            match Wallet::open(self.place.clone(), self.platform(), None).await {
                Err(WalletError::StoreBusy) => tokio::time::sleep(PAUSE).await,
                other => return other,
            }
        }
        Err(WalletError::StoreBusy)
    }

    pub(crate) async fn open(&self) -> Arc<Wallet> {
        let wallet = self.try_open().await.unwrap();
        wallet.unlock(secret(PIN), None).await.unwrap();
        wallet
    }

    /// A wallet with an account, and its recovery code.
    pub(crate) async fn with_account(&self) -> (Arc<Wallet>, Arc<Secret>) {
        let wallet = self.create().await;
        let code = wallet.generate_recovery_code(None).await.unwrap();
        wallet.open_account(code.clone(), None).await.unwrap();
        (wallet, code)
    }

    /// With a bank, and 10,000 points and 100,000 won.
    pub(crate) async fn set_up(&self, name: &str) -> (Arc<Wallet>, Arc<Secret>) {
        let (wallet, code) = self.with_account().await;
        wallet.enrol(name.to_owned(), None).await.unwrap();
        earn(&wallet, "eco-2026-h1").await;
        (wallet, code)
    }

    /// How many keys of copies the phone's key store has.
    pub(crate) fn keys_of_copies(&self) -> usize {
        self.keys.of_copies()
    }

    /// Closed and opened again.
    pub(crate) async fn reopened(&self, wallet: Arc<Wallet>) -> Arc<Wallet> {
        wallet.release().await.unwrap();
        self.open().await
    }
}

pub(crate) async fn earn(wallet: &Wallet, evidence: &str) {
    wallet.earn("eco".to_owned(), evidence.to_owned(), None).await.unwrap();
}

pub(crate) async fn review(wallet: &Wallet, shop: &str, amount: u64, points: u64) -> Arc<Review> {
    let code = wallet.scan_text(shop.to_owned(), None).await.unwrap();
    wallet.review_payment(code, Coins::Exactly { points }, Some(amount), None).await.unwrap()
}

/// Approved and not followed: its identifier.
pub(crate) async fn approved(wallet: &Wallet, shop: &str) -> String {
    let review = review(wallet, shop, 100, 10).await;
    wallet.approve(review, None).await.unwrap().payment_id().to_hex()
}

pub(crate) async fn paid(wallet: &Wallet, shop: &str) -> String {
    let payment = approved(wallet, shop).await;
    assert!(wallet.follow_payment(payment.clone(), None).await.unwrap().is_captured());
    payment
}

/// Points, and won by the bank's word. The points are proved.
pub(crate) async fn funds(wallet: &Wallet) -> (u64, u64) {
    let balance = wallet.balance(None).await.unwrap();
    assert!(balance.points().freshness().is_fresh() && *balance.points().verified().signers() >= 3);
    (balance.points().points().amount(), balance.won().as_ref().unwrap().krw().amount())
}

pub(crate) fn secret(text: &str) -> Arc<Secret> {
    let secret = Secret::new();
    assert!(text.chars().all(|character| secret.push(u32::from(character))));
    secret
}

pub(crate) fn hong() -> Identity {
    Identity {
        number: "SB-1001".to_owned(), name: "홍길동".to_owned(), birth_date: "1999-03-02".to_owned()
    }
}

/// Looks until it is so.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..LOOKS {
        if is_so().await {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("never: {what}")
}
