//! The citizen card for an order above a limit: asked for by OpenID4VP 1.0 and bound to this order by its transaction data, before the centre
//! does anything about the order (CENTRE-18).

use super::Centre;
use super::record::{self, ORDERS, OrderRecord, Stage};
use crate::certified::Certified;
use crate::db::{DbError, Rows, Table, Writer};
use crate::device;
use crate::error::{Reason, ServiceError};
use crate::places;
use crate::presented::{At, CardCounter, CardQuestion, Examined, ListPlaces};
use crate::verifier::Taken;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_client::authorised::{Authorised, payment_query};
use citizen_client::{Proven, Transport};
use citizen_keys::Signed;
use citizen_ledger::{Action, CardRules, PaymentCardRule, SignedTransaction, Signer, state_key};
use citizen_payment::Terms;
use citizen_payment::word::CardRequest;
use citizen_primitives::{Canonical as _, Hash, PaymentId, UnixTime};
use serde_json::Value;
use std::sync::Arc;

/// [`AskedCard`] by payment.
const CARDS: Table = Table::new("order-cards");

/// That an order needs the card. All that is asked follows from it: a centre that starts anew asks the same.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct AskedCard {
    seed: [u8; 32],
    asked: UnixTime,
    /// The rule that was in force.
    rule: PaymentCardRule,
    /// The digest of the answer that was taken.
    shown: Option<Hash>,
}

citizen_primitives::canonical!(AskedCard = 1);

/// An order whose card is asked for, and what it authorises.
struct Asked {
    order: OrderRecord,
    card: AskedCard,
    query: Value,
    authorised: Authorised,
    handle: String,
}

impl Centre {
    /// With a certificate by which it asks for the citizen card. Without one it takes no order that needs it.
    #[must_use]
    pub fn with_card(mut self, certified: Certified, transport: Arc<dyn Transport>) -> Self {
        let lists = ListPlaces { anchor: places::CENTRE_ASK_ANCHOR, list: places::CENTRE_FETCH_LIST };
        let (certificate, document) = (places::CENTRE_ASK_CERTIFICATE, places::CENTRE_FETCH_DOCUMENT);
        let at = At { certificate, document, lists };
        self.counter = Some(CardCounter::new(certified, transport, at));
        self
    }

    /// The signed request for the card, with the nonce in what a wallet posted.
    pub fn card_request(&self, handle: &str, posted: Option<&str>) -> Result<String, ServiceError> {
        let asked = self.asked(handle)?;
        self.counter()?.request_object(handle, asked.question(), (posted, self.party.now()))
    }

    /// A wallet's answer. The order goes on once it is on the disk that the card was shown for it; the same answer again is taken again.
    pub async fn card_answer(&self, handle: &str, body: &str) -> Result<Taken, ServiceError> {
        let asked = self.asked(handle)?;
        let digest = Hash::plain(&[body.as_bytes()]);
        if let Some(shown) = asked.card.shown {
            return if shown == digest { Ok(Taken::Yes) } else { Err(Reason::CardShown.into()) };
        }
        let counter = self.counter()?;
        match counter.examine(&self.party, (handle, asked.question()), body).await? {
            Examined::Shown(_) => {}
            Examined::Refused(reason) => return Err(reason.into()),
            Examined::NotForThis => return Ok(Taken::No),
        }
        // A card that is in order is of no use to a phone that is not in the citizen's hands.
        let (_, body) = decoded(&asked.order)?;
        let Signer::Device { account, .. } = body.signer else { return Err(Reason::Order.into()) };
        device::prove_account_free(&self.party, places::CENTRE_ASK_ACCOUNT, &account).await?;
        let payment = asked.order.terms.payment;
        let take = |writer: &Writer<'_>| take(writer, &payment, digest);
        self.party.db().commit_beside(places::CENTRE_CARD, take).await?;
        // It is new to the ledger, whatever was waited for.
        self.waits.forget(&payment);
        Ok(Taken::Yes)
    }

    /// What of the card an order of these terms needs by the rule in force, if anything.
    pub(super) fn needed_card(
        &self,
        terms: &Terms,
        proven: &Proven,
    ) -> Result<Option<AskedCard>, ServiceError> {
        let rules = proven.get::<CardRules>(&state_key::card_rules())?.into_parts().0;
        let total = terms.total().map_err(|_| Reason::Amount)?;
        let rule = rules.and_then(|rules| rules.for_payment(total, proven.header().time()).cloned());
        let Some(rule) = rule else { return Ok(None) };
        self.counter()?;
        Ok(Some(AskedCard { seed: self.party.random(), asked: self.party.now(), rule, shown: None }))
    }

    /// The word with which an order is answered that needs the card.
    pub(super) fn card_word(&self, order: &OrderRecord) -> Result<Option<Signed<CardRequest>>, ServiceError> {
        let payment = order.terms.payment;
        let card: Option<AskedCard> = self.party.db().read(|rows| rows.find(CARDS, payment.as_bytes()))?;
        let Some(card) = card else { return Ok(None) };
        let asked = Asked::of(order.clone(), card)?;
        let counter = self.counter()?;
        let word = CardRequest {
            payment,
            order: order.order.id(),
            link: counter.link(&asked.handle, asked.question())?,
            certificate: counter.thumbprint(),
            time: asked.card.asked,
        };
        Ok(Some(self.party.sign(&word)))
    }

    fn counter(&self) -> Result<&CardCounter, ServiceError> {
        self.counter.as_ref().ok_or_else(|| Reason::CardNeeded.into())
    }

    /// By the handle in an address: the payment, and what nobody guesses.
    fn asked(&self, handle: &str) -> Result<Asked, ServiceError> {
        let payment = handle.split_once('-').and_then(|(payment, _)| PaymentId::from_hex(payment).ok());
        let payment = payment.ok_or(ServiceError::NotFound)?;
        let (order, card) = self.party.db().read(|rows| {
            let order: Option<OrderRecord> = rows.find(ORDERS, payment.as_bytes())?;
            Ok::<_, DbError>((order, rows.find::<AskedCard>(CARDS, payment.as_bytes())?))
        })?;
        let (order, card) = order.zip(card).ok_or(ServiceError::NotFound)?;
        let asked = Asked::of(order, card)?;
        if asked.handle == handle { Ok(asked) } else { Err(ServiceError::NotFound) }
    }
}

/// In the commit that takes the order.
pub(super) fn keep(writer: &Writer<'_>, payment: &PaymentId, card: &AskedCard) -> Result<(), DbError> {
    writer.put(CARDS, payment.as_bytes(), card)
}

/// In one commit the card is shown and the order goes on. One that has ended meanwhile does not.
fn take(writer: &Writer<'_>, payment: &PaymentId, digest: Hash) -> Result<(), ServiceError> {
    let key = payment.as_bytes();
    let card: AskedCard = writer.find(CARDS, key)?.ok_or(ServiceError::NotFound)?;
    if let Some(shown) = card.shown {
        return if shown == digest { Ok(()) } else { Err(Reason::CardShown.into()) };
    }
    let order: OrderRecord = writer.find(ORDERS, key)?.ok_or(ServiceError::NotFound)?;
    if order.stage != Stage::AwaitingCard {
        return Err(Reason::HoldTime.into());
    }
    writer.put(CARDS, key, &AskedCard { shown: Some(digest), ..card })?;
    Ok(record::keep(writer, &OrderRecord { stage: Stage::Accepted, ..order })?)
}

impl Asked {
    fn of(order: OrderRecord, card: AskedCard) -> Result<Self, ServiceError> {
        let (_, body) = decoded(&order)?;
        let Action::Hold(hold) = body.action else { return Err(Reason::Order.into()) };
        let authorised = Authorised::payment(&order.order.id(), &hold);
        let secret = Hash::plain(&[b"order-card", &card.seed]);
        let handle = format!("{}-{}", order.terms.payment.to_hex(), secret.to_hex());
        Ok(Self { query: payment_query(&card.rule), authorised, handle, order, card })
    }

    fn question(&self) -> CardQuestion<'_> {
        CardQuestion {
            seed: self.card.seed,
            asked: self.card.asked,
            until: self.order.expires,
            query: &self.query,
            authorised: self.authorised.clone(),
        }
    }
}

fn decoded(
    order: &OrderRecord,
) -> Result<(SignedTransaction, citizen_ledger::TransactionBody), ServiceError> {
    Ok(SignedTransaction::decode(&order.order.to_canonical()).map_err(|_| Reason::Order)?)
}
