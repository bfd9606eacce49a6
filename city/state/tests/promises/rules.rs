//! Under the rules of payments: shown codes are charged within their mandates, payments refunded, points redeemed, spending
//! limited.

use crate::support::{Phone, Service, Town, points, won};
use citizen_coin::{EntryKind, LapsedRefund, Limits, Lots, Refunded, Spending};
use citizen_keys::Signed;
use citizen_ledger::{
    Action, Charge, CustodyAction, Dated, Govern, PaymentRules, Redeem, RedemptionRule, Refund, Rejection,
    Revoke, Role, SetLimits, Transfer, state_key,
};
use citizen_payment::mandate::{LONGEST_MANDATE, Mandate, SignedMandate};
use citizen_payment::{PaymentState, RedemptionRecord, RefundRecord};
use citizen_primitives::{
    Canonical as _, ChainId, Hash, KeyId, Label, PaymentId, RedemptionId, RefundId, Seconds, Text, UnixTime,
};

/// A day, in seconds.
const DAY: u64 = 86_400;

fn dated<T>(value: T) -> Vec<Dated<T>> {
    vec![Dated { from: UnixTime::from_seconds(0), value, source: Text::default() }]
}

fn limits(per_payment: u64, per_day: u64, per_month: u64) -> Limits {
    Limits { per_payment: won(per_payment), per_day: won(per_day), per_month: won(per_month) }
}

pub(crate) fn rules(lapsed: LapsedRefund) -> PaymentRules {
    PaymentRules {
        limits: dated(limits(50_000, 80_000, 200_000)),
        refundable: dated(Seconds::new(90 * DAY)),
        lapsed_refund: dated(lapsed),
        redemption: dated(RedemptionRule { step: points(10_000), most: points(50_000) }),
    }
}

/// A town with rules, and a phone with 40,000 points.
fn town() -> (Town, Phone) {
    town_with(LapsedRefund::StayExpired)
}

fn town_with(lapsed: LapsedRefund) -> (Town, Phone) {
    let mut town = Town::new();
    let decided = town.decided(Govern::SetPaymentRules(rules(lapsed)));
    town.accepts(decided);
    let phone = town.open(40);
    town.earn(&phone, 40_000);
    (town, phone)
}

/// Signed by a phone's keys.
fn mandate_of(town: &mut Town, phone: &Phone, most_points: u64, total: u64) -> Mandate {
    Mandate {
        chain_id: town.chain_id.clone(),
        payment: PaymentId::from_bytes(town.fresh_bytes()),
        account: phone.account,
        epoch: phone.epoch,
        code: Hash::from_bytes([9; 32]),
        points: points(most_points),
        total: won(total),
        centre: town.centre.id(),
        bank: town.bank.id(),
        from: town.time,
        until: town.time.plus(LONGEST_MANDATE),
    }
}

fn signed(phone: &Phone, mandate: &Mandate, is_cosigned: bool) -> SignedMandate {
    let bytes = mandate.to_canonical();
    let cosignature = is_cosigned.then(|| phone.hardware.sign(Label::Mandate, &bytes).unwrap());
    SignedMandate { signature: phone.key.sign(Label::Mandate, &bytes), mandate: bytes, cosignature }
}

fn charge(town: &mut Town, mandate: SignedMandate, part: u64, won_part: u64) -> Vec<u8> {
    let expires = town.time.plus(Seconds::new(300));
    let commitment = Hash::from_bytes([8; 32]);
    let charge = Charge { mandate, points: points(part), won: won(won_part), commitment, expires };
    let centre = Service::new(Role::Centre, 20);
    town.by_party(&centre, Action::Charge(charge))
}

/// A payment that is captured.
fn paid(town: &mut Town, phone: &Phone, part: u64, won_part: u64) -> PaymentId {
    let payment = town.held(phone, part, won_part);
    let debit = (won_part > 0).then(|| Signed::sign(&town.debit(&payment), &town.bank.key));
    let capture = town.capture(payment, debit);
    town.accepts(capture);
    payment
}

fn refund(town: &mut Town, id: u8, payment: PaymentId, amount: u64) -> Vec<u8> {
    let (refund, commitment) = (RefundId::from_bytes([id; 32]), Hash::from_bytes([7; 32]));
    let centre = Service::new(Role::Centre, 20);
    town.by_party(&centre, Action::Refund(Refund { refund, payment, amount: won(amount), commitment }))
}

fn redeem(town: &mut Town, phone: &Phone, id: u8, amount: u64) -> Vec<u8> {
    let redemption = RedemptionId::from_bytes([id; 32]);
    let treasury = town.treasury.id();
    town.by_device(phone, Action::Redeem(Redeem { redemption, points: points(amount), treasury }))
}

fn spent(town: &Town, phone: &Phone) -> Spending {
    town.ledger.record(&state_key::spending(&phone.account)).unwrap_or_default()
}

#[test]
fn without_rules_there_are_no_charges_refunds_redemptions_nor_limits() {
    let mut town = Town::new();
    let phone = town.open(40);
    town.earn(&phone, 40_000);
    let mandate = mandate_of(&mut town, &phone, 100, 100);
    let charging = charge(&mut town, signed(&phone, &mandate, false), 100, 0);
    town.refuses(charging, Rejection::NoRules);
    let payment = paid(&mut town, &phone, 100, 0);
    let refunding = refund(&mut town, 1, payment, 100);
    town.refuses(refunding, Rejection::NoRules);
    let redeeming = redeem(&mut town, &phone, 1, 10_000);
    town.refuses(redeeming, Rejection::NoRules);
    assert_eq!(spent(&town, &phone), Spending::default());
}

#[test]
fn pay_8_a_charge_holds_within_the_mandate_and_consumes_it() {
    let (mut town, phone) = town();
    let mandate = mandate_of(&mut town, &phone, 5_000, 20_000);
    let by_mandate = signed(&phone, &mandate, false);
    for (part, won_part) in [(5_001, 0), (0, 20_001), (5_000, 15_001)] {
        let over = charge(&mut town, by_mandate.clone(), part, won_part);
        town.refuses(over, Rejection::MandateExceeded);
    }
    let charging = charge(&mut town, by_mandate.clone(), 5_000, 7_000);
    town.accepts(charging);
    let record = town.payment(&mandate.payment);
    assert_eq!((record.state, record.account, record.won), (PaymentState::Held, phone.account, won(7_000)));
    assert_eq!(town.account(&phone).held, points(5_000));
    let held = EntryKind::Held { payment: mandate.payment, points: points(5_000), won: won(7_000) };
    assert_eq!(town.happened(&phone).last(), Some(&held));
    let again = charge(&mut town, by_mandate, 1, 0);
    town.refuses(again, Rejection::PaymentExists);
}

#[test]
fn state_14_a_code_that_a_frozen_phone_showed_is_not_charged() {
    let (mut town, phone) = town();
    let mandate = mandate_of(&mut town, &phone, 5_000, 20_000);
    let freeze = Action::Custody(CustodyAction::Freeze { account: phone.account });
    let frozen = town.by_recovery(&phone, freeze, &[]);
    town.accepts(frozen);
    let charging = charge(&mut town, signed(&phone, &mandate, false), 5_000, 0);
    town.refuses(charging, Rejection::Frozen);
}

#[test]
fn pay_8_a_charge_out_of_its_time_by_another_centre_or_of_another_device_is_refused() {
    let (mut town, phone) = town();
    let mandate = mandate_of(&mut town, &phone, 5_000, 20_000);
    let longer = Mandate { until: mandate.until.plus(Seconds::new(1)), ..mandate.clone() };
    let longer = charge(&mut town, signed(&phone, &longer, false), 1, 0);
    town.refuses(longer, Rejection::MandateTime);
    let later = |time: UnixTime| time.plus(Seconds::new(3_600));
    let early = Mandate { from: later(mandate.from), until: later(mandate.until), ..mandate.clone() };
    let early = charge(&mut town, signed(&phone, &early, false), 1, 0);
    town.refuses(early, Rejection::MandateTime);
    let elsewhere = Mandate { chain_id: ChainId::new("another").unwrap(), ..mandate.clone() };
    let elsewhere = charge(&mut town, signed(&phone, &elsewhere, false), 1, 0);
    town.refuses(elsewhere, Rejection::WrongChain);
    let theirs = Mandate { centre: KeyId::from_bytes([5; 32]), ..mandate.clone() };
    let theirs = charge(&mut town, signed(&phone, &theirs, false), 1, 0);
    town.refuses(theirs, Rejection::NotAllowed);
    let thief = town.open(41);
    let stolen = charge(&mut town, signed(&thief, &mandate, false), 1, 0);
    town.refuses(stolen, Rejection::Fenced);
    let forged = SignedMandate {
        cosignature: Some(phone.key.sign(Label::Mandate, b"x")),
        ..signed(&phone, &mandate, false)
    };
    let forged = charge(&mut town, forged, 1, 0);
    town.refuses(forged, Rejection::Fenced);
    let successor = phone.successor(42);
    let replaced = town.recovery(&phone, &successor);
    town.accepts(replaced);
    let fenced = charge(&mut town, signed(&phone, &mandate, false), 1, 0);
    town.refuses(fenced, Rejection::Fenced);
    let stale_epoch = charge(&mut town, signed(&successor, &mandate, false), 1, 0);
    town.refuses(stale_epoch, Rejection::Fenced);
    let late = mandate_of(&mut town, &successor, 5_000, 20_000);
    town.wait(LONGEST_MANDATE.count());
    let late = charge(&mut town, signed(&successor, &late, false), 1, 0);
    town.refuses(late, Rejection::MandateTime);
}

#[test]
fn state_7_what_a_mandate_allows_decides_whether_the_hardware_key_must_sign() {
    let (mut town, phone) = town();
    // The limit in force is 50,000 won.
    let mandate = mandate_of(&mut town, &phone, 0, 50_001);
    let unsigned = charge(&mut town, signed(&phone, &mandate, false), 0, 1);
    town.refuses(unsigned, Rejection::CosignatureNeeded);
    let cosigned = charge(&mut town, signed(&phone, &mandate, true), 0, 1);
    town.accepts(cosigned);
}

#[test]
fn pay_8_a_revoked_mandate_is_charged_by_nobody_and_a_used_one_is_not_revoked() {
    let (mut town, phone) = town();
    let mandate = mandate_of(&mut town, &phone, 5_000, 20_000);
    let revoking = town.by_device(&phone, Action::Revoke(Revoke { payment: mandate.payment }));
    town.accepts(revoking);
    assert!(matches!(town.payment(&mandate.payment).state, PaymentState::Revoked { .. }));
    let late = charge(&mut town, signed(&phone, &mandate, false), 1, 0);
    town.refuses(late, Rejection::PaymentExists);
    let payment = paid(&mut town, &phone, 100, 0);
    let revoking = town.by_device(&phone, Action::Revoke(Revoke { payment }));
    town.refuses(revoking, Rejection::PaymentExists);
}

#[test]
fn pay_9_refunds_go_back_into_the_lots_and_are_bounded_by_what_was_paid() {
    let (mut town, phone) = town();
    let payment = paid(&mut town, &phone, 5_000, 7_000);
    let held = town.held(&phone, 10, 0);
    let early = refund(&mut town, 9, held, 1);
    town.refuses(early, Rejection::NotCaptured);
    let nobody = refund(&mut town, 9, PaymentId::from_bytes([1; 32]), 1);
    town.refuses(nobody, Rejection::NoPayment);
    let other = Service::new(Role::Centre, 33);
    let entered = town.decided(Govern::SetRole(other.record(UnixTime::from_seconds(0))));
    town.accepts(entered);
    let theirs =
        Refund { refund: RefundId::from_bytes([9; 32]), payment, amount: won(1), commitment: Hash::ZERO };
    let theirs = town.by_party(&other, Action::Refund(theirs));
    town.refuses(theirs, Rejection::NotAllowed);

    let before = town.spendable(&phone);
    let first = refund(&mut town, 1, payment, 4_001);
    town.accepts(first);
    assert_eq!(town.spendable(&phone), before + 1_667);
    let record: RefundRecord =
        town.ledger.record(&state_key::refund(&RefundId::from_bytes([1; 32]))).unwrap();
    assert_eq!((record.won, record.account, record.bank), (won(2_334), phone.account, town.bank.id()));
    let again = refund(&mut town, 1, payment, 1);
    town.refuses(again, Rejection::RefundExists);
    let too_much = refund(&mut town, 2, payment, 8_000);
    town.refuses(too_much, Rejection::RefundTooMuch);
    let rest = refund(&mut town, 2, payment, 7_999);
    town.accepts(rest);
    let all: Refunded = town.ledger.record(&state_key::refunded(&payment)).unwrap();
    assert_eq!((all.lots, all.won, all.count), (town.payment(&payment).lots, won(7_000), 2));
    assert_eq!((town.spendable(&phone), town.ledger.supply().spent), (before + 5_000, points(0)));
    let more = refund(&mut town, 3, payment, 1);
    town.refuses(more, Rejection::RefundTooMuch);
}

#[test]
fn pay_9_a_refund_comes_in_time_or_not_at_all() {
    let (mut town, phone) = town();
    let payment = paid(&mut town, &phone, 5_000, 0);
    town.wait(90 * DAY - 20);
    let in_time = refund(&mut town, 1, payment, 1_000);
    town.accepts(in_time);
    town.wait(DAY);
    let late = refund(&mut town, 2, payment, 1_000);
    town.refuses(late, Rejection::RefundTooLate);
}

/// Points of a lot that expires between payment and refund.
fn refund_of_a_lapsed_lot(lapsed: LapsedRefund) -> (Town, Phone, EntryKind) {
    let (mut town, phone) = town_with(lapsed);
    let (month, _) = town.account(&phone).lots.iter().next().unwrap();
    let end = month.end().unwrap();
    town.wait(end.since(town.time).count() - 10 * DAY);
    let payment = paid(&mut town, &phone, 5_000, 0);
    town.wait(20 * DAY);
    let back = refund(&mut town, 1, payment, 5_000);
    town.accepts(back);
    let last = town.happened(&phone).last().unwrap().clone();
    (town, phone, last)
}

#[test]
fn coin_8_a_lapsed_lot_stays_expired_or_comes_back_for_the_time_of_grace() {
    let (town, phone, entry) = refund_of_a_lapsed_lot(LapsedRefund::StayExpired);
    assert_eq!(town.spendable(&phone), 0);
    assert!(
        matches!(entry, EntryKind::Refunded { expired, points: back, .. } if expired == points(5_000) && back.is_zero())
    );
    let (town, phone, entry) = refund_of_a_lapsed_lot(LapsedRefund::Grace { months: 1 });
    assert_eq!(town.spendable(&phone), 5_000);
    let month = town.time.month_in_seoul().unwrap().next().unwrap();
    assert_eq!(town.account(&phone).lots, Lots::of(month, points(5_000)));
    assert!(matches!(entry, EntryKind::Refunded { expired, .. } if expired.is_zero()));
}

#[test]
fn coin_9_points_are_redeemed_in_steps_once_and_for_good() {
    let (mut town, phone) = town();
    for amount in [1, 9_999, 15_000, 49_999] {
        let odd = redeem(&mut town, &phone, 1, amount);
        town.refuses(odd, Rejection::RedeemAmount);
    }
    let too_many = Redeem {
        redemption: RedemptionId::from_bytes([1; 32]),
        points: points(60_000),
        treasury: town.treasury.id(),
    };
    let unsigned = town.by_device(&phone, Action::Redeem(too_many.clone()));
    town.refuses(unsigned, Rejection::CosignatureNeeded);
    let too_many = town.by_device_cosigned(&phone, Action::Redeem(too_many));
    town.refuses(too_many, Rejection::RedeemAmount);
    let more = redeem(&mut town, &phone, 1, 50_000);
    town.refuses(more, Rejection::NotEnough);
    let stranger = Redeem {
        redemption: RedemptionId::from_bytes([1; 32]),
        points: points(10_000),
        treasury: KeyId::from_bytes([1; 32]),
    };
    let stranger = town.by_device(&phone, Action::Redeem(stranger));
    town.refuses(stranger, Rejection::UnknownParty);
    let redeeming = redeem(&mut town, &phone, 1, 20_000);
    town.accepts(redeeming);
    let id = RedemptionId::from_bytes([1; 32]);
    let record: RedemptionRecord = town.ledger.record(&state_key::redemption(&id)).unwrap();
    assert_eq!(
        (record.account, record.points, record.treasury),
        (phone.account, points(20_000), town.treasury.id())
    );
    assert_eq!((town.spendable(&phone), town.ledger.supply().redeemed), (20_000, points(20_000)));
    let again = redeem(&mut town, &phone, 1, 10_000);
    town.refuses(again, Rejection::RedemptionExists);
}

#[test]
fn coin_10_a_payment_a_day_and_a_month_have_their_limits_and_transfers_count_too() {
    let (mut town, phone) = town();
    let over = town.order(0, 50_001);
    let over = town.by_device_cosigned(&phone, Action::Hold(over));
    town.refuses(over, Rejection::OverLimit);
    town.held(&phone, 0, 50_000);
    let friend = town.open(43);
    let give = Action::Transfer(Transfer { to: friend.account, points: points(30_001) });
    let give = town.by_device(&phone, give);
    town.refuses(give, Rejection::OverLimit);
    let give = Action::Transfer(Transfer { to: friend.account, points: points(30_000) });
    let give = town.by_device(&phone, give);
    town.accepts(give);
    let one_more = town.order(0, 1);
    let one_more = town.by_device(&phone, Action::Hold(one_more));
    town.refuses(one_more, Rejection::OverLimit);
    town.wait(DAY);
    town.held(&phone, 0, 1);
}

#[test]
fn coin_10_what_was_released_or_has_lapsed_counts_no_more() {
    let (mut town, phone) = town();
    let released = town.held(&phone, 0, 50_000);
    let release = town.release(released);
    town.accepts(release);
    assert_eq!(spent(&town, &phone).in_day, won(0));
    town.held(&phone, 0, 50_000);
    town.wait(700);
    town.idle(2);
    assert_eq!(spent(&town, &phone).in_day, won(0), "lapsed");
}

#[test]
fn coin_10_own_limits_are_tightened_at_once_and_loosened_by_the_hardware_key_alone() {
    let (mut town, phone) = town();
    let set = |own: Option<Limits>| Action::SetLimits(SetLimits { limits: own });
    let tighter = town.by_device(&phone, set(Some(limits(1_000, 2_000, 3_000))));
    town.accepts(tighter);
    assert_eq!(town.happened(&phone).last(), Some(&EntryKind::LimitsSet));
    let over = town.order(0, 1_001);
    let over = town.by_device(&phone, Action::Hold(over));
    town.refuses(over, Rejection::OverLimit);
    for looser in [Some(limits(1_001, 2_000, 3_000)), None] {
        let unsigned = town.by_device(&phone, set(looser));
        town.refuses(unsigned, Rejection::CosignatureNeeded);
    }
    let looser = town.by_device_cosigned(&phone, set(None));
    town.accepts(looser);
    town.held(&phone, 0, 50_000);
}

#[test]
fn state_8_rules_that_leave_a_question_open_are_not_decided() {
    let mut town = Town::new();
    let right = rules(LapsedRefund::StayExpired);
    let wrong = [
        PaymentRules { limits: Vec::new(), ..right.clone() },
        PaymentRules { limits: dated(limits(0, 1, 1)), ..right.clone() },
        PaymentRules { refundable: Vec::new(), ..right.clone() },
        PaymentRules { lapsed_refund: Vec::new(), ..right.clone() },
        PaymentRules { lapsed_refund: dated(LapsedRefund::Grace { months: 61 }), ..right.clone() },
        PaymentRules { redemption: Vec::new(), ..right.clone() },
        PaymentRules {
            redemption: dated(RedemptionRule { step: points(0), most: points(1) }),
            ..right.clone()
        },
    ];
    for wrong in wrong {
        let decided = town.decided(Govern::SetPaymentRules(wrong));
        town.refuses(decided, Rejection::NotDecided);
    }
    let decided = town.decided(Govern::SetPaymentRules(right));
    town.accepts(decided);
}
