//! `wallet vote …` with `--json`, as the README promises it, over a whole small poll.

// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use assert_cmd::Command;
use citizen_voting::manifest::Poll;
use citizen_wallet::{AccountId, Text};
use city_sandbox::admin::Admin;
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use city_sandbox::neighbours::Neighbours;
use city_sandbox::plans::{Times, night_buses};
use city_services::office::{Lines, Member, PollPlan, RewardPlan};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A light poll: who is on the roll registers and casts in any order. Its times fit this machine as it is now: `began` is when the city
/// began, and a phone has its account since. It is announced before it begins, and has its key before anybody casts.
fn times(began: Instant) -> Times {
    let pace = pace(began);
    Times { registration: (6 * pace, 96 * pace), casting: (24 * pace, 96 * pace), slot: 3 }
}

/// How many times slower than an idle machine this one is.
fn pace(began: Instant) -> u64 {
    began.elapsed().as_secs().div_ceil(3).max(1)
}

struct Town {
    folder: TempDir,
    city: City,
}

impl Town {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let city = City::start(Folder::open(&folder.path().join("city")).unwrap(), listen).await.unwrap();
        Self { folder, city }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Announces a poll for this account and others, and some who stay at home.
    async fn announce(&self, plan: &PollPlan, account: &str, others: Vec<Member>) -> Poll {
        let member = |account: AccountId, number: u8| {
            let person = Text::new(&format!("시민 {number}")).unwrap();
            Member { known: account.into(), person }
        };
        let own = member(AccountId::from_hex(account).unwrap(), 0);
        let at_home = (1..40u8).map(|number| member(AccountId::from_bytes([number; 32]), number));
        let members = std::iter::once(own).chain(others).chain(at_home).collect();
        let admin = Admin::open(&self.path("city"), Some(self.city.url().clone())).unwrap();
        let (poll, draft) = admin.make(plan, &[members]).await.unwrap();
        admin.announce(&poll, draft).await.unwrap();
        poll
    }

    /// A verb with `--json`: exactly one object on standard output, and the exit status that belongs to it.
    fn wallet(&self, arguments: &[&str]) -> Value {
        let mut command = Command::cargo_bin("wallet").unwrap();
        command.env_clear().env("WALLET_PIN", "294857").args(["--home", self.path("w").to_str().unwrap()]);
        let output = command.args(arguments).arg("--json").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        let status = if answer["ok"] == json!(true) { 0 } else { 2 };
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {answer}");
        answer
    }

    fn done(&self, arguments: &[&str]) -> Value {
        let answer = self.wallet(arguments);
        assert_eq!(answer["ok"], true, "{arguments:?}: {answer}");
        answer
    }

    fn refused(&self, arguments: &[&str]) -> Value {
        let answer = self.wallet(arguments);
        assert_eq!(answer["ok"], false, "{arguments:?}: {answer}");
        assert!(!answer["error"]["ko"].as_str().unwrap().is_empty(), "{answer}");
        answer["error"].clone()
    }

    /// Asks until the answer is so, for as long as a poll lasts.
    async fn until(&self, arguments: &[&str], is_so: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..1_200 {
            let answer = self.wallet(arguments);
            if is_so(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        panic!("{arguments:?} never came to an end");
    }
}

/// What the README's contract says that a verb answers.
fn promised(verb: &str) -> Vec<String> {
    let row = include_str!("../README.md").lines().find(|line| line.starts_with(&format!("| `{verb}` |")));
    let answer = row.unwrap().split('|').nth(2).unwrap();
    // What stands in parentheses are values.
    let answer: String =
        answer.split('(').map(|part| part.split_once(')').map_or(part, |(_, rest)| rest)).collect();
    // Alternately outside and inside of backticks; what is in brackets belongs to a list.
    let fields =
        answer.split('`').skip(1).step_by(2).map(|field| field.split(':').next().unwrap().to_owned());
    fields.filter(|field| field.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')).collect()
}

#[track_caller]
fn keeps(verb: &str, answer: &Value) {
    let text = answer.to_string();
    for field in promised(verb) {
        assert!(text.contains(&format!("\"{field}\"")), "`{verb}`: `{field}` is missing: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_from_its_announcement_to_its_verification_by_the_program_alone() {
    let began = Instant::now();
    let town = Town::start().await;
    let (url, trust) = (town.city.url().to_string(), town.path("city/city.json"));
    let trust = trust.to_str().unwrap();
    let made = town.done(&["init", "--city", &url, "--trust", trust, "--citizen", "김하나"]);
    assert_eq!(town.done(&["vote", "list"])["polls"], json!([]));
    let mut plan = PollPlan { checks: 1, ..night_buses(times(began)).unwrap() };
    plan.electorates[0].districts = vec!["마포구".to_owned()];
    let poll = town.announce(&plan, made["account"].as_str().unwrap(), Vec::new()).await.id().to_hex();
    let poll = poll.as_str();

    let listed = town.done(&["vote", "list"]);
    keeps("vote list", &listed);
    assert_eq!(
        (listed["polls"].as_array().unwrap().len(), &listed["polls"][0]["poll_id"]),
        (1, &json!(poll))
    );
    // The poll is one of Mapo-gu, as the ledger proves; nobody knows yet where she lives.
    let near = |listed: &Value| {
        [&listed["whence"], &listed["polls"][0]["near"]].map(|it| it.as_str().unwrap().to_owned())
    };
    assert_eq!(near(&listed), ["unknown", "elsewhere"]);
    assert_eq!(listed["polls"][0]["electorates"][0]["districts"], json!(["마포구"]));
    assert_eq!(near(&town.done(&["vote", "list", "--district", "마포구"])), ["chosen", "near"]);
    assert_eq!(near(&town.done(&["vote", "list", "--district", "강남구"])), ["chosen", "elsewhere"]);
    let no_line = town.refused(&["vote", "list", "--district", "마포\n구"]);
    assert_eq!((&no_line["code"], &no_line["detail"]["reason"]), (&json!("invalid"), &json!("text")));
    let shown = town.done(&["vote", "show", "Night bus lines"]);
    keeps("vote show", &shown);
    assert_eq!((&shown["standing"], &shown["binding"]), (&json!("unregistered"), &json!(false)));
    let early = town.refused(&["vote", "cast", poll, "--choose", "0=1"]);
    assert_eq!(early["code"], "invalid", "{early}");

    let registered = town.until(&["vote", "register", &poll[..8]], |it| it["complete"] == json!(true)).await;
    keeps("vote register", &registered);
    assert_eq!(registered["registrars"].as_array().unwrap().len(), 3);
    town.until(&["vote", "show", poll], |it| it["open"] == json!(true)).await;

    // Opened, it is published and never counts; one check is all there is.
    let opened = town.done(&["vote", "cast", poll, "--choose", "0=0", "--check"]);
    keeps("vote cast --check", &opened);
    assert_eq!((&opened["checks_left"], &opened["promised"]), (&json!(0), &json!(true)));
    let no_more = town.refused(&["vote", "cast", poll, "--choose", "0=0", "--check"]);
    assert_eq!(no_more["code"], "refused", "{no_more}");
    let wrong = town.refused(&["vote", "cast", poll, "--choose", "0=7"]);
    assert_eq!(wrong["code"], "invalid", "{wrong}");

    // Cast and not waited for, then followed; and cast again, with the option by its name.
    let sent = town.done(&["vote", "cast", poll, "--choose", "0=0", "--no-wait"]);
    keeps("vote cast", &sent);
    assert_eq!(sent["state"], "promised");
    let placed = town.done(&["vote", "cast", poll, "--choose", "0=Nowon to Jongno"]);
    assert_eq!((&placed["state"], &placed["replaced"]), (&json!("placed"), &json!(1)), "{placed}");
    let receipt = town.done(&["vote", "receipt", poll]);
    keeps("vote receipt", &receipt);
    assert_eq!(receipt["fingerprint"], placed["fingerprint"]);
    let counted = town.done(&["vote", "verify", poll]);
    keeps("vote verify", &counted);
    assert_eq!((&counted["counted"], &counted["state"]), (&json!(true), &json!("so-far")));
    let none = town.refused(&["vote", "reward", poll]);
    assert_eq!(none["code"], "invalid", "the poll has no reward: {none}");

    let whole = town.until(&["vote", "verify", poll, "--whole"], |it| it["ok"] == json!(true)).await;
    keeps("vote verify --whole", &whole);
    assert_eq!(
        (&whole["counted"], &whole["spoiled"], &whole["replaced"], &whole["first_failure"]),
        (&json!(1), &json!(1), &json!(1), &Value::Null)
    );
    assert_eq!(town.done(&["vote", "verify", poll])["state"], "counted");
    town.city.stop().await.unwrap();
}

/// Nobody is rewarded who could be told apart by it: fifty others take part and have it signed.
#[tokio::test(flavor = "multi_thread")]
async fn the_reward_for_taking_part_is_signed_waited_for_and_redeemed_once_by_the_program() {
    let began = Instant::now();
    let town = Town::start().await;
    let (url, trust) = (town.city.url().clone(), town.path("city/city.json"));
    let arguments = ["--city", url.as_str(), "--trust", trust.to_str().unwrap(), "--citizen", "김하나"];
    let made = town.done(&[&["init"], &arguments[..]].concat());
    let folder = Folder::open(&town.path("neighbours")).unwrap();
    let neighbours = Neighbours::settle(&folder, (&url, town.city.trust()), 50).await.unwrap();
    // Slots of two seconds, of which the wait after closing is drawn; the rest as slow as this machine is.
    let pace = pace(began);
    let times = Times { registration: (6 * pace, 44 * pace), casting: (24 * pace, 44 * pace), slot: 2 };
    let lines = |ko: &str, en: &str| Lines { ko: ko.to_owned(), en: en.to_owned() };
    let reward = RewardPlan { points: 1_000, legal_basis: lines("조례 제9조", "Ordinance, article 9") };
    let plan = PollPlan { reward: Some(reward), ..night_buses(times).unwrap() };
    let account = made["account"].as_str().unwrap();
    let poll = town.announce(&plan, account, neighbours.members().unwrap()).await;
    let id = poll.id().to_hex();
    let id = id.as_str();

    town.until(&["vote", "register", id], |it| it["complete"] == json!(true)).await;
    let registering = neighbours.register(&poll).await.unwrap();
    town.until(&["vote", "show", id], |it| it["open"] == json!(true)).await;
    let relay = poll.relays()[0].signing.id();
    assert_eq!(
        neighbours.cast(&poll, relay, registering).await.unwrap(),
        50,
        "a poll too short for this machine"
    );
    let early = town.refused(&["vote", "reward", id]);
    assert_eq!(early["code"], "invalid", "she has not taken part: {early}");
    let placed = town.done(&["vote", "cast", id, "--choose", "0=1"]);
    assert_eq!(placed["state"], "placed");
    let signed = town.done(&["vote", "reward", id]);
    keeps("vote reward", &signed);
    assert_eq!((&signed["state"], &signed["points"]), (&json!("signed"), &json!(1_000)), "{signed}");
    assert_eq!(neighbours.ask_rewards(&poll).await.unwrap(), 50);
    let redeemed = town.until(&["vote", "reward", id], |it| it["state"] == json!("redeemed")).await;
    assert!(redeemed["crowd"].as_u64().unwrap() >= 51, "{redeemed}");
    assert_eq!(town.done(&["vote", "reward", id])["state"], "redeemed", "once");
    town.city.stop().await.unwrap();
}
