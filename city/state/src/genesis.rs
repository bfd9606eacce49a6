//! The first state.

use crate::component::{governance, registry};
use crate::overlay::{Overlay, Stop};
use crate::read::{ReadError, StateRead};
use citizen_coin::Supply;
use citizen_ledger::state_key::{self, StateKey};
use citizen_ledger::{Genesis, Role};
use citizen_primitives::{Hash, TransactionId};
use std::collections::BTreeMap;

/// Why a ledger cannot begin so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// No validators, or one without power or with an unusable key.
    #[error("validators nobody could follow")]
    Validators,
    /// Parameters nobody could live with, or fewer governors than must agree.
    #[error("parameters nobody could live with")]
    Parameters,
    /// A party's key may not be registered.
    #[error("a key that may not be registered")]
    WeakKey,
    /// A programme's granter is no treasury.
    #[error("a programme without a treasury")]
    Programme,
}

/// The state before the first block: the same file gives every node the same bytes.
pub fn begin(genesis: &Genesis) -> Result<BTreeMap<StateKey, Vec<u8>>, GenesisError> {
    check(genesis)?;
    let mut overlay = Overlay::new(&Nothing);
    fill(&mut overlay, genesis).map_err(|_| GenesisError::Parameters)?;
    let writes = overlay.finish().writes;
    Ok(writes.into_iter().filter_map(|(key, value)| value.map(|value| (key, value))).collect())
}

fn check(genesis: &Genesis) -> Result<(), GenesisError> {
    let Genesis { chain_id: _, time, validators, parameters, roles, programmes } = genesis;
    let is_usable = |key: [u8; 32]| citizen_keys::PublicKey::Ed25519(key).check().is_ok();
    if validators.is_empty()
        || validators.iter().any(|validator| validator.power == 0 || !is_usable(validator.key))
    {
        return Err(GenesisError::Validators);
    }
    governance::check_parameters(parameters).map_err(|_| GenesisError::Parameters)?;
    if roles.iter().any(|record| record.key.check().is_err()) {
        return Err(GenesisError::WeakKey);
    }
    let governors =
        roles.iter().filter(|record| record.role == Role::Governor && record.is_active(*time)).count();
    if governors < usize::from(parameters.governors) {
        return Err(GenesisError::Parameters);
    }
    let is_treasury = |key| roles.iter().any(|record| record.role == Role::Treasury && record.id() == key);
    if programmes.iter().all(|programme| is_treasury(programme.granter)) {
        Ok(())
    } else {
        Err(GenesisError::Programme)
    }
}

fn fill(overlay: &mut Overlay<'_>, genesis: &Genesis) -> Result<(), Stop> {
    overlay.put(state_key::parameters(), &genesis.parameters);
    let month = genesis.time.month_in_seoul()?;
    overlay.put(state_key::supply(), &Supply { month: Some(month), ..Supply::default() });
    for record in &genesis.roles {
        registry::enter(overlay, record)?;
    }
    for record in &genesis.programmes {
        governance::enter_programme(overlay, record)?;
    }
    Ok(())
}

/// The state before there is one.
struct Nothing;

impl StateRead for Nothing {
    fn read(&self, _: &StateKey) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(None)
    }

    fn was_consumed(&self, _: &TransactionId) -> Result<bool, ReadError> {
        Ok(false)
    }

    fn pending_headers(&self) -> Result<Vec<Hash>, ReadError> {
        Ok(Vec::new())
    }
}
