//! What the centre keeps of an order, and of the charge that made it.

use crate::db::{DbError, Rows, Table, Writer};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::Signed;
use citizen_ledger::SignedTransaction;
use citizen_payment::Terms;
use citizen_payment::till::ChargeNumber;
use citizen_payment::word::{Acceptance, BankDebit, BankEnding, ChargeOpening};
use citizen_primitives::{Height, MerchantId, PaymentId, UnixTime};

/// [`OrderRecord`] by payment.
pub(crate) const ORDERS: Table = Table::new("orders");
/// [`Count`] by a stage's name: how many orders are at it.
const STAGES: Table = Table::new("order-stages");

/// [`ChargeRecord`] by merchant and the till's number.
pub(crate) const CHARGES: Table = Table::new("charges");

/// A `Signed<ChargeRefusal>` by payment: the last try of a till that came to nothing.
pub(crate) const REFUSALS: Table = Table::new("charge-refusals");

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct OrderRecord {
    pub(crate) terms: Terms,
    pub(crate) order: SignedTransaction,
    pub(crate) valid_until: Height,
    /// When the hold lapses; from then on the ledger does not begin it either.
    pub(crate) expires: UnixTime,
    pub(crate) acceptance: Signed<Acceptance>,
    pub(crate) stage: Stage,
    /// Why the ledger does not admit it, or has refused it.
    pub(crate) rejection: Option<u32>,
    pub(crate) debit: Option<Signed<BankDebit>>,
    pub(crate) ending: Option<Signed<BankEnding>>,
}

/// How far an order is. Each stage is on the disk before the centre acts on it (CENTRE-4).
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum Stage {
    /// Taken; the hold goes to the ledger.
    Accepted,
    /// The hold is proved.
    Held,
    /// The bank is being asked; a debit may exist.
    Asked,
    /// The bank has debited, or there is nothing to debit.
    Debited,
    /// The capture goes to the ledger.
    Capturing(Own),
    /// Paid.
    Captured,
    /// The release goes to the ledger.
    Releasing(Own),
    /// Released or lapsed; the proof goes to the bank.
    Reversing,
    /// Not paid, and nothing is owed to anybody.
    Reversed,
    /// Never held, and it never will be.
    Failed,
    /// Taken; the citizen card has to be shown for it before anything is done.
    AwaitingCard,
}

/// A transaction of the centre's own.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Own {
    pub(crate) transaction: SignedTransaction,
    pub(crate) valid_until: Height,
}

/// What became of a till's charge.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum ChargeRecord {
    /// It is an order now.
    Taken { payment: PaymentId, opening: Box<ChargeOpening> },
    /// It was taken back before it arrived: it never will be an order.
    Reversed,
}

#[derive(Debug, Clone, Copy, Default, BorshSerialize, BorshDeserialize)]
struct Count(u64);

citizen_primitives::canonical!(OrderRecord = 1, ChargeRecord = 1, Count = 1);

/// Writes an order, and counts it at its stage in the same commit.
pub(crate) fn keep(writer: &Writer<'_>, order: &OrderRecord) -> Result<(), DbError> {
    let key = order.terms.payment.as_bytes();
    let before: Option<OrderRecord> = writer.find(ORDERS, key)?;
    let (from, to) = (before.map(|order| order.stage.name()), order.stage.name());
    if from != Some(to) {
        if let Some(from) = from {
            let Count(count) = writer.find(STAGES, from.as_bytes())?.unwrap_or_default();
            writer.put(STAGES, from.as_bytes(), &Count(count.saturating_sub(1)))?;
        }
        let Count(count) = writer.find(STAGES, to.as_bytes())?.unwrap_or_default();
        writer.put(STAGES, to.as_bytes(), &Count(count.saturating_add(1)))?;
    }
    writer.put(ORDERS, key, order)
}

/// How many orders are at each stage, by its name.
pub(crate) fn stages(rows: &impl Rows) -> Result<Vec<(&'static str, u64)>, DbError> {
    let count = |name: &'static str| {
        let count: Option<Count> = rows.find(STAGES, name.as_bytes())?;
        Ok((name, count.unwrap_or_default().0))
    };
    Stage::NAMES.into_iter().map(count).collect()
}

/// Merchant and number: the merchant's number has no zero byte.
pub(crate) fn charge_key(merchant: &MerchantId, number: &ChargeNumber) -> Vec<u8> {
    [merchant.as_str().as_bytes(), &[0], number.as_bytes()].concat()
}

impl Stage {
    /// All names, in order.
    pub(crate) const NAMES: [&'static str; 11] = [
        "awaiting-card",
        "accepted",
        "held",
        "asked",
        "debited",
        "capturing",
        "captured",
        "releasing",
        "reversing",
        "reversed",
        "failed",
    ];

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Held => "held",
            Self::Asked => "asked",
            Self::Debited => "debited",
            Self::Capturing(_) => "capturing",
            Self::Captured => "captured",
            Self::Releasing(_) => "releasing",
            Self::Reversing => "reversing",
            Self::Reversed => "reversed",
            Self::Failed => "failed",
            Self::AwaitingCard => "awaiting-card",
        }
    }

    /// Whether nothing that the centre does moves the order on, so that only another header shows something new.
    pub(crate) const fn waits_for_the_ledger(&self) -> bool {
        matches!(self, Self::AwaitingCard | Self::Accepted | Self::Capturing(_) | Self::Releasing(_))
    }

    pub(crate) const fn is_final(&self) -> bool {
        matches!(self, Self::Captured | Self::Reversed | Self::Failed)
    }
}
