//! Looking and paying: nothing is paid twice, nothing is lost.

use crate::ground::{Ground, Token};
use crate::town::{Phone, Town, approved, earn, funds, paid, review, until};
use citizen_wallet_ffi::{Coins, Review, Wallet, refresh_receipt, verify_receipt};
use std::sync::Arc;

pub(crate) const CALLS: &[&str] = &[
    "Wallet.advance_payment",
    "Wallet.approve",
    "Wallet.ask_refund",
    "Wallet.balance",
    "Wallet.follow_payment",
    "Wallet.history",
    "Wallet.home",
    "Wallet.payment",
    "Wallet.payments",
    "Wallet.receipt",
    "Wallet.receipt_code",
    "Wallet.receipts",
    "Wallet.refunds",
    "Wallet.review_payment",
    "Wallet.scan_image",
    "Wallet.scan_text",
    "Wallet.sync",
    "Wallet.won",
    "refresh_receipt",
    "verify_receipt",
];

const PICTURE: &[u8] = include_bytes!("../../../../examples/codes/static-straight.png");

pub(crate) async fn play() {
    let (town, ground) = (Town::start(), Ground::new());
    let phone = town.phone(&ground.gate);
    let (wallet, _) = phone.set_up("이둘").await;
    earn(&wallet, "eco-2025-h2").await;
    let before = funds(&wallet).await;
    ground.watch(Some(&wallet));
    let shop = &town.bakery();
    looked_at(&ground, &wallet, shop).await;
    approving(&ground, &wallet, shop).await;
    following(&ground, &wallet, shop).await;
    ended(&ground, (&town, &phone, &wallet), shop).await;
    ground.watch(None);
    ground.tried_all(CALLS);
    nothing_is_lost(&phone, wallet, before).await;
    town.stop();
}

async fn looked_at(ground: &Ground, wallet: &Wallet, shop: &str) {
    let nothing = async || {};
    ground.asking("Wallet.balance", nothing, |(), token| wallet.balance(token)).await;
    ground.asking("Wallet.won", nothing, |(), token| wallet.won(token)).await;
    ground.asking("Wallet.history", nothing, |(), token| wallet.history(token)).await;
    ground.asking("Wallet.home", nothing, |(), token| wallet.home(token)).await;
    ground.asking("Wallet.sync", nothing, |(), token| wallet.sync(token)).await;
    ground.asking("Wallet.scan_text", nothing, |(), token| wallet.scan_text(shop.to_owned(), token)).await;
    ground.asking("Wallet.scan_image", nothing, |(), token| wallet.scan_image(PICTURE.to_vec(), token)).await;
    let scanned = async || wallet.scan_text(shop.to_owned(), None).await.unwrap();
    let reviewed = |code, token| wallet.review_payment(code, Coins::First, Some(100), token);
    ground.asking("Wallet.review_payment", scanned, reviewed).await;
}

/// What a stopped approval leaves is a payment that is in the outbox or with the centre, or none.
async fn approving(ground: &Ground, wallet: &Wallet, shop: &str) {
    let reviewed = async || review(wallet, shop, 100, 10).await;
    let approve = |review: Arc<Review>, token: Token| wallet.approve(review, token);
    ground.asking("Wallet.approve", reviewed, approve).await;
    // Of what was stopped before it was sent, a later call knows as well.
    let outbox = async || {
        for _ in 0..2 {
            drop(approved(wallet, shop).await);
        }
    };
    outbox().await;
    wallet.sync(None).await.unwrap();
}

async fn following(ground: &Ground, wallet: &Wallet, shop: &str) {
    let begun = async || approved(wallet, shop).await;
    ground.asking("Wallet.follow_payment", begun, |id, token| wallet.follow_payment(id, token)).await;
    ground.asking("Wallet.advance_payment", begun, |id, token| wallet.advance_payment(id, token)).await;
}

async fn ended(ground: &Ground, (town, phone, wallet): (&Town, &Phone, &Wallet), shop: &str) {
    let nothing = async || {};
    let id = &paid(wallet, shop).await;
    ground.still("Wallet.payment", nothing, |(), token| wallet.payment(id.clone(), token)).await;
    ground.still("Wallet.payments", nothing, |(), token| wallet.payments(token)).await;
    ground.still("Wallet.receipt", nothing, |(), token| wallet.receipt(id.clone(), token)).await;
    ground.still("Wallet.receipts", nothing, |(), token| wallet.receipts(token)).await;
    ground.still("Wallet.receipt_code", nothing, |(), token| wallet.receipt_code(id.clone(), token)).await;
    ground.asking("Wallet.refunds", nothing, |(), token| wallet.refunds(id.clone(), token)).await;
    let asked = |(), token| wallet.ask_refund(id.clone(), 10, "두 번 샀어요".to_owned(), token);
    ground.asking("Wallet.ask_refund", nothing, asked).await;
    let file = wallet.receipt(id.clone(), None).await.unwrap().file;
    let verify = |(), token| verify_receipt(file.clone(), town.trust.clone(), phone.platform(), token);
    ground.still("verify_receipt", nothing, verify).await;
    let refresh = |(), token| refresh_receipt(file.clone(), town.address(), phone.platform(), token);
    ground.asking("refresh_receipt", nothing, refresh).await;
}

/// Opened anew, every payment of the phone comes to its end; the ledger has as many as the phone, and the funds are what they left.
async fn nothing_is_lost(phone: &Phone, wallet: Arc<Wallet>, before: (u64, u64)) {
    let wallet = phone.reopened(wallet).await;
    until("every payment ends", async || {
        wallet.sync(None).await.unwrap();
        wallet.payments(None).await.unwrap().iter().all(|payment| payment.is_final())
    })
    .await;
    let payments = wallet.payments(None).await.unwrap();
    let captured: Vec<_> = payments.iter().filter(|payment| payment.is_captured()).collect();
    assert!(captured.len() > 4, "{}", captured.len());
    let points: u64 = captured.iter().map(|payment| payment.points().amount()).sum();
    let won: u64 = captured.iter().map(|payment| payment.krw().amount()).sum();
    assert_eq!(funds(&wallet).await, (before.0 - points, before.1 - won));
    let history = wallet.history(None).await.unwrap();
    let taken = history.entries().iter().filter(|entry| *entry.kind() == "captured").count();
    assert_eq!(taken, captured.len(), "the ledger has as many payments as the phone");
    wallet.release().await.unwrap();
}
