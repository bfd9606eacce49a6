//! How a ledger begins: the same file gives every node the same first state.

use crate::parameters::Parameters;
use crate::role::RoleRecord;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_coin::ProgrammeRecord;
use citizen_primitives::{ChainId, UnixTime};

/// A validator: who signs headers, with how much weight.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Validator {
    /// Its Ed25519 key.
    pub key: [u8; 32],
    /// Its voting power.
    pub power: u64,
}

/// The beginning of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Genesis {
    /// The ledger's name.
    pub chain_id: ChainId,
    /// When it begins.
    pub time: UnixTime,
    /// Who signs the first header.
    pub validators: Vec<Validator>,
    /// The first parameters.
    pub parameters: Parameters,
    /// The first parties.
    pub roles: Vec<RoleRecord>,
    /// The first programmes.
    pub programmes: Vec<ProgrammeRecord>,
}
citizen_primitives::canonical!(Genesis = 1);
