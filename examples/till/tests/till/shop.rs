//! A shop opens: its till is made, its codes are drawn and paid.

use crate::customer::{Customer, receipt};
use crate::town::{PATIENCE, Town, is_of_form, is_verified};
use crate::wire::Fate;
use citizen_payment::scan;
use serde_json::{Value, json};
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_opens_takes_money_and_counts_it() {
    let mut town = Town::start().await;
    let made = town.shop("till", "연남만두", "900000000");
    is_of_form(&made, &["merchant", "name", "name_latin", "district", "counter", "printed_code", "attested"]);
    is_verified(&made["verified"]);
    assert_eq!((&made["name"], &made["counter"]), (&json!("연남만두"), &json!("till")));
    assert_eq!(town.refused_with("till", &init(&town), "invalid"), "till-exists");

    // A printed code, drawn three ways; each says the same.
    let files = ["code.png", "code.svg", "page.svg"].map(|name| town.file(name));
    let asked = ["static-code", "--png", &files[0], "--svg", &files[1], "--a6", &files[2]];
    let printed = town.done("till", &asked);
    assert_eq!(printed["code"], made["printed_code"]);
    let found = scan::read_image(&fs::read(&files[0]).unwrap()).unwrap();
    assert_eq!(found[0].text, printed["code"].as_str().unwrap());
    let page = fs::read_to_string(&files[2]).unwrap();
    assert!(page.contains("width=\"105mm\" height=\"148mm\"") && page.contains("연남만두"));
    assert!(fs::read_to_string(&files[1]).unwrap().starts_with("<svg "));
    let plain = town.done("till", &["static-code"]);
    assert_eq!((&plain["png"], &plain["svg"], &plain["a6"]), (&Value::Null, &Value::Null, &Value::Null));
    let nowhere = town.file("no/such/folder/code.png");
    assert_eq!(town.refused_with("till", &["static-code", "--png", &nowhere], "invalid"), "file");

    // A code for one order: paid once, by the customer who scans it, within three minutes.
    let mut customer = Customer::of(&town, 1, "김지우").await;
    let order = town.done("till", &["dynamic-code", "--amount", "7000", "--png", &files[0]]);
    is_of_form(&order, &["code", "amount", "until", "attested", "png"]);
    let found = scan::read_image(&fs::read(&files[0]).unwrap()).unwrap();
    assert_eq!(found[0].text, order["code"].as_str().unwrap());
    let first = customer.pay(order["code"].as_str().unwrap(), 3_000, 4_000).await;
    let second = customer.pay(printed["code"].as_str().unwrap(), 0, 5_000).await;

    let mut count = 0;
    for _ in 0..PATIENCE {
        let today = town.done("till", &["today"]);
        count = today["payments"].as_array().unwrap().len();
        if count == 2 {
            is_of_form(&today, &["day", "attested"]);
            is_verified(&today["verified"]);
            assert_eq!(
                (&today["amount"], &today["points"], &today["krw"], &today["refunded"]),
                (&json!(12_000), &json!(3_000), &json!(9_000), &json!(0))
            );
            let ids: Vec<_> =
                today["payments"].as_array().unwrap().iter().map(|it| &it["payment_id"]).collect();
            assert_eq!(ids, [&json!(first.payment.to_hex()), &json!(second.payment.to_hex())]);
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(count, 2);
    assert_eq!(town.done("till", &["today", "--date", "2020-01-01"])["payments"], json!([]));
    let other = town.shop("other", "망원책방", "0");
    assert_ne!(other["merchant"], made["merchant"]);
    assert_eq!(town.done("other", &["today"])["payments"], json!([]));
    let taken = town.done("till", &["check", &receipt(&second), "--amount", "5000"]);
    assert_eq!(taken["counter"], json!("till"));
    speaks_both_languages(&town);
    town.stop().await;
    assert_eq!(town.refused("till", &["today"]).0, "offline");
    town.done("till", &["static-code"]);
}

/// What a shop's registration needs besides its folder.
fn init(town: &Town) -> [&'static str; 9] {
    let (url, trust) = (town.wire.url.clone().leak(), town.trust().leak());
    ["init", "--city", url, "--trust", trust, "--name", "가", "--name-latin", "A"]
}

fn speaks_both_languages(town: &Town) {
    for (language, word) in [("ko", "포인트"), ("en", "points")] {
        let output = town.command("till").args(["today", "--lang", language]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains(word), "{text}");
        assert!(serde_json::from_str::<Value>(&text).is_err(), "no JSON unless asked for");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn till_3_another_counter_needs_the_merchants_key_and_the_key_file_is_its_owners_alone() {
    let mut town = Town::start().await;
    let shop = town.shop("a", "연남만두", "0");
    let merchant = shop["merchant"].as_str().unwrap().to_owned();
    town.shop("stranger", "망원책방", "0");
    let (url, trust, key) = (town.wire.url.clone(), town.trust(), town.file("stranger/key"));
    let join = ["init", "--city", &url, "--trust", &trust, "--merchant", &merchant, "--key", &key];
    assert_eq!(town.refused_with("b", &join, "refused"), "wrong-signature");
    assert!(!town.path("b").exists(), "nothing was written");
    let joined = town.counter("b", &merchant, "a");
    assert_eq!((&joined["merchant"], &joined["name"]), (&json!(merchant), &json!("연남만두")));
    assert_eq!(joined["printed_code"], shop["printed_code"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(town.path("a/key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // A gateway that gives another shop's code for the registered one's.
    let url = town.wire.url.clone();
    let new = ["init", "--city", &url, "--trust", &trust, "--name", "가", "--name-latin", "A"];
    let key = town.file("a/key");
    let join = ["init", "--city", &url, "--trust", &trust, "--merchant", &merchant, "--key", &key];
    for asked in [new, join] {
        town.wire.will("merchants", Fate::Rename, 1);
        let (code, detail) = town.refused("c", &asked);
        assert_eq!((code.as_str(), &detail["what"]), ("unverified", &json!("merchant")));
        assert!(!town.path("c/till.json").exists());
    }
    // A file of the folder that is not what it should be.
    fs::write(town.path("b/till.json"), "{}").unwrap();
    assert_eq!(town.refused_with("b", &["today"], "invalid"), "till-file");
    fs::write(town.path("a/journal.redb"), "junk").unwrap();
    assert_eq!(town.refused("a", &["today"]).0, "store-damaged");
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn till_3_a_centre_that_the_ledger_does_not_name_is_told_nothing() {
    let mut town = Town::start().await;
    let mut other = Town::start().await;
    town.shop("till", "연남만두", "0");
    // The other city's trust file: nothing that this city's ledger says is proved.
    let (url, trust) = (town.wire.url.clone(), other.trust());
    let init = ["init", "--city", &url, "--trust", &trust, "--name", "가", "--name-latin", "A"];
    let before = town.wire.count("merchants");
    let (code, detail) = town.refused("x", &init);
    assert_eq!((code.as_str(), &detail["source"]), ("unverified", &json!("ledger")));
    assert!(
        !town.path("x").exists() && town.wire.count("merchants") == before,
        "nothing was sent or written"
    );
    town.stop().await;
    other.stop().await;
}
