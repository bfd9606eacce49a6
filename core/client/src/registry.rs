//! Who the parties are: a gateway names keys, the ledger's registry proves whose they are.

use crate::api::PartiesAnswer;
use crate::exchange::Exchange;
use crate::ledger::{LedgerClient, LedgerError, Proven};
use citizen_ledger::{Role, RoleRecord, StateKey, Verified, state_key};
use citizen_primitives::{KeyId, Place};

/// Why a party is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// The ledger was not reached, or its answer is not proved.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What the gateway gives as a key is none.
    #[error("the gateway names no key for the {}", .0.name())]
    Hint(Role),
    /// It is proved that the key has no such role now.
    #[error("the named key is no {} now", .0.name())]
    NotRegistered(Role),
}

/// The three parties a payment needs, each proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parties {
    /// The centre.
    pub centre: Verified<RoleRecord>,
    /// The bank.
    pub bank: Verified<RoleRecord>,
    /// The treasury.
    pub treasury: Verified<RoleRecord>,
}

/// What a gateway says about who the parties are. It is a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartyKeys {
    /// The centre's key.
    pub centre: KeyId,
    /// The bank's.
    pub bank: KeyId,
    /// The treasury's.
    pub treasury: KeyId,
}

impl PartyKeys {
    /// Asks the gateway.
    pub async fn ask(exchange: &Exchange, place: Place) -> Result<Self, RegistryError> {
        let answer: PartiesAnswer = exchange.get(place, "v1/parties").await.map_err(LedgerError::from)?;
        let key = |text: &str, role| KeyId::from_hex(text).map_err(|_| RegistryError::Hint(role));
        Ok(Self {
            centre: key(&answer.centre, Role::Centre)?,
            bank: key(&answer.bank, Role::Bank)?,
            treasury: key(&answer.treasury, Role::Treasury)?,
        })
    }

    /// The state keys of their roles: to be asked for together with other records.
    #[must_use]
    pub fn state_keys(&self) -> [StateKey; 3] {
        [
            state_key::role(Role::Centre, &self.centre),
            state_key::role(Role::Bank, &self.bank),
            state_key::role(Role::Treasury, &self.treasury),
        ]
    }
}

impl Parties {
    /// Asks the gateway who they are and the ledger whether they are (CLIENT-8).
    pub async fn find(
        exchange: &Exchange,
        ledger: &LedgerClient,
        place: Place,
    ) -> Result<Self, RegistryError> {
        let keys = PartyKeys::ask(exchange, place).await?;
        let proven = ledger.state(place, &keys.state_keys()).await?;
        Self::prove(&proven, &keys)
    }

    /// Reads the three from an answer that holds them.
    pub fn prove(proven: &Proven, keys: &PartyKeys) -> Result<Self, RegistryError> {
        Ok(Self {
            centre: prove_role(proven, Role::Centre, &keys.centre)?,
            bank: prove_role(proven, Role::Bank, &keys.bank)?,
            treasury: prove_role(proven, Role::Treasury, &keys.treasury)?,
        })
    }
}

/// The record of one role and key, if it is active at the header's time.
pub fn prove_role(proven: &Proven, role: Role, key: &KeyId) -> Result<Verified<RoleRecord>, RegistryError> {
    let record = proven.get::<RoleRecord>(&state_key::role(role, key))?.present();
    record
        .filter(|record| record.value().is_active(proven.header().time()))
        .ok_or(RegistryError::NotRegistered(role))
}
