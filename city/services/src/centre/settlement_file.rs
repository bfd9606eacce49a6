//! The settlement file: records of 120 characters, each ended by CR LF, ASCII. Amounts are 12 digits in won, zero-filled.
//!
//! | record | fields (width) |
//! |---|---|
//! | `H` | kind 1, version 2 (`01`), merchant 20, day 8, `P` provisional or `F` final 1, filler |
//! | `D` | kind 1, number 8, `P` payment or `R` refund 1, time `HHMMSS` 6, payment id's first 32 digits 32, points 12, won 12, rate 4 (hundredths of a percent), supply value of the fee 12, VAT 12, filler |
//! | `T` | kind 1, details 8, payments 12, refunds 12, points net 13, won net 13, supply value net 13, VAT net 13, payable 13, filler |
//!
//! Net sums are signed: a sign (`+` or `-`), then 12 digits. Widths and the split of the fee follow the records of the
//! settlement between the scheme and the clearing institute as far as they are public (transaction detail ZP0167, refund
//! ZP0168: 12-digit amounts, rate of 4, fee as supply value and VAT).

use super::fee::Fee;
use crate::error::{Reason, ServiceError};
use citizen_primitives::{Day, MerchantId, PaymentId, Points, RefundId, UnixTime, Won};
use std::fmt::Write as _;

/// Characters of a record.
pub(super) const WIDTH: usize = 120;
/// Of these, those of the fields of each kind of record; the rest is filler.
const HEAD: usize = 32;
const DETAIL: usize = 100;
const SUMS: usize = 98;

/// A merchant's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlementFile {
    /// The merchant.
    pub merchant: MerchantId,
    /// The day.
    pub day: Day,
    /// Whether the day is not closed yet.
    pub is_provisional: bool,
    /// Payments and refunds, in order.
    pub details: Vec<Detail>,
}

/// A payment or a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// Its place in the file, from 1.
    pub number: u64,
    /// The payment.
    pub payment: PaymentId,
    /// The refund, if it is one.
    pub refund: Option<RefundId>,
    /// When.
    pub time: UnixTime,
    /// The part in points.
    pub points: Points,
    /// The part in won.
    pub won: Won,
    /// The fee's rate in hundredths of a percent.
    pub rate: u64,
    /// The fee, or the fee given back.
    pub fee: Fee,
}

/// The sums of a file, refunds taken off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many records.
    pub details: u64,
    /// Paid, points and won together.
    pub payments: i64,
    /// Given back.
    pub refunds: i64,
    /// Points, net.
    pub points: i64,
    /// Won, net.
    pub won: i64,
    /// Fees without tax, net.
    pub supply: i64,
    /// The tax on them, net.
    pub vat: i64,
}

/// What a record of a file says, read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadDetail {
    /// Its place.
    pub number: u64,
    /// Whether it is a refund.
    pub is_refund: bool,
    /// `HHMMSS` in Seoul.
    pub time: String,
    /// The first 32 digits of the payment's id.
    pub payment: String,
    /// Points.
    pub points: u64,
    /// Won.
    pub won: u64,
    /// Hundredths of a percent.
    pub rate: u64,
    /// The fee's supply value.
    pub supply: u64,
    /// Its tax.
    pub vat: u64,
}

/// A file, read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFile {
    /// The merchant's number.
    pub merchant: String,
    /// `YYYYMMDD`.
    pub day: String,
    /// Whether it is provisional.
    pub is_provisional: bool,
    /// The records.
    pub details: Vec<ReadDetail>,
    /// The sums.
    pub summary: Summary,
}

/// Where a text stops being a settlement file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct FileError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl Summary {
    /// What the merchant gets.
    #[must_use]
    pub const fn payable(&self) -> i64 {
        self.points.saturating_add(self.won).saturating_sub(self.supply).saturating_sub(self.vat)
    }

    pub(super) fn add(&mut self, detail: &Detail) -> Result<(), ServiceError> {
        let signed = |amount: u64| i64::try_from(amount).map_err(|_| ServiceError::Refused(Reason::Amount));
        let (points, won) = (signed(detail.points.amount())?, signed(detail.won.amount())?);
        let (supply, vat) = (signed(detail.fee.supply.amount())?, signed(detail.fee.vat.amount())?);
        let sum = points.saturating_add(won);
        let sign = if detail.refund.is_some() {
            self.refunds = self.refunds.saturating_add(sum);
            -1
        } else {
            self.payments = self.payments.saturating_add(sum);
            1
        };
        self.details = self.details.saturating_add(1);
        self.points = self.points.saturating_add(points.saturating_mul(sign));
        self.won = self.won.saturating_add(won.saturating_mul(sign));
        self.supply = self.supply.saturating_add(supply.saturating_mul(sign));
        self.vat = self.vat.saturating_add(vat.saturating_mul(sign));
        Ok(())
    }
}

impl SettlementFile {
    /// The text. What has no room in its field is refused, not cut off and not moved into the next one (CENTRE-13).
    pub fn to_text(&self) -> Result<String, ServiceError> {
        let mut text = String::new();
        let state = if self.is_provisional { 'P' } else { 'F' };
        let head = format!("H01{:<20}{}{state}", self.merchant.as_str(), self.day.to_digits());
        record(&mut text, &head, HEAD)?;
        for detail in &self.details {
            record(&mut text, &detail.to_record(), DETAIL)?;
        }
        record(&mut text, &self.summary()?.to_record(), SUMS)?;
        Ok(text)
    }
}

impl Detail {
    fn to_record(&self) -> String {
        let kind = if self.refund.is_some() { 'R' } else { 'P' };
        let id = self.payment.to_hex();
        let id = id.get(..32).unwrap_or_default();
        let time = self.time.to_seoul_clock();
        let Self { number, points, won, rate, fee, .. } = self;
        format!(
            "D{number:08}{kind}{time}{id}{:012}{:012}{rate:04}{:012}{:012}",
            points.amount(),
            won.amount(),
            fee.supply.amount(),
            fee.vat.amount(),
        )
    }
}

impl Summary {
    fn to_record(self) -> String {
        let Self { details, payments, refunds, points, won, supply, vat } = self;
        let mut text = format!("T{details:08}{payments:012}{refunds:012}");
        for net in [points, won, supply, vat, self.payable()] {
            // Writing to a string does not fail.
            let _ = write!(text, "{net:+013}");
        }
        text
    }
}

/// A record whose fields take so many characters: every field is filled up to its width, so more means that one is wider.
fn record(text: &mut String, fields: &str, width: usize) -> Result<(), ServiceError> {
    if fields.len() != width {
        return Err(Reason::Amount.into());
    }
    // Writing to a string does not fail.
    let _ = write!(text, "{fields:<WIDTH$}\r\n");
    Ok(())
}

/// One line with a place in it.
struct Cursor<'a> {
    line: usize,
    column: usize,
    text: &'a str,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, width: usize) -> Result<&'a str, FileError> {
        let end = self.column.saturating_add(width);
        let field = self.text.get(self.column..end).ok_or(self.wrong("the record is too short"))?;
        self.column = end;
        Ok(field)
    }

    fn number(&mut self, width: usize) -> Result<u64, FileError> {
        let column = self.column;
        let field = self.take(width)?;
        let is_digits = field.bytes().all(|byte| byte.is_ascii_digit());
        let wrong = FileError { line: self.line, column: column.saturating_add(1), what: "not a number" };
        if is_digits { field.parse().map_err(|_| wrong) } else { Err(wrong) }
    }

    /// Digits that are no amount.
    fn digits(&mut self, width: usize, is_digit: impl Fn(&u8) -> bool) -> Result<String, FileError> {
        let wrong = self.wrong("not digits");
        let field = self.take(width)?;
        if field.as_bytes().iter().all(is_digit) { Ok(field.to_owned()) } else { Err(wrong) }
    }

    /// Nothing but filler is left.
    fn end(&self) -> Result<(), FileError> {
        let rest = self.text.get(self.column..).unwrap_or_default();
        if rest.bytes().all(|byte| byte == b' ') { Ok(()) } else { Err(self.wrong("not filler")) }
    }

    fn signed(&mut self) -> Result<i64, FileError> {
        let sign = match self.take(1)? {
            "+" => 1,
            "-" => -1,
            _ => return Err(self.wrong("not a sign")),
        };
        let amount = self.number(12)?;
        i64::try_from(amount).map(|amount| amount.saturating_mul(sign)).map_err(|_| self.wrong("too large"))
    }

    const fn wrong(&self, what: &'static str) -> FileError {
        FileError { line: self.line, column: self.column.saturating_add(1), what }
    }
}

impl ReadFile {
    /// Reads a file back and adds it up again: sums that do not agree with the records are refused.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let whole = text.strip_suffix("\r\n");
        let whole = whole.ok_or(FileError { line: 1, column: 1, what: "the last record has no end" })?;
        let lines: Vec<&str> = whole.split("\r\n").collect();
        let [head, details @ .., tail] = lines.as_slice() else {
            return Err(FileError { line: 1, column: 1, what: "no head and no sums" });
        };
        let (merchant, day, is_provisional) = read_head(head)?;
        let details = (2..).zip(details).map(|(line, text)| read_detail(line, text));
        let details: Vec<ReadDetail> = details.collect::<Result<_, _>>()?;
        let line = details.len().saturating_add(2);
        let summary = read_summary(line, tail)?;
        let file = Self { merchant, day, is_provisional, details, summary };
        if file.added_up() == Some(summary) {
            Ok(file)
        } else {
            Err(FileError { line, column: 1, what: "the sums are not those of the records" })
        }
    }

    fn added_up(&self) -> Option<Summary> {
        let mut sums = Summary::default();
        for (place, detail) in (1..).zip(&self.details) {
            if detail.number != place {
                return None;
            }
            let amounts = [detail.points, detail.won, detail.supply, detail.vat].map(i64::try_from);
            let [Ok(points), Ok(won), Ok(supply), Ok(vat)] = amounts else { return None };
            let sum = points.saturating_add(won);
            let sign = if detail.is_refund { -1 } else { 1 };
            let side = if detail.is_refund { &mut sums.refunds } else { &mut sums.payments };
            *side = side.saturating_add(sum);
            sums.details = sums.details.saturating_add(1);
            sums.points = sums.points.saturating_add(points.saturating_mul(sign));
            sums.won = sums.won.saturating_add(won.saturating_mul(sign));
            sums.supply = sums.supply.saturating_add(supply.saturating_mul(sign));
            sums.vat = sums.vat.saturating_add(vat.saturating_mul(sign));
        }
        Some(sums)
    }
}

fn cursor<'a>(line: usize, text: &'a str, kind: &str) -> Result<Cursor<'a>, FileError> {
    let mut cursor = Cursor { line, column: 0, text };
    if text.len() != WIDTH || !text.is_ascii() {
        return Err(cursor.wrong("not 120 characters"));
    }
    if cursor.take(1)? == kind {
        Ok(cursor)
    } else {
        Err(FileError { line, column: 1, what: "another record" })
    }
}

fn read_head(text: &str) -> Result<(String, String, bool), FileError> {
    let mut head = cursor(1, text, "H")?;
    if head.take(2)? != "01" {
        return Err(FileError { line: 1, column: 2, what: "another version" });
    }
    let merchant = head.take(20)?.trim_end().to_owned();
    let day = head.digits(8, u8::is_ascii_digit)?;
    let is_provisional = match head.take(1)? {
        "P" => true,
        "F" => false,
        _ => return Err(FileError { line: 1, column: 32, what: "neither provisional nor final" }),
    };
    head.end()?;
    Ok((merchant, day, is_provisional))
}

fn read_detail(line: usize, text: &str) -> Result<ReadDetail, FileError> {
    let mut fields = cursor(line, text, "D")?;
    let number = fields.number(8)?;
    let is_refund = match fields.take(1)? {
        "P" => false,
        "R" => true,
        _ => return Err(FileError { line, column: 10, what: "neither payment nor refund" }),
    };
    let detail = ReadDetail {
        number,
        is_refund,
        time: fields.digits(6, u8::is_ascii_digit)?,
        payment: fields.digits(32, |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))?,
        points: fields.number(12)?,
        won: fields.number(12)?,
        rate: fields.number(4)?,
        supply: fields.number(12)?,
        vat: fields.number(12)?,
    };
    fields.end()?;
    Ok(detail)
}

fn read_summary(line: usize, text: &str) -> Result<Summary, FileError> {
    let mut fields = cursor(line, text, "T")?;
    let details = fields.number(8)?;
    let too_large = FileError { line, column: 10, what: "too large" };
    let payments = i64::try_from(fields.number(12)?).map_err(|_| too_large)?;
    let refunds = i64::try_from(fields.number(12)?).map_err(|_| too_large)?;
    let (points, won, supply, vat) = (fields.signed()?, fields.signed()?, fields.signed()?, fields.signed()?);
    let summary = Summary { details, payments, refunds, points, won, supply, vat };
    if fields.signed()? != summary.payable() {
        return Err(fields.wrong("not what is payable"));
    }
    fields.end()?;
    Ok(summary)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(number: u64, refund: bool, points: u64, won: u64) -> Detail {
        let amount = Won::new(points + won).unwrap();
        Detail {
            number,
            payment: PaymentId::from_bytes([7; 32]),
            refund: refund.then(|| RefundId::from_bytes([8; 32])),
            time: UnixTime::from_seconds(1_795_219_200),
            points: Points::new(points).unwrap(),
            won: Won::new(won).unwrap(),
            rate: 30,
            fee: Fee::of(amount, 30).unwrap(),
        }
    }

    fn file() -> SettlementFile {
        SettlementFile {
            merchant: MerchantId::new("1000001").unwrap(),
            day: UnixTime::from_seconds(1_795_219_200).day_in_seoul(),
            is_provisional: false,
            details: vec![
                detail(1, false, 5_000, 7_000),
                detail(2, false, 0, 90_000),
                detail(3, true, 1_000, 1_400),
            ],
        }
    }

    #[test]
    fn centre_13_a_file_is_read_back_field_by_field() {
        let text = file().to_text().unwrap();
        assert!(text.split_terminator("\r\n").all(|line| line.len() == WIDTH));
        let read = ReadFile::parse(&text).unwrap();
        assert_eq!((read.merchant.as_str(), read.is_provisional, read.details.len()), ("1000001", false, 3));
        assert_eq!(read.summary, file().summary().unwrap());
        // 12,000 and 90,000 paid, 2,400 given back; fees 36 + 270 − 7.
        assert_eq!((read.summary.payments, read.summary.refunds), (102_000, 2_400));
        assert_eq!(read.summary.payable(), 99_600 - 299);
        assert_eq!((read.details[2].is_refund, read.details[0].time.as_str()), (true, "090000"));
    }

    #[test]
    fn centre_13_a_sum_that_has_no_room_in_its_field_is_refused() {
        let most = 999_999_999_999;
        let of = |details: Vec<Detail>| SettlementFile { details, ..file() }.to_text();
        let whole = of(vec![detail(1, false, 0, most)]).unwrap();
        assert_eq!(ReadFile::parse(&whole).unwrap().summary.payments, 999_999_999_999);
        for too_large in [
            vec![detail(1, false, 0, most), detail(2, false, 0, 1)],
            vec![detail(1, true, 0, most), detail(2, true, 0, 1)],
            vec![detail(1, false, 0, most + 1)],
            vec![detail(100_000_000, false, 0, 1)],
            vec![Detail { rate: 10_000, ..detail(1, false, 0, 1) }],
        ] {
            assert!(of(too_large.clone()).is_err(), "{too_large:?}");
        }
    }

    #[test]
    fn centre_13_what_stands_in_no_field_and_what_is_no_digit_is_refused() {
        let text = file().to_text().unwrap();
        for (place, with) in
            [(119, "x"), (122 + 100, "x"), (4 * 122 + 118, "0"), (122 + 12, "x"), (122 + 17, "G")]
        {
            let changed = format!("{}{with}{}", &text[..place], &text[place + 1..]);
            assert!(ReadFile::parse(&changed).is_err(), "{place}");
        }
        assert!(ReadFile::parse(text.trim_end()).is_err(), "the last record has no end");
        assert!(ReadFile::parse(&text[..text.len() - 1]).is_err());
    }

    #[test]
    fn centre_13_no_changed_digit_and_no_missing_record_adds_up() {
        let text = file().to_text().unwrap();
        for (place, character) in text.char_indices().filter(|(_, character)| character.is_ascii_digit()) {
            let (line, column) = (place / (WIDTH + 2), place % (WIDTH + 2));
            // The merchant, the day, a time, an id and a rate are not sums; the version is what it is.
            let is_sum = match line {
                0 => (1..3).contains(&column),
                4 => true,
                _ => !(10..48).contains(&column) && !(72..76).contains(&column),
            };
            let other = if character == '9' { '8' } else { '9' };
            let changed: String =
                text.char_indices().map(|(at, c)| if at == place { other } else { c }).collect();
            assert_eq!(ReadFile::parse(&changed).is_err(), is_sum, "line {line}, column {column}");
        }
        let without: String =
            text.split_inclusive("\r\n").enumerate().filter(|(n, _)| *n != 2).map(|(_, l)| l).collect();
        assert!(ReadFile::parse(&without).is_err());
        for broken in ["", "H", "\r\n\r\n", &text[1..], "가"] {
            assert!(ReadFile::parse(broken).is_err());
        }
    }
}
