//! The tables of the file. Numbers in keys are big-endian, so that they sort.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_merkle::NodePosition;
use citizen_primitives::{AccountId, KeyId};
use redb::TableDefinition;

type Bytes<'a> = TableDefinition<'a, &'static [u8], &'static [u8]>;

/// Node keys of the tree (borsh) to nodes (borsh).
pub(crate) const NODES: Bytes<'_> = TableDefinition::new("nodes");
/// Hash of a key and version to the value (borsh option).
pub(crate) const VALUES: Bytes<'_> = TableDefinition::new("values");
/// Version to [`Stale`] (borsh): what it and later versions do not need. One row a version: a row for each node would be
/// half of all that a block inserts.
pub(crate) const STALE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("stale");
/// Height to block.
pub(crate) const BLOCKS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("blocks");
/// Transaction id to height, place in the block, code.
pub(crate) const TRANSACTIONS: TableDefinition<'_, &[u8], (u64, u32, u32)> =
    TableDefinition::new("transactions");
/// Account and index to entry.
pub(crate) const ENTRIES: Bytes<'_> = TableDefinition::new("entries");
/// A recovery key and an account that lists it, or did, to nothing.
pub(crate) const RECOVERY_KEYS: Bytes<'_> = TableDefinition::new("recovery-keys");
/// Level and index to the hash of a complete subtree of the header history.
pub(crate) const HEADERS: Bytes<'_> = TableDefinition::new("headers");
/// A log (hash of its key) and index to a leaf and its content (borsh).
pub(crate) const LEAVES: Bytes<'_> = TableDefinition::new("leaves");
/// A log (hash of its key) and a mark to the index of the last leaf that has it.
pub(crate) const MARKS: TableDefinition<'_, &[u8], u64> = TableDefinition::new("marks");
/// A log (hash of its key), level and index to the hash of a complete subtree of it.
pub(crate) const LOGS: Bytes<'_> = TableDefinition::new("logs");
/// Height to the version of the state after it.
pub(crate) const VERSIONS: TableDefinition<'_, u64, u64> = TableDefinition::new("versions");
/// Names to what there is one of.
pub(crate) const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");

/// In `META`: where the ledger stands.
pub(crate) const LATEST: &str = "latest";
/// In `META`: the genesis.
pub(crate) const GENESIS: &str = "genesis";

/// Keys of what a version of the tree made stale.
#[derive(Debug, Default, BorshSerialize, BorshDeserialize)]
pub(crate) struct Stale {
    /// In [`NODES`].
    pub(crate) nodes: Vec<Vec<u8>>,
    /// In [`VALUES`].
    pub(crate) values: Vec<Vec<u8>>,
}

/// The key of a value in `VALUES`.
pub(crate) fn value_key(hash: &[u8; 32], version: u64) -> Vec<u8> {
    [hash.as_slice(), &version.to_be_bytes()].concat()
}

/// The key of an entry.
pub(crate) fn entry_key(account: &AccountId, index: u64) -> Vec<u8> {
    [account.as_bytes().as_slice(), &index.to_be_bytes()].concat()
}

/// The key of an account under a recovery key.
pub(crate) fn recovery_key(key: &KeyId, account: &[u8; 32]) -> Vec<u8> {
    [key.as_bytes().as_slice(), account].concat()
}

/// The key of a leaf of a log.
pub(crate) fn leaf_key(log: &[u8; 32], index: u64) -> Vec<u8> {
    [log.as_slice(), &index.to_be_bytes()].concat()
}

/// The key of a mark.
pub(crate) fn mark_key(log: &[u8; 32], mark: &[u8; 32]) -> Vec<u8> {
    [log.as_slice(), mark].concat()
}

/// The key of a node of a log.
pub(crate) fn log_key(log: &[u8; 32], position: NodePosition) -> Vec<u8> {
    [log.as_slice(), &header_key(position)].concat()
}

/// The key of a node of the header history.
pub(crate) fn header_key(position: NodePosition) -> Vec<u8> {
    [[position.level].as_slice(), &position.index.to_be_bytes()].concat()
}
