//! A till gives back: in part, together no more than was paid, and once however often it asks.

use crate::customer::Customer;
use crate::town::{PATIENCE, Town, is_of_form, is_verified};
use crate::wire::Fate;
use serde_json::{Value, json};

async fn town() -> (Town, Customer) {
    let town = Town::start().await;
    town.shop("till", "연남만두", "900000000");
    town.shop("other", "망원책방", "0");
    let customer = Customer::of(&town, 1, "김지우").await;
    (town, customer)
}

async fn paid(town: &Town, customer: &mut Customer, points: u64, amount: u64) -> String {
    let shown = customer.show(points, amount).await;
    let amount = amount.to_string();
    let paid = town.done("till", &["charge", &shown.qr, "--amount", &amount, "--wait", "600"]);
    paid["payment_id"].as_str().unwrap().to_owned()
}

/// Until the bank has credited.
async fn has(customer: &mut Customer, points: u64, won: u64) {
    for _ in 0..PATIENCE {
        if (customer.points().await, customer.won().await) == (points, won) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{} {}", customer.points().await, customer.won().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn till_6_refunds_are_partial_cumulative_and_bounded_by_what_was_paid() {
    let (mut town, mut customer) = town().await;
    let payment = paid(&town, &mut customer, 5_000, 12_000).await;
    let refund =
        |amount: &str| town.till("till", &["refund", &payment, "--amount", amount, "--reason", "반품"]);
    let (status, back) = refund("4001");
    assert_eq!(status, 0, "{back}");
    is_of_form(&back, &["refund", "state", "credited", "points_expired", "refunded_at"]);
    is_verified(&back["verified"]);
    assert_eq!(
        (&back["amount"], &back["points"], &back["krw"]),
        (&json!(4_001), &json!(1_667), &json!(2_334))
    );
    has(&mut customer, 46_667, 95_334).await;
    let too_much = ["refund", &payment, "--amount", "8000"];
    assert_eq!(town.refused_with("till", &too_much, "refused"), "too-much");
    let anothers = ["refund", &payment, "--amount", "1"];
    assert_eq!(town.refused_with("other", &anothers, "refused"), "not-paid");
    let unknown = "07".repeat(32);
    assert_eq!(town.refused_with("till", &["refund", &unknown, "--amount", "1"], "refused"), "not-paid");
    assert_eq!(refund("7998").0, 0);
    assert_eq!(town.done("till", &["today"])["refunded"], json!(11_999));
    // The last won by a cancel; then there is nothing left.
    assert_eq!(town.done("till", &["cancel", &payment])["amount"], json!(1));
    has(&mut customer, 50_000, 100_000).await;
    assert_eq!(town.refused_with("till", &["cancel", &payment], "refused"), "too-much");
    assert_eq!(town.refused_with("till", &["refund", &payment, "--amount", "1"], "refused"), "too-much");
    assert_eq!(town.refused_with("other", &["cancel", &payment], "refused"), "too-much");
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_6_a_refund_whose_answer_is_lost_is_inquired_and_given_back_once() {
    let (mut town, mut customer) = town().await;
    let payment = paid(&town, &mut customer, 0, 10_000).await;
    for (verb, fate, left) in [
        ("refund", Fate::LoseAnswer, 93_000),
        ("refund", Fate::LoseRequest, 96_000),
        ("refund", Fate::ChangeAnswer, 99_000),
    ] {
        town.wire.will(verb, fate, 3);
        let back = town.done("till", &["refund", &payment, "--amount", "3000"]);
        assert_eq!((&back["krw"], &back["state"]), (&json!(3_000), &json!("refunded")));
        has(&mut customer, 50_000, left).await;
        town.wire.heal();
    }
    town.wire.will("cancel", Fate::LoseAnswer, 3);
    assert_eq!(town.done("till", &["cancel", &payment])["amount"], json!(1_000));
    has(&mut customer, 50_000, 100_000).await;
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_6_a_gateways_refusal_ends_no_refund_and_the_centres_own_is_for_good() {
    let (mut town, mut customer) = town().await;
    let payment = paid(&town, &mut customer, 0, 10_000).await;
    for fate in [Fate::Refuse, Fate::PretendRefusal] {
        town.wire.will("refund", fate, 1_000);
        let asked = ["refund", &payment, "--amount", "3000", "--wait", "1"];
        assert_eq!(town.refused("till", &asked).0, "pending", "nobody's word has ended it");
        town.wire.heal();
        town.resumed("till", "refunded");
    }
    has(&mut customer, 50_000, 96_000).await;
    // Signed by the centre it is an end, and nothing is open after it.
    let too_much = ["refund", &payment, "--amount", "4001"];
    assert_eq!(town.refused_with("till", &too_much, "refused"), "too-much");
    assert_eq!(town.done("till", &["resume"])["open"], json!(0));
    // A word of refusal on another request is no answer to this one.
    town.wire.will("refund", Fate::Replay, 1_000);
    let asked = ["refund", &payment, "--amount", "4000", "--wait", "1"];
    assert_eq!(town.refused("till", &asked).0, "pending");
    town.wire.heal();
    town.resumed("till", "refunded");
    has(&mut customer, 50_000, 100_000).await;
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_6_a_cancel_to_be_checked_is_pending_never_a_guess_and_blocks_a_second_one() {
    let (mut town, mut customer) = town().await;
    let payment = paid(&town, &mut customer, 0, 10_000).await;
    town.wire.will("cancel", Fate::LoseAnswer, 1_000);
    let (code, detail) = town.refused("till", &["cancel", &payment, "--wait", "1"]);
    assert_eq!((code.as_str(), &detail["what"]), ("pending", &json!("refund")));
    let again = town.refused("till", &["refund", &payment, "--amount", "1", "--wait", "1"]);
    assert_eq!((again.0.as_str(), &again.1["id"]), ("pending", &detail["id"]), "one open refund is enough");
    town.wire.heal();
    let resumed = town.resumed("till", "refunded");
    let states: Vec<&Value> = resumed["resumed"].as_array().unwrap().iter().map(|it| &it["state"]).collect();
    assert_eq!((states, &resumed["open"]), (vec![&json!("refunded")], &json!(0)));
    has(&mut customer, 50_000, 100_000).await;
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_customers_ask_for_is_listed_until_it_is_given() {
    let (mut town, mut customer) = town().await;
    let payment = paid(&town, &mut customer, 0, 10_000).await;
    assert_eq!(town.done("till", &["wishes"])["wishes"], json!([]));
    customer.wish(citizen_primitives::PaymentId::from_hex(&payment).unwrap(), 10_000).await;
    let wishes = town.done("till", &["wishes"]);
    is_of_form(&wishes, &["attested"]);
    assert_eq!(
        wishes["wishes"],
        json!([{ "payment_id": payment, "amount": 10_000, "reason": "색이 달라요" }])
    );
    assert_eq!(town.done("other", &["wishes"])["wishes"], json!([]));
    town.done("till", &["refund", &payment, "--amount", "10000"]);
    assert_eq!(town.done("till", &["wishes"])["wishes"], json!([]));
    town.stop().await;
}
