//! What the citizen reads beside the finger, of a whole wallet in the tests' town (WALLET-32).

#![cfg(test)]
// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, unreachable_pub)]

mod support;

use citizen_keys::{KeyAlias, KeyPurpose, Keystore, KeystoreError, SigningKind, SigningReason};
use citizen_wallet::{Claim, Coins, Wallet};
use std::sync::{Arc, Mutex};
use support::ledger::{points, won};
use support::phone::{PIN, scan};
use support::{Gateway, Phone};
use zeroize::Zeroizing;

/// A key store that remembers what it was told, in front of the phone's own.
struct Reading(Arc<dyn Keystore>, Mutex<Vec<SigningReason>>);

impl Keystore for Reading {
    fn create_key(&self, alias: &KeyAlias, purpose: KeyPurpose) -> Result<Vec<u8>, KeystoreError> {
        self.0.create_key(alias, purpose)
    }

    fn public_key(&self, alias: &KeyAlias) -> Result<Vec<u8>, KeystoreError> {
        self.0.public_key(alias)
    }

    fn sign(
        &self,
        alias: &KeyAlias,
        message: &[u8],
        reason: &SigningReason,
    ) -> Result<[u8; 64], KeystoreError> {
        self.1.lock().unwrap().push(reason.clone());
        self.0.sign(alias, message, reason)
    }

    fn wrap(&self, alias: &KeyAlias, plain: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        self.0.wrap(alias, plain)
    }

    fn unwrap(&self, alias: &KeyAlias, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
        self.0.unwrap(alias, wrapped)
    }

    fn delete(&self, alias: &KeyAlias) -> Result<(), KeystoreError> {
        self.0.delete(alias)
    }
}

impl Reading {
    fn read(&self) -> Vec<SigningReason> {
        std::mem::take(&mut *self.1.lock().unwrap())
    }
}

#[tokio::test]
async fn wallet_32_a_prompt_says_the_order_that_is_signed_and_none_comes_where_none_signs() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let mut config = phone.config().with_city(phone.city());
    let reading = Arc::new(Reading(Arc::clone(&config.keystore), Mutex::default()));
    config.keystore = reading.clone();
    let (wallet, code) = Wallet::create(config, PIN).unwrap();
    wallet.open_account(&code).await.unwrap();
    let opened = reading.read();
    assert_eq!(opened.iter().map(|reason| reason.kind).collect::<Vec<_>>(), [SigningKind::Account]);
    wallet.enrol("kim").await.unwrap();
    wallet.earn(&Claim::new("eco", "2026-h1").unwrap()).await.unwrap();

    let scanned = scan(&wallet).await;
    let small = wallet.review_payment(&scanned, Some(won(1_000)), Coins::First).await.unwrap();
    wallet.approve(small).await.unwrap();
    assert_eq!(reading.read(), [], "below the limit she is asked for nothing");
    let coins = Coins::Exactly(points(0));
    let large = wallet.review_payment(&scanned, Some(won(60_000)), coins).await.unwrap();
    let merchant = large.view().merchant().to_string();
    wallet.approve(large).await.unwrap();
    let [paid] = &reading.read()[..] else { panic!("one signature") };
    assert_eq!(paid.kind, SigningKind::Payment);
    assert_eq!(paid.ko, format!("{merchant}에 60,000원을 냅니다."));
    assert_eq!(paid.en, format!("Pay {merchant} 60,000 won."));

    wallet.rotate_card().await.unwrap();
    let changed: Vec<SigningKind> = reading.read().iter().map(|reason| reason.kind).collect();
    assert_eq!(changed, [SigningKind::CardKey; 2], "the old key and the new");
}
