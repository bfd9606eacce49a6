//! Parties that live in processes of their own, behind this process's routes: everything is handed through as it is, since
//! nothing in it is believed here.

use async_trait::async_trait;
use citizen_client::api::{
    BalanceAnswer, BallotAnswer, BallotRequest, BankAnswer, BankRefundAnswer, BankSettlementAnswer,
    BlindKeysAnswer, BlindKeysRequest, CertificateAnswer, ChargeAnswer, ClaimResponse, CodeAnswer,
    CodeRequest, ConsumerCodeAnswer, DebitRequest, DecisionAnswer, EndingRequest, EnrolmentAnswer,
    MandateAnswer, MandateRequest, OfficerRequest, OfficerSignatureAnswer, OfficerSignatureRequest,
    OrderAnswer, OrderRequest, PaymentAnswer, ReceiptAnswer, ReceiptRequest, RecoveryApproval, RefundRequest,
    RegisterAnswer, RegisterRequest, RegistrationAnswer, RegistrationRequest, RewardSigningAnswer,
    RewardSigningRequest, SettlementRequest, SignedRequest, TillRequest, TillResponse, WishAnswer,
};
use citizen_client::{CallError, Exchange};
use citizen_ledger::Rejection;
use citizen_primitives::{KeyId, PaymentId, Place, RefundId};
use city_gateway::{BankDesk, CentreDesk, RecoveryDesk, Refusal, RegistrarDesk, RelayDesk, TreasuryDesk};
use city_services::Reason;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Handing a request on to another process.
const HAND_ON: Place = Place::new("gateway/hand-on");

/// Where the gateway sends; it persists nothing.
pub const PLACES: [Place; 1] = [HAND_ON];

/// A party elsewhere.
#[derive(Debug, Clone)]
pub struct Remote(pub Exchange);

impl Remote {
    async fn get<A: DeserializeOwned>(&self, path: &str) -> Result<A, Refusal> {
        self.0.get(HAND_ON, path).await.map_err(|error| refuse(&error))
    }

    async fn post<Q: Serialize + Sync, A: DeserializeOwned>(
        &self,
        path: &str,
        question: &Q,
    ) -> Result<A, Refusal> {
        self.0.post(HAND_ON, path, question).await.map_err(|error| refuse(&error))
    }
}

#[async_trait]
impl CentreDesk for Remote {
    async fn code(&self, request: CodeRequest) -> Result<CodeAnswer, Refusal> {
        self.post("v1/centre/codes", &request).await
    }

    async fn order(&self, request: OrderRequest) -> Result<OrderAnswer, Refusal> {
        self.post("v1/centre/orders", &request).await
    }

    async fn payment(&self, payment: PaymentId) -> Result<PaymentAnswer, Refusal> {
        self.get(&format!("v1/centre/payments/{payment}")).await
    }

    async fn consumer_code(&self, request: SignedRequest) -> Result<ConsumerCodeAnswer, Refusal> {
        self.post("v1/centre/consumer-codes", &request).await
    }

    async fn mandate(&self, request: MandateRequest) -> Result<MandateAnswer, Refusal> {
        self.post("v1/centre/mandates", &request).await
    }

    async fn charged(&self, request: SignedRequest) -> Result<ChargeAnswer, Refusal> {
        self.post("v1/centre/charges", &request).await
    }

    async fn wish(&self, request: SignedRequest) -> Result<WishAnswer, Refusal> {
        self.post("v1/centre/refund-wishes", &request).await
    }

    async fn register(&self, request: RegisterRequest) -> Result<RegisterAnswer, Refusal> {
        self.post("v1/centre/merchants", &request).await
    }

    async fn till(&self, request: TillRequest) -> Result<TillResponse, Refusal> {
        self.post("v1/centre/tills", &request).await
    }

    fn stages(&self) -> Vec<(&'static str, u64)> {
        // The centre's own process tells them.
        Vec::new()
    }

    fn open_work(&self) -> Vec<(&'static str, u64)> {
        Vec::new()
    }
}

#[async_trait]
impl BankDesk for Remote {
    async fn open_account(&self, request: SignedRequest) -> Result<BalanceAnswer, Refusal> {
        self.post("v1/bank/accounts", &request).await
    }

    async fn balance(&self, request: SignedRequest) -> Result<BalanceAnswer, Refusal> {
        self.post("v1/bank/balances", &request).await
    }

    async fn debit(&self, request: DebitRequest) -> Result<BankAnswer, Refusal> {
        self.post("v1/bank/debits", &request).await
    }

    async fn standing(&self, payment: PaymentId) -> Result<BankAnswer, Refusal> {
        self.get(&format!("v1/bank/debits/{payment}")).await
    }

    async fn end(&self, request: EndingRequest) -> Result<BankAnswer, Refusal> {
        self.post("v1/bank/endings", &request).await
    }

    async fn refund(&self, request: RefundRequest) -> Result<BankRefundAnswer, Refusal> {
        self.post("v1/bank/refunds", &request).await
    }

    async fn refund_standing(&self, refund: RefundId) -> Result<BankRefundAnswer, Refusal> {
        self.get(&format!("v1/bank/refunds/{refund}")).await
    }

    async fn settle(&self, request: SettlementRequest) -> Result<BankSettlementAnswer, Refusal> {
        self.post("v1/bank/settlements", &request).await
    }
}

#[async_trait]
impl TreasuryDesk for Remote {
    async fn claim(&self, request: SignedRequest) -> Result<ClaimResponse, Refusal> {
        self.post("v1/treasury/claims", &request).await
    }

    async fn certificate(&self, request: SignedRequest) -> Result<CertificateAnswer, Refusal> {
        self.post("v1/treasury/certificates", &request).await
    }

    async fn reward(&self, request: RewardSigningRequest) -> Result<RewardSigningAnswer, Refusal> {
        self.post("v1/treasury/rewards", &request).await
    }

    async fn redeem_reward(&self, request: SignedRequest) -> Result<ClaimResponse, Refusal> {
        self.post("v1/treasury/rewards/redeem", &request).await
    }

    async fn reward_key(&self, request: BlindKeysRequest) -> Result<BlindKeysAnswer, Refusal> {
        self.post("v1/treasury/rewards/keys", &request).await
    }
}

/// One of several parties of a kind elsewhere: routes name it by its key.
#[derive(Debug, Clone)]
pub struct RemoteOf(pub Remote, pub KeyId);

#[async_trait]
impl RegistrarDesk for RemoteOf {
    async fn register(&self, request: RegistrationRequest) -> Result<RegistrationAnswer, Refusal> {
        self.0.post(&format!("v1/registrars/{}/registrations", self.1), &request).await
    }

    async fn register_by_card(&self, request: RegistrationRequest) -> Result<RegistrationAnswer, Refusal> {
        self.0.post(&format!("v1/registrars/{}/card-registrations", self.1), &request).await
    }

    async fn keys(&self, request: BlindKeysRequest) -> Result<BlindKeysAnswer, Refusal> {
        self.0.post(&format!("v1/registrars/{}/keys", self.1), &request).await
    }
}

#[async_trait]
impl RelayDesk for RemoteOf {
    async fn ballot(&self, request: BallotRequest) -> Result<BallotAnswer, Refusal> {
        self.0.post(&format!("v1/relays/{}/ballots", self.1), &request).await
    }

    async fn receipt(&self, request: ReceiptRequest) -> Result<ReceiptAnswer, Refusal> {
        self.0.post(&format!("v1/relays/{}/receipts", self.1), &request).await
    }
}

#[async_trait]
impl RecoveryDesk for RemoteOf {
    async fn enrol(&self, request: OfficerRequest) -> Result<EnrolmentAnswer, Refusal> {
        self.0.post(&format!("v1/recovery-officers/{}/enrolments", self.1), &request).await
    }

    async fn request(&self, request: OfficerRequest) -> Result<RecoveryApproval, Refusal> {
        self.0.post(&format!("v1/recovery-officers/{}/cases", self.1), &request).await
    }

    async fn decide(&self, request: OfficerRequest) -> Result<DecisionAnswer, Refusal> {
        self.0.post(&format!("v1/recovery-officers/{}/decisions", self.1), &request).await
    }

    async fn sign(&self, request: OfficerSignatureRequest) -> Result<OfficerSignatureAnswer, Refusal> {
        self.0.post(&format!("v1/recovery-officers/{}/signatures", self.1), &request).await
    }

    fn cases(&self) -> Vec<(&'static str, u64)> {
        // The officer's own process tells them.
        Vec::new()
    }
}

/// The party's own refusal as it is; whatever else went wrong, it cannot be reached.
fn refuse(error: &CallError) -> Refusal {
    let CallError::Refused(body) = error else { return Refusal::Unavailable };
    if let Some(rejection) = body.rejection.and_then(Rejection::from_code) {
        return Refusal::Rejected(rejection);
    }
    match body.code.as_str() {
        "not-found" => Refusal::NotFound,
        "malformed" => Refusal::Malformed,
        "too-large" => Refusal::TooLarge,
        "too-many" => Refusal::TooMany,
        word => Reason::ALL
            .iter()
            .find(|reason| reason.word() == word)
            .map_or(Refusal::Unavailable, |reason| Refusal::Refused(reason.word())),
    }
}
