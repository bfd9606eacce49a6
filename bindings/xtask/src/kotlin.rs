//! `cargo xtask kotlin`: the Kotlin package, built and tested by Maven on the JVM, its hand-written sources checked for style.

use crate::step::{self, Failure, Skipping};
use std::process::{Command, Stdio};

/// Builds and tests `android/` over the generated sources of `cargo xtask bindings`.
pub(crate) fn run(skipping: Skipping) -> Result<(), Failure> {
    if !runs("mvn") || !runs("javac") {
        return step::skip("Maven or a JDK", "apt-get install maven openjdk-17-jdk-headless", skipping);
    }
    step::run(step::cargo(&["build", "--quiet", "--package", "city-sandbox", "--package", "till"]))?;
    step::run(step::cargo(&["build", "--quiet", "--package", "citizen-wallet-ffi", "--example", "stage"]))?;
    step::run(maven())
}

/// What is in Maven's own cache is not asked for again: after the first time no network is needed.
fn maven() -> Command {
    let mut maven = Command::new("mvn");
    maven.args(["--batch-mode", "--quiet"]);
    if std::env::var("CARGO_NET_OFFLINE").is_ok_and(|offline| offline == "true") {
        maven.arg("--offline");
    }
    maven.arg(format!("-Drust.target={}", step::target().display())).arg("verify");
    maven.current_dir(step::root().join("android"));
    maven
}

fn runs(tool: &str) -> bool {
    Command::new(tool)
        .arg("-version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
