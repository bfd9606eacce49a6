//! What customers ask to be given back, by the merchant they ask.

use crate::db::{DbError, Rows, Table, Writer};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{AccountId, MerchantId, PaymentId, Text, Won};

/// [`Wished`] by merchant and payment.
const WISHES: Table = Table::new("merchants-wishes");

/// What a customer asked to be given back.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Wished {
    pub(super) payment: PaymentId,
    pub(super) account: AccountId,
    pub(super) amount: Won,
    pub(super) reason: Text,
}

citizen_primitives::canonical!(Wished = 2);

/// Notes a wish; another one of the same payment takes its place.
pub(super) fn note(writer: &Writer<'_>, merchant: &MerchantId, wished: &Wished) -> Result<(), DbError> {
    writer.put(WISHES, &key(merchant, &wished.payment), wished)
}

/// What this merchant's customers ask for; no other merchant's are read.
pub(super) fn wishes_of(rows: &impl Rows, merchant: &MerchantId) -> Result<Vec<Wished>, DbError> {
    let wishes: Vec<(Vec<u8>, Wished)> = rows.under(WISHES, &of(merchant))?;
    Ok(wishes.into_iter().map(|(_, wished)| wished).collect())
}

/// So much of a payment can still be given back: a wish for more is kept no longer.
pub(super) fn forget(
    writer: &Writer<'_>,
    merchant: &MerchantId,
    payment: &PaymentId,
    rest: Won,
) -> Result<(), DbError> {
    let key = key(merchant, payment);
    match writer.find::<Wished>(WISHES, &key)? {
        Some(wished) if wished.amount > rest => writer.remove(WISHES, &key),
        Some(_) | None => Ok(()),
    }
}

/// A merchant's number has no zero byte.
fn of(merchant: &MerchantId) -> Vec<u8> {
    [merchant.as_str().as_bytes(), &[0]].concat()
}

fn key(merchant: &MerchantId, payment: &PaymentId) -> Vec<u8> {
    [of(merchant), payment.as_bytes().to_vec()].concat()
}
