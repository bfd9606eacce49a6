//! The story, told over and over on one folder, in both languages: the main job as a newcomer sees it.

#![cfg(test)]

use citizen_client::{Https, Method, Request, Transport as _};
use citizen_primitives::Place;
use city_sandbox::city::City;
use city_sandbox::failure::Failure;
use city_sandbox::folder::Folder;
use city_sandbox::keeping;
use city_sandbox::narrator::{Language, Narrator};
use city_sandbox::story::{PollSize, tell};
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

/// What is printed: a story that stops is a failed test.
async fn told(poll: PollSize, folder: &Path, language: Language) -> String {
    let mut printed = Vec::new();
    let mut narrator = Narrator::new(&mut printed, language);
    if let Err(Failure(reason)) = tell(poll, folder, &mut narrator).await {
        panic!("stopped: {}\n{}", reason.text(language), String::from_utf8_lossy(&printed));
    }
    String::from_utf8(printed).unwrap()
}

/// Which of them drops is drawn.
const RELAYS: [&str; 4] =
    ["Sandbox Library Relay", "Sandbox University Relay", "샌드박스 도서관 중계", "샌드박스 대학 중계"];

/// A chapter a line, however the lines were broken, and `#` for what differs from run to run: heights, places, digests, sizes and times.
fn masked(told: &str, folder: &Path) -> String {
    let told = told.replace(&folder.display().to_string(), "FOLDER");
    let mut chapters: Vec<Vec<&str>> = Vec::new();
    for line in told.lines() {
        let goes_on = line.starts_with("  ") && !line.starts_with("  ✓");
        if !goes_on || chapters.is_empty() {
            chapters.push(Vec::new());
        }
        chapters.last_mut().unwrap().extend(line.split_whitespace());
    }
    let mut lines: Vec<String> = chapters.iter().map(|words| masked_words(words).join(" ")).collect();
    drop_polls_that_were_over_too_soon(&mut lines);
    let lines = format!("{}\n", lines.join("\n"));
    RELAYS.iter().fold(lines, |lines, relay| lines.replace(relay, "RELAY"))
}

/// On a machine that has much else to do a poll may be held again: what is compared is the one that was long enough.
fn drop_polls_that_were_over_too_soon(lines: &mut Vec<String>) {
    let again = ["another poll, with twice the time", "다른 투표를 엽니다"];
    let is_poll = |line: &String| line.split(' ').nth(1).is_some_and(|name| ["poll", "투표"].contains(&name));
    let begin = lines.iter().position(is_poll);
    let end = lines.iter().rposition(|line| again.iter().any(|words| line.contains(words)));
    let (Some(begin), Some(end)) = (begin, end) else { return };
    let dropped = lines.drain(begin..=end).count();
    for line in &mut lines[begin..] {
        let Some((number, rest)) = line.split_once(' ') else { continue };
        if let Ok(number) = number.parse::<usize>() {
            *line = format!("{} {rest}", number - dropped);
        }
    }
}

fn masked_words(words: &[&str]) -> Vec<String> {
    let is_in = |at: Option<usize>, list: &[&str]| {
        at.and_then(|at| words.get(at)).is_some_and(|word| list.iter().any(|end| word.ends_with(end)))
    };
    let mask = |(at, word): (usize, &&str)| {
        let after_name = is_in(at.checked_sub(1), &["block", "블록", "place", "자리", "slot", "칸", "poll"]);
        let units = ["KB", "KB,", "ms", "s.", "blocks", "checks", "걸렸습니다."];
        let seconds = words.get(at + 1).is_some_and(|next| ["s", "s;"].contains(next));
        let before_unit = is_in(Some(at + 1), &units) || seconds;
        let with_unit = word.contains('초') || word.ends_with("건,") || word.ends_with("호를");
        let differs = after_name || before_unit || with_unit;
        let digest = word.trim_end_matches(',');
        if digest.len() == 8 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return word.replace(digest, "########");
        }
        let number = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
        let behind = word.find(|c| !number(c)).unwrap_or(word.trim_end_matches([',', '.']).len());
        if differs && behind > 0 { format!("#{}", &word[behind..]) } else { (*word).to_owned() }
    };
    words.iter().enumerate().map(mask).collect()
}

/// As it was told before: `UPDATE_STORY=1` writes it anew, to be read in the difference.
#[track_caller]
fn is_as_before(name: &str, told: &str, folder: &Path) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/told").join(name);
    let told = masked(told, folder);
    if std::env::var_os("UPDATE_STORY").is_some() {
        fs::write(&file, &told).unwrap();
    }
    let before = fs::read_to_string(&file).unwrap_or_default();
    for (told, before) in told.lines().zip(before.lines()) {
        assert_eq!(told, before, "{name}");
    }
    assert_eq!(told.lines().count(), before.lines().count(), "{name}:\n{told}");
}

/// Columns of a terminal: Hangul takes two.
fn columns(line: &str) -> usize {
    line.chars().map(|c| if ('가'..='힣').contains(&c) { 2 } else { 1 }).sum()
}

#[track_caller]
fn fits_a_terminal(told: &str, folder: &Path) {
    assert!(!told.contains('\u{1b}'), "colours where nobody asked for them");
    for line in told.lines().filter(|line| !line.contains(&folder.display().to_string())) {
        assert!(columns(line) <= 80, "{} columns: {line}", columns(line));
    }
}

/// The numbers that stand behind a word.
fn numbers_after(told: &str, word: &str) -> Vec<u64> {
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let number = |rest: &str| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(rest.len());
        rest[..end].replace(',', "").parse().ok()
    };
    told.split(word).skip(1).filter_map(number).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_is_told_in_english_and_goes_on_in_korean() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("city");
    let first = told(PollSize::Small, &folder, Language::En).await;
    is_as_before("first.en.txt", &first, &folder);
    fits_a_terminal(&first, &folder);

    // Each payment is held, then captured, then proved, and the audit has replayed the blocks of all three.
    let (held, captured) = (numbers_after(&first, "held (block "), numbers_after(&first, "captured (block "));
    let receipts = numbers_after(&first, "receipt block ");
    // Three more are the till's and her ballots', and more still if a poll was held again.
    assert_eq!((held.len(), captured.len()), (3, 3), "{first}");
    assert!(receipts.len() >= 6, "{first}");
    for ((held, captured), receipt) in held.iter().zip(&captured).zip(&receipts) {
        assert!(held < captured && captured < receipt, "{first}");
    }
    let replayed = numbers_after(&first, "+ 14,000 the merchants' ")[0];
    assert!(receipts.iter().all(|receipt| *receipt <= replayed), "{first}");

    let second = told(PollSize::Small, &folder, Language::Ko).await;
    is_as_before("second.ko.txt", &second, &folder);
    fits_a_terminal(&second, &folder);
    assert!(!second.contains("won"), "nothing is left in English");
}

/// The story's audit opens the ledger right after the city has stopped: nobody may hold it any more, nor may a connection that
/// somebody has left open.
#[tokio::test(flavor = "multi_thread")]
async fn a_city_that_has_stopped_has_let_go_of_its_files() {
    let home = tempfile::tempdir().unwrap();
    let mut folder = Folder::open(&home.path().join("city")).unwrap();
    for _ in 0..30 {
        let city = City::start(folder, (Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
        let client = Https::new().unwrap();
        for _ in 0..4 {
            let url = city.url().join("v1/ledger/status").unwrap();
            let place = Place::new("test.status");
            client.send(Request { place, method: Method::Get, url, body: Vec::new() }).await.unwrap();
        }
        folder = city.stop().await.unwrap();
        keeping::audit(&folder, |_| {}).unwrap();
    }
}

/// Claims are used up after some runs, then the won: each time the story says so and goes on.
#[tokio::test(flavor = "multi_thread")]
async fn the_tenth_story_on_one_folder_ends_as_well_as_the_first() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("city");
    let mut wages = 0;
    let mut last = String::new();
    for run in 1..=10 {
        last = told(PollSize::None, &folder, Language::En).await;
        wages += usize::from(last.contains("her wage of 100,000 won has come"));
        assert_eq!(numbers_after(&last, "captured (block ").len(), 3, "run {run}:\n{last}");
    }
    assert_eq!(wages, 1);
    assert!(last.contains("tax paid on time: all 3 granted"), "{last}");
    assert!(last.contains("points + "), "points are left to pay with:\n{last}");
}
