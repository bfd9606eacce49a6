//! A city, and phones in it.

use crate::app::{Ear, Finger, Lines, Net, Watch};
use citizen_keys::MemoryBackend;
use citizen_wallet::view::PaymentView;
use citizen_wallet_ffi::{
    CityAddress, Clock, Coins, Connections, EventListener, Keystore, Platform, Secret, Transport,
    TrustSource, Wallet, WalletError, WalletPlace,
};
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use city_sandbox::merchants::{BAKERY, printed_code};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::{RwLock, RwLockReadGuard};

pub(crate) const PIN: &str = "294857";

/// Held by every test that has objects; the test that counts them is alone.
pub(crate) static OBJECTS: RwLock<()> = RwLock::const_new(());

/// A city on a folder, in which the phones' files lie too.
pub(crate) struct Town {
    pub(crate) city: City,
    folder: TempDir,
    _objects: Option<RwLockReadGuard<'static, ()>>,
}

impl Town {
    pub(crate) async fn start() -> Self {
        let objects = OBJECTS.read().await;
        Self { _objects: Some(objects), ..Self::start_alone().await }
    }

    /// For a test that holds [`OBJECTS`] alone.
    pub(crate) async fn start_alone() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let city = City::start(Folder::open(&folder.path().join("city")).unwrap(), listen).await.unwrap();
        Self { city, folder, _objects: None }
    }

    pub(crate) fn phone(&self, name: &str) -> Phone {
        let hardware = MemoryBackend::default();
        let url = self.city.url().to_string();
        let trust = TrustSource::File { json: self.city.trust().to_json() };
        Phone {
            finger: Arc::new(Finger::over(&hardware)),
            net: Arc::default(),
            ear: Arc::default(),
            watch: Arc::default(),
            lines: None,
            place: WalletPlace {
                store: self.folder.path().join(name).to_str().unwrap().to_owned(),
                city: Some(CityAddress { url, trust }),
                auto_lock_seconds: None,
                may_insist: false,
                return_address: Some("https://wallet.seoul.example/back".to_owned()),
                client_id: None,
            },
        }
    }

    /// Where the city is, on the disk.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("city")
    }

    pub(crate) async fn stop(self) {
        self.city.stop().await.unwrap();
    }
}

/// A phone: the app's own parts, and where the wallet lies.
pub(crate) struct Phone {
    pub(crate) finger: Arc<Finger>,
    pub(crate) net: Arc<Net>,
    pub(crate) ear: Arc<Ear>,
    pub(crate) watch: Arc<Watch>,
    /// Its own connections for ballots, if the app brings any.
    pub(crate) lines: Option<Arc<Lines>>,
    pub(crate) place: WalletPlace,
}

impl Phone {
    pub(crate) fn platform(&self) -> Arc<Platform> {
        let finger: Arc<dyn Keystore> = self.finger.clone();
        let net: Arc<dyn Transport> = self.net.clone();
        let watch: Arc<dyn Clock> = self.watch.clone();
        let ear: Arc<dyn EventListener> = self.ear.clone();
        let lines = self.lines.clone().map(|lines| -> Arc<dyn Connections> { lines });
        Platform::new(finger, Some(net), Some(watch), Some(ear), lines)
    }

    pub(crate) async fn create(&self) -> Result<Arc<Wallet>, WalletError> {
        Wallet::create(self.place.clone(), self.platform(), secret(PIN), None).await
    }

    pub(crate) async fn open(&self) -> Result<Arc<Wallet>, WalletError> {
        Wallet::open(self.place.clone(), self.platform(), None).await
    }

    /// A wallet with an account, a bank, and 10,000 points.
    pub(crate) async fn set_up(&self, name: &str) -> Arc<Wallet> {
        let wallet = self.create().await.unwrap();
        let code = wallet.generate_recovery_code(None).await.unwrap();
        wallet.open_account(code, None).await.unwrap();
        wallet.enrol(name.to_owned(), None).await.unwrap();
        wallet.earn("eco".to_owned(), "eco-2026-h1".to_owned(), None).await.unwrap();
        wallet
    }
}

pub(crate) fn secret(text: &str) -> Arc<Secret> {
    let secret = Secret::new();
    assert!(text.chars().all(|character| secret.push(u32::from(character))));
    secret
}

pub(crate) fn bakery() -> String {
    printed_code(BAKERY).unwrap()
}

/// Scans, reviews, approves: so many won in all, so much of it in points.
pub(crate) async fn approve(wallet: &Wallet, amount: u64, points: u64) -> Result<PaymentView, WalletError> {
    let code = wallet.scan_text(bakery(), None).await?;
    let review = wallet.review_payment(code, Coins::Exactly { points }, Some(amount), None).await?;
    wallet.approve(review, None).await
}

pub(crate) async fn pay(wallet: &Wallet, amount: u64, points: u64) -> Result<PaymentView, WalletError> {
    let payment = approve(wallet, amount, points).await?.payment_id().to_hex();
    wallet.follow_payment(payment, None).await
}

/// Points, and won by the bank's word.
pub(crate) async fn funds(wallet: &Wallet) -> (u64, u64) {
    let balance = wallet.balance(None).await.unwrap();
    (balance.points().points().amount(), balance.won().as_ref().unwrap().krw().amount())
}
