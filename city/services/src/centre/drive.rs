//! Driving every order to its end, whether or not the phone comes back. Each stage is on the disk before the next act, and
//! every act may be done twice, so a centre that is cut off anywhere goes on from there (CENTRE-4).

use super::Centre;
use super::merchant;
use super::record::{self, ORDERS, OrderRecord, Stage};
use super::{code, open, turn};
use crate::db::Rows as _;
use crate::error::ServiceError;
use crate::places;
use crate::run::{Stepped, Steps};
use async_trait::async_trait;
use citizen_client::{CallError, LedgerError};
use citizen_ledger::SignedTransaction;
use citizen_primitives::{PaymentId, Place};
use turn::Turn;

/// The most turns of one order in one step: more than it has stages.
const MOST_TURNS: u32 = 16;

#[async_trait]
impl Steps for Centre {
    async fn step(&self) -> Result<Stepped, ServiceError> {
        let _driving = self.driving.lock().await;
        let mut stepped = Stepped::default();
        for payment in self.open_orders()? {
            match self.drive(&payment).await {
                Ok(moved) => stepped.moved = stepped.moved.saturating_add(moved),
                Err(ServiceError::Stopped) => return Err(ServiceError::Stopped),
                // One order that cannot go on does not keep the others.
                Err(error) => tracing::warn!(%error, "an order waits"),
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
    /// Turns an order until it waits for somebody or is at its end; returns how often it moved.
    async fn drive(&self, payment: &PaymentId) -> Result<u32, ServiceError> {
        for moved in 0..MOST_TURNS {
            let order: Option<OrderRecord> =
                self.party.db().read(|rows| rows.find(ORDERS, payment.as_bytes()))?;
            let Some(order) = order.filter(|order| !order.stage.is_final()) else { return Ok(moved) };
            match self.turn(&order).await? {
                Turn::Move { place, next } => self.keep(place, &order, *next)?,
                Turn::Wait => return Ok(moved),
            }
        }
        Ok(MOST_TURNS)
    }

    /// Writes an order's next stage, with what belongs to it in the same commit.
    fn keep(&self, place: Place, before: &OrderRecord, next: OrderRecord) -> Result<(), ServiceError> {
        let payment = next.terms.payment;
        let time = self.party.now();
        self.party.db().commit(place, |writer| {
            record::keep(writer, &next)?;
            match next.stage {
                // Paid: the merchant is credited in the same commit (CENTRE-6).
                Stage::Captured => {
                    merchant::credit(writer, &next.terms, time)?;
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
            Ok::<_, ServiceError>(())
        })?;
        tracing::info!(from = before.stage.name(), to = next.stage.name(), "an order moved");
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
