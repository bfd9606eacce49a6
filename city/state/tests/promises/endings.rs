//! How a payment ends: captured, released or lapsed, once and for good.

use crate::support::town::parameters;
use crate::support::{Phone, Service, Town, points, won};
use citizen_coin::EntryKind;
use citizen_keys::Signed;
use citizen_ledger::{
    Action, Capture, Dated, Govern, Parameters, Rejection, Release, Role, StateKey, debit_digest, state_key,
};
use citizen_payment::word::BankDebit;
use citizen_payment::{Hold, PaymentState};
use citizen_primitives::{PaymentId, Seconds, TransactionId, UnixTime};

fn town_with_a_rich_phone() -> (Town, Phone) {
    let mut town = Town::new();
    let phone = town.open(40);
    town.earn(&phone, 1_000);
    (town, phone)
}

fn signed(town: &Town, debit: &BankDebit) -> Signed<BankDebit> {
    Signed::sign(debit, &town.bank.key)
}

#[test]
fn a_capture_spends_the_points_and_keeps_the_digest_of_the_banks_word() {
    let (mut town, phone) = town_with_a_rich_phone();
    let payment = town.held(&phone, 400, 2_000);
    let debit = signed(&town, &town.debit(&payment));
    let (at, capture) = (town.time, town.capture(payment, Some(debit.clone())));
    town.accepts(capture);
    assert_eq!(
        town.payment(&payment).state,
        PaymentState::Captured { at, debit: Some(debit_digest(&debit)) }
    );
    assert_eq!((town.ledger.supply().spent, town.account(&phone).held), (points(400), points(0)));
    assert_eq!(town.happened(&phone).last(), Some(&EntryKind::Captured { payment }));
}

#[test]
fn pay_6_a_capture_of_won_without_the_banks_debit_is_refused() {
    let (mut town, phone) = town_with_a_rich_phone();
    let payment = town.held(&phone, 400, 2_000);
    let capture = town.capture(payment, None);
    town.refuses(capture, Rejection::DebitMissing);
    assert_eq!(town.payment(&payment).state, PaymentState::Held);
}

#[test]
fn pay_6_a_debit_of_another_payment_order_or_sum_or_by_another_bank_is_refused() {
    let (mut town, phone) = town_with_a_rich_phone();
    let other_bank = Service::new(Role::Bank, 31);
    let entered = town.decided(Govern::SetRole(other_bank.record(UnixTime::from_seconds(0))));
    town.accepts(entered);
    let payment = town.held(&phone, 400, 2_000);
    let right = town.debit(&payment);
    let renamed = Signed::from_parts(
        citizen_primitives::Canonical::to_canonical(&right),
        town.bank.id(),
        *Signed::sign(&right, &other_bank.key).signature(),
    );
    let wrong = [
        signed(&town, &BankDebit { payment: PaymentId::from_bytes([1; 32]), ..right.clone() }),
        signed(&town, &BankDebit { order: TransactionId::from_bytes([1; 32]), ..right.clone() }),
        signed(&town, &BankDebit { won: won(1_999), ..right.clone() }),
        signed(&town, &BankDebit { won: won(2_001), ..right.clone() }),
        Signed::sign(&right, &other_bank.key),
        renamed,
    ];
    for debit in wrong {
        let capture = town.capture(payment, Some(debit));
        town.refuses(capture, Rejection::DebitMissing);
    }
    let debit = signed(&town, &right);
    let capture = town.capture(payment, Some(debit));
    town.accepts(capture);
}

#[test]
fn pay_6_a_payment_in_points_alone_takes_no_debit() {
    let (mut town, phone) = town_with_a_rich_phone();
    let payment = town.held(&phone, 400, 0);
    let debit = signed(&town, &town.debit(&payment));
    let capture = town.capture(payment, Some(debit));
    town.refuses(capture, Rejection::DebitMissing);
    let capture = town.capture(payment, None);
    town.accepts(capture);
}

#[test]
fn pay_6_the_bank_had_its_role_when_it_debited() {
    let (mut town, phone) = town_with_a_rich_phone();
    let (first, second) = (town.held(&phone, 1, 1_000), town.held(&phone, 1, 1_000));
    let in_office = signed(&town, &town.debit(&first));
    town.wait(10);
    let ended = town.decided(Govern::EndRole { role: Role::Bank, key: town.bank.id() });
    town.accepts(ended);
    // What it said while it had its role stands; what it says later does not.
    let out_of_office = signed(&town, &town.debit(&second));
    let capture = town.capture(second, Some(out_of_office));
    town.refuses(capture, Rejection::UnknownParty);
    let capture = town.capture(first, Some(in_office));
    town.accepts(capture);
}

#[test]
fn only_the_payments_own_centre_ends_it_and_only_while_it_has_its_role() {
    let (mut town, phone) = town_with_a_rich_phone();
    let other = Service::new(Role::Centre, 21);
    let entered = town.decided(Govern::SetRole(other.record(UnixTime::from_seconds(0))));
    town.accepts(entered);
    let payment = town.held(&phone, 400, 0);
    let bank = Service::new(Role::Bank, 30);
    for stranger in [&other, &bank] {
        let capture = town.by_party(stranger, Action::Capture(Capture { payment, debit: None }));
        town.refuses(capture, Rejection::NotAllowed);
        let release = town.by_party(stranger, Action::Release(Release { payment }));
        town.refuses(release, Rejection::NotAllowed);
    }
    let ended = town.decided(Govern::EndRole { role: Role::Centre, key: town.centre.id() });
    town.accepts(ended);
    let capture = town.capture(payment, None);
    town.refuses(capture, Rejection::NotAllowed);
    // Its payments lapse.
    town.wait(200);
    town.idle(1);
    assert_eq!(town.spendable(&phone), 1_000);
}

#[test]
fn a_payment_that_does_not_exist_does_not_end() {
    let (mut town, _) = town_with_a_rich_phone();
    let nothing = PaymentId::from_bytes([1; 32]);
    let capture = town.capture(nothing, None);
    town.refuses(capture, Rejection::NoPayment);
    let release = town.release(nothing);
    town.refuses(release, Rejection::NoPayment);
}

#[test]
fn pay_3_an_end_is_final() {
    let (mut town, phone) = town_with_a_rich_phone();
    let (captured, released, lapsed) =
        (town.held(&phone, 10, 0), town.held(&phone, 10, 0), town.held(&phone, 10, 0));
    let capture = town.capture(captured, None);
    town.accepts(capture);
    let release = town.release(released);
    town.accepts(release);
    town.wait(200);
    town.idle(1);
    for payment in [captured, released, lapsed] {
        let before = town.payment(&payment);
        assert!(before.state.is_final());
        let capture = town.capture(payment, None);
        town.refuses(capture, Rejection::PaymentEnded);
        let release = town.release(payment);
        town.refuses(release, Rejection::PaymentEnded);
        assert_eq!(town.payment(&payment), before);
    }
    assert_eq!(town.spendable(&phone), 990);
}

#[test]
fn a_release_brings_the_points_back() {
    let (mut town, phone) = town_with_a_rich_phone();
    let payment = town.held(&phone, 400, 2_000);
    let (at, release) = (town.time, town.release(payment));
    town.accepts(release);
    assert_eq!(town.payment(&payment).state, PaymentState::Released { at });
    assert_eq!(town.spendable(&phone), 1_000);
    let released = EntryKind::Released { payment, expired: points(0) };
    assert_eq!(town.happened(&phone).last(), Some(&released));
}

#[test]
fn pay_7_from_its_last_second_on_a_hold_cannot_be_captured() {
    let (mut town, phone) = town_with_a_rich_phone();
    town.time = UnixTime::from_seconds(town.time.seconds().next_multiple_of(10));
    // Ends within a ten-second bucket, so the second comes before the sweep.
    let expires = town.time.plus(Seconds::new(55));
    let orders = [0, 1].map(|_| Hold { expires, ..town.order(10, 0) });
    for order in &orders {
        let order = town.by_device(&phone, Action::Hold(order.clone()));
        town.accepts(order);
    }
    town.time = UnixTime::from_seconds(expires.seconds() - 1);
    let in_time = town.capture(orders[0].payment, None);
    town.accepts(in_time);
    assert_eq!(town.time, expires);
    let too_late = town.capture(orders[1].payment, None);
    town.refuses(too_late, Rejection::HoldExpired);
    assert_eq!(town.payment(&orders[1].payment).state, PaymentState::Held);
    // The centre may still give it up before the sweep does.
    let release = town.release(orders[1].payment);
    town.accepts(release);
}

#[test]
fn pay_7_a_due_hold_lapses_at_the_beginning_of_the_next_block_even_an_empty_one() {
    let (mut town, phone) = town_with_a_rich_phone();
    let payment = town.held(&phone, 400, 2_000);
    let expires = town.payment(&payment).expires;
    town.time = UnixTime::from_seconds(expires.seconds().next_multiple_of(10));
    let at = town.time;
    // The capture in this very block comes too late.
    let debit = signed(&town, &town.debit(&payment));
    let capture = town.capture(payment, Some(debit));
    town.refuses(capture, Rejection::PaymentEnded);
    assert_eq!(town.payment(&payment).state, PaymentState::Lapsed { at });
    assert_eq!(town.spendable(&phone), 1_000);
    let lapsed = EntryKind::Lapsed { payment, expired: points(0) };
    assert_eq!(town.happened(&phone).last(), Some(&lapsed));
}

#[test]
fn pay_7_no_hold_lapses_before_its_time_and_none_is_forgotten() {
    let (mut town, phone) = town_with_a_rich_phone();
    let started = town.time;
    let orders: Vec<Hold> = (1..=45)
        .map(|seconds| Hold { expires: started.plus(Seconds::new(100 + seconds)), ..town.order(1, 0) })
        .collect();
    let transactions: Vec<_> =
        orders.iter().map(|order| town.by_device(&phone, Action::Hold(order.clone()))).collect();
    town.block(&transactions);
    while town.time < started.plus(Seconds::new(160)) {
        let now = town.time;
        town.idle(1);
        for order in &orders {
            match town.payment(&order.payment).state {
                PaymentState::Held => assert!(now < order.expires.plus(Seconds::new(10))),
                PaymentState::Lapsed { at } => assert!(order.expires <= at && at <= now),
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(town.spendable(&phone), 1_000);
    let buckets = town.ledger.records.keys().filter(|key| key.as_bytes().starts_with(b"lapsing/"));
    assert_eq!(buckets.count(), 0, "a due bucket is removed");
}

#[test]
fn state_4_a_hold_that_ended_leaves_nothing_due() {
    let (mut town, phone) = town_with_a_rich_phone();
    let payments = [town.held(&phone, 10, 0), town.held(&phone, 10, 0)];
    for payment in payments {
        let release = town.release(payment);
        town.accepts(release);
    }
    // Opened and ended in one block: not even a deletion remains.
    let order = town.order(10, 0);
    let hold = town.by_device(&phone, Action::Hold(order.clone()));
    let capture = town.capture(order.payment, None);
    let outcome = town.block(&[hold, capture]);
    assert!(outcome.results.iter().all(|result| result.code == 0));
    let buckets = town.ledger.records.keys().filter(|key| key.as_bytes().starts_with(b"lapsing/"));
    assert_eq!(buckets.count(), 0);
    town.wait(1_000);
    assert!(town.block(&[]).writes.is_empty());
    assert!(town.ledger.records.contains_key(&state_key::lapsing_buckets()));
}

/// Many payments on hold that run out at one second.
fn crowd(town: &mut Town, phone: &Phone, count: usize) -> Vec<PaymentId> {
    let orders: Vec<Hold> = (0..count).map(|_| town.order(1, 0)).collect();
    let holds: Vec<_> =
        orders.iter().map(|order| town.by_device(phone, Action::Hold(order.clone()))).collect();
    let outcome = town.block(&holds);
    assert!(outcome.results.iter().all(|result| result.code == 0));
    orders.iter().map(|order| order.payment).collect()
}

/// The records by which holds are found when they run out.
fn schedule(town: &Town) -> Vec<(&StateKey, usize)> {
    let records = town.ledger.records.iter().map(|(key, value)| (key, value.len()));
    records
        .filter(|(key, _)| key.as_bytes().starts_with(b"lapsing") && key.as_bytes() != b"lapsing")
        .collect()
}

#[test]
fn pay_7_a_crowd_of_holds_makes_no_long_record_and_lapses_over_several_blocks() {
    let (mut town, phone) = town_with_a_rich_phone();
    let payments = crowd(&mut town, &phone, 1_000);
    let expires = town.payment(&payments[0]).expires;
    assert!(schedule(&town).iter().all(|(_, length)| *length <= 9_000), "{:?}", schedule(&town));
    let half: Vec<_> = payments.iter().step_by(2).map(|payment| town.release(*payment)).collect();
    let outcome = town.block(&half[..200]);
    assert!(outcome.results.iter().all(|result| result.code == 0));

    town.time = UnixTime::from_seconds(expires.seconds().next_multiple_of(10));
    let is_held = |town: &Town, payment: &PaymentId| town.payment(payment).state == PaymentState::Held;
    // The centre may still give those up whose turn has not come.
    let held: Vec<_> = payments.iter().filter(|payment| is_held(&town, payment)).collect();
    let ends = [held[0], held[held.len() - 1]].map(|payment| town.release(*payment));
    let first = town.block(&ends);
    assert!(first.results.iter().any(|result| result.code == 0));
    let second = town.block(&[]);
    let lapsed = [first, second].map(|outcome| {
        outcome.entries.iter().filter(|(_, entry)| matches!(entry.kind, EntryKind::Lapsed { .. })).count()
    });
    assert_eq!((lapsed[0], payments.iter().any(|payment| is_held(&town, payment))), (500, false));
    assert_eq!(town.spendable(&phone), 1_000);
    assert_eq!(schedule(&town), []);
    town.wait(1_000);
    assert!(town.block(&[]).writes.is_empty());
}

#[test]
fn state_4_a_crowd_of_holds_that_ended_leaves_nothing_due() {
    let (mut town, phone) = town_with_a_rich_phone();
    let payments = crowd(&mut town, &phone, 600);
    // From the middle to both ends, so that every page is emptied at another time.
    let (front, back) = payments.split_at(300);
    for part in [&front[100..], back, &front[..100]] {
        let releases: Vec<_> = part.iter().map(|payment| town.release(*payment)).collect();
        let outcome = town.block(&releases);
        assert!(outcome.results.iter().all(|result| result.code == 0));
    }
    assert_eq!(schedule(&town), []);
    town.wait(1_000);
    assert!(town.block(&[]).writes.is_empty());
}

#[test]
fn coin_5_what_comes_back_from_a_hold_after_its_month_stays_expired() {
    let years = parameters().expiry_years.into_iter().map(|dated| Dated { value: 1, ..dated }).collect();
    let mut town = Town::with(Parameters { expiry_years: years, ..parameters() });
    let phone = town.open(40);
    town.earn(&phone, 100);
    town.wait_for(2027, 11);
    town.earn(&phone, 10);
    town.wait_for(2027, 12);
    town.time = UnixTime::from_seconds(town.time.seconds() - 60);
    let (lapsing, released, captured) =
        (town.held(&phone, 20, 0), town.held(&phone, 30, 0), town.held(&phone, 40, 0));
    town.wait(60);
    let release = town.release(released);
    town.accepts(release);
    assert!(town.happened(&phone).contains(&EntryKind::Released { payment: released, expired: points(30) }));
    // What is on hold over the month's end can still be paid with.
    let capture = town.capture(captured, None);
    town.accepts(capture);
    town.wait(100);
    town.idle(1);
    assert_eq!(
        town.happened(&phone).last(),
        Some(&EntryKind::Lapsed { payment: lapsing, expired: points(20) })
    );
    assert_eq!(town.spendable(&phone), 10);
    let supply = town.ledger.supply();
    assert_eq!((supply.expired, supply.spent), (points(60), points(40)));
}
