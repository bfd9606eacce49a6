//! What the app's own side throws is an answer, never a crash (FFI-9).

use crate::app::{Ear, Mood, Watch, Weather};
use crate::phone::{PIN, Phone, Town, approve, funds, pay, secret};
use citizen_wallet_ffi::{KeystoreError, WalletError};
use std::sync::Arc;
use std::sync::atomic::Ordering;

#[tokio::test(flavor = "multi_thread")]
async fn ffi_9_a_key_store_that_throws_is_answered_by_what_the_app_does_next() {
    let town = Town::start().await;
    let phone = town.phone("finger");
    let failed = WalletError::Internal { incident: "keystore".to_owned() };
    phone.finger.set(Mood::ThrowsStrangely);
    assert_eq!(phone.create().await.err(), Some(failed.clone()));
    phone.finger.set(Mood::Answers);
    let wallet = phone.create().await.unwrap();
    let code = wallet.generate_recovery_code(None).await.unwrap();
    for (mood, answer) in [
        (Mood::Throws(KeystoreError::Cancelled), WalletError::Cancelled),
        (Mood::Throws(KeystoreError::Invalidated), WalletError::KeyInvalidated),
        (Mood::Throws(KeystoreError::Missing), WalletError::KeyInvalidated),
        (Mood::Throws(KeystoreError::Locked), WalletError::Locked),
        (Mood::Throws(KeystoreError::Full), WalletError::StorageFull),
        (Mood::Throws(KeystoreError::Failed), failed.clone()),
        (Mood::ThrowsStrangely, failed),
    ] {
        phone.finger.set(Mood::Answers);
        wallet.lock(None).await.unwrap();
        phone.finger.set(mood);
        assert_eq!(wallet.unlock(secret(PIN), None).await, Err(answer));
        phone.finger.set(Mood::Answers);
        wallet.unlock(secret(PIN), None).await.unwrap();
    }
    wallet.open_account(code, None).await.unwrap();
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ffi_9_a_transport_that_loses_the_answer_to_an_order_pays_once() {
    let town = Town::start().await;
    let phone = town.phone("lost");
    let wallet = phone.set_up("김하나").await;
    phone.net.set(Weather::LosesAnswersOf("/v1/centre/orders"));
    let approved = approve(&wallet, 12_000, 5_000).await.unwrap();
    assert_eq!(*approved.state(), "requested");
    phone.net.set(Weather::Fair);
    let paid = wallet.follow_payment(approved.payment_id().to_hex(), None).await.unwrap();
    assert!(paid.is_captured());
    assert_eq!(funds(&wallet).await, (5_000, 93_000));
    assert_eq!(wallet.payments(None).await.unwrap().len(), 1);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ffi_9_without_a_connection_the_last_numbers_are_shown_as_stale_and_nothing_is_approved() {
    let town = Town::start().await;
    let phone = town.phone("cut");
    let wallet = phone.set_up("김하나").await;
    for weather in [Weather::Offline, Weather::ThrowsStrangely] {
        phone.net.set(weather);
        let balance = wallet.balance(None).await;
        match weather {
            Weather::Offline => {
                let balance = balance.unwrap();
                assert!(!balance.points().freshness().is_fresh());
                assert_eq!(balance.points().points().amount(), 10_000);
            }
            // An answer that broke off.
            _ => assert!(balance.is_err() || !balance.unwrap().points().freshness().is_fresh()),
        }
        assert!(approve(&wallet, 1_000, 0).await.is_err());
    }
    assert!(wallet.payments(None).await.unwrap().is_empty());
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ffi_9_a_clock_and_a_listener_that_throw_hold_nothing_up() {
    let town = Town::start().await;
    let ear = Arc::new(Ear { throws: true, ..Ear::default() });
    let watch = Arc::new(Watch { throws: true, ..Watch::default() });
    let phone = Phone { ear, watch, ..town.phone("broken") };
    let wallet = phone.set_up("이둘").await;
    assert!(pay(&wallet, 2_000, 1_000).await.unwrap().is_captured());
    assert!(phone.watch.asked.load(Ordering::SeqCst) > 0);
    assert!(!phone.ear.heard.lock().unwrap().is_empty());
    town.stop().await;
}
