//! A till charges a consumer code, asks what became of it, or takes it back when no answer came.

use super::Centre;
use super::consumer::{self, Charged};
use super::merchant::{MERCHANTS, MerchantRecord};
use super::open;
use super::record::{self, CHARGES, ChargeRecord, ORDERS, OrderRecord, REFUSALS, Stage, charge_key};
use super::refund::{self, Give};
use crate::db::{DbError, Rows, Table, Writer};
use crate::error::{Reason, ServiceError};
use crate::party::validity;
use crate::places;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_client::api::TillAnswer;
use citizen_keys::Signed;
use citizen_ledger::{Action, CardRules, Charge, Parameters, Rejection, SignedTransaction, state_key};
use citizen_payment::mandate::{ChargeError, Mandate};
use citizen_payment::till::{ChargeNumber, MerchantRequest, ReceiptOpening};
use citizen_payment::word::{
    Acceptance, ChargeOpening, ChargeRefusal, Merchant, MerchantAnswer, MerchantStatus, NotCharged,
};
use citizen_payment::{Salt, Terms};
use citizen_primitives::{Hash, Height, MerchantId, PaymentId, Points, Seconds, Text, UnixTime, Won};

/// [`Reversal`] by payment: what a till has taken back.
const REVERSALS: Table = Table::new("reversals");

/// How long the hold of a charge may last.
const HOLD: Seconds = Seconds::new(300);

/// A till wants its money given back, by this request.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Reversal(MerchantRequest);

citizen_primitives::canonical!(Reversal = 1);

/// What a till wants to charge.
pub(super) struct Asked<'a> {
    pub(super) request: &'a MerchantRequest,
    pub(super) number: ChargeNumber,
    pub(super) code: Hash,
    pub(super) amount: Won,
}

/// What of the ledger a charge is made from.
struct Ground {
    height: Height,
    time: UnixTime,
    parameters: Parameters,
    card: Option<CardRules>,
}

impl Centre {
    /// Charges a consumer code (CENTRE-8): checked, taken and on the disk before the till hears of it. The same number again
    /// has the same answer, if it is about the same code and the same amount.
    pub(super) async fn charge(&self, asked: Asked<'_>) -> Result<TillAnswer, ServiceError> {
        if let Some(answer) = self.known_charge(&asked.request.merchant, &asked.number)? {
            self.party.db().read(|rows| must_be_the_same(rows, &asked))?;
            return Ok(answer);
        }
        let ground = self.ground().await?;
        let take = |writer: &Writer<'_>| self.take_or_refuse(writer, &asked, &ground);
        if let Some(reason) = self.party.db().commit_beside(places::CENTRE_CHARGE, take).await? {
            return Err(reason.into());
        }
        self.inquire(&asked.request.merchant, &asked.number)
    }

    /// What became of a charge. A number nobody has seen decides nothing: the charge may still arrive.
    pub(super) fn inquire(
        &self,
        merchant: &MerchantId,
        number: &ChargeNumber,
    ) -> Result<TillAnswer, ServiceError> {
        self.known_charge(merchant, number)?.ok_or(ServiceError::NotFound)
    }

    /// Takes a charge back. One that never arrived is refused when it does; one on its way is released; one that was paid is
    /// refunded in full (CENTRE-9).
    pub(super) fn reverse(
        &self,
        request: &MerchantRequest,
        number: &ChargeNumber,
    ) -> Result<TillAnswer, ServiceError> {
        self.party.db().commit(places::CENTRE_REVERSAL, |writer| {
            let key = charge_key(&request.merchant, number);
            match writer.find::<ChargeRecord>(CHARGES, &key)? {
                Some(ChargeRecord::Reversed) => Ok(()),
                None => Ok(writer.put(CHARGES, &key, &ChargeRecord::Reversed)?),
                Some(ChargeRecord::Taken { payment, .. }) => self.take_back(writer, request, &payment),
            }
        })?;
        self.inquire(&request.merchant, number)
    }

    fn take_back(
        &self,
        writer: &Writer<'_>,
        request: &MerchantRequest,
        payment: &PaymentId,
    ) -> Result<(), ServiceError> {
        if writer.find::<Reversal>(REVERSALS, payment.as_bytes())?.is_some() {
            return Ok(());
        }
        writer.put(REVERSALS, payment.as_bytes(), &Reversal(request.clone()))?;
        let order: Option<OrderRecord> = writer.find(ORDERS, payment.as_bytes())?;
        match order.map(|order| order.stage) {
            Some(Stage::Captured) => self.give_back(writer, payment),
            _ => Ok(()),
        }
    }

    /// A captured payment that a till has taken back is refunded: at the capture, or at the reversal, whichever is later.
    pub(super) fn give_back(&self, writer: &Writer<'_>, payment: &PaymentId) -> Result<(), ServiceError> {
        let Some(Reversal(request)) = writer.find(REVERSALS, payment.as_bytes())? else { return Ok(()) };
        let refund = refund::of_reversal(payment);
        let all = refund::left(writer, payment)?;
        if all.is_zero() {
            return Ok(());
        }
        let give = Give { request: &request, refund, payment: *payment, amount: all, reason: "reversal" };
        self.take_refund(writer, &give)
    }

    /// Whether a till has taken a payment back.
    pub(super) fn is_taken_back(&self, payment: &PaymentId) -> Result<bool, ServiceError> {
        let found: Option<Reversal> =
            self.party.db().read(|rows| rows.find(REVERSALS, payment.as_bytes()))?;
        Ok(found.is_some())
    }

    async fn ground(&self) -> Result<Ground, ServiceError> {
        let keys = [state_key::parameters(), state_key::card_rules()];
        let proven = self.party.prove(places::CENTRE_ASK_STATE, &keys).await?.fresh()?;
        let [parameters, rules] = keys;
        let parameters = proven.get::<Parameters>(&parameters)?.into_parts().0;
        let card = proven.get::<CardRules>(&rules)?.into_parts().0;
        let (height, time) = (proven.header().height(), proven.header().time());
        Ok(Ground { height, time, parameters: parameters.ok_or(ServiceError::Unavailable)?, card })
    }

    /// Takes a charge, or writes for the phone that shows the code why not (CENTRE-8); returns the reason.
    fn take_or_refuse(
        &self,
        writer: &Writer<'_>,
        asked: &Asked<'_>,
        ground: &Ground,
    ) -> Result<Option<Reason>, ServiceError> {
        // These are decided before anything is written. What is refused for another reason, its phone knows by itself: the code's
        // time is over, it was revoked, it was charged.
        let (reason, tried) = match self.take_charge(writer, asked, ground) {
            Ok(()) => return Ok(None),
            Err(ServiceError::Refused(reason @ Reason::OverCap)) => (reason, NotCharged::OverCap),
            Err(ServiceError::Refused(reason @ Reason::CardNeeded)) => (reason, NotCharged::CardNeeded),
            Err(ServiceError::Refused(reason @ Reason::Amount)) => (reason, NotCharged::Amount),
            Err(ServiceError::Refused(reason @ Reason::Suspended)) => (reason, NotCharged::Suspended),
            Err(error) => return Err(error),
        };
        if let Some(code) = consumer::find(writer, &asked.code)?
            && let Ok(mandate) = consumer::chargeable(&code, self.party.now())
            && let Some(shop) =
                writer.find::<MerchantRecord>(MERCHANTS, asked.request.merchant.as_str().as_bytes())?
        {
            self.tell_refusal(writer, (&mandate.payment, &shop.merchant.name), asked.amount, tried)?;
        }
        Ok(Some(reason))
    }

    /// The word for the phone; the last try counts.
    pub(super) fn tell_refusal(
        &self,
        writer: &Writer<'_>,
        (payment, merchant): (&PaymentId, &Text),
        amount: Won,
        reason: NotCharged,
    ) -> Result<(), DbError> {
        let word = ChargeRefusal {
            payment: *payment,
            merchant: merchant.clone(),
            amount,
            reason,
            time: self.party.now(),
        };
        writer.put(REFUSALS, payment.as_bytes(), &self.party.sign(&word))
    }

    fn take_charge(
        &self,
        writer: &Writer<'_>,
        asked: &Asked<'_>,
        ground: &Ground,
    ) -> Result<(), ServiceError> {
        let merchant = &asked.request.merchant;
        let key = charge_key(merchant, &asked.number);
        match writer.find::<ChargeRecord>(CHARGES, &key)? {
            Some(ChargeRecord::Reversed) => return Err(Reason::Reversed.into()),
            Some(ChargeRecord::Taken { .. }) => return must_be_the_same(writer, asked),
            None => {}
        }
        let shop: MerchantRecord =
            writer.find(MERCHANTS, merchant.as_str().as_bytes())?.ok_or(ServiceError::NotFound)?;
        if shop.is_suspended {
            return Err(Reason::Suspended.into());
        }
        let code = consumer::find(writer, &asked.code)?.ok_or(Reason::UnknownCode)?;
        let mandate = consumer::chargeable(&code, self.party.now())?;
        // Whoever came first has the payment's number: an order of the same phone, or another code.
        if writer.find::<OrderRecord>(ORDERS, mandate.payment.as_bytes())?.is_some() {
            return Err(Reason::Used.into());
        }
        let (points, won) = mandate.split(asked.amount).map_err(|error| match error {
            ChargeError::Nothing => Reason::Amount,
            ChargeError::Time => Reason::Expired,
            ChargeError::OverCap => Reason::OverCap,
        })?;
        if asked.amount.is_zero() {
            return Err(Reason::Amount.into());
        }
        // A shown code brings no card: such a sum is paid by an order (CENTRE-18).
        if ground.card.as_ref().is_some_and(|card| card.for_payment(asked.amount, ground.time).is_some()) {
            return Err(Reason::CardNeeded.into());
        }
        let terms = Terms {
            payment: mandate.payment,
            merchant: shop.merchant.id.clone(),
            name: shop.merchant.name.clone(),
            code: code.code,
            points,
            won,
            reference: None,
            salt: Salt::from_bytes(self.party.random()),
        };
        let order = self.charged_order(&terms, &mandate, code.signed()?, ground);
        let opening = ChargeOpening { merchant: self.merchant_word(&shop, &terms)?, terms };
        record::keep(writer, &order)?;
        open::begin(writer, &mandate.payment, &mandate.account)?;
        writer.put(
            CHARGES,
            &key,
            &ChargeRecord::Taken { payment: mandate.payment, opening: Box::new(opening) },
        )?;
        let charged = Charged { merchant: merchant.clone(), number: asked.number };
        Ok(consumer::take(writer, &code, charged)?)
    }

    fn charged_order(
        &self,
        terms: &Terms,
        mandate: &Mandate,
        signed: citizen_payment::SignedMandate,
        ground: &Ground,
    ) -> OrderRecord {
        let Ground { height, parameters, time: _, card: _ } = ground;
        // The ledger's clock may be a little behind; a hold that is too long would be refused.
        let hold = HOLD.min(Seconds::new(parameters.longest_hold.count().saturating_sub(20)));
        let expires = self.party.now().plus(hold);
        let charge = Charge {
            mandate: signed,
            points: terms.points,
            won: terms.won,
            commitment: terms.commitment(),
            expires,
        };
        let transaction: SignedTransaction =
            self.party.transaction(Action::Charge(charge), *height, parameters);
        let acceptance = Acceptance {
            payment: mandate.payment,
            order: transaction.id(),
            commitment: terms.commitment(),
            time: self.party.now(),
        };
        OrderRecord {
            terms: terms.clone(),
            order: transaction,
            valid_until: height.plus(validity(parameters)),
            expires,
            acceptance: self.party.sign(&acceptance),
            stage: Stage::Accepted,
            rejection: None,
            debit: None,
            ending: None,
        }
    }

    /// The centre's word on who is paid by these terms: part of the phone's receipt, as if the phone had asked about a merchant's
    /// code. The name is the terms': a shop may have another since.
    pub(super) fn merchant_word(
        &self,
        shop: &MerchantRecord,
        terms: &Terms,
    ) -> Result<Signed<MerchantAnswer>, ServiceError> {
        let time = self.party.now();
        Ok(self.party.sign(&MerchantAnswer {
            code: terms.code,
            status: MerchantStatus::Usable,
            merchant: Some(Merchant { name: terms.name.clone(), ..shop.merchant.clone() }),
            amount: Some(terms.total().map_err(|_| Reason::Amount)?),
            reference: terms.reference.clone(),
            fee: Won::ZERO,
            nonce: [0; 16],
            time,
            until: time.plus(HOLD),
        }))
    }

    fn known_charge(
        &self,
        merchant: &MerchantId,
        number: &ChargeNumber,
    ) -> Result<Option<TillAnswer>, ServiceError> {
        let found = self.party.db().read(|rows| {
            let charge: Option<ChargeRecord> = rows.find(CHARGES, &charge_key(merchant, number))?;
            Ok::<_, DbError>(match charge {
                None => None,
                Some(ChargeRecord::Reversed) => Some(reversed()),
                Some(ChargeRecord::Taken { payment, .. }) => {
                    let order: Option<OrderRecord> = rows.find(ORDERS, payment.as_bytes())?;
                    let back = Back {
                        is_taken: rows.find::<Reversal>(REVERSALS, payment.as_bytes())?.is_some(),
                        is_given: refund::is_given_back(rows, &payment)?,
                        refusal: refund::refusal_of_reversal(rows, &payment)?,
                    };
                    order.map(|order| standing(&order, back))
                }
            })
        })?;
        Ok(found)
    }
}

/// A number is of one charge: to a till that asks by it for another code or another amount, what became of the first would look like what
/// becomes of the second (CENTRE-8).
fn must_be_the_same(rows: &impl Rows, asked: &Asked<'_>) -> Result<(), ServiceError> {
    let key = charge_key(&asked.request.merchant, &asked.number);
    let Some(ChargeRecord::Taken { opening, .. }) = rows.find(CHARGES, &key)? else { return Ok(()) };
    let terms = &opening.terms;
    // A code has two digests: of its picture and of its bars.
    let is_its_code = asked.code == terms.code
        || consumer::find(rows, &asked.code)?.is_some_and(|code| code.code == terms.code);
    if is_its_code && terms.total() == Ok(asked.amount) { Ok(()) } else { Err(Reason::AnotherOrder.into()) }
}

fn reversed() -> TillAnswer {
    let state = "reversed".to_owned();
    TillAnswer::Charge { state, payment: None, points: 0, krw: 0, reason: None, receipt: None }
}

/// How far a paid charge is on its way back.
#[derive(Debug, Clone, Copy)]
struct Back {
    /// The till has taken it back.
    is_taken: bool,
    /// All of it was given back.
    is_given: bool,
    /// Why the ledger refused to give it back.
    refusal: Option<u32>,
}

/// What a till may say of a charge: only an end is an end; everything else is to be asked again.
fn standing(order: &OrderRecord, back: Back) -> TillAnswer {
    let (state, reason) = match &order.stage {
        Stage::Captured if back.is_given => ("reversed", None),
        // Too late for the ledger: it stays paid, and the till hears why.
        Stage::Captured if back.refusal.is_some() => {
            ("captured", back.refusal.and_then(Rejection::from_code))
        }
        Stage::Captured if back.is_taken => ("checking", None),
        Stage::Captured => ("captured", None),
        Stage::Reversed => ("reversed", None),
        Stage::Failed => ("failed", order.rejection.and_then(Rejection::from_code)),
        Stage::Accepted => ("checking", order.rejection.and_then(Rejection::from_code)),
        _ => ("checking", None),
    };
    let Terms { payment, points, won, .. } = &order.terms;
    TillAnswer::Charge {
        state: state.to_owned(),
        payment: Some(payment.to_hex()),
        points: Points::amount(*points),
        krw: won.amount(),
        reason: reason.map(|rejection| rejection.to_string()),
        receipt: Some(ReceiptOpening::of(&order.terms).to_text()),
    }
}
