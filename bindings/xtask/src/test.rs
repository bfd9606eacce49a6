//! `cargo xtask test`: every test and check.

use crate::step::{self, Failure, Skipping};
use crate::{bindings, cross, deny, interop, kotlin, phone, swift, tidy};

pub(crate) fn run(skipping: Skipping) -> Result<(), Failure> {
    tidy::run()?;
    step::run(step::cargo(&["fmt", "--all", "--check"]))?;
    step::run(step::cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--quiet",
        "--",
        "--deny",
        "warnings",
    ]))?;
    interop::run(skipping)?;
    step::timed("Rust", || rust(skipping))?;
    cross::run(skipping)?;
    bindings::run()?;
    kotlin::run(skipping)?;
    swift::run(skipping)?;
    deny::run(skipping)?;
    main_job()?;
    println!("{}", step::closing());
    Ok(())
}

/// What is Rust's alone.
fn rust(skipping: Skipping) -> Result<(), Failure> {
    let mut tests = step::cargo(&["test", "--workspace", "--all-features", "--quiet"]);
    if skipping == Skipping::Refused {
        tests.env(interop::NOTHING_SKIPPED, "1");
    }
    step::run(tests)?;
    documentation()?;
    feature_sets()?;
    phone::store()
}

/// The wallet as apps embed it that bring their own HTTP stack and their own camera: with voting and credentials, and without. What only
/// pays, or votes and shows no card, is tested where it differs.
fn feature_sets() -> Result<(), Failure> {
    for package in ["citizen-wallet", "citizen-wallet-ffi"] {
        for features in ["", "voting", "credentials", "voting,credentials"] {
            let mut clippy =
                step::cargo(&["clippy", "--quiet", "--package", package, "--no-default-features"]);
            clippy.args(["--features", features, "--", "--deny", "warnings"]);
            step::run(clippy)?;
        }
    }
    let mut alone = step::cargo(&["test", "--quiet", "--package", "citizen-wallet", "--no-default-features"]);
    alone.args(["--lib", "--test", "wallet_without_a_card"]);
    step::run(alone)?;
    let mut votes = step::cargo(&["test", "--quiet", "--package", "citizen-wallet", "--no-default-features"]);
    votes.args(["--features", "voting", "--test", "votes", "without_a_card"]);
    step::run(votes)
}

fn documentation() -> Result<(), Failure> {
    let mut doc = step::cargo(&["doc", "--workspace", "--no-deps", "--quiet"]);
    doc.env("RUSTDOCFLAGS", "--deny warnings");
    step::run(doc)
}

/// The main job as a newcomer runs it, twice on one folder, in both languages.
fn main_job() -> Result<(), Failure> {
    let folder = step::root().join("target").join("xtask-main-job");
    let data = folder.to_string_lossy().into_owned();
    // A folder that is not there is what is wanted.
    let _ = std::fs::remove_dir_all(&folder);
    step::run(step::cargo(&["run", "--release", "--quiet", "--", "--data", &data]))?;
    step::run(step::cargo(&["run", "--release", "--quiet", "--", "--data", &data, "--lang", "ko"]))?;
    step::run(step::cargo(&["run", "--release", "--quiet", "--", "--data", &data, "audit"]))
}
