//! What each merchant's refunds may come out of: its own points and won that are on no settlement yet (CENTRE-10). Points and
//! won are kept apart, since the city owes the ones and customers were debited the others.

use crate::db::{DbError, Rows, Table, Writer};
use crate::error::{Reason, ServiceError};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{MerchantId, Points, Won};

/// [`Funds`] by merchant.
const FUNDS: Table = Table::new("merchant-funds");

/// Points and won, both net: what refunds give back counts below zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Net {
    pub(super) points: i64,
    pub(super) won: i64,
}

/// A merchant's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Funds {
    /// On no settlement yet, refunds taken off.
    unsettled: Net,
    /// Kept back for refunds on their way.
    kept: Net,
}

citizen_primitives::canonical!(Funds = 1);

impl Net {
    // An amount is at most 10^15, far inside the range.
    pub(super) fn of(points: Points, won: Won) -> Self {
        let signed = |amount| i64::try_from(amount).unwrap_or(i64::MAX);
        Self { points: signed(points.amount()), won: signed(won.amount()) }
    }

    pub(super) const fn plus(self, other: Self) -> Self {
        Self { points: self.points.saturating_add(other.points), won: self.won.saturating_add(other.won) }
    }

    pub(super) const fn minus(self, other: Self) -> Self {
        Self { points: self.points.saturating_sub(other.points), won: self.won.saturating_sub(other.won) }
    }
}

impl Funds {
    /// What refunds on their way leave of the merchant's own.
    const fn is_enough(&self) -> bool {
        let free = self.unsettled.minus(self.kept);
        free.points >= 0 && free.won >= 0
    }
}

/// A line of the merchant's book brings so much, or takes it.
pub(super) fn add(writer: &Writer<'_>, merchant: &MerchantId, sum: Net) -> Result<(), DbError> {
    let funds = funds(writer, merchant)?;
    put(writer, merchant, &Funds { unsettled: funds.unsettled.plus(sum), ..funds })
}

/// Keeps so much back for a refund: what was paid out to the merchant, or is another's, cannot be refunded from.
pub(super) fn keep(writer: &Writer<'_>, merchant: &MerchantId, more: Net) -> Result<(), ServiceError> {
    let funds = funds(writer, merchant)?;
    let funds = Funds { kept: funds.kept.plus(more), ..funds };
    if !funds.is_enough() {
        return Err(Reason::MerchantFunds.into());
    }
    Ok(put(writer, merchant, &funds)?)
}

/// A refund is decided: what is kept back changes. What of it was given back is taken off by its line.
pub(super) fn adjust(writer: &Writer<'_>, merchant: &MerchantId, change: Net) -> Result<(), DbError> {
    let funds = funds(writer, merchant)?;
    put(writer, merchant, &Funds { kept: funds.kept.plus(change), ..funds })
}

/// Pays so much out, unless refunds on their way need it: they come first. Returns whether it is paid out.
pub(super) fn pay_out(writer: &Writer<'_>, merchant: &MerchantId, sum: Net) -> Result<bool, DbError> {
    let funds = funds(writer, merchant)?;
    let funds = Funds { unsettled: funds.unsettled.minus(sum), ..funds };
    if funds.is_enough() {
        put(writer, merchant, &funds)?;
    }
    Ok(funds.is_enough())
}

fn funds(rows: &impl Rows, merchant: &MerchantId) -> Result<Funds, DbError> {
    Ok(rows.find(FUNDS, merchant.as_str().as_bytes())?.unwrap_or_default())
}

fn put(writer: &Writer<'_>, merchant: &MerchantId, funds: &Funds) -> Result<(), DbError> {
    writer.put(FUNDS, merchant.as_str().as_bytes(), funds)
}
