//! `today`: the payments of a day. Which there are is the centre's signed word; each is shown only as the ledger proves it.

use crate::answer::Answer;
use crate::arguments::{Arguments, OfDay};
use crate::catalogue::{Message, message};
use crate::desk::{Centre, Desk, now};
use crate::failure::Failure;
use crate::proof::{Paid, Standing};
use crate::{link, mark};
use citizen_client::TillWord;
use citizen_client::api::{TillAnswer, TillPayment};
use citizen_ledger::Attested;
use citizen_payment::Terms;
use citizen_payment::till::{MerchantAct, ReceiptOpening};
use citizen_primitives::{Day, UnixTime};
use serde_json::{Value, json};

/// A day's payments, each proved.
pub(super) struct Takings {
    pub(super) paid: Vec<Paid>,
    word: Attested<TillWord>,
}

pub(super) async fn today(arguments: &Arguments, asked: &OfDay) -> Result<Answer, Failure> {
    let day = day(asked)?;
    let desk = Desk::open(arguments)?;
    let centre = desk.centre().await?;
    let takings = desk.takings(&centre, day).await?;
    let sum = |part: fn(&Paid) -> u64| takings.paid.iter().map(part).fold(0_u64, u64::saturating_add);
    let (points, won) = (sum(|paid| paid.points.amount()), sum(|paid| paid.won.amount()));
    let refunded = sum(|paid| paid.refunded.amount());
    let total = points.saturating_add(won);
    let list: Vec<Value> = takings.paid.iter().map(payment).collect();
    let count = list.len();
    let answer = Answer::default()
        .with("day", written(day))
        .with("payments", list)
        .with("amount", total)
        .with("points", points)
        .with("krw", won)
        .with("refunded", refunded)
        .with("attested", mark::attested(&takings.word))
        .with("verified", takings.paid.last().map(|paid| mark::verified(&paid.provenance)));
    let answer = takings.paid.iter().map(line).fold(answer, Answer::line);
    let answer = answer.line(message(
        format!("{count}건 {total}원 = 포인트 {points}점 + {won}원, 환불 {refunded}원"),
        format!("{count} payments, {total} won = {points} points + {won} won; given back {refunded} won"),
    ));
    Ok(match takings.paid.last() {
        Some(paid) => answer.line(mark::line(&paid.provenance)),
        None => answer,
    })
}

impl Desk {
    /// The payments of a day. One that is not proved, and one that this till knows to be paid and the centre leaves out, refuses
    /// the whole list.
    pub(super) async fn takings(&self, centre: &Centre, day: Day) -> Result<Takings, Failure> {
        let word = self.ask(centre, MerchantAct::Payments { day }).await.into_answer()?;
        let TillAnswer::Payments { payments } = &word.value().answer else {
            return Err(link::of_another_kind(&word.value().answer));
        };
        let wrong = || Failure::unverified("payments", "centre");
        let terms: Option<Vec<Terms>> = payments.iter().map(|payment| self.terms(payment)).collect();
        let mut paid = Vec::new();
        for standing in self.standings(centre, &terms.ok_or_else(wrong)?).await? {
            match standing {
                Standing::Paid(proved) => paid.push(proved),
                _ => return Err(wrong()),
            }
        }
        for known in self.journal.captured(day, now())? {
            if !paid.iter().any(|paid| paid.payment == known) {
                return Err(wrong());
            }
        }
        Ok(Takings { paid, word })
    }

    fn terms(&self, payment: &TillPayment) -> Option<Terms> {
        let opening = ReceiptOpening::from_text(&payment.receipt).ok()?;
        let terms = opening.terms(self.shop.merchant.clone(), self.shop.name.clone());
        let is_it = terms.payment.to_hex() == payment.payment
            && terms.points.amount() == payment.points
            && terms.won.amount() == payment.krw;
        is_it.then_some(terms)
    }
}

fn payment(paid: &Paid) -> Value {
    json!({
        "payment_id": paid.payment.to_hex(),
        "captured_at": paid.captured_at.to_rfc3339(),
        "points": paid.points.amount(),
        "krw": paid.won.amount(),
        "refunded": paid.refunded.amount(),
    })
}

fn line(paid: &Paid) -> Message {
    let (time, id) = (paid.captured_at.to_kst(), paid.payment);
    let (points, won, refunded) = (paid.points, paid.won, paid.refunded);
    message(
        format!("{time} 포인트 {points}점 + {won}원, 환불 {refunded}원  {id}"),
        format!("{time} {points} points + {won} won, given back {refunded} won  {id}"),
    )
}

/// The day that was asked for, or today in Seoul.
pub(super) fn day(asked: &OfDay) -> Result<Day, Failure> {
    match &asked.date {
        None => Ok(now().day_in_seoul()),
        Some(text) => parse(text.trim()).ok_or_else(|| Failure::invalid("date")),
    }
}

/// `2026-11-21`.
pub(super) fn written(day: Day) -> String {
    let digits = day.to_digits();
    match (digits.get(..4), digits.get(4..6), digits.get(6..)) {
        (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        _ => digits,
    }
}

/// A day of the calendar, from 1970 on.
fn parse(text: &str) -> Option<Day> {
    let digits: String = match text.split('-').collect::<Vec<_>>().as_slice() {
        [whole] if whole.len() == 8 => (*whole).to_owned(),
        [year, month, day] if (year.len(), month.len(), day.len()) == (4, 2, 2) => {
            [*year, month, day].concat()
        }
        _ => return None,
    };
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    let number = |part: Option<&str>| part?.parse::<u64>().ok();
    let (year, month, day) = (number(digits.get(..4))?, number(digits.get(4..6))?, number(digits.get(6..))?);
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days from civil: years begin in March, so that the leap day is a year's last.
    let (years, months) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = years * 365 + years / 4 - years / 100 + years / 400 + (months * 153 + 2) / 5 + day - 1;
    let found = Day::new(days.checked_sub(719_468)?);
    // The 30th of February is none.
    (found.to_digits() == digits && found.start() >= UnixTime::from_seconds(0)).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_one_of_the_calendar() {
        for (text, seconds) in
            [("2026-11-21", 1_795_219_200), ("20261121", 1_795_219_200), ("2024-02-29", 1_709_164_800)]
        {
            let day = UnixTime::from_seconds(seconds).day_in_seoul();
            assert_eq!(parse(text), Some(day), "{text}");
        }
        assert_eq!(written(parse("2026-01-31").unwrap()), "2026-01-31");
        for text in [
            "",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "21-11-2026",
            "yesterday",
            "1969-12-31",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
