//! A proof as it came, kept so that it can be verified again: a number from the store is believed no more than one from
//! the network.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_ledger::ProvenState;

/// A header and values proved under it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct KeptProof {
    /// The light block's bytes.
    pub(crate) light_block: Vec<u8>,
    /// The values.
    pub(crate) state: ProvenState,
}
citizen_primitives::canonical!(KeptProof = 1);
