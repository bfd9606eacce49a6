//! `cargo xtask interop`: the environment of other people's programs that the tests are held against.
//!
//! It lies under `interop/` in the target folder. Tests find it there by themselves (`bindings/xtask/interop/python.rs`) and are skipped,
//! with a line, where it is not.

use crate::step::{self, Failure, Skipping};
use std::path::Path;
use std::process::{Command, Stdio};

/// What says to a test that it may not skip.
pub(crate) const NOTHING_SKIPPED: &str = "NOTHING_SKIPPED";

/// Makes the environment, if it is not there as it is asked for.
pub(crate) fn run(skipping: Skipping) -> Result<(), Failure> {
    let asked = step::root().join("bindings/xtask/interop/requirements.txt");
    let python = step::target().join("interop").join("python");
    let installed = python.join("requirements.txt");
    if read(&installed).is_ok_and(|text| read(&asked).is_ok_and(|asked| asked == text)) {
        return Ok(());
    }
    if make(&python, &asked).is_err() {
        return step::skip(
            "Python 3 with venv, or its packages",
            "apt-get install python3-venv, and a network",
            skipping,
        );
    }
    std::fs::copy(&asked, &installed).map_err(|source| Failure::Read { path: asked, source })?;
    Ok(())
}

/// The packages say where they are from by pip's own configuration.
fn make(python: &Path, requirements: &Path) -> Result<(), Failure> {
    if !runs() {
        return Err(Failure::Command("python3".to_owned()));
    }
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(python);
    step::run(venv)?;
    let mut install = Command::new(python.join("bin").join("python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    install.arg(requirements);
    step::run(install)
}

fn runs() -> bool {
    let mut asked = Command::new("python3");
    asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}

fn read(file: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(file)
}
