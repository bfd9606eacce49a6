//! Nothing happens that was not seen and approved.

use crate::answer::{Failure, message, said};
use crate::arguments::Arguments;
use crate::human;
use citizen_wallet::Message;
use serde::Serialize;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

/// Shows the review and asks, unless `--yes` was given. Without a terminal nobody can answer, so nothing is approved.
pub(crate) fn approved(
    arguments: &Arguments,
    yes: bool,
    review: &impl Serialize,
    lines: &[Message],
) -> Result<(), Failure> {
    if yes || is_approved(arguments, lines)? {
        return Ok(());
    }
    Err(Failure::NotApproved { review: serde_json::to_value(review).unwrap_or_default() })
}

/// Asks on a terminal. Elsewhere the command line is the decision.
pub(crate) fn confirmed(
    arguments: &Arguments,
    yes: bool,
    question: &Message,
    review: &impl Serialize,
) -> Result<(), Failure> {
    if yes || arguments.json || !io::stdin().is_terminal() || is_yes(arguments, question)? {
        return Ok(());
    }
    Err(Failure::NotApproved { review: serde_json::to_value(review).unwrap_or_default() })
}

/// What is typed in at a question; nothing where nobody can be asked.
pub(crate) fn typed(arguments: &Arguments, question: &Message) -> Result<Option<String>, Failure> {
    if arguments.json || !io::stdin().is_terminal() {
        return Ok(None);
    }
    let _ = write!(anstream::stderr(), "{}", said(question, arguments.lang));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|_| Failure::of_file())?;
    Ok(Some(answer.trim().to_owned()))
}

fn is_approved(arguments: &Arguments, lines: &[Message]) -> Result<bool, Failure> {
    if arguments.json || !io::stdin().is_terminal() {
        return Ok(false);
    }
    for line in lines {
        human::progress(arguments, line);
    }
    is_yes(arguments, &message("승인할까요? [y/N] ", "Approve? [y/N] "))
}

fn is_yes(arguments: &Arguments, question: &Message) -> Result<bool, Failure> {
    let answer = typed(arguments, question)?;
    Ok(answer.is_some_and(|answer| matches!(answer.as_str(), "y" | "Y" | "yes" | "예" | "네")))
}
