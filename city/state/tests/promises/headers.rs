//! The history of headers, and blocks in which nothing happens.

use crate::support::Town;
use crate::support::town::header_hash;
use citizen_ledger::history::leaf;
use citizen_ledger::state_key;
use citizen_merkle::{Frontier, MemoryTree};
use citizen_primitives::{Height, UnixTime};
use city_state::{ExecuteError, HeaderNews};

#[test]
fn state_4_a_block_in_which_nothing_happens_writes_nothing_and_its_header_waits() {
    let mut town = Town::new();
    for _ in 0..5 {
        let outcome = town.block(&[]);
        assert_eq!(outcome.headers, HeaderNews::Waiting);
        assert!(outcome.writes.is_empty() && outcome.entries.is_empty() && outcome.consumed.is_empty());
    }
    let opening = town.opening(&crate::support::Phone::new(40));
    let outcome = town.accepts(opening);
    let expected: Vec<_> = (1..=6).map(|height| header_hash(Height::new(height))).collect();
    assert_eq!(outcome.headers, HeaderNews::Appended(expected));
    // The tree is that of all headers, each at its height.
    let tree = MemoryTree::of((1..=6).map(|height| leaf(&header_hash(Height::new(height)))));
    let frontier: Frontier = town.ledger.record(&state_key::header_history()).unwrap();
    assert_eq!((frontier.root(), frontier.count()), (tree.root(), 6));
    // After the window nothing is left to be tidied up in an empty block.
    for _ in 0..30 {
        assert!(town.block(&[]).writes.is_empty());
    }
}

#[test]
fn a_header_that_storage_has_lost_stops_the_node() {
    let mut town = Town::new();
    town.idle(3);
    town.ledger.waiting.remove(1);
    let opening = town.opening(&crate::support::Phone::new(40));
    assert!(matches!(town.try_block(&[opening]), Err(ExecuteError::Record)));
}

#[test]
fn coin_4_a_new_month_is_written_by_the_first_block_in_it() {
    let mut town = Town::new();
    let first = town.ledger.supply().month.unwrap();
    town.wait_for(2026, 12);
    let outcome = town.block(&[]);
    assert!(outcome.writes.contains_key(&state_key::supply()));
    assert_eq!(town.ledger.supply().month, Some(first.next().unwrap()));
    assert!(town.block(&[]).writes.is_empty());
}

#[test]
fn a_damaged_record_or_an_impossible_time_stops_the_node() {
    let mut town = Town::new();
    let phone = town.open(40);
    let right = town.ledger.clone();
    for key in [state_key::parameters(), state_key::supply(), state_key::account(&phone.account)] {
        town.ledger.records.insert(key, vec![1, 2, 3]);
        let grant = town.grant("tax", &phone, 5);
        let grant = town.by_treasury(citizen_ledger::Action::Grant(grant));
        assert!(matches!(town.try_block(&[grant]), Err(ExecuteError::Record)));
        town.ledger = right.clone();
    }
    town.time = UnixTime::from_seconds(u64::MAX);
    assert!(matches!(town.try_block(&[]), Err(ExecuteError::Time)));
}

#[test]
fn coin_3_a_supply_that_does_not_add_up_stops_the_node() {
    let mut town = Town::new();
    let phone = town.open(40);
    town.earn(&phone, 100);
    let payment = town.held(&phone, 40, 0);
    let right = town.ledger.supply();
    let put = |town: &mut Town, supply: &citizen_coin::Supply| {
        let bytes = citizen_primitives::Canonical::to_canonical(supply);
        town.ledger.records.insert(state_key::supply(), bytes);
    };
    let mut more = right.clone();
    more.issued = crate::support::points(101);
    put(&mut town, &more);
    assert!(matches!(town.try_block(&[]), Err(ExecuteError::Unbalanced)));
    // Adds up, but the points of the hold are not where they must be: no transaction is blamed for it.
    let mut moved = right.clone();
    moved.spendable.add_all(&moved.held).unwrap();
    moved.held = citizen_coin::Lots::new();
    put(&mut town, &moved);
    let capture = town.capture(payment, None);
    assert!(matches!(town.try_block(&[capture]), Err(ExecuteError::Unbalanced)));
}
