//! The program `poll-admin`: the election office at work on a city's folder.

use citizen_ledger::poll::ElectorateRecord;
use citizen_primitives::PollId;
use citizen_voting::TrusteeIndex;
use citizen_voting::ceremony::{Fault, Phase, Round};
use citizen_voting::manifest::{Bilingual, Electorate, Poll};
use city_sandbox::admin::{Admin, read_manifest, read_members, read_plan, write_manifest};
use city_sandbox::failure::Failure;
use city_sandbox::narrator::{Language, Line, Narrator, grouped};
use city_services::office::{Opener, Progress};
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
    /// The language.
    #[arg(long, global = true, value_enum, default_value_t)]
    lang: Language,
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

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let language = cli.lang;
    let mut narrator = Narrator::new(anstream::stdout(), language);
    match execute(cli, &mut narrator).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(reason)) => {
            anstream::eprintln!("{}", reason.text(language));
            ExitCode::FAILURE
        }
    }
}

async fn execute<W: Write>(cli: Cli, out: &mut Narrator<W>) -> Result<(), Failure> {
    let Cli { city, gateway, lang: _, command } = cli;
    let admin = Admin::open(&city, gateway)?;
    match command {
        Command::Make { plan: path, out: file } => {
            let plan = read_plan(&path)?;
            let members = read_members(&plan, &path, admin.voters())?;
            let (poll, draft) = admin.make(&plan, &members).await?;
            write_manifest(&file, &poll, draft)?;
            announced(out, &poll)?;
            out.row("admin.manifest", &Line::same(file.display()))?;
        }
        Command::Announce { manifest } => {
            let (poll, draft) = read_manifest(&manifest)?;
            admin.announce(&poll, draft).await?;
            announced(out, &poll)?;
            out.row("admin.announced", &Line::of("admin.proved"))?;
        }
        Command::Watch { poll } => progress(out, &admin.watch(&id(&poll)?).await?)?,
        Command::Close { poll } => progress(out, &admin.close(&id(&poll)?).await?)?,
        Command::Publish { poll, out: file } => {
            let report = admin.publish(&id(&poll)?, &file).await?;
            let checks = report.checks.iter().map(|check| check.count).sum::<u64>();
            let line = Line::of("admin.checked").with("checks", grouped(checks));
            out.row("admin.verified", &line.with("counted", grouped(report.counted)))?;
            out.row("admin.published", &Line::same(file.display()))?;
        }
    }
    Ok(())
}

fn id(text: &str) -> Result<PollId, Failure> {
    PollId::from_hex(text).map_err(|_| Failure(Line::of("admin.no-name").with("text", text)))
}

fn written(words: &Bilingual) -> Line {
    Line::new(words.ko.as_str(), words.en.as_str())
}

fn announced<W: Write>(out: &mut Narrator<W>, poll: &Poll) -> io::Result<()> {
    let manifest = poll.manifest();
    out.row("admin.poll", &Line::same(poll.id()))?;
    out.row("admin.title", &written(&manifest.title))?;
    for (name, window) in [("admin.registration", manifest.registration), ("admin.casting", manifest.casting)]
    {
        let (from, until) = (window.from.to_kst(), window.until.to_kst());
        out.row(name, &Line::of("admin.window").with("from", from).with("until", until))?;
    }
    let slots = Line::of("admin.slots-of").with("count", poll.slots());
    out.row("admin.slots", &slots.with("seconds", manifest.slot.count()))?;
    let Some(reward) = &manifest.reward else { return Ok(()) };
    let line = Line::of("admin.rewarded").with("points", grouped(reward.points.amount()));
    out.row("admin.reward", &line.with_line("basis", &written(&reward.legal_basis)))
}

fn progress<W: Write>(out: &mut Narrator<W>, progress: &Progress) -> io::Result<()> {
    let Progress { poll, record, ceremony, opened, time } = progress;
    announced(out, poll)?;
    out.row("admin.time", &Line::same(time.to_kst()))?;
    out.row("admin.ceremony", &standing(poll, ceremony))?;
    let electorates = poll.electorates().zip(&record.electorates).zip(opened);
    for (((_, announced), counted), opened) in electorates {
        out.row("admin.electorate", &counts(announced, counted))?;
        for Opener { trustee, is_right } in opened {
            let line = Line::of(if *is_right { "admin.rightly" } else { "admin.wrongly" });
            out.row("admin.opened", &line.with_line("name", &name(poll, *trustee)))?;
        }
        for (contest, cells) in counted.result.iter().flat_map(|result| &result.contests) {
            let asked = poll.manifest().contests.get(usize::from(contest.number()));
            let asked = asked.map_or_else(|| Line::same(contest), |contest| written(&contest.question));
            let cells: Vec<_> = cells.iter().map(|cell| grouped(*cell)).collect();
            let line = Line::of("admin.sums").with_line("question", &asked);
            out.row("admin.result", &line.with("cells", cells.join(" ")))?;
        }
    }
    Ok(())
}

/// How far the ceremony is.
fn standing(poll: &Poll, ceremony: &Phase) -> Line {
    match ceremony {
        Phase::Waiting { round, missing } => {
            let mut names = Line::same("");
            for (number, trustee) in missing.iter().enumerate() {
                let next = Line::same(if number == 0 { "{before}{name}" } else { "{before}, {name}" });
                names = next.with_line("before", &names).with_line("name", &name(poll, *trustee));
            }
            let round = Line::of(round_name(*round));
            Line::of("admin.waiting").with_line("round", &round).with_line("names", &names)
        }
        Phase::Done(_) => Line::of("admin.done"),
        Phase::Failed(Fault::WrongShare(trustee)) => {
            let fault = Line::of("admin.wrong-share").with_line("name", &name(poll, *trustee));
            Line::of("admin.failed").with_line("fault", &fault)
        }
        Phase::Failed(fault @ Fault::NoKey) => Line::of("admin.failed").with("fault", fault),
    }
}

const fn round_name(round: Round) -> &'static str {
    match round {
        Round::Commitment => "admin.round.commitment",
        Round::Reveal => "admin.round.reveal",
        Round::Dealing => "admin.round.dealing",
        Round::Verdict => "admin.round.verdict",
        Round::Answer => "admin.round.answer",
        Round::Confirmation => "admin.round.confirmation",
    }
}

fn name(poll: &Poll, trustee: TrusteeIndex) -> Line {
    let at = usize::from(trustee.number()).saturating_sub(1);
    let member = poll.manifest().trustees.members.get(at);
    member.map_or_else(|| Line::same(trustee), |member| written(&member.name))
}

fn counts(announced: &Electorate, counted: &ElectorateRecord) -> Line {
    Line::of("admin.counts")
        .with_line("name", &written(&announced.name))
        .with("registered", counted.issued.iter().max().copied().unwrap_or_default())
        .with("roll", announced.roll_size)
        .with("counted", counted.counted)
        .with("cast", counted.cast)
        .with("opened", counted.opened)
}
