//! `resume`: what got no answer, or was to be checked, is brought to its end. Verbs that move money begin with it.

use super::refund::Progress;
use crate::answer::Answer;
use crate::arguments::Arguments;
use crate::catalogue::{Message, message};
use crate::desk::{Centre, Desk};
use crate::failure::Failure;
use crate::journal::{ChargeEntry, ChargeStage};
use crate::link::{Asked, Patience};
use citizen_payment::till::{ChargeNumber, MerchantAct};
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
    let open = desk.unfinished()?;
    let lines = resumed.iter().map(|Resumed { kind, id, state }| {
        let word = |key: String| Message::find(&key).unwrap_or_else(|| message(&*key, &*key));
        let (kind, state) = (word(format!("what.{kind}")), word(format!("state.{state}")));
        message(format!("{} {id}: {}", kind.ko, state.ko), format!("{} {id}: {}", kind.en, state.en))
    });
    let answer = Answer::default().with("resumed", list).with("open", open);
    let answer = lines.fold(answer, Answer::line);
    Ok(answer.line(message(format!("끝나지 않은 것 {open}건"), format!("{open} not at their end"))))
}

/// How long the centre may take over one reversal.
const PATIENCE: u64 = 5;

impl Desk {
    /// Goes on with everything that is open. What cannot be believed or brought to its end stays open, and keeps nothing else.
    pub(super) async fn resume(&self, centre: &Centre) -> Result<Vec<Resumed>, Failure> {
        let mut resumed = Vec::new();
        for (number, mut entry) in self.journal.open_charges()? {
            let state = match entry.stage {
                ChargeStage::Unanswered => {
                    self.take_back(centre, &number, &mut entry, &Patience::of(PATIENCE)).await.map(reversed)
                }
                _ => self.inquire(centre, &number, &mut entry).await,
            };
            resumed.push(Resumed::of("charge", hex::encode(number.as_bytes()), state));
        }
        for (refund, mut entry) in self.journal.open_refunds()? {
            let state = self.push_refund(centre, &refund, &mut entry).await.map(|progress| match progress {
                Progress::GivenBack(..) => "refunded",
                Progress::Refused(..) => "refused",
                Progress::Open => "pending",
            });
            resumed.push(Resumed::of("refund", refund.to_hex(), state));
        }
        for payment in self.journal.owed_receipts()? {
            let state = self.serve(centre, &payment, true).await.map(|_| "served");
            resumed.push(Resumed::of("receipt", payment.to_hex(), state));
        }
        Ok(resumed)
    }

    /// How many are not at their end.
    fn unfinished(&self) -> Result<usize, Failure> {
        let charges = self.journal.open_charges()?.len();
        let (refunds, receipts) = (self.journal.open_refunds()?.len(), self.journal.owed_receipts()?.len());
        Ok(charges.saturating_add(refunds).saturating_add(receipts))
    }

    async fn inquire(
        &self,
        centre: &Centre,
        number: &ChargeNumber,
        entry: &mut ChargeEntry,
    ) -> Result<&'static str, Failure> {
        let Asked::Answered(word) = self.ask(centre, MerchantAct::Inquire { number: *number }).await else {
            return Ok("pending");
        };
        let said = self.said(entry, &word.value().answer)?;
        // Found paid when the customer may be gone: the shop decides, `today` shows it.
        let paid = self.settle_charge(centre, number, entry, &said).await?;
        Ok(if paid.is_some() { "captured" } else { "pending" })
    }
}

impl Resumed {
    /// A failure's word is where it stands.
    fn of(kind: &'static str, id: String, state: Result<&'static str, Failure>) -> Self {
        Self { kind, id, state: state.unwrap_or_else(|failure| failure.code()) }
    }
}

const fn reversed(is_reversed: bool) -> &'static str {
    if is_reversed { "reversed" } else { "pending" }
}
