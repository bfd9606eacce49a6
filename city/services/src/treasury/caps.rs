//! What the ledger counts of a programme and of a person in a year, and what it would say to one grant more (COIN-7).

use crate::error::ServiceError;
use citizen_client::Proven;
use citizen_coin::{GrantCount, ProgrammeRecord};
use citizen_ledger::{StateKey, state_key};
use citizen_payment::word::ClaimRefusal;
use citizen_primitives::{PersonTag, Points, ProgrammeId, UnixTime};

/// Where the counts stand.
pub(super) struct Caps {
    programme: StateKey,
    programme_year: StateKey,
    person_year: StateKey,
}

impl Caps {
    /// Of a person in a programme's year.
    pub(super) fn of(programme: &ProgrammeId, person: &PersonTag, year: u16) -> Self {
        Self {
            programme: state_key::programme(programme),
            programme_year: state_key::programme_year(programme, year),
            person_year: state_key::person_year(programme, year, person),
        }
    }

    /// What has to be proved.
    pub(super) fn keys(&self) -> [StateKey; 3] {
        [self.programme.clone(), self.programme_year.clone(), self.person_year.clone()]
    }

    /// Why the ledger would not grant so many points at a time; nothing if it would.
    pub(super) fn refusal(
        &self,
        points: Points,
        proven: &Proven,
        time: UnixTime,
    ) -> Result<Option<ClaimRefusal>, ServiceError> {
        let programme = proven.get::<ProgrammeRecord>(&self.programme)?.into_parts().0;
        let Some(programme) = programme.filter(|programme| programme.is_open(time)) else {
            return Ok(Some(ClaimRefusal::NotFound));
        };
        let count =
            |key| Ok::<_, ServiceError>(proven.get::<GrantCount>(key)?.into_parts().0.unwrap_or_default());
        let counted = programme.count(points, count(&self.person_year)?, count(&self.programme_year)?);
        Ok(counted.err().map(|_| ClaimRefusal::CapReached))
    }
}
