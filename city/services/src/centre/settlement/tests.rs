//! Days of many merchants, many payments and a long history.

use super::*;
use crate::bank::bare;
use crate::bank::{BookAccount, Purpose, merchant_digest};
use crate::centre::record;
use crate::centre::wish::{self, Wished};
use crate::db::{Counted, Db};
use citizen_primitives::{AccountId, KeyId, NeverCut, PaymentId, Place, RefundId, UnixTime};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
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

/// A merchant that sold so much in the year before.
fn register(writer: &Writer<'_>, number: u64, sales: u64) -> Result<(), ServiceError> {
    let mut shop = crate::centre::default_merchants().unwrap().remove(0);
    shop.merchant.id = merchant(number);
    shop.prior_year_sales = Won::new(sales).unwrap();
    Ok(writer.put(MERCHANTS, shop.merchant.id.as_str().as_bytes(), &shop)?)
}

fn paid(merchant_number: u64, payment: PaymentId, (points, won): (u64, u64), time: UnixTime) -> Line {
    let merchant = merchant(merchant_number);
    let text = |text: &str| citizen_primitives::Text::new(text).unwrap();
    let terms = citizen_payment::Terms {
        payment,
        merchant,
        name: text("shop"),
        code: citizen_primitives::Hash::ZERO,
        points: Points::new(points).unwrap(),
        won: Won::new(won).unwrap(),
        reference: None,
        salt: citizen_payment::Salt::from_bytes([0; 32]),
    };
    Line::payment(&terms, time)
}

fn given_back(line: &Line, refund: RefundId, (points, won): (u64, u64)) -> Line {
    let (points, won) = (Points::new(points).unwrap(), Won::new(won).unwrap());
    let amount = Won::new(points.amount() + won.amount()).unwrap();
    let terms = citizen_payment::RefundTerms {
        refund,
        payment: line.payment,
        merchant: line.merchant.clone(),
        amount,
        reason: citizen_primitives::Text::new("").unwrap(),
        salt: citizen_payment::Salt::from_bytes([0; 32]),
    };
    Line::refund(&terms, (points, won), line.time)
}

fn wished(number: u8) -> Wished {
    Wished {
        payment: PaymentId::from_bytes([number; 32]),
        account: AccountId::from_bytes([1; 32]),
        amount: Won::ZERO,
        reason: citizen_primitives::Text::new("").unwrap(),
    }
}

#[test]
fn centre_12_six_thousand_merchants_are_paid_out_for_a_day_each_once_in_parts_of_a_thousand() {
    let db = db();
    db.commit(HERE, |writer| {
        (1..=6_000).try_for_each(|number| {
            register(writer, number, 0)?;
            Ok::<_, ServiceError>(line::enter(
                writer,
                &paid(number, PaymentId::from_bytes([1; 32]), (number, 5_000), NOW),
            )?)
        })
    })
    .unwrap();
    let day = NOW.day_in_seoul();
    let payouts = db.commit(HERE, |writer| pay_out(writer, day, LARGEST_PART)).unwrap();
    let merchants: BTreeSet<_> = payouts.iter().map(|payout| &payout.merchant).collect();
    assert_eq!((payouts.len(), merchants.len()), (6_000, 6_000));
    let parts: Vec<_> = payouts.chunks(LARGEST_PART).collect();
    assert!(parts.len() == 6 && parts.iter().all(|part| part.len() == 1_000));
    // Each line says in which part it is.
    for (part, payouts) in (0..).zip(&parts) {
        for payout in *payouts {
            let lines = db.read(|rows| line::settled_on(rows, &payout.merchant, day)).unwrap();
            assert_eq!((lines.len(), lines[0].settled()), (1, Some(PartOf { day, part })));
        }
    }
    assert!(db.commit(HERE, |writer| pay_out(writer, day, LARGEST_PART)).unwrap().is_empty(), "once");
}

/// A hundred days with a hundred payments each, all settled, and three payments of today; a wish here, and a hundred elsewhere.
fn long_history() -> Db {
    let db = db();
    db.commit(HERE, |writer| register(writer, 1, 0)).unwrap();
    let payment = PaymentId::from_bytes([1; 32]);
    for ago in (1..=100).rev() {
        let time = UnixTime::from_seconds(NOW.seconds() - ago * 86_400);
        let day = time.day_in_seoul();
        let payouts = db
            .commit(HERE, |writer| {
                (0..100).try_for_each(|_| line::enter(writer, &paid(1, payment, (0, 1_000), time)))?;
                writer.put(CLOSED, &key(day), &Closed { parts: 1 })?;
                pay_out(writer, day, LARGEST_PART)
            })
            .unwrap();
        assert_eq!(payouts[0].won.amount(), 100_000);
    }
    db.commit(HERE, |writer| {
        wish::note(writer, &merchant(1), &wished(0))?;
        (0..100).try_for_each(|number| wish::note(writer, &merchant(11), &wished(number)))?;
        (0..3).try_for_each(|_| line::enter(writer, &paid(1, payment, (0, 1_000), NOW)))
    })
    .unwrap();
    db
}

#[test]
fn centre_16_work_does_not_grow_with_what_is_settled() {
    let (today, id) = (NOW.day_in_seoul(), merchant(1));
    let yesterday = Day::new(today.value() - 1);
    long_history()
        .read(|rows| {
            // Once a day, and at the close.
            assert_eq!(Counted::rows_of(rows, |rows| line::is_due(rows, yesterday)), (false, 3));
            let (due, read) = Counted::rows_of(rows, |rows| line::due(rows, today));
            assert!(due.len() == 3 && read <= 6, "{read}");
            // What a till asks.
            let (takings, read) = Counted::rows_of(rows, |rows| line::takings_of(rows, &id, today));
            assert!(takings.len() == 3 && read <= 3, "{read}");
            let ((open, _), read) = Counted::rows_of(rows, |rows| file(rows, &id, today));
            assert!(open.details.len() == 3 && read <= 8, "{read}");
            let ((closed, is_paid), read) = Counted::rows_of(rows, |rows| file(rows, &id, yesterday));
            assert!(is_paid && closed.details.len() == 100 && read <= 202, "{read}");
            let (wishes, read) = Counted::rows_of(rows, |rows| wish::wishes_of(rows, &id));
            assert_eq!((wishes.len(), read), (1, 1));
            // What a stranger can ask: the counts of orders by stage.
            let (_, read) = Counted::rows_of(rows, record::stages);
            assert!(read <= record::Stage::NAMES.len(), "{read}");
            Ok::<_, ServiceError>(())
        })
        .unwrap();
}

/// What a merchant's lines come to, added up without the code under test: points, won, fees.
type Model = BTreeMap<u64, (i64, i64, i64)>;

/// Sales of the year before, and the rate they lead to in 2026, in hundredths of a percent.
const TIERS: [(u64, i64); 4] = [(0, 0), (1_000_000_000, 30), (2_000_000_000, 50), (4_000_000_000, 120)];

/// So many payments at random merchants, some of them given back in part, in the books of centre and bank.
fn trade(payments: u64, centre: &Db, bank: &Db, key: &KeyId) -> Model {
    const SHOPS: u64 = 2_500;
    let mut rng = StdRng::seed_from_u64(payments);
    let (mut model, tier) = (Model::new(), |shop: u64| TIERS[usize::try_from(shop % 4).unwrap()]);
    centre
        .commit(HERE, |writer| (0..SHOPS).try_for_each(|shop| register(writer, shop, tier(shop).0)))
        .unwrap();
    let mut add = |shop: u64, (points, won): (u64, u64), sign: i64| {
        let (points, won) = (i64::try_from(points).unwrap(), i64::try_from(won).unwrap());
        let sums = model.entry(shop).or_default();
        sums.0 += sign * points;
        sums.1 += sign * won;
        sums.2 += sign * ((points + won) * tier(shop).1 / 10_000);
    };
    let book = |writer: &Writer<'_>, from, to, won, purpose| {
        let entry = bare::Entry { from, to, won: Won::new(won).unwrap(), purpose };
        bare::post(writer, entry, NOW).unwrap();
    };
    // A customer's account stands for all customers', below zero by what they have paid.
    let (customers, suspense) = (BookAccount::Issue, BookAccount::Suspense(*key));
    centre
        .commit(HERE, |of_centre| {
            bank.commit(HERE, |of_bank| {
                for number in 0..payments {
                    let mut id = [0; 32];
                    id[..8].copy_from_slice(&number.to_be_bytes());
                    let (id, shop) = (PaymentId::from_bytes(id), rng.random_range(0..SHOPS));
                    let sum = (rng.random_range(0..20_000), rng.random_range(1..50_000));
                    let line = paid(shop, id, sum, NOW);
                    line::enter(of_centre, &line)?;
                    book(of_bank, customers, suspense, sum.1, Purpose::Debit(id));
                    bare::enter(of_bank, key, &id, line.won)?;
                    bare::capture(of_bank, key, &id, NOW)?;
                    add(shop, sum, 1);
                    if rng.random_range(0..10) == 0 {
                        let refund = RefundId::from_bytes(*id.as_bytes());
                        let part = (rng.random_range(0..=sum.0), rng.random_range(1..=sum.1));
                        line::enter(of_centre, &given_back(&line, refund, part))?;
                        book(
                            of_bank,
                            BookAccount::Settlement(*key),
                            customers,
                            part.1,
                            Purpose::Refund(refund),
                        );
                        add(shop, part, -1);
                    }
                }
                Ok::<_, ServiceError>(())
            })
        })
        .unwrap();
    model
}

/// Closes the day at the centre, books its parts at the bank, and compares every account with the model.
fn settles_exactly(payments: u64) {
    let (centre, bank, key) = (db(), db(), KeyId::from_bytes([7; 32]));
    let model = trade(payments, &centre, &bank, &key);
    let day = NOW.day_in_seoul();
    let payouts = centre.commit(HERE, |writer| pay_out(writer, day, LARGEST_PART)).unwrap();
    let spent: i64 = model.values().map(|sums| sums.0).sum();
    let spent = Points::new(u64::try_from(spent).unwrap()).unwrap();
    for (part, payouts) in (0..).zip(payouts.chunks(LARGEST_PART)) {
        let settlement = Settlement { day, part, payouts: payouts.to_vec(), time: NOW };
        bank.commit(HERE, |writer| {
            bare::book(writer, &key, &settlement, NOW)?;
            bare::check_spent(writer, spent)
        })
        .unwrap();
    }
    let at = |account| bank.read(|rows| bare::balance(rows, &account)).unwrap();
    for (shop, (points, won, fee)) in &model {
        let account = BookAccount::Merchant(key, merchant_digest(&merchant(*shop)));
        assert_eq!(at(account), points + won - fee, "{shop}");
    }
    let sum = |part: fn(&(i64, i64, i64)) -> i64| model.values().map(part).sum::<i64>();
    assert_eq!(at(BookAccount::Fees(key)), sum(|sums| sums.2));
    assert_eq!(at(BookAccount::City), -sum(|sums| sums.0));
    assert_eq!(at(BookAccount::Issue), -sum(|sums| sums.1));
    assert_eq!((at(BookAccount::Settlement(key)), at(BookAccount::Suspense(key))), (0, 0));
}

/// BANK-7 and BANK-1 too.
#[test]
fn centre_12_a_day_of_five_thousand_payments_sums_to_the_banks_books_exactly() {
    settles_exactly(5_000);
}

#[test]
fn centre_12_a_day_of_a_hundred_thousand_payments_sums_to_the_banks_books_exactly() {
    settles_exactly(100_000);
}
