//! The JSON contract against a city that runs: every verb, what it answers and what it refuses.

// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use assert_cmd::Command;
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const PIN: &str = "294857";

/// A city, and a terminal in its folder.
struct Town {
    folder: TempDir,
    city: Option<City>,
    url: String,
}

impl Town {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let city = City::start(Folder::open(&folder.path().join("city")).unwrap(), listen).await.unwrap();
        Self { folder, url: city.url().to_string(), city: Some(city) }
    }

    async fn stop(&mut self) {
        self.city.take().unwrap().stop().await.unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn trust(&self) -> String {
        self.path("city/city.json").to_str().unwrap().to_owned()
    }

    fn picture(&self, name: &str) -> String {
        self.path("city/codes").join(name).to_str().unwrap().to_owned()
    }

    /// A verb with `--json`: exactly one object on standard output.
    fn wallet(&self, home: &str, arguments: &[&str]) -> (i32, Value) {
        let output = self.command(home).args(arguments).arg("--json").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        (output.status.code().unwrap(), serde_json::from_str(&text).unwrap())
    }

    fn done(&self, home: &str, arguments: &[&str]) -> Value {
        let (status, answer) = self.wallet(home, arguments);
        assert_eq!((status, &answer["ok"]), (0, &json!(true)), "{arguments:?}: {answer}");
        answer
    }

    /// The code of a refusal, which says in both languages what is wrong.
    fn refused(&self, home: &str, arguments: &[&str]) -> (String, Value) {
        let (status, answer) = self.wallet(home, arguments);
        assert_eq!((status, &answer["ok"]), (2, &json!(false)), "{arguments:?}: {answer}");
        let error = &answer["error"];
        assert!(error["detail"].is_object(), "{answer}");
        assert!(
            error["ko"].as_str().unwrap().chars().any(|letter| ('가'..='힣').contains(&letter)),
            "{answer}"
        );
        assert!(!error["en"].as_str().unwrap().is_empty());
        (error["code"].as_str().unwrap().to_owned(), error["detail"].clone())
    }

    fn command(&self, home: &str) -> Command {
        let mut command = Command::cargo_bin("wallet").unwrap();
        command.env_clear().env("WALLET_PIN", PIN).args(["--home", self.path(home).to_str().unwrap()]);
        command
    }

    fn init(&self, home: &str, citizen: &str) -> String {
        let (url, trust) = (self.url.clone(), self.trust());
        let made = self.done(home, &["init", "--city", &url, "--trust", &trust, "--citizen", citizen]);
        is_of_form(&made, &["account", "epoch", "citizen", "recovery_code", "krw"]);
        made["recovery_code"].as_str().unwrap().to_owned()
    }
}

/// All these fields are there.
#[track_caller]
fn is_of_form(answer: &Value, fields: &[&str]) {
    for field in fields {
        assert!(answer.get(field).is_some(), "`{field}` is missing: {answer}");
    }
}

#[track_caller]
fn is_verified(mark: &Value, trust: &str) {
    is_of_form(
        mark,
        &["height", "time", "header_hash", "app_hash", "signers", "validators", "power_percent"],
    );
    assert_eq!((&mark["signers"], &mark["trust"]), (&json!(4), &json!(trust)));
    assert_eq!(mark["header_hash"].as_str().unwrap().len(), 64);
    assert!(mark["time"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_keeps_the_contract() {
    let mut town = Town::start().await;
    town.init("w", "김하나");
    let balance = town.done("w", &["balance"]);
    is_of_form(
        &balance,
        &["points", "points_held", "expiring", "expiring_this_month", "freshness", "krw", "attested"],
    );
    is_verified(&balance["verified"], "file");
    assert_eq!((&balance["points"], &balance["krw"]), (&json!(0), &json!(100_000)));
    is_of_form(&balance["attested"], &["by", "time"]);

    let earned = town.done("w", &["earn", "eco", "eco-2026-h1"]);
    assert_eq!((&earned["points"], &earned["programme"]), (&json!(10_000), &json!("eco")));
    let (code, detail) = town.refused("w", &["earn", "eco", "eco-1999-h1"]);
    assert_eq!(code, "refused", "{detail}");
    let expiring = &town.done("w", &["balance"])["expiring"];
    assert_eq!((expiring[0]["points"].clone(), expiring.as_array().unwrap().len()), (json!(10_000), 1));

    let picture = town.picture("static-rotated.png");
    let scanned = town.done("w", &["scan", &picture]);
    is_of_form(&scanned, &["kind", "valid", "text", "fields", "warnings", "refusal", "merchant"]);
    assert_eq!((&scanned["kind"], &scanned["status"]), (&json!("emv-mpm"), &json!("usable")));

    // Nobody says yes in a pipe: nothing happens, and what would have happened is told.
    let plan = ["pay", &picture, "--amount", "12000", "--coins", "5000"];
    let (code, detail) = town.refused("w", &plan);
    assert_eq!((code.as_str(), &detail["review"]["krw"]), ("not-approved", &json!(7_000)), "{detail}");
    assert_eq!(town.done("w", &["balance"])["krw"], json!(100_000));

    let paid = town.done("w", &[plan.as_slice(), &["--yes"]].concat());
    assert_eq!(
        (&paid["state"], &paid["points"], &paid["krw"]),
        (&json!("captured"), &json!(5_000), &json!(7_000))
    );
    let payment = paid["payment_id"].as_str().unwrap();
    let history = town.done("w", &["history"]);
    let kinds: Vec<_> =
        history["entries"].as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds, ["opened", "granted", "held", "captured"].map(Value::from));
    is_of_form(&town.done("w", &["activity"]), &["activity"]);
    is_of_form(&town.done("w", &["sync"]), &["account", "verified", "freshness", "new_entries", "payments"]);

    let receipt = town.done("w", &["receipt", payment]);
    let file = town.path("w").join("receipts").read_dir().unwrap().next().unwrap().unwrap().path();
    is_verified(&receipt["verified"], "file");
    let file = file.to_str().unwrap();
    // Without a wallet and without a network.
    let verified = town.done("nobody", &["verify", file, "--trust", &town.trust()]);
    assert_eq!((&verified["payment_id"], &verified["points"]), (&json!(payment), &json!(5_000)));
    assert!(!town.path("nobody").exists(), "checking a receipt makes no wallet");
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_refused_in_words_and_nothing_happens() {
    let mut town = Town::start().await;
    let url = town.url.clone();
    let (code, detail) = town.refused("w", &["init", "--city", &url]);
    assert_eq!((code.as_str(), &detail["reason"]), ("invalid", &json!("trust-needed")));
    assert!(!town.path("w").join("wallet.sqlite").exists());
    let (code, _) = town.refused("w", &["balance"]);
    assert_eq!(code, "invalid");
    let first_use = town.done("t", &["init", "--city", &url, "--trust-first-use", "--citizen", "이둘"]);
    is_of_form(&first_use, &["account"]);
    is_verified(&town.done("t", &["balance"])["verified"], "first-use");

    town.init("w", "김하나");
    let (code, _) = town.refused("w", &["pay", &town.picture("closed-shop.png"), "--amount", "100", "--yes"]);
    assert_eq!(code, "refused");
    let (code, _) =
        town.refused("w", &["pay", &town.picture("not-a-payment.png"), "--amount", "100", "--yes"]);
    assert_eq!(code, "bad-code");
    let (code, _) = town.refused("w", &["pay", &town.picture("static-straight.png"), "--yes"]);
    assert_eq!(code, "invalid", "an amount is missing");
    let (code, detail) =
        town.refused("w", &["pay", &town.picture("static-straight.png"), "--amount", "200000", "--yes"]);
    assert_eq!((code.as_str(), &detail["available"]), ("not-enough", &json!(100_000)));
    for bad in ["0", "-5", "1e3", "99999999999999999999", "가"] {
        let (status, answer) =
            town.wallet("w", &["pay", &town.picture("static-straight.png"), "--amount", bad, "--yes"]);
        assert!(status == 64 || status == 2, "{bad}: {answer}");
        assert_eq!(answer["ok"], json!(false), "{bad}");
    }
    let wrong = town.path("wrong-pin");
    std::fs::write(&wrong, "111112\n").unwrap();
    let (code, detail) = town.refused("w", &["balance", "--pin-file", wrong.to_str().unwrap()]);
    assert_eq!((code.as_str(), &detail["tries_left"]), ("wrong-pin", &json!(4)));
    assert_eq!(town.done("w", &["balance"])["krw"], json!(100_000), "nothing has happened");

    let (code, _) = town.refused("w", &["receipt", &"07".repeat(32)]);
    assert_eq!(code, "invalid");
    assert_refuses_files(&town);
    let no_folder = Path::new("/proc/none/w");
    let mut command = Command::cargo_bin("wallet").unwrap();
    command.env_clear().env("WALLET_PIN", PIN).args(["--home", no_folder.to_str().unwrap()]);
    let output = command.args(["init", "--city", &url, "--trust", &town.trust(), "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    town.stop().await;
    let (code, detail) = town.refused("w", &["scan", &town.picture("static-straight.png")]);
    assert_eq!((code.as_str(), &detail["can_queue"]), ("offline", &json!(false)));
}

/// Pictures and files that are none.
fn assert_refuses_files(town: &Town) {
    let picture = std::fs::read(town.picture("static-straight.png")).unwrap();
    let cut = town.path("cut.png");
    std::fs::write(&cut, &picture[..picture.len() / 2]).unwrap();
    let (code, _) = town.refused("w", &["scan", cut.to_str().unwrap()]);
    assert_eq!(code, "bad-code");
    // A header that promises 60,000 by 60,000 pixels, and almost no data.
    let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xea\x60\0\0\xea\x60\x08\0\0\0\0".to_vec();
    bomb.extend(b"\x6f\x4c\xd5\x4d\0\0\0\x02IDAT\x78\x9c");
    let file = town.path("bomb.png");
    std::fs::write(&file, bomb).unwrap();
    let (code, _) = town.refused("w", &["scan", file.to_str().unwrap()]);
    assert_eq!(code, "bad-code");
    let trust = town.trust();
    for (name, bytes) in [("empty", &b""[..]), ("text", b"hello"), ("picture", picture.as_slice())] {
        let file = town.path(name);
        std::fs::write(&file, bytes).unwrap();
        let (status, answer) = town.wallet("w", &["verify", file.to_str().unwrap(), "--trust", &trust]);
        assert_eq!((status, answer["ok"].clone()), (2, json!(false)), "{name}: {answer}");
    }
}

/// A trust file that begins at the city's newest header: what the app's next version ships.
async fn newest_trust(town: &Town, home: &str) -> PathBuf {
    for _ in 0..1_200 {
        let mark = town.done(home, &["balance"])["verified"].clone();
        let status = town.city.as_ref().unwrap().ledger();
        if mark["height"] == status.latest.value() {
            let old = std::fs::read_to_string(town.trust()).unwrap();
            let mut trust: Value = serde_json::from_str(&old).unwrap();
            trust["checkpoint"]["height"] = mark["height"].clone();
            trust["checkpoint"]["header_hash"] = mark["header_hash"].clone();
            trust["checkpoint"]["time"] = json!(status.latest_time.seconds());
            let path = town.path("next.json");
            std::fs::write(&path, trust.to_string()).unwrap();
            return path;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the ledger does not rest");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_below_the_checkpoint_needs_refresh_and_with_a_city_it_gets_a_newer_proof() {
    let mut town = Town::start().await;
    town.init("w", "김하나");
    let pay = ["pay", &town.picture("static-straight.png"), "--amount", "1000", "--coins", "0", "--yes"];
    let paid = town.done("w", &pay);
    let file = paid["receipt"].as_str().unwrap();
    town.done("w", &pay);
    let trust = newest_trust(&town, "w").await;
    let trust = trust.to_str().unwrap();
    let (code, detail) = town.refused("nobody", &["verify", file, "--trust", trust]);
    assert_eq!(code, "needs-refresh");
    assert!(detail["height"].as_u64().unwrap() > 0, "{detail}");
    // The file stays as it was where no city answers.
    let before = std::fs::read(file).unwrap();
    let nowhere = ["verify", file, "--trust", trust, "--city", "http://127.0.0.1:1"];
    assert_eq!(town.refused("nobody", &nowhere).0, "offline");
    assert_eq!(std::fs::read(file).unwrap(), before);
    let renewed = town.done("nobody", &["verify", file, "--trust", trust, "--city", &town.url]);
    assert_eq!(
        (&renewed["renewed"], &renewed["payment_id"], &renewed["krw"]),
        (&json!(true), &paid["payment_id"], &json!(1_000))
    );
    town.stop().await;
    // From here on the file speaks for itself, under the new trust file and the old one.
    for trust in [trust, &town.trust()] {
        let verified = town.done("nobody", &["verify", file, "--trust", trust]);
        assert_eq!((&verified["renewed"], &verified["krw"]), (&json!(false), &json!(1_000)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_comes_back_on_another_phone_and_fences_the_first() {
    let mut town = Town::start().await;
    let code = town.init("old", "박셋");
    let code_file = town.path("code");
    std::fs::write(&code_file, format!("{code}\n")).unwrap();
    let (code_file, backup) = (code_file.to_str().unwrap(), town.path("backup"));
    let backup = backup.to_str().unwrap();
    #[cfg(target_os = "linux")]
    no_room(&town, &town.path("full"), code_file);
    is_of_form(&town.done("old", &["backup", backup, "--code-file", code_file]), &["file", "bytes"]);
    let restored = town.done("new", &["restore", backup, "--code-file", code_file]);
    assert_eq!(restored["epoch"], json!(1));
    assert_eq!(town.done("new", &["balance"])["krw"], json!(100_000));
    let (code, _) =
        town.refused("old", &["pay", &town.picture("static-straight.png"), "--amount", "100", "--yes"]);
    assert_eq!(code, "fenced");
    let wrong = town.path("wrong-code");
    std::fs::write(&wrong, "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA-A\n").unwrap();
    let (status, _) = town.wallet("other", &["restore", backup, "--code-file", wrong.to_str().unwrap()]);
    assert_eq!(status, 2);
    town.stop().await;
}

/// WALLET-22: a file for which the disk has no room is not one that cannot be read or written.
#[cfg(target_os = "linux")]
fn no_room(town: &Town, file: &Path, code_file: &str) {
    std::os::unix::fs::symlink("/dev/full", file.with_extension("new")).unwrap();
    let (status, answer) = town.wallet("old", &["backup", file.to_str().unwrap(), "--code-file", code_file]);
    let error = &answer["error"];
    assert_eq!((status, &error["code"]), (2, &json!("storage-full")));
    assert!(error["ko"].as_str().unwrap().contains("저장 공간이 모자랍니다"), "{error}");
    assert!(error["en"].as_str().unwrap().contains("no space left"), "{error}");
    assert!(!file.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_told_in_their_language_and_programs_in_one_object() {
    let mut town = Town::start().await;
    town.init("w", "최넷");
    for (language, word) in [("ko", "포인트"), ("en", "Points")] {
        let output = town.command("w").args(["balance", "--lang", language]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains(word), "{text}");
        assert!(serde_json::from_str::<Value>(&text).is_err(), "no JSON unless asked for");
    }
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_of_a_tills_day_keeps_the_contract() {
    let mut town = Town::start().await;
    town.init("w", "김하나");
    town.init("friend", "이둘");
    town.done("w", &["earn", "eco", "eco-2025-h2"]);

    // A code is shown after it was approved, and not before.
    let (png, bars) = (town.path("qr.png"), town.path("bars.png"));
    let plan = ["show-code", "--max", "20000", "--coins", "5000"];
    let pictures = ["--qr", png.to_str().unwrap(), "--barcode", bars.to_str().unwrap()];
    let (code, detail) = town.refused("w", &[&plan[..], &pictures].concat());
    assert_eq!((code.as_str(), &detail["review"]["total"]), ("not-approved", &json!(20_000)), "{detail}");
    assert!(!png.exists() && !bars.exists());
    let shown = town.done("w", &[&plan[..], &pictures, &["--yes", "--no-wait"]].concat());
    is_of_form(&shown, &["payment_id", "qr", "barcode", "points", "total", "until", "taken", "verified"]);
    assert_eq!((&shown["state"], &shown["points"]), (&json!("open"), &json!(5_000)));
    assert!(png.exists() && bars.exists());
    let id = shown["payment_id"].as_str().unwrap();
    let renewed = town.done("w", &["code", id, "--renew"]);
    assert_ne!(renewed["payment_id"], shown["payment_id"]);
    let second = renewed["payment_id"].as_str().unwrap();
    assert_eq!(town.refused("w", &["code", "00"]).0, "invalid");
    let hidden = town.done("w", &["code", second, "--hide"]);
    assert!(["open", "revoked"].contains(&hidden["state"].as_str().unwrap()), "{hidden}");

    // Points that leave for good.
    let to = town.done("friend", &["gift-code"])["code"].as_str().unwrap().to_owned();
    assert_eq!(town.refused("w", &["gift", &to, "--points", "1000"]).0, "not-approved");
    let given = town.done("w", &["gift", &to, "--points", "1000", "--yes"]);
    assert_eq!((&given["kind"], &given["state"]), (&json!("gift"), &json!("done")));
    is_verified(&given["verified"], "file");
    assert_eq!(town.done("friend", &["balance"])["points"], json!(1_000));
    let (code, detail) = town.refused("w", &["redeem", "15000", "--yes"]);
    assert_eq!((code.as_str(), &detail["reason"]), ("refused", &json!("redeem-amount")));
    let redeemed = town.done("w", &["redeem", "10000", "--yes"]);
    assert_eq!((&redeemed["kind"], &redeemed["certificate"]["won"]), (&json!("redemption"), &json!(10_000)));
    is_of_form(&redeemed["certificate"], &["number", "until", "attested"]);
    assert_eq!(town.done("w", &["balance"])["points"], json!(39_000));

    // Limits, a receipt's code, a wish for a refund.
    let own = ["limits", "--per-payment", "5000", "--per-day", "9000", "--per-month", "90000"];
    let limits = town.done("w", &own);
    assert_eq!((&limits["own"]["per_day"], &limits["left"]), (&json!(9_000), &json!(5_000)));
    let bakery = town.picture("static-rotated.png");
    let (code, detail) = town.refused("w", &["pay", &bakery, "--amount", "5001", "--yes"]);
    assert_eq!((code.as_str(), &detail["limit"], &detail["resets"]), ("limit", &json!(5_000), &json!(null)));
    assert_eq!(town.done("w", &["limits", "--clear"])["own"], json!(null));
    let paid = town.done("w", &["pay", &bakery, "--amount", "4000", "--coins", "1000", "--yes"]);
    let id = paid["payment_id"].as_str().unwrap();
    let receipt = town.done("w", &["receipt-code", id]);
    assert!(receipt["code"].as_str().unwrap().len() < 200);
    let asked = town.done("w", &["refund", id, "--amount", "500"]);
    assert_eq!((&asked["asked"], &asked["left"]), (&json!(500), &json!(4_000)));
    assert_eq!(town.refused("w", &["refund", id, "--amount", "4001"]).0, "not-enough");
    assert_eq!(town.done("w", &["refund", id])["refunds"], json!([]));
    let synced = town.done("w", &["sync"]);
    is_of_form(&synced, &["codes", "submissions", "payments", "renewed_receipts"]);
    town.stop().await;
}

/// Two pictures side by side, as a camera sees a sticker beside the shop's own.
fn side_by_side(left: &Path, right: &Path, to: &Path) {
    let [left, right] = [left, right].map(|path| image::open(path).unwrap().to_luma8());
    let height = left.height().max(right.height());
    let mut both = image::GrayImage::from_pixel(left.width() + right.width(), height, image::Luma([255]));
    image::imageops::replace(&mut both, &left, 0, 0);
    image::imageops::replace(&mut both, &right, i64::from(left.width()), 0);
    both.save(to).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_codes_in_a_picture_the_citizen_chooses() {
    let mut town = Town::start().await;
    town.init("w", "박셋");
    let both = town.path("both.png");
    let (bakery, books) = (town.picture("static-straight.png"), town.picture("bookshop.png"));
    side_by_side(Path::new(&bakery), Path::new(&books), &both);
    let both = both.to_str().unwrap();
    let (code, detail) = town.refused("w", &["pay", both, "--amount", "1000", "--yes"]);
    assert_eq!((code.as_str(), &detail["rule"]), ("bad-code", &json!("several-codes")));
    assert_eq!(town.refused("w", &["scan", both]).0, "bad-code");
    assert_eq!(town.refused("w", &["scan", both, "--pick", "3"]).0, "bad-code");
    let listed = town.done("w", &["inspect", both]);
    assert_eq!(listed["codes"].as_array().unwrap().len(), 2);
    let names: std::collections::BTreeSet<String> = ["1", "2"]
        .map(|pick| town.done("w", &["scan", both, "--pick", pick])["merchant"]["name"].to_string())
        .into();
    assert_eq!(names.len(), 2, "{names:?}");
    town.stop().await;
}
