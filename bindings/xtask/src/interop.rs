//! `cargo xtask interop`: the environments of other people's programs that the tests are held against.
//!
//! They lie under `interop/` in the target folder. Tests find them there by themselves (`bindings/xtask/interop/python.rs`, `node.rs`) and
//! are skipped, with a line, where they are not.

use crate::step::{self, Failure, Skipping};
use std::path::Path;
use std::process::{Command, Stdio};

/// What says to a test that it may not skip.
pub(crate) const NOTHING_SKIPPED: &str = "NOTHING_SKIPPED";

/// An environment, and the file that says what is in it.
struct Environment {
    /// Its folder under `interop/` in the target folder.
    name: &'static str,
    /// The file, under `bindings/xtask/interop`.
    asked: &'static str,
    make: fn(&Path, &Path) -> Result<(), Failure>,
    /// What is missing if it cannot be made, and how to get it.
    missing: (&'static str, &'static str),
}

const ENVIRONMENTS: [Environment; 2] = [
    Environment {
        name: "python",
        asked: "requirements.txt",
        make: make_python,
        missing: ("Python 3 with venv, or its packages", "apt-get install python3-venv, and a network"),
    },
    Environment {
        name: "npm",
        asked: "npm/package-lock.json",
        make: make_npm,
        missing: ("Node.js with npm, or its packages", "apt-get install nodejs npm, and a network"),
    },
];

/// Makes the environments, if they are not there as they are asked for.
pub(crate) fn run(skipping: Skipping) -> Result<(), Failure> {
    ENVIRONMENTS.iter().try_for_each(|environment| environment.prepare(skipping))
}

impl Environment {
    fn prepare(&self, skipping: Skipping) -> Result<(), Failure> {
        let asked = step::root().join("bindings/xtask/interop").join(self.asked);
        let folder = step::target().join("interop").join(self.name);
        // Written last: what was broken off is made again.
        let made = folder.join("made");
        if read(&made).is_ok_and(|text| read(&asked).is_ok_and(|asked| asked == text)) {
            return Ok(());
        }
        if (self.make)(&folder, &asked).is_err() {
            let (what, how) = self.missing;
            return step::skip(what, how, skipping);
        }
        std::fs::copy(&asked, &made).map_err(|source| Failure::Read { path: asked, source })?;
        Ok(())
    }
}

/// The packages say where they are from by pip's own configuration.
fn make_python(python: &Path, requirements: &Path) -> Result<(), Failure> {
    runs("python3")?;
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(python);
    step::run(venv)?;
    let mut install = Command::new(python.join("bin").join("python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    install.arg(requirements);
    step::run(install)
}

/// The same by npm's. Nothing that a package brings is run here: no scripts of installation.
fn make_npm(folder: &Path, lock: &Path) -> Result<(), Failure> {
    runs("node")?;
    runs("npm")?;
    let failed = |source| Failure::Read { path: lock.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    for name in ["package.json", "package-lock.json"] {
        std::fs::copy(lock.with_file_name(name), folder.join(name)).map_err(failed)?;
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]);
    install.current_dir(folder);
    step::run(install)
}

fn runs(program: &str) -> Result<(), Failure> {
    let mut asked = Command::new(program);
    asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    match asked.status() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(Failure::Command(program.to_owned())),
    }
}

fn read(file: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(file)
}
