//! cargo-deny: licences, sources, bans; advisories where their database can be had.

use crate::step::{self, Failure, Skipping};
use std::process::Stdio;

const REMEDY: &str = "cargo install --locked cargo-deny";

pub(crate) fn run(skipping: Skipping) -> Result<(), Failure> {
    if !step::has_subcommand("deny") {
        return step::skip("cargo-deny", REMEDY, skipping);
    }
    step::run(step::cargo(&["deny", "--log-level", "error", "check", "bans", "licenses", "sources"]))?;
    advisories()
}

/// The advisory database comes from the network: where it cannot be had, that is said, not passed over.
fn advisories() -> Result<(), Failure> {
    let fetched = step::cargo(&["deny", "fetch", "db"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !fetched {
        println!("── NOT CHECKED: advisories; the RustSec database cannot be reached from here\n");
        return Ok(());
    }
    step::run(step::cargo(&["deny", "--log-level", "error", "check", "advisories"]))
}
