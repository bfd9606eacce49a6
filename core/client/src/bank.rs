//! The bank's client: every answer is its verified word.

use crate::api::{
    BalanceAnswer, BankAnswer, BankRefundAnswer, BankSettlementAnswer, Bytes, DebitRequest, EndingRequest,
    RefundRequest, SettlementRequest, SignedRequest,
};
use crate::exchange::Exchange;
use crate::ledger::Proven;
use crate::word::{self, SignedWord, WordError};
use citizen_keys::Signed;
use citizen_ledger::{Attested, RoleRecord, SignedTransaction, Verified};
use citizen_payment::request::DeviceRequest;
use citizen_payment::word::{BankBalance, BankDebit, BankEnding, BankRefund, BankSettlement, Settlement};
use citizen_primitives::{Canonical as _, Hash, Label, PaymentId, Place, RefundId};

/// Asks one bank.
#[derive(Debug, Clone)]
pub struct BankClient {
    exchange: Exchange,
    party: Verified<RoleRecord>,
}

/// Where the bank stands with a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BankStand {
    /// It knows nothing of it. This decides nothing.
    NotFound,
    /// It is not sure; ask again.
    Unsure,
    /// Debited.
    Debited(SignedWord<BankDebit>),
    /// Credited back, or never to be debited.
    Ended(SignedWord<BankEnding>),
    /// Refused for good.
    Refused {
        /// A stable word.
        reason: String,
    },
}

/// Where the bank stands with a settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettlementStand {
    /// It is not sure; hand it in again.
    Unsure,
    /// Booked.
    Booked(Box<SignedWord<BankSettlement>>),
    /// Refused for good.
    Refused {
        /// A stable word.
        reason: String,
    },
}

impl BankClient {
    /// Asks the bank whose role is proved.
    #[must_use]
    pub const fn new(exchange: Exchange, party: Verified<RoleRecord>) -> Self {
        Self { exchange, party }
    }

    /// The bank's record.
    #[must_use]
    pub const fn party(&self) -> &Verified<RoleRecord> {
        &self.party
    }

    /// Connects an account with the holder's won account; answers with its balance.
    pub async fn open_account(
        &self,
        place: Place,
        request: &Signed<DeviceRequest>,
    ) -> Result<SignedWord<BankBalance>, WordError> {
        self.ask_balance(place, "v1/bank/accounts", request).await
    }

    /// The balance now.
    pub async fn balance(
        &self,
        place: Place,
        request: &Signed<DeviceRequest>,
    ) -> Result<SignedWord<BankBalance>, WordError> {
        self.ask_balance(place, "v1/bank/balances", request).await
    }

    /// Asks for a debit against the proof of a hold.
    pub async fn debit(
        &self,
        place: Place,
        payment: &PaymentId,
        order: &SignedTransaction,
        hold: &Proven,
    ) -> Result<BankStand, WordError> {
        let request = DebitRequest {
            light_block: hold.block_bytes(),
            state: Bytes::of(hold.proofs()),
            order: Bytes::of(order),
        };
        self.stand(self.exchange.post(place, "v1/bank/debits", &request).await?, payment)
    }

    /// Asks where the bank stands.
    pub async fn inquiry(&self, place: Place, payment: &PaymentId) -> Result<BankStand, WordError> {
        self.stand(self.exchange.get(place, &format!("v1/bank/debits/{payment}")).await?, payment)
    }

    /// Brings the proof that a payment has ended unpaid.
    pub async fn ending(
        &self,
        place: Place,
        payment: &PaymentId,
        end: &Proven,
    ) -> Result<BankStand, WordError> {
        let request = EndingRequest {
            payment: payment.to_hex(),
            light_block: end.block_bytes(),
            state: Bytes::of(end.proofs()),
        };
        self.stand(self.exchange.post(place, "v1/bank/endings", &request).await?, payment)
    }

    /// Brings the proof of a refund.
    pub async fn refund(
        &self,
        place: Place,
        refund: &RefundId,
        proof: &Proven,
    ) -> Result<Option<SignedWord<BankRefund>>, WordError> {
        let request = RefundRequest {
            refund: refund.to_hex(),
            light_block: proof.block_bytes(),
            state: Bytes::of(proof.proofs()),
        };
        self.refunded(self.exchange.post(place, "v1/bank/refunds", &request).await?, refund)
    }

    /// Asks whether a refund was credited; nothing if the bank does not say so.
    pub async fn refund_inquiry(
        &self,
        place: Place,
        refund: &RefundId,
    ) -> Result<Option<SignedWord<BankRefund>>, WordError> {
        self.refunded(self.exchange.get(place, &format!("v1/bank/refunds/{refund}")).await?, refund)
    }

    /// Hands a settlement in. Nothing if the bank is not sure yet.
    pub async fn settle(
        &self,
        place: Place,
        settlement: &Signed<Settlement>,
    ) -> Result<SettlementStand, WordError> {
        let asked = settlement.dangerous_unverified().map_err(|_| WordError::AboutSomethingElse)?;
        let request = SettlementRequest { settlement: Bytes::of(settlement) };
        let answer: BankSettlementAnswer = self.exchange.post(place, "v1/bank/settlements", &request).await?;
        Ok(match answer {
            BankSettlementAnswer::Unsure => SettlementStand::Unsure,
            BankSettlementAnswer::Refused { reason } => SettlementStand::Refused { reason },
            BankSettlementAnswer::Booked { settlement } => {
                let digest = Hash::labelled(Label::Settlement, &asked.to_canonical());
                SettlementStand::Booked(Box::new(word::read(
                    &settlement,
                    &self.party,
                    |word: &BankSettlement| word.day == asked.day && word.settlement == digest,
                )?))
            }
        })
    }

    fn refunded(
        &self,
        answer: BankRefundAnswer,
        refund: &RefundId,
    ) -> Result<Option<SignedWord<BankRefund>>, WordError> {
        match answer {
            BankRefundAnswer::NotFound | BankRefundAnswer::Unsure => Ok(None),
            BankRefundAnswer::Credited { refund: credited } => {
                word::read(&credited, &self.party, |word: &BankRefund| word.refund == *refund).map(Some)
            }
        }
    }

    /// Checks a debit that somebody else brought.
    pub fn check_debit(&self, signed: &Signed<BankDebit>) -> Result<Attested<BankDebit>, WordError> {
        Ok(Attested::verify(signed, &self.party)?)
    }

    /// Checks an ending that somebody else brought.
    pub fn check_ending(&self, signed: &Signed<BankEnding>) -> Result<Attested<BankEnding>, WordError> {
        Ok(Attested::verify(signed, &self.party)?)
    }

    async fn ask_balance(
        &self,
        place: Place,
        path: &str,
        request: &Signed<DeviceRequest>,
    ) -> Result<SignedWord<BankBalance>, WordError> {
        let asked = request.dangerous_unverified().map_err(|_| WordError::AboutSomethingElse)?;
        let request = SignedRequest { request: Bytes::of(request) };
        let answer: BalanceAnswer = self.exchange.post(place, path, &request).await?;
        word::read(&answer.balance, &self.party, |balance: &BankBalance| {
            balance.account == asked.account && balance.nonce == asked.nonce
        })
    }

    fn stand(&self, answer: BankAnswer, payment: &PaymentId) -> Result<BankStand, WordError> {
        Ok(match answer {
            BankAnswer::NotFound => BankStand::NotFound,
            BankAnswer::Unsure => BankStand::Unsure,
            BankAnswer::Debited { debit } => {
                BankStand::Debited(word::read(&debit, &self.party, |word: &BankDebit| {
                    word.payment == *payment
                })?)
            }
            BankAnswer::Ended { ending } => {
                BankStand::Ended(word::read(&ending, &self.party, |word: &BankEnding| {
                    word.payment == *payment
                })?)
            }
            BankAnswer::Refused { reason } => BankStand::Refused { reason },
        })
    }
}
