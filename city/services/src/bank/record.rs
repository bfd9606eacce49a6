//! What the bank keeps of customers and payments.

use super::books::BookAccount;
use crate::db::Table;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::Signed;
use citizen_payment::word::{BankDebit, BankEnding, BankRefund, BankSettlement};
use citizen_primitives::{AccountId, Hash, Text, UnixTime, Won};

/// [`WonAccount`] by account.
pub(crate) const ACCOUNTS: Table = Table::new("accounts");
/// [`Holder`] by customer.
pub(crate) const CUSTOMERS: Table = Table::new("customers");
/// [`Stand`] by payment.
pub(crate) const PAYMENTS: Table = Table::new("payments");
/// [`Credited`] by refund.
pub(crate) const REFUNDS: Table = Table::new("refunds");
/// [`Settled`] by centre, day and part.
pub(crate) const SETTLEMENTS: Table = Table::new("settlements");

/// A won account. It is known by the ledger's account, which stays when the phone is replaced.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct WonAccount {
    pub(crate) customer: Text,
    pub(crate) opened: UnixTime,
}

/// Which account a customer has connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Holder(pub(crate) AccountId);

/// Where the bank stands with a payment. A debit may be undone once; an end stays (BANK-3).
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum Stand {
    /// Debited.
    Debited { debit: Signed<BankDebit>, from: BookAccount, to: BookAccount, won: Won },
    /// Refused for good.
    Refused { reason: FinalRefusal },
    /// Credited back, or never to be debited.
    Ended { ending: Signed<BankEnding> },
}

/// Why a payment will never be debited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum FinalRefusal {
    NotEnough,
    NoAccount,
    Declined,
}

/// A refund that was credited.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Credited(pub(crate) Signed<BankRefund>);

/// A settlement that was booked.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Settled {
    pub(crate) digest: Hash,
    pub(crate) word: Signed<BankSettlement>,
}

citizen_primitives::canonical!(WonAccount = 1, Holder = 1, Stand = 1, Credited = 1, Settled = 1);

impl FinalRefusal {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::NotEnough => "not-enough",
            Self::NoAccount => "no-account",
            Self::Declined => "declined",
        }
    }
}
