//! The ZeroPay centre: whose code is this, and: bring this order to its end.

mod card;
mod charge;
mod code;
mod consumer;
mod drive;
mod fee;
mod funds;
mod line;
mod merchant;
mod open;
mod order;
mod record;
mod refund;
mod settlement;
mod settlement_file;
mod till;
mod turn;
mod wait;
mod wish;

pub use code::ORDER_CODE_LIFE;
pub use fee::Fee;
pub use merchant::{MerchantRecord, MerchantsError, Takings, default_merchants};
pub use settlement::LARGEST_PART;
pub use settlement_file::{Detail, FileError, ReadDetail, ReadFile, SettlementFile, Summary};

use crate::db::{DbError, Rows as _};
use crate::error::ServiceError;
use crate::party::Party;
use crate::presented::CardCounter;
use citizen_client::Exchange;
use citizen_client::api::{Bytes, PaymentAnswer};
use citizen_keys::SealingKey;
use citizen_primitives::{KeyId, PaymentId};
use record::{ORDERS, OrderRecord};
use std::fmt;
use wait::Waits;

/// Where a bank is reached, and by which key the registry knows it.
#[derive(Debug, Clone)]
pub struct BankAddress {
    /// Its key.
    pub key: KeyId,
    /// Calls to it.
    pub exchange: Exchange,
}

/// The centre.
pub struct Centre {
    party: Party,
    sealing: SealingKey,
    bank: BankAddress,
    largest_part: usize,
    /// Where it asks for the citizen card.
    counter: Option<CardCounter>,
    /// Held during a step: two at once would only do everything twice.
    driving: tokio::sync::Mutex<()>,
    waits: Waits,
}

impl Centre {
    /// A centre that opens orders with `sealing` and works with one bank.
    #[must_use]
    pub fn new(party: Party, sealing: SealingKey, bank: BankAddress) -> Self {
        let driving = tokio::sync::Mutex::const_new(());
        let waits = Waits::default();
        Self { party, sealing, bank, largest_part: LARGEST_PART, counter: None, driving, waits }
    }

    /// With at most so many merchants, but one at least, in one part of a day's settlement.
    #[must_use]
    pub fn with_largest_part(mut self, merchants: usize) -> Self {
        self.largest_part = merchants.max(1);
        self
    }

    /// Who it is.
    #[must_use]
    pub const fn party(&self) -> &Party {
        &self.party
    }

    /// How far a payment is. The ledger decides, not this.
    pub async fn payment(&self, payment: PaymentId) -> Result<PaymentAnswer, ServiceError> {
        let order: Option<OrderRecord> =
            self.party.db().read(|rows| rows.find(ORDERS, payment.as_bytes()))?;
        let order = order.ok_or(ServiceError::NotFound)?;
        Ok(PaymentAnswer {
            stage: order.stage.name().to_owned(),
            rejection: order.rejection,
            debit: order.debit.as_ref().map(Bytes::of),
            ending: order.ending.as_ref().map(Bytes::of),
        })
    }

    /// How many orders are at each stage.
    pub fn stages(&self) -> Result<Vec<(&'static str, u64)>, ServiceError> {
        Ok(self.party.db().read(record::stages)?)
    }

    /// How much else is not at its end: refunds that are open, and parts of closed days that the bank has not booked.
    pub fn open_work(&self) -> Result<Vec<(&'static str, u64)>, ServiceError> {
        let (refunds, parts) =
            self.party.db().read(|rows| Ok::<_, DbError>((refund::open(rows)?, settlement::open(rows)?)))?;
        Ok(vec![("refunds", refunds), ("settlement-parts", parts)])
    }
}

impl fmt::Debug for Centre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Centre").field("party", &self.party).finish_non_exhaustive()
    }
}
