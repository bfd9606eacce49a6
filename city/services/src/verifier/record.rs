//! What a verifier keeps of a visit: how it ended, and nothing that was shown.

use super::verdict::Outcome;
use crate::db::Table;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::UnixTime;

/// [`Ended`] by the digest of the visit's ticket.
pub(crate) const ENDED: Table = Table::new("ended");

/// A visit at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    /// The beginning of the day.
    pub(crate) day: UnixTime,
}

citizen_primitives::canonical!(Ended = 1);
