//! A poll as people write it down, before there are keys and rolls.

use citizen_primitives::{Seconds, Text, UnixTime};
use citizen_voting::contest::{ContestRule, Group};
use citizen_voting::identifier::ElectorateIndex;
use citizen_voting::manifest::{Bilingual, Contest, Districts, Electorate, PollKind, Revote, Window};
use serde::Deserialize;

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PollPlan {
    /// What the poll is about.
    pub title: Lines,
    /// `binding` or `light`.
    pub kind: String,
    /// When registrars sign.
    pub registration: WindowPlan,
    /// When ballots are cast.
    pub casting: WindowPlan,
    /// How long a slot is, in seconds.
    pub slot: u64,
    /// How many trustees open sums.
    pub threshold: u8,
    /// Whether a later ballot replaces an earlier one.
    #[serde(default = "yes")]
    pub revote: bool,
    /// How many ballots one citizen may open to check them.
    pub checks: u8,
    /// Who votes.
    pub electorates: Vec<ElectoratePlan>,
    /// What is voted on.
    pub contests: Vec<ContestPlan>,
    /// What taking part is rewarded with.
    pub reward: Option<RewardPlan>,
}

/// A line in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    /// Korean.
    pub ko: String,
    /// English.
    pub en: String,
}

/// From when until when.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowPlan {
    /// The first second.
    pub from: TimePlan,
    /// The first second after it.
    pub until: TimePlan,
}

/// A time: `2026-12-01 09:00` in Seoul, or `+90`, so many seconds after the poll is made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct TimePlan(pub String);

/// People whose votes are summed together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ElectoratePlan {
    /// What it is called.
    pub name: Lines,
    /// Who belongs to it.
    pub eligible: Lines,
    /// The districts that its members live in, by their Korean names: `마포구`. None: the whole city.
    #[serde(default)]
    pub districts: Vec<String>,
    /// Its share in the weighted result.
    #[serde(default = "one")]
    pub weight: u16,
    /// Below so many counted ballots its sums are not opened.
    #[serde(default = "least_turnout")]
    pub minimum_turnout: u32,
    /// The file with its members: on each line an account, a tabulator, a person.
    pub roll: String,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ContestPlan {
    /// What is asked.
    pub question: Lines,
    /// What can be answered.
    pub options: Vec<Lines>,
    /// How one answers.
    pub rule: RulePlan,
    /// Who answers; everybody, if it is not said.
    pub electorates: Option<Vec<u8>>,
}

/// How one answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RulePlan {
    /// Of each group of options, in their order, from so many to so many.
    Choose(Vec<GroupPlan>),
    /// Each option gets 0 to so many points.
    Score(u8),
    /// All options are put in order.
    Rank(bool),
}

/// A group of options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupPlan {
    /// How many options.
    pub options: u8,
    /// The fewest that are chosen.
    pub min: u8,
    /// The most.
    pub max: u8,
}

/// What taking part is rewarded with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RewardPlan {
    /// How many points.
    pub points: u64,
    /// The ordinance that allows it.
    pub legal_basis: Lines,
}

/// What in a plan cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no {1}")]
pub struct PlanError(pub String, pub &'static str);

const fn yes() -> bool {
    true
}

const fn one() -> u16 {
    1
}

const fn least_turnout() -> u32 {
    Electorate::LEAST_TURNOUT
}

impl Lines {
    /// Both lines.
    pub fn read(&self) -> Result<Bilingual, PlanError> {
        let text = |text: &String| Text::new(text).map_err(|_| PlanError(text.clone(), "line of text"));
        Ok(Bilingual { ko: text(&self.ko)?, en: text(&self.en)? })
    }
}

impl TimePlan {
    fn read(&self, made: UnixTime) -> Result<UnixTime, PlanError> {
        let wrong = || PlanError(self.0.clone(), "time");
        if let Some(seconds) = self.0.strip_prefix('+') {
            return Ok(made.plus(Seconds::new(seconds.parse().map_err(|_| wrong())?)));
        }
        let civil: jiff::civil::DateTime = self.0.parse().map_err(|_| wrong())?;
        let seoul = jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(9));
        let seconds = civil.to_zoned(seoul).map_err(|_| wrong())?.timestamp().as_second();
        Ok(UnixTime::from_seconds(u64::try_from(seconds).map_err(|_| wrong())?))
    }
}

impl WindowPlan {
    /// The window of a poll that is made at this time.
    pub fn read(&self, made: UnixTime) -> Result<Window, PlanError> {
        Ok(Window { from: self.from.read(made)?, until: self.until.read(made)? })
    }
}

impl PollPlan {
    pub(super) fn kind(&self) -> Result<PollKind, PlanError> {
        match self.kind.as_str() {
            "binding" => Ok(PollKind::Binding),
            "light" => Ok(PollKind::Light),
            other => Err(PlanError(other.to_owned(), "kind of poll: binding or light")),
        }
    }

    /// Where its electorates live, if any of them is of a district.
    pub(super) fn districts(&self) -> Result<Option<Districts>, PlanError> {
        let name = |name: &String| Text::new(name).map_err(|_| PlanError(name.clone(), "district"));
        let lists = self.electorates.iter().map(|plan| plan.districts.iter().map(name).collect());
        Ok(Districts::of(lists.collect::<Result<_, _>>()?))
    }

    pub(super) const fn revote(&self) -> Revote {
        if self.revote { Revote::LastCounts } else { Revote::Once }
    }
}

impl ContestPlan {
    pub(super) fn read(&self, electorates: usize) -> Result<Contest, PlanError> {
        let options = u8::try_from(self.options.len())
            .map_err(|_| PlanError(self.question.en.clone(), "question with so many options"))?;
        let rule = match &self.rule {
            RulePlan::Choose(groups) => {
                let group = |plan: &GroupPlan| Group { options: plan.options, min: plan.min, max: plan.max };
                ContestRule::Choose { groups: groups.iter().map(group).collect() }
            }
            RulePlan::Score(highest) => ContestRule::Score { options, highest: *highest },
            RulePlan::Rank(_) => ContestRule::Rank { options },
        };
        let all = (0..u8::MAX).take(electorates).collect();
        Ok(Contest {
            question: self.question.read()?,
            options: self.options.iter().map(Lines::read).collect::<Result<_, _>>()?,
            rule,
            electorates: self
                .electorates
                .clone()
                .unwrap_or(all)
                .into_iter()
                .map(ElectorateIndex::new)
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seouls_or_count_from_the_making() {
        let made = UnixTime::from_seconds(1_795_219_200);
        let read = |text: &str| TimePlan(text.to_owned()).read(made).ok().map(UnixTime::seconds);
        assert_eq!(read("+90"), Some(1_795_219_290));
        assert_eq!(read("2026-11-21 09:00"), Some(1_795_219_200));
        assert_eq!(read("2026-11-21T09:00:01"), Some(1_795_219_201));
        for wrong in ["", "tomorrow", "+", "+-1", "2026-13-01 09:00", "1969-01-01 00:00"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
