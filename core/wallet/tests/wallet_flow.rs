//! Earning, paying, and what becomes of a payment when something is cut off.

mod support;

use citizen_ledger::TrustAnchor;
use citizen_payment::word::MerchantStatus;
use citizen_primitives::Seconds;
use citizen_wallet::error::{Input, Party, Reason};
use citizen_wallet::view::Freshness;
use citizen_wallet::{
    City, Claim, Coins, Limits, Points, Refresh, Trust, TrustFile, Wallet, WalletError, Won, refresh_receipt,
    verify_receipt,
};
use std::collections::BTreeSet;
use support::ledger::{points, text, won};
use support::phone::{PIN, pay, scan};
use support::{Gateway, Phone};

#[tokio::test]
async fn wallet_4_earned_points_count_when_the_ledger_proves_them_and_count_once() {
    let gateway = Gateway::new();
    let (wallet, _) = Phone::new(&gateway, 1).with_points().await;
    let again = wallet.earn(&Claim::new("eco", "2026-h1").unwrap()).await.unwrap();
    assert_eq!(*again.points(), points(10_000));
    let balance = wallet.balance().await.unwrap();
    assert_eq!(*balance.points().points(), points(10_000));
    assert_eq!(balance.points().expiring()[0].month().to_string(), "2031-11");
    assert_eq!(*balance.won().as_ref().unwrap().krw(), won(100_000));
    assert_eq!(*balance.points().verified().signers(), 4);
    let refused = wallet.earn(&Claim::new("eco", "too-much").unwrap()).await.unwrap_err();
    assert_eq!(refused, WalletError::Refused { by: Party::Treasury, reason: Reason::CapReached });
}

#[tokio::test]
async fn a_mixed_payment_is_held_debited_captured_and_its_receipt_convinces_a_stranger() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.with_points().await;
    let code = scan(&wallet).await;
    let review =
        wallet.review_payment(&code, Some(won(12_000)), Coins::Exactly(points(5_000))).await.unwrap();
    assert_eq!((*review.view().points(), *review.view().krw()), (points(5_000), won(7_000)));
    assert_eq!(gateway.town(|town| town.orders.len()), 0, "nothing has happened yet");
    let payment = wallet.approve(review).await.unwrap();
    assert_eq!(*payment.state(), "requested");
    let id = *payment.payment_id();
    assert_eq!(*wallet.advance_payment(&id).await.unwrap().state(), "held");
    gateway.town(|town| town.debit(&id));
    let debited = wallet.advance_payment(&id).await.unwrap();
    assert_eq!(*debited.state(), "debited");
    assert!(!debited.is_captured(), "the bank's word is not the end");
    assert!(wallet.receipt(&id).is_err());
    gateway.town(|town| town.capture(&id));
    assert!(wallet.advance_payment(&id).await.unwrap().is_captured());

    let (view, file) = wallet.receipt(&id).unwrap();
    assert_eq!((*view.points(), *view.krw()), (points(5_000), won(7_000)));
    let now = gateway.town(|town| town.now());
    let stranger = verify_receipt(&file, &phone.trust_file(1), now).unwrap();
    assert_eq!(stranger, view);
    let log = wallet.activity().unwrap();
    assert!(log.last().unwrap().text().en.contains("was paid 12,000 won"));
}

#[tokio::test]
async fn wallet_7_an_order_whose_answer_is_lost_is_sent_again_in_the_same_bytes_after_a_restart() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.with_points().await;
    gateway.town(|town| town.centre_works = false);
    let id = pay(&wallet, 1_000, 1_000).await;
    drop(wallet);
    let wallet = phone.reopen().unwrap();
    assert_eq!(*wallet.payment(&id).unwrap().state(), "requested");
    wallet.sync().await.unwrap();
    gateway.town(|town| town.centre_works = true);
    let report = wallet.sync().await.unwrap();
    assert_eq!(report.payments().len(), 1);
    let orders = gateway.town(|town| town.orders.clone());
    assert!(orders.len() >= 3);
    assert!(orders.iter().all(|order| *order == orders[0]), "the same order every time");
    assert_eq!(*wallet.advance_payment(&id).await.unwrap().state(), "held");
}

#[tokio::test]
async fn wallet_7_an_order_that_the_centre_has_acknowledged_rests() {
    let gateway = Gateway::new();
    let (wallet, _) = Phone::new(&gateway, 1).with_points().await;
    gateway.town(|town| town.holds_at_once = false);
    let id = pay(&wallet, 1_000, 1_000).await;
    for _ in 0..3 {
        assert_eq!(*wallet.advance_payment(&id).await.unwrap().state(), "requested");
    }
    assert_eq!(gateway.town(|town| town.orders.len()), 1);
}

#[tokio::test]
async fn wallet_10_a_payment_that_lapses_after_the_debit_brings_the_won_back_without_the_centre() {
    let gateway = Gateway::new();
    let (wallet, _) = Phone::new(&gateway, 1).with_points().await;
    let id = pay(&wallet, 3_000, 1_000).await;
    wallet.advance_payment(&id).await.unwrap();
    gateway.town(|town| {
        town.debit(&id);
        town.centre_works = false;
        town.lapse(&id);
    });
    let ended = wallet.advance_payment(&id).await.unwrap();
    assert_eq!(*ended.state(), "reversed");
    assert!(ended.undone().is_some(), "by the bank's word");
    assert_eq!(gateway.town(|town| town.at_bank), won(100_000));
    assert_eq!(*wallet.balance().await.unwrap().points().points(), points(10_000));
    assert!(wallet.receipt(&id).is_err());
}

#[tokio::test]
async fn wallet_10_an_order_that_was_never_held_is_known_to_stay_so() {
    let gateway = Gateway::new();
    let (wallet, _) = Phone::new(&gateway, 1).with_points().await;
    gateway.town(|town| town.centre_works = false);
    let id = pay(&wallet, 1_000, 500).await;
    gateway.town(|town| town.chain.idle(25));
    assert_eq!(*wallet.advance_payment(&id).await.unwrap().state(), "requested");
    gateway.town(|town| town.chain.idle(6));
    let ended = wallet.advance_payment(&id).await.unwrap();
    assert_eq!(*ended.state(), "never-held");
    assert!(ended.verified().is_some(), "the absence is proved");
    let free = wallet.review_payment(&scan(&wallet).await, Some(won(10_000)), Coins::First).await.unwrap();
    assert_eq!(*free.view().points(), points(10_000), "its points are free again");
}

#[tokio::test]
async fn wallet_6_a_dynamic_code_is_not_paid_twice_and_points_are_not_planned_twice() {
    let gateway = Gateway::new();
    let (wallet, _) = Phone::new(&gateway, 1).with_points().await;
    gateway.town(|town| {
        town.reference = Some(text("order-77"));
        town.amount = Some(won(8_000));
        town.centre_works = false;
    });
    let code = scan(&wallet).await;
    let first = wallet.review_payment(&code, None, Coins::First).await.unwrap();
    let second = wallet.review_payment(&code, None, Coins::First).await.unwrap();
    let payment = wallet.approve(first).await.unwrap();
    let refused = wallet.approve(second).await.unwrap_err();
    assert_eq!(refused, WalletError::Pending { payment: *payment.payment_id() });
    assert!(matches!(
        wallet.review_payment(&code, None, Coins::First).await.unwrap_err(),
        WalletError::Pending { .. }
    ));
    gateway.town(|town| town.reference = None);
    let code = scan(&wallet).await;
    let other = wallet.review_payment(&code, None, Coins::First).await.unwrap();
    assert_eq!(*other.view().points(), points(2_000), "8,000 lie in the outbox");
}

#[tokio::test]
async fn wallet_5_nothing_is_reviewed_that_could_not_be_paid() {
    let gateway = Gateway::new();
    let (wallet, _) = Phone::new(&gateway, 1).with_points().await;
    let code = scan(&wallet).await;
    let review = |amount: Option<u64>, coins: u64| {
        let coins = Coins::Exactly(Points::new(coins).unwrap());
        wallet.review_payment(&code, amount.map(|amount| Won::new(amount).unwrap()), coins)
    };
    let missing = WalletError::Invalid { input: Input::AmountMissing };
    assert_eq!(review(None, 0).await.unwrap_err(), missing);
    assert!(matches!(review(Some(20_000), 10_001).await.unwrap_err(), WalletError::NotEnough { .. }));
    assert!(matches!(review(Some(100_001), 0).await.unwrap_err(), WalletError::NotEnough { .. }));
    assert!(
        review(Some(60_000), 0).await.unwrap().view().cosigned(),
        "above the limit the hardware signs too"
    );
    assert!(!review(Some(50_000), 0).await.unwrap().view().cosigned());
    for (status, reason) in [
        (MerchantStatus::Suspended, Reason::MerchantSuspended),
        (MerchantStatus::Unknown, Reason::MerchantUnknown),
    ] {
        gateway.town(|town| town.status = status);
        let code = scan(&wallet).await;
        let refused = wallet.review_payment(&code, Some(won(100)), Coins::First).await.unwrap_err();
        assert_eq!(refused, WalletError::Refused { by: Party::Centre, reason });
    }
}

#[tokio::test]
async fn wallet_5_a_review_that_has_waited_too_long_is_not_approved() {
    let gateway = Gateway::new();
    let (wallet, _) = Phone::new(&gateway, 1).with_points().await;
    let code = scan(&wallet).await;
    let review = wallet.review_payment(&code, Some(won(100)), Coins::First).await.unwrap();
    gateway.clock.advance(61);
    assert!(matches!(wallet.approve(review).await.unwrap_err(), WalletError::Expired { .. }));
    assert_eq!(gateway.town(|town| town.orders.len()), 0);
}

#[tokio::test]
async fn wallet_9_without_a_connection_the_last_verified_numbers_are_shown_as_stale_and_nothing_is_approved()
{
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.with_points().await;
    let shown = wallet.balance().await.unwrap();
    assert_eq!(*shown.points().freshness(), Freshness::Fresh);
    let code = scan(&wallet).await;
    drop(wallet);
    gateway.be_offline(true);
    let wallet = phone.reopen().unwrap();
    let stale = wallet.balance().await.unwrap();
    assert_eq!(*stale.points().freshness(), Freshness::Stale);
    assert_eq!(stale.points().points(), shown.points().points());
    assert_eq!(stale.points().verified().height(), shown.points().verified().height());
    assert_eq!(stale.won().as_ref().unwrap().krw(), shown.won().as_ref().unwrap().krw());
    assert_eq!(wallet.history().await.unwrap().entries().len(), 2);
    let refused = wallet.review_payment(&code, Some(won(100)), Coins::First).await.unwrap_err();
    assert_eq!(refused, WalletError::Offline { can_queue: false });
    // A ledger that stands still is as good as none for approving.
    gateway.be_offline(false);
    gateway.clock.advance(61);
    let now = gateway.clock.clone();
    let stale = {
        // The gateway's own clock follows its ledger: hold it ahead.
        gateway.lie({
            let at = citizen_primitives::Clock::now(&*now);
            move |_, body| {
                now.set(at);
                body
            }
        });
        wallet.review_payment(&code, Some(won(100)), Coins::First).await.unwrap_err()
    };
    assert!(matches!(stale, WalletError::Stale { .. }), "{stale:?}");
}

#[tokio::test]
async fn wallet_11_a_receipt_outlives_the_checkpoint_it_was_made_under() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.with_points().await;
    let id = pay(&wallet, 1_000, 1_000).await;
    gateway.town(|town| town.capture(&id));
    wallet.follow_payment(&id, |_| {}).await.unwrap();
    let (_, old_file) = wallet.receipt(&id).unwrap();
    drop(wallet);

    // The app brings a trust file whose checkpoint is above the receipt.
    let height = gateway.town(|town| {
        town.chain.idle(3);
        town.chain.height()
    });
    let now = gateway.town(|town| town.now());
    let newer = phone.trust_file(height);
    assert!(matches!(verify_receipt(&old_file, &newer, now), Err(WalletError::NeedsRefresh { .. })));
    let locked = Wallet::open(phone.config().with_city(phone.city_at(height))).unwrap();
    let wallet = locked.unlock(PIN).unwrap();
    gateway.town(|town| town.chain.idle(1));
    assert_eq!(*wallet.sync().await.unwrap().renewed_receipts(), 1);
    let (view, file) = wallet.receipt(&id).unwrap();
    assert!(view.verified().through().is_some());
    let now = gateway.town(|town| town.now());
    assert!(verify_receipt(&file, &newer, now).is_ok());
    assert_eq!(*wallet.sync().await.unwrap().renewed_receipts(), 0);
}

#[tokio::test]
async fn wallet_11_a_receipt_is_renewed_on_a_ledger_that_has_been_idle_since() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.with_points().await;
    let id = pay(&wallet, 3_000, 1_000).await;
    gateway.town(|town| town.capture(&id));
    wallet.follow_payment(&id, |_| {}).await.unwrap();
    let (view, file) = wallet.receipt(&id).unwrap();
    let height = gateway.town(|town| {
        town.chain.idle(3);
        town.chain.height()
    });
    // No block with transactions has followed: the receipt's header is not in the history yet.
    gateway.lie(|path, body| if path.ends_with("/proof") { b"not there".to_vec() } else { body });
    let city = phone.city_at(height);
    let with =
        || Refresh { transport: gateway.clone(), clock: gateway.clock.clone(), timer: gateway.clone() };
    assert!(refresh_receipt(&file, &city, with()).await.is_err(), "a lie is no reason to try another way");
    gateway.be_honest();
    gateway.town(|town| town.proves_headers = false);
    let renewed = refresh_receipt(&file, &city, with()).await.unwrap();
    let now = gateway.town(|town| town.now());
    let shown = verify_receipt(&renewed, &phone.trust_file(height), now).unwrap();
    assert_eq!((shown.krw(), shown.captured_at()), (view.krw(), view.captured_at()));
    assert!(shown.verified().height() > view.verified().height());
}

#[tokio::test]
async fn wallet_11_a_phone_that_has_gone_on_sees_its_payments_and_keeps_their_receipts_long_after_its_checkpoint()
 {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let anchor = TrustAnchor { trusting_period: Seconds::new(3_600), ..phone.trust_file(1).anchor().clone() };
    let city = City { trust: Trust::File(TrustFile::of(&anchor)), ..phone.city() };
    let (wallet, code) = Wallet::create(phone.config().with_city(city), PIN).unwrap();
    wallet.open_account(&code).await.unwrap();
    wallet.enrol("kim").await.unwrap();
    wallet.earn(&Claim::new("eco", "2026-h1").unwrap()).await.unwrap();
    for _ in 0..3 {
        gateway.town(|town| town.chain.idle(200));
        wallet.sync().await.unwrap();
    }
    let id = pay(&wallet, 3_000, 1_000).await;
    gateway.town(|town| town.capture(&id));
    assert!(wallet.follow_payment(&id, |_| {}).await.unwrap().is_captured());
    wallet.sync().await.unwrap();
    drop(wallet);
    gateway.be_offline(true);
    let wallet = phone.reopen().unwrap();
    assert_eq!(*wallet.receipt(&id).unwrap().0.krw(), won(2_000));
    assert_eq!(*wallet.balance().await.unwrap().points().points(), points(9_000));
    assert!(wallet.payment(&id).unwrap().is_captured());
}

/// Of one second no time says which was first; their names are drawn by lot.
#[tokio::test]
async fn wallet_31_acts_of_one_second_stand_in_the_order_in_which_they_were_done_also_after_a_restart() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.with_points().await;
    gateway.town(|town| town.holds_at_once = false);
    let mut paid = Vec::new();
    for amount in 101..107 {
        paid.push(pay(&wallet, amount, 0).await);
    }
    let listed = |wallet: &Wallet| -> Vec<_> {
        wallet.payments().unwrap().iter().map(|payment| *payment.payment_id()).collect()
    };
    let said = |wallet: &Wallet| -> Vec<String> {
        wallet.activity().unwrap().iter().map(|line| line.text().en.clone()).collect()
    };
    let times: BTreeSet<_> = wallet.payments().unwrap().iter().map(|payment| *payment.approved()).collect();
    assert_eq!(times.len(), 1, "all in one second");
    assert_eq!(listed(&wallet), paid);
    let log = said(&wallet);
    let places: Vec<_> = (101..107)
        .map(|amount| log.iter().position(|line| line.contains(&amount.to_string())).unwrap())
        .collect();
    assert!(places.is_sorted(), "{log:?}");
    let mut asked = Vec::new();
    for limit in [5_000, 4_000, 3_000, 2_000] {
        let limits = Limits { per_payment: won(limit), per_day: won(limit), per_month: won(limit) };
        asked.push(*wallet.set_limits(Some(limits)).await.unwrap().id());
    }
    let submitted = |wallet: &Wallet| -> Vec<_> {
        wallet.submissions().unwrap().iter().map(|sent| *sent.id()).filter(|id| asked.contains(id)).collect()
    };
    assert_eq!(submitted(&wallet), asked);
    let log = said(&wallet);
    drop(wallet);

    let wallet = phone.reopen().unwrap();
    assert_eq!((listed(&wallet), said(&wallet)), (paid.clone(), log));
    assert_eq!(submitted(&wallet), asked);
    paid.push(pay(&wallet, 200, 0).await);
    assert_eq!(listed(&wallet), paid, "and what comes after it");
}
