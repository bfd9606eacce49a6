//! Phone and recovery code are lost: officers who see who is asking hand the account to a new phone, over HTTP, after 72 hours by the
//! ledger's time. The old phone may object, once; a thief's frozen key may not.

#![cfg(test)]
// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

/// A phone that dies at a place.
#[allow(dead_code, reason = "another crate's tests use the rest")]
#[path = "../../../core/wallet/tests/votes/cut.rs"]
mod cut;

/// Officers and gateways that lie.
#[path = "recovery/lies.rs"]
mod lies;

use citizen_client::{Method, Request, Transport as _};
use citizen_keys::MemoryBackend;
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock, Place, Seconds, UnixTime, random};
use citizen_store::{LockedStore, MemoryDisk};
use citizen_wallet::error::{Input, Party, Reason};
use citizen_wallet::place;
use citizen_wallet::view::RecoveryView;
use citizen_wallet::{
    City as Trusted, Claim, Https, Identity, PinCost, RecoveryCode, SoftwareKeystore, StorePlace, Trust,
    Wallet, WalletConfig, WalletError,
};
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use city_services::issuer::{Application, OfferAnswer};
use cut::{Cut, CutStore, CutTransport, When};
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

const PIN: &str = "294857";
const HERE: Place = Place::new("test/recovery-flow");
/// Looks that are taken until something has come about, a tenth of a second apart.
const LOOKS: u32 = 1_800;
const WAIT: u64 = 72 * 60 * 60;

/// The machine's clock, put forward.
#[derive(Default)]
struct Later(AtomicU64);

impl Clock for Later {
    fn now(&self) -> UnixTime {
        SystemClock.now().plus(Seconds::new(self.0.load(Ordering::SeqCst)))
    }
}

impl Later {
    fn pass(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

struct Town {
    city: City,
    clock: Arc<Later>,
    _folder: TempDir,
}

impl Town {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let clock = Arc::new(Later::default());
        let home = Folder::open(&folder.path().join("city")).unwrap();
        let city = City::start_by(clock.clone(), home, listen).await.unwrap();
        Self { city, clock, _folder: folder }
    }

    /// Time passes, and the ledger has seen it.
    async fn pass(&self, seconds: u64) {
        self.clock.pass(seconds);
        let until = self.clock.now();
        for _ in 0..LOOKS {
            if self.city.ledger().latest_time >= until {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the ledger stands still")
    }

    async fn post(&self, path: &str, body: &impl serde::Serialize) -> (u16, Value) {
        let url = self.city.url().join(path).unwrap();
        let body = serde_json::to_vec(body).unwrap();
        let request = Request { place: HERE, method: Method::Post, url, body };
        let answer = Https::new().unwrap().send(request).await.unwrap();
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    async fn stop(self) {
        self.city.stop().await.unwrap();
    }
}

/// A phone: what outlives the app.
#[derive(Default)]
struct Phone {
    disk: MemoryDisk,
    hardware: MemoryBackend,
}

impl Phone {
    fn config(&self, town: &Town) -> WalletConfig {
        self.config_in(town, StorePlace::Opened(Box::new(self.disk.open().unwrap())))
    }

    fn config_in(&self, town: &Town, store: StorePlace) -> WalletConfig {
        let keystore =
            SoftwareKeystore::open(Box::new(self.hardware.clone()), Box::new(random::system())).unwrap();
        let mut config = WalletConfig::new(store, Arc::new(keystore), Arc::new(Https::new().unwrap()));
        config.pin_cost = PinCost::dangerous_cheap();
        config.clock = town.clock.clone();
        config.auto_lock = Seconds::new(10 * WAIT);
        let city = &town.city;
        config.with_city(Trusted { url: city.url().clone(), trust: Trust::File(city.trust().clone()) })
    }

    fn create(&self, town: &Town) -> (Wallet, RecoveryCode) {
        Wallet::create(self.config(town), PIN).unwrap()
    }

    /// It dies at a place.
    fn dying(&self, town: &Town, cut: &Arc<Cut>) -> Wallet {
        let store: Box<dyn LockedStore> = Box::new(self.disk.open().unwrap());
        let store = StorePlace::Opened(Box::new(CutStore(Arc::clone(cut), store)));
        let transport = Arc::new(CutTransport(Arc::clone(cut), Arc::new(Https::new().unwrap())));
        let config = WalletConfig { transport, ..self.config_in(town, store) };
        Wallet::open(config).unwrap().unlock(PIN).unwrap()
    }

    fn reopen(&self, town: &Town) -> Wallet {
        Wallet::open(self.config(town)).unwrap().unlock(PIN).unwrap()
    }
}

fn who(number: &str, name: &str, birth_date: &str) -> Identity {
    Identity { number: number.to_owned(), name: name.to_owned(), birth_date: birth_date.to_owned() }
}

fn hong() -> Identity {
    who("SB-1001", "홍 길동", "1999-03-02")
}

fn ledger(reason: Reason) -> WalletError {
    WalletError::Refused { by: Party::Ledger, reason }
}

fn officer(reason: Reason) -> WalletError {
    WalletError::Refused { by: Party::RecoveryOfficer, reason }
}

/// A citizen with points whose phone the officers know.
async fn enrolled(town: &Town, phone: &Phone) -> (Wallet, RecoveryCode) {
    let (wallet, code) = phone.create(town);
    wallet.open_account(&code).await.unwrap();
    wallet.enrol("hong").await.unwrap();
    wallet.earn(&Claim::new("eco", "eco-2026-h1").unwrap()).await.unwrap();
    let view = wallet.enrol_recovery(&hong()).await.unwrap();
    assert_eq!((*view.enrolled(), *view.needed(), *view.officers()), (5, 2, 5));
    (wallet, code)
}

/// A new phone has filed its case.
async fn filed(town: &Town, phone: &Phone) -> (Wallet, RecoveryCode, RecoveryView) {
    let (wallet, code) = phone.create(town);
    wallet.recover_by_office(&hong(), &code).await.unwrap();
    let view = wallet.follow_recovery().await.unwrap();
    assert_eq!((*view.state(), *view.approved(), *view.can_complete()), ("waiting", 2, false));
    (wallet, code, view)
}

/// A card of the citizen's on a device without an account.
async fn carded(town: &Town) -> Wallet {
    let wallet = Phone::default().create(town).0;
    let Identity { number, name, birth_date } = hong();
    let application = Application { number, name, birth_date, credentials: vec!["citizen-card".to_owned()] };
    let offer = town.post("v1/issuer/offers", &application).await.1;
    let offer: OfferAnswer = serde_json::from_value(offer).unwrap();
    let review = wallet.review_offer(&offer.offer).await.unwrap();
    wallet.accept_offer(review, Some(&offer.transaction_code)).await.unwrap();
    wallet
}

async fn becomes(wallet: &Wallet, state: &str) {
    for _ in 0..LOOKS {
        let held = wallet.refresh_credentials().await.unwrap();
        if held.iter().all(|held| *held.state() == state) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never {state}")
}

/// The recovery, once it is so far.
async fn becomes_state(wallet: &Wallet, state: &str) -> RecoveryView {
    for _ in 0..LOOKS {
        let view = wallet.recovery().await.unwrap();
        if *view.state() == state {
            return view;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never {state}")
}

#[tokio::test(flavor = "multi_thread")]
async fn wallet_19_phone_and_code_are_lost_and_after_72_hours_a_new_phone_has_the_account_with_its_points() {
    let town = Town::new().await;
    let (old_phone, new_phone) = (Phone::default(), Phone::default());
    let (old, _) = enrolled(&town, &old_phone).await;
    let account = *old.account().unwrap().account();
    let tablet = carded(&town).await;
    becomes(&tablet, "valid").await;

    // Somebody else, and somebody whom nobody enrolled, get nothing; nor does she on a phone that has an account.
    let (stranger, code) = Phone::default().create(&town);
    let false_name = who("SB-1001", "홍 길순", "1999-03-02");
    let unknown = stranger.recover_by_office(&false_name, &code).await.unwrap_err();
    assert_eq!(unknown, officer(Reason::NotThisPerson));
    let unheard = who("SB-1003", "김 샘플", "1985-12-25");
    let unheard = stranger.recover_by_office(&unheard, &code).await.unwrap_err();
    assert_eq!(unheard, officer(Reason::NotEnrolled));
    let exists = WalletError::Invalid { input: Input::AccountExists };
    assert_eq!(old.recover_by_office(&hong(), &code).await.unwrap_err(), exists);

    let (new, code, view) = filed(&town, &new_phone).await;
    assert_eq!(*view.account(), Some(account));
    // What she held is revoked as soon as the case stands.
    becomes(&tablet, "revoked").await;
    let filing = ledger(Reason::UnderRecovery);
    assert_eq!(old.rotate_card().await.unwrap_err(), filing, "the old phone orders nothing meanwhile");
    assert!(*old.custody().await.unwrap().can_object());

    // Too early; with another code; the app dies, and the request is still there.
    assert_eq!(new.complete_recovery(&code).await.unwrap_err(), ledger(Reason::RecoveryTime));
    let another = new.generate_recovery_code().unwrap();
    let wrong = WalletError::Invalid { input: Input::RecoveryCode };
    assert_eq!(new.complete_recovery(&another).await.unwrap_err(), wrong);
    assert_eq!(new.recover_by_office(&hong(), &another).await.unwrap_err(), wrong);
    drop(new);
    town.pass(WAIT - 600).await;
    let new = new_phone.reopen(&town);
    assert_eq!(*new.recovery().await.unwrap().state(), "waiting");
    assert_eq!(new.complete_recovery(&code).await.unwrap_err(), ledger(Reason::RecoveryTime));
    town.pass(601).await;
    let ready = new.recovery().await.unwrap();
    assert_eq!((*ready.state(), *ready.can_complete()), ("ready", true));

    let taken = new.complete_recovery(&code).await.unwrap();
    assert_eq!((*taken.account(), *taken.epoch()), (account, 1));
    let missing = WalletError::Invalid { input: Input::RecoveryMissing };
    assert_eq!(new.recovery().await.unwrap_err(), missing, "who asked is forgotten");
    new.sync().await.unwrap();
    let balance = new.balance().await.unwrap();
    let won = balance.won().as_ref().expect("the bank goes by the account").krw().amount();
    assert_eq!((balance.points().points().amount(), won), (10_000, 100_000));
    assert_eq!(*new.custody().await.unwrap().state(), "free");
    assert_eq!(*new.rotate_card().await.unwrap().epoch(), 2, "it orders");

    assert!(matches!(old.rotate_card().await, Err(WalletError::Fenced { .. })), "the old one is told");
    assert_eq!(*old.card().await.unwrap().standing(), "replaced");
    // The new code stands behind it now.
    let sent = new.freeze(&code).await.unwrap();
    assert!(new.follow_submission(sent.id()).await.unwrap().is_done());
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wallet_19_an_objection_sends_the_case_back_and_other_officers_uphold_it_or_all_drop_it() {
    let town = Town::new().await;
    let (old, _) = enrolled(&town, &Phone::default()).await;
    let new_phone = Phone::default();
    let (new, code, _) = filed(&town, &new_phone).await;
    assert_eq!(new.uphold_recovery().await.unwrap_err(), ledger(Reason::RecoveryTime), "nobody has objected");
    let sent = old.object_to_recovery().await.unwrap();
    assert!(old.follow_submission(sent.id()).await.unwrap().is_done());
    assert_eq!(*new.recovery().await.unwrap().state(), "objected");
    town.pass(WAIT + 1).await;
    assert_eq!(new.complete_recovery(&code).await.unwrap_err(), ledger(Reason::RecoveryTime));

    // She comes again with the new phone: two officers who did not file it stand by it, and it waits once more.
    new.uphold_recovery().await.unwrap();
    let view = becomes_state(&new, "upheld").await;
    assert!(!*view.can_complete());
    assert!(!*old.custody().await.unwrap().can_object(), "and nobody objects any more");

    // She finds the old phone after all: officers who have not decided yet drop the case.
    let stranger = who("SB-1003", "김 샘플", "1985-12-25");
    assert_eq!(old.dismiss_recovery(&stranger).await.unwrap_err(), officer(Reason::NotEnrolled));
    let sent = old.dismiss_recovery(&hong()).await.unwrap();
    let done = old.follow_submission(sent.id()).await.unwrap();
    assert_eq!((*done.kind(), done.is_done()), ("dismissal", true));
    assert_eq!(*old.custody().await.unwrap().state(), "free");
    assert_eq!(*new.recovery().await.unwrap().state(), "dismissed");
    assert_eq!(new.complete_recovery(&code).await.unwrap_err(), ledger(Reason::NoRecovery));
    assert_eq!(*old.rotate_card().await.unwrap().epoch(), 1);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wallet_19_a_frozen_phone_cannot_object() {
    let town = Town::new().await;
    let (old, code) = enrolled(&town, &Phone::default()).await;
    let sent = old.freeze(&code).await.unwrap();
    assert!(old.follow_submission(sent.id()).await.unwrap().is_done());
    let (new, _, _) = filed(&town, &Phone::default()).await;
    assert!(!*old.custody().await.unwrap().can_object());
    assert_eq!(old.object_to_recovery().await.unwrap_err(), ledger(Reason::Frozen));
    assert_eq!(*new.recovery().await.unwrap().state(), "waiting");
    town.stop().await;
}

/// The officers have signed, the case has left, and the phone dies before it has seen that the ledger has it.
#[tokio::test(flavor = "multi_thread")]
async fn wallet_19_a_case_that_the_officers_have_signed_is_forgotten_for_no_other_one() {
    let town = Town::new().await;
    let (old, _) = enrolled(&town, &Phone::default()).await;
    let phone = Phone::default();
    let (wallet, code) = phone.create(&town);
    drop(wallet);
    let cut = Cut::at(place::SEND_CASE, When::After);
    let wallet = phone.dying(&town, &cut);
    drop(wallet.recover_by_office(&hong(), &code).await);
    assert!(cut.is_dead());
    drop(wallet);

    let wallet = phone.reopen(&town);
    let another = wallet.generate_recovery_code().unwrap();
    let wrong = WalletError::Invalid { input: Input::RecoveryCode };
    assert_eq!(wallet.recover_by_office(&hong(), &another).await.unwrap_err(), wrong);
    // Her name without the space, and in pieces: it is she.
    for name in ["홍길동", "\u{1112}\u{1169}\u{11bc} \u{1100}\u{1175}\u{11af}\u{1103}\u{1169}\u{11bc}"] {
        wallet.recover_by_office(&who("SB-1001", name, "1999-03-02"), &code).await.unwrap();
    }
    assert_eq!(*wallet.follow_recovery().await.unwrap().state(), "waiting");
    assert_eq!(wallet.recover_by_office(&hong(), &another).await.unwrap_err(), wrong, "nor now");
    town.pass(WAIT + 1).await;
    let taken = wallet.complete_recovery(&code).await.unwrap();
    assert_eq!(taken.account(), old.account().unwrap().account());
    town.stop().await;
}

/// Where a new phone writes or sends on its way to an account.
const WAY: [Place; 11] = [
    place::RECOVERY_ASKED,
    place::ASK_OFFICERS,
    place::SEND_RECOVERY_REQUEST,
    place::RECOVERY_PROGRESS,
    place::ASK_OFFICER_SIGNATURE,
    place::OUTBOX_CASE,
    place::SEND_CASE,
    place::OUTBOX_COMPLETION,
    place::SEND_ACCOUNT,
    place::ACCOUNT_OPEN,
    place::RECOVERY_DONE,
];

/// Asks the officers until enough have approved, or something else stops it. They let go of the case before when they have seen on the
/// ledger that it is over, each in her own time.
async fn asked(wallet: &Wallet, code: &RecoveryCode) -> Result<(), WalletError> {
    for _ in 0..LOOKS {
        match wallet.recover_by_office(&hong(), code).await {
            Ok(view) if *view.state() == "asking" => {}
            Err(WalletError::Refused { by: Party::RecoveryOfficer, reason: Reason::UnderRecovery }) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(error),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the officers do not let go of the case before")
}

/// A new phone dies at a place on its way to the account of another, and goes on.
async fn taken_over(town: &Town, holder: &Wallet, (place, when): (Place, When)) -> Wallet {
    let phone = Phone::default();
    let (wallet, code) = phone.create(town);
    drop(wallet);
    let cut = Cut::at(place, when);
    let mut wallet = phone.dying(town, &cut);
    let begun = asked(&wallet, &code).await;
    if begun.is_err() || wallet.follow_recovery().await.is_err() {
        drop(wallet);
        wallet = phone.reopen(town);
        asked(&wallet, &code).await.unwrap();
    }
    let view = wallet.follow_recovery().await.unwrap();
    assert_eq!((*view.state(), *view.approved()), ("waiting", 2), "{place} {when:?}");
    town.pass(WAIT + 1).await;
    if wallet.complete_recovery(&code).await.is_err() {
        drop(wallet);
        wallet = phone.reopen(town);
        let done = WalletError::Invalid { input: Input::RecoveryMissing };
        match wallet.recovery().await {
            Ok(view) => assert_eq!(*view.state(), "ready", "{place} {when:?}"),
            Err(error) => assert_eq!(error, done, "{place} {when:?}"),
        }
        let again = wallet.complete_recovery(&code).await;
        assert!(again.is_ok() || again == Err(done), "{place} {when:?}: {again:?}");
    }
    assert!(cut.is_dead(), "{place} was not visited");
    assert_eq!(wallet.account().unwrap().account(), holder.account().unwrap().account());
    assert!(wallet.recovery().await.is_err(), "{place} {when:?}: who asked is forgotten");
    assert!(matches!(holder.rotate_card().await, Err(WalletError::Fenced { .. })), "{place} {when:?}");
    wallet
}

#[tokio::test(flavor = "multi_thread")]
async fn wallet_19_a_new_phone_that_dies_anywhere_goes_on_with_the_same_case() {
    let town = Town::new().await;
    let (mut holder, _) = enrolled(&town, &Phone::default()).await;
    for place in WAY {
        for when in [When::Before, When::After] {
            holder = taken_over(&town, &holder, (place, when)).await;
        }
    }
    holder.sync().await.unwrap();
    assert_eq!(holder.balance().await.unwrap().points().points().amount(), 10_000);
    town.stop().await;
}
