//! `wallet`: a citizen's wallet in a terminal, an ordinary user of the SDK's facade and of nothing below it.

mod answer;
mod arguments;
mod folder;
mod human;
mod picture;
mod secret;
mod verb;

use answer::{Answer, Failure};
use arguments::Arguments;
use clap::Parser as _;
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
        Err(Failure::Usage { .. }) => ExitCode::from(USAGE),
        Err(_) => ExitCode::from(REFUSED),
    }
}

fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|_| Failure::of_file())?;
    runtime.block_on(verb::run(arguments))
}

/// Help and version are no mistakes; anything else is, and says so in JSON too if JSON was asked for.
fn wrong_usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Nothing can be done about a closed pipe.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if std::env::args().any(|argument| argument == "--json") {
        answer::print_usage_json(&error.to_string());
    } else {
        let _ = error.print();
    }
    ExitCode::from(USAGE)
}
