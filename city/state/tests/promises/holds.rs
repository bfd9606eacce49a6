//! Orders: the hold checks the device, consumes the payment id and puts the points aside.

use crate::support::town::beginning;
use crate::support::{Service, Town, points, won};
use citizen_coin::{EntryKind, Lots};
use citizen_ledger::{Action, Govern, Rejection, Role};
use citizen_payment::{Hold, PaymentRecord, PaymentState};
use citizen_primitives::{KeyId, Month, Seconds};

#[test]
fn a_hold_puts_points_aside_and_records_the_order() {
    let mut town = Town::new();
    let phone = town.open(40);
    town.earn(&phone, 100);
    let order = town.order(70, 3_000);
    let transaction = town.by_device(&phone, Action::Hold(order.clone()));
    let opened = town.time;
    let id = crate::support::town::id_of(&transaction);
    town.accepts(transaction);
    let Hold { payment, points: held, won, commitment, centre, bank, expires } = order;
    let lots = Lots::of(Month::new(2031, 11).unwrap(), points(70));
    let record = PaymentRecord {
        account: phone.account,
        epoch: phone.epoch,
        order: id,
        lots,
        won,
        commitment,
        centre,
        bank,
        opened,
        expires,
        state: PaymentState::Held,
    };
    assert_eq!(town.payment(&payment), record);
    assert_eq!((town.spendable(&phone), town.account(&phone).held), (30, points(70)));
    assert_eq!(town.happened(&phone).last(), Some(&EntryKind::Held { payment, points: held, won }));
}

#[test]
fn a_payment_in_won_alone_holds_no_points_and_is_on_the_ledger_all_the_same() {
    let mut town = Town::new();
    let phone = town.open(40);
    let payment = town.held(&phone, 0, 7_000);
    let record = town.payment(&payment);
    assert!(record.lots.is_empty());
    assert_eq!((record.won, record.state), (won(7_000), PaymentState::Held));
}

#[test]
fn pay_2_a_payment_id_is_used_once_whatever_became_of_the_payment() {
    let mut town = Town::new();
    let (phone, other) = (town.open(40), town.open(41));
    town.earn(&phone, 100);
    town.earn(&other, 100);
    let (captured, released, lapsed) =
        (town.held(&phone, 10, 0), town.held(&phone, 10, 0), town.held(&phone, 10, 0));
    let capture = town.capture(captured, None);
    town.accepts(capture);
    let release = town.release(released);
    town.accepts(release);
    let again = |town: &mut Town, payment| {
        for phone in [&phone, &other] {
            let order = Hold { payment, ..town.order(10, 0) };
            let order = town.by_device(phone, Action::Hold(order));
            town.refuses(order, Rejection::PaymentExists);
        }
    };
    for payment in [captured, released, lapsed] {
        again(&mut town, payment);
    }
    town.wait(200);
    town.idle(1);
    assert!(matches!(town.payment(&lapsed).state, PaymentState::Lapsed { .. }));
    again(&mut town, lapsed);
}

#[test]
fn a_hold_lasts_at_least_a_moment_and_at_most_the_longest() {
    let mut town = Town::new();
    let phone = town.open(40);
    town.earn(&phone, 100);
    let until = |town: &mut Town, seconds| {
        let expires = town.time.plus(Seconds::new(seconds));
        let order = Hold { expires, ..town.order(1, 0) };
        town.by_device(&phone, Action::Hold(order))
    };
    for seconds in [0, 601] {
        let out_of_range = until(&mut town, seconds);
        town.refuses(out_of_range, Rejection::HoldTime);
    }
    for seconds in [1, 600] {
        let in_range = until(&mut town, seconds);
        town.accepts(in_range);
    }
}

#[test]
fn the_centre_and_where_won_are_paid_the_bank_are_in_the_registry() {
    let mut town = Town::new();
    let phone = town.open(40);
    town.earn(&phone, 100);
    let nobody = KeyId::from_bytes([9; 32]);
    let (centre, bank) = (town.centre.id(), town.bank.id());
    for (won_amount, centre, bank) in
        [(0, nobody, bank), (0, bank, bank), (5, centre, nobody), (5, centre, centre)]
    {
        let order = Hold { centre, bank, ..town.order(1, won_amount) };
        let order = town.by_device(&phone, Action::Hold(order));
        town.refuses(order, Rejection::UnknownParty);
    }
    // Where no won are paid no bank is needed.
    let order = Hold { bank: nobody, ..town.order(1, 0) };
    let order = town.by_device(&phone, Action::Hold(order));
    town.accepts(order);
    // A centre that begins tomorrow is none today.
    let other = Service::new(Role::Centre, 21);
    let entered = town.decided(Govern::SetRole(other.record(town.time.plus(Seconds::new(100)))));
    town.accepts(entered);
    let order = Hold { centre: other.id(), ..town.order(1, 0) };
    let too_early = town.by_device(&phone, Action::Hold(order.clone()));
    town.refuses(too_early, Rejection::UnknownParty);
    town.wait(90);
    let in_time =
        town.by_device(&phone, Action::Hold(Hold { expires: town.time.plus(Seconds::new(50)), ..order }));
    town.wait(10);
    town.accepts(in_time);
    assert!(beginning() < town.time);
}

#[test]
fn points_on_hold_cannot_be_held_or_given_again() {
    let mut town = Town::new();
    let phone = town.open(40);
    town.earn(&phone, 100);
    town.held(&phone, 70, 0);
    let order = town.order(31, 0);
    let order = town.by_device(&phone, Action::Hold(order));
    town.refuses(order, Rejection::NotEnough);
    town.held(&phone, 30, 0);
}
