//! Another's program that is talked to line by line, run from a test. Taken in by tests with `#[path]`; core/openid4vc/README.md says how.
//!
//! The packages are in the environment that `cargo xtask interop` makes. Where that is not, a test says in one line that it was
//! skipped; and where nothing may be skipped (`NOTHING_SKIPPED`, as `cargo xtask test --nothing-skipped` sets it), it fails.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running program.
pub(crate) struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts a JavaScript program in a role. `None` if there is no environment, and there may be none.
    pub(crate) fn start(program: &Path, role: &str, setup: &Value) -> Option<Self> {
        let packages = packages();
        if !packages.join("node_modules").is_dir() {
            let name = program.file_name().unwrap().to_string_lossy();
            assert!(
                std::env::var_os("NOTHING_SKIPPED").is_none(),
                "{name} has no packages; to get them: cargo xtask interop"
            );
            // Past the harness, which keeps to itself what a passing test prints.
            let _ = writeln!(std::io::stderr(), "skipped: {name}; to get what it needs: cargo xtask interop");
            return None;
        }
        let mut run = Command::new("node");
        run.arg(program).arg(packages).arg(role).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = run.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut peer = Self { child, input, output: BufReader::new(output) };
        peer.say(setup);
        Some(peer)
    }

    /// Says a line.
    pub(crate) fn say(&mut self, message: &Value) {
        writeln!(self.input, "{message}").unwrap();
    }

    /// Waits for a line.
    #[track_caller]
    pub(crate) fn hear(&mut self) -> Value {
        let mut line = String::new();
        assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "it ended");
        let message: Value = serde_json::from_str(&line).unwrap();
        assert!(message.get("failed").is_none(), "{}", message["failed"].as_str().unwrap_or_default());
        message
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In the target folder, beside the one for tests.
fn packages() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("interop").join("npm")
}
