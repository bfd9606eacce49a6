//! `ballot-check`: a citizen's second device, in a terminal or as a page on this machine.

use ballot_check::{CheckError, Device, Polls, page, said};
use citizen_client::{Exchange, Https, LedgerClient, TrustFile};
use citizen_ledger::LightClient;
use citizen_primitives::clock::SystemClock;
use clap::{Parser, Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::error::Error;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use url::Url;

/// Exit status of a wrong command line (sysexits.h, `EX_USAGE`).
const USAGE: u8 = 64;

/// Checks a ballot on a second device, without keys.
#[derive(Debug, Parser)]
#[command(name = "ballot-check", version, arg_required_else_help = true)]
struct Arguments {
    /// The device's folder: what it has scanned, and polls that were proved.
    #[arg(
        long,
        global = true,
        env = "BALLOT_CHECK_HOME",
        value_name = "DIR",
        default_value = ".ballot-check"
    )]
    home: PathBuf,
    /// A gateway, to look up polls that are not known yet.
    #[arg(long, global = true, value_name = "URL", requires = "trust")]
    gateway: Option<Url>,
    /// Where trust in the ledger begins: city.json.
    #[arg(long, global = true, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Print exactly one JSON object on standard output.
    #[arg(long, global = true)]
    json: bool,
    /// The language of sentences for people.
    #[arg(long, global = true, value_enum, default_value_t = Language::En)]
    lang: Language,
    /// What to do.
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    Ko,
    En,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Notes the fingerprint that the wallet shows, before the ballot is opened.
    Scan {
        /// 64 hexadecimal digits.
        fingerprint: String,
    },
    /// Makes an opened ballot again: is it the one that was shown?
    Open {
        /// What the wallet shows, in base64url; `-` for standard input.
        opening: String,
    },
    /// Serves the page to this machine.
    Serve {
        /// The port; any free one if not given.
        #[arg(long, value_name = "N", default_value_t = 0)]
        port: u16,
    },
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
    let said = run(&arguments).unwrap_or_else(|error| match error.downcast_ref::<CheckError>() {
        Some(error) => said::refused(error),
        None => {
            let words = error.to_string();
            json!({ "ok": false, "error": { "code": "setup", "ko": words, "en": words, "detail": words } })
        }
    });
    print(&arguments, &said);
    if said["ok"] == Value::Bool(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(arguments: &Arguments) -> Result<Value, Box<dyn Error>> {
    let mut device = Device::open(&arguments.home)?;
    let polls = Polls::new(&arguments.home, ledger(arguments)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match &arguments.verb {
        Verb::Scan { fingerprint } => Ok(said::scanned(device.scan(fingerprint)?)),
        Verb::Open { opening } => {
            let opening = if opening == "-" { standard_input()? } else { opening.clone() };
            Ok(said::checked(&runtime.block_on(device.check(&opening, &polls))?))
        }
        Verb::Serve { port } => {
            runtime.block_on(serve(device, polls, *port))?;
            Ok(json!({ "ok": true }))
        }
    }
}

fn ledger(arguments: &Arguments) -> Result<Option<Arc<LedgerClient>>, Box<dyn Error>> {
    let (Some(gateway), Some(trust)) = (&arguments.gateway, &arguments.trust) else { return Ok(None) };
    let trust = TrustFile::parse(&read(trust)?)?;
    let exchange = Exchange::new(Arc::new(Https::new()?), gateway);
    let light = LightClient::new(trust.anchor().clone());
    Ok(Some(Arc::new(LedgerClient::new(exchange, light, Arc::new(SystemClock)))))
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn standard_input() -> Result<String, CheckError> {
    let mut text = String::new();
    std::io::stdin().take(1 << 16).read_to_string(&mut text)?;
    Ok(text)
}

async fn serve(device: Device, polls: Polls, port: u16) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let address = listener.local_addr()?;
    println!("http://{address}/");
    axum::serve(listener, page::router(device, polls, address)).await
}

fn print(arguments: &Arguments, said: &Value) {
    let mut output = std::io::stdout();
    // A closed pipe is the reader's choice.
    let _ = if arguments.json {
        writeln!(output, "{said}")
    } else {
        writeln!(output, "{}", lines(said, arguments.lang).join("\n"))
    };
}

fn lines(said: &Value, language: Language) -> Vec<String> {
    let name = if language == Language::Ko { "ko" } else { "en" };
    let of = |ko: &str, en: &str| if language == Language::Ko { ko.to_owned() } else { en.to_owned() };
    let text = |value: &Value| value[name].as_str().unwrap_or_default().to_owned();
    if said["ok"] != Value::Bool(true) {
        return vec![text(&said["error"])];
    }
    let Some(choices) = said["choices"].as_array() else {
        return vec![of(
            "읽었습니다. 이제 휴대전화에서 ‘확인’을 누르십시오.",
            "Scanned. Now choose “check” on the phone.",
        )];
    };
    let mut lines = vec![of(
        "보여 준 그 투표용지입니다. 이 표는 집계되지 않습니다.",
        "This is the ballot that was shown. It will not be counted.",
    )];
    for choice in choices {
        let chosen =
            choice["chosen"].as_array().into_iter().flatten().map(|chosen| match chosen.get("score") {
                Some(score) => format!("{}: {score}", text(&chosen["option"])),
                None => text(chosen),
            });
        lines.push(format!("  {} — {}", text(&choice["question"]), chosen.collect::<Vec<_>>().join(", ")));
    }
    lines
}
