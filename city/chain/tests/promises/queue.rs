//! What the queue takes.

use crate::support::{NOW, Phone, Town, grant, opening};
use citizen_ledger::Rejection;
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{Height, NeverCut};
use city_chain::{Chain as _, Pace, SubmitError};
use city_storage::faults::Disk;
use std::sync::Arc;

#[test]
fn chain_5_the_queue_takes_a_transaction_once_and_refuses_what_would_fail() {
    let town = Town::new();
    town.settle();
    let (transaction, _) = opening(1, 50);
    let id = town.chain.submit(transaction.clone()).unwrap();
    assert_eq!(town.chain.submit(transaction.clone()).unwrap(), id);
    assert_eq!(town.chain.status().queued, 1);
    town.settle();
    assert_eq!(town.chain.status().queued, 0);
    assert_eq!(town.chain.transaction(&id).unwrap(), Some((Height::new(2), 0, 0)));
    assert!(matches!(town.chain.submit(transaction), Err(SubmitError::Rejected(_))), "executed before");
    assert!(matches!(town.chain.submit(opening(2, 1).0), Err(SubmitError::Rejected(_))), "too late");
    assert!(matches!(town.chain.submit(opening(2, 500).0), Err(SubmitError::Rejected(_))), "too far ahead");
    assert!(matches!(town.chain.submit(vec![1, 2, 3]), Err(SubmitError::Rejected(_))));
}

#[test]
fn chain_5_what_comes_together_is_told_what_each_would_be_told_alone() {
    let (town, alone) = (Town::new(), Town::new());
    let (giver, taker) = (Phone::new(1), Phone::new(2));
    for town in [&town, &alone] {
        town.settle();
        town.chain.submit(giver.opening(50)).unwrap();
        town.settle();
        town.chain.submit(grant(&giver.account, 1_000, 1)).unwrap();
        town.settle();
    }
    let mut forged = giver.transfer(&taker.account, 10, 1);
    *forged.last_mut().unwrap() ^= 1;
    let company = vec![
        taker.opening(50),
        forged,
        opening(3, 1).0,
        vec![1, 2, 3],
        taker.opening(50),
        giver.transfer(&taker.account, 10, 2),
        opening(4, 50).0,
    ];
    let told = town.chain.submit_all(company.clone());
    let told_alone: Vec<_> = company.into_iter().map(|transaction| alone.chain.submit(transaction)).collect();
    assert_eq!(format!("{told:?}"), format!("{told_alone:?}"));
    assert!(matches!(&told[1], Err(SubmitError::Rejected(Rejection::Signature))), "{told:?}");
    assert_eq!(told[0].as_ref().unwrap(), told[4].as_ref().unwrap());
    assert_eq!((town.chain.status().queued, alone.chain.status().queued), (2, 2), "{told:?}");
}

#[test]
fn chain_5_an_account_sends_so_many_in_a_minute_and_others_are_not_held_up() {
    let town = Town::new();
    town.settle();
    let (giver, taker) = (Phone::new(1), Phone::new(2));
    for phone in [&giver, &taker] {
        town.chain.submit(phone.opening(50)).unwrap();
    }
    town.settle();
    town.chain.submit(grant(&giver.account, 1_000, 1)).unwrap();
    town.chain.submit(grant(&taker.account, 1_000, 2)).unwrap();
    town.settle();
    // The genesis says three.
    let gift = |nonce| giver.transfer(&taker.account, 10, nonce);
    for nonce in 1..=3 {
        town.chain.submit(gift(nonce)).unwrap();
        town.chain.submit(gift(nonce)).expect("the same again is not another");
    }
    assert!(matches!(town.chain.submit(gift(4)), Err(SubmitError::TooMany)));
    town.settle();
    assert!(matches!(town.chain.submit(gift(4)), Err(SubmitError::TooMany)), "a block is no minute");
    town.chain.submit(taker.transfer(&giver.account, 5, 9)).unwrap();
    town.clock.advance(60);
    town.chain.submit(gift(4)).unwrap();
}

#[test]
fn chain_5_so_many_accounts_are_opened_in_a_minute_and_payments_are_not_held_up() {
    let clock = Arc::new(ManualClock::at(NOW));
    let town =
        Town::with(Disk::default(), clock, Pace { openings: 3, ..Pace::default() }, Arc::new(NeverCut));
    town.settle();
    let phones: Vec<_> = (1..=4).map(Phone::new).collect();
    for phone in &phones[..3] {
        town.chain.submit(phone.opening(50)).unwrap();
        town.chain.submit(phone.opening(50)).expect("the same again is not another");
    }
    town.settle();
    assert!(matches!(town.chain.submit(phones[3].opening(50)), Err(SubmitError::TooMany)));
    town.chain.submit(grant(&phones[0].account, 1_000, 1)).unwrap();
    town.settle();
    town.chain.submit(phones[0].transfer(&phones[1].account, 10, 1)).unwrap();
    town.clock.advance(60);
    town.chain.submit(phones[3].opening(50)).unwrap();
}

#[test]
fn chain_5_a_full_queue_refuses_and_takes_again_after_a_block() {
    let clock = Arc::new(ManualClock::at(NOW));
    let pace = Pace { queue: 2, most: 1, ..Pace::default() };
    let town = Town::with(Disk::default(), clock, pace, Arc::new(NeverCut));
    town.settle();
    let openings: Vec<_> = (1..=3).map(|seed| opening(seed, 50).0).collect();
    let first = town.chain.submit(openings[0].clone()).unwrap();
    let second = town.chain.submit(openings[1].clone()).unwrap();
    assert!(matches!(town.chain.submit(openings[2].clone()), Err(SubmitError::Full)));
    assert_eq!(town.chain.submit(openings[1].clone()).unwrap(), second, "it waits already");
    town.chain.step().unwrap();
    assert_eq!(town.chain.status().queued, 1, "one a block");
    let third = town.chain.submit(openings[2].clone()).unwrap();
    town.settle();
    let heights = [first, second, third].map(|id| town.chain.transaction(&id).unwrap().unwrap().0.value());
    assert_eq!(heights, [2, 3, 4], "in the order they came");
}

#[test]
fn chain_5_what_waited_too_long_is_dropped() {
    let clock = Arc::new(ManualClock::at(NOW));
    let town = Town::with(Disk::default(), clock, Pace { most: 1, ..Pace::default() }, Arc::new(NeverCut));
    town.settle();
    let kept = town.chain.submit(opening(1, 2).0).unwrap();
    let late = town.chain.submit(opening(2, 2).0).unwrap();
    town.settle();
    assert_eq!(town.chain.transaction(&kept).unwrap().unwrap().0, Height::new(2));
    assert_eq!(town.chain.transaction(&late).unwrap(), None, "its last height had passed");
    assert_eq!(town.chain.status().queued, 0);
}

#[test]
fn a_recovery_key_cannot_fill_the_queue_nor_take_from_what_the_device_may_send() {
    let town = Town::new();
    let (phone, friend) = (Phone::new(1), Phone::new(2));
    for phone in [&phone, &friend] {
        town.chain.submit(phone.opening(50)).unwrap();
    }
    town.settle();
    town.chain.submit(grant(&phone.account, 10, 1)).unwrap();
    town.settle();
    for nonce in 0..6 {
        town.chain.submit(phone.takeover(nonce)).unwrap();
    }
    assert!(matches!(town.chain.submit(phone.takeover(6)), Err(SubmitError::TooMany)));
    town.chain.submit(phone.transfer(&friend.account, 1, 9)).unwrap();
    town.chain.submit(friend.takeover(7)).unwrap();
}
