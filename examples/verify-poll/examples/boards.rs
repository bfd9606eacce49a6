//! What verifying a whole poll costs: `boards BALLOTS…` makes polls of so many ballots in files and verifies each in a process of its own,
//! on two threads; prints time, memory at its highest, and the slope, from the smallest to the largest, to a million.
//!
//! The files are kept in `target/boards` and made again only where they are missing: tokens are signed directly, with a fast RSA-PSS
//! library, since a hundred thousand blind signatures take most of an hour. Prints `figure`, name, value, unit, separated by tabs.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // A measurement that cannot be made is stopped.

#[allow(dead_code, reason = "tests use the rest")]
#[path = "../../../core/voting/tests/voting/support/mod.rs"]
mod polling;

#[path = "../../../core/voting/tests/voting/support/crowd.rs"]
mod crowd;

use citizen_client::BundleWriter;
use citizen_primitives::Canonical as _;
use citizen_voting::board::{BoardEntry, LogHead, SlotMark};
use citizen_voting::verify::{Effort, verify_poll};
use citizen_voting::{PollAnchor, PollRecord};
use crowd::Crowd;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use verify_poll::{create, open};

/// Ballots that are made together, by all threads.
const PART: u32 = 2_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("verify") => verify(Path::new(&arguments[1])),
        _ => measure(&arguments.iter().map(|size| size.parse().unwrap()).collect::<Vec<u32>>()),
    }
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure\t{name}\t{value:.3}\t{unit}");
}

fn measure(sizes: &[u32]) {
    let mut measured: Vec<(f64, f64, f64)> = Vec::new();
    for ballots in sizes {
        let path = made(*ballots);
        let bytes = f64::from(u32::try_from(fs::metadata(&path).unwrap().len() / 1_000).unwrap()) / 1e3;
        let output =
            Command::new(std::env::current_exe().unwrap()).arg("verify").arg(&path).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        let mut numbers = text.split_whitespace().map(|number| number.parse::<f64>().unwrap());
        let [seconds, processor, memory] = std::array::from_fn(|_| numbers.next().unwrap());
        figure(&format!("poll-{ballots}-verify"), seconds, "s on 2 threads");
        figure(&format!("poll-{ballots}-verify-processor"), processor, "s of processor time");
        figure(&format!("poll-{ballots}-memory"), memory, "MB at the highest");
        figure(&format!("poll-{ballots}-bundle"), bytes, "MB");
        measured.push((f64::from(*ballots), seconds, processor));
    }
    if let (Some(first), Some(last)) = (measured.first(), measured.last())
        && last.0 > first.0
    {
        let slope = |small: f64, large: f64| (large - small) / (last.0 - first.0) * 1e6 / 60.0;
        figure("poll-million-verify", slope(first.1, last.1), "min on 2 threads, by the slope");
        figure(
            "poll-million-verify-processor",
            slope(first.2, last.2),
            "min of processor time, by the slope",
        );
    }
}

/// Verifies one file: prints seconds, seconds of processor time, and megabytes at the highest.
fn verify(path: &Path) {
    let start = Instant::now();
    let bundle = open(path).unwrap();
    let (mut board, mut issuance) = (bundle.board(), bundle.issuance());
    let effort = Effort { threads: 2.try_into().unwrap(), ..Effort::default() };
    let logs = (&mut board, &mut issuance);
    let report = verify_poll(bundle.anchor(), bundle.record(), logs, effort, &mut |_| {}).unwrap();
    assert_eq!(report.first_failure, None);
    println!("{:.3} {:.3} {:.1}", start.elapsed().as_secs_f64(), processor_seconds(), peak_megabytes());
}

/// User and system time of this process (proc(5): fields 14 and 15 of `stat`, in hundredths).
fn processor_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks =
        after_name.split_whitespace().skip(11).take(2).map(|field| field.parse::<f64>().unwrap_or(0.0));
    ticks.sum::<f64>() / 100.0
}

/// The most memory that this process has had (proc(5): `VmHWM`).
fn peak_megabytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or(0.0)
        / 1_000.0
}

/// The file of a poll with so many ballots.
fn made(ballots: u32) -> PathBuf {
    let folder = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    let folder = folder.join("boards");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("poll-{ballots}.bundle"));
    if !path.exists() {
        let crowd = Crowd::of(ballots);
        let entries = folder.join("entries.part");
        let parts = cast(&crowd, ballots, &entries);
        let whole = folder.join("poll.part");
        write(&crowd, parts, &entries, &whole);
        fs::rename(&whole, &path).unwrap();
        fs::remove_file(&entries).unwrap();
    }
    path
}

/// What is known of a board once its entries are in a file.
struct Cast {
    board: LogHead,
    issuance: LogHead,
    tally: citizen_voting::tally::Tally,
}

/// Makes the entries, in two threads, and adds them up.
fn cast(crowd: &Crowd, ballots: u32, path: &Path) -> Cast {
    let (mut board, mut issuance) = (citizen_merkle::Frontier::new(), citizen_merkle::Frontier::new());
    let mut output = create(path).unwrap();
    let mut tally = crowd.tally();
    let slot = BoardEntry::Slot(SlotMark { slot: 0 });
    board.append(slot.leaf().hash());
    frame(&mut output, &slot.to_canonical());
    for first in (0..ballots).step_by(usize::try_from(PART).unwrap()) {
        let (middle, end) = (first.midpoint((first + PART).min(ballots)), (first + PART).min(ballots));
        let halves = std::thread::scope(|scope| {
            let halves = [first..middle, middle..end];
            let workers = halves.map(|half| scope.spawn(|| crowd.cast_all(half)));
            workers.map(|worker| worker.join().unwrap())
        });
        for half in halves {
            for entry in &half {
                board.append(entry.leaf().hash());
                frame(&mut output, &entry.to_canonical());
            }
            crowd.count(&mut tally, &half);
        }
        for row in (first..end).flat_map(|person| crowd.rows(person)) {
            issuance.append(row.leaf());
        }
    }
    output.flush().unwrap();
    Cast { board: LogHead::of(&board), issuance: LogHead::of(&issuance), tally }
}

fn frame(output: &mut impl std::io::Write, bytes: &[u8]) {
    output.write_all(&u32::try_from(bytes.len()).unwrap().to_le_bytes()).unwrap();
    output.write_all(bytes).unwrap();
}

fn write(crowd: &Crowd, cast: Cast, entries: &Path, path: &Path) {
    let Cast { board, issuance, tally } = cast;
    let anchor = PollAnchor { poll: crowd.poll.id(), board, issuance };
    let record: PollRecord = crowd.published(&tally);
    let mut writer = BundleWriter::begin(create(path).unwrap(), &anchor, &record).unwrap();
    let people = u32::try_from(issuance.count / u64::try_from(crowd.registrars()).unwrap()).unwrap();
    for row in (0..people).flat_map(|person| crowd.rows(person)) {
        writer.row(&row.to_canonical()).unwrap();
    }
    let mut input = std::io::BufReader::new(fs::File::open(entries).unwrap());
    for _ in 0..board.count {
        let mut length = [0; 4];
        input.read_exact(&mut length).unwrap();
        let mut entry = vec![0; usize::try_from(u32::from_le_bytes(length)).unwrap()];
        input.read_exact(&mut entry).unwrap();
        writer.entry(&entry).unwrap();
    }
    writer.finish(None).unwrap();
}
