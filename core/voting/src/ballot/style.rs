//! What a ballot of one electorate looks like: the contests, and what every proof is bound to.

use crate::contest::{ContestRule, RuleError};
use crate::election::ElectionKey;
use crate::identifier::{ContestIndex, ElectorateIndex};
use citizen_primitives::PollId;

/// The contests of one electorate in one poll, and the key to encrypt to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BallotStyle {
    poll: PollId,
    electorate: ElectorateIndex,
    key: ElectionKey,
    contests: Vec<(ContestIndex, ContestRule)>,
}

impl BallotStyle {
    /// Checks the rules; the contests stand in ascending order.
    pub fn new(
        poll: PollId,
        electorate: ElectorateIndex,
        key: ElectionKey,
        contests: Vec<(ContestIndex, ContestRule)>,
    ) -> Result<Self, RuleError> {
        contests.iter().try_for_each(|(_, rule)| rule.check())?;
        if contests.is_empty() || !contests.is_sorted_by(|(before, _), (after, _)| before < after) {
            return Err(RuleError::Order);
        }
        Ok(Self { poll, electorate, key, contests })
    }

    /// The poll.
    #[must_use]
    pub const fn poll(&self) -> PollId {
        self.poll
    }

    /// The electorate.
    #[must_use]
    pub const fn electorate(&self) -> ElectorateIndex {
        self.electorate
    }

    /// The key to encrypt to.
    #[must_use]
    pub const fn key(&self) -> &ElectionKey {
        &self.key
    }

    /// The contests, in order.
    #[must_use]
    pub fn contests(&self) -> &[(ContestIndex, ContestRule)] {
        &self.contests
    }
}
