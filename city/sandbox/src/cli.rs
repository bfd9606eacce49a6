//! The command line of `city`.

use crate::apart::{Others, Part, serve_part};
use crate::audited::audited;
use crate::city::City;
use crate::failure::Failure;
use crate::folder::Folder;
use crate::keeping;
use crate::narrator::{Language, Line, Narrator, grouped};
use crate::story::{self, PollSize};
use crate::torture::campaign::Campaign;
use crate::torture::telling as torture;
use citizen_primitives::Height;
use clap::{Parser, Subcommand};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio::signal;
use tokio::sync::watch;

/// A city of its own in one folder: a ledger, a ZeroPay centre, a bank and a treasury. Without a command it tells the story.
#[derive(Debug, Parser)]
#[command(name = "city", version)]
pub struct Cli {
    /// The city's folder.
    #[arg(long, global = true, default_value = "target/city")]
    pub data: PathBuf,
    /// The language.
    #[arg(long, global = true, value_enum, default_value_t)]
    pub lang: Language,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "made once, from the command line")]
enum Command {
    /// Tells the story, as without a command.
    Story {
        /// How large its poll is: 200 neighbours who vote besides her, 25, or no poll.
        #[arg(long, value_enum, default_value_t)]
        poll: PollSize,
    },
    /// Keeps the city running until Ctrl-C.
    Up {
        /// The gateway's address.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
    },
    /// Replays every block from genesis and compares signatures, states, results and supply.
    Audit,
    /// Copies the city, keys included, into a new folder.
    Backup {
        /// Where to.
        dir: PathBuf,
    },
    /// Brings a backup back.
    Restore {
        /// Where from.
        dir: PathBuf,
    },
    /// Makes many runs of payments and polls in cities in memory, kills somebody in each, and judges what is the case afterwards.
    Torture {
        /// How many runs.
        #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
        runs: u64,
        /// The seed of the first run; each next one has the next seed.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Serves one party in a process of its own.
    Serve {
        /// Which.
        #[arg(value_enum)]
        part: Part,
        /// Its address.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        #[command(flatten)]
        others: Others,
    },
}

impl Cli {
    /// What programs say of themselves unless something else is asked for: errors, but not those that are made on purpose.
    #[must_use]
    pub const fn quietest(&self) -> &'static str {
        match self.command {
            Some(Command::Torture { .. }) => "off",
            _ => "error",
        }
    }
}

/// Runs the command; the narrator hears what happens.
pub async fn execute<W: Write>(cli: Cli, narrator: &mut Narrator<W>) -> Result<(), Failure> {
    let Cli { data, lang: _, command } = cli;
    match command {
        None => story::tell(PollSize::default(), &data, narrator).await,
        Some(Command::Story { poll }) => story::tell(poll, &data, narrator).await,
        Some(Command::Up { listen }) => up(&data, listen, narrator).await,
        Some(Command::Audit) => audit(&data, narrator),
        Some(Command::Backup { dir }) => back_up(&data, &dir, narrator),
        Some(Command::Restore { dir }) => restore(&data, &dir, narrator),
        Some(Command::Torture { runs, seed }) => torture(&Campaign::new(runs, seed), narrator),
        Some(Command::Serve { part, listen, others }) => {
            let folder = Folder::open(&data)?;
            let (stop, told) = watch::channel(false);
            tokio::spawn(async move {
                interrupted().await;
                stop.send_replace(true);
            });
            Ok(serve_part(part, folder, listen, &others, told)
                .await
                .map_err(|error| Failure(Line::same(error)))?)
        }
    }
}

async fn up<W: Write>(data: &Path, listen: SocketAddr, narrator: &mut Narrator<W>) -> Result<(), Failure> {
    // Listened for from the beginning: a signal during the start stops the city as well.
    let interrupted = tokio::spawn(interrupted());
    let city = City::start(Folder::open(data)?, listen).await?;
    let trust = city.folder().file("city.json");
    narrator.say(&Line::of("up.ready").with("url", city.url()).with("trust", trust.display()))?;
    tokio::select! {
        told = interrupted => {
            if let Err(error) = told {
                tracing::error!(%error, "nobody listens for signals");
            }
        }
        () = city.broken() => {}
    }
    city.stop().await?;
    Ok(narrator.say(&Line::of("up.stopped"))?)
}

fn audit<W: Write>(data: &Path, narrator: &mut Narrator<W>) -> Result<(), Failure> {
    let folder = keeping::open_existing(data)?;
    let mut told = Ok(());
    let report = keeping::audit(&folder, |height: Height| {
        if height.value().is_multiple_of(10_000) {
            told = narrator.more(&Line::of("audit.progress").with("height", grouped(height.value())));
        }
    })?;
    told?;
    Ok(narrator.step("name.audit", &audited(&report)?)?)
}

fn back_up<W: Write>(data: &Path, target: &Path, narrator: &mut Narrator<W>) -> Result<(), Failure> {
    let files = keeping::back_up(&keeping::open_existing(data)?, target)?;
    Ok(narrator.say(&Line::of("kept.done").with("files", files).with("path", target.display()))?)
}

fn restore<W: Write>(data: &Path, backup: &Path, narrator: &mut Narrator<W>) -> Result<(), Failure> {
    let files = keeping::restore(backup, data)?;
    Ok(narrator.say(&Line::of("restored.done").with("files", files).with("path", data.display()))?)
}

fn torture<W: Write>(campaign: &Campaign, narrator: &mut Narrator<W>) -> Result<(), Failure> {
    let (began, mut told) = (Instant::now(), Ok(()));
    // The runs have threads and runtimes of their own; this one only waits for them.
    let summary = tokio::task::block_in_place(|| {
        campaign.run(|summary| {
            if summary.runs.is_multiple_of(500) && told.is_ok() {
                told = narrator.say(&torture::so_far(summary, began.elapsed()));
            }
        })
    });
    told?;
    for line in torture::lines(campaign, &summary, began.elapsed()) {
        narrator.say(&line)?;
    }
    if summary.is_good(campaign) { Ok(()) } else { Err(Failure(Line::of("torture-failed"))) }
}

/// Ctrl-C, or the word of whoever runs the machine.
async fn interrupted() {
    #[cfg(unix)]
    {
        let Ok(mut terminate) = signal::unix::signal(signal::unix::SignalKind::terminate()) else { return };
        tokio::select! {
            _ = signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    {
        let _ = signal::ctrl_c().await;
    }
}
