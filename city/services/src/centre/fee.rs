//! Merchants' fees: tiers by the sales of the year before, as data with a date and a source.

use crate::error::{Reason, ServiceError};
use citizen_primitives::{UnixTime, Won};
use serde::Deserialize;
use std::sync::OnceLock;

/// One hundredth of a percent.
const WHOLE: u64 = 10_000;

/// A fee, tax apart: the fee as charged contains the tax of one eleventh (10 % on the supply value, 부가가치세법 제30조).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fee {
    /// What the service costs.
    pub supply: Won,
    /// The tax on it.
    pub vat: Won,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Schedule {
    /// From when, seconds since 1970.
    from: u64,
    #[serde(rename = "source")]
    _source: String,
    tiers: Vec<Tier>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tier {
    /// Sales of the year before, at most; without it, any.
    up_to: Option<u64>,
    /// The rate in hundredths of a percent.
    rate: u64,
}

fn schedules() -> &'static [Schedule] {
    static SCHEDULES: OnceLock<Vec<Schedule>> = OnceLock::new();
    SCHEDULES.get_or_init(|| serde_json::from_str(include_str!("../../data/fees.json")).unwrap_or_default())
}

/// The rate of a merchant at a time, in hundredths of a percent.
pub(super) fn rate(prior_year_sales: Won, time: UnixTime) -> Result<u64, ServiceError> {
    let in_force = schedules().iter().filter(|it| it.from <= time.seconds()).max_by_key(|it| it.from);
    let fits = |tier: &&Tier| tier.up_to.is_none_or(|up_to| prior_year_sales.amount() <= up_to);
    let tier = in_force.and_then(|schedule| schedule.tiers.iter().find(fits));
    tier.map(|tier| tier.rate).ok_or(ServiceError::Refused(Reason::Amount))
}

impl Fee {
    /// Of an amount at a rate, rounded down to the won.
    pub fn of(amount: Won, rate: u64) -> Result<Self, ServiceError> {
        let out_of_range = |_| ServiceError::Refused(Reason::Amount);
        let fee = u128::from(amount.amount()).saturating_mul(u128::from(rate)) / u128::from(WHOLE);
        let fee = u64::try_from(fee).map_err(|_| ServiceError::Refused(Reason::Amount))?;
        let vat = fee / 11;
        let supply = fee.saturating_sub(vat);
        Ok(Self {
            supply: Won::new(supply).map_err(out_of_range)?,
            vat: Won::new(vat).map_err(out_of_range)?,
        })
    }

    /// Tax included.
    pub fn total(&self) -> Result<Won, ServiceError> {
        self.supply.plus(self.vat).map_err(|_| Reason::Amount.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn centre_11_the_tiers_are_data_and_their_bounds_belong_to_the_lower_one() {
        let now = UnixTime::from_seconds(1_795_219_200);
        let rate = |sales| rate(Won::new(sales).unwrap(), now).unwrap();
        assert_eq!((rate(0), rate(800_000_000), rate(800_000_001)), (0, 0, 30));
        assert_eq!((rate(1_200_000_000), rate(1_200_000_001)), (30, 50));
        assert_eq!((rate(3_000_000_000), rate(3_000_000_001)), (50, 120));
        assert!(super::rate(Won::ZERO, UnixTime::from_seconds(0)).is_err(), "before the first schedule");
    }

    #[test]
    fn centre_11_a_fee_is_rounded_down_and_its_tax_is_a_part_of_it() {
        let fee = Fee::of(Won::new(12_345).unwrap(), 120).unwrap();
        assert_eq!((fee.supply.amount(), fee.vat.amount(), fee.total().unwrap().amount()), (135, 13, 148));
        assert_eq!(Fee::of(Won::new(12_345).unwrap(), 0).unwrap(), Fee::default());
    }
}
