//! The JSON contract, as far as it needs no city. With a city it is told in `city/sandbox`.

// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use assert_cmd::Command;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

struct Run {
    status: i32,
    json: Value,
    lines: usize,
}

fn wallet(arguments: &[&str]) -> Run {
    wallet_with(arguments, &[])
}

fn wallet_with(arguments: &[&str], variables: &[(&str, &Path)]) -> Run {
    let mut command = Command::cargo_bin("wallet").unwrap();
    command.env_clear().args(arguments).arg("--json");
    for (name, value) in variables {
        command.env(name, value);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    Run { status: output.status.code().unwrap(), json, lines: text.lines().count() }
}

fn code(run: &Run) -> &str {
    assert_eq!(run.json["ok"], false);
    assert_eq!(run.lines, 1);
    for language in ["ko", "en"] {
        assert!(!run.json["error"][language].as_str().unwrap().is_empty());
    }
    assert!(run.json["error"]["detail"].is_object());
    run.json["error"]["code"].as_str().unwrap()
}

/// A code made of ids and values, with its checksum (CRC-16/CCITT-FALSE).
fn emv(objects: &[(&str, &str)]) -> String {
    let mut text: String =
        objects.iter().map(|(id, value)| format!("{id}{:02}{value}", value.chars().count())).collect();
    text.push_str("6304");
    let checksum = text.bytes().fold(0xffff_u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    });
    format!("{text}{checksum:04X}")
}

fn bakery() -> Vec<(&'static str, &'static str)> {
    vec![
        ("00", "01"),
        ("01", "11"),
        ("26", "0011org.example0102M1"),
        ("52", "5462"),
        ("53", "410"),
        ("58", "KR"),
        ("59", "MANGWON BAKERY"),
        ("60", "SEOUL"),
    ]
}

#[test]
fn inspect_shows_every_field_with_its_id_and_raw_value() {
    let run = wallet(&["inspect", &emv(&bakery())]);
    assert_eq!((run.status, run.lines), (0, 1));
    let Value::Object(object) = &run.json else { panic!("no object") };
    assert_eq!(
        (&object["ok"], &object["valid"], &object["kind"]),
        (&true.into(), &true.into(), &"emv-mpm".into())
    );
    assert_eq!(object["refusal"], Value::Null);
    let fields = object["fields"].as_array().unwrap();
    let ids: Vec<_> = fields.iter().map(|field| field["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["00", "01", "26", "52", "53", "58", "59", "60", "63"]);
    let children = fields[2]["children"].as_array().unwrap();
    assert_eq!((&children[0]["id"], &children[0]["value"]), (&"00".into(), &"org.example".into()));
    assert_eq!(fields[6]["value"], "MANGWON BAKERY");
    assert!(fields[0].get("children").is_none());
}

#[test]
fn inspect_names_the_rule_and_the_place_of_what_is_wrong() {
    let changed = emv(&bakery()).replace("SEOUL", "SEOUK");
    let run = wallet(&["inspect", &changed]);
    assert_eq!(run.status, 0, "a bad code is an answer");
    assert_eq!((&run.json["valid"], &run.json["refusal"]["rule"]), (&false.into(), &"checksum".into()));
    assert!(run.json["refusal"]["position"].as_u64().unwrap() > 0);
    for language in ["ko", "en"] {
        assert!(!run.json["refusal"][language].as_str().unwrap().is_empty());
    }
    let run = wallet(&["inspect", emv(&bakery()).split_at(57).0]);
    assert_eq!((&run.json["kind"], &run.json["refusal"]["rule"]), (&"emv-mpm".into(), &"truncated".into()));
    let run = wallet(&["inspect", "https://example.org/menu"]);
    assert_eq!(
        (&run.json["kind"], &run.json["refusal"]["rule"]),
        (&"unknown".into(), &"no-payment-code".into())
    );
}

#[test]
fn inspect_is_lenient_when_asked_and_lists_what_it_accepted() {
    // Without its checksum.
    let code: String = emv(&bakery()).chars().rev().skip(8).collect::<Vec<_>>().into_iter().rev().collect();
    let strict = wallet(&["inspect", &code]);
    assert_eq!(
        (&strict.json["valid"], &strict.json["refusal"]["rule"]),
        (&false.into(), &"checksum-missing".into())
    );
    let lenient = wallet(&["inspect", &code, "--lenient"]);
    assert_eq!(
        (&lenient.json["valid"], &lenient.json["warnings"][0]["rule"]),
        (&true.into(), &"checksum-missing".into())
    );
}

#[test]
fn inspect_reads_pictures_and_says_when_there_is_none_in_them() {
    let codes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../codes");
    let read = |name: &str| wallet(&["inspect", codes.join(name).to_str().unwrap()]);
    assert_eq!(read("static-straight.png").json["kind"], "emv-mpm");
    assert_eq!(read("static-photo.jpg").json["text"], read("static-straight.png").json["text"]);
    assert_eq!(read("not-a-payment.png").json["kind"], "unknown");
    let folder = TempDir::new().unwrap();
    let no_picture = folder.path().join("notes.png");
    fs::write(&no_picture, "no picture").unwrap();
    let run = wallet(&["inspect", no_picture.to_str().unwrap()]);
    assert_eq!(
        (run.status, code(&run), &run.json["error"]["detail"]["rule"]),
        (2, "bad-code", &"not-an-image".into())
    );
    let run = wallet(&["inspect", folder.path().join("missing.png").to_str().unwrap()]);
    assert_eq!(
        (run.status, code(&run), &run.json["error"]["detail"]["reason"]),
        (2, "invalid", &"file".into())
    );
}

#[test]
fn wrong_usage_is_64_and_still_one_object() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().to_str().unwrap();
    for arguments in [
        &["no-such-verb"][..],
        &[],
        &["inspect"],
        &["balance"],
        &["pay", "x", "--amount", "-3", "--home", home],
        &["pay", "x", "--amount", "12,000", "--home", home],
        &["init", "--home", home],
        &["init", "--city", "http://127.0.0.1:1", "--trust", "x", "--trust-first-use", "--home", home],
        &["verify", "x"],
    ] {
        let run = wallet(arguments);
        assert_eq!((run.status, code(&run)), (64, "usage"), "{arguments:?}");
    }
    assert_eq!(fs::read_dir(home).unwrap().count(), 0, "nothing was written");
}

fn is_of_two_words(text: &str) -> bool {
    ["vote ", "credential ", "card "].iter().any(|verb| text.starts_with(verb))
}

/// The verbs that the program's help lists.
fn verbs(of: &[&str]) -> BTreeSet<String> {
    let help = Command::cargo_bin("wallet").unwrap().env_clear().args(of).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, rest) = help.split_once("Commands:\n").unwrap();
    let listed = rest.lines().take_while(|line| !line.is_empty());
    let verb = |line: &str| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')).map(str::to_owned);
    let names = listed.filter_map(verb).filter_map(|line| line.split(' ').next().map(str::to_owned));
    names.filter(|name| name != "help").map(|name| [of, &[&name]].concat().join(" ")).collect()
}

#[test]
fn every_verb_refuses_bad_input_in_one_object_and_writes_nothing() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("home");
    let home = home.to_str().unwrap();
    let long = "3".repeat(8_000);
    let bad: [&[&str]; 79] = [
        &["init", "--city", "not an address", "--trust-first-use"],
        &["init", "--city", "http://127.0.0.1:1", "--trust", "/no/such/file"],
        &["balance", "x"],
        &["history", "x"],
        &["activity", "x"],
        &["earn", "eco"],
        &["earn", &long, "x"],
        &["inspect", "/no/such.png"],
        &["scan"],
        &["scan", "/no/such.png"],
        &["pay", "x", "--amount", "1e3"],
        &["pay", "x", "--coins", "가"],
        &["receipt", "zz"],
        &["receipt"],
        &["verify", "/no/such/file", "--trust", "/no/such/file"],
        &["show-code", "--max", "99999999999999999999"],
        &["show-code", "--coins", "-1"],
        &["code", "zz"],
        &["code", "zz", "--hide", "--renew"],
        &["receipt-code", "zz"],
        &["refund", "zz", "--amount", "1"],
        &["refund", "zz", "--amount", "x"],
        &["redeem", "ten"],
        &["redeem"],
        &["gift", "hello", "--points", "5"],
        &["gift", "hello"],
        &["gift-code", "x"],
        &["limits", "--per-day", "5"],
        &["limits", "--clear", "--per-payment", "1", "--per-day", "1", "--per-month", "1"],
        &["sync", "x"],
        &["backup"],
        &["backup", "/no/such/folder/file"],
        &["restore", "/no/such/file"],
        &["restore"],
        &["vote"],
        &["vote list", "x"],
        &["vote show"],
        &["vote register", "x", "--electorate", "256"],
        &["vote cast", "x"],
        &["vote cast", "x", "--choose", "0=가"],
        &["vote receipt"],
        &["vote verify"],
        &["vote verify", "x", "--part"],
        &["vote reward"],
        &["card"],
        &["card init", "--city", "not an address", "--trust-first-use"],
        &["card init"],
        &["card show", "x"],
        &["card rotate", "x"],
        &["card rotate", "--yes"],
        &["card revoke", "x"],
        &["card revoke"],
        &["card unfreeze"],
        &["card object"],
        &["card enrol"],
        &["card lost", "--number", "SB-1001"],
        &["card recover", "--number", "SB-1001"],
        &["card recover", "--number", "SB-1001", "--name", "x", "--birth-date", "1999-03-02"],
        &["card recovery", "x"],
        &["card uphold", "x"],
        &["card takeover"],
        &["card dismiss", "--number", "SB-1001"],
        &["credential"],
        &["credential list", "x"],
        &["credential show"],
        &["credential show", "zz"],
        &["credential receive"],
        &["credential receive", "hello", "--review", "--tx-code", "1"],
        &["credential present", "hello", "--decline", "--yes"],
        &["credential present", "hello", "--decline", "--select", "a.b"],
        &["credential present", "/no/such.png"],
        &["credential forget"],
        &["credential services", "x"],
        &["credential leave"],
        &["credential leave", "zz"],
        &["credential log", "x"],
        &["credential check"],
        &["credential check", "Cargo.toml"],
        &["credential check", "Cargo.toml", "--issuer-key", "{}"],
    ];
    for arguments in bad {
        let words: Vec<&str> = arguments
            .iter()
            .flat_map(|word| if is_of_two_words(word) { word.split(' ').collect() } else { vec![*word] })
            .collect();
        let run =
            wallet_with(&[&words, &["--home", home][..]].concat(), &[("WALLET_PIN", Path::new("739182"))]);
        let known = ["usage", "invalid", "bad-code", "locked"].contains(&code(&run));
        assert!(known && [2, 64].contains(&run.status), "{words:?}: {}", run.json);
        assert!(!Path::new(home).exists(), "{words:?} wrote something");
    }
    let tried: BTreeSet<String> = bad.iter().map(|arguments| arguments[0].to_owned()).collect();
    let groups = [verbs(&[]), verbs(&["vote"]), verbs(&["card"]), verbs(&["credential"])];
    let all: BTreeSet<String> = groups.into_iter().flatten().collect();
    let missed: Vec<_> = all.difference(&tried).cloned().collect();
    assert!(missed.is_empty(), "nothing wrong was handed to {missed:?}");
}

#[test]
fn a_bare_address_is_refused_unless_first_use_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("home");
    let home = home.to_str().unwrap();
    let run = wallet(&["init", "--city", "http://127.0.0.1:1", "--home", home]);
    assert_eq!(
        (run.status, code(&run), &run.json["error"]["detail"]["reason"]),
        (2, "invalid", &"trust-needed".into())
    );
    assert!(!Path::new(home).exists(), "nothing was written");
}

#[test]
fn a_wallet_that_is_not_there_is_said_to_be_missing_and_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("home");
    let home = home.to_str().unwrap();
    let id = "00".repeat(32);
    for verb in
        [&["balance"][..], &["history"], &["sync"], &["earn", "eco", "x"], &["receipt", &id], &["activity"]]
    {
        let run = wallet(&[verb, &["--home", home]].concat());
        assert_eq!((run.status, code(&run)), (2, "invalid"), "{verb:?}");
        assert_eq!(run.json["error"]["detail"]["reason"], "wallet-missing");
        assert!(!Path::new(home).exists(), "{verb:?} wrote something");
    }
}

#[test]
fn files_that_are_not_what_they_should_be_are_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let junk = folder.path().join("junk");
    fs::write(&junk, "junk").unwrap();
    let junk = junk.to_str().unwrap();
    let pin = folder.path().join("pin");
    fs::write(&pin, "739182\n").unwrap();
    let home = folder.path().join("home");
    let home = home.to_str().unwrap();
    let reason = |run: &Run| run.json["error"]["detail"]["reason"].as_str().unwrap().to_owned();
    let pin = pin.to_str().unwrap();
    let run =
        wallet(&["init", "--city", "http://127.0.0.1:1", "--trust", junk, "--home", home, "--pin-file", pin]);
    assert_eq!((run.status, reason(&run).as_str()), (2, "trust-file"));
    let run = wallet(&["verify", junk, "--trust", junk]);
    assert_eq!((run.status, reason(&run).as_str()), (2, "trust-file"));
    let recovery = folder.path().join("code");
    fs::write(&recovery, "0000-0000\n").unwrap();
    let run = wallet(&[
        "restore",
        junk,
        "--home",
        home,
        "--pin-file",
        pin,
        "--code-file",
        recovery.to_str().unwrap(),
    ]);
    assert_eq!((run.status, reason(&run).as_str()), (2, "recovery-code"));
    assert!(!Path::new(home).exists(), "nothing was written");
}

#[test]
fn without_a_city_there_is_no_account_and_the_next_try_goes_on() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("home");
    let pin = folder.path().join("pin");
    fs::write(&pin, "739182\n").unwrap();
    let (home, pin) = (home.to_str().unwrap(), pin.to_str().unwrap());
    let init =
        ["init", "--city", "http://127.0.0.1:1", "--trust-first-use", "--home", home, "--pin-file", pin];
    for _ in 0..2 {
        let run = wallet(&init);
        assert_eq!((run.status, code(&run)), (2, "offline"));
    }
    let run = wallet(&["balance", "--home", home, "--pin-file", pin]);
    assert_eq!((run.status, code(&run)), (2, "invalid"));
    assert_eq!(run.json["error"]["detail"]["reason"], "account-missing");
    let run = wallet(&["balance", "--home", home]);
    assert_eq!((run.status, code(&run)), (64, "usage"), "without a terminal nobody can be asked for the PIN");
    let wrong = folder.path().join("wrong");
    fs::write(&wrong, "739183").unwrap();
    let run = wallet(&["balance", "--home", home, "--pin-file", wrong.to_str().unwrap()]);
    assert_eq!((run.status, code(&run)), (2, "wrong-pin"));
    assert_eq!(run.json["error"]["detail"]["tries_left"], 4);
}

#[test]
fn people_get_sentences_in_their_language() {
    let korean =
        Command::cargo_bin("wallet").unwrap().env_clear().args(["inspect", "hello", "--lang", "ko"]).output();
    let text = String::from_utf8(korean.unwrap().stdout).unwrap();
    assert!(text.contains("결제 코드가 아닙니다"), "{text}");
    assert!(
        wallet_with(&["balance"], &[("WALLET_HOME", Path::new("/nowhere"))]).json["error"]["ko"].is_string()
    );
}

#[test]
fn the_program_uses_the_facade_and_nothing_below_it() {
    // Its tests start a city; the program knows none.
    let (manifest, _) = include_str!("../Cargo.toml").split_once("[dev-dependencies]").unwrap();
    let of_the_project = |line: &&str| line.starts_with("citizen-") || line.starts_with("city-");
    let used: Vec<_> = manifest.lines().filter(of_the_project).collect();
    assert_eq!(used, [r#"citizen-wallet = { workspace = true, features = ["draw"] }"#]);
}

/// The tokens of RFC 9901's example specifications, as another program has made them.
fn specification(name: &str) -> Value {
    let all = include_str!("../../../core/credential/vectors/sd-jwt/tokens.json");
    let all: Vec<Value> = serde_json::from_str(all).unwrap();
    all.into_iter().find(|specification| specification["name"] == name).unwrap()
}

/// `credential check` of a token at the time it was made, with further arguments.
fn check(specification: &Value, token: &str, more: &[&str]) -> Run {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("credential.txt");
    fs::write(&file, format!("{token}\n")).unwrap();
    let (key, at) = (specification["issuer_key"].to_string(), specification["time"].to_string());
    let mut arguments =
        vec!["credential", "check", file.to_str().unwrap(), "--issuer-key", &key, "--at", &at];
    arguments.extend(more);
    wallet(&arguments)
}

#[test]
fn a_credential_from_anywhere_is_checked_without_wallet_city_and_network() {
    let simple = specification("simple");
    let token = simple["presented"].as_str().unwrap();
    let bound = ["--nonce", "1234567890", "--audience", "https://verifier.example.org"];
    let run = check(&simple, token, &bound);
    assert_eq!((run.status, run.lines), (0, 1));
    assert_eq!(run.json["claims"], simple["presented_claims"]);
    assert_eq!(
        run.json["disclosed"],
        serde_json::json!(["address", "family_name", "given_name", "nationalities[0]"])
    );
    assert_eq!((&run.json["ok"], &run.json["key_bound"]), (&Value::Bool(true), &Value::Bool(true)));
    assert_eq!((&run.json["status"], &run.json["key_binding"]), (&Value::Null, &Value::from("verified")));
    // Nobody asked for whom: it counts for nothing.
    let run = check(&simple, token, &[]);
    assert_eq!(
        (&run.json["key_bound"], &run.json["key_binding"]),
        (&Value::Bool(false), &Value::from("not-asked"))
    );

    let typed = check(&specification("arf-pid"), specification("arf-pid")["issued"].as_str().unwrap(), &[]);
    assert_eq!(typed.json["vct"], "urn:eudi:pid:de:1");
    for name in ["json_serialization_flattened", "json_serialization_general"] {
        let specification = specification(name);
        let run = check(&specification, specification["issued"].as_str().unwrap(), &[]);
        assert_eq!(run.json["claims"], specification["issued_claims"]);
        assert_eq!(run.json["key_bound"], false);
    }
}

#[test]
fn a_credential_that_breaks_a_rule_is_refused_with_the_section() {
    let simple = specification("simple");
    let token = simple["presented"].as_str().unwrap();
    let issued = simple["issued"].as_str().unwrap();
    let other = ["--nonce", "another", "--audience", "https://verifier.example.org"];
    let late = ["--nonce", "1234567890", "--audience", "https://verifier.example.org", "--at", "1683000601"];
    let without_at = |token: &str, more: &[&str]| {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("credential.txt");
        fs::write(&file, token).unwrap();
        let key = folder.path().join("issuer.jwk");
        fs::write(&key, simple["issuer_key"].to_string()).unwrap();
        let mut arguments =
            vec!["credential", "check", file.to_str().unwrap(), "--issuer-key", key.to_str().unwrap()];
        arguments.extend(more);
        wallet(&arguments)
    };
    for (run, section, rule) in [
        (check(&simple, token, &other), "RFC 9901 7.3 (5.f)", "key-binding-nonce"),
        (without_at(token, &late), "RFC 9901 7.3 (5.e)", "key-binding-time"),
        (check(&simple, issued, &other), "RFC 9901 7.3 (2)", "key-binding-missing"),
        (check(&simple, &format!("{issued}WyJzIiwieCIsMV0~"), &[]), "RFC 9901 7.1 (5)", "unreferenced"),
        (
            check(&simple, issued.trim_end_matches('~').rsplit_once('~').unwrap().0, &[]),
            "RFC 9901 7.3 (5.h)",
            "key-binding-form",
        ),
        (check(&simple, "hello", &[]), "RFC 9901 4", "parts"),
        (without_at(issued, &["--at", "1883000000"]), "RFC 9901 7.1 (6)", "expired"),
    ] {
        assert_eq!(code(&run), "bad-credential");
        assert_eq!(run.status, 2);
        assert_eq!(run.json["error"]["detail"]["section"], section);
        assert_eq!(run.json["error"]["detail"]["rule"], rule);
        let (ko, en) = (&run.json["error"]["ko"], &run.json["error"]["en"]);
        for text in [ko, en] {
            assert!(
                text.as_str().unwrap().ends_with(&format!("({section}, {rule})")),
                "people are told as well: {text}"
            );
        }
    }
}

#[test]
fn a_check_that_is_asked_for_wrongly_is_wrong_usage() {
    let simple = specification("simple");
    let token = simple["issued"].as_str().unwrap();
    for more in [&["--nonce", "x"][..], &["--audience", "x"], &["--max-age", "1"], &["--at", "x"]] {
        assert_eq!(check(&simple, token, more).status, 64, "{more:?}");
    }
    let file = TempDir::new().unwrap();
    let path = file.path().join("token");
    fs::write(&path, token).unwrap();
    let key_of = |key: &str| wallet(&["credential", "check", path.to_str().unwrap(), "--issuer-key", key]);
    let run = key_of(r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#);
    assert_eq!(
        (run.status, code(&run)),
        (2, "bad-credential"),
        "RSA is the signer's choice, not a wrong call"
    );
    assert_eq!(run.json["error"]["detail"]["rule"], "algorithm");
    for key in ["{}", "no-such-file"] {
        let run = key_of(key);
        assert_eq!((run.status, code(&run)), (64, "usage"), "{key}");
    }
    let run =
        wallet(&["credential", "check", "no-such-file", "--issuer-key", &simple["issuer_key"].to_string()]);
    assert_eq!((run.status, code(&run)), (2, "invalid"));
    assert_eq!(wallet(&["credential", "check", path.to_str().unwrap()]).status, 64);
}
