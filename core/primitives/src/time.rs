//! Time: UTC seconds inside, Korean time on screen, calendar months for expiry.

use borsh::{BorshDeserialize, BorshSerialize};
use std::fmt;
use std::io::{self, Read};

/// Korean Standard Time: UTC+9 without daylight saving since 1988, so no time-zone database is carried.
const KST_SECONDS: u64 = 9 * 3600;
/// A day without leap seconds.
const DAY_SECONDS: u64 = 86_400;
/// The last second that is computed with: 9999-12-30 22:00:00 UTC.
const LAST_SECOND: u64 = 253_402_207_200;

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
        let Ok(Moment { date, clock: [hour, minute, _] }) = self.moment(KST_SECONDS) else {
            return String::new();
        };
        format!("{date} {hour:02}:{minute:02}")
    }

    /// `090500`: the time of day in Seoul, as in settlement files.
    #[must_use]
    pub fn to_seoul_clock(self) -> String {
        let Ok(Moment { clock: [hour, minute, second], .. }) = self.moment(KST_SECONDS) else {
            return String::new();
        };
        format!("{hour:02}{minute:02}{second:02}")
    }

    /// `2026-11-21T00:05:00Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let Ok(Moment { date, clock: [hour, minute, second] }) = self.moment(0) else { return String::new() };
        format!("{date}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// The calendar year in Seoul: caps per year are counted in it.
    pub fn year_in_seoul(self) -> Result<u16, TimeError> {
        Ok(self.moment(KST_SECONDS)?.date.year)
    }

    /// The calendar day in Seoul.
    #[must_use]
    pub const fn day_in_seoul(self) -> Day {
        Day(self.0.saturating_add(KST_SECONDS) / 86_400)
    }

    /// The month in Seoul.
    pub fn month_in_seoul(self) -> Result<Month, TimeError> {
        let Date { year, month, day: _ } = self.moment(KST_SECONDS)?.date;
        Month::new(year, month)
    }

    /// What calendar and clock show, so many seconds ahead of UTC.
    fn moment(self, ahead: u64) -> Result<Moment, TimeError> {
        if self.0 > LAST_SECOND {
            return Err(TimeError::OutOfRange);
        }
        let (days, second) = ((self.0 + ahead) / DAY_SECONDS, (self.0 + ahead) % DAY_SECONDS);
        Ok(Moment { date: Date::of_day(days)?, clock: [second / 3600, second / 60 % 60, second % 60] })
    }
}

/// What calendar and clock show.
struct Moment {
    date: Date,
    /// Hour, minute, second.
    clock: [u64; 3],
}

/// A day of the Gregorian calendar.
struct Date {
    year: u16,
    /// 1 to 12.
    month: u8,
    /// 1 to 31.
    day: u8,
}

impl Date {
    /// The day so many days after 1970-01-01. Years are counted from the first of March, so that the leap day is their last
    /// (E. G. Richards, "Mapping Time", 1998; H. Hinnant, "chrono-compatible low-level date algorithms").
    fn of_day(days: u64) -> Result<Self, TimeError> {
        let days = days + DAYS_BEFORE_1970;
        let (era, of_era) = (days / DAYS_OF_ERA, days % DAYS_OF_ERA);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - days_to_year(year_of_era);
        let since_march = (5 * of_year + 2) / 153;
        let month = if since_march < 10 { since_march + 3 } else { since_march - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        let small = |number: u64| u8::try_from(number).map_err(|_| TimeError::OutOfRange);
        Ok(Self {
            year: u16::try_from(year).map_err(|_| TimeError::OutOfRange)?,
            month: small(month)?,
            day: small(of_year - days_to_month(since_march) + 1)?,
        })
    }
}

/// From 1 March of year 0 to 1970-01-01.
const DAYS_BEFORE_1970: u64 = 719_468;
/// Days of four hundred years.
const DAYS_OF_ERA: u64 = 146_097;

/// From 1 March of an era's first year to that of another of its years.
const fn days_to_year(year_of_era: u64) -> u64 {
    365 * year_of_era + year_of_era / 4 - year_of_era / 100
}

/// From 1 March to the first of the month so many months later.
const fn days_to_month(since_march: u64) -> u64 {
    (153 * since_march + 2) / 5
}

impl fmt::Display for Date {
    /// `2026-11-21`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
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
        let Ok(Moment { date: Date { year, month, day }, .. }) = self.start().moment(KST_SECONDS) else {
            return String::new();
        };
        format!("{year:04}{month:02}{day:02}")
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
        let next = self.0 + 1;
        let (year, month) = (u64::from(next / 12), u64::from(next % 12 + 1));
        // January and February belong to the year that began in March before them.
        let (year, since_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days = year / 400 * DAYS_OF_ERA + days_to_year(year % 400) + days_to_month(since_march);
        Ok(UnixTime((days - DAYS_BEFORE_1970) * DAY_SECONDS - KST_SECONDS))
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

    fn seoul(seconds: u64) -> jiff::Zoned {
        let time = jiff::Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap();
        time.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(9)))
    }

    fn is_as_jiff_has_it(seconds: u64) {
        let (time, other) = (UnixTime::from_seconds(seconds), seoul(seconds));
        assert_eq!(time.to_kst(), other.strftime("%Y-%m-%d %H:%M").to_string());
        assert_eq!(time.to_seoul_clock(), other.strftime("%H%M%S").to_string());
        assert_eq!(time.to_rfc3339(), other.timestamp().to_string());
        assert_eq!(time.day_in_seoul().to_digits(), other.strftime("%Y%m%d").to_string());
        assert_eq!(time.year_in_seoul().map(i32::from), Ok(i32::from(other.year())));
        let month = Month::new(time.year_in_seoul().unwrap(), other.month().unsigned_abs());
        assert_eq!(time.month_in_seoul(), month);
        if let Ok(month) = month {
            let next = other.first_of_month().unwrap().checked_add(jiff::Span::new().months(1)).unwrap();
            let end = next.start_of_day().unwrap().timestamp().as_second();
            assert_eq!(month.end().map(UnixTime::seconds), Ok(u64::try_from(end).unwrap()));
        }
    }

    #[test]
    fn the_calendar_is_as_jiff_has_it_around_midnight() {
        // Just before and just after midnight in Seoul: every day from 2022 to 2030, and a day of every year to the last.
        for day in 0..LAST_SECOND / DAY_SECONDS {
            let midnight = day * DAY_SECONDS + (DAY_SECONDS - KST_SECONDS);
            if day % 365 == 0 || (19_000..22_000).contains(&day) {
                is_as_jiff_has_it(midnight - 1);
                is_as_jiff_has_it(midnight);
            }
        }
        is_as_jiff_has_it(0);
        is_as_jiff_has_it(LAST_SECOND);
    }

    #[test]
    fn a_time_after_the_calendar_is_refused() {
        for seconds in [LAST_SECOND + 1, u64::MAX] {
            assert!(jiff::Timestamp::from_second(i64::try_from(seconds).unwrap_or(i64::MAX)).is_err());
            let time = UnixTime::from_seconds(seconds);
            assert_eq!((time.to_kst(), time.to_rfc3339()), (String::new(), String::new()));
            assert_eq!(time.month_in_seoul(), Err(TimeError::OutOfRange));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_second_is_as_jiff_has_it(seconds in 0..=LAST_SECOND) {
            is_as_jiff_has_it(seconds);
        }
    }
}
