//! The city's parties behind the routes.

use super::{BankDesk, CentreDesk, RegistrarDesk, RelayDesk, TreasuryDesk};
use crate::refusal::Refusal;
use async_trait::async_trait;
use citizen_client::api::{
    BalanceAnswer, BallotAnswer, BallotRequest, BankAnswer, BankRefundAnswer, BankSettlementAnswer,
    BlindKeysAnswer, BlindKeysRequest, CertificateAnswer, ChargeAnswer, ClaimResponse, CodeAnswer,
    CodeRequest, ConsumerCodeAnswer, DebitRequest, EndingRequest, MandateAnswer, MandateRequest, OrderAnswer,
    OrderRequest, PaymentAnswer, ReceiptAnswer, ReceiptRequest, RefundRequest, RegisterAnswer,
    RegisterRequest, RegistrationAnswer, RegistrationRequest, RewardSigningAnswer, RewardSigningRequest,
    SettlementRequest, SignedRequest, TillRequest, TillResponse, WishAnswer,
};
use citizen_primitives::{PaymentId, RefundId};
use city_services::verifier::Taken;
use city_services::{Bank, Centre, Registrar, Relay, ServiceError, Treasury};

#[async_trait]
impl CentreDesk for Centre {
    async fn code(&self, request: CodeRequest) -> Result<CodeAnswer, Refusal> {
        Ok(Self::code(self, request).await?)
    }

    async fn order(&self, request: OrderRequest) -> Result<OrderAnswer, Refusal> {
        Ok(Self::order(self, request).await?)
    }

    async fn card_request(&self, handle: &str, posted: Option<&str>) -> Result<String, Refusal> {
        Ok(Self::card_request(self, handle, posted)?)
    }

    async fn card_answer(&self, handle: &str, body: &str) -> Result<Taken, Refusal> {
        Ok(Self::card_answer(self, handle, body).await?)
    }

    async fn payment(&self, payment: PaymentId) -> Result<PaymentAnswer, Refusal> {
        Ok(Self::payment(self, payment).await?)
    }

    async fn consumer_code(&self, request: SignedRequest) -> Result<ConsumerCodeAnswer, Refusal> {
        Ok(Self::consumer_code(self, request).await?)
    }

    async fn mandate(&self, request: MandateRequest) -> Result<MandateAnswer, Refusal> {
        Ok(Self::mandate(self, request).await?)
    }

    async fn charged(&self, request: SignedRequest) -> Result<ChargeAnswer, Refusal> {
        Ok(Self::charged(self, request).await?)
    }

    async fn wish(&self, request: SignedRequest) -> Result<WishAnswer, Refusal> {
        Ok(Self::wish(self, request).await?)
    }

    async fn register(&self, request: RegisterRequest) -> Result<RegisterAnswer, Refusal> {
        Ok(Self::enrol_merchant(self, &request)?)
    }

    async fn till(&self, request: TillRequest) -> Result<TillResponse, Refusal> {
        Ok(Self::till_word(self, request).await?)
    }

    fn stages(&self) -> Vec<(&'static str, u64)> {
        Self::stages(self).unwrap_or_default()
    }

    fn open_work(&self) -> Vec<(&'static str, u64)> {
        Self::open_work(self).unwrap_or_default()
    }
}

#[async_trait]
impl BankDesk for Bank {
    async fn open_account(&self, request: SignedRequest) -> Result<BalanceAnswer, Refusal> {
        Ok(Self::open_account(self, request).await?)
    }

    async fn balance(&self, request: SignedRequest) -> Result<BalanceAnswer, Refusal> {
        Ok(Self::balance(self, request).await?)
    }

    async fn debit(&self, request: DebitRequest) -> Result<BankAnswer, Refusal> {
        Ok(Self::debit(self, request).await?)
    }

    async fn standing(&self, payment: PaymentId) -> Result<BankAnswer, Refusal> {
        Ok(Self::standing(self, payment).await?)
    }

    async fn end(&self, request: EndingRequest) -> Result<BankAnswer, Refusal> {
        Ok(Self::end(self, request).await?)
    }

    async fn refund(&self, request: RefundRequest) -> Result<BankRefundAnswer, Refusal> {
        Ok(Self::refund(self, request).await?)
    }

    async fn refund_standing(&self, refund: RefundId) -> Result<BankRefundAnswer, Refusal> {
        Ok(Self::refund_standing(self, refund).await?)
    }

    async fn settle(&self, request: SettlementRequest) -> Result<BankSettlementAnswer, Refusal> {
        Ok(Self::settle(self, request).await?)
    }
}

#[async_trait]
impl TreasuryDesk for Treasury {
    async fn claim(&self, request: SignedRequest) -> Result<ClaimResponse, Refusal> {
        Ok(Self::claim(self, request).await?)
    }

    async fn certificate(&self, request: SignedRequest) -> Result<CertificateAnswer, Refusal> {
        Ok(Self::certificate(self, request).await?)
    }

    async fn reward(&self, request: RewardSigningRequest) -> Result<RewardSigningAnswer, Refusal> {
        Ok(Self::reward(self, request).await?)
    }

    async fn redeem_reward(&self, request: SignedRequest) -> Result<ClaimResponse, Refusal> {
        Ok(Self::redeem_reward(self, request).await?)
    }

    async fn reward_key(&self, request: BlindKeysRequest) -> Result<BlindKeysAnswer, Refusal> {
        Ok(Self::reward_key(self, request).await?)
    }
}

#[async_trait]
impl RegistrarDesk for Registrar {
    async fn register(&self, request: RegistrationRequest) -> Result<RegistrationAnswer, Refusal> {
        Ok(Self::register(self, request).await?)
    }

    async fn register_by_card(&self, request: RegistrationRequest) -> Result<RegistrationAnswer, Refusal> {
        Ok(Self::register_by_card(self, request).await?)
    }

    async fn card_request(&self, handle: &str, posted: Option<&str>) -> Result<String, Refusal> {
        Ok(Self::card_request(self, handle, posted)?)
    }

    async fn card_answer(&self, handle: &str, body: &str) -> Result<Taken, Refusal> {
        Ok(Self::card_answer(self, handle, body).await?)
    }

    async fn keys(&self, request: BlindKeysRequest) -> Result<BlindKeysAnswer, Refusal> {
        Ok(Self::keys(self, request).await?)
    }
}

#[async_trait]
impl RelayDesk for Relay {
    async fn ballot(&self, request: BallotRequest) -> Result<BallotAnswer, Refusal> {
        Ok(Self::ballot(self, request).await?)
    }

    async fn receipt(&self, request: ReceiptRequest) -> Result<ReceiptAnswer, Refusal> {
        Ok(Self::receipt(self, request)?)
    }
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Malformed => Self::Malformed,
            ServiceError::NotFound => Self::NotFound,
            ServiceError::Refused(reason) => Self::Refused(reason.word()),
            // A party that stops answers as one that cannot be reached: nothing is decided by it.
            ServiceError::Unavailable | ServiceError::Stopped => Self::Unavailable,
        }
    }
}
