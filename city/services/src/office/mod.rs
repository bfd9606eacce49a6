//! The election office: makes a poll out of a plan, its rolls and its registrars' keys, announces it, watches it, publishes it.

mod announce;
mod compose;
mod keys;
mod plan;
mod publish;
mod record;
mod roll;
mod watch;

pub use announce::Announced;
pub use compose::{ComposeError, Draft, Drafted};
pub use keys::KeyHolder;
pub use plan::{
    ContestPlan, ElectoratePlan, GroupPlan, Lines, PlanError, PollPlan, RewardPlan, RulePlan, TimePlan,
    WindowPlan,
};
pub use publish::PublishError;
pub use roll::Member;
pub use watch::{Opener, Progress};

use crate::party::Party;
use citizen_keys::Secret32;
use std::fmt;

/// The election office.
pub struct Office {
    party: Party,
    /// By it persons are named on rolls, so that nobody else can say who they are.
    secret: Secret32,
    /// Held during a step.
    announcing: tokio::sync::Mutex<()>,
}

impl Office {
    /// An office with its secret.
    #[must_use]
    pub const fn new(party: Party, secret: Secret32) -> Self {
        Self { party, secret, announcing: tokio::sync::Mutex::const_new(()) }
    }

    /// Who it is.
    #[must_use]
    pub const fn party(&self) -> &Party {
        &self.party
    }
}

impl fmt::Debug for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Office").field("party", &self.party).finish_non_exhaustive()
    }
}
