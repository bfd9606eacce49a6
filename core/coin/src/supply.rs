//! The city-wide totals: exact after every block, without visiting accounts.

use crate::lots::Lots;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{AmountError, Month, Points};

/// Why the totals refuse a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SupplyError {
    /// A total would leave the range of amounts.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// The totals do not add up (COIN-3): a fault of the program, never of a transaction.
    #[error("the supply does not add up")]
    Unbalanced,
}

/// All points ever issued, by what has become of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Supply {
    /// Ever granted.
    pub issued: Points,
    /// Spendable in some account, by month of expiry.
    pub spendable: Lots,
    /// On hold for payments that have not ended, by month of expiry.
    pub held: Lots,
    /// Captured by payments.
    pub spent: Points,
    /// Changed into gift certificates.
    pub redeemed: Points,
    /// Lapsed unspent.
    pub expired: Points,
    /// The month up to which expiry has been counted.
    pub month: Option<Month>,
}
citizen_primitives::canonical!(Supply = 1);

impl Supply {
    /// A month has begun: what was spendable until before it is expired (COIN-4). Returns whether anything changed.
    pub fn begin_month(&mut self, now: Month) -> Result<bool, SupplyError> {
        if self.month.is_some_and(|counted| counted >= now) {
            return Ok(false);
        }
        self.month = Some(now);
        let lapsed = self.spendable.split_expired(now).total()?;
        self.expired = self.expired.plus(lapsed)?;
        Ok(true)
    }

    /// Points are issued.
    pub fn grant(&mut self, month: Month, points: Points) -> Result<(), SupplyError> {
        self.issued = self.issued.plus(points)?;
        Ok(self.spendable.add(month, points)?)
    }

    /// Lots go on hold.
    pub fn hold(&mut self, lots: &Lots) -> Result<(), SupplyError> {
        Self::shift(&mut self.spendable, lots)?;
        Ok(self.held.add_all(lots)?)
    }

    /// Lots on hold are spent.
    pub fn capture(&mut self, lots: &Lots) -> Result<(), SupplyError> {
        Self::shift(&mut self.held, lots)?;
        self.spent = self.spent.plus(lots.total()?)?;
        Ok(())
    }

    /// Lots come back from hold; those that have expired by `now` are expired (COIN-5).
    pub fn give_back(&mut self, lots: &Lots, now: Month) -> Result<(), SupplyError> {
        Self::shift(&mut self.held, lots)?;
        let mut live = lots.clone();
        let expired = live.split_expired(now).total()?;
        self.expired = self.expired.plus(expired)?;
        Ok(self.spendable.add_all(&live)?)
    }

    /// Spent lots come back (COIN-8): those that live are spendable again, `expired` of them stay gone.
    pub fn refund(&mut self, live: &Lots, expired: Points) -> Result<(), SupplyError> {
        let back = live.total()?.plus(expired)?;
        self.spent = self.spent.minus(back)?;
        self.expired = self.expired.plus(expired)?;
        Ok(self.spendable.add_all(live)?)
    }

    /// Lots are changed into a gift certificate, for good (COIN-9).
    pub fn redeem(&mut self, lots: &Lots) -> Result<(), SupplyError> {
        Self::shift(&mut self.spendable, lots)?;
        self.redeemed = self.redeemed.plus(lots.total()?)?;
        Ok(())
    }

    /// Checks that all adds up (COIN-3).
    pub fn check(&self) -> Result<(), SupplyError> {
        let parts = [self.spendable.total()?, self.held.total()?, self.spent, self.redeemed, self.expired];
        if Points::sum(parts)? == self.issued { Ok(()) } else { Err(SupplyError::Unbalanced) }
    }

    /// Takes lots out of a pile, month by month.
    fn shift(pile: &mut Lots, lots: &Lots) -> Result<(), SupplyError> {
        let mut rest = Lots::new();
        for (month, points) in pile.iter() {
            let taken =
                lots.iter().find(|(other, _)| *other == month).map(|(_, points)| points).unwrap_or_default();
            rest.add(month, points.minus(taken)?)?;
        }
        let moved = pile.total()?.minus(rest.total()?)?;
        if moved != lots.total()? {
            return Err(SupplyError::Unbalanced);
        }
        *pile = rest;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(n: u8) -> Month {
        Month::new(2030, n).unwrap()
    }

    fn points(n: u64) -> Points {
        Points::new(n).unwrap()
    }

    #[test]
    fn coin_3_and_4_and_5_every_change_keeps_the_sum() {
        let mut supply = Supply::default();
        supply.begin_month(month(1)).unwrap();
        supply.grant(month(2), points(100)).unwrap();
        supply.grant(month(5), points(10)).unwrap();
        let lots = Lots::of(month(2), points(40));
        supply.hold(&lots).unwrap();
        supply.check().unwrap();
        assert!(supply.begin_month(month(3)).unwrap());
        assert_eq!(supply.expired, points(60), "spendable of February is gone in March");
        assert!(!supply.begin_month(month(3)).unwrap());
        supply.give_back(&lots, month(3)).unwrap();
        assert_eq!(supply.expired, points(100), "what comes back too late stays expired");
        let last = Lots::of(month(5), points(10));
        supply.hold(&last).unwrap();
        supply.capture(&last).unwrap();
        assert_eq!(supply.spent, points(10));
        supply.check().unwrap();
    }

    #[test]
    fn coin_8_and_9_refunds_and_certificates_keep_the_sum() {
        let mut supply = Supply::default();
        supply.begin_month(month(1)).unwrap();
        supply.grant(month(5), points(100)).unwrap();
        let lots = Lots::of(month(5), points(60));
        supply.hold(&lots).unwrap();
        supply.capture(&lots).unwrap();
        supply.refund(&Lots::of(month(5), points(20)), points(10)).unwrap();
        assert_eq!((supply.spent, supply.expired), (points(30), points(10)));
        supply.check().unwrap();
        supply.redeem(&Lots::of(month(5), points(60))).unwrap();
        assert_eq!(supply.redeemed, points(60));
        supply.check().unwrap();
        assert!(supply.refund(&Lots::of(month(5), points(31)), points(0)).is_err(), "more than was spent");
        assert!(supply.redeem(&Lots::of(month(5), points(1))).is_err());
    }

    #[test]
    fn coin_3_points_that_are_not_there_cannot_move() {
        let mut supply = Supply::default();
        supply.grant(month(2), points(5)).unwrap();
        let before = supply.clone();
        assert!(supply.hold(&Lots::of(month(2), points(6))).is_err());
        assert!(supply.hold(&Lots::of(month(3), points(1))).is_err());
        assert_eq!(supply, before);
        supply.issued = points(6);
        assert_eq!(supply.check(), Err(SupplyError::Unbalanced));
    }
}
