//! The main job, told chapter by chapter: a city, a citizen, what she earns and pays, who refuses, and who lies.
//!
//! Every figure is one of this run. A step that fails stops the story with its reason.

mod card;
mod citizen;
mod close;
mod earn;
mod lies;
mod meter;
mod pay;
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
use citizen_wallet::WalletError;
use citizen_wallet::view::VerifiedMark;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// A telling: the city, the citizen, and who tells.
struct Story<'a, W> {
    city: &'a City,
    citizen: &'a Citizen,
    narrator: &'a mut Narrator<W>,
}

/// Starts the city on its folder and tells the story.
pub async fn tell<W: Write>(data: &Path, narrator: &mut Narrator<W>) -> Result<(), Failure> {
    let began = Instant::now();
    narrator.frame(&Line::of("title").with("path", data.display()))?;
    let city = City::start(Folder::open(data)?, card::address(data)).await?;
    let told = tell_in(&city, narrator).await;
    // The city is closed as it should be, also after a step that failed.
    let folder = city.stop().await?;
    told?;
    close::audit(&folder, narrator)?;
    let seconds = format!("{:.1}", began.elapsed().as_secs_f64());
    Ok(narrator.frame(&Line::of("done").with("time", seconds))?)
}

async fn tell_in<W: Write>(city: &City, narrator: &mut Narrator<W>) -> Result<(), Failure> {
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
