//! The program, on files.

use assert_cmd::Command;
use serde_json::{Value, json};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

fn thousand() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/voting/vectors/board-1000.gz")
}

fn plain() -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(thousand()).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// What the program prints, and its exit status.
fn run(arguments: &[&str]) -> (Value, i32) {
    let output = Command::cargo_bin("verify-poll").unwrap().args(arguments).arg("--json").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    (serde_json::from_str(&text).unwrap(), output.status.code().unwrap())
}

fn of_file(path: &Path) -> (Value, i32) {
    run(&["--file", path.to_str().unwrap()])
}

#[test]
fn the_frozen_board_passes_and_every_check_is_printed_with_its_count() {
    let (said, status) = of_file(&thousand());
    assert_eq!(status, 0);
    let fields: Vec<&str> = said.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["checks", "counted", "first_failure", "ok", "poll_id", "replaced", "result", "spoiled"];
    assert_eq!(fields, expected);
    assert_eq!((&said["ok"], &said["first_failure"]), (&json!(true), &Value::Null));
    // What `board-1000.txt` says comes out of it, line by line.
    let frozen = fs::read_to_string(thousand().with_file_name("board-1000.txt")).unwrap();
    let mut held = 0;
    for (name, value) in frozen.lines().filter_map(|line| line.split_once(" = ")) {
        let found = match name.split('-').collect::<Vec<_>>()[..] {
            ["poll", "id"] => said["poll_id"].as_str().unwrap().to_owned(),
            ["votes", contest, option] => {
                let (contest, option) =
                    (json!(contest.parse::<u8>().unwrap()), json!(option.parse::<u8>().unwrap()));
                let of = |votes: &&Value| votes["contest"] == contest && votes["option"] == option;
                said["result"].as_array().unwrap().iter().find(of).unwrap()["votes"].to_string()
            }
            ["check", ..] => {
                let of = |check: &&Value| json!(name.strip_prefix("check-").unwrap()) == check["name"];
                let check = said["checks"].as_array().unwrap().iter().find(of).unwrap();
                assert_eq!(check["failed"], 0);
                check["count"].to_string()
            }
            _ => said[name].to_string(),
        };
        assert_eq!(found, value, "{name}");
        held += 1;
    }
    assert!(held > 20, "{held}");
    assert_eq!(said["checks"][0], json!({ "name": "anchor", "count": 0, "failed": 0 }));
}

#[test]
fn for_people_it_prints_names_counts_and_what_is_not_proved() {
    let mut command = Command::cargo_bin("verify-poll").unwrap();
    let output = command.args(["--file", thousand().to_str().unwrap(), "--lang", "ko"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(["천 표", "도서관", "--trust"].iter().all(|word| text.contains(word)), "{text}");
    assert!(text.contains("ballots") && text.contains("1000"), "{text}");
    assert!(output.status.success());
}

/// VOTE-9: a byte changed anywhere is found, and said.
#[test]
fn vote_9_a_changed_file_does_not_pass() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), plain());
    let file = folder.path().join("bundle");
    for (turn, place) in (0..bytes.len()).step_by(bytes.len() / 3).enumerate() {
        let mut changed = bytes.clone();
        changed[place] ^= 1 << (turn % 8);
        fs::write(&file, changed).unwrap();
        let (said, status) = of_file(&file);
        assert_eq!((&said["ok"], status), (&json!(false), 1), "{place}");
        assert!(said["first_failure"]["reason"].is_string(), "{place}");
    }
    // Without its last entry, and with something after its end.
    fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(of_file(&file).1, 1);
    fs::write(&file, [&bytes[..], &[4, 0, 0, 0, 1, 2, 3, 4]].concat()).unwrap();
    assert_eq!(of_file(&file).1, 1);
    // The same bytes, not compressed, pass.
    fs::write(&file, &bytes).unwrap();
    assert_eq!(of_file(&file).1, 0);
}

#[test]
fn a_file_of_another_poll_and_one_that_nothing_proves_are_refused_where_that_was_asked() {
    let file = thousand();
    let (said, status) = run(&[&"07".repeat(32), "--file", file.to_str().unwrap()]);
    assert_eq!((status, &said["first_failure"]["check"]), (1, &json!("anchor")));
    let folder = tempfile::tempdir().unwrap();
    let trust = folder.path().join("city.json");
    let town = crate::town::Town::new();
    let anchor = citizen_client::TrustFile::of(&town.anchor()).to_json();
    fs::write(&trust, anchor).unwrap();
    let (said, status) = run(&["--file", file.to_str().unwrap(), "--trust", trust.to_str().unwrap()]);
    assert_eq!((status, &said["first_failure"]["check"]), (1, &json!("anchor")));
    assert_eq!(said["checks"][0], json!({ "name": "anchor", "count": 1, "failed": 1 }));
}

#[test]
fn what_cannot_be_read_is_said_in_the_same_shape() {
    let (said, status) = of_file(Path::new("/no/such/file"));
    assert_eq!((status, &said["ok"], &said["first_failure"]["check"]), (1, &json!(false), &json!("reading")));
    let status = |arguments: &[&str]| {
        Command::cargo_bin("verify-poll").unwrap().args(arguments).output().unwrap().status.code().unwrap()
    };
    assert_eq!(status(&["--gateway", "http://127.0.0.1:1"]), 64, "no poll, no trust file");
    assert_eq!(status(&["07", "--file", "x"]), 64, "no poll's name");
    assert_eq!(status(&["--help"]), 0);
}
