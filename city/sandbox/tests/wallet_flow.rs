//! A citizen's phones against the whole city: who pays, who is fenced off, what a receipt proves, and a bank that is difficult.
//!
//! Citizen, city and merchant are as in the story; the phones' stores are in memory, everything else is real.

#![cfg(test)]

use citizen_keys::MemoryBackend;
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock, Seconds, UnixTime, random};
use citizen_store::MemoryDisk;
use citizen_wallet::view::{PaymentView, ReceiptView};
use citizen_wallet::{
    City as Trusted, Claim, Coins, Https, LockedWallet, PinCost, Points, RecoveryCode, SoftwareKeystore,
    StorePlace, Trust, Wallet, WalletConfig, WalletError, Won, verify_receipt,
};
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use city_sandbox::merchants::{BAKERY, printed_code};
use city_services::Mood;
use city_services::bank::BookAccount;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;

const PIN: &str = "294857";

/// A phone: what outlives the app.
#[derive(Clone, Default)]
struct Phone {
    disk: MemoryDisk,
    hardware: MemoryBackend,
}

impl Phone {
    fn config(&self, city: &City) -> WalletConfig {
        let keystore =
            SoftwareKeystore::open(Box::new(self.hardware.clone()), Box::new(random::system())).unwrap();
        let store = StorePlace::Opened(Box::new(self.disk.open().unwrap()));
        let transport = Arc::new(Https::new().unwrap());
        let mut config = WalletConfig::new(store, Arc::new(keystore), transport);
        config.pin_cost = PinCost::dangerous_cheap();
        config.with_city(Trusted { url: city.url().clone(), trust: Trust::File(city.trust().clone()) })
    }

    async fn set_up(&self, city: &City, name: &str) -> (Wallet, RecoveryCode) {
        let (wallet, code) = Wallet::create(self.config(city), PIN).unwrap();
        wallet.open_account(&code).await.unwrap();
        wallet.enrol(name).await.unwrap();
        wallet.earn(&Claim::new("eco", "eco-2026-h1").unwrap()).await.unwrap();
        (wallet, code)
    }
}

async fn city() -> (City, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    (City::start(Folder::open(&folder.path().join("city")).unwrap(), listen).await.unwrap(), folder)
}

/// The machine's clock, moved on.
#[derive(Default)]
struct Later(AtomicU64);

impl Clock for Later {
    fn now(&self) -> UnixTime {
        SystemClock.now().plus(Seconds::new(self.0.load(Ordering::SeqCst)))
    }
}

async fn review(
    wallet: &Wallet,
    amount: u64,
    points: u64,
) -> Result<citizen_wallet::PaymentReview, WalletError> {
    let code = wallet.scan_text(&printed_code(BAKERY).unwrap()).await?;
    wallet.review_payment(&code, Some(Won::new(amount)?), Coins::Exactly(Points::new(points)?)).await
}

async fn pay(wallet: &Wallet, amount: u64, points: u64) -> Result<PaymentView, WalletError> {
    let approved = wallet.approve(review(wallet, amount, points).await?).await?;
    wallet.follow_payment(approved.payment_id(), |_| {}).await
}

/// What the citizen has: points, and won by the bank's word.
async fn funds(wallet: &Wallet) -> (u64, u64) {
    let balance = wallet.balance().await.unwrap();
    (balance.points().points().amount(), balance.won().as_ref().unwrap().krw().amount())
}

#[tokio::test(flavor = "multi_thread")]
async fn ledger_12_a_receipt_proves_a_captured_payment_and_no_changed_byte_shows_another() {
    let (city, _folder) = city().await;
    let (wallet, _) = Phone::default().set_up(&city, "김하나").await;
    let paid = pay(&wallet, 12_000, 5_000).await.unwrap();
    assert!(paid.is_captured());
    assert_eq!(funds(&wallet).await, (5_000, 93_000));
    let (view, bytes) = wallet.receipt(paid.payment_id()).unwrap();
    assert_eq!((view.points().amount(), view.krw().amount()), (5_000, 7_000));
    let now = *view.captured_at();
    assert_eq!(verify_receipt(&bytes, city.trust(), now).unwrap().payment_id(), paid.payment_id());
    for position in (0..bytes.len()).step_by(7) {
        let mut changed = bytes.clone();
        changed[position] ^= 0x10;
        if let Ok(other) = verify_receipt(&changed, city.trust(), now) {
            // What nothing shown rests on may differ: a vote that is taken out, a record that was proved besides.
            let shown = |view: &ReceiptView| {
                let amounts = (*view.points(), *view.krw(), *view.captured_at());
                (*view.payment_id(), view.merchant().clone(), view.district().clone(), amounts)
            };
            assert_eq!(shown(&other), shown(&view), "byte {position}");
        }
    }
    city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_phone_goes_on_and_the_old_one_is_fenced_off() {
    let (city, _folder) = city().await;
    let old_phone = Phone::default();
    let (old, code) = old_phone.set_up(&city, "이둘").await;
    let kept = pay(&old, 1_000, 0).await.unwrap();
    let backup = old.backup(&code).unwrap();
    let wrong = RecoveryCode::generate(&mut random::system());
    let refused = Wallet::restore(Phone::default().config(&city), &backup, &wrong, PIN).await;
    assert!(refused.is_err(), "another code");
    // Planned before the new phone took over, won only: refused at the hold.
    let planned = review(&old, 2_000, 0).await.unwrap();
    let (new, account) = Wallet::restore(Phone::default().config(&city), &backup, &code, PIN).await.unwrap();
    assert_eq!(*account.epoch(), 1);
    let outcome = match old.approve(planned).await {
        Ok(view) => old.advance_payment(view.payment_id()).await.map(|view| view.is_captured()),
        Err(error) => Err(error),
    };
    assert!(!matches!(outcome, Ok(true)), "the fenced phone never pays");
    assert!(matches!(
        old.sync().await.and(review(&old, 2_000, 0).await.map(drop)),
        Err(WalletError::Fenced { .. })
    ));
    assert!(pay(&new, 3_000, 1_000).await.unwrap().is_captured());
    assert_eq!(funds(&new).await, (9_000, 97_000));
    assert!(new.receipt(kept.payment_id()).is_ok(), "receipts come along");
    city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn wallet_12_two_phones_restored_from_one_backup_never_pay_twice() {
    let (city, _folder) = city().await;
    let (old, code) = Phone::default().set_up(&city, "이둘").await;
    let backup = old.backup(&code).unwrap();
    let restore = || async {
        let phone = Phone::default();
        let (wallet, account) = Wallet::restore(phone.config(&city), &backup, &code, PIN).await.unwrap();
        (wallet, *account.epoch(), phone)
    };
    let (first, epoch, _first_phone) = restore().await;
    assert_eq!(epoch, 1);
    // Both plan to spend nearly all that there is; the second phone takes over between the first one's plan and its approval.
    let planned = review(&first, 60_000, 9_000).await.unwrap();
    let (second, epoch, _second_phone) = restore().await;
    assert_eq!(epoch, 2);
    let both = tokio::join!(first.approve(planned), pay(&second, 60_000, 9_000));
    assert!(both.1.unwrap().is_captured());
    let of_the_first = match both.0 {
        Ok(view) => first.advance_payment(view.payment_id()).await.map(|view| view.is_captured()),
        Err(error) => Err(error),
    };
    assert!(!matches!(of_the_first, Ok(true)), "the fenced phone never pays");
    assert!(matches!(
        first.sync().await.and(review(&first, 1_000, 0).await.map(drop)),
        Err(WalletError::Fenced { .. })
    ));
    // Paid once, and it stays so when everything has come to its end.
    for _ in 0..10 {
        assert_eq!(funds(&second).await, (1_000, 49_000));
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(second.payments().unwrap().len(), 1);
    city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_loses_answers_or_doubts_ends_paid_once_and_one_that_declines_ends_undone() {
    let (city, _folder) = city().await;
    let (wallet, _) = Phone::default().set_up(&city, "박셋").await;
    let mut won = 100_000;
    for mood in [Mood::Lost, Mood::Doubtful] {
        city.bank().set_mood(mood);
        let paid = pay(&wallet, 1_000, 100).await;
        city.bank().set_mood(Mood::Prompt);
        let id = match &paid {
            Ok(view) => *view.payment_id(),
            Err(WalletError::Pending { payment }) => *payment,
            Err(error) => panic!("{error}"),
        };
        let view = wallet.follow_payment(&id, |_| {}).await.unwrap();
        won -= if view.is_captured() { 900 } else { 0 };
        assert_eq!(funds(&wallet).await.1, won, "debited exactly if captured");
    }
    let before = funds(&wallet).await;
    city.bank().set_mood(Mood::Declining);
    let undone = pay(&wallet, 2_000, 500).await.unwrap();
    assert_eq!(*undone.state(), "reversed");
    city.bank().set_mood(Mood::Prompt);
    assert_eq!(funds(&wallet).await, before, "points and won are back");
    assert!(wallet.receipt(undone.payment_id()).is_err());
    let clearing = city.bank().balance_of(&BookAccount::Issue);
    assert!(clearing.is_ok());
    city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn wallet_2_and_3_a_locked_wallet_signs_nothing_and_a_wrong_pin_is_counted_across_restarts() {
    let (city, _folder) = city().await;
    let phone = Phone::default();
    let (wallet, _) = phone.set_up(&city, "최넷").await;
    let locked: LockedWallet = wallet.lock();
    drop(locked);
    for tries_left in (0..5).rev() {
        let again = Wallet::open(phone.config(&city)).unwrap();
        match again.unlock("111112").unwrap_err() {
            WalletError::WrongPin { tries_left: left, .. } => assert_eq!(left, tries_left),
            error => panic!("{error}"),
        }
    }
    let again = Wallet::open(phone.config(&city)).unwrap();
    assert!(
        matches!(again.unlock(PIN), Err(WalletError::WrongPin { tries_left: 0, .. })),
        "the right PIN waits too"
    );
    city.stop().await.unwrap();
}

/// Neither city nor phone has seen a block for longer than a checkpoint vouches for; the app brings the city's new one.
#[tokio::test(flavor = "multi_thread")]
async fn a_city_that_starts_again_after_its_first_half_year_takes_payments() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city");
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let clock = Arc::new(Later::default());
    let start = || City::start_by(clock.clone(), Folder::open(&path).unwrap(), listen);
    let phone = Phone::default();
    let config = |city: &City| WalletConfig { clock: clock.clone(), ..phone.config(city) };

    let city = start().await.unwrap();
    let (wallet, code) = Wallet::create(config(&city), PIN).unwrap();
    wallet.open_account(&code).await.unwrap();
    wallet.enrol("한반년").await.unwrap();
    let before = pay(&wallet, 1_000, 0).await.unwrap();
    drop(wallet);
    city.stop().await.unwrap();
    clock.0.store(181 * 24 * 60 * 60, Ordering::SeqCst);

    let city = start().await.unwrap();
    let wallet = Wallet::open(config(&city)).unwrap().unlock(PIN).unwrap();
    wallet.sync().await.unwrap();
    let after = pay(&wallet, 2_000, 0).await.unwrap();
    assert!(after.is_captured());
    assert!([before, after].iter().all(|view| wallet.receipt(view.payment_id()).is_ok()));
    city.stop().await.unwrap();
}
