//! The merchants, and what they have been paid.

use super::Centre;
use super::line::{self, Line};
use crate::db::{DbError, Rows, Table, Writer};
use crate::error::{Reason, ServiceError};
use crate::places;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::PublicKey;
use citizen_payment::Terms;
use citizen_payment::word::Merchant;
use citizen_primitives::{MerchantId, PaymentId, Points, Text, UnixTime, Won};
use serde::Deserialize;

/// [`MerchantRecord`] by number.
pub(crate) const MERCHANTS: Table = Table::new("merchants");
/// [`Takings`] by merchant.
const TAKINGS: Table = Table::new("takings");
/// [`Taking`] by payment.
const BOOK: Table = Table::new("merchants-book");

/// A merchant as the centre has registered it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MerchantRecord {
    /// Who it is.
    pub merchant: Merchant,
    /// The category code (ISO 18245).
    pub category_code: Text,
    /// Whether it has closed or is suspended.
    pub is_suspended: bool,
    /// What it sold in the year before: the fee depends on it.
    pub prior_year_sales: Won,
    /// The key that signs its tills' requests, if it has registered one.
    pub key: Option<PublicKey>,
}

/// What a merchant has been paid in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Takings {
    /// How many payments.
    pub count: u64,
    /// The part in points.
    pub points: Points,
    /// The part in won.
    pub won: Won,
}

/// One line of the merchants' book.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Taking {
    pub(super) merchant: MerchantId,
    pub(super) points: Points,
    pub(super) won: Won,
    pub(super) time: UnixTime,
}

citizen_primitives::canonical!(MerchantRecord = 2, Takings = 1, Taking = 1);

impl Taking {
    /// Points and won together.
    pub(super) fn total(&self) -> Result<Won, ServiceError> {
        let points = Won::new(self.points.amount()).map_err(|_| Reason::Amount)?;
        self.won.plus(points).map_err(|_| Reason::Amount.into())
    }
}

/// The line of a payment.
pub(super) fn taking(rows: &impl Rows, payment: &PaymentId) -> Result<Option<Taking>, DbError> {
    rows.find(BOOK, payment.as_bytes())
}

/// A text is no list of merchants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a list of merchants")]
pub struct MerchantsError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    name: String,
    name_latin: String,
    district: String,
    category: String,
    category_code: String,
    suspended: bool,
    prior_year_sales: u64,
}

/// The sandbox's merchants: invented shops in real districts.
pub fn default_merchants() -> Result<Vec<MerchantRecord>, MerchantsError> {
    MerchantRecord::list(include_str!("../../data/merchants.json"))
}

impl MerchantRecord {
    /// Reads a list in JSON.
    pub fn list(json: &str) -> Result<Vec<Self>, MerchantsError> {
        let rows: Vec<Row> = serde_json::from_str(json).map_err(|_| MerchantsError)?;
        rows.into_iter().map(|row| Self::of(&row).ok_or(MerchantsError)).collect()
    }

    fn of(row: &Row) -> Option<Self> {
        let merchant = Merchant {
            id: MerchantId::new(&row.id).ok()?,
            name: Text::new(&row.name).ok()?,
            name_latin: Text::new(&row.name_latin).ok()?,
            district: Text::new(&row.district).ok()?,
            category: Text::new(&row.category).ok()?,
        };
        Some(Self {
            merchant,
            category_code: Text::new(&row.category_code).ok()?,
            is_suspended: row.suspended,
            prior_year_sales: Won::new(row.prior_year_sales).ok()?,
            key: None,
        })
    }
}

impl Centre {
    /// Registers merchants, or replaces their records.
    pub fn register(&self, merchants: &[MerchantRecord]) -> Result<(), ServiceError> {
        self.party.db().commit(places::CENTRE_MERCHANTS, |writer| {
            for record in merchants {
                let key = record.merchant.id.as_str().as_bytes();
                // What is known already is not written again: a restart of the sandbox changes nothing.
                let known: Option<MerchantRecord> = writer.find(MERCHANTS, key)?;
                // A key that was registered since stays.
                let signer = record.key.or(known.as_ref().and_then(|known| known.key));
                let record = MerchantRecord { key: signer, ..record.clone() };
                if known.as_ref() != Some(&record) {
                    writer.put(MERCHANTS, key, &record)?;
                }
            }
            Ok(())
        })
    }

    /// A merchant's record.
    pub fn merchant(&self, id: &MerchantId) -> Result<MerchantRecord, ServiceError> {
        let found: Option<MerchantRecord> =
            self.party.db().read(|rows| rows.find(MERCHANTS, id.as_str().as_bytes()))?;
        found.ok_or(ServiceError::NotFound)
    }

    /// Closes or suspends a merchant, or opens it again.
    pub fn suspend(&self, id: &MerchantId, is_suspended: bool) -> Result<(), ServiceError> {
        self.register(&[MerchantRecord { is_suspended, ..self.merchant(id)? }])
    }

    /// What a merchant has been paid.
    pub fn takings(&self, id: &MerchantId) -> Result<Takings, ServiceError> {
        let takings: Option<Takings> =
            self.party.db().read(|rows| rows.find(TAKINGS, id.as_str().as_bytes()))?;
        Ok(takings.unwrap_or_default())
    }
}

/// Credits a merchant with a captured payment, once (CENTRE-6).
pub(crate) fn credit(writer: &Writer<'_>, terms: &Terms, time: UnixTime) -> Result<(), ServiceError> {
    if writer.find::<Taking>(BOOK, terms.payment.as_bytes())?.is_some() {
        return Ok(());
    }
    let Terms { merchant, points, won, .. } = terms.clone();
    let key = merchant.as_str().as_bytes().to_vec();
    let before: Takings = writer.find(TAKINGS, &key)?.unwrap_or_default();
    let out_of_range = |_| ServiceError::Refused(Reason::Amount);
    let after = Takings {
        count: before.count.saturating_add(1),
        points: before.points.plus(points).map_err(out_of_range)?,
        won: before.won.plus(won).map_err(out_of_range)?,
    };
    writer.put(TAKINGS, &key, &after)?;
    writer.put(BOOK, terms.payment.as_bytes(), &Taking { merchant, points, won, time })?;
    Ok(line::enter(writer, &Line::payment(terms, time))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sandbox_has_open_and_closed_merchants_whose_names_fit_a_code() {
        let merchants = default_merchants().unwrap();
        assert!(merchants.len() >= 8);
        assert!(merchants.iter().any(|record| record.is_suspended));
        assert!(merchants.iter().all(|record| record.merchant.name_latin.as_str().len() <= 25));
        assert_eq!(MerchantRecord::list("{}"), Err(MerchantsError));
    }
}
