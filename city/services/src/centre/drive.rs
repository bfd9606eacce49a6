//! Driving every order to its end, whether or not the phone comes back. Each stage is on the disk before the next act, and
//! every act may be done twice, so a centre that is cut off anywhere goes on from there (CENTRE-4).

use super::Centre;
use super::merchant;
use super::record::{self, ORDERS, OrderRecord, Stage};
use super::turn::{Footing, Seen, Turn};
use super::{code, consumer, open};
use crate::db::{DbError, Rows as _, Writer};
use crate::error::{Reason, ServiceError};
use crate::places;
use crate::run::{Stepped, Steps};
use async_trait::async_trait;
use citizen_client::{CallError, LedgerError};
use citizen_ledger::SignedTransaction;
use citizen_payment::word::NotCharged;
use citizen_primitives::{PaymentId, Place};
use futures_util::future::join_all;
use std::collections::BTreeMap;

/// The most orders that are turned beside each other: a gateway lets in twice as many calls at once.
const MOST_AT_ONCE: usize = 256;

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
        let mut stepped = Stepped { moved: self.step_orders().await?, ..Stepped::default() };
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
    /// Turns every order about which there is something to do; returns how often one moved. Those that wait for a block are not
    /// looked at before there is one, and those nearest to their end come first.
    async fn step_orders(&self) -> Result<u32, ServiceError> {
        let open = self.open_orders()?;
        if open.is_empty() {
            return Ok(0);
        }
        let footing = match self.footing().await {
            Ok(footing) => footing,
            Err(ServiceError::Stopped) => return Err(ServiceError::Stopped),
            Err(error) => {
                tracing::warn!(%error, "orders wait");
                return Ok(0);
            }
        };
        let is_due = |payment: &PaymentId| self.waits.is_due(payment, footing.height());
        let (begun, new): (Vec<PaymentId>, Vec<PaymentId>) =
            open.into_iter().filter(is_due).partition(|payment| self.waits.knows(payment));
        let mut moved = 0_u32;
        for some in begun.chunks(MOST_AT_ONCE).chain(new.chunks(MOST_AT_ONCE)) {
            match self.drive(some, &footing).await {
                Ok(more) => moved = moved.saturating_add(more),
                Err(ServiceError::Stopped) => return Err(ServiceError::Stopped),
                // What cannot go on does not keep the others.
                Err(error) => tracing::warn!(%error, "orders wait"),
            }
        }
        Ok(moved)
    }

    /// Turns orders beside each other until each waits for somebody or is at its end; returns how often one moved. What moves in
    /// one turn is written together: the disk is waited for once.
    async fn drive(&self, payments: &[PaymentId], footing: &Footing) -> Result<u32, ServiceError> {
        let orders = self.party.db().read(|rows| {
            let found = payments.iter().map(|payment| rows.find(ORDERS, payment.as_bytes()));
            found.collect::<Result<Vec<Option<OrderRecord>>, DbError>>()
        })?;
        let open = orders.into_iter().flatten().filter(|order| !order.stage.is_final());
        let (new, begun): (Vec<_>, Vec<_>) = open.partition(|order| self.is_new(order));
        let handing_in = new.iter().map(|order| self.turn_new(order, footing));
        let handed_in = new.iter().zip(join_all(handing_in).await);
        let moves =
            handed_in.map(|(order, turned)| going_on(order, turned)).collect::<Result<Vec<_>, _>>()?;
        let mut moved = self.keep(moves.into_iter().flatten().collect())?.0;
        let mut turning = self.look(begun).await?;
        for _ in 0..MOST_TURNS {
            if turning.is_empty() {
                break;
            }
            let turned = turning.iter().map(|(order, seen)| self.turns(order, seen, footing));
            let moves = join_all(turned).await.into_iter().collect::<Result<Vec<_>, _>>()?;
            let (more, mut latest) = self.keep(moves.into_iter().flatten().collect())?;
            moved = moved.saturating_add(more);
            turning.retain_mut(|(order, _)| match latest.remove(&order.terms.payment) {
                Some(next) => {
                    *order = next;
                    !order.stage.is_final()
                }
                None => false,
            });
        }
        Ok(moved)
    }

    /// Writes down that a payment was captured, if the ledger shows it and no step has seen it yet: whoever has the proof of it is not
    /// told that nothing was paid (CENTRE-6).
    pub(super) async fn book(&self, payment: &PaymentId) -> Result<(), ServiceError> {
        if self.open_order(payment)?.is_none() {
            return Ok(());
        }
        let _driving = self.driving.lock().await;
        let Some(order) = self.open_order(payment)? else { return Ok(()) };
        let looked = self.look(vec![order]).await?;
        let moves = looked.iter().filter_map(|(order, seen)| {
            let (place, from) = (places::CENTRE_CAPTURED, order.stage.name());
            seen.captured(order).map(|next| Move { place, from, next })
        });
        let moves: Vec<Move> = moves.collect();
        let is_captured = !moves.is_empty();
        // What the ledger shows and the disk did not take is not "not paid".
        match self.keep(moves)?.0 {
            0 if is_captured => Err(ServiceError::Unavailable),
            _ => Ok(()),
        }
    }

    fn open_order(&self, payment: &PaymentId) -> Result<Option<OrderRecord>, ServiceError> {
        let order: Option<OrderRecord> =
            self.party.db().read(|rows| rows.find(ORDERS, payment.as_bytes()))?;
        Ok(order.filter(|order| !order.stage.is_final()))
    }

    /// Whether the ledger cannot know of the order yet, as far as this centre knows.
    fn is_new(&self, order: &OrderRecord) -> bool {
        let is_known = self.waits.knows(&order.terms.payment) || order.rejection.is_some();
        order.stage == Stage::Accepted && !is_known && self.party.now() < order.expires
    }

    /// Turns an order until something has to be on the disk before it can go on; one that cannot go on does not keep the others.
    async fn turns(
        &self,
        order: &OrderRecord,
        seen: &Seen,
        footing: &Footing,
    ) -> Result<Vec<Move>, ServiceError> {
        let mut moves: Vec<Move> = Vec::new();
        loop {
            let at = moves.last().map_or(order, |step| &step.next);
            let turned = self.turn(at, seen, footing).await;
            if matches!(turned, Ok(Turn::Wait)) && at.stage.waits_for_the_ledger() {
                self.waits.pause(&order.terms.payment, seen.height());
            }
            let Some(step) = going_on(at, turned)? else { return Ok(moves) };
            let sends_nothing = matches!(step.next.stage, Stage::Held | Stage::Debited);
            moves.push(step);
            if !sends_nothing {
                return Ok(moves);
            }
        }
    }

    /// Writes the orders' next stages, each with what belongs to it in the same commit; returns how many, and how the orders stand
    /// that have moved.
    fn keep(&self, moves: Vec<Move>) -> Result<(u32, BTreeMap<PaymentId, OrderRecord>), ServiceError> {
        let kept =
            moves.iter().map(|step| (step.place, |writer: &Writer<'_>| self.keep_one(writer, &step.next)));
        let kept = self.party.db().commit_all(kept);
        let (mut moved, mut latest) = (0_u32, BTreeMap::new());
        for (Move { from, next, .. }, kept) in moves.into_iter().zip(kept) {
            match kept {
                Ok(()) => {
                    tracing::info!(from, to = next.stage.name(), "an order moved");
                    self.note(&next);
                    moved = moved.saturating_add(1);
                    latest.insert(next.terms.payment, next);
                }
                Err(ServiceError::Stopped) => return Err(ServiceError::Stopped),
                Err(error) => tracing::warn!(%error, "an order waits"),
            }
        }
        Ok((moved, latest))
    }

    fn note(&self, order: &OrderRecord) {
        if order.stage.is_final() {
            self.waits.forget(&order.terms.payment);
        } else {
            self.waits.begin(&order.terms.payment);
        }
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
        // A code that was shown is not charged after all: its phone may ask why.
        if let (Stage::Failed, Some(rejection)) = (&next.stage, next.rejection)
            && consumer::is_of_code(writer, &payment)?
        {
            let amount = next.terms.total().map_err(|_| Reason::Amount)?;
            let reason = NotCharged::Ledger { rejection };
            self.tell_refusal(writer, (&payment, &next.terms.name), amount, reason)?;
        }
        if next.stage.is_final() {
            open::end(writer, &payment)?;
        }
        Ok(())
    }

    /// Hands a transaction in; a refusal at the door is the ledger's opinion of now, not a decision. One without the ledger's number
    /// is the door's own: it is busy.
    pub(super) async fn submit(
        &self,
        place: Place,
        transaction: &SignedTransaction,
    ) -> Result<Option<u32>, ServiceError> {
        match self.party.ledger().submit(place, transaction).await {
            Ok(_) => Ok(None),
            Err(LedgerError::Call(CallError::Refused(refusal))) if refusal.rejection.is_some() => {
                Ok(refusal.rejection)
            }
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

/// The move that came of a turn, if one did; an order that cannot go on does not keep the others.
fn going_on(order: &OrderRecord, turned: Result<Turn, ServiceError>) -> Result<Option<Move>, ServiceError> {
    match turned {
        Ok(Turn::Move { place, next }) => Ok(Some(Move { place, from: order.stage.name(), next: *next })),
        Ok(Turn::Wait) => Ok(None),
        Err(ServiceError::Stopped) => Err(ServiceError::Stopped),
        Err(error) => {
            tracing::warn!(%error, "an order waits");
            Ok(None)
        }
    }
}
