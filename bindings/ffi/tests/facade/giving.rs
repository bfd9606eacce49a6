//! Codes that are shown, gifts, redemptions, limits, refunds.

use crate::phone::{Town, funds, pay};
use citizen_wallet_ffi::{Coins, OwnLimits, WalletError, WalletEvent};

#[tokio::test(flavor = "multi_thread")]
async fn ffi_5_a_code_is_shown_once_for_a_review_and_taken_back() {
    let town = Town::start().await;
    let phone = town.phone("shows");
    let wallet = phone.set_up("김하나").await;
    let review = wallet.review_code(5_000, Coins::Exactly { points: 1_000 }, None).await.unwrap();
    assert_eq!(review.view().total().amount(), 5_000);
    let shown = wallet.show_code(review.clone(), None).await.unwrap();
    assert_eq!((*shown.state(), shown.points().amount()), ("open", 1_000));
    assert!(matches!(wallet.show_code(review, None).await, Err(WalletError::Expired { .. })));
    let id = shown.payment_id().to_hex();
    wallet.hide_code(id.clone(), None).await.unwrap();
    assert_eq!(*wallet.follow_code(id.clone(), None).await.unwrap().state(), "revoked");
    let heard = phone.ear.heard.lock().unwrap().clone();
    let is_end =
        |event: &WalletEvent| matches!(event, WalletEvent::Code { code } if *code.state() == "revoked");
    assert!(heard.iter().any(is_end));
    assert_eq!(wallet.codes(None).await.unwrap().len(), 1);
    assert!(matches!(
        wallet.advance_code("nothing".to_owned(), None).await,
        Err(WalletError::Invalid { .. })
    ));
    assert_eq!(funds(&wallet).await, (10_000, 100_000));
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ffi_5_points_are_given_and_redeemed_once_for_a_review() {
    let town = Town::start().await;
    let (giver, taker) = (town.phone("giver").set_up("박셋").await, town.phone("taker").set_up("최넷").await);
    let code = taker.gift_code(None).await.unwrap();
    let review = giver.review_gift(code, 2_500, None).await.unwrap();
    let sent = giver.approve_gift(review.clone(), None).await.unwrap();
    assert!(matches!(giver.approve_gift(review, None).await, Err(WalletError::Expired { .. })));
    assert_eq!(*giver.follow_submission(sent.id().to_hex(), None).await.unwrap().state(), "done");
    assert_eq!((funds(&giver).await.0, funds(&taker).await.0), (7_500, 12_500));
    let review = taker.review_redemption(10_000, None).await.unwrap();
    let sent = taker.approve_redemption(review.clone(), None).await.unwrap();
    assert!(matches!(taker.approve_redemption(review, None).await, Err(WalletError::Expired { .. })));
    let done = taker.follow_submission(sent.id().to_hex(), None).await.unwrap();
    assert_eq!(done.certificate().as_ref().unwrap().won().amount(), 10_000);
    assert_eq!(taker.submissions(None).await.unwrap().len(), 1);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_said_with_what_is_left_and_a_refund_with_what_still_may_come() {
    let town = Town::start().await;
    let wallet = town.phone("limits").set_up("정다섯").await;
    let paid = pay(&wallet, 3_000, 1_000).await.unwrap().payment_id().to_hex();
    let refunds = wallet.ask_refund(paid.clone(), 1_000, "두 번 샀어요".to_owned(), None).await.unwrap();
    assert_eq!((refunds.refunded().amount(), refunds.left().amount()), (0, 3_000));
    assert!(wallet.receipt_code(paid.clone(), None).await.unwrap().len() > 40);
    assert_eq!(wallet.refunds(paid, None).await.unwrap().refunds().len(), 0);
    let own = OwnLimits { per_payment: 5_000, per_day: 6_000, per_month: 100_000 };
    let sent = wallet.set_limits(Some(own), None).await.unwrap();
    assert_eq!(*wallet.follow_submission(sent.id().to_hex(), None).await.unwrap().state(), "done");
    assert!(wallet.limits(None).await.unwrap().own().is_some());
    let refused = wallet.review_code(5_001, Coins::First, None).await;
    assert!(matches!(refused.err(), Some(WalletError::Limit { .. })));
    town.stop().await;
}
