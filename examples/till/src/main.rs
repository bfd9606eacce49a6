//! `till`: an ordinary merchant's program. It believes nobody: payments are proved under verified headers, the centre's words
//! by the key that the ledger's registry proves.

mod answer;
mod arguments;
mod catalogue;
mod failure;
mod human;

mod folder;
mod journal;

mod desk;
mod link;
mod mark;
mod proof;

mod print;
mod reading;
mod settlement;

mod verb;

use answer::Answer;
use arguments::Arguments;
use clap::Parser as _;
use failure::Failure;
use std::process::ExitCode;

/// Exit status of a wrong command line (sysexits.h, `EX_USAGE`).
const USAGE: u8 = 64;
/// Exit status of a refusal.
const REFUSED: u8 = 2;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return wrong_usage(&error),
    };
    let outcome = run(&arguments);
    answer::print(&arguments, &outcome);
    match outcome {
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) if failure.is_usage() => ExitCode::from(USAGE),
        Err(_) => ExitCode::from(REFUSED),
    }
}

fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|_| Failure::internal("runtime"))?.block_on(verb::run(arguments))
}

/// Help and version are no mistakes; anything else is, and says so in JSON too if JSON was asked for.
fn wrong_usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Nothing can be done about a closed pipe.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if std::env::args_os().any(|argument| argument == "--json") {
        answer::print_usage_json(&error.to_string());
    } else {
        let _ = error.print();
    }
    ExitCode::from(USAGE)
}
