//! Transfers, and the expiry that every touch of an account brings to light.

use crate::support::town::parameters;
use crate::support::{Town, points};
use citizen_coin::{EntryKind, Lots};
use citizen_ledger::{Action, Dated, Parameters, Rejection, Transfer};
use citizen_primitives::Month;

/// Points last one year.
fn short_lived() -> Town {
    let years = parameters().expiry_years.into_iter().map(|dated| Dated { value: 1, ..dated }).collect();
    Town::with(Parameters { expiry_years: years, ..parameters() })
}

fn give(to: &crate::support::Phone, amount: u64) -> Action {
    Action::Transfer(Transfer { to: to.account, points: points(amount) })
}

#[test]
fn coin_1_a_transfer_takes_what_expires_first_and_each_lot_keeps_its_month() {
    let mut town = Town::new();
    let (phone, friend) = (town.open(40), town.open(41));
    town.earn(&phone, 100);
    town.wait_for(2026, 12);
    town.earn(&phone, 100);
    let transfer = town.by_device(&phone, give(&friend, 150));
    town.accepts(transfer);
    let (november, december) = (Month::new(2031, 11).unwrap(), Month::new(2031, 12).unwrap());
    assert_eq!(town.account(&phone).lots, Lots::of(december, points(50)));
    let mut received = Lots::of(november, points(100));
    received.add(december, points(50)).unwrap();
    assert_eq!(town.account(&friend).lots, received);
    let (to, from) = (friend.account, phone.account);
    assert_eq!(town.happened(&phone).last(), Some(&EntryKind::Sent { to, points: points(150) }));
    assert_eq!(town.happened(&friend).last(), Some(&EntryKind::Received { from, points: points(150) }));
}

#[test]
fn more_than_there_is_is_not_given() {
    let mut town = Town::new();
    let (phone, friend) = (town.open(40), town.open(41));
    town.earn(&phone, 100);
    let transfer = town.by_device(&phone, give(&friend, 101));
    town.refuses(transfer, Rejection::NotEnough);
}

#[test]
fn coin_4_points_are_gone_with_their_month_and_the_next_touch_writes_it_down() {
    let mut town = short_lived();
    let (phone, friend) = (town.open(40), town.open(41));
    town.earn(&phone, 100);
    town.wait_for(2027, 12);
    town.time = citizen_primitives::UnixTime::from_seconds(town.time.seconds() - 1);
    let in_the_last_second = town.by_device(&phone, give(&friend, 40));
    town.accepts(in_the_last_second);

    // Nobody touches an account, and yet the whole supply is right.
    let outcome = town.block(&[]);
    assert!(outcome.entries.is_empty());
    assert_eq!(town.ledger.supply().expired, points(100));
    assert_eq!(town.spendable(&phone), 0);
    assert_eq!(town.account(&phone).lots.total().unwrap(), points(60));

    let too_late = town.by_device(&phone, give(&friend, 1));
    town.refuses(too_late, Rejection::NotEnough);
    town.earn(&phone, 5);
    let happened = town.happened(&phone);
    assert_eq!(happened[happened.len() - 2], EntryKind::Expired { points: points(60) });
    assert_eq!(town.account(&phone).lots.total().unwrap(), points(5));
    // A transfer touches both sides.
    let transfer = town.by_device(&phone, give(&friend, 1));
    town.accepts(transfer);
    assert!(town.happened(&friend).contains(&EntryKind::Expired { points: points(40) }));
}

#[test]
fn coin_4_a_block_whose_time_is_of_an_earlier_month_brings_nothing_back() {
    let mut town = short_lived();
    let (phone, friend) = (town.open(40), town.open(41));
    town.earn(&phone, 100);
    town.wait_for(2027, 12);
    town.idle(1);
    town.time = citizen_primitives::UnixTime::from_seconds(town.time.seconds() - 10);
    let too_late = town.by_device(&phone, give(&friend, 1));
    town.refuses(too_late, Rejection::NotEnough);
}
