//! A trustee: she makes the election key of each poll together with the others, and opens sums when the poll is over. She has no
//! address: she reads the ledger, and speaks on it.

mod attend;
mod ceremony;
mod conduct;
mod find;
mod open;
mod record;

pub use conduct::Conduct;
pub use record::Standing;

use crate::db::Rows as _;
use crate::error::ServiceError;
use crate::party::Party;
use citizen_keys::SealingKey;
use citizen_primitives::{PollId, UnixTime};
use citizen_voting::tally::Tally;
use record::{POLLS, Seat};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// A trustee.
pub struct Trustee {
    party: Party,
    sealing: SealingKey,
    conduct: Mutex<Conduct>,
    /// Held during a step.
    attending: tokio::sync::Mutex<()>,
    /// When she last looked for new polls.
    looked: Mutex<Option<UnixTime>>,
    /// Until when nothing but time moves a poll.
    sleeping: Mutex<BTreeMap<PollId, UnixTime>>,
    /// The sums that she has added up herself, by poll: what a restart costs is adding them up again.
    sums: Mutex<BTreeMap<PollId, Vec<Tally>>>,
}

impl Trustee {
    /// A trustee with the key that shares are sealed to, which the registry and every manifest name with her.
    #[must_use]
    pub const fn new(party: Party, sealing: SealingKey) -> Self {
        Self {
            party,
            sealing,
            conduct: Mutex::new(Conduct::Honest),
            attending: tokio::sync::Mutex::const_new(()),
            looked: Mutex::new(None),
            sleeping: Mutex::new(BTreeMap::new()),
            sums: Mutex::new(BTreeMap::new()),
        }
    }

    /// From now on she behaves so: to see that the others and the ledger find out.
    pub fn set_conduct(&self, conduct: Conduct) {
        *self.conduct.lock().unwrap_or_else(PoisonError::into_inner) = conduct;
    }

    fn conduct(&self) -> Conduct {
        *self.conduct.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who she is.
    #[must_use]
    pub const fn party(&self) -> &Party {
        &self.party
    }

    /// How far she is with a poll; nothing if she has no seat in it, or has not heard of it.
    pub fn standing(&self, poll: &PollId) -> Result<Option<Standing>, ServiceError> {
        let seat: Option<Seat> = self.party.db().read(|rows| rows.find(POLLS, poll.as_bytes()))?;
        Ok(seat.map(|seat| seat.standing))
    }

    /// Whether she could still decrypt something of a poll.
    pub fn keeps_a_seed(&self, poll: &PollId) -> Result<bool, ServiceError> {
        let seat: Option<Seat> = self.party.db().read(|rows| rows.find(POLLS, poll.as_bytes()))?;
        Ok(seat.is_some_and(|seat| !seat.seed.is_empty()))
    }
}

impl fmt::Debug for Trustee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trustee").field("party", &self.party).finish_non_exhaustive()
    }
}
