//! The main road: make, earn, read, review, pay, show; lock and unlock.

use crate::app::Weather;
use crate::phone::{PIN, Town, approve, bakery, funds, pay, secret};
use citizen_wallet_ffi::{Coins, Language, WalletError, WalletEvent, inspect_code, verify_receipt};
use std::sync::atomic::Ordering;

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_earns_reviews_and_pays_in_points_and_won_and_the_receipt_needs_no_wallet() {
    let town = Town::start().await;
    let phone = town.phone("hana");
    let wallet = phone.set_up("김하나").await;
    let balance = wallet.balance(None).await.unwrap();
    assert_eq!((balance.points().verified().signers(), balance.points().points().amount()), (&4, 10_000));
    assert!(balance.points().freshness().is_fresh());

    assert_eq!(inspect_code(bakery(), false).kind, "emv-mpm");
    let code = wallet.scan_text(bakery(), None).await.unwrap();
    assert!(code.is_usable());
    let review =
        wallet.review_payment(code, Coins::Exactly { points: 5_000 }, Some(12_000), None).await.unwrap();
    let view = review.view();
    assert_eq!((view.points().amount(), view.krw().amount()), (5_000, 7_000));
    assert!(funds(&wallet).await == (10_000, 100_000), "nothing has happened yet");

    let approved = wallet.approve(review.clone(), None).await.unwrap();
    assert_eq!(*approved.state(), "requested");
    let id = approved.payment_id().to_hex();
    let paid = wallet.follow_payment(id.clone(), None).await.unwrap();
    assert!(paid.is_captured());
    assert_eq!(funds(&wallet).await, (5_000, 93_000));
    let heard = phone.ear.heard.lock().unwrap().clone();
    let last = heard.iter().rev().find_map(|event| match event {
        WalletEvent::Payment { payment } => Some(*payment.state()),
        _ => None,
    });
    assert_eq!(last, Some("captured"));

    let receipt = wallet.receipt(id, None).await.unwrap();
    let trust = wallet.trust_file(None).await.unwrap();
    let shown = verify_receipt(receipt.file, trust, phone.platform(), None).await.unwrap();
    assert_eq!(shown.payment_id(), paid.payment_id());
    assert_eq!(
        wallet.home(None).await.unwrap().recent().len(),
        wallet.history(None).await.unwrap().entries().len()
    );
    assert_eq!(wallet.payments(None).await.unwrap().len(), 1);
    assert!(!wallet.activity(None).await.unwrap().is_empty());
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ffi_5_a_review_is_approved_once() {
    let town = Town::start().await;
    let wallet = town.phone("dul").set_up("이둘").await;
    let code = wallet.scan_text(bakery(), None).await.unwrap();
    let review = wallet.review_payment(code, Coins::First, Some(1_000), None).await.unwrap();
    let (first, second) = tokio::join!(wallet.approve(review.clone(), None), wallet.approve(review, None));
    let expired = [&first, &second]
        .into_iter()
        .filter(|answer| matches!(answer, Err(WalletError::Expired { what }) if what == "review"));
    assert_eq!(expired.count(), 1);
    assert_eq!(wallet.payments(None).await.unwrap().len(), 1);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ffi_6_opening_sends_nothing_and_a_wrong_pin_shows_nothing() {
    let town = Town::start().await;
    let phone = town.phone("set");
    let wallet = phone.set_up("박셋").await;
    wallet.release().await.unwrap();
    let sent = phone.net.sent.load(Ordering::SeqCst);

    let wallet = phone.open().await.unwrap();
    assert_eq!(wallet.balance(None).await, Err(WalletError::Locked));
    let wrong = wallet.unlock(secret("111112"), None).await.unwrap_err();
    assert_eq!(wrong, WalletError::WrongPin { tries_left: 4, wait_seconds: 0 });
    assert!(wrong.text(Language::Korean).contains('4'));
    assert_eq!(wallet.account(None).await, Err(WalletError::Locked));
    assert!(matches!(wallet.unlock(secret("12"), None).await, Err(WalletError::Invalid { .. })));
    wallet.unlock(secret(PIN), None).await.unwrap();
    wallet.account(None).await.unwrap();
    assert_eq!(phone.net.sent.load(Ordering::SeqCst), sent);

    assert_eq!(funds(&wallet).await, (10_000, 100_000));
    assert_eq!(wallet.lock_if_idle(None).await, Ok(false));
    wallet.lock(None).await.unwrap();
    wallet.lock(None).await.unwrap();
    assert_eq!(wallet.lock_if_idle(None).await, Ok(true));
    assert_eq!(wallet.payments(None).await, Err(WalletError::Locked));
    wallet.unlock(secret(PIN), None).await.unwrap();
    wallet.change_pin(secret(PIN), secret("730164"), None).await.unwrap();
    wallet.lock(None).await.unwrap();
    assert!(matches!(wallet.unlock(secret(PIN), None).await, Err(WalletError::WrongPin { .. })));
    wallet.unlock(secret("730164"), None).await.unwrap();
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lay_in_the_outbox_when_the_app_was_killed_is_sent_by_the_next_sync() {
    let town = Town::start().await;
    let phone = town.phone("net");
    let wallet = phone.set_up("최넷").await;
    phone.net.set(Weather::LosesAnswersOf("/v1/centre/orders"));
    let id = approve(&wallet, 3_000, 1_000).await.unwrap().payment_id().to_hex();
    // No farewell: the process is gone, its files are closed by the system.
    drop(wallet);
    phone.net.set(Weather::Fair);
    let wallet = phone.open().await.unwrap();
    wallet.unlock(secret(PIN), None).await.unwrap();
    wallet.sync(None).await.unwrap();
    assert!(wallet.follow_payment(id, None).await.unwrap().is_captured());
    assert_eq!(funds(&wallet).await, (9_000, 98_000));
    let heard = phone.ear.heard.lock().unwrap().clone();
    assert!(heard.contains(&WalletEvent::AccountSynced) && heard.contains(&WalletEvent::BalanceSynced));
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_comes_back_on_another_phone_and_the_old_one_only_shows() {
    let town = Town::start().await;
    let old_phone = town.phone("old");
    let old = old_phone.create().await.unwrap();
    let code = old.generate_recovery_code(None).await.unwrap();
    old.open_account(code.clone(), None).await.unwrap();
    old.enrol("정다섯".to_owned(), None).await.unwrap();
    let backup = old.backup(code.clone(), None).await.unwrap();
    let phone = town.phone("new");
    let restore = |code| {
        let (place, platform) = (phone.place.clone(), phone.platform());
        citizen_wallet_ffi::Wallet::restore(place, platform, backup.clone(), code, secret(PIN), None)
    };
    let other = old.generate_recovery_code(None).await.unwrap();
    assert!(matches!(restore(other).await, Err(WalletError::Invalid { .. })));
    let new = restore(code).await.unwrap();
    assert_eq!(*new.account(None).await.unwrap().epoch(), 1);
    assert!(pay(&new, 2_000, 0).await.unwrap().is_captured());
    assert!(matches!(pay(&old, 2_000, 0).await, Err(WalletError::Fenced { .. })));
    town.stop().await;
}
