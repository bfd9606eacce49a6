//! A city that runs, and a till's terminal in its folder.

use crate::wire::Wire;
use assert_cmd::Command;
use citizen_primitives::Clock as _;
use citizen_primitives::clock::SystemClock;
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use city_sandbox::keys::Keys;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// No test takes longer, in seconds.
const LONGEST_TEST: u64 = 300;

/// How many looks a test has for what comes by itself: minutes of them, for a machine that is busy with other tests.
pub(crate) const PATIENCE: usize = 1_200;

pub(crate) struct Town {
    folder: TempDir,
    pub(crate) city: Option<City>,
    /// The city's own address: the customers'.
    pub(crate) url: String,
    /// The tills' wire.
    pub(crate) wire: Wire,
}

impl Town {
    /// Its day has some time left: what a test counts of today is of one day.
    pub(crate) async fn start() -> Self {
        let now = SystemClock.now();
        let left = now.day_in_seoul().next().start().since(now).count();
        if left < LONGEST_TEST {
            tokio::time::sleep(Duration::from_secs(left + 1)).await;
        }
        let folder = tempfile::tempdir().unwrap();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let city = City::start(Folder::open(&folder.path().join("city")).unwrap(), listen).await.unwrap();
        let url = city.url().to_string();
        let centre = Keys::signing(&Keys::read(&folder.path().join("city")).unwrap().centre);
        Self { folder, wire: Wire::to(&url, centre).await, url, city: Some(city) }
    }

    pub(crate) async fn stop(&mut self) {
        self.city.take().unwrap().stop().await.unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn trust(&self) -> String {
        self.file("city/city.json")
    }

    pub(crate) fn command(&self, home: &str) -> Command {
        let mut command = Command::cargo_bin("till").unwrap();
        command.env_clear().args(["--home", self.path(home).to_str().unwrap()]);
        command
    }

    /// A verb with `--json`: exactly one object on standard output.
    pub(crate) fn till(&self, home: &str, arguments: &[&str]) -> (i32, Value) {
        let output = self.command(home).args(arguments).arg("--json").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.lines().count(), 1, "{arguments:?}: {text}");
        (output.status.code().unwrap(), serde_json::from_str(&text).unwrap())
    }

    /// Waits until the centre has a payment in its book, a moment after the ledger.
    #[track_caller]
    pub(crate) fn until_listed(&self, home: &str, payment: &str) {
        for _ in 0..PATIENCE {
            let today = self.done(home, &["today"]);
            if today["payments"].as_array().unwrap().iter().any(|it| it["payment_id"] == payment) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("not listed");
    }

    /// What is open is brought to its end: answers with the `resume` by which the first of it came to this.
    #[track_caller]
    pub(crate) fn resumed(&self, home: &str, state: &str) -> Value {
        for _ in 0..PATIENCE {
            let resumed = self.done(home, &["resume"]);
            let first = &resumed["resumed"][0];
            if first["state"] != json!("pending") {
                assert_eq!(first["state"], json!(state), "{resumed}");
                return resumed;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("still pending");
    }

    /// A verb that goes on beside the test.
    pub(crate) fn begun(&self, home: &str, arguments: &[&str]) -> Child {
        std::process::Command::new(assert_cmd::cargo::cargo_bin("till"))
            .env_clear()
            .args(["--home", self.path(home).to_str().unwrap(), "--json"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }

    #[track_caller]
    pub(crate) fn done(&self, home: &str, arguments: &[&str]) -> Value {
        let (status, answer) = self.till(home, arguments);
        assert_eq!((status, &answer["ok"]), (0, &json!(true)), "{arguments:?}: {answer}");
        answer
    }

    /// The code of a refusal, which says in both languages what is wrong.
    #[track_caller]
    pub(crate) fn refused(&self, home: &str, arguments: &[&str]) -> (String, Value) {
        let (status, answer) = self.till(home, arguments);
        assert_eq!((status, &answer["ok"]), (2, &json!(false)), "{arguments:?}: {answer}");
        let error = &answer["error"];
        assert!(error["detail"].is_object(), "{answer}");
        for language in ["ko", "en"] {
            let text = error[language].as_str().unwrap();
            assert!(!text.is_empty() && !text.contains('{'), "{answer}");
        }
        let korean = error["ko"].as_str().unwrap();
        assert!(korean.chars().any(|letter| ('가'..='힣').contains(&letter)), "{answer}");
        (error["code"].as_str().unwrap().to_owned(), error["detail"].clone())
    }

    /// The reason of a refusal with this code.
    #[track_caller]
    pub(crate) fn refused_with(&self, home: &str, arguments: &[&str], code: &str) -> String {
        let (word, detail) = self.refused(home, arguments);
        assert_eq!(word, code, "{arguments:?}: {detail}");
        let reason = detail.get("reason").or_else(|| detail.get("rule"));
        reason.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// A new shop and its first counter.
    #[track_caller]
    pub(crate) fn shop(&self, home: &str, name: &str, sales: &str) -> Value {
        let (url, trust) = (self.wire.url.clone(), self.trust());
        let latin = format!("SHOP {}", home.to_uppercase());
        let shop = ["--name", name, "--name-latin", &latin, "--district", "마포구", "--category", "음식점"];
        let rest = ["--category-code", "5812", "--prior-year-sales", sales, "--counter", home];
        let city = ["init", "--city", &url, "--trust", &trust];
        self.done(home, &[&city[..], &shop, &rest].concat())
    }

    /// Another counter of a shop.
    #[track_caller]
    pub(crate) fn counter(&self, home: &str, merchant: &str, of: &str) -> Value {
        let (url, trust, key) = (self.wire.url.clone(), self.trust(), self.file(&format!("{of}/key")));
        let city = ["init", "--city", &url, "--trust", &trust, "--counter", home];
        self.done(home, &[&city[..], &["--merchant", merchant, "--key", &key]].concat())
    }
}

/// All these fields are there.
#[track_caller]
pub(crate) fn is_of_form(answer: &Value, fields: &[&str]) {
    for field in fields {
        assert!(answer.get(field).is_some(), "`{field}` is missing: {answer}");
    }
}

#[track_caller]
pub(crate) fn is_verified(mark: &Value) {
    is_of_form(mark, &["height", "time", "app_hash", "validators", "power_percent"]);
    assert_eq!((&mark["signers"], &mark["trust"]), (&json!(4), &json!("file")));
    assert_eq!(mark["header_hash"].as_str().unwrap().len(), 64);
    assert!(mark["time"].as_str().unwrap().ends_with('Z'));
}
