//! The lines of the merchants' book: each payment that was captured and each refund that was decided, found by merchant and day, and
//! apart those that are on no settlement yet. Nothing here reads more of the book than it is asked for.

use super::funds::{self, Net};
use super::merchant::Taking;
use crate::db::{DbError, Rows, Table, Writer};
use crate::error::{Reason, ServiceError};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_payment::{RefundTerms, Terms};
use citizen_primitives::{Day, MerchantId, PaymentId, Points, RefundId, UnixTime, Won};

/// [`Line`] by merchant, day and number.
const LINES: Table = Table::new("merchants-lines");
/// [`Dated`] by a line's key: the lines that are on no settlement yet.
const UNSETTLED: Table = Table::new("unsettled-lines");
/// [`LineKey`] by merchant, day of the settlement and number: the lines of a settlement.
const SETTLED: Table = Table::new("settled-lines");
/// [`Counter`], the one.
const COUNTER: Table = Table::new("settlement-counter");

/// One line: a payment that was captured, or a refund that was decided.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Line {
    pub(super) merchant: MerchantId,
    pub(super) payment: PaymentId,
    pub(super) refund: Option<RefundId>,
    pub(super) points: Points,
    pub(super) won: Won,
    pub(super) time: UnixTime,
    number: u64,
    /// On which settlement it is, once it is on one.
    settled: Option<PartOf>,
}

/// Part of a day's settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub(super) struct PartOf {
    pub(super) day: Day,
    pub(super) part: u32,
}

/// How many lines there are.
#[derive(Debug, Clone, Copy, Default, BorshSerialize, BorshDeserialize)]
struct Counter(u64);

#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
struct Dated(Day);

#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
struct LineKey(Vec<u8>);

citizen_primitives::canonical!(Line = 2, PartOf = 1, Counter = 1, Dated = 1, LineKey = 1);

impl Line {
    pub(super) fn payment(terms: &Terms, time: UnixTime) -> Self {
        let Terms { payment, merchant, points, won, .. } = terms.clone();
        Self { merchant, payment, refund: None, points, won, time, number: 0, settled: None }
    }

    pub(super) fn refund(terms: &RefundTerms, (points, won): (Points, Won), time: UnixTime) -> Self {
        let RefundTerms { refund, payment, merchant, .. } = terms.clone();
        Self { merchant, payment, refund: Some(refund), points, won, time, number: 0, settled: None }
    }

    pub(super) fn total(&self) -> Result<Won, ServiceError> {
        let points = Won::new(self.points.amount()).map_err(|_| Reason::Amount)?;
        self.won.plus(points).map_err(|_| Reason::Amount.into())
    }

    /// What the line brings the merchant, or takes.
    pub(super) fn net(&self) -> Net {
        let sum = Net::of(self.points, self.won);
        if self.refund.is_some() { Net::default().minus(sum) } else { sum }
    }

    pub(super) const fn settled(&self) -> Option<PartOf> {
        self.settled
    }

    fn key(&self) -> Vec<u8> {
        numbered(&self.merchant, self.time.day_in_seoul(), self.number)
    }
}

/// Enters a line; refunds may come out of what it brings until that is paid out.
pub(super) fn enter(writer: &Writer<'_>, line: &Line) -> Result<(), DbError> {
    let Counter(last) = writer.find(COUNTER, b"")?.unwrap_or_default();
    let line = Line { number: last.saturating_add(1), ..line.clone() };
    writer.put(COUNTER, b"", &Counter(line.number))?;
    funds::add(writer, &line.merchant, line.net())?;
    writer.put(UNSETTLED, &line.key(), &Dated(line.time.day_in_seoul()))?;
    writer.put(LINES, &line.key(), &line)
}

/// The line is on a settlement from now on.
pub(super) fn settle(writer: &Writer<'_>, line: &Line, of: PartOf) -> Result<(), DbError> {
    let key = line.key();
    writer.put(LINES, &key, &Line { settled: Some(of), ..line.clone() })?;
    writer.remove(UNSETTLED, &key)?;
    writer.put(SETTLED, &numbered(&line.merchant, of.day, line.number), &LineKey(key))
}

/// Whether anything until this day is on no settlement yet.
pub(super) fn is_due(rows: &impl Rows, day: Day) -> Result<bool, DbError> {
    let unsettled: Vec<(Vec<u8>, Dated)> = rows.all(UNSETTLED)?;
    Ok(unsettled.iter().any(|(_, Dated(of))| *of <= day))
}

/// The lines until this day that are on no settlement yet, by merchant and in order.
pub(super) fn due(rows: &impl Rows, day: Day) -> Result<Vec<Line>, DbError> {
    until(rows, rows.all(UNSETTLED)?, day)
}

/// Of one merchant.
pub(super) fn due_of(rows: &impl Rows, merchant: &MerchantId, day: Day) -> Result<Vec<Line>, DbError> {
    until(rows, rows.under(UNSETTLED, &of(merchant))?, day)
}

/// The lines of a merchant on the settlement of a day, in order.
pub(super) fn settled_on(rows: &impl Rows, merchant: &MerchantId, day: Day) -> Result<Vec<Line>, DbError> {
    let keys: Vec<(Vec<u8>, LineKey)> = rows.under(SETTLED, &dated(merchant, day))?;
    let lines = keys.into_iter().filter_map(|(_, LineKey(key))| rows.find(LINES, &key).transpose());
    lines.collect()
}

/// The payments of a merchant's day, in order.
pub(super) fn takings_of(
    rows: &impl Rows,
    merchant: &MerchantId,
    day: Day,
) -> Result<Vec<(PaymentId, Taking)>, DbError> {
    let lines: Vec<(Vec<u8>, Line)> = rows.under(LINES, &dated(merchant, day))?;
    let payments = lines.into_iter().map(|(_, line)| line).filter(|line| line.refund.is_none());
    let taking = |Line { merchant, payment, points, won, time, .. }: Line| {
        (payment, Taking { merchant, points, won, time })
    };
    Ok(payments.map(taking).collect())
}

fn until(rows: &impl Rows, unsettled: Vec<(Vec<u8>, Dated)>, day: Day) -> Result<Vec<Line>, DbError> {
    let due = unsettled.into_iter().filter(|(_, Dated(of))| *of <= day);
    due.filter_map(|(key, _)| rows.find(LINES, &key).transpose()).collect()
}

/// A merchant's number has no zero byte.
fn of(merchant: &MerchantId) -> Vec<u8> {
    [merchant.as_str().as_bytes(), &[0]].concat()
}

fn dated(merchant: &MerchantId, day: Day) -> Vec<u8> {
    [of(merchant), day.value().to_be_bytes().to_vec()].concat()
}

fn numbered(merchant: &MerchantId, day: Day, number: u64) -> Vec<u8> {
    [dated(merchant, day), number.to_be_bytes().to_vec()].concat()
}
