//! A relay: it carries ballots without knowing whose, and brings them to the board in shuffled batches, one for each slot.
//!
//! Between a ballot's arrival and its batch the relay asks nobody anything that depends on the ballot: a node of the ledger that is
//! asked for a voting key would learn when it came (RELAY-5).

mod batch;
mod board;
mod known;
mod promise;
mod receipt;
mod record;

use crate::db::Rows as _;
use crate::error::ServiceError;
use crate::party::Party;
use citizen_primitives::{PollId, UnixTime};
use known::Known;
use record::{BATCHES, Batch, COMING, Coming};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// How a relay behaves: the sandbox has one that lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Conduct {
    /// It does what it promises.
    #[default]
    Honest,
    /// It promises, and drops what comes in: anybody who has a promise can show it (VOTE-53).
    Dropping,
}

/// A relay.
pub struct Relay {
    party: Party,
    conduct: Mutex<Conduct>,
    /// Polls whose manifest is read. It never changes, nor does the election key.
    polls: Mutex<BTreeMap<PollId, Arc<Known>>>,
    /// Held while the board is read, and during a step.
    bringing: tokio::sync::Mutex<()>,
}

impl Relay {
    /// A relay.
    #[must_use]
    pub fn new(party: Party) -> Self {
        let (conduct, polls) = (Mutex::default(), Mutex::default());
        Self { party, conduct, polls, bringing: tokio::sync::Mutex::const_new(()) }
    }

    /// Who it is.
    #[must_use]
    pub const fn party(&self) -> &Party {
        &self.party
    }

    /// From now on it behaves so.
    pub fn set_conduct(&self, conduct: Conduct) {
        *self.conduct.lock().unwrap_or_else(PoisonError::into_inner) = conduct;
    }

    /// How many ballots and batches are on their way: all that it keeps of those that came.
    pub fn on_their_way(&self) -> Result<usize, ServiceError> {
        self.party.db().read(|rows| {
            let coming: Vec<(Vec<u8>, Coming)> = rows.all(COMING)?;
            let batches: Vec<(Vec<u8>, Batch)> = rows.all(BATCHES)?;
            Ok(coming.len().saturating_add(batches.len()))
        })
    }

    fn conduct(&self) -> Conduct {
        *self.conduct.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The later of its own clock and the newest header it has verified: slots are counted in the time of blocks.
    fn now(&self) -> UnixTime {
        self.party.now().max(self.party.ledger().trusted().time)
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("party", &self.party).finish_non_exhaustive()
    }
}
