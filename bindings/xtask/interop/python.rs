//! Another's program, run from a test. Taken in by tests with `#[path]`; core/jose/README.md says how.
//!
//! The programs are in the environment that `cargo xtask interop` makes. Where that is not, a test says in one line that it was
//! skipped; and where nothing may be skipped (`NOTHING_SKIPPED`, as `cargo xtask test --nothing-skipped` sets it), it fails.

use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs a Python program on one JSON value and takes one back. `None` if there is no environment, and there may be none.
pub(crate) fn ask(program: &Path, question: &Value) -> Option<Value> {
    let python = python();
    if !python.is_file() {
        let name = program.file_name().unwrap().to_string_lossy();
        assert!(
            std::env::var_os("NOTHING_SKIPPED").is_none(),
            "{name} has no environment; to get it: cargo xtask interop"
        );
        // Past the harness, which keeps to itself what a passing test prints.
        let _ = writeln!(std::io::stderr(), "skipped: {name}; to get what it needs: cargo xtask interop");
        return None;
    }
    let mut run = Command::new(python);
    let mut run = run.arg(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    // Taken, and so closed: the program reads to the end.
    run.stdin.take().unwrap().write_all(question.to_string().as_bytes()).unwrap();
    let output = run.wait_with_output().unwrap();
    assert!(output.status.success(), "{} failed", program.display());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// In the target folder, beside the one for tests.
fn python() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("interop").join("python").join("bin").join("python")
}
