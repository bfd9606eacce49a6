//! What runs beside something else: two reviews, two wallets, a finger that is waited for, a clock that moves while a look takes its time.

// Helpers are not marked as tests: Clippy knows only those.
#![allow(clippy::unwrap_used)]

mod support;

use async_trait::async_trait;
use citizen_client::{Request, Response, Timer, Transport, TransportError, WebRequest, WebResponse};
use citizen_keys::{
    HardwareKey, KeyAlias, KeyPurpose, Keystore, KeystoreError, PinCost, PinGuard, SigningReason,
    SoftwareKeystore, Vault,
};
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{Canonical as _, Clock, Place, Seconds, UnixTime, random};
use citizen_store::{GuardRow, GuardStore as _, MemoryDisk};
use citizen_wallet::error::Amount;
use citizen_wallet::{
    Claim, Coins, PaymentReview, Points, StorePlace, Wallet, WalletConfig, WalletError, Won,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;
use support::phone::{PIN, pay, scan};
use support::{Gateway, Phone};
use zeroize::Zeroizing;

/// Far longer than a call that waits for nobody takes: only one that waits for the finger is caught by it.
const FOR_GOOD: Duration = Duration::from_secs(60);

/// A key store that asks for a finger, and an app that does something while it does.
struct Asking {
    keys: SoftwareKeystore,
    meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Asking {
    fn of(phone: &Phone) -> Arc<Self> {
        let backend = Box::new(phone.backend.clone());
        let keys = SoftwareKeystore::open(backend, Box::new(random::system())).unwrap();
        Arc::new(Self { keys, meanwhile: Mutex::default() })
    }

    /// While the next finger is waited for, the app does this on another thread; says afterwards whether it came to its end meanwhile.
    fn meanwhile(&self, act: impl FnOnce() + Send + 'static) -> mpsc::Receiver<bool> {
        let (said, heard) = mpsc::channel();
        *self.meanwhile.lock().unwrap() = Some(Box::new(move || {
            let (ended, end) = mpsc::channel();
            thread::spawn(move || {
                act();
                ended.send(()).unwrap_or_default();
            });
            said.send(end.recv_timeout(FOR_GOOD).is_ok()).unwrap();
        }));
        heard
    }
}

impl Keystore for Asking {
    fn create_key(&self, alias: &KeyAlias, purpose: KeyPurpose) -> Result<Vec<u8>, KeystoreError> {
        self.keys.create_key(alias, purpose)
    }

    fn public_key(&self, alias: &KeyAlias) -> Result<Vec<u8>, KeystoreError> {
        self.keys.public_key(alias)
    }

    fn sign(
        &self,
        alias: &KeyAlias,
        message: &[u8],
        reason: &SigningReason,
    ) -> Result<[u8; 64], KeystoreError> {
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some(act) = meanwhile {
            act();
        }
        self.keys.sign(alias, message, reason)
    }

    fn wrap(&self, alias: &KeyAlias, plain: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        self.keys.wrap(alias, plain)
    }

    fn unwrap(&self, alias: &KeyAlias, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
        self.keys.unwrap(alias, wrapped)
    }

    fn delete(&self, alias: &KeyAlias) -> Result<(), KeystoreError> {
        self.keys.delete(alias)
    }
}

fn points(amount: u64) -> Points {
    Points::new(amount).unwrap()
}

/// So much, all of it in points.
async fn review(wallet: &Wallet, amount: u64) -> Result<PaymentReview, WalletError> {
    let coins = Coins::Exactly(points(amount));
    wallet.review_payment(&scan(wallet).await, Won::new(amount).ok(), coins).await
}

#[tokio::test]
async fn wallet_3_a_clock_that_is_set_back_keeps_no_wallet_open() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let mut config = phone.config().with_city(phone.city());
    let clock = Arc::new(ManualClock::at(gateway.clock.now()));
    config.clock = clock.clone();
    config.auto_lock = Seconds::new(300);
    let (wallet, _) = Wallet::create(config, PIN).unwrap();
    clock.advance(299);
    wallet.generate_recovery_code().unwrap();
    let now = clock.now().seconds();
    clock.set(UnixTime::from_seconds(now - 86_400));
    assert!(wallet.lock_if_idle().unwrap(), "nobody knows how long it was");
    assert_eq!(wallet.generate_recovery_code().unwrap_err(), WalletError::Locked);
    wallet.unlock_again(PIN).unwrap();
    clock.advance(299);
    assert!(!wallet.lock_if_idle().unwrap(), "its time begins anew");
}

#[tokio::test]
async fn wallet_5_points_that_were_paid_since_the_review_are_not_free_also_when_that_payment_has_ended() {
    let gateway = Gateway::new();
    let (wallet, _) = Phone::new(&gateway, 1).with_points().await;
    let [first, second] = [review(&wallet, 8_000).await.unwrap(), review(&wallet, 8_000).await.unwrap()];
    let paid = *wallet.approve(first).await.unwrap().payment_id();
    gateway.town(|town| town.capture(&paid));
    assert!(wallet.follow_payment(&paid, |_| {}).await.unwrap().is_captured());
    let orders = gateway.town(|town| town.orders.len());
    let refused = wallet.approve(second).await.unwrap_err();
    let (asked, available) = (Amount::Points(points(8_000)), Amount::Points(points(2_000)));
    assert_eq!(refused, WalletError::NotEnough { asked, available });
    assert_eq!(gateway.town(|town| town.orders.len()), orders, "nothing was signed");
    let left = review(&wallet, 2_000).await.unwrap();
    assert_eq!(*left.view().points_left(), Points::ZERO, "a new proof shows it: it is not taken off twice");
    wallet.approve(left).await.unwrap();
}

/// A clock half a minute ahead of the ledger: a review is still fresh.
struct Ahead(Arc<Gateway>);

impl Clock for Ahead {
    fn now(&self) -> UnixTime {
        self.0.clock.now().plus(Seconds::new(30))
    }
}

#[tokio::test]
async fn wallet_5_points_are_taken_off_once_also_by_a_phone_whose_clock_is_ahead() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.with_points().await;
    drop(wallet);
    let mut config = phone.config();
    config.clock = Arc::new(Ahead(Arc::clone(&gateway)));
    let wallet = Wallet::open(config).unwrap().unlock(PIN).unwrap();
    let paid = pay(&wallet, 3_000, 3_000).await;
    gateway.town(|town| town.capture(&paid));
    assert!(wallet.follow_payment(&paid, |_| {}).await.unwrap().is_captured());
    assert_eq!(*review(&wallet, 1_000).await.unwrap().view().points_left(), points(6_000));
}

#[tokio::test]
async fn wallet_39_a_restored_log_goes_on_after_its_last_line() {
    let gateway = Gateway::new();
    let (wallet, code) = Phone::new(&gateway, 1).with_points().await;
    pay(&wallet, 3_000, 1_000).await;
    let before = wallet.activity().unwrap();
    let backup = wallet.backup(&code).unwrap();
    let new = Phone::new(&gateway, 2);
    let (restored, _) = Wallet::restore(new.config(), &backup, &code, "284615").await.unwrap();
    let after = restored.activity().unwrap();
    assert_eq!(after.len(), before.len() + 1, "{after:?}");
    assert_eq!(after[..before.len()], before, "line by line");
    let restored_line = after.last().unwrap().text().en.clone();
    assert!(restored_line.contains("phone"), "{restored_line}");
    restored.scan_text(&support::phone::code_text()).await.unwrap();
    let further = restored.activity().unwrap();
    assert_eq!((further.len(), &further[..after.len()]), (after.len() + 1, after.as_slice()));
    drop(restored);
    let reopened = Wallet::open(new.config()).unwrap().unlock("284615").unwrap();
    assert_eq!(reopened.activity().unwrap(), further);
}

/// Pays what the hardware key signs too.
async fn pay_much(wallet: &Wallet) -> Result<(), WalletError> {
    let review = wallet.review_payment(&scan(wallet).await, Won::new(60_000).ok(), Coins::First).await?;
    assert!(*review.view().cosigned());
    wallet.approve(review).await.map(drop)
}

#[tokio::test]
async fn wallet_40_a_second_wallet_on_a_phone_takes_no_key_from_the_first() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (first, code) = phone.with_points().await;
    let backup = first.backup(&code).unwrap();
    let elsewhere = [MemoryDisk::default(), MemoryDisk::default()];
    let [second, third] =
        elsewhere.each_ref().map(|disk| phone.config_in(StorePlace::Opened(Box::new(disk.open().unwrap()))));
    let (second, other) = Wallet::create(second.with_city(phone.city()), PIN).unwrap();
    second.open_account(&other).await.unwrap();
    pay_much(&first).await.unwrap();
    drop((first, second));
    let first = phone.reopen().unwrap();
    assert!(*first.card().await.unwrap().is_listed());
    pay_much(&first).await.unwrap();
    // A restored one has keys of its own as well; the first can show.
    let (third, _) = Wallet::restore(third, &backup, &code, PIN).await.unwrap();
    assert!(*third.card().await.unwrap().is_listed());
    drop(first);
    assert!(!*phone.reopen().unwrap().card().await.unwrap().is_listed());
}

#[tokio::test]
async fn wallet_40_a_wallet_of_before_keeps_its_keys_under_the_name_that_all_had() {
    const PLACE: Place = Place::new("test/before");
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let keys = SoftwareKeystore::open(Box::new(phone.backend.clone()), Box::new(random::system())).unwrap();
    let (keys, alias): (Arc<dyn Keystore>, _) = (Arc::new(keys), KeyAlias::new("citizen-wallet").unwrap());
    let hardware = HardwareKey::create(Arc::clone(&keys), alias.clone()).unwrap();
    let vault = Vault::new(keys, alias);
    let pin = citizen_keys::Pin::chosen(PIN).unwrap();
    let (record, _) = vault.create(&mut random::system(), &pin, PinCost::dangerous_cheap()).unwrap();
    let mut locked = phone.disk.open().unwrap();
    let guard = vault.seal_guard(&PinGuard::default()).unwrap();
    locked.commit_guard(PLACE, GuardRow::PinGuard, &guard).unwrap();
    locked.commit_guard(PLACE, GuardRow::Vault, &record.to_canonical()).unwrap();
    drop(locked);
    let wallet = phone.reopen_in(phone.city()).unwrap();
    let code = wallet.generate_recovery_code().unwrap();
    let account = *wallet.open_account(&code).await.unwrap().account();
    let listed = gateway.town(|town| town.accounts[&account].0.device);
    assert_eq!(listed.p256(), *hardware.public());
    drop(wallet);
    assert!(*phone.reopen().unwrap().card().await.unwrap().is_listed());
}

/// A network that gives no answer, and takes three quarters of a minute for it.
struct Slow(Arc<ManualClock>, AtomicUsize);

#[async_trait]
impl Transport for Slow {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.advance(45);
        Err(TransportError::Offline)
    }

    async fn send_web(&self, _: WebRequest) -> Result<WebResponse, TransportError> {
        Err(TransportError::Offline)
    }
}

/// Waits that cost nothing.
struct AtOnce;

#[async_trait]
impl Timer for AtOnce {
    async fn sleep(&self, _: Duration) {}
}

#[tokio::test]
async fn wallet_41_who_follows_a_payment_over_a_bad_network_hears_after_a_minute_of_looks_that_it_is_open() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.with_points().await;
    let payment = pay(&wallet, 3_000, 1_000).await;
    drop(wallet);
    let clock = Arc::new(ManualClock::at(gateway.clock.now()));
    let slow = Arc::new(Slow(Arc::clone(&clock), AtomicUsize::new(0)));
    let mut config: WalletConfig = phone.config();
    (config.transport, config.timer, config.clock) = (slow.clone(), Arc::new(AtOnce), clock.clone());
    let wallet = Wallet::open(config).unwrap().unlock(PIN).unwrap();
    let begun = clock.now();
    wallet.advance_payment(&payment).await.unwrap_err();
    let a_look = clock.now().since(begun);
    let begun = clock.now();
    let open = wallet.follow_payment(&payment, |_| {}).await.unwrap_err();
    assert_eq!(open, WalletError::Pending { payment });
    let took = clock.now().since(begun).count();
    assert!(took >= 60 && took < 60 + a_look.count(), "{took} s, of {} s a look", a_look.count());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wallet_42_while_a_finger_is_waited_for_every_other_call_goes_on() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let keys = Asking::of(&phone);
    let mut config = phone.config().with_city(phone.city());
    config.keystore = keys.clone();
    let (wallet, code) = Wallet::create(config, PIN).unwrap();
    let wallet = Arc::new(wallet);
    let looks = || {
        let wallet = Arc::clone(&wallet);
        move || drop((wallet.payments(), wallet.lock_if_idle()))
    };
    let opening = keys.meanwhile(looks());
    wallet.open_account(&code).await.unwrap();
    assert!(opening.recv().unwrap(), "while the account is opened");
    wallet.enrol("kim").await.unwrap();
    wallet.earn(&Claim::new("eco", "2026-h1").unwrap()).await.unwrap();
    let approving = keys.meanwhile(looks());
    pay_much(&wallet).await.unwrap();
    assert!(approving.recv().unwrap(), "while a payment is approved");
    assert_eq!(gateway.town(|town| town.orders.len()), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wallet_42_what_is_locked_while_a_finger_is_waited_for_is_not_signed() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    drop(phone.with_points().await);
    let keys = Asking::of(&phone);
    let mut config = phone.config();
    config.keystore = keys.clone();
    let wallet = Arc::new(Wallet::open(config).unwrap().unlock(PIN).unwrap());
    let locking = keys.meanwhile({
        let wallet = Arc::clone(&wallet);
        move || wallet.lock_in_place().unwrap()
    });
    assert_eq!(pay_much(&wallet).await.unwrap_err(), WalletError::Locked);
    assert!(locking.recv().unwrap(), "locking waits for no finger");
    wallet.unlock_again(PIN).unwrap();
    assert!(wallet.payments().unwrap().is_empty());
    assert!(gateway.town(|town| town.orders.is_empty()));
}

#[tokio::test]
async fn wallet_43_a_receipt_that_cannot_be_renewed_stops_no_other_and_no_synchronisation() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.with_points().await;
    for _ in 0..2 {
        let payment = pay(&wallet, 1_000, 1_000).await;
        gateway.town(|town| town.capture(&payment));
        wallet.follow_payment(&payment, |_| {}).await.unwrap();
    }
    drop(wallet);
    // The app brings a trust file whose checkpoint is above both receipts.
    let height = gateway.town(|town| {
        town.chain.idle(3);
        town.chain.height()
    });
    let wallet = Wallet::open(phone.config().with_city(phone.city_at(height))).unwrap().unlock(PIN).unwrap();
    gateway.town(|town| town.chain.idle(1));
    let first = Mutex::new(None);
    gateway.lie(move |path, body| {
        let mut first = first.lock().unwrap();
        let is_proof = path.starts_with("ledger/headers/");
        let is_first = is_proof && *first.get_or_insert_with(|| path.to_owned()) == path;
        if is_first { b"{}".to_vec() } else { body }
    });
    assert_eq!(*wallet.sync().await.unwrap().renewed_receipts(), 1, "the other one");
    gateway.be_honest();
    assert_eq!(*wallet.sync().await.unwrap().renewed_receipts(), 1);
    assert_eq!(*wallet.sync().await.unwrap().renewed_receipts(), 0);
}
