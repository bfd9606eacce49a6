//! Points by month of expiry.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{AmountError, Month, Points};
use std::collections::BTreeMap;
use std::io::{self, Read};

/// Why points cannot be taken or added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LotsError {
    /// Fewer points are spendable than asked.
    #[error("{available:?} available where {asked:?} are asked")]
    NotEnough {
        /// What was asked.
        asked: Points,
        /// What is spendable.
        available: Points,
    },
    /// The sum leaves the range of amounts.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

/// Points by the month at whose end they expire; no lot is empty (COIN-2).
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize)]
pub struct Lots(BTreeMap<Month, Points>);

impl Lots {
    /// No points.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// One lot.
    #[must_use]
    pub fn of(month: Month, points: Points) -> Self {
        let mut lots = Self::new();
        if !points.is_zero() {
            lots.0.insert(month, points);
        }
        lots
    }

    /// The lots, first to expire first.
    pub fn iter(&self) -> impl Iterator<Item = (Month, Points)> + '_ {
        self.0.iter().map(|(month, points)| (*month, *points))
    }

    /// What the lot of one month holds.
    #[must_use]
    pub fn of_month(&self, month: Month) -> Points {
        self.0.get(&month).copied().unwrap_or_default()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sum of all lots, expired or not.
    pub fn total(&self) -> Result<Points, AmountError> {
        Points::sum(self.0.values().copied())
    }

    /// The sum of the lots that have not expired in month `now`.
    pub fn spendable(&self, now: Month) -> Result<Points, AmountError> {
        Points::sum(self.0.range(now..).map(|(_, points)| *points))
    }

    /// Adds a lot, into the one of the same month if there is one (COIN-2).
    pub fn add(&mut self, month: Month, points: Points) -> Result<(), AmountError> {
        if points.is_zero() {
            return Ok(());
        }
        let sum = self.0.get(&month).copied().unwrap_or_default().plus(points)?;
        self.0.insert(month, sum);
        Ok(())
    }

    /// Adds all lots of `other`.
    pub fn add_all(&mut self, other: &Self) -> Result<(), AmountError> {
        other.iter().try_for_each(|(month, points)| self.add(month, points))
    }

    /// Takes points, first-expiring-first, none of them expired in month `now` (COIN-1). Nothing changes on an error.
    pub fn take(&mut self, asked: Points, now: Month) -> Result<Self, LotsError> {
        let available = self.spendable(now)?;
        let mut missing = asked;
        let mut taken = Self::new();
        for (month, points) in self.0.range(now..) {
            let part = (*points).min(missing);
            taken.add(*month, part)?;
            missing = missing.minus(part)?;
            if missing.is_zero() {
                break;
            }
        }
        if !missing.is_zero() {
            return Err(LotsError::NotEnough { asked, available });
        }
        self.remove_all(&taken)?;
        Ok(taken)
    }

    /// Splits off what has expired in month `now`.
    pub fn split_expired(&mut self, now: Month) -> Self {
        let live = self.0.split_off(&now);
        Self(std::mem::replace(&mut self.0, live))
    }

    fn remove_all(&mut self, taken: &Self) -> Result<(), AmountError> {
        for (month, points) in taken.iter() {
            let rest = self.0.get(&month).copied().unwrap_or_default().minus(points)?;
            if rest.is_zero() {
                self.0.remove(&month);
            } else {
                self.0.insert(month, rest);
            }
        }
        Ok(())
    }
}

impl BorshDeserialize for Lots {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let lots = BTreeMap::<Month, Points>::deserialize_reader(reader)?;
        if lots.values().any(|points| points.is_zero()) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "empty lot"));
        }
        Ok(Self(lots))
    }
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

    #[test]
    fn coin_1_the_first_to_expire_is_taken_first_and_the_expired_never() {
        let mut lots = Lots::of(month(1), points(50));
        lots.add(month(3), points(100)).unwrap();
        lots.add(month(2), points(10)).unwrap();
        let taken = lots.take(points(60), month(2)).unwrap();
        assert_eq!(taken.iter().collect::<Vec<_>>(), [(month(2), points(10)), (month(3), points(50))]);
        assert_eq!(lots.iter().collect::<Vec<_>>(), [(month(1), points(50)), (month(3), points(50))]);
        let before = lots.clone();
        let refused = lots.take(points(51), month(2));
        assert_eq!(refused, Err(LotsError::NotEnough { asked: points(51), available: points(50) }));
        assert_eq!(lots, before, "a refused taking changes nothing");
    }

    #[test]
    fn coin_2_an_empty_lot_is_never_kept_nor_read() {
        let mut lots = Lots::of(month(1), points(5));
        lots.add(month(1), points(6)).unwrap();
        assert_eq!(lots.iter().count(), 1);
        lots.take(points(11), month(1)).unwrap();
        assert!(lots.is_empty());
        let empty_lot = borsh::to_vec(&BTreeMap::from([(month(1), Points::ZERO)])).unwrap();
        assert!(borsh::from_slice::<Lots>(&empty_lot).is_err());
    }

    proptest! {
        #[test]
        fn coin_1_taking_moves_points_and_makes_none(
            amounts in proptest::collection::vec(0u64..10_000, 1..12),
            asked in 0u64..60_000,
            now in 1u8..12,
        ) {
            let mut lots = Lots::new();
            for (n, amount) in (1u8..).zip(&amounts) {
                lots.add(month(n), points(*amount)).unwrap();
            }
            let total = lots.total().unwrap();
            let spendable = lots.spendable(month(now)).unwrap();
            match lots.take(points(asked), month(now)) {
                Ok(taken) => {
                    prop_assert_eq!(taken.total().unwrap(), points(asked));
                    prop_assert!(taken.iter().all(|(m, p)| m >= month(now) && !p.is_zero()));
                    prop_assert_eq!(lots.total().unwrap().plus(points(asked)).unwrap(), total);
                    prop_assert!(points(asked) <= spendable);
                }
                Err(_) => prop_assert!(points(asked) > spendable),
            }
        }
    }
}
