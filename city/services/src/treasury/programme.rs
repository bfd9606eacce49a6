//! Programmes as dated data: what is granted for what, up to how much, since when, and where that is written.

use super::register::Fact;
use citizen_coin::ProgrammeRecord;
use citizen_primitives::{KeyId, Month, Points, ProgrammeId, Text, UnixTime};
use serde::Deserialize;

/// A programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programme {
    /// Its identifier.
    pub id: ProgrammeId,
    name_ko: Text,
    name_en: Text,
    yearly_cap: Points,
    personal_cap: Points,
    from: UnixTime,
    source: Text,
    rule: Rule,
}

/// What is granted for what.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Rule {
    Bill {
        points: u64,
    },
    Poll {
        points: u64,
    },
    Savings {
        tiers: Vec<Tier>,
    },
    /// Taking part in a poll: as much as its manifest says, and no fact of the register.
    Participation,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tier {
    from_percent: u8,
    points: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    name_ko: String,
    name_en: String,
    yearly_cap: u64,
    personal_cap: u64,
    from: String,
    source: String,
    rule: Rule,
}

/// A text is no list of programmes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a list of programmes")]
pub struct ProgrammeError;

/// Tax paid on time, opinion polls, eco mileage.
pub fn default_programmes() -> Result<Vec<Programme>, ProgrammeError> {
    Programme::list(include_str!("../../data/programmes.json"))
}

impl Programme {
    /// Reads a list in JSON.
    pub fn list(json: &str) -> Result<Vec<Self>, ProgrammeError> {
        let rows: Vec<Row> = serde_json::from_str(json).map_err(|_| ProgrammeError)?;
        rows.into_iter().map(|row| Self::of(row).ok_or(ProgrammeError)).collect()
    }

    /// What governance enters on the ledger.
    #[must_use]
    pub fn record(&self, granter: KeyId) -> ProgrammeRecord {
        ProgrammeRecord {
            id: self.id.clone(),
            name_ko: self.name_ko.clone(),
            name_en: self.name_en.clone(),
            granter,
            yearly_cap: self.yearly_cap,
            personal_cap: self.personal_cap,
            from: self.from,
            until: None,
            source: self.source.clone(),
        }
    }

    /// What a fact is worth; nothing if it earns nothing (TREASURY-1).
    pub(crate) fn worth(&self, fact: &Fact) -> Option<Points> {
        let points = match (&self.rule, fact) {
            (Rule::Bill { points }, Fact::Bill { on_time: true }) => *points,
            (Rule::Poll { points }, Fact::Poll { answered: true }) => *points,
            (Rule::Savings { tiers }, Fact::Savings { percent }) => {
                let reached = tiers.iter().filter(|tier| tier.from_percent <= *percent);
                reached.max_by_key(|tier| tier.from_percent)?.points
            }
            _ => return None,
        };
        Points::new(points).ok().filter(|points| !points.is_zero())
    }

    fn of(row: Row) -> Option<Self> {
        Some(Self {
            id: ProgrammeId::new(&row.id).ok()?,
            name_ko: Text::new(&row.name_ko).ok()?,
            name_en: Text::new(&row.name_en).ok()?,
            yearly_cap: Points::new(row.yearly_cap).ok()?,
            personal_cap: Points::new(row.personal_cap).ok()?,
            from: new_year(&row.from)?,
            source: Text::new(&row.source).ok()?,
            rule: row.rule,
        })
    }
}

/// The first second in Seoul of a year that is written as its first day.
fn new_year(day: &str) -> Option<UnixTime> {
    let year: u16 = day.strip_suffix("-01-01")?.parse().ok()?;
    Month::new(year.checked_sub(1)?, 12).ok()?.end().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worth(programme: &str, fact: &Fact) -> Option<u64> {
        let programmes = default_programmes().unwrap();
        let programme = programmes.iter().find(|one| one.id.as_str() == programme).unwrap();
        programme.worth(fact).map(Points::amount)
    }

    #[test]
    fn treasury_1_a_fact_is_worth_what_the_dated_data_say() {
        assert_eq!(worth("etax", &Fact::Bill { on_time: true }), Some(500));
        assert_eq!(worth("etax", &Fact::Bill { on_time: false }), None);
        assert_eq!(worth("poll", &Fact::Poll { answered: true }), Some(1_000));
        assert_eq!(worth("poll", &Fact::Poll { answered: false }), None);
        assert_eq!(worth("poll", &Fact::Bill { on_time: true }), None);
        for (percent, points) in [
            (4, None),
            (5, Some(10_000)),
            (9, Some(10_000)),
            (10, Some(30_000)),
            (14, Some(30_000)),
            (15, Some(50_000)),
        ] {
            assert_eq!(worth("eco", &Fact::Savings { percent }), points, "{percent} %");
        }
    }

    #[test]
    fn a_programmes_record_carries_its_source_and_its_date() {
        let record = default_programmes().unwrap()[2].record(KeyId::from_bytes([1; 32]));
        assert_eq!(record.from.to_kst(), "2019-01-01 00:00");
        assert_eq!(record.personal_cap.amount(), 100_000);
        assert!(record.source.as_str().contains("15 %"));
        assert_eq!(Programme::list("[{}]"), Err(ProgrammeError));
    }
}
