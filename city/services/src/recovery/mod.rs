//! A recovery officer: she sees who asks for an account whose phone and recovery code are lost, and signs with others what the ledger
//! lets only several of them decide (core/docs/adr/0011, city/docs/adr/0003).

mod ask;
mod enrol;
mod follow;
mod record;
mod sealed;
mod sign;

use crate::error::ServiceError;
use crate::issuer::{Resident, ResidentRegister};
use crate::party::Party;
use crate::tries::Tries;
use citizen_client::Exchange;
use citizen_client::api::Identity;
use citizen_keys::SealingKey;
use citizen_primitives::{Seconds, UnixTime};
use std::fmt;
use std::sync::Mutex;

/// For how long an approval may be used to file its case.
pub const APPROVAL_LIFE: Seconds = Seconds::new(24 * 60 * 60);

/// A recovery officer's office.
pub struct RecoveryOfficer {
    party: Party,
    /// To which what she is told is sealed.
    sealing: SealingKey,
    register: ResidentRegister,
    /// How often each number was shown with what is not its resident's.
    tries: Tries,
    /// Where the issuer of credentials is told of a loss; nothing in a city without one.
    issuer: Option<Exchange>,
    /// When the ledger was looked at last.
    looked: Mutex<Option<UnixTime>>,
    /// Held during a step.
    following: tokio::sync::Mutex<()>,
}

impl RecoveryOfficer {
    /// An officer with the register of residents before her.
    #[must_use]
    pub fn new(
        party: Party,
        sealing: SealingKey,
        register: ResidentRegister,
        issuer: Option<Exchange>,
    ) -> Self {
        let following = tokio::sync::Mutex::const_new(());
        Self {
            party,
            sealing,
            register,
            tries: Tries::default(),
            issuer,
            looked: Mutex::default(),
            following,
        }
    }

    /// Who she is.
    #[must_use]
    pub const fn party(&self) -> &Party {
        &self.party
    }

    /// **RECOVERY-9** Who shows number, name and day of birth together (RECOVERY-1), and was not guessed at too often.
    fn identified(&self, identity: &Identity) -> Result<&Resident, ServiceError> {
        let Identity { number, name, birth_date } = identity;
        self.tries.shown(&self.register, (number, name, birth_date), self.party.now())
    }
}

impl fmt::Debug for RecoveryOfficer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecoveryOfficer").field("party", &self.party).finish_non_exhaustive()
    }
}
