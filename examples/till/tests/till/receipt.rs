//! A till checks what a customer's screen says was paid.

use crate::customer::{Customer, receipt};
use crate::town::{PATIENCE, Town, is_of_form, is_verified};
use crate::wire::Fate;
use citizen_client::api::TillAnswer;
use citizen_payment::render::{ErrorCorrection, qr_png};
use citizen_payment::till::ReceiptOpening;
use citizen_payment::{Salt, Terms};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock as _, Hash, PaymentId, Seconds, Text};
use serde_json::{Value, json};
use std::fs;
use std::process::Child;
use std::time::Duration;

/// So late a bank is for longer than a hold lasts: nothing is captured before it is prompt again.
const A_HOLD: Duration = Duration::from_secs(3_600);

struct Scene {
    town: Town,
    customer: Customer,
    code: String,
}

/// A shop with two counters, another shop, a customer.
async fn scene() -> Scene {
    let town = Town::start().await;
    let shop = town.shop("a", "연남만두", "0");
    let (code, merchant) = (text(&shop["printed_code"]), text(&shop["merchant"]));
    town.counter("b", &merchant, "a");
    town.shop("other", "망원책방", "0");
    let customer = Customer::of(&town, 1, "김지우").await;
    Scene { town, customer, code }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

impl Scene {
    fn refused(&self, home: &str, arguments: &[&str]) -> String {
        let asked = [&["check"][..], arguments].concat();
        self.town.refused_with(home, &asked, "receipt-refused")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn till_4_a_genuine_receipt_is_taken_once_in_the_whole_shop() {
    let mut scene = scene().await;
    let terms = scene.customer.pay(&scene.code, 5_000, 7_000).await;
    let code = receipt(&terms);
    assert!(code.len() < 200, "{}", code.len());
    let screen = scene.town.file("screen.png");
    fs::write(&screen, qr_png(&code, 5, ErrorCorrection::M).unwrap()).unwrap();
    assert_eq!(scene.refused("a", &[&screen, "--amount", "13000"]), "another-amount");
    let taken = scene.town.done("a", &["check", &screen, "--amount", "12000"]);
    is_of_form(&taken, &["captured_at", "taken_at", "counter", "refunded"]);
    is_verified(&taken["verified"]);
    assert_eq!(
        (&taken["payment_id"], &taken["amount"], &taken["points"], &taken["krw"]),
        (&json!(terms.payment.to_hex()), &json!(12_000), &json!(5_000), &json!(7_000))
    );
    // The same screen again: at this counter, at the other one, and at the first after its disk was lost.
    let asked = scene.town.wire.count("serve");
    let (code_word, detail) = scene.town.refused("a", &["check", &code]);
    assert_eq!((code_word.as_str(), &detail["reason"]), ("receipt-refused", &json!("taken")));
    assert_eq!((&detail["counter"], scene.town.wire.count("serve")), (&json!("a"), asked));
    let (_, detail) = scene.town.refused("b", &["check", &code]);
    assert_eq!((&detail["reason"], &detail["counter"]), (&json!("taken"), &json!("a")));
    fs::remove_file(scene.town.path("a/journal.redb")).unwrap();
    assert_eq!(scene.refused("a", &[&code]), "taken");
    // And however old it is by then.
    assert_eq!(scene.refused("b", &[&code, "--within", "0"]), "taken");
    scene.town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_2_a_made_up_a_changed_and_another_shops_receipt_are_refused() {
    let mut scene = scene().await;
    let terms = scene.customer.pay(&scene.code, 0, 7_000).await;
    // A faked screen: the payment does not exist.
    let made_up = Terms { payment: PaymentId::from_bytes([9; 32]), ..terms.clone() };
    assert_eq!(scene.refused("a", &[&receipt(&made_up)]), "no-record");
    // A real payment with other words on the screen.
    for changed in [
        Terms { won: crate::customer::won(70_000), ..terms.clone() },
        Terms { points: crate::customer::points(1), ..terms.clone() },
        Terms { code: Hash::from_bytes([1; 32]), ..terms.clone() },
        Terms { salt: Salt::from_bytes([1; 32]), ..terms.clone() },
        Terms { reference: Some(Text::new("S1").unwrap()), ..terms.clone() },
    ] {
        assert_eq!(scene.refused("a", &[&receipt(&changed)]), "not-ours");
    }
    // Paid, but to somebody else.
    assert_eq!(scene.refused("other", &[&receipt(&terms)]), "not-ours");
    // Paid to the other shop, and shown here.
    let there = text(&scene.town.done("other", &["static-code"])["code"]);
    let elsewhere = scene.customer.pay(&there, 0, 2_000).await;
    assert_eq!(scene.refused("a", &[&receipt(&elsewhere)]), "not-ours");
    assert_eq!(scene.town.done("other", &["check", &receipt(&elsewhere)])["amount"], json!(2_000));
    scene.town.stop().await;
}

/// Every single letter of the code counts.
#[tokio::test(flavor = "multi_thread")]
async fn till_2_a_receipt_with_any_letter_changed_is_refused() {
    let mut scene = scene().await;
    let terms = scene.customer.pay(&scene.code, 0, 7_000).await;
    let code = receipt(&terms);
    let letters: Vec<char> = code.chars().collect();
    for place in (0..letters.len()).step_by(9) {
        let mut changed = letters.clone();
        changed[place] = if changed[place] == 'A' { 'B' } else { 'A' };
        let changed: String = changed.iter().collect();
        let (word, detail) = scene.town.refused("a", &["check", &changed]);
        assert!(["receipt-refused", "bad-code"].contains(&word.as_str()), "letter {place}: {detail}");
        let same = ReceiptOpening::from_text(&changed) == ReceiptOpening::from_text(&code);
        assert!(!same, "letter {place}");
    }
    assert_eq!(
        scene.town.done("a", &["check", &code])["amount"],
        json!(7_000),
        "the refused ones cost nothing"
    );
    scene.town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_2_an_old_an_unfinished_and_a_given_back_payment_are_no_receipts() {
    let mut scene = scene().await;
    // Yesterday's, or last minute's where only this minute's is taken.
    let old = scene.customer.pay(&scene.code, 0, 1_000).await;
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    let (_, detail) = scene.town.refused("a", &["check", &receipt(&old), "--within", "1"]);
    assert_eq!(detail["reason"], json!("too-old"));
    assert!(detail["captured_at"].as_str().unwrap().ends_with('Z'));
    // The screen says "paid" before it is: the order was never handed in, or hangs.
    let (early, order) = scene.customer.order(&scene.code, 0, 2_000).await;
    assert_eq!(scene.refused("a", &[&receipt(&early)]), "no-record");
    scene.town.city.as_ref().unwrap().bank().set_mood(city_services::Mood::Late(A_HOLD));
    scene.customer.hand_over(&early, &order).await;
    let mut reason = String::new();
    for _ in 0..PATIENCE {
        reason = scene.refused("a", &[&receipt(&early)]);
        if reason == "not-finished" {
            break;
        }
    }
    assert_eq!(reason, "not-finished");
    scene.town.city.as_ref().unwrap().bank().set_mood(city_services::Mood::Prompt);
    // More won than the bank has: released, and shown all the same.
    let (poor, order) = scene.customer.order(&scene.code, 0, 150_000).await;
    scene.customer.hand_over(&poor, &order).await;
    for _ in 0..PATIENCE {
        if scene.customer.state(&poor.payment).await.is_some_and(|state| state.is_reversed()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(scene.refused("a", &[&receipt(&poor)]), "reversed-payment");
    // Paid, given back, and shown all the same.
    let back = scene.customer.pay(&scene.code, 0, 3_000).await;
    let payment = back.payment.to_hex();
    scene.town.until_listed("a", &payment);
    scene.town.done("a", &["cancel", &payment]);
    assert_eq!(scene.refused("b", &[&receipt(&back)]), "given-back");
    scene.town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_4_a_charged_customer_shows_the_receipt_of_the_charge_in_vain() {
    let mut scene = scene().await;
    let shown = scene.customer.show(0, 4_000).await;
    assert_eq!(scene.town.done("a", &["charge", &shown.qr, "--amount", "4000"])["served"], json!(true));
    let (_, terms) = scene.customer.charged(&shown).await;
    let code = receipt(&terms.unwrap());
    assert_eq!(scene.refused("b", &[&code]), "taken");
    assert_eq!(scene.refused("a", &[&code]), "taken");
    // The till could not tell the centre at once: the next verb does.
    let shown = scene.customer.show(0, 4_000).await;
    scene.town.wire.will("serve", Fate::LoseRequest, 3);
    assert_eq!(scene.town.done("a", &["charge", &shown.qr, "--amount", "4000"])["served"], json!(false));
    let resumed = scene.town.done("a", &["resume"]);
    assert_eq!((&resumed["resumed"][0]["kind"], &resumed["open"]), (&json!("receipt"), &json!(0)));
    let (_, terms) = scene.customer.charged(&shown).await;
    assert_eq!(scene.refused("b", &[&receipt(&terms.unwrap())]), "taken");
    scene.town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_3_and_4_without_the_centres_word_nothing_is_taken_and_the_same_till_may_ask_again() {
    let mut scene = scene().await;
    let terms = scene.customer.pay(&scene.code, 0, 7_000).await;
    let code = receipt(&terms);
    // The centre has marked it for this till; nobody heard.
    scene.town.until_listed("a", &terms.payment.to_hex());
    scene.town.wire.will("serve", Fate::LoseAnswer, 3);
    assert_eq!(scene.town.refused("a", &["check", &code]).0, "offline");
    // The wire says "first" to a counter that was not: its word is not the centre's.
    scene.town.wire.will("serve", Fate::ChangeAnswer, 1);
    let (word, detail) = scene.town.refused("b", &["check", &code]);
    assert_eq!((word.as_str(), &detail["source"]), ("unverified", &json!("centre")));
    assert_eq!(
        scene.town.done("a", &["check", &code])["counter"],
        json!("a"),
        "the first to ask was this till"
    );
    // "You are the first", said to the other counter: signed by the centre, but not to this request.
    scene.town.wire.will("serve", Fate::Replay, 1);
    let (word, detail) = scene.town.refused("b", &["check", &code]);
    assert_eq!((word.as_str(), &detail["source"]), ("unverified", &json!("centre")));
    assert_eq!(scene.refused("b", &[&code]), "taken");
    scene.town.stop().await;
}

/// One minute passes in it: the wire withholds newer headers, so that what was given back since still looks paid.
#[tokio::test(flavor = "multi_thread")]
async fn till_2_a_proof_of_more_than_a_minute_ago_takes_nothing() {
    let mut scene = scene().await;
    let terms = scene.customer.pay(&scene.code, 0, 7_000).await;
    let code = receipt(&terms);
    scene.town.wire.will("serve", Fate::LoseRequest, 3);
    assert_eq!(scene.town.refused("a", &["check", &code]).0, "offline");
    scene.town.done("a", &["today"]);
    let shown = scene.customer.show(0, 3_000).await;
    scene.town.done("b", &["charge", &shown.qr, "--amount", "3000"]);
    scene.town.wire.freeze(true);
    // A till that has seen newer headers than those it is shown again refuses them at once; one that has not sees their age.
    fs::remove_file(scene.town.path("a/journal.redb")).unwrap();
    tokio::time::sleep(Duration::from_secs(62)).await;
    for asked in [&["check", &code][..], &["today"], &["wishes"]] {
        let (word, detail) = scene.town.refused("a", asked);
        assert_eq!(word, "stale", "{asked:?} {detail}");
        assert!(detail["as_of"].as_str().unwrap().ends_with('Z'));
    }
    scene.town.wire.freeze(false);
    assert_eq!(scene.town.done("a", &["check", &code])["amount"], json!(7_000));
    // By now the centre must have what this till has proved to be paid: a list without it is refused. Of what was asked for in the day's
    // last hour a till does not know on which day the centre has it.
    let lie: fn(&mut TillAnswer) = |answer| {
        let TillAnswer::Payments { payments } = answer else { panic!() };
        payments.retain(|payment| payment.krw != 3_000);
    };
    scene.town.wire.will("payments", Fate::Lie(lie), 1);
    let now = SystemClock.now();
    let (status, said) = scene.town.till("b", &["today"]);
    if now.plus(Seconds::new(2 * 3_600)).day_in_seoul() == now.day_in_seoul() {
        let error = &said["error"];
        let told = (status, &error["code"], &error["detail"]["what"]);
        assert_eq!(told, (2, &json!("unverified"), &json!("payments")));
    }
    scene.town.wire.heal();
    assert_eq!(scene.town.done("b", &["today"])["krw"], json!(10_000));
    scene.town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_2_a_hold_that_commits_to_more_than_it_holds_is_no_receipt_for_more() {
    let mut scene = scene().await;
    // One won on hold, under a commitment to 70,000. No centre would take such an order; the ledger does not see into it.
    let (terms, order) = scene.customer.order_of(&scene.code, 70_000, 1).await;
    scene.customer.ledger.submit(citizen_primitives::Place::new("test/phone"), &order).await.unwrap();
    for _ in 0..PATIENCE {
        if scene.customer.state(&terms.payment).await.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(scene.refused("a", &[&receipt(&terms)]), "not-ours");
    scene.town.stop().await;
}

/// How many of these said that the receipt is good.
fn taken(begun: Vec<Child>) -> usize {
    let done = begun.into_iter().map(|child| child.wait_with_output().unwrap());
    done.filter(|output| output.status.success()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn till_4_of_many_checks_at_once_one_takes_the_receipt() {
    let mut scene = scene().await;
    for homes in [["a", "b", "a"], ["a", "a", "a"]] {
        let terms = scene.customer.pay(&scene.code, 0, 1_000).await;
        let code = receipt(&terms);
        scene.town.until_listed("a", &terms.payment.to_hex());
        let begun = homes.map(|home| scene.town.begun(home, &["check", &code]));
        assert_eq!(taken(begun.into()), 1, "{homes:?}");
        assert_eq!(scene.refused("b", &[&code]), "taken");
    }
    // A till that dies before it hears the answer asks again, and was the first.
    let terms = scene.customer.pay(&scene.code, 0, 1_000).await;
    let code = receipt(&terms);
    // Before the centre has it in its book, it would answer that nobody has paid.
    scene.town.until_listed("a", &terms.payment.to_hex());
    let before = scene.town.wire.answered("serve");
    scene.town.wire.will("serve", Fate::Hang, 1);
    let mut dying = scene.town.begun("a", &["check", &code]);
    while scene.town.wire.answered("serve") == before {
        assert!(dying.try_wait().unwrap().is_none(), "the till did not ask");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    dying.kill().unwrap();
    dying.wait().unwrap();
    assert_eq!(scene.refused("b", &[&code]), "taken");
    assert_eq!(scene.town.done("a", &["check", &code])["counter"], json!("a"));
    scene.town.stop().await;
}

/// One minute passes in it, too: the ledger seems to stand still while a charge is on its way.
#[tokio::test(flavor = "multi_thread")]
async fn till_2_a_charge_is_not_followed_on_a_proof_of_more_than_a_minute_ago() {
    let mut scene = scene().await;
    let shown = scene.customer.show(0, 3_000).await;
    let asked = scene.town.wire.answered("state");
    scene.town.city.as_ref().unwrap().bank().set_mood(city_services::Mood::Late(A_HOLD));
    let charge = ["charge", &shown.qr, "--amount", "3000", "--wait", "600"];
    let waiting = scene.town.begun("a", &charge);
    // The centre, and the payment twice.
    while scene.town.wire.answered("state") < asked + 3 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    scene.town.wire.freeze(true);
    // From now on it may be captured, which the till does not see.
    scene.town.city.as_ref().unwrap().bank().set_mood(city_services::Mood::Prompt);
    let output = tokio::task::spawn_blocking(|| waiting.wait_with_output().unwrap()).await.unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["error"]["code"], json!("stale"), "{answer}");
    scene.town.wire.freeze(false);
    scene.town.resumed("a", "captured");
    scene.town.stop().await;
}
