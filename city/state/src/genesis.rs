//! The first state.

use crate::component::{governance, registry};
use crate::overlay::{Overlay, Stop};
use crate::read::{ReadError, StateRead};
use citizen_coin::Supply;
use citizen_ledger::state_key::{self, StateKey};
use citizen_ledger::{Genesis, Role, RoleRecord, Validator};
use citizen_primitives::{Hash, TransactionId};
use std::collections::{BTreeMap, BTreeSet};

/// The most voting power of all validators together (Tendermint, `MaxTotalVotingPower`: 2^63 / 8).
const MOST_POWER: u64 = 1 << 60;

/// Why a ledger cannot begin so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// No validators, one named twice, without power or with an unusable key, or more power than Tendermint counts.
    #[error("validators nobody could follow")]
    Validators,
    /// Parameters nobody could live with, or fewer governors than must agree.
    #[error("parameters nobody could live with")]
    Parameters,
    /// A party's key may not be registered.
    #[error("a key that may not be registered")]
    WeakKey,
    /// A party with one role twice, or one whose role ends before it begins.
    #[error("a party that cannot be entered")]
    Party,
    /// A programme named twice, or one whose granter is no treasury.
    #[error("a programme without a treasury of its own")]
    Programme,
}

/// The state before the first block: the same file gives every node the same bytes.
pub fn begin(genesis: &Genesis) -> Result<BTreeMap<StateKey, Vec<u8>>, GenesisError> {
    check(genesis)?;
    let mut overlay = Overlay::new(&Nothing);
    fill(&mut overlay, genesis).map_err(|_| GenesisError::Parameters)?;
    let writes = overlay.finish().map_err(|_| GenesisError::Parameters)?.writes;
    Ok(writes.into_iter().filter_map(|(key, value)| value.map(|value| (key, value))).collect())
}

fn check(genesis: &Genesis) -> Result<(), GenesisError> {
    let Genesis { chain_id: _, time, validators, parameters, roles, programmes } = genesis;
    check_validators(validators)?;
    governance::check_parameters(parameters, *time).map_err(|_| GenesisError::Parameters)?;
    check_parties(roles)?;
    let governors: Vec<_> = roles.iter().filter(|record| record.role == Role::Governor).cloned().collect();
    if !governance::is_governable(&governors, parameters.governors, *time) {
        return Err(GenesisError::Parameters);
    }
    let is_treasury = |key| roles.iter().any(|record| record.role == Role::Treasury && record.id() == key);
    let distinct: BTreeSet<_> = programmes.iter().map(|programme| &programme.id).collect();
    if distinct.len() == programmes.len() && programmes.iter().all(|programme| is_treasury(programme.granter))
    {
        Ok(())
    } else {
        Err(GenesisError::Programme)
    }
}

fn check_validators(validators: &[Validator]) -> Result<(), GenesisError> {
    let is_usable = |validator: &Validator| {
        validator.power > 0 && citizen_keys::PublicKey::Ed25519(validator.key).check().is_ok()
    };
    let distinct: BTreeSet<_> = validators.iter().map(|validator| validator.key).collect();
    let power = validators.iter().fold(0u64, |sum, validator| sum.saturating_add(validator.power));
    let is_sound = !validators.is_empty()
        && distinct.len() == validators.len()
        && power <= MOST_POWER
        && validators.iter().all(is_usable);
    if is_sound { Ok(()) } else { Err(GenesisError::Validators) }
}

fn check_parties(roles: &[RoleRecord]) -> Result<(), GenesisError> {
    if roles.iter().any(|record| record.key.check().is_err()) {
        return Err(GenesisError::WeakKey);
    }
    let distinct: BTreeSet<_> = roles.iter().map(|record| (record.role, record.id())).collect();
    let is_sound = distinct.len() == roles.len() && roles.iter().all(governance::is_some_time);
    if is_sound { Ok(()) } else { Err(GenesisError::Party) }
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

    fn find_mark(&self, _: &StateKey, _: &[u8; 32]) -> Result<Option<u64>, ReadError> {
        Ok(None)
    }

    fn leaf_content(&self, _: &StateKey, _: u64) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(None)
    }

    fn pending_headers(&self) -> Result<Vec<Hash>, ReadError> {
        Ok(Vec::new())
    }
}
