//! One step of a task: a command, shown before it runs and timed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What was left out, for the closing lines.
static LEFT_OUT: Mutex<Vec<String>> = Mutex::new(Vec::new());

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
    /// A library that new phones would not load.
    #[error("{path} is aligned to pages of {pages} bytes, not of 16384")]
    Pages {
        /// Which.
        path: PathBuf,
        /// What it is aligned to; 0 if it is no library.
        pages: u64,
    },
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
            leave_out(format!("{tool} is missing; to get it: {remedy}"));
            Ok(())
        }
    }
}

/// Says at once that something is left out, and keeps it for the closing lines.
pub(crate) fn leave_out(why: String) {
    println!("── skipped: {why}\n");
    let mut left_out = LEFT_OUT.lock().unwrap_or_else(PoisonError::into_inner);
    if !left_out.contains(&why) {
        left_out.push(why);
    }
}

/// The last lines of a run: never "all" where something was left out.
pub(crate) fn closing() -> String {
    conclusion(&LEFT_OUT.lock().unwrap_or_else(PoisonError::into_inner))
}

fn conclusion(left_out: &[String]) -> String {
    if left_out.is_empty() {
        return "All checks passed.".to_owned();
    }
    let lines: Vec<String> = left_out.iter().map(|why| format!("   skipped: {why}")).collect();
    format!("Every check passed that this machine can make. What it cannot:\n{}", lines.join("\n"))
}

/// Runs the steps of one language and says how long they took together.
pub(crate) fn timed<T>(name: &str, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let start = Instant::now();
    let done = work()?;
    println!("── {name}: {:.1} s\n", start.elapsed().as_secs_f64());
    Ok(done)
}

fn shown(command: &Command) -> String {
    let program =
        Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_skipped_stands_in_the_closing_lines_with_how_to_get_it() {
        assert_eq!(conclusion(&[]), "All checks passed.");
        assert!(matches!(skip("a tool", "get it", Skipping::Refused), Err(Failure::Missing { .. })));
        for _ in 0..2 {
            skip("a tool", "apt-get install it", Skipping::Allowed).unwrap();
        }
        let closing = closing();
        assert!(!closing.contains("All checks passed"), "{closing}");
        assert_eq!(closing.matches("a tool is missing; to get it: apt-get install it").count(), 1);
    }
}
