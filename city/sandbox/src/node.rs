//! The ledger's node in the folder: opened, gone on from where it stood, with a first block to begin trust from.

use crate::keys::Keys;
use crate::rules::{self, RulesError};
use citizen_ledger::{Genesis, LightBlock, Trust, TrustAnchor};
use citizen_primitives::{Clock, Height, Seconds, random};
use city_chain::{Chain as _, ChainError, EmbeddedChain, Pace, ValidatorKey};
use city_storage::{Options, Storage, StorageError};
use std::path::Path;
use std::sync::Arc;

/// How long a checkpoint vouches for later headers.
pub const TRUSTING_PERIOD: Seconds = Seconds::new(180 * 24 * 60 * 60);

/// Why there is no node.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The disk.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The rules of payments.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The first block cannot be read back.
    #[error("the ledger has no first block")]
    NoFirstBlock,
}

/// Opens the ledger's file.
pub fn storage(file: &Path, genesis: &Genesis) -> Result<Storage, NodeError> {
    // The default cache is for a large ledger; a sandbox shares its machine.
    let options = Options { cache: 32 * 1024 * 1024, ..Options::default() };
    Ok(Storage::open(file, genesis, options)?)
}

/// A node over an opened file that has sealed a block at least.
pub fn open(storage: Storage, keys: &Keys, clock: Arc<dyn Clock>) -> Result<Arc<EmbeddedChain>, NodeError> {
    open_paced(storage, keys, clock, Pace::default())
}

/// The same at a pace of its own.
pub fn open_paced(
    storage: Storage,
    keys: &Keys,
    clock: Arc<dyn Clock>,
    pace: Pace,
) -> Result<Arc<EmbeddedChain>, NodeError> {
    let validators = keys.validators.iter().map(|seed| ValidatorKey::from_seed(*seed)).collect();
    let chain = EmbeddedChain::open(Arc::new(storage), validators, clock, pace)?;
    if chain.status().latest < Height::new(1) {
        chain.step()?;
    }
    rules::decide(&chain, keys, &mut random::system())?;
    Ok(Arc::new(chain))
}

/// Trust in the newest header. A ledger that has slept seals one first: what its last one vouches for may be over.
pub fn checkpoint(chain: &EmbeddedChain) -> Result<TrustAnchor, NodeError> {
    chain.step()?;
    anchor(chain, None)
}

/// Trust in a header of one's own ledger: this city sealed it.
pub fn anchor(chain: &EmbeddedChain, height: Option<Height>) -> Result<TrustAnchor, NodeError> {
    let bytes = chain.light_block(height)?.ok_or(NodeError::NoFirstBlock)?;
    let block = LightBlock::decode(&bytes).map_err(|_| NodeError::NoFirstBlock)?;
    Ok(TrustAnchor::dangerous_trust(&block, Trust::File, TRUSTING_PERIOD))
}
