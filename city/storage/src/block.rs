//! A block as it is kept.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Hash, Height, UnixTime};

/// A block with all that is needed to serve it and to check it again.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StoredBlock {
    /// Its height.
    pub height: Height,
    /// Its time, as execution saw it.
    pub time: UnixTime,
    /// Its header's hash.
    pub hash: Hash,
    /// Header, commit and validators: a protobuf `tendermint.types.LightBlock`.
    pub light_block: Vec<u8>,
    /// The transactions, in order.
    pub transactions: Vec<Vec<u8>>,
    /// How each ended: 0 for success, else the number of a `Rejection`.
    pub codes: Vec<u32>,
    /// The hash of its part set, which the next header names.
    pub parts: (u32, Hash),
}
citizen_primitives::canonical!(StoredBlock = 1);
