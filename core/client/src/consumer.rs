//! The centre's client for a phone that shows a code: the code, the mandate over it, what was charged, and wishes for refunds.

use crate::api::{
    Bytes, ChargeAnswer, ConsumerCodeAnswer, MandateAnswer, MandateRequest, SignedRequest, WishAnswer,
};
use crate::centre::{CHARGE_CONTEXT, CentreClient, MANDATE_CONTEXT, REFUSAL_CONTEXT};
use crate::word::{self, SignedWord, WordError};
use citizen_keys::{SealingKey, Signed};
use citizen_ledger::{Attested, Rejection, SignedTransaction};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_payment::word::{ChargeOpening, ChargeRefusal, ConsumerCode, MerchantAnswer};
use citizen_payment::{Terms, terms::code_digest};
use citizen_primitives::random::CryptoRng;
use citizen_primitives::{Canonical as _, PaymentId, Place};

/// How far the centre says a shown code is. The ledger alone decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeReport {
    /// The centre's stage; `waiting` before a charge.
    pub stage: String,
    /// What was charged, once it was.
    pub charge: Option<ChargeSeen>,
    /// Why the ledger refused the charge, if it did.
    pub rejection: Option<Rejection>,
    /// Why a till that tried has not charged it: the centre's word on the last try.
    pub refusal: Option<Attested<ChargeRefusal>>,
}

/// A charge as the centre tells it: the terms are proved by the record's commitment, the merchant is the centre's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeSeen {
    /// The charging transaction.
    pub order: SignedTransaction,
    /// The terms.
    pub terms: Terms,
    /// The word on the merchant, checked.
    pub merchant: Attested<MerchantAnswer>,
    /// The same as it was signed: for the receipt.
    pub signed: Signed<MerchantAnswer>,
}

impl CentreClient {
    /// Asks for a code to show.
    pub async fn consumer_code(
        &self,
        place: Place,
        request: &Signed<DeviceRequest>,
    ) -> Result<SignedWord<ConsumerCode>, WordError> {
        let asked = request.dangerous_unverified().map_err(|_| WordError::AboutSomethingElse)?;
        let request = SignedRequest { request: Bytes::of(request) };
        let answer: ConsumerCodeAnswer =
            self.exchange().post(place, "v1/centre/consumer-codes", &request).await?;
        word::read(&answer.code, self.party(), |code: &ConsumerCode| code.account == asked.account)
    }

    /// Hands a mandate over ([`RequestContent::Mandate`]): from here on its code can be charged, and the one it replaces cannot.
    /// Sealed, so that the gateway learns neither payment.
    ///
    /// [`RequestContent::Mandate`]: citizen_payment::request::RequestContent::Mandate
    pub async fn mandate(
        &self,
        place: Place,
        rng: &mut (dyn CryptoRng + Send),
        request: &Signed<DeviceRequest>,
    ) -> Result<(), WordError> {
        let sealed = self.seal_for(rng, MANDATE_CONTEXT, &request.to_canonical())?;
        let request = MandateRequest { sealed };
        let MandateAnswer { until: _ } = self.exchange().post(place, "v1/centre/mandates", &request).await?;
        Ok(())
    }

    /// Asks whether a payment's code was charged, or without a code what the order of a payment was; `reply` opens the answer.
    pub async fn charged(
        &self,
        place: Place,
        request: &Signed<DeviceRequest>,
        code: Option<&str>,
        reply: &SealingKey,
    ) -> Result<ChargeReport, WordError> {
        let asked = request.dangerous_unverified().map_err(|_| WordError::AboutSomethingElse)?;
        let RequestContent::Charged { payment, .. } = asked.content else {
            return Err(WordError::AboutSomethingElse);
        };
        let request = SignedRequest { request: Bytes::of(request) };
        let answer: ChargeAnswer = self.exchange().post(place, "v1/centre/charges", &request).await?;
        let charge = match (&answer.order, &answer.sealed) {
            (Some(order), Some(sealed)) => Some(self.seen(order, sealed, code, reply)?),
            _ => None,
        };
        let rejection = answer.rejection.and_then(Rejection::from_code);
        let refusal =
            answer.refusal.as_ref().map(|sealed| self.refused(sealed, &payment, reply)).transpose()?;
        Ok(ChargeReport { stage: answer.stage, charge, rejection, refusal })
    }

    /// Asks the merchant, through the centre, to give back.
    pub async fn wish(&self, place: Place, request: &Signed<DeviceRequest>) -> Result<(), WordError> {
        let request = SignedRequest { request: Bytes::of(request) };
        let WishAnswer { state: _ } =
            self.exchange().post(place, "v1/centre/refund-wishes", &request).await?;
        Ok(())
    }

    fn refused(
        &self,
        sealed: &Bytes,
        payment: &PaymentId,
        reply: &SealingKey,
    ) -> Result<Attested<ChargeRefusal>, WordError> {
        let opened =
            reply.open(REFUSAL_CONTEXT, &sealed.decode()?).map_err(|_| WordError::AboutSomethingElse)?;
        let signed: Signed<ChargeRefusal> =
            Signed::from_canonical(&opened).map_err(|_| WordError::AboutSomethingElse)?;
        let word = Attested::verify(&signed, self.party())?;
        if word.value().payment == *payment { Ok(word) } else { Err(WordError::AboutSomethingElse) }
    }

    fn seen(
        &self,
        order: &Bytes,
        sealed: &Bytes,
        code: Option<&str>,
        reply: &SealingKey,
    ) -> Result<ChargeSeen, WordError> {
        let order: SignedTransaction = order.read()?;
        let opened =
            reply.open(CHARGE_CONTEXT, &sealed.decode()?).map_err(|_| WordError::AboutSomethingElse)?;
        let ChargeOpening { terms, merchant: signed } =
            ChargeOpening::from_canonical(&opened).map_err(|_| WordError::AboutSomethingElse)?;
        let merchant = Attested::verify(&signed, self.party())?;
        let word = merchant.value();
        let is_of_code = code.is_none_or(|code| terms.code == code_digest(code)) && word.code == terms.code;
        let is_of_merchant = word
            .merchant
            .as_ref()
            .is_some_and(|merchant| merchant.id == terms.merchant && merchant.name == terms.name);
        if is_of_code && is_of_merchant {
            Ok(ChargeSeen { order, terms, merchant, signed })
        } else {
            Err(WordError::AboutSomethingElse)
        }
    }
}
