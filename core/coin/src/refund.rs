//! How a refund is split (core/docs/decisions.md, 12): points pro rata into the lots they came from, the remainder in won.

use crate::lots::Lots;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::order::sort_by_key;
use citizen_primitives::{AmountError, Month, Points, Won};
use std::cmp::Reverse;

/// Why a refund cannot be split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefundError {
    /// More than is left of what was paid.
    #[error("more than is left: {left} won")]
    TooMuch {
        /// What can still be refunded.
        left: Won,
    },
    /// An amount left the range.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

/// What was paid.
#[derive(Debug, Clone, Copy)]
pub struct Paid<'a> {
    /// The points, by the lots they came from.
    pub lots: &'a Lots,
    /// The won.
    pub won: Won,
}

/// What has been refunded of a payment so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Refunded {
    /// Points, by the lots they had come from, expired or not.
    pub lots: Lots,
    /// Won.
    pub won: Won,
    /// In how many refunds.
    pub count: u32,
}
citizen_primitives::canonical!(Refunded = 1);

/// One refund's share of points and won.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundShare {
    /// Points, by the lots they came from, expired or not.
    pub lots: Lots,
    /// Won.
    pub won: Won,
}

/// What becomes of points whose lot has expired since they were spent: policy with a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum LapsedRefund {
    /// They stay expired.
    StayExpired,
    /// They come back and expire so many months after the month of the refund.
    Grace {
        /// How many months; 0 is the month of the refund itself.
        months: u16,
    },
}

impl Paid<'_> {
    /// Points and won together.
    pub fn total(&self) -> Result<Won, AmountError> {
        self.won.plus(Won::new(self.lots.total()?.amount())?)
    }

    /// Splits a refund of `amount` after what was refunded before (COIN-8).
    ///
    /// Of everything refunded so far, this refund included, the points are the proportion that was paid in points, rounded
    /// down: both parts only ever grow, and the last refund completes both.
    pub fn share(&self, before: &Refunded, amount: Won) -> Result<RefundShare, RefundError> {
        let (paid_points, total) = (self.lots.total()?, self.total()?);
        let refunded_points = before.lots.total()?;
        let done = before.won.plus(Won::new(refunded_points.amount())?)?;
        let left = total.minus(done)?;
        if amount > left {
            return Err(RefundError::TooMuch { left });
        }
        let after = done.plus(amount)?;
        let points = Points::new(proportion(after.amount(), paid_points.amount(), total.amount()))?;
        let points = points.minus(refunded_points)?;
        let won = amount.minus(Won::new(points.amount())?)?;
        Ok(RefundShare { lots: self.spread(before, points)?, won })
    }

    /// Spreads points over what is left of each lot: in proportion, rounded down, and what remains one by one to the largest
    /// remainders; of equals, to the lot that expires first.
    fn spread(&self, before: &Refunded, points: Points) -> Result<Lots, AmountError> {
        let mut rests = Vec::new();
        for (month, paid) in self.lots.iter() {
            let back = before.lots.of_month(month);
            rests.push((month, paid.minus(back)?));
        }
        let all = Points::sum(rests.iter().map(|(_, rest)| *rest))?;
        let mut lots = Lots::new();
        let mut remainders: Vec<(Reverse<u128>, Month)> = Vec::new();
        for (month, rest) in rests {
            let (share, remainder) = split(points.amount(), rest.amount(), all.amount());
            lots.add(month, Points::new(share)?)?;
            if remainder > 0 {
                remainders.push((Reverse(remainder), month));
            }
        }
        sort_by_key(&mut remainders, |remainder| *remainder);
        let mut missing = points.minus(lots.total()?)?.amount();
        for (_, month) in remainders {
            if missing == 0 {
                break;
            }
            lots.add(month, Points::new(1)?)?;
            missing = missing.saturating_sub(1);
        }
        Ok(lots)
    }
}

impl Refunded {
    /// With one refund more.
    pub fn with(&self, share: &RefundShare) -> Result<Self, AmountError> {
        let mut lots = self.lots.clone();
        lots.add_all(&share.lots)?;
        Ok(Self { lots, won: self.won.plus(share.won)?, count: self.count.saturating_add(1) })
    }

    /// Points and won together.
    pub fn total(&self) -> Result<Won, AmountError> {
        self.won.plus(Won::new(self.lots.total()?.amount())?)
    }
}

impl LapsedRefund {
    /// What of a refund's lots lives in month `now`, under which months, and how many points stay expired.
    pub fn apply(self, lots: &Lots, now: Month) -> Result<(Lots, Points), RefundError> {
        let mut live = lots.clone();
        let expired = live.split_expired(now).total()?;
        match self {
            Self::StayExpired => Ok((live, expired)),
            Self::Grace { months } => {
                let mut month = now;
                for _ in 0..months {
                    // A calendar that ends is centuries away; the last month stands for all after it.
                    month = month.next().unwrap_or(month);
                }
                live.add(month, expired)?;
                Ok((live, Points::ZERO))
            }
        }
    }
}

/// `part · of / whole`, rounded down; 0 of an empty whole.
fn proportion(part: u64, of: u64, whole: u64) -> u64 {
    split(part, of, whole).0
}

/// `part · of / whole` and the remainder. Amounts are at most 10^15, so the product fits easily.
fn split(part: u64, of: u64, whole: u64) -> (u64, u128) {
    let product = u128::from(part).saturating_mul(u128::from(of));
    let quotient = product.checked_div(u128::from(whole)).unwrap_or_default();
    let remainder = product.checked_rem(u128::from(whole)).unwrap_or_default();
    (u64::try_from(quotient).unwrap_or(u64::MAX), remainder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn month(n: u8) -> Month {
        Month::new(2030, n).unwrap()
    }

    fn points(n: u64) -> Points {
        Points::new(n).unwrap()
    }

    fn won(n: u64) -> Won {
        Won::new(n).unwrap()
    }

    fn lots(amounts: &[u64]) -> Lots {
        let mut lots = Lots::new();
        for (n, amount) in (1u8..).zip(amounts) {
            lots.add(month(n), points(*amount)).unwrap();
        }
        lots
    }

    #[test]
    fn coin_8_a_third_comes_back_in_proportion_and_the_last_refund_completes() {
        let paid = lots(&[3_000, 2_000]);
        let paid = Paid { lots: &paid, won: won(7_000) };
        let first = paid.share(&Refunded::default(), won(4_001)).unwrap();
        // 4,001 · 5/12 = 1,667.08: 1,667 points, 2,334 won; of the points 3/5 and 2/5, the odd one to the larger remainder.
        assert_eq!((first.lots.total().unwrap(), first.won), (points(1_667), won(2_334)));
        assert_eq!(first.lots, lots(&[1_000, 667]));
        let before = Refunded::default().with(&first).unwrap();
        assert_eq!(paid.share(&before, won(8_000)), Err(RefundError::TooMuch { left: won(7_999) }));
        let last = paid.share(&before, won(7_999)).unwrap();
        let all = before.with(&last).unwrap();
        assert_eq!((&all.lots, all.won, all.count), (&lots(&[3_000, 2_000]), won(7_000), 2));
    }

    #[test]
    fn coin_8_refunds_one_by_one_launder_no_month() {
        let paid = lots(&[10, 10]);
        let paid = Paid { lots: &paid, won: won(0) };
        let mut refunded = Refunded::default();
        for _ in 0..10 {
            refunded = refunded.with(&paid.share(&refunded, won(1)).unwrap()).unwrap();
        }
        assert_eq!(refunded.lots, lots(&[5, 5]));
    }

    #[test]
    fn coin_8_lapsed_lots_follow_the_policy() {
        let back = lots(&[5, 0, 7]);
        let (live, expired) = LapsedRefund::StayExpired.apply(&back, month(2)).unwrap();
        assert_eq!((live, expired), (lots(&[0, 0, 7]), points(5)));
        let (live, expired) = LapsedRefund::Grace { months: 1 }.apply(&back, month(2)).unwrap();
        assert_eq!((live, expired), (lots(&[0, 0, 12]), points(0)));
    }

    proptest! {
        #[test]
        fn coin_8_any_refunds_together_are_what_was_paid(
            amounts in prop::collection::vec(0u64..5_000, 0..8),
            paid_won in 0u64..20_000,
            parts in prop::collection::vec(1u64..9_000, 1..40),
        ) {
            let paid_lots = lots(&amounts);
            let paid = Paid { lots: &paid_lots, won: won(paid_won) };
            let total = paid.total().unwrap();
            let mut refunded = Refunded::default();
            for part in parts {
                let left = total.minus(refunded.total().unwrap()).unwrap();
                let part = won(part).min(left);
                let share = paid.share(&refunded, part).unwrap();
                prop_assert_eq!(share.won.amount() + share.lots.total().unwrap().amount(), part.amount());
                refunded = refunded.with(&share).unwrap();
                for (month, back) in refunded.lots.iter() {
                    prop_assert!(back <= paid_lots.of_month(month));
                }
                prop_assert!(refunded.won <= paid.won);
            }
            let rest = total.minus(refunded.total().unwrap()).unwrap();
            let all = refunded.with(&paid.share(&refunded, rest).unwrap()).unwrap();
            prop_assert_eq!((&all.lots, all.won), (&paid_lots, paid.won));
        }
    }
}
