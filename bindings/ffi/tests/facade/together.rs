//! Two wallets on one file, one wallet in many hands.

use crate::phone::{PIN, Phone, Town, funds, secret};
use citizen_primitives::random;
use citizen_store::{LockedSqliteStore, SqliteOptions};
use citizen_wallet_ffi::{Wallet, WalletError};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// So many use one wallet.
const HANDS: usize = 32;

#[tokio::test(flavor = "multi_thread")]
async fn ffi_7_two_wallets_on_one_file_refuse_each_other_until_the_first_is_released() {
    let town = Town::start().await;
    let phone = town.phone("one");
    let first = phone.create().await.unwrap();
    assert_eq!(phone.open().await.err(), Some(WalletError::StoreBusy));
    assert_eq!(phone.create().await.err(), Some(WalletError::StoreBusy));
    first.release().await.unwrap();
    let second = phone.open().await.unwrap();
    assert_eq!(second.account(None).await, Err(WalletError::Locked));
    // Of no use any more, and harmless.
    assert_eq!(first.account(None).await, Err(WalletError::Cancelled));
    assert_eq!(first.lock(None).await, Err(WalletError::Cancelled));
    first.release().await.unwrap();
    drop(second);
    phone.open().await.unwrap();
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ffi_7_a_release_ends_the_calls_of_thirty_two_threads_and_gives_the_files_back() {
    let town = Town::start().await;
    let phone = town.phone("many");
    let wallet = phone.set_up("박셋").await;
    let answered: Arc<[AtomicUsize; 4]> = Arc::default();
    let hands: Vec<_> = (0..HANDS)
        .map(|hand| {
            let (wallet, answered) = (Arc::clone(&wallet), Arc::clone(&answered));
            tokio::spawn(async move {
                loop {
                    let answer = match hand % 4 {
                        0 => wallet.balance(None).await.map(drop),
                        1 => wallet.history(None).await.map(drop),
                        2 => wallet.payments(None).await.map(drop),
                        _ => wallet.sync(None).await.map(drop),
                    };
                    match answer {
                        Ok(()) => answered[hand % 4].fetch_add(1, Ordering::SeqCst),
                        Err(WalletError::Cancelled) => return,
                        Err(error) => panic!("{error}"),
                    };
                }
            })
        })
        .collect();
    // Not by time: a slow machine has answered nothing by then, and a fast one has asked more than the gateway lets one caller ask.
    while answered.iter().any(|answered| answered.load(Ordering::SeqCst) < 8) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    wallet.release().await.unwrap();
    let again = phone.open().await.unwrap();
    for hand in hands {
        hand.await.unwrap();
    }
    again.unlock(secret(PIN), None).await.unwrap();
    assert_eq!(funds(&again).await, (10_000, 100_000));
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ffi_7_a_release_waits_for_what_cannot_be_stopped() {
    let town = Town::start().await;
    let phone = town.phone("stretching");
    let mut wallet = phone.create().await.unwrap();
    // Where this test was not let run for so long that the PIN was stretched by then, it tries again.
    for _ in 0..20 {
        wallet.lock(None).await.unwrap();
        let (answer, again) = released_while_stretching(&phone, &wallet).await;
        again.unlock(secret(PIN), None).await.unwrap();
        if answer == Err(WalletError::Cancelled) {
            return town.stop().await;
        }
        assert_eq!(answer, Ok(()));
        wallet = again;
    }
    panic!("never in the middle of it");
}

/// What the unlocking came to, and the wallet as it is opened after the release.
async fn released_while_stretching(
    phone: &Phone,
    wallet: &Arc<Wallet>,
) -> (Result<(), WalletError>, Arc<Wallet>) {
    let asked = || phone.finger.asked.load(Ordering::SeqCst);
    let before = asked();
    let trying = Arc::clone(wallet);
    let trying = tokio::spawn(async move { trying.unlock(secret(PIN), None).await });
    // Guard read, guard written, vault read: now the PIN is being stretched.
    while asked() < before + 3 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    wallet.release().await.unwrap();
    // The wallet would wait a moment for the file; here it has to be free at once.
    let options = SqliteOptions::default().waiting_at_most(Duration::ZERO);
    let path = Path::new(&phone.place.store);
    drop(LockedSqliteStore::open(path, Box::new(random::system()), &options).unwrap());
    let again = phone.open().await.unwrap();
    (trying.await.unwrap(), again)
}
