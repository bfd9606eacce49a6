//! Time: UTC seconds inside, Korean time on screen, calendar months for expiry.

use borsh::{BorshDeserialize, BorshSerialize};
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan as _};
use std::fmt;
use std::io::{self, Read};

/// Korean Standard Time: UTC+9 without daylight saving since 1988, so no time-zone database is carried.
const KST: Offset = Offset::constant(9);
/// The same in seconds.
const KST_SECONDS: u64 = 9 * 3600;

/// Why a time is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Outside the calendar that is computed with (years 1970 to 9998).
    #[error("time out of range")]
    OutOfRange,
}

/// A number of seconds.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Seconds(u64);

impl Seconds {
    /// So many seconds.
    #[must_use]
    pub const fn new(seconds: u64) -> Self {
        Self(seconds)
    }

    /// The number.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.0
    }
}

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct UnixTime(u64);

impl UnixTime {
    /// From seconds since the epoch.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// Later by so many seconds.
    #[must_use]
    pub const fn plus(self, seconds: Seconds) -> Self {
        Self(self.0.saturating_add(seconds.0))
    }

    /// How much later this is than `earlier`; nothing if it is not.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Seconds {
        Seconds(self.0.saturating_sub(earlier.0))
    }

    /// `2026-11-21 09:05` in Seoul.
    #[must_use]
    pub fn to_kst(self) -> String {
        self.format("%Y-%m-%d %H:%M")
    }

    /// `090500`: the time of day in Seoul, as in settlement files.
    #[must_use]
    pub fn to_seoul_clock(self) -> String {
        self.format("%H%M%S")
    }

    /// `2026-11-21T00:05:00Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        self.timestamp().map(|time| time.to_string()).unwrap_or_default()
    }

    /// The calendar year in Seoul: caps per year are counted in it.
    pub fn year_in_seoul(self) -> Result<u16, TimeError> {
        u16::try_from(self.date_in_seoul()?.year()).map_err(|_| TimeError::OutOfRange)
    }

    /// The calendar day in Seoul.
    #[must_use]
    pub const fn day_in_seoul(self) -> Day {
        Day(self.0.saturating_add(KST_SECONDS) / 86_400)
    }

    /// The month in Seoul.
    pub fn month_in_seoul(self) -> Result<Month, TimeError> {
        let date = self.date_in_seoul()?;
        Month::new(
            u16::try_from(date.year()).map_err(|_| TimeError::OutOfRange)?,
            date.month().unsigned_abs(),
        )
    }

    fn format(self, pattern: &str) -> String {
        match self.timestamp() {
            Ok(time) => time.to_zoned(TimeZone::fixed(KST)).strftime(pattern).to_string(),
            Err(_) => String::new(),
        }
    }

    fn date_in_seoul(self) -> Result<Date, TimeError> {
        Ok(self.timestamp()?.to_zoned(TimeZone::fixed(KST)).date())
    }

    fn timestamp(self) -> Result<Timestamp, TimeError> {
        let seconds = i64::try_from(self.0).map_err(|_| TimeError::OutOfRange)?;
        Timestamp::from_second(seconds).map_err(|_| TimeError::OutOfRange)
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_rfc3339())
    }
}

/// A calendar day in Seoul, as days since 1970-01-01.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Day(u64);

impl Day {
    /// From days since 1970-01-01.
    #[must_use]
    pub const fn new(days: u64) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }

    /// The day's first second in Seoul.
    #[must_use]
    pub const fn start(self) -> UnixTime {
        UnixTime(self.0.saturating_mul(86_400).saturating_sub(KST_SECONDS))
    }

    /// The day after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// `20261121`, as in settlement files.
    #[must_use]
    pub fn to_digits(self) -> String {
        self.start().format("%Y%m%d")
    }
}

/// A calendar month in Seoul, as months since January of year 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct Month(u32);

impl Month {
    /// From a year (1970 to 9998) and a month (1 to 12).
    pub const fn new(year: u16, month: u8) -> Result<Self, TimeError> {
        if year < 1970 || year > 9998 || month < 1 || month > 12 {
            return Err(TimeError::OutOfRange);
        }
        // Lossless widening in a const context, where `u32::from` is not yet callable.
        #[allow(clippy::as_conversions)]
        Ok(Self(year as u32 * 12 + month as u32 - 1))
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> u32 {
        self.0 / 12
    }

    /// The month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u32 {
        self.0 % 12 + 1
    }

    /// The first second of the next month in Seoul: what expires in this month is gone from then on.
    pub fn end(self) -> Result<UnixTime, TimeError> {
        let year = i16::try_from(self.year()).map_err(|_| TimeError::OutOfRange)?;
        let month = i8::try_from(self.month()).map_err(|_| TimeError::OutOfRange)?;
        let first = Date::new(year, month, 1).map_err(|_| TimeError::OutOfRange)?;
        let next = first.checked_add(1.month()).map_err(|_| TimeError::OutOfRange)?;
        let start = next.to_zoned(TimeZone::fixed(KST)).map_err(|_| TimeError::OutOfRange)?;
        let seconds = u64::try_from(start.timestamp().as_second()).map_err(|_| TimeError::OutOfRange)?;
        Ok(UnixTime(seconds))
    }

    /// Later by so many years.
    pub const fn plus_years(self, years: u16) -> Result<Self, TimeError> {
        #[allow(clippy::as_conversions)]
        let months = self.0.saturating_add(years as u32 * 12);
        if months / 12 > 9998 { Err(TimeError::OutOfRange) } else { Ok(Self(months)) }
    }

    /// The month after.
    pub const fn next(self) -> Result<Self, TimeError> {
        let months = self.0.saturating_add(1);
        if months / 12 > 9998 { Err(TimeError::OutOfRange) } else { Ok(Self(months)) }
    }
}

impl BorshDeserialize for Month {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let months = u32::deserialize_reader(reader)?;
        if (1970 * 12..9999 * 12).contains(&months) {
            Ok(Self(months))
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidData, TimeError::OutOfRange))
        }
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Month {
    /// `2031-11`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

/// A block's place in the ledger; the first block has height 1.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Height(u64);

impl Height {
    /// From a number.
    #[must_use]
    pub const fn new(height: u64) -> Self {
        Self(height)
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }

    /// The next height.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Higher by so many.
    #[must_use]
    pub const fn plus(self, blocks: u64) -> Self {
        Self(self.0.saturating_add(blocks))
    }
}

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seoul_is_nine_hours_ahead() {
        let time = UnixTime::from_seconds(1_763_683_500);
        assert_eq!(time.to_kst(), "2025-11-21 09:05");
        assert_eq!(time.to_rfc3339(), "2025-11-21T00:05:00Z");
        // 23:30 UTC on New Year's Eve is already the new year in Seoul.
        assert_eq!(UnixTime::from_seconds(1_767_223_800).year_in_seoul(), Ok(2026));
        let day = UnixTime::from_seconds(1_767_223_800).day_in_seoul();
        assert_eq!(
            (day.to_digits(), day.start().to_kst()),
            ("20260101".to_owned(), "2026-01-01 00:00".to_owned())
        );
        assert_eq!(day.start().day_in_seoul(), day);
        assert_eq!(day.next().start().since(day.start()), Seconds::new(86_400));
    }

    #[test]
    fn a_month_ends_when_the_next_begins_in_seoul() {
        let month = Month::new(2025, 12).unwrap();
        assert_eq!(month.end().unwrap().to_rfc3339(), "2025-12-31T15:00:00Z");
        assert_eq!(month.next().unwrap().to_string(), "2026-01");
        assert_eq!(month.plus_years(5).unwrap().to_string(), "2030-12");
        assert!(Month::new(2025, 13).is_err());
        assert!(borsh::from_slice::<Month>(&5u32.to_le_bytes()).is_err());
    }
}
