//! A node that is cut off while it writes a block.

use crate::support::{NOW, Phone, Town, grant};
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{Cut, Height, Injector, Place};
use city_chain::{Chain as _, ChainError, Pace, audit};
use city_storage::StorageError;
use city_storage::faults::Disk;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

/// Cuts the node off around its n-th write.
struct CutAt {
    writes_left: AtomicI32,
    after: bool,
}

impl Injector for CutAt {
    fn before(&self, place: Place) -> Result<(), Cut> {
        let is_last = self.writes_left.fetch_sub(1, Ordering::SeqCst) == 1;
        if is_last && !self.after { Err(Cut(place)) } else { Ok(()) }
    }

    fn after(&self, place: Place) -> Result<(), Cut> {
        let is_last = self.writes_left.load(Ordering::SeqCst) == 0;
        if is_last && self.after { Err(Cut(place)) } else { Ok(()) }
    }
}

#[test]
fn chain_2_a_node_cut_off_around_a_write_shows_no_header_and_goes_on_with_one() {
    for (writes, after) in (2..7).flat_map(|writes| [(writes, false), (writes, true)]) {
        let (disk, clock) = (Disk::default(), Arc::new(ManualClock::at(NOW)));
        let injector = Arc::new(CutAt { writes_left: AtomicI32::new(writes), after });
        let town = Town::with(disk.clone(), clock.clone(), Pace::default(), injector);
        let (giver, taker) = (Phone::new(1), Phone::new(2));
        let mut wishes = vec![
            giver.opening(50),
            taker.opening(50),
            grant(&giver.account, 1_000, 1),
            giver.transfer(&taker.account, 10, 2),
        ]
        .into_iter();
        let watch = town.chain.watch();
        let error = loop {
            if let Some(wish) = wishes.next() {
                let _ = town.chain.submit(wish);
            }
            if let Err(error) = town.chain.step() {
                break error;
            }
        };
        assert!(matches!(error, ChainError::Storage(StorageError::Cut(_))), "{error}");
        // The first write begins the ledger; the block of the write that was cut was shown to nobody.
        let shown = Height::new(u64::try_from(writes - 2).unwrap());
        assert_eq!((town.chain.status().latest, *watch.borrow()), (shown, shown));
        let last_shown = town.chain.light_block(None).unwrap();
        drop(town);
        disk.crash(|| false);
        let town = Town::on(disk, clock);
        let found = town.chain.status().latest;
        assert_eq!(found, if after { shown.next() } else { shown });
        if shown > Height::new(0) {
            assert_eq!(town.chain.light_block(Some(shown)).unwrap(), last_shown);
        }
        town.settle();
        assert_eq!(audit(&town.storage, |_| {}).unwrap().blocks, town.chain.status().latest.value());
    }
}

#[test]
fn chain_2_a_node_whose_power_fails_now_and_then_has_one_history_that_an_audit_accepts() {
    let mut rng = StdRng::seed_from_u64(5);
    let mut town = Town::new();
    let phone = Phone::new(1);
    town.chain.submit(phone.opening(50)).unwrap();
    let mut shown = Vec::new();
    for round in 0..30 {
        town.clock.advance(rng.random_range(1..15));
        if round > 2 && rng.random_bool(0.5) {
            let _ = town.chain.submit(grant(&phone.account, 10, round));
        }
        if town.chain.step().unwrap().is_some() {
            shown.push(town.chain.light_block(None).unwrap().unwrap());
        }
        if rng.random_bool(0.3) {
            let (disk, clock) = (town.disk.clone(), town.clock.clone());
            let share: f64 = rng.random_range(0.0..1.0);
            disk.crash(|| rng.random_bool(share));
            drop(town);
            town = Town::on(disk, clock);
        }
    }
    for (height, header) in (1..).zip(&shown) {
        assert_eq!(town.chain.light_block(Some(Height::new(height))).unwrap().as_ref(), Some(header));
    }
    assert!(audit(&town.storage, |_| {}).unwrap().transactions > 3);
}
