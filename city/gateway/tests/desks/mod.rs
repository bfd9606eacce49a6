//! Desks that say the simplest thing and count who comes through, so that the edge itself can be tested.

#![allow(dead_code)] // Each test file uses its part.

use async_trait::async_trait;
use citizen_client::api::*;
use citizen_ledger::{Rejection, StateKey};
use citizen_primitives::{AccountId, Hash, Height, KeyId, PaymentId, RefundId, TransactionId};
use city_gateway::{
    BankDesk, CentreDesk, Gateway, LedgerDesk, RecoveryDesk, Refusal, RegistrarDesk, RelayDesk, TreasuryDesk,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Counts what reaches a party.
#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) reached: AtomicUsize,
}

/// A transaction of this one byte makes the desk do something bad.
pub(crate) const PANIC: u8 = 1;
pub(crate) const SLEEP: u8 = 2;
pub(crate) const REJECT: u8 = 3;

impl Desk {
    fn reach(&self) -> Bytes {
        self.reached.fetch_add(1, Ordering::SeqCst);
        Bytes::new(&[7])
    }

    fn leaf(&self) -> LogLeafMessage {
        LogLeafMessage { leaf: self.reach(), content: Bytes::new(&[]) }
    }
}

#[async_trait]
impl LedgerDesk for Desk {
    async fn status(&self) -> Result<LedgerStatus, Refusal> {
        Ok(LedgerStatus { chain_id: "seoul-test".to_owned(), height: 42, time: 1, earliest: 1 })
    }

    async fn light_block(&self, _: Option<Height>) -> Result<LightBlockAnswer, Refusal> {
        Ok(LightBlockAnswer { light_block: self.reach() })
    }

    async fn submit(&self, transaction: Vec<u8>) -> Result<SubmitAnswer, Refusal> {
        self.reach();
        match transaction.as_slice() {
            [PANIC] => panic!("a secret"),
            [SLEEP] => tokio::time::sleep(Duration::from_secs(3600)).await,
            [REJECT] => return Err(Refusal::Rejected(Rejection::Fenced)),
            _ => {}
        }
        Ok(SubmitAnswer { id: "07".to_owned() })
    }

    async fn transaction(&self, _: TransactionId) -> Result<TransactionAnswer, Refusal> {
        self.reach();
        Ok(TransactionAnswer { height: 1, index: 0, code: 0 })
    }

    async fn state(&self, _: Vec<StateKey>) -> Result<StateAnswer, Refusal> {
        Ok(StateAnswer { light_block: self.reach(), state: self.reach() })
    }

    async fn entries(&self, _: AccountId, _: u64) -> Result<EntriesAnswer, Refusal> {
        Ok(EntriesAnswer { entries: vec![self.reach()] })
    }

    async fn accounts_of(&self, _: KeyId) -> Result<ListedAccountsAnswer, Refusal> {
        self.reach();
        Ok(ListedAccountsAnswer { accounts: vec!["07".repeat(32)] })
    }

    async fn header_proof(&self, _: Height) -> Result<HeaderProofAnswer, Refusal> {
        Ok(HeaderProofAnswer { old: self.reach(), light_block: self.reach(), proof: self.reach() })
    }

    async fn leaves(&self, _: StateKey, _: u64) -> Result<LogLeavesAnswer, Refusal> {
        Ok(LogLeavesAnswer { leaves: vec![self.leaf()] })
    }

    async fn leaf_proof(&self, _: StateKey, _: u64) -> Result<LogProofAnswer, Refusal> {
        Ok(LogProofAnswer { light_block: self.reach(), leaf: self.leaf(), proof: self.reach() })
    }

    async fn growth(&self, _: StateKey, _: u64) -> Result<LogGrowthAnswer, Refusal> {
        Ok(LogGrowthAnswer { light_block: self.reach(), growth: self.reach() })
    }

    async fn mark(&self, _: StateKey, _: Hash) -> Result<LogMarkAnswer, Refusal> {
        self.reach();
        Ok(LogMarkAnswer { index: 7 })
    }

    fn waiting(&self) -> u64 {
        3
    }
}

#[async_trait]
impl CentreDesk for Desk {
    async fn code(&self, _: CodeRequest) -> Result<CodeAnswer, Refusal> {
        Ok(CodeAnswer { answer: self.reach() })
    }

    async fn order(&self, _: OrderRequest) -> Result<OrderAnswer, Refusal> {
        Ok(OrderAnswer { acceptance: self.reach(), card: None })
    }

    async fn payment(&self, _: PaymentId) -> Result<PaymentAnswer, Refusal> {
        self.reach();
        Ok(PaymentAnswer { stage: "held".to_owned(), rejection: None, debit: None, ending: None })
    }

    async fn consumer_code(&self, _: SignedRequest) -> Result<ConsumerCodeAnswer, Refusal> {
        Ok(ConsumerCodeAnswer { code: self.reach() })
    }

    async fn mandate(&self, _: MandateRequest) -> Result<MandateAnswer, Refusal> {
        self.reach();
        Ok(MandateAnswer { until: 1 })
    }

    async fn charged(&self, _: SignedRequest) -> Result<ChargeAnswer, Refusal> {
        Ok(ChargeAnswer {
            stage: "waiting".to_owned(),
            order: None,
            sealed: Some(self.reach()),
            rejection: None,
            refusal: None,
        })
    }

    async fn wish(&self, _: SignedRequest) -> Result<WishAnswer, Refusal> {
        self.reach();
        Ok(WishAnswer { state: "noted".to_owned() })
    }

    async fn register(&self, _: RegisterRequest) -> Result<RegisterAnswer, Refusal> {
        self.reach();
        Ok(RegisterAnswer { merchant: "2000001".to_owned(), printed_code: "0002".to_owned() })
    }

    async fn till(&self, _: TillRequest) -> Result<TillResponse, Refusal> {
        Ok(TillResponse { answer: self.reach() })
    }

    fn stages(&self) -> Vec<(&'static str, u64)> {
        vec![("held", 2), ("captured", 5)]
    }

    fn open_work(&self) -> Vec<(&'static str, u64)> {
        vec![("refunds", 4), ("settlement-parts", 1)]
    }
}

#[async_trait]
impl BankDesk for Desk {
    async fn open_account(&self, _: SignedRequest) -> Result<BalanceAnswer, Refusal> {
        Ok(BalanceAnswer { balance: self.reach() })
    }

    async fn balance(&self, _: SignedRequest) -> Result<BalanceAnswer, Refusal> {
        Ok(BalanceAnswer { balance: self.reach() })
    }

    async fn debit(&self, _: DebitRequest) -> Result<BankAnswer, Refusal> {
        Ok(BankAnswer::Debited { debit: self.reach() })
    }

    async fn standing(&self, _: PaymentId) -> Result<BankAnswer, Refusal> {
        self.reach();
        Ok(BankAnswer::NotFound)
    }

    async fn end(&self, _: EndingRequest) -> Result<BankAnswer, Refusal> {
        Ok(BankAnswer::Ended { ending: self.reach() })
    }

    async fn refund(&self, _: RefundRequest) -> Result<BankRefundAnswer, Refusal> {
        Ok(BankRefundAnswer::Credited { refund: self.reach() })
    }

    async fn refund_standing(&self, _: RefundId) -> Result<BankRefundAnswer, Refusal> {
        self.reach();
        Ok(BankRefundAnswer::NotFound)
    }

    async fn settle(&self, _: SettlementRequest) -> Result<BankSettlementAnswer, Refusal> {
        Ok(BankSettlementAnswer::Booked { settlement: self.reach() })
    }
}

#[async_trait]
impl TreasuryDesk for Desk {
    async fn claim(&self, _: SignedRequest) -> Result<ClaimResponse, Refusal> {
        Ok(ClaimResponse { answer: self.reach() })
    }

    async fn certificate(&self, _: SignedRequest) -> Result<CertificateAnswer, Refusal> {
        Ok(CertificateAnswer { sealed: self.reach() })
    }

    async fn reward(&self, _: RewardSigningRequest) -> Result<RewardSigningAnswer, Refusal> {
        Ok(RewardSigningAnswer { signature: self.reach() })
    }

    async fn redeem_reward(&self, _: SignedRequest) -> Result<ClaimResponse, Refusal> {
        Ok(ClaimResponse { answer: self.reach() })
    }

    async fn reward_key(&self, _: BlindKeysRequest) -> Result<BlindKeysAnswer, Refusal> {
        Ok(BlindKeysAnswer { answer: self.reach() })
    }
}

#[async_trait]
impl RegistrarDesk for Desk {
    async fn register(&self, _: RegistrationRequest) -> Result<RegistrationAnswer, Refusal> {
        Ok(RegistrationAnswer { sealed: self.reach() })
    }

    async fn register_by_card(&self, _: RegistrationRequest) -> Result<RegistrationAnswer, Refusal> {
        Ok(RegistrationAnswer { sealed: self.reach() })
    }

    async fn keys(&self, _: BlindKeysRequest) -> Result<BlindKeysAnswer, Refusal> {
        Ok(BlindKeysAnswer { answer: self.reach() })
    }
}

#[async_trait]
impl RelayDesk for Desk {
    async fn ballot(&self, _: BallotRequest) -> Result<BallotAnswer, Refusal> {
        Ok(BallotAnswer { promise: self.reach() })
    }

    async fn receipt(&self, _: ReceiptRequest) -> Result<ReceiptAnswer, Refusal> {
        self.reach();
        Ok(ReceiptAnswer::NotYet)
    }
}

#[async_trait]
impl RecoveryDesk for Desk {
    async fn enrol(&self, _: OfficerRequest) -> Result<EnrolmentAnswer, Refusal> {
        self.reach();
        Ok(EnrolmentAnswer { answer: Bytes::new(&[7; 32]) })
    }

    async fn request(&self, _: OfficerRequest) -> Result<RecoveryApproval, Refusal> {
        self.reach();
        Ok(RecoveryApproval { account: "07".repeat(32) })
    }

    async fn decide(&self, _: OfficerRequest) -> Result<DecisionAnswer, Refusal> {
        self.reach();
        Ok(DecisionAnswer { decision: RecoveryDecision::Dismiss })
    }

    async fn sign(&self, _: OfficerSignatureRequest) -> Result<OfficerSignatureAnswer, Refusal> {
        Ok(OfficerSignatureAnswer { signature: self.reach() })
    }

    fn cases(&self) -> Vec<(&'static str, u64)> {
        vec![("filed", 2)]
    }
}

/// A gateway with every party on one desk.
pub(crate) fn gateway_of(desk: &Arc<Desk>) -> Gateway {
    let parties = PartiesAnswer {
        centre: "01".to_owned(),
        bank: "02".to_owned(),
        treasury: "03".to_owned(),
        registrars: Vec::new(),
        relays: Vec::new(),
        recovery_officers: Vec::new(),
    };
    Gateway::default()
        .with_parties(parties)
        .with_ledger(desk.clone())
        .with_centre(desk.clone())
        .with_bank(desk.clone())
        .with_treasury(desk.clone())
        .with_registrar(KeyId::from_bytes([7; 32]), desk.clone())
        .with_relay(KeyId::from_bytes([7; 32]), desk.clone())
        .with_recovery_officer(KeyId::from_bytes([7; 32]), desk.clone())
}

pub(crate) fn whole_gateway() -> Gateway {
    gateway_of(&Arc::new(Desk::default()))
}
