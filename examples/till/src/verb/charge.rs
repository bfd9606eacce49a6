//! `charge`: the code on a customer's screen. Paid is what the ledger proves; where no answer comes, the charge is taken back.

use super::amount;
use super::check;
use super::served::Served;
use crate::answer::Answer;
use crate::arguments::{Arguments, Charge};
use crate::catalogue::message;
use crate::desk::{Centre, Desk, now};
use crate::failure::Failure;
use crate::journal::{ChargeEntry, ChargeStage};
use crate::link::{self, Asked, Patience};
use crate::proof::{Paid, Standing};
use crate::{human, mark, reading};
use citizen_client::api::TillAnswer;
use citizen_ledger::Rejection;
use citizen_payment::Terms;
use citizen_payment::terms::code_digest;
use citizen_payment::till::{ChargeNumber, MerchantAct, ReceiptOpening};

/// What the centre says of a charge, and what is checked of it.
pub(super) enum Said {
    /// It is on its way, or paid: which, the ledger proves.
    Taken(Terms),
    /// The centre says that it never will be, or is no more.
    Reversed,
    /// It has ended unpaid.
    Failed(String),
}

pub(super) async fn charge(arguments: &Arguments, asked: &Charge) -> Result<Answer, Failure> {
    let amount = amount(asked.amount)?;
    let code = reading::consumer_code(&asked.code)?;
    let desk = Desk::open(arguments)?;
    let centre = desk.centre().await?;
    // What got no answer before is taken back before anything new is charged.
    desk.resume(&centre).await?;

    let number = ChargeNumber::from_bytes(link::nonce());
    let mut entry =
        ChargeEntry { code: code_digest(&code), amount, time: now(), stage: ChargeStage::Unanswered };
    desk.journal.charge(&number, &entry)?;
    human::progress(arguments, &message("센터에 요청하는 중", "asking the centre"));
    let act = MerchantAct::Charge { number, code: entry.code, amount };
    let said = match desk.ask_once(&centre, act).await {
        Asked::Answered(word) => desk.said(&entry, &word.value().answer),
        Asked::Refused(reason) => return Err(desk.refused(&centre, &number, &mut entry, &reason).await),
        Asked::Unanswered(failure) => Err(failure),
    };
    let Ok(said) = said else {
        // No answer, or none that can be believed: the network cancel of a terminal (TILL-5).
        return Err(desk.took_back(&centre, &number, &mut entry).await);
    };
    let paid = desk.follow(&centre, (&number, &mut entry), said, &Patience::of(asked.wait)).await?;
    answer(&desk, &centre, &number, &paid).await
}

impl Desk {
    /// Follows a charge that the centre has taken to its end.
    async fn follow(
        &self,
        centre: &Centre,
        (number, entry): (&ChargeNumber, &mut ChargeEntry),
        mut said: Said,
        patience: &Patience,
    ) -> Result<Paid, Failure> {
        loop {
            match self.settle_charge(centre, number, entry, &said).await {
                Ok(Some(paid)) => return Ok(paid),
                Ok(None) => {}
                Err(failure) if failure.is_offline() => {}
                Err(failure) => return Err(failure),
            }
            if !patience.goes_on().await {
                return Err(Failure::pending("charge", hex::encode(number.as_bytes())));
            }
            // Nothing is known of a question without an answer; it is asked again.
            if let Asked::Answered(word) = self.ask(centre, MerchantAct::Inquire { number: *number }).await {
                said = self.said(entry, &word.value().answer)?;
            }
        }
    }

    /// Writes down what is proved, or said for good. Nothing if it is not at its end.
    pub(super) async fn settle_charge(
        &self,
        centre: &Centre,
        number: &ChargeNumber,
        entry: &mut ChargeEntry,
        said: &Said,
    ) -> Result<Option<Paid>, Failure> {
        let (stage, failure) = match said {
            Said::Taken(terms) => {
                // The centre has it: from here on it is inquired, and taken back no more.
                if entry.stage != ChargeStage::Checking {
                    entry.stage = ChargeStage::Checking;
                    self.journal.charge(number, entry)?;
                }
                return match self.standing(centre, terms).await? {
                    Standing::Paid(paid) if paid.refunded < paid.total()? => {
                        entry.stage = ChargeStage::Captured(paid.payment);
                        self.journal.charge(number, entry)?;
                        Ok(Some(paid))
                    }
                    Standing::NotOurs => Err(Failure::unverified("payment", "centre")),
                    // Being given back, or not at its end: the centre's word is awaited.
                    _ => Ok(None),
                };
            }
            Said::Reversed => (ChargeStage::Reversed, not_paid(number, "reversed-payment")),
            Said::Failed(reason) => (ChargeStage::Failed, not_paid(number, reason)),
        };
        entry.stage = stage;
        self.journal.charge(number, entry)?;
        Err(failure)
    }

    /// The centre's word on a charge is about this code and this amount.
    pub(super) fn said(&self, entry: &ChargeEntry, answer: &TillAnswer) -> Result<Said, Failure> {
        let TillAnswer::Charge { state, payment: _, points, krw, reason, receipt } = answer else {
            return Err(link::of_another_kind(answer));
        };
        match state.as_str() {
            "reversed" => return Ok(Said::Reversed),
            "failed" | "refused" => return Ok(Said::Failed(ledger_reason(reason.as_deref()))),
            _ => {}
        }
        let wrong = || Failure::unverified("charge", "centre");
        let opening = receipt.as_deref().and_then(|text| ReceiptOpening::from_text(text).ok());
        let terms = opening.ok_or_else(wrong)?.terms(self.shop.merchant.clone(), self.shop.name.clone());
        // A bar code and a symbol are two texts of one code: the centre names the code by its symbol.
        let is_it = terms.total() == Ok(entry.amount)
            && terms.points.amount() == *points
            && terms.won.amount() == *krw
            && terms.reference.is_none();
        if is_it { Ok(Said::Taken(terms)) } else { Err(wrong()) }
    }

    /// A refusal comes unsigned. The reversal after it has the centre's word that this charge never will be.
    async fn refused(
        &self,
        centre: &Centre,
        number: &ChargeNumber,
        entry: &mut ChargeEntry,
        reason: &str,
    ) -> Failure {
        let failure = Failure::refused("centre", reason);
        match self.take_back(centre, number, entry, &Patience::of(30)).await {
            Ok(true) => failure,
            Ok(false) | Err(_) => {
                Failure::pending("charge", hex::encode(number.as_bytes())).with("reason", reason)
            }
        }
    }

    async fn took_back(&self, centre: &Centre, number: &ChargeNumber, entry: &mut ChargeEntry) -> Failure {
        let id = hex::encode(number.as_bytes());
        match self.take_back(centre, number, entry, &Patience::of(30)).await {
            Ok(true) => Failure::new("reversed").with("charge", id),
            Ok(false) | Err(_) => Failure::pending("charge", id),
        }
    }

    /// Sends the reversal, and again until the centre has said that nothing is paid.
    pub(super) async fn take_back(
        &self,
        centre: &Centre,
        number: &ChargeNumber,
        entry: &mut ChargeEntry,
        patience: &Patience,
    ) -> Result<bool, Failure> {
        loop {
            let act = MerchantAct::Reverse { number: *number };
            match self.ask(centre, act).await {
                Asked::Answered(word) => match self.said(entry, &word.value().answer)? {
                    Said::Taken(_) => {}
                    Said::Reversed | Said::Failed(_) => {
                        entry.stage = ChargeStage::Reversed;
                        self.journal.charge(number, entry)?;
                        return Ok(true);
                    }
                },
                Asked::Refused(reason) => return Err(Failure::refused("centre", &reason)),
                Asked::Unanswered(failure) => return Err(failure),
            }
            if !patience.goes_on().await {
                return Ok(false);
            }
        }
    }
}

/// The goods go over the counter: the receipt of this payment buys nothing more.
async fn answer(desk: &Desk, centre: &Centre, number: &ChargeNumber, paid: &Paid) -> Result<Answer, Failure> {
    // Paid is paid, whether or not this is answered: `resume` asks until it is.
    let served = matches!(desk.serve(centre, &paid.payment, true).await, Ok(Served::First { .. }));
    let total = paid.total()?;
    Ok(check::fields(paid, total)
        .with("charge", hex::encode(number.as_bytes()))
        .with("state", "captured")
        .with("served", served)
        .line(check::line(paid, total))
        .line(message(format!("  결제 {}", paid.payment), format!("  payment {}", paid.payment)))
        .line(mark::line(&paid.provenance)))
}

fn not_paid(number: &ChargeNumber, reason: &str) -> Failure {
    Failure::new("not-paid").with("charge", hex::encode(number.as_bytes())).with("reason", reason)
}

/// The ledger's refusals have numbers that never change; the centre tells them in words.
pub(super) fn ledger_reason(said: Option<&str>) -> String {
    let known = Rejection::ALL.iter().find(|rejection| Some(rejection.to_string().as_str()) == said);
    known.map_or("other".to_owned(), |rejection| format!("rejection-{}", rejection.code()))
}
