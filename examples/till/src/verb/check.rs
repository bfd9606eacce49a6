//! `check`: a customer's receipt. The code on her screen only says where to look; what is paid, the ledger proves to this till.

use super::amount;
use super::served::Served;
use crate::answer::Answer;
use crate::arguments::{Arguments, Check};
use crate::catalogue::{Message, message};
use crate::desk::{Desk, now};
use crate::failure::Failure;
use crate::journal::{ReceiptEntry, ReceiptStage};
use crate::proof::{Paid, Standing};
use crate::{mark, reading};
use citizen_primitives::{Seconds, UnixTime, Won};

pub(super) async fn check(arguments: &Arguments, asked: &Check) -> Result<Answer, Failure> {
    let expected = asked.amount.map(amount).transpose()?;
    let opening = reading::receipt(&asked.code)?;
    let desk = Desk::open(arguments)?;
    let centre = desk.centre().await?;
    let terms = opening.terms(desk.shop.merchant.clone(), desk.shop.name.clone());
    let paid = paid(desk.standing(&centre, &terms).await?)?;
    let total = paid.total()?;
    if expected.is_some_and(|expected| expected != total) {
        return Err(Failure::not_taken("another-amount").with("amount", total.amount()));
    }
    if paid.refunded >= total {
        return Err(Failure::not_taken("given-back"));
    }
    // Said before its age: what this till took is taken, however old it is.
    if let Some(ReceiptEntry { stage: ReceiptStage::Taken { counter, time }, .. }) =
        desk.journal.known_receipt(&paid.payment)?
    {
        return Err(taken(counter, time));
    }
    let age = now().since(paid.captured_at);
    if age > Seconds::new(asked.within) {
        return Err(Failure::not_taken("too-old").with_time("captured_at", paid.captured_at));
    }
    match desk.serve(&centre, &paid.payment, false).await? {
        Served::First { time } => Ok(answer(&desk, &paid, total, time)),
        Served::Before { counter, time } => Err(taken(counter, time)),
    }
}

fn taken(counter: String, time: UnixTime) -> Failure {
    Failure::not_taken("taken").with("counter", counter).with_time("taken_at", time)
}

fn paid(standing: Standing) -> Result<Paid, Failure> {
    match standing {
        Standing::Paid(paid) => Ok(paid),
        Standing::Absent => Err(Failure::not_taken("no-record")),
        Standing::NotOurs => Err(Failure::not_taken("not-ours")),
        Standing::Held => Err(Failure::not_taken("not-finished")),
        Standing::Reversed => Err(Failure::not_taken("reversed-payment")),
    }
}

fn answer(desk: &Desk, paid: &Paid, total: Won, time: UnixTime) -> Answer {
    fields(paid, total)
        .with("counter", desk.shop.counter.as_str())
        .with("taken_at", time.to_rfc3339())
        .line(line(paid, total))
        .line(mark::line(&paid.provenance))
}

/// The fields of a payment that was proved.
pub(super) fn fields(paid: &Paid, total: Won) -> Answer {
    Answer::default()
        .with("payment_id", paid.payment.to_hex())
        .with("amount", total.amount())
        .with("points", paid.points.amount())
        .with("krw", paid.won.amount())
        .with("refunded", paid.refunded.amount())
        .with("captured_at", paid.captured_at.to_rfc3339())
        .with("verified", mark::verified(&paid.provenance))
}

/// The line for people.
pub(super) fn line(paid: &Paid, total: Won) -> Message {
    let (time, points, won) = (paid.captured_at.to_kst(), paid.points, paid.won);
    message(
        format!("✓ {time} 받음 {total}원 = 포인트 {points}점 + {won}원"),
        format!("✓ {time} paid {total} won = {points} points + {won} won"),
    )
}
