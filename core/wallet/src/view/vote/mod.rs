//! What an app shows of polls. Numbers of electorates, contests and options are the manifest's, from 0.

mod ballot;
mod near;
mod poll;
mod registration;
#[cfg(feature = "credentials")]
mod registration_review;
mod report;
mod standing;

pub use ballot::{BallotReviewView, ChosenView, OpenedBallotView};
pub use near::PollsNearView;
pub(crate) use near::Whence;
pub use poll::{ContestView, ElectorateView, OptionView, PollView};
pub use registration::{RegistrarView, RegistrationView};
#[cfg(feature = "credentials")]
pub use registration_review::{AskingRegistrarView, RegistrationCardView, RegistrationReviewView};
pub use report::{CheckView, CountedView, PollReportView, ResultView};
pub use standing::{BrokenPromiseView, RewardView, VoteReceiptView, VoteView};

use crate::record::{BallotFate, BallotRow, RegistrationRow};

/// How far she is in a poll: the stable word.
pub(crate) fn standing(registration: Option<&RegistrationRow>, ballots: &[BallotRow]) -> &'static str {
    let Some(registration) = registration else { return "unregistered" };
    let cast = ballots.iter().rev().find(|row| !row.opened);
    match cast.map(|row| &row.fate) {
        Some(BallotFate::Outbox) => "outbox",
        Some(BallotFate::Promised(_)) => "promised",
        Some(BallotFate::Placed(_)) => "placed",
        Some(BallotFate::Overtaken) => "overtaken",
        Some(BallotFate::Missed) => "missed",
        None if registration.cast_before => "cast-before",
        None if registration.token().is_some() => "registered",
        None if registration.is_refused() => "refused",
        None => "registering",
    }
}

/// All of its words.
#[cfg(test)]
pub(crate) const STANDINGS: [&str; 10] = [
    "unregistered",
    "registering",
    "refused",
    "registered",
    "outbox",
    "promised",
    "placed",
    "overtaken",
    "missed",
    "cast-before",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Message;
    use crate::vote::Phase;

    #[test]
    fn wallet_14_every_state_of_poll_and_vote_has_a_sentence() {
        let phases = Phase::ALL.iter().map(|phase| format!("poll.{}", phase.word()));
        let standings = STANDINGS.iter().map(|word| format!("vote.{word}"));
        let rewards = report::REWARDS.iter().map(|word| format!("reward.{word}"));
        let counted = report::VERDICTS.iter().map(|word| format!("counted.{word}"));
        let answers = registration::ANSWERS.iter().map(|word| format!("registrar.{word}"));
        let checks =
            citizen_voting::verify::CheckName::ALL.iter().map(|name| format!("check.{}", name.text()));
        for key in phases.chain(standings).chain(rewards).chain(counted).chain(answers).chain(checks) {
            assert!(Message::find(&key).is_some(), "{key}");
        }
    }
}
