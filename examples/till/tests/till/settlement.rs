//! The end of a day.

use crate::customer::Customer;
use crate::town::{PATIENCE, Town, is_of_form, is_verified};
use crate::wire::Fate;
use citizen_client::api::{SettledRecord, TillAnswer};
use citizen_payment::till::ReceiptOpening;
use citizen_primitives::{Day, MerchantId, Points, RefundId, UnixTime, Won};
use city_services::centre::{Detail, Fee, ReadFile, SettlementFile};
use serde_json::json;
use std::fs;
use std::sync::Mutex;
use std::time::Duration;

/// Until the centre has so many records for the day's file: a refund is one a moment after the ledger has it.
async fn until_recorded(town: &Town, records: u64) {
    let draft = town.file("draft.txt");
    for _ in 0..PATIENCE {
        if town.done("till", &["settlement", "--out", &draft])["records"] == json!(records) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never {records} records");
}

#[tokio::test(flavor = "multi_thread")]
async fn till_7_the_file_is_the_days_payments_less_refunds_and_fees() {
    let mut town = Town::start().await;
    let shop = town.shop("till", "연남만두", "900000000");
    let mut customer = Customer::of(&town, 1, "김지우").await;
    let mut payments = Vec::new();
    for (points, amount) in [(5_000, 12_000), (0, 7_777), (3_333, 3_333)] {
        let shown = customer.show(points, amount).await;
        let paid = town.done("till", &["charge", &shown.qr, "--amount", &amount.to_string()]);
        payments.push(paid["payment_id"].as_str().unwrap().to_owned());
    }
    town.done("till", &["refund", &payments[0], "--amount", "2400"]);
    until_recorded(&town, 4).await;
    let out = town.file("day.txt");
    let settled = town.done("till", &["settlement", "--out", &out]);
    is_of_form(&settled, &["file", "day", "attested"]);
    is_verified(&settled["verified"]);
    // The centre's own reader reads what the till wrote.
    let read = ReadFile::parse(&fs::read_to_string(&out).unwrap()).unwrap();
    assert_eq!(read.merchant, shop["merchant"].as_str().unwrap());
    let ids: Vec<_> = read.details.iter().filter(|it| !it.is_refund).map(|it| it.payment.clone()).collect();
    let expected: Vec<_> = payments.iter().map(|id| id[..32].to_owned()).collect();
    assert_eq!(ids, expected);
    let today = town.done("till", &["today"]);
    assert_eq!((&settled["payments"], &settled["refunds"]), (&today["amount"], &today["refunded"]));
    // 0.3 %: 36 + 23 + 9 − 7; points and won less the refund's 1,000 and 1,400.
    assert_eq!(
        (&settled["records"], &settled["points"], &settled["krw"], &settled["payable"]),
        (&json!(4), &json!(7_333), &json!(13_377), &json!(20_710 - 61))
    );
    assert_eq!(settled["payable"], json!(read.summary.payable()));
    assert_eq!(
        (&settled["provisional"], &settled["paid"], &settled["carried_in"], &settled["carried_out"]),
        (&json!(true), &json!(false), &json!(0), &json!(0))
    );
    // A day without payments; a changed answer; a place that cannot be written.
    let empty = town.done("till", &["settlement", "--date", "2020-01-01", "--out", &out]);
    assert_eq!((&empty["records"], &empty["payable"]), (&json!(0), &json!(0)));
    let other = town.file("other.txt");
    town.wire.will("settlement", Fate::ChangeAnswer, 1);
    let (code, detail) = town.refused("till", &["settlement", "--out", &other]);
    assert_eq!((code.as_str(), &detail["source"]), ("unverified", &json!("centre")));
    assert!(!town.path("other.txt").exists(), "nothing was written");
    let nowhere = town.file("no/such/folder/day.txt");
    assert_eq!(town.refused_with("till", &["settlement", "--out", &nowhere], "invalid"), "file");
    town.wire.will("payments", Fate::ChangeAnswer, 1);
    assert_eq!(town.refused("till", &["today"]).0, "unverified");
    town.stop().await;
}

/// The centre says the file again with other records than it had, and it adds up.
fn written_again(answer: &mut TillAnswer, change: impl FnOnce(&mut SettlementFile, &mut Vec<SettledRecord>)) {
    let TillAnswer::Settlement { file, records, .. } = answer else { return };
    let read = ReadFile::parse(file).unwrap();
    let details = read.details.iter().zip(records.iter()).map(|(read, record)| Detail {
        number: read.number,
        payment: ReceiptOpening::from_text(&record.receipt).unwrap().payment,
        refund: record.refund.as_deref().map(|refund| RefundId::from_hex(refund).unwrap()),
        time: UnixTime::from_seconds(0),
        points: Points::new(read.points).unwrap(),
        won: Won::new(read.won).unwrap(),
        rate: read.rate,
        fee: Fee::of(Won::new(read.points + read.won).unwrap(), read.rate).unwrap(),
    });
    let mut again = SettlementFile {
        merchant: MerchantId::new(&read.merchant).unwrap(),
        day: day_of(&read.day),
        is_provisional: read.is_provisional,
        details: details.collect(),
    };
    change(&mut again, records);
    for (number, detail) in (1..).zip(&mut again.details) {
        detail.number = number;
        detail.fee =
            Fee::of(Won::new(detail.points.amount() + detail.won.amount()).unwrap(), detail.rate).unwrap();
    }
    *file = again.to_text().unwrap();
}

fn day_of(digits: &str) -> Day {
    (0..40_000).map(Day::new).find(|day| day.to_digits() == digits).unwrap()
}

/// A record once more.
fn again(file: &mut SettlementFile, records: &mut Vec<SettledRecord>, at: usize) {
    file.details.push(file.details[at].clone());
    records.push(records[at].clone());
}

type Lie = fn(&mut TillAnswer);

/// What a centre may say of a day with two payments and a refund, each of which takes something from the shop or gives it too much.
const LIES: [(&str, Lie); 8] = [
    ("a refund is a won more", |answer| {
        written_again(answer, |file, _| file.details[2].won = Won::new(1_401).unwrap());
    }),
    ("a refund is taken off twice", |answer| {
        written_again(answer, |file, records| again(file, records, 2));
    }),
    ("a refund that never was", |answer| {
        written_again(answer, |file, records| {
            again(file, records, 2);
            records[3].refund = Some("09".repeat(32));
        });
    }),
    ("a refund of another payment", |answer| {
        written_again(answer, |file, records| {
            file.details[2].payment = file.details[1].payment;
            records[2].receipt = records[1].receipt.clone();
        });
    }),
    ("a payment is a won less", |answer| {
        written_again(answer, |file, _| file.details[1].won = Won::new(7_776).unwrap());
    }),
    ("a payment is paid twice", |answer| {
        written_again(answer, |file, records| again(file, records, 1));
    }),
    ("a payment is called a refund", |answer| {
        written_again(answer, |file, records| {
            file.details[1].refund = file.details[2].refund;
            records[1].refund = records[2].refund.clone();
        });
    }),
    ("a record without a name", |answer| {
        if let TillAnswer::Settlement { records, .. } = answer {
            records.pop();
        }
    }),
];

#[tokio::test(flavor = "multi_thread")]
async fn till_7_every_record_is_what_the_ledger_proves_of_whatever_day_its_payment_is() {
    let mut town = Town::start().await;
    town.shop("till", "연남만두", "900000000");
    let mut customer = Customer::of(&town, 1, "김지우").await;
    let mut payments = Vec::new();
    for (points, amount) in [(5_000, 12_000), (0, 7_777)] {
        let shown = customer.show(points, amount).await;
        let paid = town.done("till", &["charge", &shown.qr, "--amount", &amount.to_string()]);
        payments.push(paid["payment_id"].as_str().unwrap().to_owned());
    }
    town.done("till", &["refund", &payments[0], "--amount", "2400"]);
    until_recorded(&town, 3).await;
    let out = town.file("day.txt");
    for (what, lie) in LIES {
        town.wire.will("settlement", Fate::Lie(lie), 1);
        let code = town.refused("till", &["settlement", "--out", &out]).0;
        assert_eq!(code, "unverified", "{what}");
    }
    assert!(!town.path("day.txt").exists(), "nothing was written");
    // The same records in another day's file: carried, as long as they are on no other final one.
    let settlement = |fate: Lie, date: &[&str]| {
        town.wire.will("settlement", Fate::Lie(fate), 1);
        town.till("till", &[&["settlement", "--out", &out], date].concat()).1
    };
    let earlier = ["--date", "2020-01-01"];
    settlement(kept, &[]);
    let seen = settlement(|answer| carried(answer, true, 0), &earlier);
    assert_eq!((&seen["carried_in"], &seen["records"]), (&json!(2), &json!(3)));
    let changed = settlement(|answer| carried(answer, true, 1), &earlier);
    assert_eq!(
        changed["error"]["detail"]["what"],
        json!("settlement"),
        "a refund of an earlier day, a won more"
    );
    let closed: Lie = |answer| written_again(answer, |file, _| file.is_provisional = false);
    assert_eq!(settlement(closed, &[])["provisional"], json!(false));
    assert_eq!(settlement(closed, &[])["records"], json!(3), "the same file may be fetched again");
    let twice = settlement(|answer| carried(answer, false, 0), &earlier);
    assert_eq!(twice["error"]["detail"]["what"], json!("settlement"), "on two days' files");
    town.stop().await;
}

/// What the centre said of the day.
static KEPT: Mutex<Option<TillAnswer>> = Mutex::new(None);

fn kept(answer: &mut TillAnswer) {
    *KEPT.lock().unwrap() = Some(answer.clone());
}

/// The kept records, said of 2020-01-01, the refund's won so much more.
fn carried(answer: &mut TillAnswer, is_provisional: bool, more: u64) {
    *answer = KEPT.lock().unwrap().clone().unwrap();
    written_again(answer, |file, _| {
        (file.day, file.is_provisional) = (day_of("20200101"), is_provisional);
        file.details[2].won = Won::new(file.details[2].won.amount() + more).unwrap();
    });
}
