//! The ZeroPay centre's client: who a code belongs to, and the order handed over.

use crate::api::{Bytes, CodeAnswer, CodeRequest, OrderAnswer, OrderRequest, PaymentAnswer};
use crate::exchange::Exchange;
use crate::word::{self, SignedWord, WordError};
use citizen_keys::{SealingPublicKey, Signed};
use citizen_ledger::{Rejection, RoleRecord, SignedTransaction, Verified};
use citizen_payment::terms::code_digest;
use citizen_payment::word::{Acceptance, BankDebit, BankEnding, CardRequest, MerchantAnswer, OrderOpening};
use citizen_primitives::random::CryptoRng;
use citizen_primitives::{Canonical as _, PaymentId, Place};

/// What an order is sealed in: no other sealed message opens as an order.
pub const ORDER_CONTEXT: &[u8] = b"seoul-wallet/centre-order";

/// What a mandate is sealed in.
pub const MANDATE_CONTEXT: &[u8] = b"seoul-wallet/centre-mandate";
/// What the answer about a charge is sealed in.
pub const CHARGE_CONTEXT: &[u8] = b"seoul-wallet/centre-charge";
/// What a sealed word on a charge that was refused is bound to.
pub const REFUSAL_CONTEXT: &[u8] = b"seoul-wallet/centre-refusal";

/// Asks one centre.
#[derive(Debug, Clone)]
pub struct CentreClient {
    exchange: Exchange,
    party: Verified<RoleRecord>,
}

/// How far the centre says it is. The ledger alone decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentReport {
    /// The centre's stage.
    pub stage: String,
    /// Why the ledger refused the order, if it did.
    pub rejection: Option<Rejection>,
    /// The bank's debit, not yet checked: [`crate::BankClient::check_debit`].
    pub debit: Option<Signed<BankDebit>>,
    /// The bank's ending, not yet checked.
    pub ending: Option<Signed<BankEnding>>,
}

/// An order that the centre has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedOrder {
    /// That it has it.
    pub acceptance: SignedWord<Acceptance>,
    /// Where it asks for the citizen card, if the order needs it.
    pub card: Option<SignedWord<CardRequest>>,
}

impl CentreClient {
    /// Asks the centre whose role is proved.
    #[must_use]
    pub const fn new(exchange: Exchange, party: Verified<RoleRecord>) -> Self {
        Self { exchange, party }
    }

    /// The centre's record.
    #[must_use]
    pub const fn party(&self) -> &Verified<RoleRecord> {
        &self.party
    }

    pub(crate) const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Asks whose code this is.
    pub async fn code(
        &self,
        place: Place,
        text: &str,
        nonce: [u8; 16],
    ) -> Result<SignedWord<MerchantAnswer>, WordError> {
        let request = CodeRequest { code: text.to_owned(), nonce: Bytes::new(&nonce) };
        let answer: CodeAnswer = self.exchange.post(place, "v1/centre/codes", &request).await?;
        let digest = code_digest(text);
        word::read(&answer.answer, &self.party, |answer: &MerchantAnswer| {
            answer.code == digest && answer.nonce == nonce
        })
    }

    /// Hands an order over, sealed to the centre: the gateway on the way does not learn the merchant.
    pub async fn order(
        &self,
        place: Place,
        rng: &mut (dyn CryptoRng + Send),
        opening: &OrderOpening,
    ) -> Result<AcceptedOrder, WordError> {
        let sealed = self.seal(rng, opening)?;
        self.send_order(place, sealed, opening).await
    }

    /// How far the centre says it is; nothing if it does not know the payment.
    pub async fn payment(
        &self,
        place: Place,
        payment: &PaymentId,
    ) -> Result<Option<PaymentReport>, WordError> {
        let answer: PaymentAnswer =
            match self.exchange.get(place, &format!("v1/centre/payments/{payment}")).await {
                Err(error) if error.is_refused_with("not-found") => return Ok(None),
                answer => answer?,
            };
        Ok(Some(PaymentReport {
            stage: answer.stage,
            rejection: answer.rejection.and_then(Rejection::from_code),
            debit: answer.debit.map(|bytes| bytes.read()).transpose()?,
            ending: answer.ending.map(|bytes| bytes.read()).transpose()?,
        }))
    }

    fn seal(&self, rng: &mut dyn CryptoRng, opening: &OrderOpening) -> Result<Bytes, WordError> {
        self.seal_for(rng, ORDER_CONTEXT, &opening.to_canonical())
    }

    /// Seals to the centre: the gateway on the way cannot read it.
    pub(crate) fn seal_for(
        &self,
        rng: &mut dyn CryptoRng,
        context: &[u8],
        plain: &[u8],
    ) -> Result<Bytes, WordError> {
        let key = self.party.value().sealing.ok_or(WordError::NoSealingKey)?;
        let sealed = SealingPublicKey::from_bytes(key).seal(rng, context, plain);
        Ok(Bytes::new(&sealed.map_err(|_| WordError::NoSealingKey)?))
    }

    async fn send_order(
        &self,
        place: Place,
        sealed: Bytes,
        opening: &OrderOpening,
    ) -> Result<AcceptedOrder, WordError> {
        let order = SignedTransaction::from_canonical(&opening.transaction)
            .map_err(|_| WordError::AboutSomethingElse)?
            .id();
        let answer: OrderAnswer =
            self.exchange.post(place, "v1/centre/orders", &OrderRequest { sealed }).await?;
        let terms = &opening.terms;
        let acceptance = word::read(&answer.acceptance, &self.party, |accepted: &Acceptance| {
            accepted.payment == terms.payment
                && accepted.order == order
                && accepted.commitment == terms.commitment()
        })?;
        let is_of_order = |asked: &CardRequest| asked.payment == terms.payment && asked.order == order;
        let card = answer.card.map(|bytes| word::read(&bytes, &self.party, is_of_order)).transpose()?;
        Ok(AcceptedOrder { acceptance, card })
    }
}
