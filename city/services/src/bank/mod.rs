//! The bank: won accounts by double entry, debits against a proved hold, and their undoing.

mod account;
mod books;
mod debit;
mod ending;
mod mood;
mod record;
mod refund;
mod settlement;
mod suspense;

pub use books::{BookAccount, Booking, Purpose};
pub use mood::Mood;
pub use settlement::merchant_digest;

use crate::db::Rows as _;
use crate::error::ServiceError;
use crate::party::Party;
use citizen_client::Timer;
use citizen_client::api::{BankAnswer, Bytes};
use citizen_primitives::{AccountId, KeyId, PaymentId, Won};
use mood::Temper;
use record::{PAYMENTS, Stand};
use std::fmt;
use std::sync::Arc;

/// The bank.
pub struct Bank {
    party: Party,
    temper: Temper,
    opening: Won,
}

impl Bank {
    /// A bank that opens accounts with so much: the sandbox's dated opening balance, against its issuing account.
    #[must_use]
    pub const fn new(party: Party, opening: Won, timer: Arc<dyn Timer>) -> Self {
        Self { party, temper: Temper::new(timer), opening }
    }

    /// How it answers from now on: a switch for tests and the sandbox.
    pub fn set_mood(&self, mood: Mood) {
        self.temper.set(mood);
    }

    /// Who it is.
    #[must_use]
    pub const fn party(&self) -> &Party {
        &self.party
    }

    /// Where it stands with a payment. Not knowing it decides nothing.
    pub async fn standing(&self, payment: PaymentId) -> Result<BankAnswer, ServiceError> {
        self.temper.begin().await;
        let stand: Option<Stand> = self.party.db().read(|rows| rows.find(PAYMENTS, payment.as_bytes()))?;
        Ok(stand.map_or(BankAnswer::NotFound, |stand| stand.answer()))
    }

    /// All bookings, in order.
    pub fn bookings(&self) -> Result<Vec<Booking>, ServiceError> {
        Ok(self.party.db().read(books::bookings)?)
    }

    /// The balance of an account in the books, in won; the issuing account's is below zero.
    pub fn balance_of(&self, account: &BookAccount) -> Result<i64, ServiceError> {
        Ok(self.party.db().read(|rows| books::balance(rows, account))?)
    }

    /// What the bank holds of a centre's payments: debits whose end is not proved yet, and what is to be paid out.
    pub fn held_for(&self, centre: &KeyId) -> Result<i64, ServiceError> {
        let accounts = [BookAccount::Suspense(*centre), BookAccount::Settlement(*centre)];
        let balances = self.party.db().read(|rows| {
            accounts.map(|account| books::balance(rows, &account)).into_iter().collect::<Result<Vec<_>, _>>()
        })?;
        Ok(balances.into_iter().fold(0, i64::saturating_add))
    }

    /// What a customer can spend.
    pub fn customer_balance(&self, account: &AccountId) -> Result<i64, ServiceError> {
        self.balance_of(&BookAccount::Customer(*account))
    }
}

impl Stand {
    fn answer(&self) -> BankAnswer {
        match self {
            Self::Debited { debit, .. } => BankAnswer::Debited { debit: Bytes::of(debit) },
            Self::Refused { reason } => BankAnswer::Refused { reason: reason.word().to_owned() },
            Self::Ended { ending } => BankAnswer::Ended { ending: Bytes::of(ending) },
        }
    }
}

impl fmt::Debug for Bank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bank").field("party", &self.party).finish_non_exhaustive()
    }
}

/// The bare books: settlements are tested with both parties' side by side.
#[cfg(test)]
pub(crate) mod bare {
    pub(crate) use super::books::{Entry, balance, post};
    pub(crate) use super::settlement::{book, check_spent};
    pub(crate) use super::suspense::{capture, enter};
}
