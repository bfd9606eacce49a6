//! The stage: the example `stage` as a process of its own.

use crate::case::{Fields, Step};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub(crate) struct Stage {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    pub(crate) url: String,
    pub(crate) trust: String,
}

impl Stage {
    pub(crate) fn start(folder: &Path) -> Self {
        let program = program();
        let mut process = Command::new(&program)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                let build = "cargo build -p citizen-wallet-ffi --example stage";
                panic!("{}: {error}; `{build}` makes it", program.display())
            });
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut stage = Self { process, input, output, url: String::new(), trust: String::new() };
        let told = stage.hear().unwrap();
        (stage.url, stage.trust) = (told["url"].clone(), told["trust"].clone());
        stage
    }

    /// Hands a step on.
    pub(crate) fn step(&mut self, step: &Step, with: &Fields) -> Result<Fields, String> {
        writeln!(self.input, "{}", json!({ "do": step.word, "with": with })).unwrap();
        self.hear()
    }

    fn hear(&mut self) -> Result<Fields, String> {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("the stage said {line:?}"));
        match said.get("ok") {
            Some(fields) => Ok(serde_json::from_value(fields.clone()).unwrap()),
            None => Err(said["error"].as_str().unwrap().to_owned()),
        }
    }

    /// Closes its input, and sees it end well.
    pub(crate) fn stop(self) {
        let Self { mut process, input, .. } = self;
        drop(input);
        assert!(process.wait().unwrap().success(), "the stage ends badly");
    }
}

/// Beside the folder of the tests' own programs.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let built = test.parent().unwrap().parent().unwrap();
    built.join("examples").join(format!("stage{}", std::env::consts::EXE_SUFFIX))
}
