//! What is asked for and shown: each copy is shown once, and a service knows her by one key.

use crate::ground::{Ground, Token};
use crate::town::{Phone, Town, secret};
use citizen_wallet_ffi::{PresentationReview, Wallet};
use std::sync::Arc;

pub(crate) const CALLS: &[&str] = &[
    "Wallet.decline_presentation",
    "Wallet.forget_service",
    "Wallet.present_credentials",
    "Wallet.review_presentation",
    "Wallet.services",
];

pub(crate) async fn play() {
    let (town, ground) = (Town::start(), Ground::new());
    let phone = town.phone(&ground.gate);
    let (wallet, _) = phone.with_account().await;
    receive(&town, &wallet).await;
    ground.watch(Some(&wallet));
    showing(&ground, &town, &wallet).await;
    signed_in(&ground, &town, &wallet).await;
    ground.watch(None);
    ground.tried_all(CALLS);
    still_shows(&town, &phone, wallet).await;
    town.stop();
}

async fn receive(town: &Town, wallet: &Wallet) {
    let offer = town.tell("city.offer", &[("credential", "citizen-card")]);
    let review = wallet.review_offer(offer["link"].clone(), None).await.unwrap();
    wallet.accept_offer(review, Some(secret(&offer["code"])), None).await.unwrap();
}

/// A request of the library: its review, and the page that asks.
async fn requested(town: &Town, wallet: &Wallet, button: &str) -> (Arc<PresentationReview>, String) {
    let asked = town.tell("city.request", &[("service", "mapo-library"), ("button", button)]);
    (wallet.review_presentation(asked["link"].clone(), None).await.unwrap(), asked["visit"].clone())
}

async fn showing(ground: &Ground, town: &Town, wallet: &Wallet) {
    let link = async || town.tell("city.request", &[("service", "mapo-library")])["link"].clone();
    ground
        .asking("Wallet.review_presentation", link, |link, token| wallet.review_presentation(link, token))
        .await;
    let asked = async || {
        // Each showing uses a copy up; what runs out is fetched anew.
        wallet.refresh_credentials(None).await.unwrap();
        requested(town, wallet, "visits").await.0
    };
    let present = |review: Arc<PresentationReview>, token: Token| async move {
        let picks = review.suggested().unwrap();
        wallet.present_credentials(review, picks, false, token).await
    };
    ground.asking("Wallet.present_credentials", asked, present).await;
    let decline = |review: Arc<PresentationReview>, token: Token| wallet.decline_presentation(review, token);
    ground.asking("Wallet.decline_presentation", asked, decline).await;
}

async fn signed_in(ground: &Ground, town: &Town, wallet: &Wallet) {
    ground.still("Wallet.services", async || {}, |(), token| wallet.services(token)).await;
    let known = async || {
        if wallet.services(None).await.unwrap().is_empty() {
            let (review, _) = requested(town, wallet, "returns").await;
            let picks = review.suggested().unwrap();
            wallet.present_credentials(review, picks, false, None).await.unwrap();
        }
        wallet.services(None).await.unwrap()[0].id().to_string()
    };
    ground.asking("Wallet.forget_service", known, |id, token| wallet.forget_service(id, token)).await;
}

/// Opened anew, the card is shown and accepted.
async fn still_shows(town: &Town, phone: &Phone, wallet: Arc<Wallet>) {
    let wallet = phone.reopened(wallet).await;
    wallet.refresh_credentials(None).await.unwrap();
    let (review, page) = requested(town, &wallet, "visits").await;
    let picks = review.suggested().unwrap();
    wallet.present_credentials(review, picks, false, None).await.unwrap();
    assert_eq!(town.tell("city.standing", &[("visit", &page)])["standing"], "accepted");
    assert_eq!(wallet.credentials(None).await.unwrap().len(), 1);
    wallet.release().await.unwrap();
}
