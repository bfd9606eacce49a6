//! One turn of one order: what the ledger proves of it now, and what is to be done next.

use super::Centre;
use super::record::{OrderRecord, Own, Stage};
use crate::error::ServiceError;
use crate::places;
use crate::question::MOST_KEYS;
use citizen_client::registry::prove_role;
use citizen_client::{BankClient, BankStand, Proven};
use citizen_ledger::{Action, Capture, Parameters, Rejection, Release, Role, StateKey, state_key};
use citizen_payment::word::BankDebit;
use citizen_payment::{PaymentRecord, PaymentState};
use citizen_primitives::{Height, Place, Seconds, UnixTime};
use futures_util::future::join_all;
use std::sync::Arc;

/// So long before a hold lapses the centre gives up asking the bank and releases.
const MARGIN: Seconds = Seconds::new(15);

/// What comes of a turn.
pub(super) enum Turn {
    /// The order goes on: this is written at this place.
    Move { place: Place, next: Box<OrderRecord> },
    /// Somebody else has to move first.
    Wait,
}

/// What all orders of a step stand on: the parameters, and who the bank is.
pub(super) struct Footing {
    proven: Proven,
    parameters: Parameters,
}

impl Footing {
    /// The newest header at the step's beginning.
    pub(super) fn height(&self) -> Height {
        self.proven.header().height()
    }
}

/// What the ledger proves of a payment.
pub(super) struct Seen {
    /// The answer that it stands in, with other payments'.
    proven: Arc<Proven>,
    key: StateKey,
    record: Option<PaymentRecord>,
}

impl Seen {
    /// Under which header.
    pub(super) fn height(&self) -> Height {
        self.proven.header().height()
    }

    /// The proof of this payment alone, to hand it on.
    fn proof(&self) -> Proven {
        self.proven.only(std::slice::from_ref(&self.key))
    }

    /// A header at h shows the state after h − 1: beyond its last height a transaction that is not there never will be.
    fn is_past(&self, valid_until: Height) -> bool {
        self.height() > valid_until
    }

    /// Whether an order that has no record can get none any more: its last height has passed, or its hold would have lapsed,
    /// and the ledger begins no such hold. Time on the ledger does not go back.
    fn is_over(&self, order: &OrderRecord) -> bool {
        self.is_past(order.valid_until) || self.proven.header().time() >= order.expires
    }

    /// The order at its end, if it is captured.
    pub(super) fn captured(&self, order: &OrderRecord) -> Option<OrderRecord> {
        let is_ours = |record: &&PaymentRecord| record.order == order.order.id();
        let record = self.record.as_ref().filter(is_ours)?;
        let is_captured = matches!(record.state, PaymentState::Captured { .. });
        is_captured.then(|| OrderRecord { stage: Stage::Captured, ..order.clone() })
    }

    /// Whether the hold is about to lapse, or has and the ledger has not written it yet.
    fn is_ending(&self, now: UnixTime) -> bool {
        self.record.as_ref().is_some_and(|record| now.plus(MARGIN) >= record.expires)
    }
}

impl Centre {
    /// Does the next thing (CENTRE-5): the ledger's record decides, a word only adds to it.
    pub(super) async fn turn(
        &self,
        order: &OrderRecord,
        seen: &Seen,
        footing: &Footing,
    ) -> Result<Turn, ServiceError> {
        let Some(record) = seen.record.as_ref() else { return self.turn_unheld(order, seen).await };
        let is_undecided = matches!(order.stage, Stage::Held | Stage::Asked | Stage::Debited);
        if is_undecided && record.state == PaymentState::Held && self.is_taken_back(&order.terms.payment)? {
            return Ok(self.release(order, seen, footing));
        }
        if record.order != order.order.id() {
            // Another order of the same phone has taken the payment's number.
            return Ok(next(places::CENTRE_FAILED, order, Stage::Failed));
        }
        match (record.state, &order.stage) {
            (PaymentState::Captured { .. }, _) => Ok(next(places::CENTRE_CAPTURED, order, Stage::Captured)),
            // Nothing was ever held.
            (PaymentState::Revoked { .. }, _) => Ok(next(places::CENTRE_FAILED, order, Stage::Failed)),
            (PaymentState::Released { .. } | PaymentState::Lapsed { .. }, Stage::Reversing) => {
                self.undo(order, seen, footing).await
            }
            (PaymentState::Released { .. } | PaymentState::Lapsed { .. }, _) => {
                Ok(next(places::CENTRE_REVERSING, order, Stage::Reversing))
            }
            (PaymentState::Held, Stage::Accepted) => {
                let held = OrderRecord { rejection: None, ..order.clone() };
                Ok(next(places::CENTRE_HELD, &held, Stage::Held))
            }
            // Whoever brought the hold to the ledger: without the card nothing is done with it.
            (PaymentState::Held, Stage::AwaitingCard) if seen.is_ending(self.party.now()) => {
                Ok(self.release(order, seen, footing))
            }
            (PaymentState::Held, Stage::AwaitingCard) => Ok(Turn::Wait),
            (PaymentState::Held, Stage::Held) => Ok(self.turn_held(order, seen, footing)),
            (PaymentState::Held, Stage::Asked) => self.ask_bank(order, seen, footing).await,
            (PaymentState::Held, Stage::Debited) => Ok(self.capture(order, seen, footing)),
            (PaymentState::Held, Stage::Capturing(own)) => {
                self.push_capture(order, own, (seen, footing)).await
            }
            (PaymentState::Held, Stage::Releasing(own)) => {
                self.push_release(order, own, (seen, footing)).await
            }
            (PaymentState::Held, Stage::Captured | Stage::Reversing | Stage::Reversed | Stage::Failed) => {
                Ok(Turn::Wait)
            }
        }
    }

    /// Proves what all orders of a step need.
    pub(super) async fn footing(&self) -> Result<Footing, ServiceError> {
        let keys = [state_key::parameters(), state_key::role(Role::Bank, &self.bank.key)];
        let proven = self.party.ledger().state(places::CENTRE_ASK_STATE, &keys).await?;
        let parameters = proven.get::<Parameters>(&state_key::parameters())?.into_parts().0;
        Ok(Footing { proven, parameters: parameters.ok_or(ServiceError::Unavailable)? })
    }

    /// What the ledger proves of these orders' payments, as many in a question as it answers, all questions at once.
    pub(super) async fn look(
        &self,
        orders: Vec<OrderRecord>,
    ) -> Result<Vec<(OrderRecord, Seen)>, ServiceError> {
        let questions = orders.chunks(MOST_KEYS).map(|some| async move {
            let keys: Vec<_> = some.iter().map(|order| state_key::payment(&order.terms.payment)).collect();
            let proven = Arc::new(self.party.ledger().state(places::CENTRE_ASK_STATE, &keys).await?);
            let seen = keys.into_iter().map(|key| {
                let record = proven.get::<PaymentRecord>(&key)?.into_parts().0;
                Ok(Seen { proven: Arc::clone(&proven), key, record })
            });
            seen.collect::<Result<Vec<Seen>, ServiceError>>()
        });
        let seen = join_all(questions).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(orders.into_iter().zip(seen.into_iter().flatten()).collect())
    }

    /// Hands an order in that the ledger cannot know yet: to look for it first would find nothing.
    pub(super) async fn turn_new(
        &self,
        order: &OrderRecord,
        footing: &Footing,
    ) -> Result<Turn, ServiceError> {
        self.submit_hold(order, footing.height()).await
    }

    /// The ledger has no record. That decides nothing before the order's last height has passed, whatever a node tells.
    async fn turn_unheld(&self, order: &OrderRecord, seen: &Seen) -> Result<Turn, ServiceError> {
        if seen.is_over(order) {
            return Ok(next(places::CENTRE_FAILED, order, Stage::Failed));
        }
        if order.stage == Stage::AwaitingCard || self.waits.is_handed_in(&order.terms.payment, seen.height())
        {
            return Ok(Turn::Wait);
        }
        self.submit_hold(order, seen.height()).await
    }

    async fn submit_hold(&self, order: &OrderRecord, height: Height) -> Result<Turn, ServiceError> {
        let told = match self.submit(places::CENTRE_SUBMIT_HOLD, &order.order).await? {
            // In a block already: what a node tells of it there, until the state shows what came of it.
            Some(code) if code == Rejection::Replayed.code() => {
                self.waits.begin(&order.terms.payment);
                self.refusal(&order.order).await?
            }
            None => {
                self.waits.hand_in(&order.terms.payment, height);
                None
            }
            told => told,
        };
        match told {
            // That its time is over meanwhile does not say why it was refused while there was time.
            Some(code) if order.rejection.is_some() && code == Rejection::MandateTime.code() => {
                Ok(Turn::Wait)
            }
            // For people: the node may be wrong, and a refused order ends when it can be executed no more.
            Some(code) if order.rejection != Some(code) => {
                let refused = OrderRecord { rejection: Some(code), ..order.clone() };
                Ok(next(places::CENTRE_REJECTION, &refused, Stage::Accepted))
            }
            _ => Ok(Turn::Wait),
        }
    }

    fn turn_held(&self, order: &OrderRecord, seen: &Seen, footing: &Footing) -> Turn {
        if order.terms.won.is_zero() {
            next(places::CENTRE_DEBITED, order, Stage::Debited)
        } else if seen.is_ending(self.party.now()) {
            self.release(order, seen, footing)
        } else {
            next(places::CENTRE_ASKED, order, Stage::Asked)
        }
    }

    /// Inquires first, unless it knows that it has never asked: the bank may have debited at a call whose answer was lost. "Not
    /// found" decides nothing, a debit is asked for again.
    async fn ask_bank(
        &self,
        order: &OrderRecord,
        seen: &Seen,
        footing: &Footing,
    ) -> Result<Turn, ServiceError> {
        let payment = &order.terms.payment;
        let bank = self.bank_client(&footing.proven)?;
        let stand = if self.waits.sends_first(payment) {
            Ok(BankStand::NotFound)
        } else {
            bank.inquiry(places::CENTRE_ASK_BANK, payment).await
        };
        let stand = match stand {
            Ok(BankStand::NotFound) if !seen.is_ending(self.party.now()) => {
                bank.debit(places::CENTRE_SEND_DEBIT, payment, &order.order, &seen.proof()).await
            }
            stand => stand,
        };
        match stand.map_err(ServiceError::from) {
            Ok(BankStand::Debited(word)) if is_of(word.word.value(), order) => {
                let debited = OrderRecord { debit: Some(word.signed), ..order.clone() };
                Ok(next(places::CENTRE_DEBITED, &debited, Stage::Debited))
            }
            Ok(BankStand::Refused { .. } | BankStand::Ended(_)) => Ok(self.release(order, seen, footing)),
            Err(ServiceError::Stopped) => Err(ServiceError::Stopped),
            // Unsure, silent or wrong: asked again until the hold is nearly over.
            _ if seen.is_ending(self.party.now()) => Ok(self.release(order, seen, footing)),
            _ => Ok(Turn::Wait),
        }
    }

    fn capture(&self, order: &OrderRecord, seen: &Seen, footing: &Footing) -> Turn {
        let capture = Capture { payment: order.terms.payment, debit: order.debit.clone() };
        let own = self.own(Action::Capture(capture), seen, footing);
        next(places::CENTRE_CAPTURING, order, Stage::Capturing(own))
    }

    fn release(&self, order: &OrderRecord, seen: &Seen, footing: &Footing) -> Turn {
        let own = self.own(Action::Release(Release { payment: order.terms.payment }), seen, footing);
        next(places::CENTRE_RELEASING, order, Stage::Releasing(own))
    }

    /// Another capture only when this one can be executed no more; a payment that cannot be captured is released.
    async fn push_capture(
        &self,
        order: &OrderRecord,
        own: &Own,
        (seen, footing): (&Seen, &Footing),
    ) -> Result<Turn, ServiceError> {
        if self.waits.is_handed_in(&order.terms.payment, seen.height()) {
            return Ok(Turn::Wait);
        }
        let is_first = self.waits.sends_first(&order.terms.payment);
        if !is_first && self.refusal(&own.transaction).await?.is_some() {
            return Ok(self.release(order, seen, footing));
        }
        if seen.is_past(own.valid_until) {
            return Ok(self.capture(order, seen, footing));
        }
        self.submit(places::CENTRE_SUBMIT_CAPTURE, &own.transaction).await?;
        self.waits.hand_in(&order.terms.payment, seen.height());
        Ok(Turn::Wait)
    }

    async fn push_release(
        &self,
        order: &OrderRecord,
        own: &Own,
        (seen, footing): (&Seen, &Footing),
    ) -> Result<Turn, ServiceError> {
        if seen.is_past(own.valid_until) {
            return Ok(self.release(order, seen, footing));
        }
        self.submit(places::CENTRE_SUBMIT_RELEASE, &own.transaction).await?;
        Ok(Turn::Wait)
    }

    /// Brings the proof of the end to the bank, and waits for its word. Without won there is nothing to undo.
    async fn undo(&self, order: &OrderRecord, seen: &Seen, footing: &Footing) -> Result<Turn, ServiceError> {
        if order.terms.won.is_zero() {
            return Ok(next(places::CENTRE_REVERSED, order, Stage::Reversed));
        }
        let bank = self.bank_client(&footing.proven)?;
        match bank.ending(places::CENTRE_SEND_ENDING, &order.terms.payment, &seen.proof()).await? {
            BankStand::Ended(word) => {
                let ended = OrderRecord { ending: Some(word.signed), ..order.clone() };
                Ok(next(places::CENTRE_REVERSED, &ended, Stage::Reversed))
            }
            BankStand::NotFound | BankStand::Unsure | BankStand::Debited(_) | BankStand::Refused { .. } => {
                Ok(Turn::Wait)
            }
        }
    }

    pub(super) fn bank_client(&self, proven: &Proven) -> Result<BankClient, ServiceError> {
        let role = prove_role(proven, Role::Bank, &self.bank.key)?;
        Ok(BankClient::new(self.bank.exchange.clone(), role))
    }

    fn own(&self, action: Action, seen: &Seen, Footing { parameters, .. }: &Footing) -> Own {
        let transaction = self.party.transaction(action, seen.height(), parameters);
        Own { valid_until: seen.height().plus(crate::party::validity(parameters)), transaction }
    }
}

/// The bank's word is about this order and this amount.
fn is_of(debit: &BankDebit, order: &OrderRecord) -> bool {
    debit.order == order.order.id() && debit.won == order.terms.won
}

fn next(place: Place, order: &OrderRecord, stage: Stage) -> Turn {
    Turn::Move { place, next: Box::new(OrderRecord { stage, ..order.clone() }) }
}
