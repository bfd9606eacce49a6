//! The end of a day.

use crate::customer::Customer;
use crate::town::{Town, is_of_form, is_verified};
use crate::wire::Fate;
use city_services::centre::ReadFile;
use serde_json::json;
use std::fs;

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
