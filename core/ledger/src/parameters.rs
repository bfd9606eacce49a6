//! The ledger's parameters: data with a date and a source, never constants in code (DESIGN decision 14).

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Seconds, Text, UnixTime, Won};

/// A value that holds from a date on, with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Dated<T> {
    /// From when.
    pub from: UnixTime,
    /// The value.
    pub value: T,
    /// A law, an ordinance, a decision.
    pub source: Text,
}

/// The value in force at `time`: the latest that has begun.
#[must_use]
pub fn in_force<T>(values: &[Dated<T>], time: UnixTime) -> Option<&T> {
    values.iter().filter(|dated| dated.from <= time).max_by_key(|dated| dated.from).map(|dated| &dated.value)
}

/// The parameters in the state.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Parameters {
    /// How many blocks ahead a transaction's last height may lie; ids are remembered for so many blocks.
    pub validity_window: u64,
    /// The longest time from a block to the lapse of a hold in it.
    pub longest_hold: Seconds,
    /// Years from a grant to its expiry.
    pub expiry_years: Vec<Dated<u16>>,
    /// Above this sum of points and won, the device's hardware key co-signs.
    pub cosign_above: Vec<Dated<Won>>,
    /// How many governors must agree.
    pub governors: u16,
    /// How many transactions one account may have admitted in a minute.
    pub account_rate: u32,
    /// How old the newest header may be before a view is stale.
    pub stale_after: Seconds,
    /// The version of the rules that is in force; a phone that knows only earlier ones needs an update.
    pub rules: u16,
}
citizen_primitives::canonical!(Parameters = 1);

/// The version of the rules this program implements.
pub const RULES: u16 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_value_that_has_begun_is_in_force() {
        let dated =
            |from, value| Dated { from: UnixTime::from_seconds(from), value, source: Text::default() };
        let values = [dated(10, 'a'), dated(30, 'c'), dated(20, 'b')];
        let at = |time| in_force(&values, UnixTime::from_seconds(time)).copied();
        assert_eq!((at(9), at(10), at(29), at(30)), (None, Some('a'), Some('b'), Some('c')));
    }
}
