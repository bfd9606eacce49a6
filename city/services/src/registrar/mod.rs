//! A registrar: it keeps a roll, signs once for each person on it, blindly, and enters every signature in the public log before it
//! leaves.

mod card;
mod enter;
mod question;
mod record;
mod register;
mod roll;

pub use roll::{Known, Roll, RollError, RollRow};

use crate::blind_keys::{self, At};
use crate::error::ServiceError;
use crate::party::Party;
use crate::places;
use card::Counter;
use citizen_client::api::{BlindKeysAnswer, BlindKeysRequest};
use citizen_keys::SealingKey;
use citizen_voting::blind::BlindSigningKey;
use citizen_voting::manifest::Manifest;
use std::fmt;

/// A registrar.
pub struct Registrar {
    party: Party,
    sealing: SealingKey,
    /// By what it asks for the citizen card; a registrar elsewhere has none.
    counter: Option<Counter>,
    /// Held during a step.
    entering: tokio::sync::Mutex<()>,
}

impl Registrar {
    /// A registrar that opens registrations with `sealing`.
    #[must_use]
    pub const fn new(party: Party, sealing: SealingKey) -> Self {
        Self { party, sealing, counter: None, entering: tokio::sync::Mutex::const_new(()) }
    }

    /// Who it is.
    #[must_use]
    pub const fn party(&self) -> &Party {
        &self.party
    }

    /// The election office orders keys for a poll that it prepares: one for each electorate (REGISTRAR-1). They are made step by
    /// step; the same order again tells those that are there.
    pub async fn keys(&self, request: BlindKeysRequest) -> Result<BlindKeysAnswer, ServiceError> {
        let most = u8::try_from(Manifest::MOST_ELECTORATES).unwrap_or(u8::MAX);
        let at = At { ask: places::REGISTRAR_ASK_STATE, write: places::REGISTRAR_KEYS };
        blind_keys::order(&self.party, at, &request, most).await
    }

    /// Takes keys that were made elsewhere for a draft: on a machine that is on no network, say.
    pub fn bring_keys(&self, draft: [u8; 32], keys: &[BlindSigningKey]) -> Result<(), ServiceError> {
        blind_keys::bring(&self.party, places::REGISTRAR_KEYS, draft, keys)
    }
}

impl fmt::Debug for Registrar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registrar").field("party", &self.party).finish_non_exhaustive()
    }
}
