//! A day of many merchants.

use super::*;
use crate::db::Db;
use citizen_primitives::{NeverCut, Place};
use redb::backends::InMemoryBackend;
use std::sync::Arc;

const HERE: Place = Place::new("test/settlement");
/// 2026-11-21 09:00 in Seoul.
const NOW: UnixTime = UnixTime::from_seconds(1_795_219_200);

fn db() -> Db {
    Db::with_backend(InMemoryBackend::new(), Arc::new(NeverCut)).unwrap()
}

fn merchant(number: u64) -> MerchantId {
    MerchantId::new(&number.to_string()).unwrap()
}

/// A payment of so many points and won at a merchant that is registered by it.
fn paid(writer: &Writer, number: u64, points: u64, won: u64) -> Result<(), ServiceError> {
    let id = merchant(number);
    let mut shop = crate::centre::default_merchants().unwrap().remove(0);
    shop.merchant.id = id.clone();
    writer.put(MERCHANTS, id.as_str().as_bytes(), &shop)?;
    let line = Line {
        merchant: id,
        payment: PaymentId::from_bytes([1; 32]),
        refund: None,
        points: Points::new(points).unwrap(),
        won: Won::new(won).unwrap(),
        time: NOW,
        settled: None,
    };
    Ok(enter(writer, &line)?)
}

#[test]
fn centre_12_six_thousand_merchants_are_paid_out_for_a_day_each_once_in_parts_of_a_thousand() {
    let db = db();
    db.commit(HERE, |writer| (1..=6_000).try_for_each(|number| paid(writer, number, number, 5_000))).unwrap();
    let day = NOW.day_in_seoul();
    let payouts = db.commit(HERE, |writer| pay_out(writer, day, LARGEST_PART)).unwrap();
    let merchants: BTreeSet<_> = payouts.iter().map(|payout| &payout.merchant).collect();
    assert_eq!((payouts.len(), merchants.len()), (6_000, 6_000));
    let parts: Vec<_> = payouts.chunks(LARGEST_PART).collect();
    assert!(parts.len() == 6 && parts.iter().all(|part| part.len() == 1_000));
    // Each line says in which part it is.
    let lines: Vec<(Vec<u8>, Line)> = db.read(|rows| rows.all(LINES)).unwrap();
    for (_, line) in &lines {
        let PartOf { day: on, part } = line.settled.unwrap();
        let part = parts[usize::try_from(part).unwrap()];
        assert!(on == day && part.iter().any(|payout| payout.merchant == line.merchant));
    }
    assert!(db.commit(HERE, |writer| pay_out(writer, day, LARGEST_PART)).unwrap().is_empty(), "once");
}
