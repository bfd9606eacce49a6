//! The main job, told chapter by chapter: a city, a citizen, what she earns and pays, who refuses, who lies, and how she votes.
//!
//! Every figure is one of this run. A step that fails stops the story with its reason.

mod card;
mod citizen;
mod close;
mod earn;
mod lies;
mod meter;
mod pay;
mod poll;
mod refuse;
mod scan;
mod shown;
mod stall;
mod till;

use crate::city::City;
use crate::failure::Failure;
use crate::folder::Folder;
use crate::narrator::{Line, Narrator, grouped};
use citizen::Citizen;
use citizen_primitives::Seconds;
use citizen_wallet::WalletError;
use citizen_wallet::view::VerifiedMark;
use city_chain::Pace;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// A telling: the city, the citizen, and who tells.
struct Story<'a, W> {
    city: &'a City,
    citizen: &'a Citizen,
    narrator: &'a mut Narrator<W>,
}

/// How large the poll in it is: blind signatures take their time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum PollSize {
    /// 200 neighbours vote besides her.
    #[default]
    Large,
    /// 25 do.
    Small,
    /// There is none.
    None,
}

impl PollSize {
    const fn neighbours(self) -> Option<u32> {
        match self {
            Self::Large => Some(200),
            Self::Small => Some(25),
            Self::None => None,
        }
    }
}

/// Starts the city on its folder and tells the story.
pub async fn tell<W: Write>(poll: PollSize, data: &Path, narrator: &mut Narrator<W>) -> Result<(), Failure> {
    let began = Instant::now();
    narrator.frame(&Line::of("title").with("path", data.display()))?;
    // A poll's slots are short here: the time of the ledger passes as it does.
    let pace = Pace { heartbeat: Seconds::new(1), ..Pace::default() };
    let folder = Folder::open(data)?;
    let city = City::start_paced(pace, folder, card::listener(data).await?).await?;
    // Nothing is waited for in a city that has broken: what broke it is the story's end.
    let told = tokio::select! {
        told = tell_in(poll, &city, narrator) => told,
        () = city.broken() => Err(Failure(Line::of("story.broken"))),
    };
    // The city is closed as it should be, also after a step that failed.
    let folder = city.stop().await?;
    told?;
    close::audit(&folder, narrator)?;
    let seconds = format!("{:.1}", began.elapsed().as_secs_f64());
    Ok(narrator.frame(&Line::of("done").with("time", seconds))?)
}

async fn tell_in<W: Write>(poll: PollSize, city: &City, narrator: &mut Narrator<W>) -> Result<(), Failure> {
    let (height, signers) = (city.ledger().latest, crate::keys::HOUSES);
    narrator
        .stands("name.ledger", &Line::of("ledger.stands").with("height", height).with("signers", signers))?;
    narrator.stands("name.services", &Line::of("services.stand"))?;
    let citizen = Citizen::arrive(city, narrator).await?;
    let mut story = Story { city, citizen: &citizen, narrator };
    let yesterday = lies::remember_today(&story).await?;
    story.earn().await?;
    let unpaid = story.scan().await?;
    story.pay().await?;
    story.show_a_code().await?;
    story.redeem().await?;
    story.show_her_card().await?;
    story.meet_refusals(unpaid).await?;
    story.be_lied_to(yesterday).await?;
    story.vote(poll).await?;
    story.settle().await
}

impl<W: Write> Story<'_, W> {
    /// What the phone itself has checked, with the cost of checking it again.
    fn checked(&mut self, mark: &VerifiedMark) -> Result<(), Failure> {
        let cost = self.citizen.meter.check_again(self.city.trust())?;
        let line = Line::of("checked")
            .with("height", mark.height())
            .with("signers", mark.signers())
            .with("validators", mark.validators())
            .with("size", format!("{:.1}", cost.kilobytes))
            .with("time", format!("{:.2}", cost.milliseconds));
        Ok(self.narrator.more(&line)?)
    }
}

/// Points or won with their thousands apart.
fn amount(number: u64) -> String {
    grouped(number)
}

/// The error that was expected, by its code; anything else stops the story.
fn expect_refusal<T>(outcome: Result<T, WalletError>, code: &str) -> Result<Line, Failure> {
    match outcome {
        Err(error) if error.code() == code => Ok(sentence(&error)),
        Err(error) => Err(error.into()),
        Ok(_) => Err(Failure(Line::of("story.believed").with("code", code))),
    }
}

/// An error's sentence, with its word before it.
fn sentence(error: &WalletError) -> Line {
    let message = error.message();
    let line = Line::new(message.ko.as_str(), message.en.as_str());
    Line::of("error").with("code", error.code()).with_line("sentence", &line)
}

impl From<WalletError> for Failure {
    fn from(error: WalletError) -> Self {
        Self(sentence(&error))
    }
}
