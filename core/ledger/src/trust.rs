//! Where trust begins: a checkpoint from a file, never from a server (core/docs/decisions.md, 5).

use crate::light_block::LightBlock;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{ChainId, Hash, Height, Seconds, UnixTime};

/// How the first trusted header came to the phone; said with every view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Trust {
    /// By a file that came with the app.
    File,
    /// From the server itself, at the first use.
    FirstUse,
}

/// A header that is trusted without proof.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TrustAnchor {
    /// The ledger's name.
    pub chain_id: ChainId,
    /// The header's height.
    pub height: Height,
    /// Its hash.
    pub header_hash: Hash,
    /// Its time.
    pub time: UnixTime,
    /// The hash of the validators who sign the **next** header: `next_validators_hash` of this one.
    pub validators_hash: Hash,
    /// How it came here.
    pub trust: Trust,
    /// For how long a trusted header vouches for later ones. A permissioned set has no unbonding: half a year is usual,
    /// and the app brings a newer checkpoint long before.
    pub trusting_period: Seconds,
}

/// The newest header that a light client has verified: what it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TrustedState {
    /// The header's height.
    pub height: Height,
    /// Its time.
    pub time: UnixTime,
    /// Its hash.
    pub header_hash: Hash,
    /// The hash of the validators who sign the next header.
    pub next_validators_hash: Hash,
}
citizen_primitives::canonical!(TrustAnchor = 1, TrustedState = 1);

impl TrustAnchor {
    /// Takes a header on trust: right for the city that sealed it; for a phone only where first use was asked for.
    #[must_use]
    pub fn dangerous_trust(block: &LightBlock, trust: Trust, trusting_period: Seconds) -> Self {
        Self {
            chain_id: block.chain_id().clone(),
            height: block.height(),
            header_hash: block.header_hash(),
            time: block.time(),
            validators_hash: block.next_validators_hash(),
            trust,
            trusting_period,
        }
    }

    /// The state of a light client that knows nothing newer.
    #[must_use]
    pub const fn state(&self) -> TrustedState {
        TrustedState {
            height: self.height,
            time: self.time,
            header_hash: self.header_hash,
            next_validators_hash: self.validators_hash,
        }
    }
}
