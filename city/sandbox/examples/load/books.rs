//! What must be so in the end, to the won.

use crate::citizen::{Citizen, GRANTED};
use crate::figure;
use crate::town::Town;
use citizen_coin::{AccountRecord, Supply};
use citizen_ledger::state_key;
use citizen_primitives::Place;
use city_services::bank::BookAccount;
use city_services::centre::default_merchants;
use std::sync::Arc;
use std::time::Duration;

const LOOK: Place = Place::new("load/books");

/// The bank's balances are zero together; what customers have less is what the centre has for merchants, and what is held of it has the
/// amounts of the merchants' book; the points that accounts have less are those that the ledger's supply has as spent.
pub(crate) async fn must_agree(town: &Arc<Town>, citizens: &[Arc<Citizen>]) {
    let taken = || {
        let merchants = default_merchants().unwrap();
        let registered = merchants.iter().map(|record| record.merchant.id.clone());
        let mut taken = (0_u64, 0_u64, 0_u64);
        for id in registered.chain(town.tills.lock().unwrap().clone()) {
            let takings = town.centre.takings(&id).unwrap();
            taken.0 += takings.count;
            taken.1 += takings.points.amount();
            taken.2 += takings.won.amount();
        }
        taken
    };
    // The centre's book is a moment behind the ledger.
    for _ in 0..600 {
        if town.centre.stages().unwrap().iter().all(|(name, count)| *name == "captured" || *count == 0) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (count, points, won) = taken();
    let centre = town.centre.party().id();
    let of = |account: BookAccount| town.bank.balance_of(&account).unwrap();
    let customers: i64 = citizens.iter().map(|citizen| of(BookAccount::Customer(citizen.account))).sum();
    let held = of(BookAccount::Suspense(centre)) + of(BookAccount::Settlement(centre));
    assert_eq!(customers + held + of(BookAccount::Issue), 0, "all balances together");
    assert_eq!(held, i64::try_from(won).unwrap(), "the merchants' won");
    let ledger = town.ledger();
    let key = state_key::supply();
    let proven = ledger.state(LOOK, std::slice::from_ref(&key)).await.unwrap();
    let supply = proven.get::<Supply>(&key).unwrap().into_parts().0.unwrap();
    assert_eq!(
        (supply.spent.amount(), supply.held.total().unwrap().amount()),
        (points, 0),
        "the merchants' points"
    );
    let mut left = 0;
    for some in citizens.chunks(32) {
        let keys: Vec<_> = some.iter().map(|citizen| state_key::account(&citizen.account)).collect();
        let proven = ledger.state(LOOK, &keys).await.unwrap();
        for key in &keys {
            let record = proven.get::<AccountRecord>(key).unwrap().into_parts().0.unwrap();
            left += record.lots.total().unwrap().amount();
        }
    }
    let granted = GRANTED * u64::try_from(citizens.len()).unwrap();
    assert_eq!(left + points, granted, "points in accounts and spent");
    figure("load-books", f64::from(u32::try_from(count).unwrap()), "payments in all books, to the won");
}
