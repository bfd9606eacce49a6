//! `resume`: what got no answer, or was to be checked, is brought to its end. Verbs that move money begin with it.

use super::refund::Progress;
use super::served::Served;
use crate::answer::Answer;
use crate::arguments::Arguments;
use crate::catalogue::message;
use crate::desk::{Centre, Desk};
use crate::failure::Failure;
use crate::journal::{ChargeStage, RefundStage};
use crate::link::Asked;
use citizen_payment::till::MerchantAct;
use serde_json::{Value, json};

/// Where something stands now that was open.
pub(super) struct Resumed {
    kind: &'static str,
    id: String,
    state: &'static str,
}

pub(super) async fn resume(arguments: &Arguments) -> Result<Answer, Failure> {
    let desk = Desk::open(arguments)?;
    let centre = desk.centre().await?;
    let resumed = desk.resume(&centre).await?;
    let list: Vec<Value> = resumed
        .iter()
        .map(|Resumed { kind, id, state }| json!({ "kind": kind, "id": id, "state": state }))
        .collect();
    let open = resumed.iter().filter(|resumed| resumed.state == "pending").count();
    let lines = resumed.iter().map(|Resumed { kind, id, state }| {
        message(format!("{kind} {id}: {state}"), format!("{kind} {id}: {state}"))
    });
    let answer = Answer::default().with("resumed", list).with("open", open);
    let answer = lines.fold(answer, Answer::line);
    Ok(answer.line(message(format!("끝나지 않은 것 {open}건"), format!("{open} not at their end"))))
}

impl Desk {
    /// Goes on with everything that is open.
    pub(super) async fn resume(&self, centre: &Centre) -> Result<Vec<Resumed>, Failure> {
        let mut resumed = Vec::new();
        for (number, mut entry) in self.journal.open_charges()? {
            let state = match entry.stage {
                ChargeStage::Unanswered => match self.take_back(centre, &number, &mut entry).await {
                    Ok(true) => "reversed",
                    Ok(false) | Err(_) => "pending",
                },
                _ => self.inquire(centre, &number, &mut entry).await?,
            };
            resumed.push(Resumed { kind: "charge", id: hex::encode(number.as_bytes()), state });
        }
        for (refund, mut entry) in self.journal.open_refunds()? {
            let state = match self.push_refund(centre, &refund, &mut entry).await? {
                Progress::GivenBack(..) => "refunded",
                Progress::Refused(..) => "refused",
                Progress::Open => "pending",
            };
            debug_assert!(state != "refunded" || matches!(entry.stage, RefundStage::Refunded(..)));
            resumed.push(Resumed { kind: "refund", id: refund.to_hex(), state });
        }
        for payment in self.journal.owed_receipts()? {
            let state = match self.serve(centre, &payment, true).await {
                Ok(Served::First { .. } | Served::Before { .. }) => "served",
                Err(_) => "pending",
            };
            resumed.push(Resumed { kind: "receipt", id: payment.to_hex(), state });
        }
        Ok(resumed)
    }

    async fn inquire(
        &self,
        centre: &Centre,
        number: &citizen_payment::till::ChargeNumber,
        entry: &mut crate::journal::ChargeEntry,
    ) -> Result<&'static str, Failure> {
        let Asked::Answered(word) = self.ask(centre, MerchantAct::Inquire { number: *number }).await else {
            return Ok("pending");
        };
        let said = self.said(entry, &word.value().answer)?;
        match self.settle_charge(centre, number, entry, &said).await {
            // Found paid when the customer may be gone: the shop decides, `today` shows it.
            Ok(Some(_)) => Ok("captured"),
            Ok(None) => Ok("pending"),
            Err(failure) if failure.code() == "not-paid" => Ok("not-paid"),
            Err(failure) => Err(failure),
        }
    }
}
