//! A till charges the code on a customer's screen.

use crate::customer::{Customer, Shown};
use crate::town::{PATIENCE, Town, is_of_form, is_verified};
use crate::wire::Fate;
use citizen_payment::PaymentState;
use citizen_payment::render::{ErrorCorrection, qr_png};
use citizen_primitives::Seconds;
use city_services::Mood;
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;

/// A shop, another, and a customer with 50,000 points and 100,000 won.
async fn town() -> (Town, Customer) {
    let town = Town::start().await;
    town.shop("till", "연남만두", "900000000");
    let customer = Customer::of(&town, 1, "김지우").await;
    (town, customer)
}

/// Nothing was paid, and nothing will be.
async fn is_unpaid(customer: &mut Customer, shown: &Shown) {
    for _ in 0..PATIENCE {
        let (stage, _) = customer.charged(shown).await;
        let is_whole = (customer.points().await, customer.won().await) == (50_000, 100_000);
        // Captured is an end too, once all of it was given back.
        if is_whole && ["waiting", "reversed", "failed", "captured"].contains(&stage.as_str()) {
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert_eq!((customer.points().await, customer.won().await), (50_000, 100_000));
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} points, {} won", customer.points().await, customer.won().await);
}

/// A charge that the till takes back: at once, or by the next verbs where the reversal takes longer than a till waits.
#[track_caller]
fn is_taken_back(town: &Town, charge: &[&str]) {
    let (code, detail) = town.refused("till", charge);
    if code == "pending" {
        assert_eq!(town.resumed("till", "reversed")["resumed"][0]["id"], detail["id"], "{detail}");
    } else {
        assert_eq!(code, "reversed", "{detail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_charged_once_within_its_cap_and_its_time_and_both_sides_know_by_whom() {
    let (mut town, mut customer) = town().await;
    town.shop("other", "망원책방", "0");
    let shown = customer.show(5_000, 20_000).await;
    // Over the cap: refused, and the code can still be charged for less.
    assert_eq!(town.refused_with("till", &["charge", &shown.qr, "--amount", "20001"], "refused"), "over-cap");
    is_unpaid(&mut customer, &shown).await;
    let picture = town.file("screen.png");
    fs::write(&picture, qr_png(&shown.qr, 6, ErrorCorrection::M).unwrap()).unwrap();
    let paid = town.done("till", &["charge", &picture, "--amount", "12000"]);
    is_of_form(&paid, &["charge", "captured_at", "refunded", "served"]);
    is_verified(&paid["verified"]);
    assert_eq!(
        (&paid["state"], &paid["amount"], &paid["points"], &paid["krw"], &paid["payment_id"]),
        (&json!("captured"), &json!(12_000), &json!(5_000), &json!(7_000), &json!(shown.payment.to_hex()))
    );
    let (stage, terms) = customer.charged(&shown).await;
    assert_eq!((stage.as_str(), terms.unwrap().name.as_str()), ("captured", "연남만두"));
    // Twice, by the same till and by another merchant's.
    assert_eq!(town.refused_with("till", &["charge", &shown.qr, "--amount", "1000"], "refused"), "code-used");
    assert_eq!(
        town.refused_with("other", &["charge", &shown.qr, "--amount", "1000"], "refused"),
        "code-used"
    );
    assert_eq!((customer.points().await, customer.won().await), (45_000, 93_000));
    // The bar code of a screen is as good as its symbol.
    let shown = customer.show(0, 3_000).await;
    assert_eq!(town.done("till", &["charge", &shown.barcode, "--amount", "3000"])["krw"], json!(3_000));
    assert_eq!(customer.won().await, 90_000);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_late_revoked_unknown_or_not_backed_is_refused_with_its_reason() {
    let (mut town, mut customer) = town().await;
    let charge = |town: &Town, shown: &Shown| {
        town.refused_with("till", &["charge", &shown.qr, "--amount", "1000"], "refused")
    };
    let late = customer.show_for(0, 5_000, Seconds::new(1), None).await.unwrap();
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(charge(&town, &late), "code-expired");
    let renewed = customer.show(0, 5_000).await;
    let shown = customer.show_for(0, 5_000, Seconds::new(60), Some(&renewed.payment)).await.unwrap();
    assert_eq!(charge(&town, &renewed), "code-revoked");
    let unknown = "3-00000000000000000000000";
    assert_eq!(
        town.refused_with("till", &["charge", unknown, "--amount", "1000"], "refused"),
        "unknown-code"
    );
    is_unpaid(&mut customer, &shown).await;
    // More won than the bank has: charged, then released; the till says so, and why it ended is not guessed.
    let poor = customer.show(0, 150_000).await;
    let (code, _) = town.refused("till", &["charge", &poor.qr, "--amount", "150000"]);
    assert_eq!(code, "not-paid");
    is_unpaid(&mut customer, &poor).await;
    assert_eq!(town.done("till", &["today"])["payments"], json!([]));
    assert_eq!(town.done("till", &["resume"])["open"], json!(0));
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_5_a_charge_whose_answer_is_lost_is_taken_back_and_nobody_has_paid() {
    let (mut town, mut customer) = town().await;
    for fate in [Fate::LoseAnswer, Fate::LoseRequest, Fate::ChangeAnswer] {
        let shown = customer.show(1_000, 5_000).await;
        town.wire.will("charge", fate, 1);
        let before = town.wire.count("reverse");
        is_taken_back(&town, &["charge", &shown.qr, "--amount", "5000"]);
        assert!(town.wire.count("reverse") > before);
        is_unpaid(&mut customer, &shown).await;
        assert_ne!(
            customer.state(&shown.payment).await.filter(|state| !state.is_reversed()),
            Some(PaymentState::Held)
        );
        // What was taken back before it arrived leaves the code good.
        if matches!(fate, Fate::LoseRequest) {
            let charged = town.done("till", &["charge", &shown.qr, "--amount", "4000"]);
            town.done("till", &["cancel", charged["payment_id"].as_str().unwrap()]);
        }
        town.wire.heal();
    }
    assert_eq!((customer.points().await, customer.won().await), (50_000, 100_000));
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_5_a_reversal_without_an_answer_is_pending_and_the_next_verb_sends_it_again() {
    let (mut town, mut customer) = town().await;
    let shown = customer.show(1_000, 5_000).await;
    town.wire.will("charge", Fate::LoseAnswer, 1);
    town.wire.will("reverse", Fate::LoseRequest, 3);
    let (code, detail) = town.refused("till", &["charge", &shown.qr, "--amount", "5000"]);
    assert_eq!((code.as_str(), &detail["what"]), ("pending", &json!("charge")), "{detail}");
    let resumed = town.resumed("till", "reversed");
    assert_eq!((&resumed["resumed"][0]["id"], &resumed["open"]), (&detail["id"], &json!(0)));
    is_unpaid(&mut customer, &shown).await;
    assert_eq!((customer.points().await, customer.won().await), (50_000, 100_000));
    assert_eq!(town.done("till", &["resume"])["resumed"], json!([]));
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_5_a_gateway_that_only_says_refused_does_not_make_a_customer_pay() {
    let (mut town, mut customer) = town().await;
    let shown = customer.show(1_000, 5_000).await;
    // The centre takes the charge; the gateway says that it refused. The reversal after it gives everything back.
    town.wire.will("charge", Fate::PretendRefusal, 1);
    is_taken_back(&town, &["charge", &shown.qr, "--amount", "5000"]);
    is_unpaid(&mut customer, &shown).await;
    let shown = customer.show(1_000, 5_000).await;
    town.wire.will("charge", Fate::Refuse, 1);
    town.wire.will("reverse", Fate::ChangeAnswer, 3);
    assert_eq!(town.refused("till", &["charge", &shown.qr, "--amount", "5000"]).0, "pending");
    town.wire.heal();
    town.resumed("till", "reversed");
    is_unpaid(&mut customer, &shown).await;
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_5_a_till_that_does_not_wait_says_pending_and_learns_the_end_later() {
    let (mut town, mut customer) = town().await;
    let shown = customer.show(0, 5_000).await;
    town.wire.will("inquire", Fate::LoseRequest, 1_000);
    let asked = ["charge", &shown.qr, "--amount", "5000", "--wait", "0"];
    let (status, answer) = town.till("till", &asked);
    town.wire.heal();
    // Either the ledger was faster, or the charge is pending: never "failed".
    if status != 0 {
        assert_eq!(answer["error"]["code"], json!("pending"));
        town.resumed("till", "captured");
    }
    town.until_listed("till", &shown.payment.to_hex());
    assert_eq!(town.done("till", &["today"])["krw"], json!(5_000));
    assert_eq!(customer.won().await, 95_000);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_5_a_till_that_dies_over_a_charge_takes_it_back_when_it_lives_again() {
    let (mut town, mut customer) = town().await;
    let shown = customer.show(1_000, 5_000).await;
    town.wire.will("charge", Fate::Hang, 1);
    let mut dying = town.begun("till", &["charge", &shown.qr, "--amount", "5000"]);
    while town.wire.answered("charge") == 0 {
        assert!(dying.try_wait().unwrap().is_none(), "the till did not ask");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // The customer has paid by now, or is about to; nobody at the till knows.
    tokio::time::sleep(Duration::from_millis(300)).await;
    dying.kill().unwrap();
    dying.wait().unwrap();
    assert_eq!(town.resumed("till", "reversed")["open"], json!(0));
    is_unpaid(&mut customer, &shown).await;
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_5_a_charge_that_the_centre_has_is_followed_through_silence_to_its_proof() {
    let (mut town, mut customer) = town().await;
    let shown = customer.show(1_000, 5_000).await;
    town.city.as_ref().unwrap().bank().set_mood(Mood::Late(Duration::from_secs(2)));
    let waiting = town.begun("till", &["charge", &shown.qr, "--amount", "5000", "--wait", "600"]);
    for _ in 0..PATIENCE {
        if town.wire.count("charge") > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    town.wire.will("state", Fate::LoseRequest, 4);
    town.wire.will("inquire", Fate::LoseAnswer, 4);
    let output = tokio::task::spawn_blocking(|| waiting.wait_with_output().unwrap()).await.unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["state"], &answer["amount"]), (&json!("captured"), &json!(5_000)), "{answer}");
    assert_eq!(town.wire.count("reverse"), 0);
    assert_eq!((customer.points().await, customer.won().await), (49_000, 96_000));
    town.stop().await;
}
