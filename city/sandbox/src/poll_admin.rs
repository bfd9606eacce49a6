//! The program `poll-admin`: the election office at work on a city's folder.

use citizen_primitives::PollId;
use citizen_voting::ceremony::Phase;
use citizen_voting::manifest::Poll;
use city_sandbox::admin::{Admin, AdminError, read_manifest, read_members, read_plan, write_manifest};
use city_services::office::Progress;
use clap::{Parser, Subcommand};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use url::Url;

/// Makes polls, announces, watches, closes and publishes them.
#[derive(Debug, Parser)]
#[command(name = "poll-admin", version)]
struct Cli {
    /// The city's folder, with the office's keys. The city may be running.
    #[arg(long, global = true, default_value = "target/city")]
    city: PathBuf,
    /// The gateway's address, if it is not the one in the folder.
    #[arg(long, global = true)]
    gateway: Option<Url>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a poll out of a plan in TOML, with the rolls that it names: takes as long as the registrars take to make their keys.
    Make {
        /// The plan.
        plan: PathBuf,
        /// Where the manifest is written.
        #[arg(long, default_value = "poll.manifest")]
        out: PathBuf,
    },
    /// Announces the manifest that was made: it opens by the times in it.
    #[command(alias = "open")]
    Announce {
        /// The manifest.
        manifest: PathBuf,
    },
    /// Says how far a poll is.
    Watch {
        /// The poll, in hexadecimal.
        poll: String,
    },
    /// Waits until the board is closed and its sums are open, and says the result.
    Close {
        /// The poll, in hexadecimal.
        poll: String,
    },
    /// Verifies a poll that is over, and writes all of it into one file for everybody.
    Publish {
        /// The poll, in hexadecimal.
        poll: String,
        /// The file.
        #[arg(long, default_value = "poll.bundle")]
        out: PathBuf,
    },
}

/// Why a command fails.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error("{0:?} is no poll: 64 hexadecimal digits are")]
    Poll(String),
    #[error("{0}")]
    Io(#[from] io::Error),
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut out = anstream::stdout();
    match execute(Cli::parse(), &mut out).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            anstream::eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

async fn execute(cli: Cli, out: &mut impl Write) -> Result<(), Failure> {
    let Cli { city, gateway, command } = cli;
    let admin = Admin::open(&city, gateway)?;
    match command {
        Command::Make { plan: path, out: file } => {
            let plan = read_plan(&path)?;
            let members = read_members(&plan, &path)?;
            let (poll, draft) = admin.make(&plan, &members).await?;
            write_manifest(&file, &poll, draft)?;
            announced(out, &poll)?;
            writeln!(out, "manifest      {}", file.display())?;
        }
        Command::Announce { manifest } => {
            let (poll, draft) = read_manifest(&manifest)?;
            admin.announce(&poll, draft).await?;
            announced(out, &poll)?;
            writeln!(out, "announced     proved on the ledger")?;
        }
        Command::Watch { poll } => progress(out, &admin.watch(&id(&poll)?).await?)?,
        Command::Close { poll } => progress(out, &admin.close(&id(&poll)?).await?)?,
        Command::Publish { poll, out: file } => {
            let report = admin.publish(&id(&poll)?, &file).await?;
            let (checks, counted) =
                (report.checks.iter().map(|check| check.count).sum::<u64>(), report.counted);
            writeln!(out, "verified      {checks} checks, none failed; {counted} ballots count")?;
            writeln!(out, "published     {}", file.display())?;
        }
    }
    Ok(())
}

fn id(text: &str) -> Result<PollId, Failure> {
    PollId::from_hex(text).map_err(|_| Failure::Poll(text.to_owned()))
}

fn announced(out: &mut impl Write, poll: &Poll) -> io::Result<()> {
    let manifest = poll.manifest();
    writeln!(out, "poll          {}", poll.id())?;
    writeln!(out, "title         {} / {}", manifest.title.ko.as_str(), manifest.title.en.as_str())?;
    for (name, window) in [("registration", manifest.registration), ("casting", manifest.casting)] {
        writeln!(out, "{name:<13} {} to {}", window.from.to_kst(), window.until.to_kst())?;
    }
    writeln!(out, "slots         {} of {} s", poll.slots(), manifest.slot.count())
}

fn progress(out: &mut impl Write, progress: &Progress) -> io::Result<()> {
    let Progress { poll, record, ceremony, opened, time } = progress;
    let name = |number: u8| {
        let at = usize::from(number).saturating_sub(1);
        poll.manifest().trustees.members.get(at).map(|trustee| trustee.name.en.as_str()).unwrap_or_default()
    };
    announced(out, poll)?;
    writeln!(out, "as of         {}", time.to_kst())?;
    match ceremony {
        Phase::Waiting { round, missing } => {
            let missing: Vec<_> = missing.iter().map(|index| name(index.number())).collect();
            writeln!(out, "ceremony      {round:?}: waiting for {}", missing.join(", "))?;
        }
        Phase::Done(_) => writeln!(out, "ceremony      done")?,
        Phase::Failed(fault) => writeln!(out, "ceremony      failed: {fault}")?,
    }
    let electorates = poll.electorates().zip(&record.electorates).zip(opened);
    for (((_, announced), counted), opened) in electorates {
        writeln!(
            out,
            "electorate    {}: {} of {} registered, {} count, {} cast, {} opened",
            announced.name.en.as_str(),
            counted.issued.iter().max().copied().unwrap_or_default(),
            announced.roll_size,
            counted.counted,
            counted.cast,
            counted.opened,
        )?;
        for opener in opened {
            let verdict = if opener.is_right { "rightly" } else { "WRONGLY, and has signed it" };
            writeln!(out, "  opened      {} {verdict}", name(opener.trustee.number()))?;
        }
        for (contest, cells) in counted.result.iter().flat_map(|result| &result.contests) {
            writeln!(out, "  result      contest {contest}: {cells:?}")?;
        }
    }
    Ok(())
}
