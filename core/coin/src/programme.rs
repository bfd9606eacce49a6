//! Programmes that grant points: caps are dated data with a source, never constants in code (core/docs/decisions.md, 14).

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{KeyId, Points, ProgrammeId, Text, UnixTime};

/// A programme as governance has entered it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ProgrammeRecord {
    /// Its identifier.
    pub id: ProgrammeId,
    /// Its name in Korean.
    pub name_ko: Text,
    /// Its name in English.
    pub name_en: Text,
    /// The treasury key that may grant under it.
    pub granter: KeyId,
    /// The most points for all persons together in a calendar year (Seoul time).
    pub yearly_cap: Points,
    /// The most points for one person in a calendar year.
    pub personal_cap: Points,
    /// From when.
    pub from: UnixTime,
    /// Until when, if it ends.
    pub until: Option<UnixTime>,
    /// Where the caps come from: an ordinance, a notice.
    pub source: Text,
}
citizen_primitives::canonical!(ProgrammeRecord = 1, GrantCount = 1);

/// Points granted so far under a cap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GrantCount(pub Points);

/// A cap that a grant would exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CapExceeded {
    /// The person's.
    #[error("the person's yearly cap of {cap:?} is reached")]
    Person {
        /// The cap.
        cap: Points,
    },
    /// The programme's.
    #[error("the programme's yearly cap of {cap:?} is reached")]
    Programme {
        /// The cap.
        cap: Points,
    },
}

impl ProgrammeRecord {
    /// Whether it grants at `time`.
    #[must_use]
    pub fn is_open(&self, time: UnixTime) -> bool {
        self.from <= time && self.until.is_none_or(|until| time < until)
    }

    /// Counts a grant against both caps (COIN-7); returns the new counts of person and programme.
    pub fn count(
        &self,
        points: Points,
        person: GrantCount,
        programme: GrantCount,
    ) -> Result<(GrantCount, GrantCount), CapExceeded> {
        let within = |sum: Result<Points, _>, cap: Points| sum.ok().filter(|sum| *sum <= cap).map(GrantCount);
        let person = within(person.0.plus(points), self.personal_cap)
            .ok_or(CapExceeded::Person { cap: self.personal_cap })?;
        let programme = within(programme.0.plus(points), self.yearly_cap)
            .ok_or(CapExceeded::Programme { cap: self.yearly_cap })?;
        Ok((person, programme))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(n: u64) -> Points {
        Points::new(n).unwrap()
    }

    #[test]
    fn coin_7_a_grant_up_to_a_cap_is_counted_and_one_point_more_is_refused() {
        let programme = ProgrammeRecord {
            id: ProgrammeId::new("eco").unwrap(),
            name_ko: Text::new("에코마일리지").unwrap(),
            name_en: Text::new("Eco mileage").unwrap(),
            granter: KeyId::from_bytes([1; 32]),
            yearly_cap: points(150),
            personal_cap: points(100),
            from: UnixTime::from_seconds(10),
            until: Some(UnixTime::from_seconds(20)),
            source: Text::default(),
        };
        let none = GrantCount::default();
        assert_eq!(
            programme.count(points(100), none, none),
            Ok((GrantCount(points(100)), GrantCount(points(100))))
        );
        assert_eq!(programme.count(points(101), none, none), Err(CapExceeded::Person { cap: points(100) }));
        let others = GrantCount(points(60));
        assert_eq!(
            programme.count(points(91), none, others),
            Err(CapExceeded::Programme { cap: points(150) })
        );
        assert!(!programme.is_open(UnixTime::from_seconds(9)));
        assert!(programme.is_open(UnixTime::from_seconds(19)));
        assert!(!programme.is_open(UnixTime::from_seconds(20)));
    }
}
