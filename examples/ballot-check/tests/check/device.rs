//! The device itself, and the program on its folder.

use crate::polling::city::Citizen;
use crate::polling::manifest::*;
use crate::town::{Town, Wire};
use assert_cmd::Command;
use ballot_check::{CheckError, Device, Polls, PollsError, said};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use citizen_primitives::Canonical as _;
use citizen_voting::ContestChoice;
use citizen_voting::spoil::{Opening, OpeningError};
use serde_json::Value;
use std::path::Path;

pub(crate) fn text(opening: &Opening) -> String {
    URL_SAFE_NO_PAD.encode(opening.to_canonical())
}

/// A device that knows the poll already, from the ledger.
pub(crate) async fn device(folder: &Path) -> (Device, Polls) {
    let town = Town::with_a_key();
    let polls = Polls::new(folder, Some(town.client()));
    let device = Device::open(folder).unwrap();
    polls.find(POLL.id()).await.unwrap();
    (device, Polls::new(folder, None))
}

#[tokio::test]
async fn check_1_an_honest_ballot_is_recognised_and_one_that_was_not_scanned_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, polls) = device(folder.path()).await;
    let opening = Citizen::register(6, CITIZENS).opening(1);
    let unscanned = device.check(&text(&opening), &polls).await;
    assert!(matches!(unscanned, Err(CheckError::Refused(OpeningError::NotScanned))));
    device.scan(&format!(" {} \n", opening.fingerprint)).unwrap();
    // Another device of the same folder: what was scanned is on the disk.
    let mut device = Device::open(folder.path()).unwrap();
    let checked = device.check(&text(&opening), &polls).await.unwrap();
    let said = said::checked(&checked);
    assert_eq!(said["choices"][0]["chosen"][0]["en"], "Library");
    assert_eq!(said["choices"][1]["chosen"][0]["score"], 1);
    assert_eq!(said["choices"][2]["chosen"][0]["ko"], "안전");
}

#[tokio::test]
async fn check_2_a_fingerprint_is_used_up_whatever_comes_out() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, polls) = device(folder.path()).await;
    let honest = Citizen::register(6, CITIZENS).opening(1);
    // The wallet encrypted one choice and says another.
    let mut lying = honest.clone();
    lying.choices[0] = ContestChoice::Choose(vec![1, 4]);
    device.scan(&honest.fingerprint.to_string()).unwrap();
    let refused = device.check(&text(&lying), &polls).await;
    assert!(matches!(refused, Err(CheckError::Refused(OpeningError::WrongOpening { .. }))));
    let mut device = Device::open(folder.path()).unwrap();
    for again in [&lying, &honest] {
        let again = device.check(&text(again), &polls).await;
        assert!(matches!(again, Err(CheckError::Refused(OpeningError::NotScanned))), "no second attempt");
    }
}

#[tokio::test]
async fn check_3_a_poll_is_known_by_the_ledgers_proof_and_what_is_kept_is_gone_through_again() {
    let folder = tempfile::tempdir().unwrap();
    let unknown = Polls::new(folder.path(), None).find(POLL.id()).await;
    assert!(matches!(unknown, Err(PollsError::Unknown)));
    let town = Town::new();
    let no_poll = Polls::new(folder.path(), Some(town.client())).find(POLL.id()).await;
    assert!(matches!(no_poll, Err(PollsError::NoPoll)));
    let town = Town::with_a_key();
    let lying = town.client_of(Wire::lying(town.router(), |_, mut body| {
        let middle = body.len() / 2;
        body[middle] = if body[middle] == b'A' { b'B' } else { b'A' };
        body
    }));
    assert!(matches!(
        Polls::new(folder.path(), Some(lying)).find(POLL.id()).await,
        Err(PollsError::Ledger(_))
    ));
    let (poll, election) = Polls::new(folder.path(), Some(town.client())).find(POLL.id()).await.unwrap();
    assert_eq!((poll.id(), election.key), (POLL.id(), crate::polling::city::KEYS.election.key));
    // Somebody changes what is kept: it is as good as nothing.
    let kept = folder.path().join(format!("poll-{}", POLL.id().to_hex()));
    let mut bytes = std::fs::read(&kept).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&kept, bytes).unwrap();
    let changed = Polls::new(folder.path(), None).find(POLL.id()).await;
    assert!(matches!(changed, Err(PollsError::Unknown)));
}

#[tokio::test]
async fn what_is_no_fingerprint_and_no_opening_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, polls) = device(folder.path()).await;
    for bad in ["", "07", &"0".repeat(65), &"G".repeat(64)] {
        assert!(matches!(device.scan(bad), Err(CheckError::Fingerprint)), "{bad}");
    }
    let opening = text(&Citizen::register(6, CITIZENS).opening(1));
    for bad in ["", "=", &opening[..opening.len() - 4], &format!("{opening}AAAA"), &"A".repeat(50_000)] {
        assert!(matches!(device.check(bad, &polls).await, Err(CheckError::Malformed)));
    }
}

#[tokio::test]
async fn the_program_scans_and_checks_and_says_so_in_json_and_in_words() {
    let folder = tempfile::tempdir().unwrap();
    drop(device(folder.path()).await);
    let opening = Citizen::register(7, CITIZENS).opening(1);
    let run = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("ballot-check").unwrap();
        let output = command.arg("--home").arg(folder.path()).args(arguments).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
    };
    let json = |arguments: &[&str]| {
        let (text, status) = run(&[arguments, &["--json"]].concat());
        (serde_json::from_str::<Value>(&text).unwrap(), status)
    };
    let (said, status) = json(&["open", &text(&opening)]);
    assert_eq!((said["error"]["code"].as_str(), status), (Some("not-scanned"), 1));
    let (said, status) = json(&["scan", &opening.fingerprint.to_string()]);
    assert_eq!((said["fingerprint"].as_str(), status), (Some(opening.fingerprint.to_string().as_str()), 0));
    let (said, status) = json(&["open", &text(&opening)]);
    assert_eq!(
        (said["ok"].as_bool(), said["choices"].as_array().map(Vec::len), status),
        (Some(true), Some(3), 0)
    );
    run(&["scan", &opening.fingerprint.to_string()]);
    let (words, status) = run(&["open", &text(&opening), "--lang", "ko"]);
    assert!(status == 0 && words.contains("도서관, 자전거길, 돌봄"), "{words}");
    assert_eq!(run(&["open"]).1, 64);
}
