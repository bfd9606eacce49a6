//! A ballot on the command line: what `--choose` means, what is shown before the question, and the question.

use crate::answer::{Answer, Failure, message, said};
use citizen_wallet::error::Input;
use citizen_wallet::view::{BallotReviewView, ContestView, OpenedBallotView, PollView, VoteView};
use citizen_wallet::{Choice, Message, WalletError};

/// Reads `CONTEST=OPTION[,OPTION…]`: numbers as `vote show` lists them, or names. In a contest that is scored, a score for each option.
pub(crate) fn choices(poll: &PollView, choose: &[String]) -> Result<Vec<Choice>, Failure> {
    choose.iter().map(|text| choice(poll, text).ok_or_else(wrong)).collect()
}

fn choice(poll: &PollView, text: &str) -> Option<Choice> {
    let (contest, options) = text.split_once('=')?;
    let is_it = |view: &&ContestView| is_named(contest, *view.contest(), view.question());
    let contest = poll.contests().iter().find(is_it)?;
    let mut numbers = Vec::new();
    for option in options.split(',').map(str::trim).filter(|option| !option.is_empty()) {
        numbers.push(number(contest, option)?);
    }
    Some(Choice::new(*contest.contest(), numbers))
}

fn number(contest: &ContestView, text: &str) -> Option<u8> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let named = |option: &&citizen_wallet::view::OptionView| is_named(text, *option.option(), option.name());
    contest.options().iter().find(named).map(|option| *option.option())
}

fn is_named(text: &str, number: u8, name: &Message) -> bool {
    text.trim().parse() == Ok(number) || name.ko == text || name.en.eq_ignore_ascii_case(text)
}

fn wrong() -> Failure {
    Failure::Wallet(WalletError::Invalid { input: Input::Choices })
}

pub(crate) fn review_lines(view: &BallotReviewView) -> Vec<Message> {
    let mut lines = vec![view.spoken().clone()];
    for chosen in view.choices() {
        let join =
            |language| chosen.chosen().iter().map(|name| said(name, language)).collect::<Vec<_>>().join(", ");
        let question = chosen.question();
        lines.push(message(
            format!("  {}: {}", question.ko, join(crate::arguments::Language::Ko)),
            format!("  {}: {}", question.en, join(crate::arguments::Language::En)),
        ));
    }
    let fingerprint = view.fingerprint();
    lines.push(message(format!("지문 {fingerprint}"), format!("Fingerprint {fingerprint}")));
    lines.push(view.question().clone());
    lines
}

pub(crate) fn opened_lines(view: &OpenedBallotView) -> Vec<Message> {
    let (fingerprint, seed, opening) = (view.fingerprint(), view.seed(), view.opening());
    vec![
        view.text().clone(),
        message(format!("지문 {fingerprint}"), format!("Fingerprint {fingerprint}")),
        message(format!("씨앗 {seed}"), format!("Seed {seed}")),
        message(format!("열린 내용 {opening}"), format!("Opening {opening}")),
    ]
}

pub(crate) fn sent(view: &VoteView) -> Answer {
    let mut lines = vec![view.text().clone()];
    lines.extend(view.fingerprint().map(|it| message(format!("지문 {it}"), format!("Fingerprint {it}"))));
    lines.extend(view.broken().iter().map(|broken| broken.text().clone()));
    lines.extend(view.hint().clone());
    Answer::of(view, lines)
}
