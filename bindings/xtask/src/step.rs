//! One step of a task: a command, shown before it runs and timed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Why a task failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A command ended badly.
    #[error("`{0}` failed")]
    Command(String),
    /// A command could not be started.
    #[error("`{command}` could not be started")]
    Start {
        /// The command.
        command: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A check of the tree found something.
    #[error("{0} things are not as they should be")]
    Untidy(usize),
    /// A file of the project is not as this program reads it.
    #[error("{file} is not as it should be")]
    Malformed {
        /// Which.
        file: &'static str,
    },
    /// The machine lacks what a package needs.
    #[error("{0} things are lacking: nothing is packed")]
    Lacking(usize),
    /// A file could not be read.
    #[error("{path} could not be read")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A tool is missing and nothing may be skipped.
    #[error("{tool} is missing: {remedy}")]
    Missing {
        /// The tool.
        tool: &'static str,
        /// How to get it.
        remedy: &'static str,
    },
}

/// Whether a step whose tool is missing may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Skipping {
    /// It may, with a line that says so.
    Allowed,
    /// It may not: CI.
    Refused,
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// How the system names a shared library.
pub(crate) fn library_name(name: &str) -> String {
    format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

/// A cargo command in the root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    // What cargo tells this program of itself is none of the other's: build scripts that look at it (ring's) would run again, and
    // everything over them be compiled again, each time one goes from `cargo xtask` to `cargo` and back.
    let own = |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| name.starts_with(prefix));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(own)) {
        command.env_remove(name);
    }
    command
}

/// Runs a command and lets it print.
pub(crate) fn run(mut command: Command) -> Result<(), Failure> {
    let shown = shown(&command);
    println!("── {shown}");
    let start = Instant::now();
    let status = command.status().map_err(|source| Failure::Start { command: shown.clone(), source })?;
    println!("── {:.1} s\n", start.elapsed().as_secs_f64());
    if status.success() { Ok(()) } else { Err(Failure::Command(shown)) }
}

/// Runs a command and returns what it printed on standard output.
pub(crate) fn output(mut command: Command) -> Result<String, Failure> {
    let shown = shown(&command);
    let done = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| Failure::Start { command: shown.clone(), source })?;
    if !done.status.success() {
        return Err(Failure::Command(shown));
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Whether a cargo subcommand is installed.
pub(crate) fn has_subcommand(name: &str) -> bool {
    cargo(&[name, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Leaves a step out, or fails if nothing may be.
pub(crate) fn skip(tool: &'static str, remedy: &'static str, skipping: Skipping) -> Result<(), Failure> {
    match skipping {
        Skipping::Refused => Err(Failure::Missing { tool, remedy }),
        Skipping::Allowed => {
            println!("── skipped: {tool} is missing; to get it: {remedy}\n");
            Ok(())
        }
    }
}

fn shown(command: &Command) -> String {
    let program =
        Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}
