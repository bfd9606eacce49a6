//! The centre lies, over its own signature: what is paid and given back is the ledger's to say all the same.

use crate::customer::{Customer, receipt, won};
use crate::town::{PATIENCE, Town};
use crate::wire::Fate;
use citizen_client::api::TillAnswer;
use citizen_payment::Salt;
use citizen_payment::till::ReceiptOpening;
use citizen_primitives::PaymentId;
use city_services::Mood;
use serde_json::json;
use std::time::Duration;

/// So late a bank is for longer than a hold lasts: nothing is captured before it is prompt again.
const A_HOLD: Duration = Duration::from_secs(3_600);

/// The same opening with a thousand won more.
fn more(text: &str) -> String {
    let mut opening = ReceiptOpening::from_text(text).unwrap();
    opening.won = won(opening.won.amount() + 1_000);
    opening.to_text()
}

/// A salt of the centre's own making.
fn another_salt(text: &str) -> String {
    let mut opening = ReceiptOpening::from_text(text).unwrap();
    opening.salt = Salt::from_bytes([1; 32]);
    opening.to_text()
}

#[tokio::test(flavor = "multi_thread")]
async fn till_2_a_payment_that_the_ledger_does_not_have_is_not_in_the_days_list() {
    let mut town = Town::start().await;
    let shop = town.shop("till", "연남만두", "0");
    let mut customer = Customer::of(&town, 1, "김지우").await;
    let terms = customer.pay(shop["printed_code"].as_str().unwrap(), 0, 7_000).await;
    town.done("till", &["check", &receipt(&terms)]);
    let lies: [fn(&mut TillAnswer); 4] = [
        |answer| {
            let TillAnswer::Payments { payments } = answer else { panic!() };
            payments[0].krw += 1_000;
        },
        |answer| {
            let TillAnswer::Payments { payments } = answer else { panic!() };
            payments[0].krw += 1_000;
            payments[0].receipt = more(&payments[0].receipt);
        },
        |answer| {
            let TillAnswer::Payments { payments } = answer else { panic!() };
            let mut made_up = payments[0].clone();
            let mut opening = ReceiptOpening::from_text(&made_up.receipt).unwrap();
            opening.payment = PaymentId::from_bytes([9; 32]);
            made_up.payment = opening.payment.to_hex();
            made_up.receipt = opening.to_text();
            payments.push(made_up);
        },
        |answer| *answer = TillAnswer::Wishes { wishes: Vec::new() },
    ];
    for lie in lies {
        town.wire.will("payments", Fate::Lie(lie), 1);
        let (word, detail) = town.refused("till", &["today"]);
        assert_eq!((word.as_str(), &detail["source"]), ("unverified", &json!("centre")), "{detail}");
    }
    // What was given back is the ledger's to say too.
    let lie: fn(&mut TillAnswer) = |answer| {
        let TillAnswer::Payments { payments } = answer else { panic!() };
        payments[0].refunded = 7_000;
    };
    town.wire.will("payments", Fate::Lie(lie), 1);
    let today = town.done("till", &["today"]);
    assert_eq!((&today["krw"], &today["refunded"]), (&json!(7_000), &json!(0)));
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_2_and_5_a_charge_is_paid_when_the_ledger_proves_it_and_not_when_the_centre_says_so() {
    let mut town = Town::start().await;
    town.shop("till", "연남만두", "0");
    let mut customer = Customer::of(&town, 1, "김지우").await;
    // Another sum, or another kind of answer: as good as none, so the charge is taken back.
    let lies: [fn(&mut TillAnswer); 2] = [
        |answer| {
            let TillAnswer::Charge { krw, receipt, state, .. } = answer else { panic!() };
            *krw += 1_000;
            *receipt = receipt.as_deref().map(more);
            *state = "captured".to_owned();
        },
        |answer| *answer = TillAnswer::Wishes { wishes: Vec::new() },
    ];
    for lie in lies {
        let shown = customer.show(0, 5_000).await;
        town.wire.will("charge", Fate::Lie(lie), 1);
        let (code, detail) = town.refused("till", &["charge", &shown.qr, "--amount", "5000"]);
        assert!(["reversed", "pending"].contains(&code.as_str()), "{code} {detail}");
        if code == "pending" {
            town.resumed("till", "reversed");
        }
    }
    // "Captured", of a payment whose record does not open: not shown as paid.
    let shown = customer.show(0, 5_000).await;
    let lie: fn(&mut TillAnswer) = |answer| {
        let TillAnswer::Charge { receipt, state, .. } = answer else { panic!() };
        *receipt = receipt.as_deref().map(another_salt);
        *state = "captured".to_owned();
    };
    town.wire.will("charge", Fate::Lie(lie), 1);
    town.wire.will("inquire", Fate::Lie(lie), 100);
    let (word, detail) = town.refused("till", &["charge", &shown.qr, "--amount", "5000"]);
    assert_eq!((word.as_str(), &detail["what"]), ("unverified", &json!("payment")), "{detail}");
    town.wire.heal();
    for _ in 0..PATIENCE {
        if town.done("till", &["resume"])["open"] == json!(0) {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(town.done("till", &["resume"])["resumed"], json!([]), "it is known by now");
    // "Captured", before it is: the till waits for the proof.
    let shown = customer.show(0, 5_000).await;
    town.city.as_ref().unwrap().bank().set_mood(Mood::Late(A_HOLD));
    let lie: fn(&mut TillAnswer) = |answer| {
        let TillAnswer::Charge { state, .. } = answer else { panic!() };
        *state = "captured".to_owned();
    };
    town.wire.will("charge", Fate::Lie(lie), 1);
    town.wire.will("inquire", Fate::Lie(lie), 100);
    let asked = ["charge", &shown.qr, "--amount", "5000", "--wait", "1"];
    assert_eq!(town.refused("till", &asked).0, "pending");
    town.city.as_ref().unwrap().bank().set_mood(Mood::Prompt);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_6_given_back_is_what_the_ledger_proves_whatever_the_centre_says() {
    let mut town = Town::start().await;
    town.shop("till", "연남만두", "0");
    let mut customer = Customer::of(&town, 1, "김지우").await;
    let shown = customer.show(0, 5_000).await;
    let paid = town.done("till", &["charge", &shown.qr, "--amount", "5000"]);
    let payment = paid["payment_id"].as_str().unwrap();
    let lie: fn(&mut TillAnswer) = |answer| {
        let TillAnswer::Refund { state, krw, .. } = answer else { panic!() };
        *state = "refunded".to_owned();
        *krw = 4_999;
    };
    town.wire.will("refund", Fate::Lie(lie), 1_000);
    let back = town.done("till", &["refund", payment, "--amount", "1000"]);
    assert_eq!((&back["krw"], &back["amount"]), (&json!(1_000), &json!(1_000)));
    town.stop().await;
}
