//! `cargo xtask torture`: payments and polls in cities in memory, somebody killed in each, all that must hold judged afterwards.

use crate::step::{self, Failure};

/// How many runs, unless another number is asked for.
pub(crate) const RUNS: &str = "10000";

pub(crate) fn run(runs: &str) -> Result<(), Failure> {
    let build = ["run", "--release", "--quiet", "--package", "city-sandbox", "--bin", "city", "--"];
    step::run(step::cargo(&[build.as_slice(), &["torture", "--runs", runs]].concat()))
}
