//! A wallet is made, locked, unlocked and carried to another phone.

mod support;

use citizen_primitives::{Seconds, random};
use citizen_store::{LockedSqliteStore, SqliteOptions};
use citizen_wallet::error::Input;
use citizen_wallet::view::BalanceView;
use citizen_wallet::{Claim, Coins, Points, StorePlace, Wallet, WalletError, Won};
use std::collections::BTreeSet;
use std::path::Path;
use support::phone::{PIN, code_text, pay, scan};
use support::{Gateway, Phone};

#[tokio::test]
async fn wallet_2_wrong_pins_cost_growing_waits_that_a_restart_does_not_shorten() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    drop(phone.create());
    let wrong = |tries| {
        for _ in 0..tries {
            assert!(matches!(
                Wallet::open(phone.config()).unwrap().unlock("000111"),
                Err(WalletError::WrongPin { .. })
            ));
        }
    };
    wrong(5);
    let waits = Wallet::open(phone.config()).unwrap().unlock(PIN).unwrap_err();
    assert_eq!(waits, WalletError::WrongPin { tries_left: 0, wait: Seconds::new(30) });
    gateway.clock.advance(30);
    assert!(phone.reopen().is_ok(), "after the wait the right PIN opens");
    wrong(4);
    assert!(phone.reopen().is_ok(), "a right PIN ends the counting");
}

#[tokio::test]
async fn wallet_3_a_wallet_left_alone_locks_itself_and_answers_nothing() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, code) = {
        let mut config = phone.config().with_city(phone.city());
        config.auto_lock = Seconds::new(300);
        Wallet::create(config, PIN).unwrap()
    };
    wallet.open_account(&code).await.unwrap();
    wallet.generate_recovery_code().unwrap();
    gateway.clock.advance(299);
    assert!(wallet.account().is_ok());
    wallet.generate_recovery_code().unwrap();
    gateway.clock.advance(299);
    assert!(wallet.account().is_ok(), "an act of the citizen begins the time anew");
    gateway.clock.advance(1);
    assert_eq!(wallet.account().unwrap_err(), WalletError::Locked);
    assert_eq!(wallet.balance().await.unwrap_err(), WalletError::Locked);
    assert_eq!(wallet.backup(&code).unwrap_err(), WalletError::Locked);
    wallet.unlock_again(PIN).unwrap();
    assert!(wallet.account().is_ok());
    let locked = wallet.lock();
    assert!(locked.unlock(PIN).unwrap().account().is_ok());
}

#[tokio::test]
async fn wallet_3_a_wallet_that_nothing_was_asked_of_since_its_time_was_up_is_unlocked_by_the_pin() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let mut config = phone.config().with_city(phone.city());
    config.auto_lock = Seconds::new(300);
    let (wallet, code) = Wallet::create(config, PIN).unwrap();
    wallet.open_account(&code).await.unwrap();
    gateway.clock.advance(100_000);
    wallet.unlock_again(PIN).unwrap();
    assert!(wallet.account().is_ok());
    // The app's timer locks it without anybody asking for anything.
    wallet.generate_recovery_code().unwrap();
    gateway.clock.advance(299);
    assert!(!wallet.lock_if_idle().unwrap());
    gateway.clock.advance(1);
    assert!(wallet.lock_if_idle().unwrap());
    assert!(wallet.lock_if_idle().unwrap(), "locked it stays");
    assert_eq!(wallet.account().unwrap_err(), WalletError::Locked);
}

#[tokio::test]
async fn a_pin_is_changed_by_whoever_knows_the_old_one() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.create();
    assert!(matches!(wallet.change_pin("111222", "284615"), Err(WalletError::WrongPin { .. })));
    assert_eq!(wallet.change_pin(PIN, "123456"), Err(WalletError::Invalid { input: Input::PinSimple }));
    wallet.change_pin(PIN, "284615").unwrap();
    drop(wallet);
    assert!(phone.reopen().is_err());
    assert!(Wallet::open(phone.config()).unwrap().unlock("284615").is_ok());
}

#[tokio::test]
async fn there_is_one_wallet_in_a_store_and_it_needs_a_city() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let input = |result: Result<_, WalletError>| match result {
        Err(WalletError::Invalid { input }) => input,
        Err(other) => panic!("{other:?}"),
        Ok(()) => panic!("no refusal"),
    };
    assert_eq!(input(Wallet::open(phone.config()).map(drop)), Input::WalletMissing);
    assert_eq!(input(Wallet::create(phone.config(), PIN).map(drop)), Input::TrustNeeded);
    drop(phone.create());
    assert_eq!(
        input(Wallet::create(phone.config().with_city(phone.city()), PIN).map(drop)),
        Input::WalletExists
    );
}

#[tokio::test]
async fn an_opening_that_lost_its_answer_opens_one_account() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, code) = phone.create();
    gateway.lie(|path, body| if path == "ledger/transactions" { b"lost".to_vec() } else { body });
    assert!(wallet.open_account(&code).await.is_err());
    drop(wallet);
    gateway.be_honest();
    let wallet = phone.reopen().unwrap();
    wallet.open_account(&code).await.unwrap();
    assert_eq!(gateway.town(|town| town.accounts.len()), 1);
    assert_eq!(
        wallet.open_account(&code).await.unwrap_err(),
        WalletError::Invalid { input: Input::AccountExists }
    );
}

/// The store of a phone, in a file that may grow to so many pages.
#[allow(clippy::unwrap_used)] // Clippy knows only functions that are marked as tests.
fn store(file: &Path, options: &SqliteOptions) -> StorePlace {
    let locked = LockedSqliteStore::open(file, Box::new(random::system()), options).unwrap();
    StorePlace::Opened(Box::new(locked))
}

#[tokio::test]
async fn wallet_22_a_full_disk_is_told_as_one_and_nothing_is_approved_that_is_not_on_it() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wallet.sqlite");
    let config = phone.config_in(store(&file, &SqliteOptions::default()));
    let (wallet, code) = Wallet::create(config.with_city(phone.city()), PIN).unwrap();
    wallet.open_account(&code).await.unwrap();
    wallet.enrol("kim").await.unwrap();
    wallet.earn(&Claim::new("eco", "2026-h1").unwrap()).await.unwrap();
    drop(wallet);
    let pages = u32::try_from(std::fs::metadata(&file).unwrap().len() / 4096).unwrap();

    let limited = SqliteOptions::default().holding_at_most(pages + 24);
    let wallet = Wallet::open(phone.config_in(store(&file, &limited))).unwrap().unlock(PIN).unwrap();
    let mut approved = Vec::new();
    let pay = async || {
        let code = wallet.scan_text(&code_text()).await?;
        let coins = Coins::Exactly(Points::new(100).unwrap());
        let review = wallet.review_payment(&code, Some(Won::new(100).unwrap()), coins).await?;
        Ok::<_, WalletError>(*wallet.approve(review).await?.payment_id())
    };
    let error = loop {
        match pay().await {
            Ok(payment) => approved.push(payment),
            Err(error) => break error,
        }
    };
    assert_eq!((&error, error.code()), (&WalletError::StorageFull, "storage-full"));
    let text = error.message();
    assert!(text.ko.contains("저장 공간이 모자랍니다") && text.en.contains("no space left"), "{text:?}");
    assert!(!approved.is_empty(), "there was room for some");
    assert!(wallet.account().is_ok() && wallet.payments().is_ok(), "what is there can be looked at");
    drop(wallet);

    // With room again everything that was approved is there, and nothing that the disk had no room for.
    let config = phone.config_in(store(&file, &SqliteOptions::default()));
    let wallet = Wallet::open(config).unwrap().unlock(PIN).unwrap();
    let kept: BTreeSet<_> = wallet.payments().unwrap().iter().map(|view| *view.payment_id()).collect();
    assert_eq!(kept, approved.into_iter().collect());
}

#[tokio::test]
async fn wallet_12_a_restored_phone_has_everything_but_the_old_key_and_fences_the_old_phone() {
    let gateway = Gateway::new();
    let old = Phone::new(&gateway, 1);
    let (wallet, code) = old.with_points().await;
    let payment = pay(&wallet, 3_000, 1_000).await;
    gateway.town(|town| town.capture(&payment));
    assert!(wallet.follow_payment(&payment, |_| {}).await.unwrap().is_captured());
    let backup = wallet.backup(&code).unwrap();

    let new = Phone::new(&gateway, 2);
    let (restored, account) = Wallet::restore(new.config(), &backup, &code, "284615").await.unwrap();
    assert_eq!(account.account(), wallet.account().unwrap().account());
    assert_eq!(*account.epoch(), 1);
    assert_eq!(restored.balance().await.unwrap().points().points().amount(), 9_000);
    assert_eq!(restored.receipt(&payment).unwrap().0.krw().amount(), 2_000);
    assert!(restored.activity().unwrap().len() > 5, "the log came along");

    let refused = wallet.review_payment(&scan(&wallet).await, Won::new(500).ok(), Coins::First).await;
    assert!(matches!(refused, Err(WalletError::Fenced { .. })), "{refused:?}");
    assert!(matches!(wallet.earn(&Claim::new("eco", "x").unwrap()).await, Err(WalletError::Fenced { .. })));
    let shown = wallet.balance().await.unwrap();
    assert_eq!(shown.points().points().amount(), 9_000, "it can still show");
    let review =
        restored.review_payment(&scan(&restored).await, Won::new(500).ok(), Coins::First).await.unwrap();
    assert_eq!(*review.view().points(), Points::new(500).unwrap());
}

#[tokio::test]
async fn wallet_23_a_phone_that_was_not_told_the_banks_name_for_her_shows_the_won_and_says_what_needs_the_name()
 {
    let gateway = Gateway::new();
    let (wallet, code) = Phone::new(&gateway, 1).create();
    wallet.open_account(&code).await.unwrap();
    assert!(wallet.balance().await.unwrap().won().is_none(), "no bank yet");
    assert!(!gateway.asked.lock().unwrap().iter().any(|path| path.contains("bank/")), "and none is asked");
    let early = wallet.backup(&code).unwrap();
    wallet.enrol("kim").await.unwrap();

    let new = Phone::new(&gateway, 2);
    let (restored, _) = Wallet::restore(new.config(), &early, &code, PIN).await.unwrap();
    let won = |balance: BalanceView| balance.won().as_ref().map(|won| won.krw().amount());
    let shown = won(restored.balance().await.unwrap());
    assert!(shown.is_some(), "the bank goes by the account");
    let needed = WalletError::Invalid { input: Input::NameMissing };
    assert_eq!(restored.earn(&Claim::new("eco", "2026-h1").unwrap()).await.unwrap_err(), needed);
    gateway.be_offline(true);
    assert_eq!(won(restored.balance().await.unwrap()), shown, "the last word is kept");
    gateway.be_offline(false);
    drop(restored);
    let restored = new.reopen().unwrap();
    assert_eq!(won(restored.balance().await.unwrap()), shown);
    restored.enrol("kim").await.unwrap();
    restored.earn(&Claim::new("eco", "2026-h1").unwrap()).await.unwrap();
    assert_eq!(won(restored.balance().await.unwrap()), shown);
}

#[tokio::test]
async fn wallet_12_a_backup_opens_with_its_own_code_alone() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, code) = phone.with_points().await;
    let another = wallet.generate_recovery_code().unwrap();
    assert_eq!(
        wallet.backup(&another).unwrap_err(),
        WalletError::Invalid { input: Input::RecoveryCode },
        "nobody could restore with it"
    );
    let backup = wallet.backup(&code).unwrap();
    let new = Phone::new(&gateway, 2);
    for (bytes, code) in [(backup.as_slice(), &another), (&backup[..backup.len() - 1], &code), (b"", &code)] {
        let refused = Wallet::restore(new.config(), bytes, code, PIN).await.map(drop).unwrap_err();
        assert_eq!(refused, WalletError::Invalid { input: Input::Backup });
    }
}

#[tokio::test]
async fn an_interrupted_restoration_is_gone_on_with() {
    let gateway = Gateway::new();
    let old = Phone::new(&gateway, 1);
    let (wallet, code) = old.with_points().await;
    let backup = wallet.backup(&code).unwrap();
    let new = Phone::new(&gateway, 2);
    gateway.be_offline(true);
    assert!(Wallet::restore(new.config(), &backup, &code, PIN).await.is_err());
    gateway.be_offline(false);
    gateway.lie(|path, body| if path == "ledger/transactions" { b"lost".to_vec() } else { body });
    assert!(Wallet::restore(new.config(), &backup, &code, PIN).await.is_err());
    gateway.be_honest();
    let (_, account) = Wallet::restore(new.config(), &backup, &code, PIN).await.unwrap();
    assert_eq!(*account.epoch(), 1, "replaced once");
}
