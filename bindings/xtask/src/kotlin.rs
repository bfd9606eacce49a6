//! `cargo xtask kotlin`: the Kotlin package, built and tested by Maven on the JVM, its hand-written sources checked for style;
//! its reference by Dokka; what a release compiles for a phone.

use crate::step::{self, Failure, Skipping};
use crate::{bindings, package};
use std::process::{Command, Stdio};

/// What a phone's build takes of the package.
const PHONE: &str = "ffi,wallet,wallet-android";

/// Builds and tests `android/` over the generated sources of `cargo xtask bindings`.
pub(crate) fn run(skipping: Skipping) -> Result<(), Failure> {
    if !is_here() {
        return step::skip("Maven or a JDK", "apt-get install maven openjdk-17-jdk-headless", skipping);
    }
    step::timed("Kotlin", || {
        let mut verify = maven();
        verify.arg("verify");
        step::run(verify)?;
        of_phone()
    })
}

/// What a release compiles: the hand-written sources over those generated for a phone, without what only a developer's library has.
fn of_phone() -> Result<(), Failure> {
    bindings::of_phone("kotlin", "phone", package::FEATURES)?;
    let mut compile = maven();
    compile.args(["-Dphone", "-Dstyle.skip", "-Dmaven.test.skip", "--projects", PHONE, "compile"]);
    step::run(compile)
}

/// Measures an app's acts over the library as it is released, and answers what was printed. The bindings were generated, and library and
/// city built, before.
pub(crate) fn figures() -> Result<String, Failure> {
    if !is_here() {
        return Ok(String::new());
    }
    let mut measure = maven();
    measure.args(["-Drust.profile=release", "-Dstyle.skip", "-Dfigures=true", "-Dtest=FiguresTest"]);
    measure.args(["-Dsurefire.failIfNoSpecifiedTests=false", "--projects", "ffi,wallet", "test"]);
    step::output(measure)
}

/// What is in Maven's own cache is not asked for again: after the first time no network is needed.
fn maven() -> Command {
    let mut maven = Command::new("mvn");
    maven.args(["--batch-mode", "--quiet"]);
    if std::env::var("CARGO_NET_OFFLINE").is_ok_and(|offline| offline == "true") {
        maven.arg("--offline");
    }
    maven.arg(format!("-Drust.target={}", step::target().display()));
    maven.current_dir(step::root().join("android"));
    maven
}

fn is_here() -> bool {
    runs("mvn") && runs("javac")
}

fn runs(tool: &str) -> bool {
    Command::new(tool)
        .arg("-version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
