//! What a ledger's node does for a gateway, whoever orders the blocks.

use citizen_coin::Entry;
use citizen_ledger::{HeaderProof, LogGrowth, LogProof, ProvenState, Rejection, StateKey};
use citizen_primitives::{AccountId, ChainId, Height, KeyId, TransactionId, UnixTime};
use city_storage::{LogLeaf, StorageError, StoredBlock};
use tokio::sync::watch;

/// A node of the ledger.
pub trait Chain: Send + Sync {
    /// Takes a transaction into the queue.
    fn submit(&self, transaction: Vec<u8>) -> Result<TransactionId, SubmitError>;

    /// [`Self::submit`] for transactions that came together, in their order: what each would be told alone, for less work.
    fn submit_all(&self, transactions: Vec<Vec<u8>>) -> Vec<Result<TransactionId, SubmitError>>;

    /// Where the ledger stands.
    fn status(&self) -> ChainStatus;

    /// A header with its signatures and validators (protobuf `LightBlock`); the newest if no height is named.
    fn light_block(&self, height: Option<Height>) -> Result<Option<Vec<u8>>, StorageError>;

    /// Values or their absence under the newest header; nothing before the first block.
    fn prove(&self, keys: &[StateKey]) -> Result<Option<Proven>, StorageError>;

    /// Where a transaction stands: height, place in the block, code.
    fn transaction(&self, id: &TransactionId) -> Result<Option<(Height, u32, u32)>, StorageError>;

    /// An account's history from an index on, as far as the newest header proves it.
    fn entries(&self, account: &AccountId, from: u64, most: usize) -> Result<Vec<Entry>, StorageError>;

    /// The accounts whose record lists a recovery key, under the newest header; at most so many.
    fn accounts_of(&self, recovery: &KeyId, most: usize) -> Result<Vec<AccountId>, StorageError>;

    /// That an old header is in the history under the newest; nothing if it is not there, or not yet.
    fn prove_header(&self, old: Height) -> Result<Option<ProvenHeader>, StorageError>;

    /// The leaves of a public log from an index on, as far as the newest header proves it: at most so many and so many bytes, but
    /// one at least if there is one.
    fn leaves(
        &self,
        log: &StateKey,
        from: u64,
        most: usize,
        most_bytes: usize,
    ) -> Result<Vec<LogLeaf>, StorageError>;

    /// That a leaf stands at its place in a public log, under the newest header; nothing if the log is not so long.
    fn prove_leaf(&self, log: &StateKey, index: u64) -> Result<Option<ProvenLeaf>, StorageError>;

    /// That a public log began with its first `from` leaves, under the newest header; nothing if it is not so long.
    fn prove_growth(&self, log: &StateKey, from: u64) -> Result<Option<ProvenGrowth>, StorageError>;

    /// The place of the last leaf with a mark. It may be ahead of what the newest header proves.
    fn find_mark(&self, log: &StateKey, mark: &[u8; 32]) -> Result<Option<u64>, StorageError>;

    /// A whole block: for validators and auditors.
    fn block(&self, height: Height) -> Result<Option<StoredBlock>, StorageError>;

    /// Tells of each new header.
    fn watch(&self) -> watch::Receiver<Height>;
}

/// Where the ledger stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainStatus {
    /// Its name.
    pub chain_id: ChainId,
    /// The newest header.
    pub latest: Height,
    /// Its time.
    pub latest_time: UnixTime,
    /// The earliest header that is kept.
    pub earliest: Height,
    /// Transactions in the queue.
    pub queued: usize,
}

/// Values proved under a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The header (protobuf `LightBlock`).
    pub light_block: Vec<u8>,
    /// The values.
    pub state: ProvenState,
}

/// An old header proved under the newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenHeader {
    /// The old header (protobuf `LightBlock`).
    pub old: Vec<u8>,
    /// The newest (protobuf `LightBlock`).
    pub light_block: Vec<u8>,
    /// The proof.
    pub proof: HeaderProof,
}

/// A leaf of a public log proved under the newest header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenLeaf {
    /// The header (protobuf `LightBlock`).
    pub light_block: Vec<u8>,
    /// The leaf and its content.
    pub leaf: LogLeaf,
    /// That it stands there.
    pub proof: LogProof,
}

/// How a public log has grown, proved under the newest header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenGrowth {
    /// The header (protobuf `LightBlock`).
    pub light_block: Vec<u8>,
    /// From the earlier head to this one.
    pub growth: LogGrowth,
}

/// Why a transaction is not taken.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// It would be refused.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The queue is full: try again later.
    #[error("the queue is full")]
    Full,
    /// In this minute the account has sent too many, or too many accounts were opened.
    #[error("too many transactions in a minute")]
    TooMany,
    /// The node cannot read its state.
    #[error("the node cannot read its state")]
    Broken,
}

/// Why a node stops.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The disk.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A block could not be executed.
    #[error(transparent)]
    Execute(#[from] city_state::ExecuteError),
    /// A header could not be built or read: the names or numbers in it are out of range.
    #[error("a header could not be sealed: {0}")]
    Seal(String),
    /// The keys are not the validators of the genesis.
    #[error("the keys are not the ledger's validators")]
    AnotherSet,
}
