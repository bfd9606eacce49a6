//! Double entry: every booking takes from one account what it gives to another, so all balances together are zero (BANK-1).

use crate::db::{DbError, Rows, Table, Writer};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{AccountId, Day, Hash, KeyId, PaymentId, RefundId, UnixTime, Won};

const BOOKINGS: Table = Table::new("bookings");
const BALANCES: Table = Table::new("balances");
const COUNTER: Table = Table::new("counter");

/// An account in the bank's books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum BookAccount {
    /// Where the sandbox's opening balances come from; below zero by as much as it has issued.
    Issue,
    /// What a centre will be paid out: debits of payments that are proved to be captured.
    Settlement(KeyId),
    /// A customer's won account.
    Customer(AccountId),
    /// The city's account from which points are paid out as won; below zero by what the city has to pay in.
    City,
    /// A centre's merchant, by the digest of its number.
    Merchant(KeyId, Hash),
    /// A centre's fees.
    Fees(KeyId),
    /// Debits for a centre's payments whose end is not proved yet.
    Suspense(KeyId),
}

impl BookAccount {
    /// The accounts whose owner owes what the bank has paid for it.
    const fn may_be_below_zero(&self) -> bool {
        matches!(self, Self::Issue | Self::City)
    }
}

/// Why something was booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Purpose {
    /// The sandbox's opening balance.
    Opening,
    /// A payment's debit.
    Debit(PaymentId),
    /// A debit credited back.
    CreditBack(PaymentId),
    /// Part of a paid payment given back.
    Refund(RefundId),
    /// A day's settlement.
    Settlement(Day),
    /// Won paid in from outside.
    PaidIn,
    /// A debit whose payment is proved to be captured.
    Captured(PaymentId),
}

/// One booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Booking {
    /// Its number, from 1, without a gap.
    pub number: u64,
    /// Who has less.
    pub from: BookAccount,
    /// Who has more.
    pub to: BookAccount,
    /// By how much.
    pub won: Won,
    /// Why.
    pub purpose: Purpose,
    /// When.
    pub time: UnixTime,
}

/// A balance in won; only the issuing account's and the city's may be below zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Balance(i64);

#[derive(Debug, Clone, Copy, Default, BorshSerialize, BorshDeserialize)]
struct Counter(u64);

citizen_primitives::canonical!(Booking = 1, Balance = 1, Counter = 1);

/// What is to be booked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) from: BookAccount,
    pub(crate) to: BookAccount,
    pub(crate) won: Won,
    pub(crate) purpose: Purpose,
}

/// Why it was not booked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BookError {
    #[error(transparent)]
    Db(#[from] DbError),
    /// The account would fall below zero.
    #[error("not enough")]
    NotEnough,
}

/// Books an entry and returns its number.
pub(crate) fn post(writer: &Writer<'_>, entry: Entry, time: UnixTime) -> Result<u64, BookError> {
    let Entry { from, to, won, purpose } = entry;
    let Counter(last) = writer.find(COUNTER, b"bookings")?.unwrap_or_default();
    let number = last.saturating_add(1);
    // An amount is at most 10^15, far inside the range.
    let amount = i64::try_from(won.amount()).map_err(|_| BookError::NotEnough)?;
    let rest = balance(writer, &from)?.saturating_sub(amount);
    if rest < 0 && !from.may_be_below_zero() {
        return Err(BookError::NotEnough);
    }
    writer.put(BALANCES, &key(&from), &Balance(rest))?;
    let sum = balance(writer, &to)?.saturating_add(amount);
    writer.put(BALANCES, &key(&to), &Balance(sum))?;
    writer.put(BOOKINGS, &number.to_be_bytes(), &Booking { number, from, to, won, purpose, time })?;
    writer.put(COUNTER, b"bookings", &Counter(number))?;
    Ok(number)
}

/// An account's balance.
pub(crate) fn balance(rows: &impl Rows, account: &BookAccount) -> Result<i64, DbError> {
    Ok(rows.find::<Balance>(BALANCES, &key(account))?.unwrap_or_default().0)
}

/// All bookings in order.
pub(crate) fn bookings(rows: &crate::db::Reader) -> Result<Vec<Booking>, DbError> {
    Ok(rows.all(BOOKINGS)?.into_iter().map(|(_, booking)| booking).collect())
}

fn key(account: &BookAccount) -> Vec<u8> {
    match account {
        BookAccount::Issue => b"issue".to_vec(),
        BookAccount::Settlement(centre) => [b"settlement/".as_slice(), centre.as_bytes()].concat(),
        BookAccount::Customer(account) => [b"customer/".as_slice(), account.as_bytes()].concat(),
        BookAccount::City => b"city".to_vec(),
        BookAccount::Merchant(centre, merchant) => {
            [b"merchant/".as_slice(), centre.as_bytes(), merchant.as_bytes()].concat()
        }
        BookAccount::Fees(centre) => [b"fees/".as_slice(), centre.as_bytes()].concat(),
        BookAccount::Suspense(centre) => [b"suspense/".as_slice(), centre.as_bytes()].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;
    use citizen_primitives::{NeverCut, Place};
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    const HERE: Place = Place::new("test/book");

    fn account(number: u8) -> BookAccount {
        match number {
            0 => BookAccount::Issue,
            1 => BookAccount::Settlement(KeyId::from_bytes([1; 32])),
            _ => BookAccount::Customer(AccountId::from_bytes([number; 32])),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn bank_1_all_balances_together_are_zero_and_only_the_issuer_is_below(
            entries in prop::collection::vec((0u8..6, 0u8..6, 0u64..5_000), 1..40),
        ) {
            let db = Db::with_backend(redb::backends::InMemoryBackend::new(), Arc::new(NeverCut)).unwrap();
            let mut model = BTreeMap::<BookAccount, i64>::new();
            let mut booked = 0;
            for (from, to, won) in entries {
                let (from, to) = (account(from), account(to));
                let entry = Entry { from, to, won: Won::new(won).unwrap(), purpose: Purpose::Opening };
                let won = i64::try_from(won).unwrap();
                let enough = from == BookAccount::Issue || model.get(&from).copied().unwrap_or(0) >= won;
                match db.commit(HERE, |writer| post(writer, entry, UnixTime::default())) {
                    Ok(number) => {
                        booked += 1;
                        prop_assert!(enough);
                        prop_assert_eq!(number, booked, "numbers have no gap");
                        *model.entry(from).or_default() -= won;
                        *model.entry(to).or_default() += won;
                    }
                    Err(_) => prop_assert!(!enough),
                }
            }
            let balances: Vec<_> = (0..6)
                .map(|number| db.read(|rows| balance(rows, &account(number))).unwrap())
                .collect();
            prop_assert_eq!(balances.iter().sum::<i64>(), 0);
            prop_assert!(balances[1..].iter().all(|balance| *balance >= 0));
            for (account, expected) in &model {
                prop_assert_eq!(db.read(|rows| balance(rows, account)).unwrap(), *expected);
            }
        }
    }
}
