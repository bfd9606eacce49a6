//! Calls that nobody waits for any more.

use crate::app::{Mood, Weather};
use crate::phone::{OBJECTS, PIN, Phone, Town, approve, bakery, funds, secret};
use citizen_wallet_ffi::{CancelToken, Coins, Wallet, WalletError, live_objects};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn ffi_3_a_payment_that_is_cancelled_in_the_middle_is_paid_once_or_not_at_all() {
    let town = Town::start().await;
    let phone = town.phone("middle");
    let wallet = phone.set_up("김하나").await;
    let code = wallet.scan_text(bakery(), None).await.unwrap();
    let review =
        wallet.review_payment(code, Coins::Exactly { points: 5_000 }, Some(12_000), None).await.unwrap();
    // The order is signed and lies in the outbox; the network gives no answer.
    phone.net.set(Weather::Hangs);
    let token = CancelToken::new();
    let approving = wallet.approve(review.clone(), Some(token.clone()));
    let stopping = async {
        while wallet.payments(None).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        token.cancel();
        Instant::now()
    };
    let (answer, stopped) = tokio::join!(approving, stopping);
    assert_eq!(answer, Err(WalletError::Cancelled));
    // The network would never answer: any bound tells.
    assert!(stopped.elapsed() < Duration::from_secs(120), "the caller is answered at once");
    phone.net.set(Weather::Fair);
    assert!(matches!(wallet.approve(review, None).await, Err(WalletError::Expired { .. })));
    wallet.sync(None).await.unwrap();
    let payments = wallet.payments(None).await.unwrap();
    let id = payments[0].payment_id().to_hex();
    assert!(wallet.follow_payment(id, None).await.unwrap().is_captured());
    assert_eq!((payments.len(), funds(&wallet).await), (1, (5_000, 93_000)));
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ffi_3_a_prompt_for_a_finger_is_let_go_of_and_the_wallet_stays_locked() {
    let town = Town::start().await;
    let phone = town.phone("prompt");
    let wallet = phone.create().await.unwrap();
    wallet.lock(None).await.unwrap();
    phone.finger.set(Mood::Waits);
    let token = CancelToken::new();
    let stopping = async {
        while !phone.finger.waiting.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        token.cancel();
    };
    let (answer, ()) = tokio::join!(wallet.unlock(secret(PIN), Some(token.clone())), stopping);
    assert_eq!(answer, Err(WalletError::Cancelled));
    phone.finger.set(Mood::Answers);
    assert_eq!(wallet.payments(None).await, Err(WalletError::Locked));
    wallet.unlock(secret(PIN), None).await.unwrap();
    assert_eq!(wallet.payments(Some(token)).await, Err(WalletError::Cancelled), "a token stays cancelled");
    town.stop().await;
}

/// Two hundred calls, most of them dropped or cancelled at a moment that chance chooses; then nothing is lost and nothing is left. That some end,
/// some are stopped and a payment is paid is not left to chance: how fast the machine is now, nobody knows.
#[tokio::test(flavor = "multi_thread")]
async fn ffi_3_and_8_calls_cancelled_at_random_lose_nothing_and_leave_nothing_alive() {
    let _alone = OBJECTS.write().await;
    assert!(none_alive().await, "{} objects before the test", live_objects());
    let town = Town::start_alone().await;
    let phone = town.phone("chance");
    let wallet = phone.set_up("이둘").await;
    let mut chance = StdRng::seed_from_u64(20_261_121);
    let longest = one_that_is_paid(&wallet).await;
    let (mut ended, mut stopped) = (0_u32, 0_u32);
    for round in 0..200 {
        let kind = if round % 20 == NEVER_ANSWERED { LOOKING } else { chance.random_range(0..8) };
        if kind == UNLOCKING {
            wallet.lock(None).await.unwrap();
        }
        let token = CancelToken::new();
        let call = some_call(&wallet, &phone, kind, &token);
        let moment = Duration::from_micros(chance.random_range(0..longest));
        let is_dropped: bool = chance.random();
        let answer = match round % 20 {
            LEFT_ALONE => call.await,
            NEVER_ANSWERED => stopped_unanswered(&wallet, &phone, is_dropped).await,
            _ if is_dropped => {
                tokio::time::timeout(moment, call).await.unwrap_or(Err(WalletError::Cancelled))
            }
            _ => tokio::join!(call, cancelled_after(moment, &token)).0,
        };
        if kind == UNLOCKING {
            wallet.unlock(secret(PIN), None).await.unwrap();
        }
        match answer {
            Ok(()) => ended += 1,
            Err(WalletError::Cancelled) => stopped += 1,
            Err(error) => panic!("round {round}: {error:?}"),
        }
    }
    assert!(ended >= 10 && stopped >= 10, "{ended} ended, {stopped} were stopped");
    nothing_is_lost(&wallet).await;
    wallet.release().await.unwrap();
    drop(phone.open().await.unwrap());
    drop(wallet);
    assert!(none_alive().await, "{} objects are left", live_objects());
    town.stop().await;
}

/// Pays, undisturbed and to the end: so many microseconds a call has at most, twice what the longest takes on this machine as it is now.
async fn one_that_is_paid(wallet: &Wallet) -> u64 {
    let began = Instant::now();
    let approved = approve(wallet, 100, 10).await.unwrap();
    let longest = began.elapsed().as_micros() * 2;
    let paid = wallet.follow_payment(approved.payment_id().to_hex(), None).await.unwrap();
    assert!(paid.is_captured());
    u64::try_from(longest).unwrap().max(60_000)
}

async fn cancelled_after(moment: Duration, token: &CancelToken) {
    tokio::time::sleep(moment).await;
    token.cancel();
}

/// A call whose question to the network is never answered: it is stopped once it waits.
async fn stopped_unanswered(wallet: &Wallet, phone: &Phone, is_dropped: bool) -> Result<(), WalletError> {
    let sent = || phone.net.sent.load(Ordering::SeqCst);
    let before = sent();
    phone.net.set(Weather::Hangs);
    let token = CancelToken::new();
    let asked = async {
        while sent() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let call = wallet.history(Some(Arc::clone(&token)));
    let answer = if is_dropped {
        tokio::select! {
            answer = call => answer.map(drop),
            () = asked => Err(WalletError::Cancelled),
        }
    } else {
        let stopping = async {
            asked.await;
            token.cancel();
        };
        tokio::join!(call, stopping).0.map(drop)
    };
    phone.net.set(Weather::Fair);
    answer
}

/// Which of twenty calls is let be,
const LEFT_ALONE: u32 = 7;
/// and which is stopped while it waits.
const NEVER_ANSWERED: u32 = 13;
/// The kind of call that takes the longest.
const PAYING: u32 = 4;
/// The kind of call that asks the network and changes nothing.
const LOOKING: u32 = 5;
/// The kind of call for which the wallet is locked before and unlocked afterwards.
const UNLOCKING: u32 = 6;

async fn some_call(
    wallet: &Wallet,
    phone: &Phone,
    kind: u32,
    token: &Arc<CancelToken>,
) -> Result<(), WalletError> {
    let token = Some(Arc::clone(token));
    match kind {
        0 => wallet.balance(token).await.map(drop),
        1 => wallet.sync(token).await.map(drop),
        2 => wallet.scan_text(bakery(), token).await.map(drop),
        3 => wallet.earn("eco".to_owned(), "eco-2026-h1".to_owned(), token).await.map(drop),
        PAYING => {
            let code = wallet.scan_text(bakery(), token.clone()).await?;
            let review =
                wallet.review_payment(code, Coins::Exactly { points: 10 }, Some(100), token.clone()).await?;
            wallet.approve(review, token).await.map(drop)
        }
        LOOKING => wallet.history(token).await.map(drop),
        UNLOCKING => wallet.unlock(secret(PIN), token).await,
        _ => match phone.open().await {
            Err(WalletError::StoreBusy) => Ok(()),
            other => panic!("{other:?}"),
        },
    }
}

/// Every payment comes to its end, and the funds are what the captured ones left.
async fn nothing_is_lost(wallet: &Wallet) {
    wallet.sync(None).await.unwrap();
    let mut captured = 0;
    for payment in wallet.payments(None).await.unwrap() {
        let ended = wallet.follow_payment(payment.payment_id().to_hex(), None).await.unwrap();
        captured += u64::from(ended.is_captured());
    }
    assert!(captured > 0, "the one before all others, at the least");
    assert_eq!(funds(wallet).await, (10_000 - 10 * captured, 100_000 - 90 * captured));
    assert!(approve(wallet, 1_000, 0).await.is_ok());
}

/// What a stopped call still holds is let go of within moments.
async fn none_alive() -> bool {
    for _ in 0..2_400 {
        if live_objects() == 0 {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    false
}
