//! The card's key and the account's standing: changed or not, frozen or not, never between.

use crate::gate::Closed;
use crate::ground::Ground;
use crate::town::{MINUTE, Phone, Town, funds, paid, until};
use citizen_wallet_ffi::{Secret, Wallet, WalletError};
use std::sync::Arc;

pub(crate) const CALLS: &[&str] =
    &["Wallet.card", "Wallet.custody", "Wallet.freeze", "Wallet.rotate_card", "Wallet.unfreeze"];

pub(crate) async fn play() {
    let (town, ground) = (Town::start(), Ground::new());
    let phone = town.phone(&ground.gate);
    let (wallet, code) = phone.set_up("정다섯").await;
    ground.watch(Some(&wallet));
    let nothing = async || {};
    ground.asking("Wallet.card", nothing, |(), token| wallet.card(token)).await;
    ground.asking("Wallet.custody", nothing, |(), token| wallet.custody(token)).await;
    rotating(&ground, &wallet).await;
    seen_before_it_is_taken_up(&ground, &wallet).await;
    freezing(&ground, (&town, &phone), &wallet, &code).await;
    ground.watch(None);
    ground.tried_all(CALLS);
    still_hers(&town, &phone, wallet).await;
    town.stop();
}

/// The key of the ledger is the phone's own, whether it was changed or not.
async fn rotating(ground: &Ground, wallet: &Wallet) {
    let active = async || {
        wallet.sync(None).await.unwrap();
        assert_eq!(*wallet.card(None).await.unwrap().standing(), "active");
    };
    ground
        .asking_with("Wallet.rotate_card", async || {}, |(), token| wallet.rotate_card(token), active)
        .await;
}

/// WALLET-24: the new key is on its way and the answer is lost; whoever looks meanwhile sees an active card, with the old key or with the new one.
async fn seen_before_it_is_taken_up(ground: &Ground, wallet: &Wallet) {
    let before = wallet.card(None).await.unwrap();
    ground.gate.close(Closed::AfterAt("/v1/ledger/transactions"));
    tokio::select! {
        came = wallet.rotate_card(None) => panic!("{came:?}"),
        () = ground.gate.reached() => {}
    }
    ground.gate.open();
    until("the ledger shows it", async || {
        let card = wallet.card(None).await.unwrap();
        assert_eq!(*card.standing(), "active");
        assert!(*card.is_listed() && *wallet.custody(None).await.unwrap().state() == "free");
        *card.epoch() > *before.epoch() && card.did() != before.did()
    })
    .await;
}

async fn freezing(ground: &Ground, (town, phone): (&Town, &Phone), wallet: &Wallet, code: &Arc<Secret>) {
    let is_frozen = async || *wallet.custody(None).await.unwrap().is_frozen();
    let settle = async |id: String| assert!(wallet.follow_submission(id, None).await.unwrap().is_done());
    let free = async || {
        town.pass(MINUTE, Some(phone));
        // What a stopped call has signed comes to its end first.
        ended(wallet).await;
        if is_frozen().await {
            settle(wallet.unfreeze(code.clone(), None).await.unwrap().id().to_hex()).await;
        }
    };
    ground.asking("Wallet.freeze", free, |(), token| wallet.freeze(code.clone(), token)).await;
    let frozen = async || {
        town.pass(MINUTE, Some(phone));
        ended(wallet).await;
        if !is_frozen().await {
            settle(wallet.freeze(code.clone(), None).await.unwrap().id().to_hex()).await;
        }
    };
    ground.asking("Wallet.unfreeze", frozen, |(), token| wallet.unfreeze(code.clone(), token)).await;
    free().await;
}

/// Everything that was sent is done, or never will be.
async fn ended(wallet: &Wallet) {
    for sent in wallet.submissions(None).await.unwrap() {
        match wallet.follow_submission(sent.id().to_hex(), None).await {
            Ok(_) | Err(WalletError::Refused { .. } | WalletError::Expired { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// Opened anew, it pays.
async fn still_hers(town: &Town, phone: &Phone, wallet: Arc<Wallet>) {
    let wallet = phone.reopened(wallet).await;
    assert_eq!(*wallet.card(None).await.unwrap().standing(), "active");
    paid(&wallet, &town.bakery()).await;
    assert_eq!(funds(&wallet).await, (10_000 - 10, 100_000 - 90));
    wallet.release().await.unwrap();
}
