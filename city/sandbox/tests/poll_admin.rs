//! The program `poll-admin` as the election office meets it: a poll from its plan to its file, in both languages.

#![cfg(test)]
// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::panic)]

use citizen_client::Bundle;
use citizen_primitives::Canonical as _;
use citizen_voting::manifest::Manifest;
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;
use tempfile::TempDir;

/// The plan that shows everything a plan can have.
const PLAN: &str = include_str!("../data/budget.toml");

struct Desk(TempDir);

impl Desk {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_poll-admin"));
        program.env_remove("RUST_LOG").current_dir(self.0.path()).args(["--city", "city"]);
        program.args(arguments).output().unwrap()
    }

    /// What it says when all is well.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What it says when it is not.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Two electorates of forty, and casting over a little while after it has begun.
    fn write_plan(&self, until: u64) {
        let rolls = [("citizens.txt", 0..40_u8), ("committee.txt", 20..60)];
        for (name, numbers) in rolls {
            let line = |number: u8| format!("{}\t시민 {number}\n", format!("{number:02x}").repeat(32));
            fs::write(self.path(name), numbers.map(line).collect::<String>()).unwrap();
        }
        let (middle, slot) = (until / 2, until / 4);
        let window = |from: u64, until: u64| format!("{{ from = \"+{from}\", until = \"+{until}\" }}");
        let line = |line: &str| match line.split(' ').next() {
            Some("registration") => format!("registration = {}", window(until / 4, middle)),
            Some("casting") => format!("casting = {}", window(middle, middle + 2 * slot)),
            Some("slot") => format!("slot = {slot}"),
            _ => line.to_owned(),
        };
        let text: Vec<_> = PLAN.lines().map(line).collect();
        fs::write(self.path("plan.toml"), text.join("\n")).unwrap();
    }
}

/// What stands behind a name.
fn row<'t>(text: &'t str, name: &str) -> &'t str {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name}: {text}")).trim()
}

async fn city(path: &Path) -> City {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    City::start(Folder::open(path).unwrap(), listen).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_with_weights_and_a_reward_is_made_announced_watched_closed_and_published_in_both_languages() {
    let desk = Desk(TempDir::new().unwrap());
    let began = Instant::now();
    let city = city(&desk.path("city")).await;
    desk.write_plan(40 + 4 * began.elapsed().as_secs());

    let made = desk.done(&["make", "plan.toml"]);
    assert_eq!(row(&made, "title"), "Participatory budget 2027");
    assert!(row(&made, "reward").starts_with("1,000 points, by Sandbox ordinance"), "{made}");
    let poll = row(&made, "poll").to_owned();
    let opened = desk.done(&["--lang", "ko", "open", "poll.manifest"]);
    assert_eq!((row(&opened, "투표"), row(&opened, "제목")), (poll.as_str(), "주민참여예산 2027"));
    assert_eq!(row(&opened, "공고"), "장부가 증명합니다");
    assert!(row(&opened, "참여 보상").starts_with("1,000포인트"), "{opened}");
    // The treasury made the reward's key, and nobody else has one like it.
    let bytes = fs::read(desk.path("poll.manifest")).unwrap();
    let (_, manifest): ([u8; 32], Vec<u8>) = borsh::from_slice(&bytes).unwrap();
    let manifest = Manifest::from_canonical(&manifest).unwrap();
    let reward = manifest.reward.unwrap();
    assert!(manifest.registrars.iter().all(|registrar| !registrar.keys.contains(&reward.key)));
    assert_eq!(manifest.electorates.iter().map(|it| it.weight).collect::<Vec<_>>(), [50, 40]);

    // Nobody votes: the sums stay closed, and that is what is published.
    let closed = desk.done(&["--lang", "ko", "close", &poll]);
    assert_eq!(row(&closed, "열쇠"), "수탁자들이 함께 만들었습니다");
    assert!(row(&closed, "선거인단").starts_with("시민: 명부 40명 중 등록 0명"), "{closed}");
    let watched = desk.done(&["watch", &poll]);
    assert_eq!((row(&watched, "ceremony"), watched.matches("electorate").count()), ("done", 2));
    let published = desk.done(&["publish", &poll]);
    assert!(row(&published, "verified").ends_with("none failed; 0 ballots count"), "{published}");
    let bundle = Bundle::open(|| File::open(desk.path("poll.bundle"))).unwrap();
    assert_eq!(bundle.anchor().poll.to_hex(), poll);
    city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_office_cannot_do_is_said_in_its_language_and_changes_nothing() {
    let desk = Desk(TempDir::new().unwrap());
    assert!(desk.refused(&["watch", &"0".repeat(64)]).contains("city"), "no city");
    let city = city(&desk.path("city")).await;
    let cases = [
        (["watch", &"0".repeat(64)], "The ledger knows no such poll", "장부에 없는 투표입니다"),
        (["watch", "0123"], "This is no poll's name", "투표의 이름이 아닙니다"),
        (["make", "plan.toml"], "The file cannot be used: plan.toml", "파일을 쓸 수 없습니다: plan.toml"),
        (["open", "poll.manifest"], "The file cannot be used", "파일을 쓸 수 없습니다"),
        (["publish", &"0".repeat(64)], "It cannot be published", "공개하지 못합니다"),
    ];
    for ([verb, what], en, ko) in cases {
        assert!(desk.refused(&[verb, what]).starts_with(en), "{verb}");
        assert!(desk.refused(&["--lang", "ko", verb, what]).starts_with(ko), "{verb}");
    }
    // A roll below twice the turnout: no manifest.
    desk.write_plan(400);
    let plan = fs::read_to_string(desk.path("plan.toml")).unwrap();
    fs::write(desk.path("plan.toml"), plan.replace("minimum-turnout = 20", "minimum-turnout = 21")).unwrap();
    assert!(desk.refused(&["--lang", "ko", "make", "plan.toml"]).starts_with("이 계획으로는"));
    assert!(!desk.path("poll.manifest").exists());
    city.stop().await.unwrap();
}
