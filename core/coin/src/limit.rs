//! How much an account may spend: by law, and by the citizen's own choice. Both are data; a day and a month are those of Seoul.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{AmountError, Day, Month, TimeError, UnixTime, Won};

/// The most that may be spent, points and won together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Limits {
    /// In one payment.
    pub per_payment: Won,
    /// In one day.
    pub per_day: Won,
    /// In one month.
    pub per_month: Won,
}
citizen_primitives::canonical!(Limits = 1);

/// Which limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Of one payment.
    Payment,
    /// Of a day.
    Day,
    /// Of a month.
    Month,
}

/// A limit would be passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("over the limit: {left} won left")]
pub struct LimitExceeded {
    /// Which.
    pub limit: Limit,
    /// What may still be spent under it.
    pub left: Won,
}

/// What an account has spent, and the limits its owner has set.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Spending {
    /// The day that is counted.
    pub day: Day,
    /// What was spent in it.
    pub in_day: Won,
    /// The month that is counted.
    pub month: Option<Month>,
    /// What was spent in it.
    pub in_month: Won,
    /// The citizen's own limits.
    pub own: Option<Limits>,
}
citizen_primitives::canonical!(Spending = 1);

impl Limits {
    /// The stricter of both, one by one.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            per_payment: self.per_payment.min(other.per_payment),
            per_day: self.per_day.min(other.per_day),
            per_month: self.per_month.min(other.per_month),
        }
    }

    /// Whether nothing is allowed here that `other` forbids.
    #[must_use]
    pub fn is_within(self, other: Self) -> bool {
        self.and(other) == self
    }
}

impl Spending {
    /// The limits in force for this account.
    #[must_use]
    pub fn limits(&self, legal: Limits) -> Limits {
        self.own.map_or(legal, |own| own.and(legal))
    }

    /// What may still be spent at `time`, in one payment.
    pub fn left(&self, legal: Limits, time: UnixTime) -> Result<LimitExceeded, TimeError> {
        let (in_day, in_month) = self.at(time)?;
        let limits = self.limits(legal);
        let rest = |limit: Won, spent: Won| limit.minus(spent).unwrap_or(Won::ZERO);
        let lefts = [
            (Limit::Payment, limits.per_payment),
            (Limit::Day, rest(limits.per_day, in_day)),
            (Limit::Month, rest(limits.per_month, in_month)),
        ];
        let (limit, left) =
            lefts.into_iter().min_by_key(|(_, left)| *left).unwrap_or((Limit::Payment, Won::ZERO));
        Ok(LimitExceeded { limit, left })
    }

    /// Counts a sum, if no limit forbids it (COIN-10).
    pub fn count(&self, sum: Won, legal: Limits, time: UnixTime) -> Result<Self, SpendingError> {
        let left = self.left(legal, time)?;
        if sum > left.left {
            return Err(left.into());
        }
        let (in_day, in_month) = self.at(time)?;
        Ok(Self {
            day: time.day_in_seoul(),
            in_day: in_day.plus(sum)?,
            month: Some(time.month_in_seoul()?),
            in_month: in_month.plus(sum)?,
            own: self.own,
        })
    }

    /// Takes back a sum that was counted at `counted` and was not paid in the end.
    pub fn uncount(&self, sum: Won, counted: UnixTime) -> Result<Self, TimeError> {
        let mut spending = self.clone();
        if self.day == counted.day_in_seoul() {
            spending.in_day = self.in_day.minus(sum).unwrap_or(Won::ZERO);
        }
        if self.month == Some(counted.month_in_seoul()?) {
            spending.in_month = self.in_month.minus(sum).unwrap_or(Won::ZERO);
        }
        Ok(spending)
    }

    /// What was spent in the day and in the month of a time.
    fn at(&self, time: UnixTime) -> Result<(Won, Won), TimeError> {
        let in_day = if self.day == time.day_in_seoul() { self.in_day } else { Won::ZERO };
        let in_month = if self.month == Some(time.month_in_seoul()?) { self.in_month } else { Won::ZERO };
        Ok((in_day, in_month))
    }
}

/// Why a sum is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpendingError {
    /// A limit.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// An amount out of range.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// A time outside the calendar.
    #[error(transparent)]
    Time(#[from] TimeError),
}

#[cfg(test)]
mod tests {
    use super::*;

    const MORNING: UnixTime = UnixTime::from_seconds(1_795_219_200);

    fn won(n: u64) -> Won {
        Won::new(n).unwrap()
    }

    fn limits(per_payment: u64, per_day: u64, per_month: u64) -> Limits {
        Limits { per_payment: won(per_payment), per_day: won(per_day), per_month: won(per_month) }
    }

    fn refused(result: Result<Spending, SpendingError>) -> Option<(Limit, u64)> {
        match result.unwrap_err() {
            SpendingError::Limit(LimitExceeded { limit, left }) => Some((limit, left.amount())),
            SpendingError::Amount(_) | SpendingError::Time(_) => None,
        }
    }

    #[test]
    fn coin_10_each_limit_refuses_and_a_new_day_and_month_begin_anew() {
        let legal = limits(100, 150, 200);
        let nothing = Spending::default();
        assert_eq!(refused(nothing.count(won(101), legal, MORNING)), Some((Limit::Payment, 100)));
        let once = nothing.count(won(100), legal, MORNING).unwrap();
        assert_eq!(refused(once.count(won(51), legal, MORNING)), Some((Limit::Day, 50)));
        let tomorrow = MORNING.day_in_seoul().next().start();
        let twice = once.count(won(90), legal, tomorrow).unwrap();
        assert_eq!(refused(twice.count(won(11), legal, tomorrow)), Some((Limit::Month, 10)));
        let next_month = MORNING.month_in_seoul().unwrap().end().unwrap();
        assert!(twice.count(won(100), legal, next_month).is_ok());
    }

    #[test]
    fn coin_10_what_was_not_paid_does_not_count_and_only_in_its_own_day() {
        let legal = limits(100, 100, 1_000);
        let counted = Spending::default().count(won(100), legal, MORNING).unwrap();
        let back = counted.uncount(won(100), MORNING).unwrap();
        assert!(back.count(won(100), legal, MORNING).is_ok());
        let tomorrow = MORNING.day_in_seoul().next().start();
        let later = counted.count(won(60), legal, tomorrow).unwrap().uncount(won(100), MORNING).unwrap();
        assert_eq!((later.in_day, later.in_month), (won(60), won(60)));
    }

    #[test]
    fn coin_10_the_stricter_limit_holds() {
        let own = Spending { own: Some(limits(10, 500, 500)), ..Spending::default() };
        assert_eq!(own.limits(limits(100, 150, 200)), limits(10, 150, 200));
        assert!(limits(10, 20, 30).is_within(limits(10, 20, 30)));
        assert!(!limits(10, 20, 31).is_within(limits(10, 20, 30)));
    }
}
