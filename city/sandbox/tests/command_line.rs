//! The program `city` as an operator meets it.

#![cfg(test)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn city(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_city"));
    command.arg("--data").arg(data).env_remove("RUST_LOG");
    command
}

/// The story, with a poll of this size.
fn story(data: &Path, poll: &str) -> Command {
    let mut command = city(data);
    command.args(["story", "--poll", poll]);
    command
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A city that keeps running until it is told to stop.
struct Up {
    child: Child,
    address: String,
}

impl Up {
    #[allow(clippy::zombie_processes, reason = "`stop` waits for it")]
    fn start(data: &Path) -> Self {
        let _ = fs::remove_file(data.join("address"));
        let child = city(data).arg("up").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let began = Instant::now();
        loop {
            if let Ok(url) = fs::read_to_string(data.join("address")) {
                let address = url.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
                return Self { child, address };
            }
            assert!(began.elapsed() < Duration::from_secs(600), "the city does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn get(&self, path: &str) -> serde_json::Value {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: city\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    fn stop(self) -> Output {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait_with_output().unwrap()
    }
}

#[test]
fn sandbox_5_a_city_stops_cleanly_and_goes_on_where_it_stood() {
    let home = TempDir::new().unwrap();
    let first = Up::start(home.path());
    let before = first.get("/v1/ledger/status");
    assert_eq!(first.get("/health")["status"], "ok");
    let stopped = first.stop();
    assert!(stopped.status.success(), "{}", text(&stopped.stderr));
    assert!(text(&stopped.stdout).contains("The city is open at http://127.0.0.1:"));
    assert!(text(&stopped.stdout).contains("Nothing is lost"));
    assert_eq!(text(&stopped.stderr), "");

    let trust = fs::read(home.path().join("city.json")).unwrap();
    let second = Up::start(home.path());
    let after = second.get("/v1/ledger/status");
    assert_eq!(after["chain_id"], before["chain_id"]);
    assert!(after["height"].as_u64() >= before["height"].as_u64());
    assert_eq!(fs::read(home.path().join("city.json")).unwrap(), trust);
    assert!(second.stop().status.success());
}

#[test]
fn sandbox_1_a_second_process_on_the_same_folder_is_refused_in_words() {
    let home = TempDir::new().unwrap();
    let up = Up::start(home.path());
    for (arguments, language, sentence) in [
        (vec!["up"], "en", "Another process has this folder open"),
        (vec!["audit"], "ko", "다른 프로세스가 이 폴더를 쓰고 있습니다"),
        (vec![], "en", "Another process has this folder open"),
        (vec!["backup", "/nowhere/at/all"], "en", "Another process has this folder open"),
    ] {
        let refused = run(city(home.path()).args(&arguments).args(["--lang", language]));
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
        assert!(text(&refused.stderr).contains(sentence), "{}", text(&refused.stderr));
    }
    assert!(up.stop().status.success());
}

#[test]
fn sandbox_7_the_audit_replays_the_ledger_and_finds_what_was_changed() {
    let home = TempDir::new().unwrap();
    assert!(Up::start(home.path()).stop().status.success());
    let good = run(city(home.path()).arg("audit"));
    assert!(good.status.success(), "{}", text(&good.stderr));
    assert!(text(&good.stdout).contains("replayed from genesis"));

    // The ledger's name stands in its headers: another name is another header.
    let file = home.path().join("ledger/ledger.redb");
    let mut bytes = fs::read(&file).unwrap();
    let name = b"seoul-sandbox-";
    let places: Vec<_> = (0..bytes.len() - name.len()).filter(|at| bytes[*at..].starts_with(name)).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at] = b'S';
    }
    fs::write(&file, &bytes).unwrap();
    let bad = run(city(home.path()).arg("audit"));
    assert_eq!(bad.status.code(), Some(1));
    assert!(text(&bad.stderr).starts_with("Stopped: "), "{}", text(&bad.stderr));
}

#[test]
fn sandbox_6_a_city_comes_back_from_its_backup() {
    let home = TempDir::new().unwrap();
    let (data, kept, again) = (home.path().join("city"), home.path().join("kept"), home.path().join("again"));
    let up = Up::start(&data);
    let chain = up.get("/v1/ledger/status")["chain_id"].clone();
    assert!(up.stop().status.success());
    assert!(run(city(&data).arg("backup").arg(&kept)).status.success());
    let restored = run(city(&again).arg("restore").arg(&kept));
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    let up = Up::start(&again);
    assert_eq!(up.get("/v1/ledger/status")["chain_id"], chain);
    assert!(up.stop().status.success());
    assert_eq!(run(city(&data).arg("backup").arg(&kept)).status.code(), Some(1), "never over another backup");
}

#[test]
fn bad_input_is_refused_in_words_and_writes_nothing() {
    let home = TempDir::new().unwrap();
    let data = home.path().join("city");
    for (arguments, code) in [
        (vec!["down"], 2),
        (vec!["story", "--poll", "huge"], 2),
        (vec!["up", "--listen", "here"], 2),
        (vec!["backup"], 2),
        (vec!["--lang", "xx"], 2),
        (vec!["serve", "post"], 2),
        (vec!["torture", "--runs", "0"], 2),
        (vec!["torture", "--seed", "first"], 2),
        (vec!["audit", "x"], 2),
        (vec!["restore"], 2),
        (vec!["audit"], 1),
        (vec!["backup", "x"], 1),
        (vec!["restore", "/no/backup"], 1),
    ] {
        let refused = run(city(&data).args(&arguments));
        assert_eq!(refused.status.code(), Some(code), "{arguments:?}");
        let said = text(&refused.stderr);
        assert!(!said.is_empty() && !said.contains("panicked"), "{arguments:?}: {said}");
        assert!(!data.exists(), "{arguments:?} wrote something");
    }
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(run(city(&file).arg("up")).status.code(), Some(1));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = run(city(&data).args(["up", "--listen", &address]));
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains(&address));
}

/// An officer who cannot tell the issuer would file cases and leave lost cards valid.
#[test]
fn sandbox_16_an_officer_without_an_issuer_and_a_service_that_nobody_knows_are_not_served() {
    let home = TempDir::new().unwrap();
    for (arguments, said) in [
        (&["serve", "officer"][..], "--issuer is needed"),
        (&["serve", "verifier", "--service", "nowhere"], "there is no service \"nowhere\""),
        (&["serve", "issuer"], "--ledger is needed"),
    ] {
        let refused = run(city(home.path()).args(arguments));
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
        assert!(text(&refused.stderr).contains(said), "{arguments:?}: {}", text(&refused.stderr));
    }
}

/// What the city's own programs say of themselves while the story is told, everything.
#[test]
fn sandbox_10_the_log_names_no_citizen_no_account_no_payment_and_no_shop() {
    let home = TempDir::new().unwrap();
    let told = run(story(&home.path().join("city"), "small").env("RUST_LOG", "city=trace,citizen=trace"));
    assert!(told.status.success(), "{}", text(&told.stderr));
    let log = text(&told.stderr);
    let said = |what: &str| log.contains(what);
    assert!(
        said("an order moved") && said("captured") && said("/v1/centre/orders"),
        "nothing was logged: {log}"
    );
    for line in log.lines() {
        assert!(line.is_ascii(), "a name: {line}");
        // Identifiers, keys and hashes are long; what a line says is short words. Colours are none of it.
        let is_long = |word: &str| word.len() >= 20 && word.bytes().any(|byte| byte.is_ascii_digit());
        let mut words = line.split(|letter: char| !letter.is_ascii_alphanumeric());
        assert!(!words.any(is_long), "an identifier: {line}");
        for secret in ["MANGWON", "YEONNAM", "482915", "bill-2026"] {
            assert!(!line.contains(secret), "{secret}: {line}");
        }
    }
}

#[test]
fn a_party_that_lacks_an_address_says_which() {
    let home = TempDir::new().unwrap();
    let refused = run(city(home.path()).args(["serve", "bank"]));
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("--ledger is needed"));
}

/// What a program said that stopped: words, no panic.
fn said(stopped: &Output) -> String {
    let said = text(&stopped.stderr);
    assert!(!said.is_empty() && !said.contains("panicked"), "{said}");
    said
}

#[test]
fn sandbox_9_a_disk_that_fills_up_stops_the_city_in_words_and_loses_nothing() {
    let home = TempDir::new().unwrap();
    let data = home.path().join("city");
    assert!(run(&mut story(&data, "none")).status.success());
    let full = data.join("ledger/ledger.redb").metadata().unwrap().len();
    // Files may grow no further than the ledger has grown by now, in blocks of 512 bytes; once the program is told so, and
    // once it is killed for trying.
    for trap in ["trap '' XFSZ;", ""] {
        let script = format!("{trap} ulimit -f {}; exec \"$@\" story --poll small", full / 512);
        let mut stopped = None;
        for _ in 0..20 {
            let mut command = Command::new("sh");
            command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_city"), "--data"]).arg(&data);
            let output = run(&mut command);
            if !output.status.success() {
                stopped = Some(output);
                break;
            }
        }
        let stopped = stopped.expect("the files never reach the limit");
        if !trap.is_empty() {
            // A party's file or the phone's own, whichever comes to the limit first.
            let words = ["disk is full", "no space left"];
            assert!(words.iter().any(|word| said(&stopped).contains(word)), "{}", text(&stopped.stderr));
        }
        let audited = run(city(&data).arg("audit"));
        assert!(audited.status.success(), "{}", text(&audited.stderr));
        let after = run(&mut story(&data, "none"));
        assert!(after.status.success(), "{}", text(&after.stderr));
    }
}

#[test]
fn sandbox_9_a_folder_that_cannot_be_written_is_named() {
    // A place where nobody can write, root neither.
    let refused = run(city(Path::new("/proc/no-city")).arg("up"));
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("/proc/no-city"));
}

#[test]
fn sandbox_9_a_damaged_page_is_refused_in_words_or_changes_nothing() {
    let home = TempDir::new().unwrap();
    let data = home.path().join("city");
    assert!(run(&mut story(&data, "none")).status.success());
    let file = data.join("ledger/ledger.redb");
    let whole = fs::read(&file).unwrap();
    let mut refused = 0;
    for part in 0..24 {
        let mut damaged = whole.clone();
        let place = whole.len() * part / 24 + 300;
        damaged[place] ^= 0x40;
        fs::write(&file, damaged).unwrap();
        let audited = run(city(&data).arg("audit"));
        if !audited.status.success() {
            said(&audited);
            refused += 1;
        }
    }
    assert!(refused > 0, "no flipped bit was noticed");
    fs::write(&file, whole).unwrap();
    assert!(run(city(&data).arg("audit")).status.success());
}
