//! `refund`, `cancel` and `wishes`: money back. An answer "to be checked" leads to inquiry, never to a guess; given back is what the
//! ledger proves.

use super::charge::ledger_reason;
use super::{amount, payment_id};
use crate::answer::Answer;
use crate::arguments::{Arguments, Cancel, Refund};
use crate::catalogue::message;
use crate::desk::{Centre, Desk, now};
use crate::failure::Failure;
use crate::journal::{RefundEntry, RefundStage};
use crate::link::{self, Asked, Patience};
use crate::proof::{self, GivenBack};
use crate::{human, mark};
use citizen_client::api::TillAnswer;
use citizen_payment::till::MerchantAct;
use citizen_primitives::{RefundId, Text, random};
use serde_json::json;

/// Where a refund is.
pub(super) enum Progress {
    /// On the ledger.
    GivenBack(GivenBack, bool),
    /// It never will be: why.
    Refused(&'static str, String),
    /// Not known.
    Open,
}

pub(super) async fn refund(arguments: &Arguments, asked: &Refund) -> Result<Answer, Failure> {
    let payment = payment_id(&asked.payment)?;
    let amount = amount(asked.amount)?;
    let reason = Text::new(asked.reason.trim()).map_err(|_| Failure::invalid("text"))?;
    let entry = RefundEntry { payment, amount: Some(amount), reason, time: now(), stage: RefundStage::Open };
    give_back(arguments, entry, asked.wait).await
}

pub(super) async fn cancel(arguments: &Arguments, asked: &Cancel) -> Result<Answer, Failure> {
    let payment = payment_id(&asked.payment)?;
    let reason = Text::default();
    let entry = RefundEntry { payment, amount: None, reason, time: now(), stage: RefundStage::Open };
    give_back(arguments, entry, asked.wait).await
}

async fn give_back(arguments: &Arguments, mut entry: RefundEntry, wait: u64) -> Result<Answer, Failure> {
    let desk = Desk::open(arguments)?;
    let centre = desk.centre().await?;
    desk.resume(&centre).await?;
    // A second one beside an open one could give back twice what was meant once (TILL-6).
    let open = desk.journal.open_refunds()?;
    if let Some((refund, _)) = open.into_iter().find(|(_, open)| open.payment == entry.payment) {
        return Err(Failure::pending("refund", refund.to_hex()));
    }
    let refund = RefundId::from_bytes(random::generate_array(&mut random::system()));
    desk.journal.refund(&refund, &entry)?;
    human::progress(arguments, &message("센터에 요청하는 중", "asking the centre"));
    let patience = Patience::of(wait);
    loop {
        match desk.push_refund(&centre, &refund, &mut entry).await? {
            Progress::GivenBack(back, credited) => return answer(&refund, &entry, &back, credited),
            Progress::Refused("centre", reason) => return Err(Failure::refused("centre", &reason)),
            Progress::Refused(_, reason) => {
                let failure = Failure::new("not-refunded").with("refund", refund.to_hex());
                return Err(failure.with("reason", reason));
            }
            Progress::Open if patience.goes_on().await => {}
            Progress::Open => return Err(Failure::pending("refund", refund.to_hex())),
        }
    }
}

impl Desk {
    /// Asks for a refund, or again: the centre knows it by its number, so however often it arrives, it is given back once.
    pub(super) async fn push_refund(
        &self,
        centre: &Centre,
        refund: &RefundId,
        entry: &mut RefundEntry,
    ) -> Result<Progress, Failure> {
        let RefundEntry { payment, amount, reason, .. } = entry.clone();
        let act = match amount {
            Some(amount) => MerchantAct::Refund { refund: *refund, payment, amount, reason },
            None => MerchantAct::Cancel { refund: *refund, payment },
        };
        let word = match self.ask(centre, act).await {
            Asked::Answered(word) => word,
            Asked::Refused(reason) => {
                entry.stage = RefundStage::Refused;
                self.journal.refund(refund, entry)?;
                return Ok(Progress::Refused("centre", reason));
            }
            Asked::Unanswered(_) => return Ok(Progress::Open),
        };
        let TillAnswer::Refund { state, credited, reason, .. } = &word.value().answer else {
            return Err(link::of_another_kind(&word.value().answer));
        };
        if state == "refused" {
            entry.stage = RefundStage::Refused;
            self.journal.refund(refund, entry)?;
            return Ok(Progress::Refused("ledger", ledger_reason(reason.as_deref())));
        }
        let back = match self.given_back(centre, refund, &payment).await {
            Ok(Some(back)) => back,
            Ok(None) => return Ok(Progress::Open),
            Err(failure) if failure.is_offline() => return Ok(Progress::Open),
            Err(failure) => return Err(failure),
        };
        let total = proof::sum(back.points, back.won)?;
        if amount.is_some_and(|amount| amount != total) {
            return Err(Failure::unverified("refund", "centre"));
        }
        entry.stage = RefundStage::Refunded(back.points, back.won);
        self.journal.refund(refund, entry)?;
        Ok(Progress::GivenBack(back, *credited))
    }
}

fn answer(
    refund: &RefundId,
    entry: &RefundEntry,
    back: &GivenBack,
    is_credited: bool,
) -> Result<Answer, Failure> {
    let total = proof::sum(back.points, back.won)?;
    let (points, won) = (back.points, back.won);
    Ok(Answer::default()
        .with("refund", refund.to_hex())
        .with("payment_id", entry.payment.to_hex())
        .with("state", "refunded")
        .with("amount", total.amount())
        .with("points", points.amount())
        .with("points_expired", back.expired.amount())
        .with("krw", won.amount())
        .with("credited", is_credited)
        .with("refunded_at", back.time.to_rfc3339())
        .with("verified", mark::verified(&back.provenance))
        .line(message(
            format!("✓ {total}원 환불 = 포인트 {points}점 + {won}원"),
            format!("✓ gave back {total} won = {points} points + {won} won"),
        ))
        .line(mark::line(&back.provenance)))
}

/// What customers asked for, as the centre says.
pub(super) async fn wishes(arguments: &Arguments) -> Result<Answer, Failure> {
    let desk = Desk::open(arguments)?;
    let centre = desk.centre().await?;
    let word = desk.ask(&centre, MerchantAct::Wishes).await.into_answer()?;
    let TillAnswer::Wishes { wishes } = &word.value().answer else {
        return Err(link::of_another_kind(&word.value().answer));
    };
    // What goes to a terminal has no control characters in it.
    let is_clean = |text: &str| Text::new(text).is_ok();
    if !wishes.iter().all(|wish| is_clean(&wish.payment) && is_clean(&wish.reason)) {
        return Err(Failure::unverified("answer", "centre"));
    }
    let list = wishes
        .iter()
        .map(|wish| json!({ "payment_id": wish.payment, "amount": wish.amount, "reason": wish.reason }));
    let list: Vec<_> = list.collect();
    let lines = wishes.iter().map(|wish| {
        let (payment, amount, reason) = (&wish.payment, wish.amount, &wish.reason);
        message(format!("{payment} {amount}원: {reason}"), format!("{payment} {amount} won: {reason}"))
    });
    let answer = Answer::default().with("wishes", list).with("attested", mark::attested(&word));
    Ok(lines.fold(answer, Answer::line))
}
