//! A citizen's wallet, by its facade alone, at a till by its program alone.

use crate::town::{PATIENCE, Town};
use citizen_keys::MemoryBackend;
use citizen_primitives::{Place, random};
use citizen_wallet::view::{PaymentView, ShownCodeView};
use citizen_wallet::{
    City, Claim, Coins, Https, Limits, PaymentId, PinCost, Points, Request, Response, SoftwareKeystore,
    StorePlace, Transport, TransportError, Trust, Wallet, WalletConfig, WalletError, Won, place,
};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

const PIN: &str = "294857";

/// What a wire does once with a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loss {
    /// It never arrives.
    Before,
    /// It arrives; its answer does not.
    After,
}

/// A phone's wire, which loses what it is told to lose, and holds one answer back.
#[derive(Default)]
struct Losing {
    lost: Mutex<Vec<(Place, Loss)>>,
    is_cut: AtomicBool,
    held: Mutex<Option<Place>>,
    /// The answer that is held back has come.
    has_come: AtomicBool,
    release: Notify,
}

impl Losing {
    fn lose(&self, place: Place, loss: Loss, times: usize) {
        self.lost.lock().unwrap().extend(std::iter::repeat_n((place, loss), times));
    }

    /// Loses nothing any more.
    fn heal(&self) {
        self.lost.lock().unwrap().clear();
    }

    /// The next answer to a call from this place is on its way until it is released.
    fn hold(&self, place: Place) {
        *self.held.lock().unwrap() = Some(place);
    }

    fn take(&self, place: Place) -> Option<Loss> {
        let mut all = self.lost.lock().unwrap();
        let at = all.iter().position(|(lost, _)| *lost == place)?;
        Some(all.remove(at).1)
    }
}

#[async_trait::async_trait]
impl Transport for Losing {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let loss = self.take(request.place);
        if loss == Some(Loss::Before) || self.is_cut.load(Ordering::SeqCst) {
            return Err(TransportError::Offline);
        }
        let is_held = self.held.lock().unwrap().take_if(|place| *place == request.place).is_some();
        let answer = Https::new().unwrap().send(request).await;
        if is_held {
            self.has_come.store(true, Ordering::SeqCst);
            self.release.notified().await;
        }
        if loss == Some(Loss::After) { Err(TransportError::Offline) } else { answer }
    }
}

fn won(amount: u64) -> Won {
    Won::new(amount).unwrap()
}

fn points(amount: u64) -> Points {
    Points::new(amount).unwrap()
}

fn config(town: &Town, home: &Path, wire: Arc<dyn Transport>) -> WalletConfig {
    let keystore =
        SoftwareKeystore::open(Box::new(MemoryBackend::default()), Box::new(random::system())).unwrap();
    let store = StorePlace::File(home.to_owned());
    let mut config = WalletConfig::new(store, Arc::new(keystore), wire);
    config.pin_cost = PinCost::dangerous_cheap();
    let trust = Trust::File(town.city.as_ref().unwrap().trust().clone());
    config.with_city(City { url: town.url.parse().unwrap(), trust })
}

/// A wallet with 10,000 points and 100,000 won.
async fn wallet(town: &Town, name: &str) -> Wallet {
    wallet_over(town, name, Arc::new(Https::new().unwrap())).await
}

async fn wallet_over(town: &Town, name: &str, wire: Arc<dyn Transport>) -> Wallet {
    let home = town.path(&format!("{name}.sqlite"));
    let (wallet, code) = Wallet::create(config(town, &home, wire), PIN).unwrap();
    wallet.open_account(&code).await.unwrap();
    wallet.enrol(name).await.unwrap();
    wallet.earn(&Claim::new("eco", "eco-2026-h1").unwrap()).await.unwrap();
    wallet
}

async fn funds(wallet: &Wallet) -> (u64, u64) {
    let balance = wallet.balance().await.unwrap();
    (balance.points().points().amount(), balance.won().as_ref().unwrap().krw().amount())
}

async fn show(wallet: &Wallet, most_points: u64, total: u64) -> ShownCodeView {
    let review = wallet.review_code(won(total), Coins::Exactly(points(most_points))).await.unwrap();
    assert_eq!((review.view().points().amount(), review.view().total().amount()), (most_points, total));
    wallet.show_code(review).await.unwrap()
}

/// Approves a payment in won, of the printed code.
async fn pay(wallet: &Wallet, code: &str, amount: u64) -> PaymentId {
    let scanned = wallet.scan_text(code).await.unwrap();
    let review =
        wallet.review_payment(&scanned, Won::new(amount).ok(), Coins::Exactly(points(0))).await.unwrap();
    *wallet.approve(review).await.unwrap().payment_id()
}

/// The till charges what the wallet shows, and the wallet follows it to the payment's end.
async fn charged(town: &Town, wallet: &Wallet, code: &ShownCodeView, amount: &str) -> PaymentView {
    town.done("counter", &["charge", code.qr(), "--amount", amount]);
    let view = wallet.follow_code(code.payment_id(), |_| {}).await.unwrap();
    assert!(view.is_charged(), "{view:?}");
    wallet.follow_payment(code.payment_id(), |_| {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn pay_8_a_shown_code_is_charged_by_the_till_and_the_phone_proves_by_whom() {
    let mut town = Town::start().await;
    town.shop("counter", "연남만두", "500000000");
    let wallet = wallet(&town, "김하나").await;
    let code = show(&wallet, 5_000, 20_000).await;
    assert_eq!(*code.state(), "open");
    assert!(code.left(*code.until()).count() == 0 && code.qr().starts_with("3-"));
    let paid = charged(&town, &wallet, &code, "12000").await;
    assert!(paid.is_captured());
    assert_eq!((paid.merchant().as_str(), paid.points().amount()), ("연남만두", 5_000));
    assert_eq!(funds(&wallet).await, (5_000, 93_000));
    // The receipt, and its code at the till: once.
    assert!(wallet.receipt(paid.payment_id()).is_ok());
    let receipt = wallet.receipt_code(paid.payment_id()).unwrap();
    assert!(receipt.len() < 200, "{}", receipt.len());
    let refused = town.refused("counter", &["check", &receipt]).0;
    assert_eq!(refused, "receipt-refused", "what was charged here was served with the charge");
    // A part back, and another.
    let id = paid.payment_id().to_hex();
    let asked = wallet.ask_refund(paid.payment_id(), won(4_000), "만두 하나 빼 주세요").await.unwrap();
    assert_eq!((asked.refunded().amount(), asked.left().amount()), (0, 12_000));
    town.done("counter", &["refund", &id, "--amount", "4000"]);
    town.done("counter", &["refund", &id, "--amount", "1000"]);
    let refunds = wallet.refunds(paid.payment_id()).await.unwrap();
    assert_eq!(refunds.refunds().len(), 2);
    assert_eq!((refunds.refunded().amount(), refunds.left().amount()), (5_000, 7_000));
    let too_much = wallet.ask_refund(paid.payment_id(), won(7_001), "다").await;
    assert!(matches!(too_much, Err(WalletError::NotEnough { .. })), "{too_much:?}");
    // To the won, as soon as the bank has credited.
    let expected = 10_000 + 100_000 - 7_000;
    let mut has = (0, 0);
    for _ in 0..PATIENCE {
        has = funds(&wallet).await;
        if has.0 + has.1 == expected {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(has.0 + has.1, expected, "{has:?}");
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pay_8_a_code_that_was_replaced_taken_back_or_not_charged_costs_nothing() {
    let mut town = Town::start().await;
    town.shop("counter", "연남만두", "500000000");
    let wallet = wallet(&town, "이둘").await;
    let first = show(&wallet, 0, 5_000).await;
    let second = wallet.renew_code(first.payment_id()).await.unwrap();
    assert_ne!(first.qr(), second.qr());
    assert_eq!(town.refused("counter", &["charge", first.qr(), "--amount", "1000"]).0, "refused");
    let first = wallet.follow_code(first.payment_id(), |_| {}).await.unwrap();
    assert_eq!(*first.state(), "revoked", "on the ledger too");
    wallet.hide_code(second.payment_id()).await.unwrap();
    let second = wallet.follow_code(second.payment_id(), |_| {}).await.unwrap();
    assert_eq!(*second.state(), "revoked");
    assert_eq!(funds(&wallet).await, (10_000, 100_000));
    // Over the cap: refused at the till; the code stays good, and is charged once.
    let code = show(&wallet, 1_000, 3_000).await;
    assert_eq!(wallet.advance_code(code.payment_id()).await.unwrap().refused(), &None);
    assert_eq!(town.refused("counter", &["charge", code.qr(), "--amount", "3001"]).0, "refused");
    // Not at the till alone: the phone shows who tried, how much, and why not, as the centre's word.
    let seen = wallet.advance_code(code.payment_id()).await.unwrap();
    let refused = seen.refused().clone().unwrap();
    assert_eq!((*seen.state(), *refused.reason(), refused.amount().amount()), ("open", "over-cap", 3_001));
    assert_eq!(refused.merchant().as_str(), "연남만두");
    assert!(refused.text().ko.contains("연남만두") && refused.text().en.contains("001 won"), "{refused:?}");
    let known = wallet.codes().unwrap();
    let known = known.iter().find(|known| known.payment_id() == code.payment_id()).unwrap();
    assert_eq!(known.refused().as_ref(), Some(&refused));
    let paid = charged(&town, &wallet, &code, "3000").await;
    assert_eq!(wallet.advance_code(code.payment_id()).await.unwrap().refused(), &None, "it was charged");
    assert_eq!((paid.points().amount(), paid.krw().amount()), (1_000, 2_000));
    assert_eq!(town.refused("counter", &["charge", code.qr(), "--amount", "1"]).0, "refused");
    // What was charged cannot be taken back, and says so.
    assert_eq!(*wallet.hide_code(code.payment_id()).await.unwrap().state(), "charged");
    assert_eq!(funds(&wallet).await, (9_000, 98_000));
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn coin_9_points_are_given_and_redeemed_once_and_for_good() {
    let mut town = Town::start().await;
    let (giver, taker) = (wallet(&town, "박셋").await, wallet(&town, "최넷").await);
    let code = taker.gift_code().await.unwrap();
    let review = giver.review_gift(&code, points(2_500)).await.unwrap();
    assert_eq!(review.view().points_left().amount(), 7_500);
    let sent = giver.approve_gift(review).await.unwrap();
    let done = giver.follow_submission(sent.id()).await.unwrap();
    assert!(done.is_done() && done.verified().is_some());
    assert_eq!((funds(&giver).await.0, funds(&taker).await.0), (7_500, 12_500));
    for (code, amount) in [("SWG1.AAAA", 1), ("", 1), (code.as_str(), 7_501), (code.as_str(), 0)] {
        assert!(giver.review_gift(code, points(amount)).await.is_err(), "{code} {amount}");
    }
    let own = giver.gift_code().await.unwrap();
    assert!(giver.review_gift(&own, points(1)).await.is_err(), "to oneself");
    // Redeemed in steps alone; the review says that it is final.
    for wrong in [1, 9_999, 15_000] {
        let refused = taker.review_redemption(points(wrong)).await;
        assert!(matches!(refused, Err(WalletError::Refused { .. })), "{wrong}");
    }
    let review = taker.review_redemption(points(10_000)).await.unwrap();
    assert!(*review.view().irrevocable());
    let sent = taker.approve_redemption(review).await.unwrap();
    let done = taker.follow_submission(sent.id()).await.unwrap();
    let certificate = done.certificate().clone().unwrap();
    assert_eq!(certificate.won().amount(), 10_000);
    assert_eq!(funds(&taker).await.0, 2_500);
    let again = taker.submissions().unwrap();
    assert_eq!(again.last().unwrap().certificate().as_ref(), Some(&certificate), "kept, verified again");
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn coin_10_limits_are_said_before_anything_is_signed() {
    let mut town = Town::start().await;
    let wallet = wallet(&town, "정다섯").await;
    let own = Limits { per_payment: won(5_000), per_day: won(6_000), per_month: won(100_000) };
    let sent = wallet.set_limits(Some(own)).await.unwrap();
    assert!(wallet.follow_submission(sent.id()).await.unwrap().is_done());
    let limits = wallet.limits().await.unwrap();
    assert_eq!(limits.left().unwrap().amount(), 5_000);
    assert!(limits.legal().is_some() && limits.own().is_some());
    let refused = wallet.review_code(won(5_001), Coins::First).await;
    assert!(matches!(refused, Err(WalletError::Limit { resets: None, .. })));
    let friend = super::wallet::wallet(&town, "한여섯").await;
    let code = friend.gift_code().await.unwrap();
    let sent = wallet.approve_gift(wallet.review_gift(&code, points(4_000)).await.unwrap()).await.unwrap();
    assert!(wallet.follow_submission(sent.id()).await.unwrap().is_done());
    let refused = wallet.review_gift(&code, points(2_001)).await;
    assert!(matches!(refused, Err(WalletError::Limit { resets: Some(_), .. })), "of the day");
    // Looser: with the hardware key.
    let sent = wallet.set_limits(None).await.unwrap();
    assert!(wallet.follow_submission(sent.id()).await.unwrap().is_done());
    assert!(wallet.review_gift(&code, points(2_001)).await.is_ok());
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gift_whose_answer_is_lost_is_given_once_and_never_called_refused() {
    let mut town = Town::start().await;
    let wire = Arc::new(Losing::default());
    let giver = wallet_over(&town, "강일곱", wire.clone()).await;
    let taker = wallet(&town, "윤여덟").await;
    let code = taker.gift_code().await.unwrap();
    let review = giver.review_gift(&code, points(4_000)).await.unwrap();
    // The retry finds it executed: the door says `replayed`, and that is no refusal.
    wire.lose(place::SEND_SUBMISSION, Loss::After, 1);
    let sent = giver.approve_gift(review).await.unwrap();
    assert!(giver.follow_submission(sent.id()).await.unwrap().is_done());
    // Three lost answers; and a review right after it takes the points off once.
    let review = giver.review_gift(&code, points(1_000)).await.unwrap();
    wire.lose(place::SEND_SUBMISSION, Loss::After, 3);
    giver.approve_gift(review).await.unwrap();
    let review = giver.review_gift(&code, points(5_000)).await.unwrap();
    assert_eq!(review.view().points_left().amount(), 0);
    drop(review);
    giver.sync().await.unwrap();
    assert!(giver.submissions().unwrap().iter().all(citizen_wallet::view::SubmissionView::is_done));
    assert_eq!((funds(&giver).await.0, funds(&taker).await.0), (5_000, 15_000));
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn centre_7_a_mandate_that_was_lost_leaves_no_older_code_good() {
    let mut town = Town::start().await;
    town.shop("counter", "연남만두", "500000000");
    let wire = Arc::new(Losing::default());
    let wallet = wallet_over(&town, "임아홉", wire.clone()).await;
    for loss in [Loss::Before, Loss::After] {
        let first = show(&wallet, 0, 5_000).await;
        wire.lose(place::SEND_MANDATE, loss, 3);
        let review = wallet.review_code(won(4_000), Coins::Exactly(points(0))).await.unwrap();
        assert!(wallet.show_code(review).await.is_err());
        let third = show(&wallet, 0, 3_000).await;
        assert_ne!(first.qr(), third.qr());
        for code in wallet.codes().unwrap().iter().filter(|code| code.qr() != third.qr()) {
            assert_eq!(town.refused("counter", &["charge", code.qr(), "--amount", "1000"]).0, "refused");
        }
        let paid = charged(&town, &wallet, &third, "1000").await;
        assert!(paid.is_captured());
    }
    // What was charged is not renewed, and no new code is shown in its place.
    let code = show(&wallet, 0, 2_000).await;
    charged(&town, &wallet, &code, "2000").await;
    let shown = wallet.codes().unwrap().len();
    assert_eq!(*wallet.renew_code(code.payment_id()).await.unwrap().state(), "charged");
    assert_eq!(wallet.codes().unwrap().len(), shown);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wallet_7_the_mandate_is_on_the_phone_before_it_leaves() {
    let mut town = Town::start().await;
    let wire = Arc::new(Losing::default());
    let wallet = Arc::new(wallet_over(&town, "백열", wire.clone()).await);
    // Its answer is on its way: the centre has the mandate, and the phone knows that it signed it.
    wire.hold(place::SEND_MANDATE);
    let review = wallet.review_code(won(4_000), Coins::Exactly(points(0))).await.unwrap();
    let showing = tokio::spawn({
        let wallet = Arc::clone(&wallet);
        async move { wallet.show_code(review).await }
    });
    while !wire.has_come.load(Ordering::SeqCst) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let known = wallet.codes().unwrap();
    assert_eq!((known.len(), known.first().map(|code| *code.state())), (1, Some("unready")));
    wire.release.notify_one();
    assert_eq!(*showing.await.unwrap().unwrap().state(), "open");
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pay_8_a_charge_that_came_back_ends_the_code_though_nobody_says_whose_it_was() {
    let mut town = Town::start().await;
    town.shop("counter", "연남만두", "500000000");
    let wire = Arc::new(Losing::default());
    let wallet = wallet_over(&town, "송하나", wire.clone()).await;
    let code = show(&wallet, 1_000, 5_000).await;
    // The bank declines, so the hold is released; what the centre would tell of it never arrives.
    town.city.as_ref().unwrap().bank().set_mood(city_services::Mood::Declining);
    wire.lose(place::ASK_CHARGED, Loss::After, 10_000);
    town.refused("counter", &["charge", code.qr(), "--amount", "3000"]);
    let ended = wallet.follow_code(code.payment_id(), |_| {}).await.unwrap();
    assert_eq!((*ended.state(), ended.is_final()), ("undone", true));
    assert_eq!(funds(&wallet).await, (10_000, 100_000));
    // Told at last, it is a payment that was reversed.
    wire.heal();
    assert_eq!(*wallet.advance_code(code.payment_id()).await.unwrap().state(), "charged");
    assert_eq!(wallet.payments().unwrap().len(), 1);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wallet_16_a_code_that_was_paid_ends_though_the_centre_withholds_to_whom() {
    let mut town = Town::start().await;
    town.shop("counter", "연남만두", "500000000");
    let wire = Arc::new(Losing::default());
    let wallet = wallet_over(&town, "송세라", wire.clone()).await;
    let code = show(&wallet, 1_000, 5_000).await;
    wire.lose(place::ASK_CHARGED, Loss::After, 10_000);
    town.done("counter", &["charge", code.qr(), "--amount", "3000"]);
    let ended = wallet.follow_code(code.payment_id(), |_| {}).await.unwrap();
    assert_eq!((*ended.state(), ended.is_final()), ("paid", true));
    assert_eq!(*ended.taken(), Some(won(3_000)));
    assert!(ended.verified().is_some());
    // The same without asking anybody: the proof is kept.
    let kept = wallet.codes().unwrap();
    let kept = kept.first().unwrap();
    assert_eq!((*kept.state(), *kept.taken()), ("paid", Some(won(3_000))));
    assert_eq!(wallet.payments().unwrap().len(), 0, "nobody says to whom");
    assert_eq!(funds(&wallet).await, (9_000, 98_000));
    // Told at last, it is a payment with a receipt.
    wire.heal();
    assert_eq!(*wallet.advance_code(code.payment_id()).await.unwrap().state(), "charged");
    wallet.sync().await.unwrap();
    assert_eq!(wallet.receipt(code.payment_id()).unwrap().0.merchant().as_str(), "연남만두");
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wallet_15_a_restored_phone_learns_the_payments_that_its_backup_does_not_hold() {
    let mut town = Town::start().await;
    let shop = town.shop("counter", "연남만두", "500000000");
    let printed = shop["printed_code"].as_str().unwrap();
    let wire = Arc::new(Https::new().unwrap());
    let home = town.path("before.sqlite");
    let (wallet, recovery) = Wallet::create(config(&town, &home, wire.clone()), PIN).unwrap();
    wallet.open_account(&recovery).await.unwrap();
    wallet.enrol("송예진").await.unwrap();
    wallet.earn(&Claim::new("eco", "eco-2026-h1").unwrap()).await.unwrap();
    let first = pay(&wallet, printed, 1_000).await;
    assert!(wallet.follow_payment(&first, |_| {}).await.unwrap().is_captured());
    let backup = wallet.backup(&recovery).unwrap();
    // What comes after the backup: a payment to its end, a charged code, a code that is not charged, and an order that the ledger holds
    // when the phone falls into the Han. One that the ledger has not seen by then, the new phone's key makes void.
    let second = pay(&wallet, printed, 2_000).await;
    assert!(wallet.follow_payment(&second, |_| {}).await.unwrap().is_captured());
    let code = show(&wallet, 500, 3_000).await;
    charged(&town, &wallet, &code, "2500").await;
    let unused = show(&wallet, 0, 9_000).await;
    town.city.as_ref().unwrap().bank().set_mood(city_services::Mood::Late(std::time::Duration::from_secs(2)));
    let last = pay(&wallet, printed, 4_000).await;
    while *wallet.advance_payment(&last).await.unwrap().state() == "requested" {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    drop(wallet);
    let home = town.path("after.sqlite");
    let (wallet, _) = Wallet::restore(config(&town, &home, wire), &backup, &recovery, PIN).await.unwrap();
    assert_eq!(wallet.payments().unwrap().len(), 0);
    for _ in 0..PATIENCE {
        wallet.sync().await.unwrap();
        if wallet.payments().unwrap().len() == 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    for payment in [&second, code.payment_id(), &last] {
        assert!(wallet.follow_payment(payment, |_| {}).await.unwrap().is_captured(), "{payment}");
        assert_eq!(wallet.receipt(payment).unwrap().0.merchant().as_str(), "연남만두");
    }
    assert_eq!(
        wallet.receipt(&first).unwrap().0.krw().amount(),
        1_000,
        "from the backup, and not asked for again"
    );
    assert_eq!(wallet.payments().unwrap().len(), 3);
    assert_eq!(funds(&wallet).await, (9_500, 91_000));
    // The old phone's code is worth nothing any more.
    town.refused("counter", &["charge", unused.qr(), "--amount", "9000"]);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_is_lost_is_no_failure_and_is_sent_again_at_the_next_look() {
    let mut town = Town::start().await;
    let wire = Arc::new(Losing::default());
    let wallet = wallet_over(&town, "송두리", wire.clone()).await;
    let code = show(&wallet, 0, 5_000).await;
    wire.lose(place::SEND_REVOCATION, Loss::Before, 3);
    let hidden = wallet.hide_code(code.payment_id()).await.unwrap();
    assert_eq!(*hidden.state(), "open", "the ledger has not revoked it yet");
    let ended = wallet.follow_code(code.payment_id(), |_| {}).await.unwrap();
    assert_eq!(*ended.state(), "revoked");
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wallet_9_looks_that_crossed_leave_a_history_that_is_shown_without_a_city() {
    let mut town = Town::start().await;
    let wire = Arc::new(Losing::default());
    let giver = Arc::new(wallet_over(&town, "송세아", wire.clone()).await);
    let taker = wallet(&town, "송네온").await;
    let code = taker.gift_code().await.unwrap();
    // One look has its answer late; meanwhile something happens, and another look keeps it.
    wire.hold(place::ASK_STATE);
    let early = tokio::spawn({
        let giver = Arc::clone(&giver);
        async move { giver.balance().await }
    });
    while !wire.has_come.load(Ordering::SeqCst) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let sent = giver.approve_gift(giver.review_gift(&code, points(4_000)).await.unwrap()).await.unwrap();
    assert!(giver.follow_submission(sent.id()).await.unwrap().is_done());
    wire.release.notify_one();
    assert_eq!(early.await.unwrap().unwrap().points().points().amount(), 10_000);
    wire.is_cut.store(true, Ordering::SeqCst);
    let kept = giver.balance().await.unwrap();
    assert!([6_000, 10_000].contains(&kept.points().points().amount()), "{kept:?}");
    town.stop().await;
}
