//! What the city's offices know: bills paid, polls answered, energy saved. In the sandbox every citizen has the same facts.

use citizen_primitives::{ProgrammeId, Text};
use serde::Deserialize;

/// A fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fact {
    /// An electronic bill.
    Bill {
        /// Whether it was paid on time.
        on_time: bool,
    },
    /// An opinion poll.
    Poll {
        /// Whether the citizen has answered it.
        answered: bool,
    },
    /// Energy of six months against the mean of the last two years.
    Savings {
        /// Saved, in whole per cent.
        percent: u8,
    },
}

/// The register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register(Vec<Row>);

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    programme: String,
    evidence: String,
    fact: Fact,
    /// Whose fact it is; everybody's if it is not said.
    citizen: Option<String>,
}

/// A text is no register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a register")]
pub struct RegisterError;

impl Register {
    /// The sandbox's facts.
    pub fn sandbox() -> Result<Self, RegisterError> {
        Self::parse(include_str!("../../data/register.json"))
    }

    /// Reads a register in JSON.
    pub fn parse(json: &str) -> Result<Self, RegisterError> {
        Ok(Self(serde_json::from_str(json).map_err(|_| RegisterError)?))
    }

    /// The fact behind a piece of evidence.
    #[must_use]
    pub fn find(&self, programme: &ProgrammeId, citizen: &Text, evidence: &Text) -> Option<Fact> {
        let is_it = |row: &&Row| {
            row.programme == programme.as_str()
                && row.evidence == evidence.as_str()
                && row.citizen.as_deref().is_none_or(|name| name == citizen.as_str())
        };
        self.0.iter().find(is_it).map(|row| row.fact)
    }

    /// What a citizen could claim: programme and evidence, in the register's order.
    pub fn evidence(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|row| (row.programme.as_str(), row.evidence.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_found_by_programme_citizen_and_evidence() {
        let register = Register::parse(
            r#"[{"programme":"etax","evidence":"bill-1","fact":{"kind":"bill","on_time":true},"citizen":"gimjiu"}]"#,
        )
        .unwrap();
        let find = |programme, citizen, evidence| {
            let programme = ProgrammeId::new(programme).unwrap();
            register.find(&programme, &Text::new(citizen).unwrap(), &Text::new(evidence).unwrap())
        };
        assert_eq!(find("etax", "gimjiu", "bill-1"), Some(Fact::Bill { on_time: true }));
        assert_eq!(find("etax", "another", "bill-1"), None);
        assert_eq!(find("poll", "gimjiu", "bill-1"), None);
        assert_eq!(find("etax", "gimjiu", "bill-2"), None);
        assert!(Register::sandbox().unwrap().evidence().count() >= 8);
    }
}
