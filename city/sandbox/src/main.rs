//! The program `city`: the whole city in one process on one folder, and the main job.

use city_sandbox::cli::{Cli, execute};
use city_sandbox::failure::Failure;
use city_sandbox::narrator::{Line, Narrator};
use clap::Parser as _;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    // The story is on standard output; what programs say of themselves goes beside it, and only if asked for.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(cli.quietest()));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    // What panics is a fault of the program or of a file, and is told in the log's words; who called it says what became of it.
    std::panic::set_hook(Box::new(|fault| {
        tracing::error!(at = fault.location().map(tracing::field::display), "a fault")
    }));
    let language = cli.lang;
    let mut narrator = Narrator::new(anstream::stdout(), language);
    match execute(cli, &mut narrator).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(reason)) => {
            let line = Line::of("failed").with_line("reason", &reason);
            anstream::eprintln!("{}", line.text(language));
            ExitCode::FAILURE
        }
    }
}
