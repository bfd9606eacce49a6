//! Refunds: a merchant's signed wish, written to the ledger, then credited by the bank. Each stage is on the disk before the
//! next act, and every act may be done twice.

use super::Centre;
use super::funds::{self, Net};
use super::line::{self, Line};
use super::merchant::{self, Taking};
use super::record::Own;
use super::wish;
use crate::db::{DbError, Rows, Table, Writer};
use crate::error::{Reason, ServiceError};
use crate::places;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_client::Proven;
use citizen_client::api::TillAnswer;
use citizen_keys::Signed;
use citizen_ledger::{Action, Parameters, Refund, Rejection, Role, state_key};
use citizen_payment::till::MerchantRequest;
use citizen_payment::word::BankRefund;
use citizen_payment::{RefundRecord, RefundTerms, Salt};
use citizen_primitives::{Hash, Label, MerchantId, PaymentId, Place, Points, RefundId, Text, Won};

/// [`RefundJob`] by refund.
const REFUNDS: Table = Table::new("refunds");
/// [`RefundId`] of the refunds that are not at their end.
const OPEN_REFUNDS: Table = Table::new("open-refunds");
/// [`Denied`] by merchant and refund: refunds that were refused at the counter.
const DENIED: Table = Table::new("denied-refunds");
/// [`Given`] by payment.
const GIVEN: Table = Table::new("given");

/// A refund on its way.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct RefundJob {
    pub(crate) terms: RefundTerms,
    /// What the merchant signed: who wanted it.
    request: MerchantRequest,
    /// Why the ledger does not admit it: its opinion of now, and a decision once the refund can be executed no more.
    rejection: Option<u32>,
    pub(crate) stage: RefundStage,
}

/// How far a refund is.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum RefundStage {
    /// Taken; nothing has left.
    Accepted,
    /// It goes to the ledger.
    Refunding(Own),
    /// It stands on the ledger; the bank owes the won.
    Refunded { points: Points, won: Won },
    /// The bank has credited.
    Credited { points: Points, won: Won, word: Option<Signed<BankRefund>> },
    /// The ledger refused it.
    Refused { rejection: u32 },
}

/// What was given back of a payment, or is being.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Given {
    /// Asked for and not refused.
    asked: Won,
    /// Decided by the ledger.
    done: Won,
}

#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
struct OpenRefund(RefundId);

/// Why a refund was not taken, by the reason's word. It never will be: the merchant has the centre's signed word on it.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
struct Denied(String);

citizen_primitives::canonical!(RefundJob = 2, Given = 1, OpenRefund = 1, Denied = 1);

/// What shall be given back.
pub(super) struct Give<'a> {
    pub(super) request: &'a MerchantRequest,
    pub(super) refund: RefundId,
    pub(super) payment: PaymentId,
    pub(super) amount: Won,
    pub(super) reason: &'a str,
}

/// The refund that a reversal leads to: one for each payment.
pub(super) fn of_reversal(payment: &PaymentId) -> RefundId {
    RefundId::from_hash(Hash::labelled(Label::RefundTerms, payment.as_bytes()))
}

/// A merchant's number has no zero byte.
fn denied_key(merchant: &MerchantId, refund: &RefundId) -> Vec<u8> {
    [merchant.as_str().as_bytes(), &[0], refund.as_bytes()].concat()
}

/// What can still be asked back of a payment.
pub(super) fn left(rows: &impl Rows, payment: &PaymentId) -> Result<Won, ServiceError> {
    let taking = merchant::taking(rows, payment)?.ok_or(Reason::NotPaid)?;
    let given: Given = rows.find(GIVEN, payment.as_bytes())?.unwrap_or_default();
    Ok(taking.total()?.minus(given.asked).unwrap_or(Won::ZERO))
}

/// How many are not at their end.
pub(super) fn open(rows: &impl Rows) -> Result<u64, DbError> {
    Ok(u64::try_from(rows.all_bytes(OPEN_REFUNDS)?.len()).unwrap_or(u64::MAX))
}

/// What was given back of a payment, as the ledger decided.
pub(super) fn given(rows: &impl Rows, payment: &PaymentId) -> Result<Won, DbError> {
    Ok(rows.find::<Given>(GIVEN, payment.as_bytes())?.unwrap_or_default().done)
}

/// Whether all of a payment was given back.
pub(super) fn is_given_back(rows: &impl Rows, payment: &PaymentId) -> Result<bool, DbError> {
    let done = given(rows, payment)?;
    let total = merchant::taking(rows, payment)?.and_then(|taking| taking.total().ok());
    Ok(total == Some(done))
}

/// Why the ledger refused to give back what a till has taken back; nothing while it may still come.
pub(super) fn refusal_of_reversal(rows: &impl Rows, payment: &PaymentId) -> Result<Option<u32>, DbError> {
    let job: Option<RefundJob> = rows.find(REFUNDS, of_reversal(payment).as_bytes())?;
    Ok(job.and_then(|job| match job.stage {
        RefundStage::Refused { rejection } => Some(rejection),
        _ => None,
    }))
}

/// So much given back in all, as the ledger splits it (COIN-8): points in proportion, rounded down, the rest in won.
fn split(taking: &Taking, sum: Won) -> Result<Net, ServiceError> {
    let total = u128::from(taking.total()?.amount());
    let points = u128::from(sum.amount()).saturating_mul(u128::from(taking.points.amount()));
    let points =
        points.checked_div(total).and_then(|points| u64::try_from(points).ok()).ok_or(Reason::Amount)?;
    let won = sum.minus(Won::new(points).map_err(|_| Reason::Amount)?).map_err(|_| Reason::Amount)?;
    Ok(Net::of(Points::new(points).map_err(|_| Reason::Amount)?, won))
}

impl Given {
    /// What all open refunds of the payment together will give back, in whatever order the ledger decides them.
    fn on_its_way(&self, taking: &Taking) -> Result<Net, ServiceError> {
        Ok(split(taking, self.asked)?.minus(split(taking, self.done)?))
    }
}

/// Writes what is asked and given of a payment; returns how much more has to be kept back for it, or less, below zero.
fn change(
    writer: &Writer<'_>,
    payment: &PaymentId,
    next: impl FnOnce(Given) -> Result<Given, ServiceError>,
) -> Result<Net, ServiceError> {
    let taking = merchant::taking(writer, payment)?.ok_or(Reason::NotPaid)?;
    let before: Given = writer.find(GIVEN, payment.as_bytes())?.unwrap_or_default();
    let after = next(before)?;
    writer.put(GIVEN, payment.as_bytes(), &after)?;
    Ok(after.on_its_way(&taking)?.minus(before.on_its_way(&taking)?))
}

impl Centre {
    /// Takes a refund, in the writer's commit (CENTRE-10): of this merchant's payment, no more than is left, out of what the
    /// centre still holds. The same refund again changes nothing.
    pub(super) fn take_refund(&self, writer: &Writer<'_>, give: &Give<'_>) -> Result<(), ServiceError> {
        let Give { request, refund, payment, amount, reason } = give;
        if let Some(known) = writer.find::<RefundJob>(REFUNDS, refund.as_bytes())? {
            let is_same = known.terms.payment == *payment
                && known.terms.amount == *amount
                && known.terms.merchant == request.merchant;
            return if is_same { Ok(()) } else { Err(Reason::AnotherOrder.into()) };
        }
        let taking = merchant::taking(writer, payment)?.ok_or(Reason::NotPaid)?;
        if taking.merchant != request.merchant {
            return Err(Reason::NotPaid.into());
        }
        if amount.is_zero() {
            return Err(Reason::Amount.into());
        }
        if *amount > left(writer, payment)? {
            return Err(Reason::TooMuch.into());
        }
        let more = change(writer, payment, |given| {
            Ok(Given { asked: given.asked.plus(*amount).map_err(|_| Reason::Amount)?, ..given })
        })?;
        // What has been paid out cannot be refunded from.
        funds::keep(writer, &taking.merchant, more)?;
        let terms = RefundTerms {
            refund: *refund,
            payment: *payment,
            merchant: request.merchant.clone(),
            amount: *amount,
            reason: Text::new(reason).map_err(|_| ServiceError::Malformed)?,
            salt: Salt::from_bytes(self.party.random()),
        };
        let job =
            RefundJob { terms, request: (*request).clone(), rejection: None, stage: RefundStage::Accepted };
        writer.put(REFUNDS, refund.as_bytes(), &job)?;
        Ok(writer.put(OPEN_REFUNDS, refund.as_bytes(), &OpenRefund(*refund))?)
    }

    /// Takes a till's refund and says where it stands.
    pub(super) fn refund(&self, give: &Give<'_>) -> Result<TillAnswer, ServiceError> {
        let merchant = &give.request.merchant;
        self.refund_or_deny(merchant, &give.refund, |writer| self.take_refund(writer, give))
    }

    /// A refusal is for good (CENTRE-10): who holds a request back and brings it again later moves nothing by it.
    fn refund_or_deny(
        &self,
        merchant: &MerchantId,
        refund: &RefundId,
        take: impl FnOnce(&Writer<'_>) -> Result<(), ServiceError>,
    ) -> Result<TillAnswer, ServiceError> {
        let key = denied_key(merchant, refund);
        let taken = self.party.db().commit(places::CENTRE_REFUND, |writer| {
            match writer.find::<Denied>(DENIED, &key)? {
                Some(Denied(word)) => Err(Reason::of_word(&word).unwrap_or(Reason::NotPaid).into()),
                None => take(writer),
            }
        });
        if let Err(ServiceError::Refused(reason)) = taken {
            self.party.db().commit(places::CENTRE_REFUND, |writer| {
                let is_known = writer.find::<Denied>(DENIED, &key)?.is_some()
                    || writer.find::<RefundJob>(REFUNDS, refund.as_bytes())?.is_some();
                if is_known { Ok(()) } else { writer.put(DENIED, &key, &Denied(reason.word().to_owned())) }
            })?;
        }
        taken?;
        self.inquire_refund(merchant, refund)
    }

    /// Gives back all that is left of a payment.
    pub(super) fn cancel(
        &self,
        request: &MerchantRequest,
        refund: RefundId,
        payment: PaymentId,
    ) -> Result<TillAnswer, ServiceError> {
        self.refund_or_deny(&request.merchant, &refund, |writer| {
            if writer.find::<RefundJob>(REFUNDS, refund.as_bytes())?.is_some() {
                return Ok(());
            }
            let amount = left(writer, &payment)?;
            if amount.is_zero() {
                return Err(ServiceError::Refused(Reason::TooMuch));
            }
            self.take_refund(writer, &Give { request, refund, payment, amount, reason: "cancel" })
        })
    }

    /// Where a refund stands: `checking` until it is decided.
    pub(super) fn inquire_refund(
        &self,
        merchant: &MerchantId,
        refund: &RefundId,
    ) -> Result<TillAnswer, ServiceError> {
        let job: Option<RefundJob> = self.party.db().read(|rows| rows.find(REFUNDS, refund.as_bytes()))?;
        let job = job.filter(|job| job.terms.merchant == *merchant).ok_or(ServiceError::NotFound)?;
        let (state, points, won, rejection) = match job.stage {
            RefundStage::Accepted | RefundStage::Refunding(_) => {
                ("checking", Points::ZERO, Won::ZERO, job.rejection)
            }
            RefundStage::Refunded { points, won } | RefundStage::Credited { points, won, word: _ } => {
                ("refunded", points, won, None)
            }
            RefundStage::Refused { rejection } => ("refused", Points::ZERO, Won::ZERO, Some(rejection)),
        };
        Ok(TillAnswer::Refund {
            state: state.to_owned(),
            points: points.amount(),
            krw: won.amount(),
            credited: matches!(job.stage, RefundStage::Credited { .. }),
            reason: rejection.and_then(Rejection::from_code).map(|rejection| rejection.to_string()),
        })
    }

    /// Moves every open refund on as far as it goes now; returns how often one moved.
    pub(super) async fn step_refunds(&self) -> Result<u32, ServiceError> {
        let open: Vec<(Vec<u8>, OpenRefund)> = self.party.db().read(|rows| rows.all(OPEN_REFUNDS))?;
        let mut moved = 0_u32;
        for (_, OpenRefund(refund)) in open {
            loop {
                match self.turn_refund(&refund).await {
                    Ok(true) => moved = moved.saturating_add(1),
                    Ok(false) => break,
                    Err(ServiceError::Stopped) => return Err(ServiceError::Stopped),
                    Err(error) => {
                        tracing::warn!(%error, "a refund waits");
                        break;
                    }
                }
            }
        }
        Ok(moved)
    }

    pub(super) fn open_refunds(&self) -> Result<usize, ServiceError> {
        let open: Vec<(Vec<u8>, OpenRefund)> = self.party.db().read(|rows| rows.all(OPEN_REFUNDS))?;
        Ok(open.len())
    }

    /// One turn: what the ledger proves of it, and what is to be done next.
    async fn turn_refund(&self, refund: &RefundId) -> Result<bool, ServiceError> {
        let job: Option<RefundJob> = self.party.db().read(|rows| rows.find(REFUNDS, refund.as_bytes()))?;
        let Some(job) = job else { return Ok(false) };
        let (proven, record, parameters) = self.look_at_refund(refund).await?;
        match (&job.stage, record) {
            (RefundStage::Accepted | RefundStage::Refunding(_), Some(record)) => {
                self.refunded(&job, &record).map(|()| true)
            }
            (RefundStage::Accepted, None) => self.sign_refund(&job, &proven, &parameters).map(|()| true),
            (RefundStage::Refunding(own), None) => self.push_refund(&job, own, &proven, &parameters).await,
            (RefundStage::Refunded { points, won }, _) => {
                self.credit_refund(&job, (*points, *won), &proven).await
            }
            (RefundStage::Credited { .. } | RefundStage::Refused { .. }, _) => Ok(false),
        }
    }

    async fn look_at_refund(
        &self,
        refund: &RefundId,
    ) -> Result<(Proven, Option<RefundRecord>, Parameters), ServiceError> {
        let key = state_key::refund(refund);
        let keys = [key.clone(), state_key::parameters(), state_key::role(Role::Bank, &self.bank.key)];
        let proven = self.party.ledger().state(places::CENTRE_ASK_STATE, &keys).await?;
        let record = proven.get::<RefundRecord>(&key)?.into_parts().0;
        let parameters = proven.get::<Parameters>(&state_key::parameters())?.into_parts().0;
        Ok((proven, record, parameters.ok_or(ServiceError::Unavailable)?))
    }

    fn sign_refund(
        &self,
        job: &RefundJob,
        proven: &Proven,
        parameters: &Parameters,
    ) -> Result<(), ServiceError> {
        let RefundTerms { refund, payment, amount, .. } = job.terms;
        let action = Refund { refund, payment, amount, commitment: job.terms.commitment() };
        let height = proven.header().height();
        let transaction = self.party.transaction(Action::Refund(action), height, parameters);
        let own = Own { transaction, valid_until: height.plus(crate::party::validity(parameters)) };
        self.keep_refund(places::CENTRE_REFUNDING, job, RefundStage::Refunding(own))
    }

    /// Another one, or the refusal that was told, only when this one can be executed no more: until then what a node tells is text.
    async fn push_refund(
        &self,
        job: &RefundJob,
        own: &Own,
        proven: &Proven,
        parameters: &Parameters,
    ) -> Result<bool, ServiceError> {
        if proven.header().height() > own.valid_until {
            return match job.rejection {
                Some(rejection) => self.refuse_refund(job, rejection),
                None => self.sign_refund(job, proven, parameters),
            }
            .map(|()| true);
        }
        let rejection = match self.submit(places::CENTRE_SUBMIT_REFUND, &own.transaction).await? {
            Some(code) if code == Rejection::Replayed.code() => self.refusal(&own.transaction).await?,
            rejection => rejection,
        };
        if rejection.is_some() && rejection != job.rejection {
            let job = RefundJob { rejection, ..job.clone() };
            self.keep_refund(places::CENTRE_REFUNDING, &job, job.stage.clone())?;
        }
        Ok(false)
    }

    /// Decided: the merchants' book has it in the same commit, and nothing is kept back for it any more.
    fn refunded(&self, job: &RefundJob, record: &RefundRecord) -> Result<(), ServiceError> {
        let RefundTerms { payment, merchant, amount, .. } = &job.terms;
        if record.commitment != job.terms.commitment() || record.payment != *payment {
            // Somebody's refund of the same name: ours will never be.
            return self.refuse_refund(job, Rejection::RefundExists.code());
        }
        let points = record.lots.total().map_err(|_| Reason::Amount)?;
        let won = record.won;
        self.party.db().commit(places::CENTRE_REFUNDED, |writer| {
            let less = change(writer, payment, |given| {
                Ok(Given { done: given.done.plus(*amount).map_err(|_| Reason::Amount)?, ..given })
            })?;
            funds::adjust(writer, merchant, less)?;
            let line = Line::refund(&job.terms, (points, won), self.party.now());
            line::enter(writer, &line)?;
            let taking = merchant::taking(writer, payment)?.ok_or(Reason::NotPaid)?;
            let rest = taking.total()?.minus(given(writer, payment)?).unwrap_or(Won::ZERO);
            wish::forget(writer, merchant, payment, rest)?;
            let job = RefundJob { stage: RefundStage::Refunded { points, won }, ..job.clone() };
            Ok::<_, ServiceError>(writer.put(REFUNDS, job.terms.refund.as_bytes(), &job)?)
        })
    }

    fn refuse_refund(&self, job: &RefundJob, rejection: u32) -> Result<(), ServiceError> {
        let RefundTerms { refund, payment, merchant, amount, .. } = &job.terms;
        self.party.db().commit(places::CENTRE_REFUND_REFUSED, |writer| {
            let less = change(writer, payment, |given| {
                Ok(Given { asked: given.asked.minus(*amount).unwrap_or(Won::ZERO), ..given })
            })?;
            funds::adjust(writer, merchant, less)?;
            let job = RefundJob { stage: RefundStage::Refused { rejection }, ..job.clone() };
            writer.put(REFUNDS, refund.as_bytes(), &job)?;
            Ok::<_, ServiceError>(writer.remove(OPEN_REFUNDS, refund.as_bytes())?)
        })
    }

    /// Brings the proof to the bank until it has credited. Without won there is nothing to credit.
    async fn credit_refund(
        &self,
        job: &RefundJob,
        (points, won): (Points, Won),
        proven: &Proven,
    ) -> Result<bool, ServiceError> {
        let word = if won.is_zero() {
            None
        } else {
            let bank = self.bank_client(proven)?;
            match bank.refund(places::CENTRE_SEND_REFUND, &job.terms.refund, proven).await? {
                Some(word) => Some(word.signed),
                None => return Ok(false),
            }
        };
        self.keep_refund(places::CENTRE_CREDITED, job, RefundStage::Credited { points, won, word })?;
        Ok(true)
    }

    fn keep_refund(&self, place: Place, job: &RefundJob, stage: RefundStage) -> Result<(), ServiceError> {
        let is_over = matches!(stage, RefundStage::Credited { .. });
        let job = RefundJob { stage, ..job.clone() };
        let refund = job.terms.refund;
        self.party.db().commit(place, |writer| {
            writer.put(REFUNDS, refund.as_bytes(), &job)?;
            if is_over {
                writer.remove(OPEN_REFUNDS, refund.as_bytes())?;
            }
            Ok::<_, ServiceError>(())
        })
    }
}
