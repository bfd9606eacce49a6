//! The orders that are not at their end: which they are, and how many an account has (CENTRE-15).

use crate::db::{DbError, Rows, Table, Writer};
use crate::error::{Reason, ServiceError};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{AccountId, PaymentId};

/// [`Open`] by payment.
const OPEN: Table = Table::new("open");
/// [`Count`] by account.
const COUNTS: Table = Table::new("open-of");

/// The most open orders of an account. A person pays one after the other; some wait while the bank is away.
const MOST: u32 = 16;

/// An order that is not at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Open {
    payment: PaymentId,
    payer: AccountId,
}

/// How many open orders an account has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Count(u32);

citizen_primitives::canonical!(Open = 2, Count = 1);

/// An order of an account begins, unless the account has too many on their way.
pub(super) fn begin(writer: &Writer<'_>, payment: &PaymentId, payer: &AccountId) -> Result<(), ServiceError> {
    let count = count(writer, payer)?;
    if count >= MOST {
        return Err(Reason::TooManyOrders.into());
    }
    writer.put(OPEN, payment.as_bytes(), &Open { payment: *payment, payer: *payer })?;
    Ok(writer.put(COUNTS, payer.as_bytes(), &Count(count.saturating_add(1)))?)
}

/// An order is at its end.
pub(super) fn end(writer: &Writer<'_>, payment: &PaymentId) -> Result<(), DbError> {
    let Some(Open { payer, .. }) = writer.find(OPEN, payment.as_bytes())? else { return Ok(()) };
    writer.remove(OPEN, payment.as_bytes())?;
    match count(writer, &payer)?.saturating_sub(1) {
        0 => writer.remove(COUNTS, payer.as_bytes()),
        left => writer.put(COUNTS, payer.as_bytes(), &Count(left)),
    }
}

/// The payments of all of them.
pub(super) fn payments(rows: &impl Rows) -> Result<Vec<PaymentId>, DbError> {
    let open: Vec<(Vec<u8>, Open)> = rows.all(OPEN)?;
    Ok(open.into_iter().map(|(_, open)| open.payment).collect())
}

fn count(rows: &impl Rows, payer: &AccountId) -> Result<u32, DbError> {
    Ok(rows.find::<Count>(COUNTS, payer.as_bytes())?.unwrap_or_default().0)
}
