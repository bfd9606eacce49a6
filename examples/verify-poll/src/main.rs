//! `verify-poll`: anybody's program. It has no secrets and no folder, reads what was published, and checks all of it.

use citizen_client::{Exchange, Https, LedgerClient, Retry, TokioTimer, TrustFile};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock as _, PollId};
use citizen_voting::verify::{Effort, Progress};
use clap::{Parser, ValueEnum};
use std::error::Error;
use std::io::{IsTerminal as _, Write as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use url::Url;
use verify_poll::{Trusted, Verdict, create, fetch, open, print, verify};

/// Exit status of a wrong command line (sysexits.h, `EX_USAGE`).
const USAGE: u8 = 64;

/// Verifies a whole poll: manifest, ceremony, issuance, every token, every ballot, the counted set, sums, shares, result.
#[derive(Debug, Parser)]
#[command(name = "verify-poll", version, arg_required_else_help = true)]
struct Arguments {
    /// The poll: 64 hexadecimal digits.
    #[arg(value_parser = poll_id, required_unless_present = "file")]
    poll: Option<PollId>,
    /// The gateway to read it from.
    #[arg(long, value_name = "URL", requires = "trust", required_unless_present = "file")]
    gateway: Option<Url>,
    /// A bundle to read it from, plain or compressed by gzip.
    #[arg(long, value_name = "FILE", conflicts_with = "gateway")]
    file: Option<PathBuf>,
    /// Where trust in the ledger begins: city.json. A file is verified without one, too, but then nothing says that it is the poll that
    /// was held.
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Keeps what a gateway sent as a bundle; compressed if the name ends in .gz.
    #[arg(long, value_name = "FILE", requires = "gateway")]
    keep: Option<PathBuf>,
    /// How many threads check proofs; all cores if not given.
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Print exactly one JSON object on standard output.
    #[arg(long)]
    json: bool,
    /// The language of sentences for people.
    #[arg(long, value_enum, default_value_t = Language::En)]
    lang: Language,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Language {
    Ko,
    En,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing can be done about a closed pipe.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    let outcome = run(&arguments);
    let is_ok = outcome.as_ref().is_ok_and(Verdict::is_ok);
    say(&arguments, &outcome);
    if is_ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(arguments: &Arguments) -> Result<Verdict, Box<dyn Error>> {
    let trust = arguments.trust.as_deref().map(read_trust).transpose()?;
    let trusted = trust.as_ref().map(|trust| Trusted::of(trust, SystemClock.now()));
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let effort = Effort { threads: arguments.threads.unwrap_or(cores), ..Effort::default() };
    let folder = tempfile::tempdir()?;
    let path = match (&arguments.file, &arguments.gateway, &trust, arguments.poll) {
        (Some(file), ..) => file.clone(),
        (None, Some(gateway), Some(trust), Some(poll)) => {
            let path = arguments.keep.clone().unwrap_or_else(|| folder.path().join("bundle"));
            read_gateway(gateway, trust, poll, &path)?;
            path
        }
        _ => return Err("neither a gateway nor a file".into()),
    };
    let bundle = open(&path)?;
    let shows = std::io::stderr().is_terminal() && !arguments.json;
    let mut progress = |progress: Progress| {
        if shows {
            show(progress);
        }
    };
    Ok(verify(&bundle, arguments.poll, trusted.as_ref(), effort, &mut progress)?)
}

fn read_trust(path: &Path) -> Result<TrustFile, Box<dyn Error>> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(TrustFile::parse(&text)?)
}

fn read_gateway(gateway: &Url, trust: &TrustFile, poll: PollId, path: &Path) -> Result<(), Box<dyn Error>> {
    let retry = Retry::new(3, Duration::from_millis(500), 2, Arc::new(TokioTimer));
    let exchange = Exchange::new(Arc::new(Https::new()?), gateway).with_retry(retry);
    let light = citizen_ledger::LightClient::new(trust.anchor().clone());
    let client = LedgerClient::new(exchange, light, Arc::new(SystemClock));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut output = runtime.block_on(fetch(&client, poll, create(path)?))?;
    Ok(output.flush()?)
}

fn show(Progress { read, total }: Progress) {
    let percent = read.saturating_mul(100).checked_div(total).unwrap_or(100);
    let mut terminal = std::io::stderr();
    // What is shown on the way is no part of the answer.
    let _ = write!(terminal, "\r{percent:>3} %\r").and_then(|()| terminal.flush());
}

fn say(arguments: &Arguments, outcome: &Result<Verdict, Box<dyn Error>>) {
    let language = match arguments.lang {
        Language::Ko => print::Language::Ko,
        Language::En => print::Language::En,
    };
    let lines = match (arguments.json, outcome) {
        (true, Ok(verdict)) => vec![print::json(verdict).to_string()],
        (true, Err(error)) => {
            let poll = arguments.poll.map(|poll| poll.to_hex());
            vec![print::json_of_nothing(poll, &error.to_string()).to_string()]
        }
        (false, Ok(verdict)) => print::lines(verdict, language),
        (false, Err(error)) => {
            let _ =
                writeln!(std::io::stderr(), "{}: {error}", language.of("검증할 수 없음", "cannot verify"));
            Vec::new()
        }
    };
    for line in lines {
        // A closed pipe is the reader's choice.
        let _ = writeln!(std::io::stdout(), "{line}");
    }
}

fn poll_id(text: &str) -> Result<PollId, String> {
    PollId::from_hex(text).map_err(|error| error.to_string())
}
