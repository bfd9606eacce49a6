//! Taking an order: everything is checked and on the disk before the centre says that it has it.

use super::Centre;
use super::card::{self, AskedCard};
use super::code;
use super::open;
use super::record::{self, ORDERS, OrderRecord, Stage};
use crate::db::{Rows, Writer};
use crate::device;
use crate::error::{Reason, ServiceError};
use crate::places;
use citizen_client::api::{Bytes, OrderAnswer, OrderRequest};
use citizen_client::{ORDER_CONTEXT, Proven};
use citizen_ledger::{
    Action, CheckedTransaction, Parameters, SignedTransaction, Signer, TransactionBody, state_key,
};
use citizen_payment::word::{Acceptance, MerchantStatus, OrderOpening};
use citizen_payment::{Hold, Terms};
use citizen_primitives::{AccountId, Canonical as _, PaymentId, Seconds, UnixTime};

/// A hold that ends sooner is not worth beginning.
const SHORTEST_HOLD: Seconds = Seconds::new(30);

impl Centre {
    /// Takes an order (CENTRE-3). The same order again is answered as before; another one for its payment is refused.
    pub async fn order(&self, request: OrderRequest) -> Result<OrderAnswer, ServiceError> {
        let opening = self.open(&request.sealed)?;
        let chain_id = self.party.ledger().chain_id();
        let order =
            SignedTransaction::check_stateless(&opening.transaction, &chain_id).map_err(|_| Reason::Order)?;
        let known = self.party.db().read(|rows| self.known(rows, &opening.terms, &order))?;
        let taken = match known {
            Some(known) => known,
            None => {
                let (payer, proven) = self.prove_payer(&order).await?;
                let card = self.needed_card(&opening.terms, &proven)?;
                let take = |writer: &Writer<'_>| self.take(writer, &opening, &order, (&payer, card.as_ref()));
                self.party.db().commit_beside(places::CENTRE_ORDER, take).await?
            }
        };
        let card = self.card_word(&taken)?.as_ref().map(Bytes::of);
        Ok(OrderAnswer { acceptance: Bytes::of(&taken.acceptance), card })
    }

    fn open(&self, sealed: &Bytes) -> Result<OrderOpening, ServiceError> {
        let sealed = sealed.decode().map_err(|_| ServiceError::Malformed)?;
        let plain = self.sealing.open(ORDER_CONTEXT, &sealed).map_err(|_| ServiceError::Malformed)?;
        OrderOpening::from_canonical(&plain).map_err(|_| ServiceError::Malformed)
    }

    /// The same order as it was taken; nothing if it is a new one that may be taken, as far as this book says.
    fn known(
        &self,
        rows: &impl Rows,
        terms: &Terms,
        order: &CheckedTransaction,
    ) -> Result<Option<OrderRecord>, ServiceError> {
        if let Some(known) = rows.find::<OrderRecord>(ORDERS, terms.payment.as_bytes())? {
            let is_same = known.order.id() == order.id() && known.terms == *terms;
            return if is_same { Ok(Some(known)) } else { Err(Reason::AnotherOrder.into()) };
        }
        self.check_hold(terms, order)?;
        self.check_code(rows, terms)?;
        Ok(None)
    }

    /// Who pays, and by a listed device; an order that waits for longer than the ledger lets it is none (CENTRE-15).
    async fn prove_payer(&self, order: &CheckedTransaction) -> Result<(AccountId, Proven), ServiceError> {
        let TransactionBody { signer, valid_until, action, .. } = order.body();
        let (Signer::Device { account, .. }, Action::Hold(hold)) = (signer, action) else {
            return Err(Reason::Order.into());
        };
        let also = [state_key::parameters(), state_key::card_rules()];
        let proven = device::prove_signer(&self.party, places::CENTRE_ASK_ACCOUNT, signer, &also).await?;
        let parameters = proven
            .get::<Parameters>(&state_key::parameters())?
            .into_parts()
            .0
            .ok_or(ServiceError::Unavailable)?;
        let header = proven.header();
        let is_long = *valid_until > header.height().plus(parameters.validity_window)
            || hold.expires > header.time().max(self.party.now()).plus(parameters.longest_hold);
        if is_long { Err(Reason::HoldTime.into()) } else { Ok((*account, proven)) }
    }

    fn take(
        &self,
        writer: &Writer<'_>,
        opening: &OrderOpening,
        order: &CheckedTransaction,
        (payer, card): (&AccountId, Option<&AskedCard>),
    ) -> Result<OrderRecord, ServiceError> {
        let terms = &opening.terms;
        if let Some(known) = self.known(writer, terms, order)? {
            return Ok(known);
        }
        let hold = self.check_hold(terms, order)?;
        let stage = if card.is_some() { Stage::AwaitingCard } else { Stage::Accepted };
        let record = OrderRecord { stage, ..self.accepted(opening, order, hold.expires)? };
        record::keep(writer, &record)?;
        if let Some(card) = card {
            card::keep(writer, &terms.payment, card)?;
        }
        open::begin(writer, &terms.payment, payer)?;
        code::mark(writer, &terms.code, Some(terms.payment))?;
        Ok(record)
    }

    /// The order is a hold for this centre, and says what the terms say.
    fn check_hold<'a>(&self, terms: &Terms, order: &'a CheckedTransaction) -> Result<&'a Hold, ServiceError> {
        let Action::Hold(hold) = &order.body().action else { return Err(Reason::Order.into()) };
        let Hold { payment, points, won, commitment, centre, bank, expires } = hold;
        if *centre != self.party.id() {
            return Err(Reason::WrongParty.into());
        }
        let agrees = *payment == terms.payment
            && *points == terms.points
            && *won == terms.won
            && *commitment == terms.commitment();
        if !agrees {
            return Err(Reason::Order.into());
        }
        if !won.is_zero() && *bank != self.bank.key {
            return Err(Reason::UnknownBank.into());
        }
        if *expires < self.party.now().plus(SHORTEST_HOLD) {
            return Err(Reason::HoldTime.into());
        }
        Ok(hold)
    }

    /// The code is this centre's, may be paid now, and says the same merchant and amount (CENTRE-2).
    fn check_code(&self, rows: &impl Rows, terms: &Terms) -> Result<(), ServiceError> {
        let (code, merchant) = code::known(rows, &terms.code)?.ok_or(Reason::UnknownCode)?;
        match code::status(&code, &merchant, self.party.now()) {
            MerchantStatus::Usable => {}
            MerchantStatus::Suspended => return Err(Reason::Suspended.into()),
            MerchantStatus::Expired => return Err(Reason::Expired.into()),
            MerchantStatus::Used => return Err(Reason::Used.into()),
            MerchantStatus::Unknown => return Err(Reason::UnknownCode.into()),
        }
        if merchant.merchant.id != terms.merchant || merchant.merchant.name != terms.name {
            return Err(Reason::Order.into());
        }
        let amount = code.order.as_ref().map(|order| order.amount);
        let reference = code.order.map(|order| order.reference);
        if reference != terms.reference {
            return Err(Reason::Order.into());
        }
        let total = terms.total().map_err(|_| Reason::Amount)?;
        if amount.is_some_and(|amount| amount != total) { Err(Reason::Amount.into()) } else { Ok(()) }
    }

    fn accepted(
        &self,
        opening: &OrderOpening,
        order: &CheckedTransaction,
        expires: UnixTime,
    ) -> Result<OrderRecord, ServiceError> {
        let terms = opening.terms.clone();
        let acceptance = Acceptance {
            payment: terms.payment,
            order: order.id(),
            commitment: terms.commitment(),
            time: self.party.now(),
        };
        let (order, body) = SignedTransaction::decode(&opening.transaction).map_err(|_| Reason::Order)?;
        Ok(OrderRecord {
            terms,
            order,
            valid_until: body.valid_until,
            expires,
            acceptance: self.party.sign(&acceptance),
            stage: Stage::Accepted,
            rejection: None,
            debit: None,
            ending: None,
        })
    }

    /// The orders that are not at their end.
    pub(crate) fn open_orders(&self) -> Result<Vec<PaymentId>, ServiceError> {
        Ok(self.party.db().read(open::payments)?)
    }
}
