//! What needs no city.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

struct Run {
    status: i32,
    json: Value,
}

fn till(arguments: &[&str]) -> Run {
    let output =
        Command::cargo_bin("till").unwrap().env_clear().args(arguments).arg("--json").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "{arguments:?}: {text}");
    let json: Value = serde_json::from_str(&text).unwrap();
    for language in ["ko", "en"] {
        assert!(json["ok"] == true || !json["error"][language].as_str().unwrap().is_empty());
    }
    Run { status: output.status.code().unwrap(), json }
}

fn code(run: &Run) -> &str {
    assert!(run.json["error"]["detail"].is_object(), "{}", run.json);
    run.json["error"]["code"].as_str().unwrap()
}

fn reason(run: &Run) -> &str {
    let detail = &run.json["error"]["detail"];
    detail.get("reason").or_else(|| detail.get("rule")).and_then(Value::as_str).unwrap_or_default()
}

/// The verbs that the program's help lists.
fn verbs() -> Vec<String> {
    let help = Command::cargo_bin("till").unwrap().env_clear().arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, rest) = help.split_once("Commands:\n").unwrap();
    let listed = rest.lines().take_while(|line| !line.is_empty());
    let verb = |line: &str| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')).map(str::to_owned);
    let names = listed.filter_map(verb).filter_map(|line| line.split(' ').next().map(str::to_owned));
    names.filter(|name| name != "help").collect()
}

const NEW: [&str; 4] = ["--name", "연남만두", "--name-latin", "YEONNAM MANDU"];

#[test]
fn wrong_usage_is_64_and_still_one_object() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().to_str().unwrap();
    let city = ["init", "--city", "http://127.0.0.1:1", "--trust", "x", "--home", home];
    let without_a_name = city.to_vec();
    let both = [&city[..], &NEW, &["--merchant", "1", "--key", "x"]].concat();
    let no_key = [&city[..], &["--merchant", "1"]].concat();
    let mut missed = verbs();
    for arguments in [
        &["no-such-verb"][..],
        &[],
        &["today"],
        &["charge", "--home", home],
        &["charge", "x", "--home", home],
        &["charge", "x", "--amount", "-3", "--home", home],
        &["charge", "x", "--amount", "12,000", "--home", home],
        &["charge", "x", "--amount", "99999999999999999999", "--home", home],
        &["charge", "x", "--amount", "1", "--wait", "soon", "--home", home],
        &["dynamic-code", "--home", home],
        &["check", "--home", home],
        &["refund", "x", "--home", home],
        &["settlement", "--home", home],
        &["cancel", "--home", home],
        &["static-code", "--png", "--home", home],
        &["today", "yesterday", "--home", home],
        &["wishes", "all", "--home", home],
        &["resume", "x", "--home", home],
        &["init", "--home", home],
        &without_a_name,
        &both,
        &no_key,
    ] {
        let run = till(arguments);
        assert_eq!((run.status, code(&run)), (64, "usage"), "{arguments:?}");
        missed.retain(|verb| arguments.first() != Some(&verb.as_str()));
    }
    assert!(missed.is_empty(), "nothing wrong was handed to {missed:?}");
    assert_eq!(fs::read_dir(home).unwrap().count(), 0, "nothing was written");
}

#[test]
fn till_1_what_cannot_be_is_refused_by_name_before_anything_is_opened_or_written() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("home");
    let home = home.to_str().unwrap();
    let no_picture = folder.path().join("notes.png");
    fs::write(&no_picture, "no picture").unwrap();
    let empty = folder.path().join("empty.jpg");
    fs::write(&empty, "").unwrap();
    let missing = folder.path().join("missing.png");
    let id = "07".repeat(32);
    let long = "3".repeat(8_000);
    let qr = "3-12345678901234567890123";
    let files = [&no_picture, &empty, &missing].map(|path| path.to_str().unwrap());
    for (arguments, word, why) in [
        (&["charge", qr, "--amount", "0"][..], "invalid", "amount"),
        (&["charge", qr, "--amount", "18446744073709551615"], "invalid", "amount"),
        (&["charge", "hello", "--amount", "1"], "bad-code", "not-a-customer-code"),
        (&["charge", "", "--amount", "1"], "bad-code", "not-a-customer-code"),
        (&["charge", "가나다", "--amount", "1"], "bad-code", "not-a-customer-code"),
        (&["charge", "281006123456789012345678", "--amount", "1"], "bad-code", "another-scheme"),
        (&["charge", &long, "--amount", "1"], "bad-code", "too-long"),
        (&["charge", files[0], "--amount", "1"], "bad-code", "not-an-image"),
        (&["charge", files[1], "--amount", "1"], "bad-code", "not-an-image"),
        (&["charge", files[2], "--amount", "1"], "invalid", "file"),
        (&["dynamic-code", "--amount", "0"], "invalid", "amount"),
        (&["check", "hello"], "bad-code", "not-a-receipt"),
        (&["check", "SWR1."], "bad-code", "not-a-receipt"),
        (&["check", "SWR1.AAAA"], "bad-code", "not-a-receipt"),
        (&["check", "SWR1.가"], "bad-code", "not-a-receipt"),
        (&["check", files[0]], "bad-code", "not-an-image"),
        (&["check", "SWR1.AAAA", "--amount", "0"], "invalid", "amount"),
        (&["refund", "x", "--amount", "1"], "invalid", "payment"),
        (&["refund", &id, "--amount", "0"], "invalid", "amount"),
        (&["refund", &id, "--amount", "1", "--reason", &long], "invalid", "text"),
        (&["cancel", &id[1..]], "invalid", "payment"),
        (&["today", "--date", "2026-02-30"], "invalid", "date"),
        (&["settlement", "--date", "yesterday", "--out", "x"], "invalid", "date"),
    ] {
        let run = till(&[arguments, &["--home", home]].concat());
        assert_eq!((run.status, code(&run), reason(&run)), (2, word, why), "{arguments:?}");
        assert!(!Path::new(home).exists(), "{arguments:?} wrote something");
    }
}

#[test]
fn till_1_a_till_that_is_not_there_is_said_to_be_missing_and_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("home");
    let out = folder.path().join("out");
    let (home, out) = (home.to_str().unwrap(), out.to_str().unwrap());
    let id = "07".repeat(32);
    for arguments in [
        &["static-code", "--png", out][..],
        &["dynamic-code", "--amount", "1000", "--svg", out],
        &["charge", "3-12345678901234567890123", "--amount", "1"],
        &["today"],
        &["refund", &id, "--amount", "1"],
        &["cancel", &id],
        &["settlement", "--out", out],
        &["wishes"],
        &["resume"],
    ] {
        let run = till(&[arguments, &["--home", home]].concat());
        assert_eq!((run.status, code(&run), reason(&run)), (2, "invalid", "till-missing"), "{arguments:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
}

#[test]
fn till_1_a_shop_is_not_registered_from_what_is_wrong_or_without_a_city() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("home");
    let home = home.to_str().unwrap();
    let junk = folder.path().join("junk");
    fs::write(&junk, "junk").unwrap();
    let junk = junk.to_str().unwrap();
    let trust = folder.path().join("city.json");
    let text = r#"{"format":"seoul-wallet/city/1","chain_id":"seoul-1","checkpoint":{"height":7,"header_hash":"HASH","time":1795219200,"validators_hash":"HASH"},"trusting_period_days":180}"#;
    fs::write(&trust, text.replace("HASH", &"07".repeat(32))).unwrap();
    let trust = trust.to_str().unwrap();
    let at = |url: &'static str, trust, more: &[&str]| {
        let init = ["init", "--city", url, "--trust", trust, "--home", home];
        till(&[&init[..], more].concat())
    };
    let nowhere = "http://127.0.0.1:1";
    let long = "가".repeat(26);
    for (run, word, why) in [
        (at("not an address", trust, &NEW), "invalid", "url"),
        (at("mailto:a@b", trust, &NEW), "invalid", "url"),
        (at(nowhere, junk, &NEW), "invalid", "trust-file"),
        (at(nowhere, "/no/such/file", &NEW), "invalid", "file"),
        (at(nowhere, trust, &["--name", "", "--name-latin", "A"]), "invalid", "name"),
        (at(nowhere, trust, &["--name", &long, "--name-latin", "A"]), "invalid", "name"),
        (at(nowhere, trust, &["--name", "가", "--name-latin", "가"]), "invalid", "name"),
        (at(nowhere, trust, &["--name", "가\n나", "--name-latin", "A"]), "invalid", "name"),
        (at(nowhere, trust, &[&NEW[..], &["--category-code", "58"]].concat()), "invalid", "name"),
        (at(nowhere, trust, &[&NEW[..], &["--counter", ""]].concat()), "invalid", "name"),
        (
            at(nowhere, trust, &[&NEW[..], &["--prior-year-sales", "18446744073709551615"]].concat()),
            "invalid",
            "amount",
        ),
        (at(nowhere, trust, &["--merchant", "a b", "--key", junk]), "invalid", "merchant"),
        (at(nowhere, trust, &["--merchant", "2000001", "--key", junk]), "invalid", "key-file"),
        (at(nowhere, trust, &["--merchant", "2000001", "--key", "/no/such/file"]), "invalid", "file"),
        (at(nowhere, trust, &NEW), "offline", ""),
        (at("http://192.0.2.1/", trust, &NEW), "offline", ""),
    ] {
        assert_eq!((run.status, code(&run), reason(&run)), (2, word, why), "{}", run.json);
        assert!(!Path::new(home).exists(), "nothing was written");
    }
}

#[test]
fn people_get_sentences_in_their_language() {
    for (language, words) in [("ko", "날짜가 아닙니다"), ("en", "Not a date")] {
        let arguments = ["today", "--date", "x", "--home", "/nowhere", "--lang", language];
        let output = Command::cargo_bin("till").unwrap().env_clear().args(arguments).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn the_program_knows_no_city_but_its_gateway() {
    // Its tests start a city; the program itself is a light client.
    let (manifest, _) = include_str!("../../Cargo.toml").split_once("[dev-dependencies]").unwrap();
    assert!(!manifest.lines().any(|line| line.starts_with("city-")));
}
