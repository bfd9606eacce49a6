//! What a party does for those who call it: one method per route, in the messages of [`citizen_client::api`].
//!
//! A desk gets identifiers that are well-formed and bytes that are bounded; it decides everything else.

mod card;
mod chain;
mod intake;
mod recovery;
mod services;

pub use card::{IssuerDesk, VerifierDesk};
pub use chain::ChainDesk;
pub use recovery::RecoveryDesk;

use crate::refusal::Refusal;
use async_trait::async_trait;
use citizen_client::api::{
    BalanceAnswer, BallotAnswer, BallotRequest, BankAnswer, BankRefundAnswer, BankSettlementAnswer,
    BlindKeysAnswer, BlindKeysRequest, CertificateAnswer, ChargeAnswer, ClaimResponse, CodeAnswer,
    CodeRequest, ConsumerCodeAnswer, DebitRequest, EndingRequest, EntriesAnswer, HeaderProofAnswer,
    LedgerStatus, LightBlockAnswer, ListedAccountsAnswer, LogGrowthAnswer, LogLeavesAnswer, LogMarkAnswer,
    LogProofAnswer, MandateAnswer, MandateRequest, OrderAnswer, OrderRequest, PaymentAnswer, ReceiptAnswer,
    ReceiptRequest, RefundRequest, RegisterAnswer, RegisterRequest, RegistrationAnswer, RegistrationRequest,
    RewardSigningAnswer, RewardSigningRequest, SettlementRequest, SignedRequest, StateAnswer, SubmitAnswer,
    TillRequest, TillResponse, TransactionAnswer, WishAnswer,
};
use citizen_ledger::StateKey;
use citizen_primitives::{AccountId, Hash, Height, KeyId, PaymentId, RefundId, TransactionId};
use city_services::verifier::Taken;

/// The ledger: transactions in, proofs out.
#[async_trait]
pub trait LedgerDesk: Send + Sync {
    /// Where it stands.
    async fn status(&self) -> Result<LedgerStatus, Refusal>;

    /// A signed header; the newest if none is named.
    async fn light_block(&self, height: Option<Height>) -> Result<LightBlockAnswer, Refusal>;

    /// Admits a transaction.
    async fn submit(&self, transaction: Vec<u8>) -> Result<SubmitAnswer, Refusal>;

    /// Where a transaction stands.
    async fn transaction(&self, id: TransactionId) -> Result<TransactionAnswer, Refusal>;

    /// Values with proofs.
    async fn state(&self, keys: Vec<StateKey>) -> Result<StateAnswer, Refusal>;

    /// An account's history from an index on.
    async fn entries(&self, account: AccountId, from: u64) -> Result<EntriesAnswer, Refusal>;

    /// The accounts that list a recovery key.
    async fn accounts_of(&self, recovery: KeyId) -> Result<ListedAccountsAnswer, Refusal>;

    /// That an old header is in the newest state's history.
    async fn header_proof(&self, height: Height) -> Result<HeaderProofAnswer, Refusal>;

    /// The leaves of a public log from an index on.
    async fn leaves(&self, log: StateKey, from: u64) -> Result<LogLeavesAnswer, Refusal>;

    /// That a leaf stands at its place in a public log.
    async fn leaf_proof(&self, log: StateKey, index: u64) -> Result<LogProofAnswer, Refusal>;

    /// That a public log began with its first leaves, so many.
    async fn growth(&self, log: StateKey, from: u64) -> Result<LogGrowthAnswer, Refusal>;

    /// Where the last leaf with a mark stands.
    async fn mark(&self, log: StateKey, mark: Hash) -> Result<LogMarkAnswer, Refusal>;

    /// How many transactions wait for a block.
    fn waiting(&self) -> u64;
}

/// The ZeroPay centre.
#[async_trait]
pub trait CentreDesk: Send + Sync {
    /// Whose code is this?
    async fn code(&self, request: CodeRequest) -> Result<CodeAnswer, Refusal>;

    /// Takes an order and brings it to its end.
    async fn order(&self, request: OrderRequest) -> Result<OrderAnswer, Refusal>;

    /// The signed request for the citizen card that an order needs, with the nonce in what a wallet posted. A centre elsewhere asks
    /// under an address of its own.
    async fn card_request(&self, _handle: &str, _posted: Option<&str>) -> Result<String, Refusal> {
        Err(Refusal::NotFound)
    }

    /// A wallet's answer to it.
    async fn card_answer(&self, _handle: &str, _body: &str) -> Result<Taken, Refusal> {
        Err(Refusal::NotFound)
    }

    /// How far a payment is.
    async fn payment(&self, payment: PaymentId) -> Result<PaymentAnswer, Refusal>;

    /// A code for the phone of an account to show; worth nothing without a mandate.
    async fn consumer_code(&self, request: SignedRequest) -> Result<ConsumerCodeAnswer, Refusal>;

    /// The citizen's mandate over a code, sealed to the centre's key.
    async fn mandate(&self, request: MandateRequest) -> Result<MandateAnswer, Refusal>;

    /// Whether a phone's code was charged; sealed to the phone that asks.
    async fn charged(&self, request: SignedRequest) -> Result<ChargeAnswer, Refusal>;

    /// A customer asks for money back; the merchant decides.
    async fn wish(&self, request: SignedRequest) -> Result<WishAnswer, Refusal>;

    /// A merchant registers with its key.
    async fn register(&self, request: RegisterRequest) -> Result<RegisterAnswer, Refusal>;

    /// A merchant's signed request.
    async fn till(&self, request: TillRequest) -> Result<TillResponse, Refusal>;

    /// How many orders are at each stage.
    fn stages(&self) -> Vec<(&'static str, u64)>;

    /// How much else is not at its end: refunds, and parts of closed days that the bank has not booked.
    fn open_work(&self) -> Vec<(&'static str, u64)>;
}

/// The bank.
#[async_trait]
pub trait BankDesk: Send + Sync {
    /// Connects an account.
    async fn open_account(&self, request: SignedRequest) -> Result<BalanceAnswer, Refusal>;

    /// How much is there?
    async fn balance(&self, request: SignedRequest) -> Result<BalanceAnswer, Refusal>;

    /// Debits against the proof of a hold.
    async fn debit(&self, request: DebitRequest) -> Result<BankAnswer, Refusal>;

    /// Where a debit stands.
    async fn standing(&self, payment: PaymentId) -> Result<BankAnswer, Refusal>;

    /// Ends a payment that was not captured.
    async fn end(&self, request: EndingRequest) -> Result<BankAnswer, Refusal>;

    /// Credits a refund against its proof.
    async fn refund(&self, request: RefundRequest) -> Result<BankRefundAnswer, Refusal>;

    /// Where a refund stands.
    async fn refund_standing(&self, refund: RefundId) -> Result<BankRefundAnswer, Refusal>;

    /// Pays merchants out for a day.
    async fn settle(&self, request: SettlementRequest) -> Result<BankSettlementAnswer, Refusal>;
}

/// The treasury.
#[async_trait]
pub trait TreasuryDesk: Send + Sync {
    /// Grants what was earned.
    async fn claim(&self, request: SignedRequest) -> Result<ClaimResponse, Refusal>;

    /// Issues what was redeemed.
    async fn certificate(&self, request: SignedRequest) -> Result<CertificateAnswer, Refusal>;

    /// Signs blindly for a ballot on the board.
    async fn reward(&self, request: RewardSigningRequest) -> Result<RewardSigningAnswer, Refusal>;

    /// Grants what a reward's token is worth.
    async fn redeem_reward(&self, request: SignedRequest) -> Result<ClaimResponse, Refusal>;

    /// Makes the key of a poll's reward.
    async fn reward_key(&self, request: BlindKeysRequest) -> Result<BlindKeysAnswer, Refusal>;
}

/// A registrar.
#[async_trait]
pub trait RegistrarDesk: Send + Sync {
    /// Signs blindly for a person on the roll.
    async fn register(&self, request: RegistrationRequest) -> Result<RegistrationAnswer, Refusal>;

    /// The same for whoever shows her citizen card for it.
    async fn register_by_card(&self, request: RegistrationRequest) -> Result<RegistrationAnswer, Refusal>;

    /// The signed request for the card, with the nonce in what a wallet posted. A registrar elsewhere asks
    /// under an address of its own.
    async fn card_request(&self, _handle: &str, _posted: Option<&str>) -> Result<String, Refusal> {
        Err(Refusal::NotFound)
    }

    /// A wallet's answer to it.
    async fn card_answer(&self, _handle: &str, _body: &str) -> Result<Taken, Refusal> {
        Err(Refusal::NotFound)
    }

    /// Makes the keys of a poll.
    async fn keys(&self, request: BlindKeysRequest) -> Result<BlindKeysAnswer, Refusal>;
}

/// A relay.
#[async_trait]
pub trait RelayDesk: Send + Sync {
    /// Takes a ballot to the board.
    async fn ballot(&self, request: BallotRequest) -> Result<BallotAnswer, Refusal>;

    /// Where a ballot stands.
    async fn receipt(&self, request: ReceiptRequest) -> Result<ReceiptAnswer, Refusal>;
}
