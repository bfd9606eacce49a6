//! `cargo xtask bench`: measures, with peers in the same run. So far: how many of the frozen pictures are read, beside rxing alone.

use crate::step::{self, Failure};

pub(crate) fn run() -> Result<(), Failure> {
    step::run(step::cargo(&[
        "run",
        "--release",
        "--quiet",
        "--package",
        "citizen-payment",
        "--all-features",
        "--example",
        "rate",
    ]))
}
