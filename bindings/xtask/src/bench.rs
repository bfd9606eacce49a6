//! `cargo xtask bench`: measures with peers in the same run, and prints one table at the end. Each program prints lines of
//! `figure`, name, value and unit; goals stand here.

use crate::step::{self, Failure};
use crate::{bindings, kotlin, size, swift};
use std::time::Instant;

/// What is measured: package, example, arguments.
type Program = (&'static str, &'static str, &'static [&'static str]);

/// Codes, beside those who read and draw them too.
const CODES: [Program; 2] = [("citizen-payment", "rate", &[]), ("citizen-payment", "times", &[])];

/// Payments through a whole city: so many charges at once, then so many orders each second for so many seconds.
const LOAD: [Program; 1] = [("city-sandbox", "load", &["2000", "1000", "30"])];

/// The ledger and the phone.
const LEDGER: [Program; 3] = [
    ("city-chain", "throughput", &["10000", "100000"]),
    ("city-sandbox", "wallet_times", &["100000"]),
    ("citizen-wallet-ffi", "facade_times", &[]),
];

/// Polls: what a ballot costs beside a peer, what the ledger takes, and what anybody's verification of it all costs. The board of
/// 100,000 is made in the first run, which takes minutes, and kept.
const POLLS: [Program; 3] = [
    ("citizen-voting", "ballots", &[]),
    ("city-chain", "polls", &["5000"]),
    ("verify-poll", "boards", &["25000", "50000", "100000"]),
];

/// What an app's acts cost through the exported objects, in Rust.
const FACADE: [Program; 1] = [("citizen-wallet-ffi", "facade_times", &[])];

/// SD-JWT beside two crates of others, and a long status list: a program apart from the workspace, so that nobody builds its peers for a test.
const CREDENTIALS: &str = "core/credential/bench/Cargo.toml";

/// A wallet with many credentials: a test that nobody waits for but this.
const HELD: [&str; 13] = [
    "test",
    "--release",
    "--quiet",
    "--all-features",
    "--package",
    "citizen-wallet",
    "--test",
    "cards",
    "--",
    "--ignored",
    "--nocapture",
    "--exact",
    "held::figures_of_a_review_with_200_credentials_held",
];

/// What was hoped for: the figure, at least or at most, how much, of what.
const GOALS: [(&str, Bound, f64); 20] = [
    ("transfers-10000-share", Bound::AtLeast, 0.5),
    ("transfers-100000-share", Bound::AtLeast, 0.5),
    ("decode-ours", Bound::AtLeast, 608.0),
    ("decode-scenes", Bound::AtLeast, 304.0),
    ("decode-rxing-alone", Bound::AtMost, 582.0),
    ("load-offered", Bound::AtLeast, 990.0),
    ("load-ended", Bound::AtLeast, 30_000.0),
    ("load-unpaid", Bound::AtMost, 0.0),
    ("ballot-2-encrypt-share", Bound::AtMost, 1.1),
    ("ballot-5-encrypt-share", Bound::AtMost, 1.1),
    ("ballot-10-encrypt-share", Bound::AtMost, 1.1),
    ("ballot-97-encrypt-share", Bound::AtMost, 1.1),
    ("ballot-2-verify-batch-share", Bound::AtMost, 0.3),
    ("ballot-5-verify-batch-share", Bound::AtMost, 0.3),
    ("ballot-10-verify-batch-share", Bound::AtMost, 0.3),
    ("ballot-97-verify-batch-share", Bound::AtMost, 0.3),
    ("poll-million-verify", Bound::AtMost, 5.0),
    ("library-without-https", Bound::AtMost, 2.5),
    ("library-payments", Bound::AtMost, 2.5),
    ("cold-build", Bound::AtMost, 300.0),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    AtLeast,
    AtMost,
}

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What ends within minutes.
    Ordinary,
    /// A ledger with a million accounts too.
    Long,
    /// The main job built from nothing, and nothing else.
    Cold,
    /// The size of the wallet's library, and nothing else.
    Size,
    /// Codes beside their peers, and nothing else.
    Peers,
    /// Payments through a whole city, and nothing else.
    Load,
    /// Polls, and nothing else.
    Polls,
    /// What an app waits for in Rust, Kotlin and Swift, and nothing else.
    Facade,
    /// Credentials beside their peers, and nothing else.
    Credentials,
}

/// A measured value.
struct Figure {
    name: String,
    value: f64,
    unit: String,
}

pub(crate) fn run(extent: Extent) -> Result<(), Failure> {
    let figures = match extent {
        Extent::Cold => vec![cold_build()?],
        Extent::Size => library_sizes()?,
        Extent::Peers => programs(&CODES, &[])?,
        Extent::Load => programs(&LOAD, &[])?,
        Extent::Polls => programs(&POLLS, &[])?,
        Extent::Facade => facade()?,
        Extent::Credentials => credentials()?,
        Extent::Ordinary => everything(&[])?,
        Extent::Long => everything(&["1000000"])?,
    };
    print(&figures);
    Ok(())
}

fn everything(further_sizes: &[&str]) -> Result<Vec<Figure>, Failure> {
    let mut figures = programs(&CODES, &[])?;
    figures.extend(programs(&LEDGER, further_sizes)?);
    figures.extend(programs(&LOAD, &[])?);
    figures.extend(programs(&POLLS, &[])?);
    figures.extend(credentials()?);
    figures.extend(library_sizes()?);
    Ok(figures)
}

fn programs(programs: &[Program], further_sizes: &[&str]) -> Result<Vec<Figure>, Failure> {
    let mut figures = Vec::new();
    for (package, example, arguments) in programs.iter().copied() {
        let further = if example == "throughput" { further_sizes } else { &[] };
        let run = [
            "run",
            "--release",
            "--quiet",
            "--all-features",
            "--package",
            package,
            "--example",
            example,
            "--",
        ];
        let printed = step::output(step::cargo(&[run.as_slice(), arguments, further].concat()))?;
        figures.extend(printed.lines().filter_map(read));
    }
    Ok(figures)
}

fn credentials() -> Result<Vec<Figure>, Failure> {
    let mut beside =
        step::cargo(&["run", "--release", "--quiet", "--locked", "--manifest-path", CREDENTIALS]);
    beside.env("CARGO_TARGET_DIR", step::root().join("target").join("credential-bench"));
    let printed = [step::output(beside)?, step::output(step::cargo(&HELD))?].concat();
    Ok(printed.lines().filter_map(read).collect())
}

/// The same acts in three languages, over the same library, built as it is released.
fn facade() -> Result<Vec<Figure>, Failure> {
    let mut figures = programs(&FACADE, &[])?;
    bindings::run()?;
    step::run(step::cargo(&["build", "--release", "--quiet", "--package", "city-sandbox", "--bin", "city"]))?;
    let library =
        ["build", "--release", "--quiet", "--package", "citizen-wallet-ffi", "--lib", "--example", "stage"];
    step::run(step::cargo(&library))?;
    for printed in [kotlin::figures()?, swift::figures()?] {
        figures.extend(printed.lines().filter_map(read));
    }
    Ok(figures)
}

fn read(line: &str) -> Option<Figure> {
    let mut parts = line.strip_prefix("figure\t")?.split('\t');
    let (name, value, unit) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Figure { name: name.to_owned(), value: value.parse().ok()?, unit: unit.to_owned() })
}

/// The wallet as a stripped shared library, with the Rust HTTP stack and without.
fn library_sizes() -> Result<Vec<Figure>, Failure> {
    let mut figures = Vec::new();
    for (name, features) in [
        ("library-with-https", "voting,credentials,https"),
        ("library-without-https", "voting,credentials"),
        ("library-payments", ""),
    ] {
        let size = size::weight(features)?;
        let megabytes = f64::from(u32::try_from(size).unwrap_or(u32::MAX)) / 1e6;
        figures.push(Figure { name: name.to_owned(), value: megabytes, unit: "MB, stripped".to_owned() });
    }
    Ok(figures)
}

/// The main job in an empty folder, its dependencies fetched before.
fn cold_build() -> Result<Figure, Failure> {
    let folder = step::root().join("target").join("xtask-cold");
    // A folder that is not there is what is wanted.
    let _ = std::fs::remove_dir_all(&folder);
    step::run(step::cargo(&["fetch", "--quiet"]))?;
    let mut build = step::cargo(&["build", "--release", "--quiet", "--bin", "city"]);
    build.env("CARGO_TARGET_DIR", &folder);
    let start = Instant::now();
    step::run(build)?;
    let value = start.elapsed().as_secs_f64();
    let _ = std::fs::remove_dir_all(&folder);
    Ok(Figure { name: "cold-build".to_owned(), value, unit: "s".to_owned() })
}

fn print(figures: &[Figure]) {
    let widest = figures.iter().map(|figure| figure.name.len()).max().unwrap_or_default();
    println!("\n{:widest$}  {:>12}  unit", "figure", "value");
    for Figure { name, value, unit } in figures {
        println!("{name:widest$}  {value:>12.3}  {unit}{}", verdict(name, *value));
    }
}

fn verdict(name: &str, value: f64) -> String {
    let Some((_, bound, goal)) = GOALS.iter().find(|(goal, ..)| *goal == name) else { return String::new() };
    let (word, is_met) = match bound {
        Bound::AtLeast => ("at least", value >= *goal),
        Bound::AtMost => ("at most", value <= *goal),
    };
    format!("; goal {word} {goal}: {}", if is_met { "met" } else { "NOT MET" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_read_and_held_against_its_goal() {
        let figure = read("figure\ttransfers-10000-share\t0.400\tof single verifications").unwrap();
        assert_eq!((figure.name.as_str(), figure.value), ("transfers-10000-share", 0.4));
        assert_eq!(verdict(&figure.name, figure.value), "; goal at least 0.5: NOT MET");
        assert_eq!(verdict("cold-build", 200.0), "; goal at most 300: met");
        assert_eq!(verdict("wallet-balance", 1.0), "");
        assert!(read("12 of 13").is_none());
    }
}
