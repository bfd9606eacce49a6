//! Consumer codes at a till: charged once, within the mandate; taken back, refunded, settled.

use crate::bank::refused;
use crate::phone::Phone;
use crate::till::{Till, charge_state};
use crate::world::{World, role, won};
use citizen_client::TillWord;
use citizen_client::api::TillAnswer;
use citizen_client::till::request_digest;
use citizen_keys::Signed;
use citizen_ledger::{Rejection, Role};
use citizen_payment::PaymentState;
use citizen_payment::request::RequestContent;
use citizen_payment::till::MerchantAct;
use citizen_payment::word::{ChargeRefusal, NotCharged};
use citizen_primitives::{Clock as _, PaymentId, RefundId, Text};
use city_services::bank::{BookAccount, merchant_digest};
use city_services::centre::ReadFile;
use city_services::{Mood, Reason, ServiceError, Steps as _};

struct Shop {
    world: World,
    phone: Phone,
    till: Till,
}

/// A world with rules, a customer with 50,000 points and 100,000 won, and a till.
async fn shop() -> Shop {
    let world = World::new();
    world.decide_rules();
    let phone = Phone::rich(&world, 1, 50_000, "김지우").await;
    let till = Till::register(&world, 70, 900_000_000);
    Shop { world, phone, till }
}

impl Shop {
    fn customer(&self) -> (i64, u64) {
        let won = self.world.bank().customer_balance(&self.phone.account).unwrap();
        (won, self.world.spendable(&self.phone.account))
    }

    /// A code on the screen, worth so many points and so much in all.
    async fn show(&mut self, points: u64, total: u64) -> (String, PaymentId) {
        self.phone.show(&self.world, points, total, None).await.unwrap()
    }

    /// The day is over and settled.
    async fn next_day(&self) {
        let now = self.world.clock.now();
        self.world.clock.advance(now.day_in_seoul().next().start().since(now).count() + 1);
        self.world.work(12).await;
    }

    async fn paid(&mut self, number: u8, points: u64, amount: u64) -> PaymentId {
        let (code, payment) = self.show(points, amount).await;
        self.till.charge(&self.world, number, &code, amount).await.unwrap();
        self.world.work(12).await;
        assert_eq!(charge_state(&self.till.inquire(&self.world, number).await).0, "captured");
        payment
    }
}

#[tokio::test]
async fn centre_8_a_shown_code_is_charged_once_and_the_phone_learns_by_whom() {
    let mut shop = shop().await;
    let (code, payment) = shop.show(5_000, 20_000).await;
    let first = shop.till.charge(&shop.world, 1, &code, 12_000).await.unwrap();
    assert_eq!(charge_state(&first), ("checking", Some(payment)));
    assert_eq!(
        shop.till.charge(&shop.world, 1, &code, 12_000).await.unwrap(),
        first,
        "the same number again"
    );
    assert_eq!(refused(shop.till.charge(&shop.world, 2, &code, 1_000).await), Reason::Used);
    shop.world.work(12).await;
    // It was charged, which does not pass: nobody is told that its time was over.
    shop.world.clock.advance(181);
    shop.world.seal();
    assert_eq!(refused(shop.till.charge(&shop.world, 3, &code, 1_000).await), Reason::Used);
    let TillAnswer::Charge { state, points, krw, .. } = shop.till.inquire(&shop.world, 1).await else {
        panic!()
    };
    assert_eq!((state.as_str(), points, krw), ("captured", 5_000, 7_000));
    assert_eq!(shop.customer(), (93_000, 45_000));
    let record = shop.world.record(&payment).unwrap();
    assert!(matches!(record.state, PaymentState::Captured { debit: Some(_), .. }));
    let seen = shop.phone.charged(&shop.world, payment).await.unwrap();
    assert_eq!(seen.terms.commitment(), record.commitment);
    assert_eq!((seen.terms.merchant.clone(), seen.terms.won), (shop.till.merchant.clone(), won(7_000)));
}

/// CENTRE-8
#[tokio::test]
async fn centre_8_a_number_is_of_one_charge_and_says_nothing_of_another_code_or_amount() {
    let mut shop = shop().await;
    let (code, _) = shop.show(5_000, 20_000).await;
    let first = shop.till.charge(&shop.world, 1, &code, 12_000).await.unwrap();
    assert_eq!(refused(shop.till.charge(&shop.world, 1, &code, 12_001).await), Reason::AnotherOrder);
    let (other, _) = shop.show(5_000, 20_000).await;
    assert_eq!(refused(shop.till.charge(&shop.world, 1, &other, 12_000).await), Reason::AnotherOrder);
    assert_eq!(
        shop.till.charge(&shop.world, 1, &code, 12_000).await.unwrap(),
        first,
        "the same has its answer"
    );
    shop.world.work(12).await;
    assert_eq!(refused(shop.till.charge(&shop.world, 1, &other, 12_000).await), Reason::AnotherOrder);
    assert_eq!(shop.customer(), (93_000, 45_000), "one was paid");
}

#[tokio::test]
async fn centre_7_and_8_what_the_citizen_did_not_allow_is_not_charged() {
    let mut shop = shop().await;
    assert_eq!(
        refused(shop.till.charge(&shop.world, 1, "3-00000000000000000000000", 100).await),
        Reason::UnknownCode
    );
    let unready = shop.phone.ask_consumer_code(&shop.world).await.unwrap().qr;
    assert_eq!(refused(shop.till.charge(&shop.world, 1, &unready, 100).await), Reason::Unready);
    let (code, payment) = shop.show(5_000, 20_000).await;
    assert_eq!(refused(shop.till.charge(&shop.world, 1, &code, 20_001).await), Reason::OverCap);
    assert_eq!(refused(shop.till.charge(&shop.world, 1, &code, 0).await), Reason::Amount);
    // Renewed: the code before is worth nothing from the same moment.
    let (renewed, _) = shop.phone.show(&shop.world, 0, 5_000, Some(payment)).await.unwrap();
    assert_eq!(refused(shop.till.charge(&shop.world, 1, &code, 100).await), Reason::Revoked);
    shop.world.clock.advance(181);
    shop.world.seal();
    assert_eq!(refused(shop.till.charge(&shop.world, 1, &renewed, 100).await), Reason::Expired);
    assert_eq!(shop.customer(), (100_000, 50_000));
}

/// CENTRE-8
#[tokio::test]
async fn centre_8_the_phone_is_told_why_a_till_that_tried_has_not_charged_its_code() {
    let mut shop = shop().await;
    let (code, payment) = shop.show(5_000, 20_000).await;
    let told = |word: Option<ChargeRefusal>| word.map(|word| (word.amount.amount(), word.reason));
    assert_eq!(told(shop.phone.refusal(&shop.world, payment).await.unwrap()), None, "nobody has tried");
    assert_eq!(refused(shop.till.charge(&shop.world, 1, &code, 20_001).await), Reason::OverCap);
    let word = shop.phone.refusal(&shop.world, payment).await.unwrap().unwrap();
    assert_eq!((word.payment, word.merchant.as_str()), (payment, "연남만두"));
    assert_eq!(told(Some(word)), Some((20_001, NotCharged::OverCap)));
    // Nobody else hears of it, and another code of the same phone has nothing to tell.
    let mut stranger = Phone::rich(&shop.world, 2, 0, "이둘").await;
    let asked = stranger.refusal(&shop.world, payment).await;
    assert_eq!(asked.unwrap_err(), ServiceError::NotFound);
    // A merchant who may not.
    shop.world.centre().suspend(&shop.till.merchant, true).unwrap();
    assert_eq!(refused(shop.till.charge(&shop.world, 1, &code, 100).await), Reason::Suspended);
    let word = shop.phone.refusal(&shop.world, payment).await.unwrap();
    assert_eq!(told(word), Some((100, NotCharged::Suspended)));
    shop.world.centre().suspend(&shop.till.merchant, false).unwrap();
    // Charged after all: what was refused before says nothing any more, and a second try is no matter of the phone.
    shop.till.charge(&shop.world, 1, &code, 12_000).await.unwrap();
    assert_eq!(refused(shop.till.charge(&shop.world, 2, &code, 20_001).await), Reason::Used);
    shop.world.work(12).await;
    assert_eq!(told(shop.phone.refusal(&shop.world, payment).await.unwrap()), None);
}

/// CENTRE-8
#[tokio::test]
async fn centre_8_the_phone_is_told_why_the_ledger_refused_a_charge() {
    let mut shop = shop().await;
    let (code, payment) = shop.show(5_000, 20_000).await;
    // The points are gone before the charge arrives.
    shop.phone.redeem(&shop.world, 50_000);
    shop.world.seal();
    shop.till.charge(&shop.world, 1, &code, 12_000).await.unwrap();
    shop.world.work(12).await;
    for _ in 0..12 {
        shop.world.clock.advance(30);
        shop.world.work(12).await;
    }
    assert_eq!(charge_state(&shop.till.inquire(&shop.world, 1).await).0, "failed");
    let word = shop.phone.refusal(&shop.world, payment).await.unwrap().unwrap();
    let rejection = Rejection::NotEnough.code();
    assert_eq!((word.amount, word.reason), (won(12_000), NotCharged::Ledger { rejection }));
}

#[tokio::test]
async fn refunds_and_parts_that_are_open_are_counted() {
    let mut shop = shop().await;
    let open = |shop: &Shop| shop.world.centre().open_work().unwrap();
    assert_eq!(open(&shop), [("refunds", 0), ("settlement-parts", 0)]);
    let payment = shop.paid(1, 0, 5_000).await;
    let reason = Text::new("반품").unwrap();
    let refund = RefundId::from_bytes([9; 32]);
    let act = MerchantAct::Refund { refund, payment, amount: won(1_000), reason };
    shop.till.ask(&shop.world, act).await.unwrap();
    assert_eq!(open(&shop), [("refunds", 1), ("settlement-parts", 0)]);
    shop.world.work(12).await;
    let now = shop.world.clock.now();
    shop.world.clock.advance(now.day_in_seoul().next().start().since(now).count() + 1);
    shop.world.centre().close_day(now.day_in_seoul()).unwrap();
    assert_eq!(open(&shop), [("refunds", 0), ("settlement-parts", 1)]);
    shop.world.work(12).await;
    assert_eq!(open(&shop), [("refunds", 0), ("settlement-parts", 0)]);
}

#[tokio::test]
async fn centre_7_a_code_that_was_charged_is_not_replaced() {
    let mut shop = shop().await;
    let (code, payment) = shop.show(0, 5_000).await;
    shop.till.charge(&shop.world, 1, &code, 5_000).await.unwrap();
    let replaced = shop.phone.show(&shop.world, 0, 5_000, Some(payment)).await;
    assert_eq!(refused(replaced), Reason::Used);
}

#[tokio::test]
async fn pay_8_a_code_that_was_revoked_on_the_ledger_is_charged_by_nobody() {
    let mut shop = shop().await;
    let (code, payment) = shop.show(1_000, 5_000).await;
    shop.phone.revoke(&shop.world, payment);
    // The centre has not heard of it; the ledger has.
    shop.till.charge(&shop.world, 1, &code, 5_000).await.unwrap();
    shop.world.work(12).await;
    assert_eq!(charge_state(&shop.till.inquire(&shop.world, 1).await).0, "failed");
    assert_eq!(shop.customer(), (100_000, 50_000));
}

#[tokio::test]
async fn centre_14_a_till_signs_and_a_stranger_is_refused() {
    let shop = shop().await;
    let other = Till::register(&shop.world, 71, 0);
    let stranger = Till { merchant: shop.till.merchant.clone(), ..other };
    let day = shop.world.clock.now().day_in_seoul();
    assert_eq!(refused(stranger.ask(&shop.world, MerchantAct::Payments { day }).await), Reason::Signature);
    let request = shop.till.request(&shop.world, MerchantAct::Payments { day });
    shop.world.clock.advance(301);
    assert_eq!(refused(shop.world.centre().till(request).await), Reason::TooOld);
    // The answer is the centre's word on this request and on no other.
    let asked = shop.till.request(&shop.world, MerchantAct::Payments { day });
    let answered = shop.world.centre().till_word(asked.clone()).await.unwrap();
    let word: Signed<TillWord> = answered.answer.read().unwrap();
    let word = word.verify(&role(Role::Centre).key).unwrap();
    assert_eq!(word.request, request_digest(&asked.request.read().unwrap()));
    assert_eq!(word.answer, TillAnswer::Payments { payments: Vec::new() });
    let again = Till::register(&shop.world, 70, 0);
    assert_eq!(again.merchant, shop.till.merchant, "the same key is the same merchant");
}

#[tokio::test]
async fn centre_9_a_charge_is_taken_back_before_it_arrives_on_its_way_and_after_it_was_paid() {
    let mut shop = shop().await;
    // Before: it never will be one.
    let (code, _) = shop.show(0, 5_000).await;
    assert_eq!(charge_state(&shop.till.reverse(&shop.world, 1).await).0, "reversed");
    assert_eq!(charge_state(&shop.till.charge(&shop.world, 1, &code, 5_000).await.unwrap()).0, "reversed");
    // On its way: released.
    shop.till.charge(&shop.world, 2, &code, 5_000).await.unwrap();
    assert_eq!(charge_state(&shop.till.reverse(&shop.world, 2).await).0, "checking", "never a guess");
    shop.world.work(12).await;
    assert_eq!(charge_state(&shop.till.inquire(&shop.world, 2).await).0, "reversed");
    assert_eq!(shop.customer(), (100_000, 50_000));
    // After: refunded in full, once.
    shop.paid(3, 2_000, 9_000).await;
    assert_eq!(charge_state(&shop.till.reverse(&shop.world, 3).await).0, "checking");
    shop.till.reverse(&shop.world, 3).await;
    shop.world.work(12).await;
    assert_eq!(charge_state(&shop.till.inquire(&shop.world, 3).await).0, "reversed");
    assert_eq!(shop.customer(), (100_000, 50_000));
}

#[tokio::test]
async fn centre_9_a_reversal_that_is_too_late_for_the_ledger_leaves_the_charge_paid_and_says_so() {
    let mut shop = shop().await;
    shop.paid(1, 0, 3_000).await;
    // It is taken back in time, and the ledger comes to it too late.
    shop.world.clock.advance(91 * 86_400);
    shop.world.seal();
    assert_eq!(charge_state(&shop.till.reverse(&shop.world, 1).await).0, "checking");
    shop.world.work(3).await;
    shop.world.pass(700);
    shop.world.work(12).await;
    let answer = shop.till.inquire(&shop.world, 1).await;
    let TillAnswer::Charge { state, reason, .. } = answer else { panic!("{answer:?}") };
    assert!(state == "captured" && reason.is_some(), "{state} {reason:?}");
    assert_eq!(shop.customer(), (97_000, 50_000));
}

/// CENTRE-6
#[tokio::test]
async fn centre_6_whoever_has_the_proof_of_a_capture_is_not_told_that_nothing_was_paid() {
    for way in ["wish", "serve", "refund", "cancel"] {
        let mut shop = shop().await;
        let (code, payment) = shop.show(0, 3_000).await;
        shop.till.charge(&shop.world, 1, &code, 3_000).await.unwrap();
        let (refund, amount) = (RefundId::from_bytes([9; 32]), won(1_000));
        let wish = RequestContent::AskRefund { payment, amount, reason: Text::default() };
        let act = match way {
            "refund" => MerchantAct::Refund { refund, payment, amount, reason: Text::default() },
            "cancel" => MerchantAct::Cancel { refund, payment },
            _ => MerchantAct::Serve { payment },
        };
        let early = shop.till.ask(&shop.world, MerchantAct::Serve { payment }).await;
        assert_eq!(refused(early), Reason::NotPaid, "nothing is captured yet");
        // The centre brings the capture to the ledger, and looks no more.
        let is_captured = |world: &World| {
            let record = world.record(&payment);
            record.is_some_and(|record| matches!(record.state, PaymentState::Captured { .. }))
        };
        while !is_captured(&shop.world) {
            shop.world.centre().step().await.unwrap();
            shop.world.seal();
        }
        let stage = async |shop: &Shop| shop.world.centre().payment(payment).await.unwrap().stage;
        assert_eq!(stage(&shop).await, "capturing");
        if way == "wish" {
            let request = shop.phone.request(&shop.world, Role::Centre, wish);
            shop.world.centre().wish(request).await.unwrap();
        } else {
            shop.till.ask(&shop.world, act).await.unwrap();
        }
        assert_eq!(stage(&shop).await, "captured", "{way}");
        shop.world.work(12).await;
        assert_eq!(shop.world.centre().takings(&shop.till.merchant).unwrap().count, 1, "{way}: once");
    }
}

#[tokio::test]
async fn centre_10_a_refusal_is_the_centres_word_and_a_request_that_comes_again_later_moves_nothing() {
    let mut shop = shop().await;
    let payment = shop.paid(1, 0, 3_000).await;
    let (refund, amount) = (RefundId::from_bytes([9; 32]), won(5_000));
    let act = MerchantAct::Refund { refund, payment, amount, reason: Text::new("").unwrap() };
    let asked = shop.till.request(&shop.world, act);
    let said = async |shop: &Shop| {
        let answered = shop.world.centre().till_word(asked.clone()).await.unwrap();
        let word: Signed<TillWord> = answered.answer.read().unwrap();
        word.verify(&role(Role::Centre).key).unwrap().answer
    };
    let too_much = TillAnswer::Refused { reason: "too-much".to_owned() };
    assert_eq!(said(&shop).await, too_much);
    // One that could be taken now, had it not been refused.
    let early = PaymentId::from_bytes([8; 32]);
    let (refund, amount) = (RefundId::from_bytes([7; 32]), won(1));
    let act = MerchantAct::Refund { refund, payment: early, amount, reason: Text::new("").unwrap() };
    let not_yet = shop.till.ask(&shop.world, act).await;
    assert_eq!(refused(not_yet), Reason::NotPaid);
    let cancel = MerchantAct::Cancel { refund, payment };
    assert_eq!(
        refused(shop.till.ask(&shop.world, cancel).await),
        Reason::NotPaid,
        "this number is refused for good"
    );
    assert_eq!(said(&shop).await, too_much);
    shop.world.work(12).await;
    assert_eq!(shop.customer(), (97_000, 50_000));
}

#[tokio::test]
async fn centre_10_refunds_are_partial_cumulative_and_bounded_and_the_books_agree() {
    let mut shop = shop().await;
    let payment = shop.paid(1, 5_000, 12_000).await;
    let first = shop.till.refund(&shop.world, 1, payment, 4_001).await.unwrap();
    assert!(matches!(first, TillAnswer::Refund { ref state, .. } if state == "checking"));
    assert_eq!(refused(shop.till.refund(&shop.world, 2, payment, 8_000).await), Reason::TooMuch);
    shop.till.refund(&shop.world, 1, payment, 4_001).await.unwrap();
    shop.world.work(12).await;
    let TillAnswer::Refund { state, points, krw, credited, .. } =
        shop.till.refund_state(&shop.world, 1).await
    else {
        panic!()
    };
    assert_eq!((state.as_str(), points, krw, credited), ("refunded", 1_667, 2_334, true));
    assert_eq!(shop.customer(), (95_334, 46_667));
    assert_eq!(refused(shop.till.refund(&shop.world, 1, payment, 5).await), Reason::AnotherOrder);
    let other = Till::register(&shop.world, 71, 0);
    assert_eq!(refused(other.refund(&shop.world, 3, payment, 1).await), Reason::NotPaid);
    for (refund, amount) in [(4, 1), (5, 7_998)] {
        shop.till.refund(&shop.world, refund, payment, amount).await.unwrap();
    }
    shop.world.work(16).await;
    assert_eq!(shop.customer(), (100_000, 50_000), "all of it is back");
    assert_eq!(refused(shop.till.refund(&shop.world, 6, payment, 1).await), Reason::TooMuch);
    let centre = shop.world.centre().party().id();
    assert_eq!(shop.world.bank().held_for(&centre).unwrap(), 0);
}

#[tokio::test]
async fn bank_6_a_refund_is_credited_once_however_difficult_the_bank_is() {
    for mood in [Mood::Lost, Mood::Doubtful, Mood::Mixed { seed: 3 }] {
        let mut shop = shop().await;
        let payment = shop.paid(1, 0, 10_000).await;
        shop.world.bank().set_mood(mood);
        shop.till.refund(&shop.world, 1, payment, 3_000).await.unwrap();
        shop.world.work(8).await;
        shop.world.bank().set_mood(Mood::Prompt);
        shop.world.work(12).await;
        assert_eq!(shop.customer().0, 93_000, "{mood:?}");
    }
}

/// BANK-7 too.
#[tokio::test]
async fn centre_12_a_day_is_settled_to_the_won_and_the_file_says_what_the_bank_booked() {
    let mut shop = shop().await;
    let mut payments = Vec::new();
    for (number, points, amount) in [(1, 5_000, 12_000), (2, 0, 7_777), (3, 3_333, 3_333)] {
        payments.push(shop.paid(number, points, amount).await);
    }
    shop.till.refund(&shop.world, 1, payments[0], 2_400).await.unwrap();
    shop.world.work(12).await;
    let day = shop.world.clock.now().day_in_seoul();
    let (file, paid) = shop.till.settlement(&shop.world, day).await;
    let provisional = ReadFile::parse(&file).unwrap();
    assert!(provisional.is_provisional && !paid);
    assert!(shop.world.centre().close_day(day).is_err(), "a day is not closed before it is over");
    shop.world.clock.advance(day.next().start().since(shop.world.clock.now()).count() + 1);
    shop.world.work(12).await;
    let (file, paid) = shop.till.settlement(&shop.world, day).await;
    let read = ReadFile::parse(&file).unwrap();
    assert!(!read.is_provisional && paid);
    assert_eq!((read.details.len(), read.summary.payments, read.summary.refunds), (4, 23_110, 2_400));
    // 0.3 %: 36 + 23 + 9 − 7.
    assert_eq!(read.summary.payable(), 20_710 - 61);
    let centre = shop.world.centre().party().id();
    let bank = shop.world.bank();
    let at_bank = |account| bank.balance_of(&account).unwrap();
    assert_eq!(
        at_bank(BookAccount::Merchant(centre, merchant_digest(&shop.till.merchant))),
        read.summary.payable()
    );
    assert_eq!(at_bank(BookAccount::Fees(centre)), 61);
    assert_eq!(at_bank(BookAccount::City), -read.summary.points);
    assert_eq!(bank.held_for(&centre).unwrap(), 0);
    // What was paid out cannot be refunded from.
    assert_eq!(refused(shop.till.refund(&shop.world, 2, payments[1], 100).await), Reason::MerchantFunds);
    // Handed in again, nothing is booked again.
    shop.world.work(6).await;
    assert_eq!(at_bank(BookAccount::Fees(centre)), 61);
}

#[tokio::test]
async fn centre_10_a_merchant_who_was_paid_out_refunds_out_of_nobody_elses_money() {
    let mut shop = shop().await;
    let in_won = shop.paid(1, 0, 10_000).await;
    let in_points = shop.paid(2, 10_000, 10_000).await;
    shop.next_day().await;
    // Customers' won and points for another merchant, and points alone for this one.
    let other = Till::register(&shop.world, 71, 0);
    let (code, _) = shop.show(10_000, 30_000).await;
    other.charge(&shop.world, 1, &code, 30_000).await.unwrap();
    shop.world.work(12).await;
    for (number, payment) in [(11, in_won), (12, in_points)] {
        let refund = shop.till.refund(&shop.world, number, payment, 10_000).await;
        assert_eq!(refused(refund), Reason::MerchantFunds);
    }
    shop.paid(3, 4_000, 4_000).await;
    assert_eq!(refused(shop.till.refund(&shop.world, 13, in_won, 1).await), Reason::MerchantFunds);
    assert_eq!(refused(shop.till.refund(&shop.world, 14, in_points, 4_001).await), Reason::MerchantFunds);
    // A number that was refused stays so; another one is taken.
    assert_eq!(refused(shop.till.refund(&shop.world, 12, in_points, 4_000).await), Reason::MerchantFunds);
    shop.till.refund(&shop.world, 1, in_points, 4_000).await.unwrap();
    // Kept back from the moment it was taken.
    assert_eq!(refused(shop.till.refund(&shop.world, 2, in_points, 1).await), Reason::MerchantFunds);
    shop.world.work(12).await;
    assert_eq!(shop.customer(), (100_000 - 10_000 - 20_000, 50_000 - 10_000 - 10_000));
    shop.next_day().await;
    let paid = |till: &Till| {
        let centre = shop.world.centre().party().id();
        let account = BookAccount::Merchant(centre, merchant_digest(&till.merchant));
        shop.world.bank().balance_of(&account).unwrap()
    };
    assert_eq!((paid(&shop.till), paid(&other)), (20_000 - 60, 30_000), "0.3 %, and no fee for a small shop");
    assert_eq!(
        shop.world.bank().balance_of(&BookAccount::City).unwrap(),
        -20_000,
        "what the ledger has as spent"
    );
}

#[tokio::test]
async fn centre_16_a_merchant_reads_its_own_customers_wishes_until_they_can_be_given_no_more() {
    let mut shop = shop().await;
    let other = Till::register(&shop.world, 71, 0);
    let (here, there) = (shop.paid(1, 0, 9_000).await, shop.show(0, 4_000).await);
    other.charge(&shop.world, 1, &there.0, 4_000).await.unwrap();
    shop.world.work(12).await;
    for (payment, amount) in [(here, 5_000), (there.1, 4_000)] {
        let content =
            RequestContent::AskRefund { payment, amount: won(amount), reason: crate::world::text("반품") };
        let request = shop.phone.request(&shop.world, Role::Centre, content);
        shop.world.centre().wish(request).await.unwrap();
    }
    assert_eq!(wishes(&shop.world, &shop.till).await, [(here.to_hex(), 5_000)]);
    assert_eq!(wishes(&shop.world, &other).await, [(there.1.to_hex(), 4_000)]);
    shop.till.refund(&shop.world, 1, here, 5_000).await.unwrap();
    shop.world.work(12).await;
    assert_eq!(wishes(&shop.world, &shop.till).await, []);
    assert_eq!(wishes(&shop.world, &other).await, [(there.1.to_hex(), 4_000)]);
}

async fn wishes(world: &World, till: &Till) -> Vec<(String, u64)> {
    match till.ask(world, MerchantAct::Wishes).await.unwrap() {
        TillAnswer::Wishes { wishes } => wishes.into_iter().map(|wish| (wish.payment, wish.amount)).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn treasury_5_a_certificate_is_issued_once_and_only_to_whoever_redeemed() {
    let mut shop = shop().await;
    let redemption = shop.phone.redeem(&shop.world, 20_000);
    let certificate = shop.phone.certificate(&shop.world, redemption).await.unwrap();
    assert_eq!(certificate.won, won(20_000));
    assert_eq!(shop.phone.certificate(&shop.world, redemption).await.unwrap(), certificate);
    assert_eq!(shop.customer().1, 30_000);
    let mut other = Phone::rich(&shop.world, 2, 0, "이서연").await;
    assert!(other.certificate(&shop.world, redemption).await.is_err());
}
