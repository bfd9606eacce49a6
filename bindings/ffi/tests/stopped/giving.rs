//! Gifts, redemptions, limits, codes that are shown: each once or never.

use crate::ground::{Ground, Token};
use crate::town::{Phone, Town, earn, funds, until};
use citizen_wallet_ffi::{CodeReview, Coins, GiftReview, OwnLimits, RedemptionReview, Wallet};
use std::sync::Arc;

pub(crate) const CALLS: &[&str] = &[
    "Wallet.advance_code",
    "Wallet.advance_submission",
    "Wallet.approve_gift",
    "Wallet.approve_redemption",
    "Wallet.codes",
    "Wallet.follow_code",
    "Wallet.follow_submission",
    "Wallet.gift_code",
    "Wallet.hide_code",
    "Wallet.limits",
    "Wallet.renew_code",
    "Wallet.review_code",
    "Wallet.review_gift",
    "Wallet.review_redemption",
    "Wallet.set_limits",
    "Wallet.show_code",
    "Wallet.submissions",
];

/// What one certificate costs.
const CERTIFICATE: u64 = 10_000;

pub(crate) async fn play() {
    let (town, ground) = (Town::start(), Ground::new());
    let phone = town.phone(&ground.gate);
    let (wallet, _) = phone.set_up("박셋").await;
    earn(&wallet, "eco-2025-h2").await;
    let (taker, _) = town.phone(&ground.gate).set_up("최넷").await;
    let before = funds(&wallet).await.0 + funds(&taker).await.0;
    ground.watch(Some(&wallet));
    gifts(&ground, &wallet, &taker).await;
    redemptions(&ground, &wallet).await;
    limits(&ground, &wallet).await;
    codes(&ground, &wallet).await;
    ground.watch(None);
    ground.tried_all(CALLS);
    nothing_is_lost(&phone, (wallet, taker), before).await;
    town.stop();
}

async fn gifts(ground: &Ground, wallet: &Wallet, taker: &Wallet) {
    let nothing = async || {};
    ground.still("Wallet.gift_code", nothing, |(), token| wallet.gift_code(token)).await;
    let code = &taker.gift_code(None).await.unwrap();
    let review = |(), token| wallet.review_gift(code.clone(), 1, token);
    ground.asking("Wallet.review_gift", nothing, review).await;
    let reviewed = async || wallet.review_gift(code.clone(), 1, None).await.unwrap();
    let approve = |review: Arc<GiftReview>, token: Token| wallet.approve_gift(review, token);
    ground.asking("Wallet.approve_gift", reviewed, approve).await;
    let begun = async || wallet.approve_gift(reviewed().await, None).await.unwrap().id().to_hex();
    ground.asking("Wallet.follow_submission", begun, |id, token| wallet.follow_submission(id, token)).await;
    ground.asking("Wallet.advance_submission", begun, |id, token| wallet.advance_submission(id, token)).await;
    ground.still("Wallet.submissions", nothing, |(), token| wallet.submissions(token)).await;
}

async fn redemptions(ground: &Ground, wallet: &Wallet) {
    let review = |(), token| wallet.review_redemption(CERTIFICATE, token);
    ground.asking("Wallet.review_redemption", async || {}, review).await;
    let reviewed = async || wallet.review_redemption(CERTIFICATE, None).await.unwrap();
    let approve = |review: Arc<RedemptionReview>, token: Token| wallet.approve_redemption(review, token);
    ground.asking_few("Wallet.approve_redemption", reviewed, approve).await;
}

async fn limits(ground: &Ground, wallet: &Wallet) {
    let nothing = async || {};
    ground.asking("Wallet.limits", nothing, |(), token| wallet.limits(token)).await;
    let own = OwnLimits { per_payment: 50_000, per_day: 500_000, per_month: 1_000_000 };
    ground.asking("Wallet.set_limits", nothing, |(), token| wallet.set_limits(Some(own), token)).await;
}

async fn codes(ground: &Ground, wallet: &Wallet) {
    let nothing = async || {};
    let review = |(), token| wallet.review_code(1_000, Coins::First, token);
    ground.asking("Wallet.review_code", nothing, review).await;
    let reviewed = async || wallet.review_code(1_000, Coins::First, None).await.unwrap();
    let show = |review: Arc<CodeReview>, token: Token| wallet.show_code(review, token);
    ground.asking("Wallet.show_code", reviewed, show).await;
    let shown = async || wallet.show_code(reviewed().await, None).await.unwrap().payment_id().to_hex();
    ground.asking("Wallet.renew_code", shown, |id, token| wallet.renew_code(id, token)).await;
    ground.asking("Wallet.hide_code", shown, |id, token| wallet.hide_code(id, token)).await;
    ground.asking("Wallet.advance_code", shown, |id, token| wallet.advance_code(id, token)).await;
    let hidden = async || {
        let id = shown().await;
        wallet.hide_code(id.clone(), None).await.unwrap();
        id
    };
    ground.asking("Wallet.follow_code", hidden, |id, token| wallet.follow_code(id, token)).await;
    ground.still("Wallet.codes", nothing, |(), token| wallet.codes(token)).await;
}

/// Opened anew, everything that was sent ends; each gift arrived once, each certificate was paid once, no code took anything.
async fn nothing_is_lost(phone: &Phone, (wallet, taker): (Arc<Wallet>, Arc<Wallet>), before: u64) {
    let wallet = phone.reopened(wallet).await;
    until("everything that was sent ends", async || {
        wallet.sync(None).await.unwrap();
        wallet
            .submissions(None)
            .await
            .unwrap()
            .iter()
            .all(|one| *one.state() != "sent" && *one.state() != "outbox")
    })
    .await;
    let sent = wallet.submissions(None).await.unwrap();
    let done = |kind: &str| sent.iter().filter(|one| one.is_done() && *one.kind() == kind).count();
    let (gifts, certificates) =
        (u64::try_from(done("gift")).unwrap(), u64::try_from(done("redemption")).unwrap());
    assert!(gifts > 2 && certificates > 0, "{sent:?}");
    let redeemed = CERTIFICATE * certificates;
    let (left, given) = (funds(&wallet).await, funds(&taker).await);
    assert_eq!(given.0, 10_000 + gifts, "each gift arrived once");
    assert_eq!(left.0 + given.0, before - redeemed);
    assert_eq!((left.1, given.1), (100_000, 100_000), "no code took anything");
    wallet.release().await.unwrap();
}
