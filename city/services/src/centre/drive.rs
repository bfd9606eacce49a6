//! Driving every order to its end, whether or not the phone comes back. Each stage is on the disk before the next act, and
//! every act may be done twice, so a centre that is cut off anywhere goes on from there (CENTRE-4).

use super::Centre;
use super::merchant;
use super::record::{self, ORDERS, OrderRecord, Stage};
use super::{code, open, turn};
use crate::db::{DbError, Rows as _, Writer};
use crate::error::ServiceError;
use crate::places;
use crate::run::{Stepped, Steps};
use async_trait::async_trait;
use citizen_client::{CallError, LedgerError};
use citizen_ledger::SignedTransaction;
use citizen_primitives::{PaymentId, Place};
use futures_util::future::join_all;
use turn::{MOST_AT_ONCE, Turn};

/// The most turns of one order in one step: more than it has stages.
const MOST_TURNS: u32 = 16;

/// An order that goes on.
struct Move {
    place: Place,
    from: &'static str,
    next: OrderRecord,
}

#[async_trait]
impl Steps for Centre {
    async fn step(&self) -> Result<Stepped, ServiceError> {
        let _driving = self.driving.lock().await;
        let mut stepped = Stepped::default();
        for some in self.open_orders()?.chunks(MOST_AT_ONCE) {
            match self.drive(some.to_vec()).await {
                Ok(moved) => stepped.moved = stepped.moved.saturating_add(moved),
                Err(ServiceError::Stopped) => return Err(ServiceError::Stopped),
                // What cannot go on does not keep the others.
                Err(error) => tracing::warn!(%error, "orders wait"),
            }
        }
        stepped.moved = stepped.moved.saturating_add(self.step_refunds().await?);
        match self.step_settlements().await {
            Ok(moved) => stepped.moved = stepped.moved.saturating_add(moved),
            Err(ServiceError::Stopped) => return Err(ServiceError::Stopped),
            Err(error) => tracing::warn!(%error, "a settlement waits"),
        }
        stepped.open =
            u32::try_from(self.open_orders()?.len().saturating_add(self.open_refunds()?)).unwrap_or(u32::MAX);
        Ok(stepped)
    }
}

impl Centre {
    /// Turns orders beside each other until each waits for somebody or is at its end; returns how often one moved. What moves in
    /// one turn is written together: the disk is waited for once.
    async fn drive(&self, mut payments: Vec<PaymentId>) -> Result<u32, ServiceError> {
        let mut moved = 0_u32;
        for _ in 0..MOST_TURNS {
            let orders = self.party.db().read(|rows| {
                let found = payments.iter().map(|payment| rows.find(ORDERS, payment.as_bytes()));
                found.collect::<Result<Vec<Option<OrderRecord>>, DbError>>()
            })?;
            let is_open = |order: &OrderRecord| !order.stage.is_final();
            let orders: Vec<OrderRecord> = orders.into_iter().flatten().filter(is_open).collect();
            if orders.is_empty() {
                break;
            }
            let moves = self.turns(&orders).await?;
            payments = self.keep(moves)?;
            moved = moved.saturating_add(u32::try_from(payments.len()).unwrap_or(u32::MAX));
        }
        Ok(moved)
    }

    /// One turn of each; one that cannot go on does not keep the others.
    async fn turns(&self, orders: &[OrderRecord]) -> Result<Vec<Move>, ServiceError> {
        let seen = self.look(orders).await?;
        let turning = orders.iter().zip(&seen).map(|(order, seen)| self.turn(order, seen));
        let mut moves = Vec::new();
        for (order, turned) in orders.iter().zip(join_all(turning).await) {
            match turned {
                Ok(Turn::Move { place, next }) => {
                    moves.push(Move { place, from: order.stage.name(), next: *next });
                }
                Ok(Turn::Wait) => {}
                Err(ServiceError::Stopped) => return Err(ServiceError::Stopped),
                Err(error) => tracing::warn!(%error, "an order waits"),
            }
        }
        Ok(moves)
    }

    /// Writes the orders' next stages, each with what belongs to it in the same commit; returns which have moved.
    fn keep(&self, moves: Vec<Move>) -> Result<Vec<PaymentId>, ServiceError> {
        let kept =
            moves.iter().map(|step| (step.place, |writer: &Writer<'_>| self.keep_one(writer, &step.next)));
        let kept = self.party.db().commit_all(kept);
        let mut moved = Vec::new();
        for (step, kept) in moves.iter().zip(kept) {
            match kept {
                Ok(()) => {
                    tracing::info!(from = step.from, to = step.next.stage.name(), "an order moved");
                    self.forget_handed_in(&step.next.terms.payment);
                    moved.push(step.next.terms.payment);
                }
                Err(ServiceError::Stopped) => return Err(ServiceError::Stopped),
                Err(error) => tracing::warn!(%error, "an order waits"),
            }
        }
        Ok(moved)
    }

    fn keep_one(&self, writer: &Writer<'_>, next: &OrderRecord) -> Result<(), ServiceError> {
        let payment = next.terms.payment;
        record::keep(writer, next)?;
        match next.stage {
            // Paid: the merchant is credited in the same commit (CENTRE-6).
            Stage::Captured => {
                merchant::credit(writer, &next.terms, self.party.now())?;
                // What the till has taken back meanwhile is given back (CENTRE-9).
                self.give_back(writer, &payment)?;
            }
            // Not paid: the code for one order may be paid by somebody else, while it lasts.
            Stage::Reversed | Stage::Failed => code::mark(writer, &next.terms.code, None)?,
            _ => {}
        }
        if next.stage.is_final() {
            open::end(writer, &payment)?;
        }
        Ok(())
    }

    /// Hands a transaction in; a refusal at the door is the ledger's opinion of now, not a decision.
    pub(super) async fn submit(
        &self,
        place: Place,
        transaction: &SignedTransaction,
    ) -> Result<Option<u32>, ServiceError> {
        match self.party.ledger().submit(place, transaction).await {
            Ok(_) => Ok(None),
            Err(LedgerError::Call(CallError::Refused(refusal))) => Ok(refusal.rejection),
            Err(error) => Err(error.into()),
        }
    }

    /// The number of the refusal with which a node says that a transaction stands in a block; nothing if in none, or it succeeded.
    /// A hint: what became of it is decided by the state.
    pub(super) async fn refusal(&self, transaction: &SignedTransaction) -> Result<Option<u32>, ServiceError> {
        let found =
            self.party.ledger().transaction(places::CENTRE_ASK_TRANSACTION, &transaction.id()).await?;
        Ok(found.map(|found| found.code).filter(|code| *code != 0))
    }
}
