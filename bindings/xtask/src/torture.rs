//! `cargo xtask torture`: kills every party at every place, in release mode.

use crate::step::{self, Failure};

/// How many seeded runs unless told otherwise.
const RUNS: &str = "10000";

pub(crate) fn run(options: &[&str]) -> Result<(), Failure> {
    let mut arguments = vec!["run", "--release", "--quiet", "--", "torture"];
    arguments.extend_from_slice(options);
    if !options.contains(&"--runs") {
        arguments.extend(["--runs", RUNS]);
    }
    step::run(step::cargo(&arguments))
}
