//! The state after one block, unmoved by what is written meanwhile.

use crate::error::{StorageError, damaged};
use crate::history::HeaderNodes;
use crate::log::Marks;
use crate::meta::Latest;
use crate::table::{self, ENTRIES, HEADERS, LATEST, META, TRANSACTIONS, VERSIONS};
use crate::tree::TreeView;
use citizen_coin::{AccountRecord, Entry};
use citizen_ledger::history::{HeaderProof, leaf_index};
use citizen_ledger::{ProvenValue, StateKey, TreeHash, state_key};
use citizen_merkle::{Frontier, InclusionProof, ProveError};
use citizen_primitives::{AccountId, Canonical as _, Hash, Height, TransactionId};
use city_state::{ReadError, StateRead};
use jmt::storage::TreeReader as _;
use jmt::{JellyfishMerkleTree, KeyHash};
use redb::ReadTransaction;
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

/// The state after one block.
pub struct Snapshot {
    pub(crate) transaction: ReadTransaction,
    pub(crate) view: TreeView,
    height: Height,
    version: u64,
    latest: Latest,
    pub(crate) marks: OnceLock<Marks>,
    pub(crate) named: Mutex<HashMap<StateKey, (KeyHash, u64)>>,
}

impl Snapshot {
    pub(crate) fn open(transaction: ReadTransaction, height: Height) -> Result<Self, StorageError> {
        let found = transaction.open_table(VERSIONS)?.get(height.value())?.map(|version| version.value());
        let version = found.ok_or(StorageError::NotKept(height))?;
        let bytes = transaction.open_table(META)?.get(LATEST)?.map(|bytes| bytes.value().to_vec());
        let latest = Latest::from_canonical(&bytes.unwrap_or_default())?;
        if version < latest.pruned {
            return Err(StorageError::NotKept(height));
        }
        let view = TreeView::open(&transaction, version)?;
        let (marks, named) = (OnceLock::new(), Mutex::default());
        Ok(Self { transaction, view, height, version, latest, marks, named })
    }

    /// After which block.
    #[must_use]
    pub const fn height(&self) -> Height {
        self.height
    }

    /// The root of the state.
    pub fn root(&self) -> Result<Hash, StorageError> {
        let tree = JellyfishMerkleTree::<_, TreeHash>::new(&self.view);
        Ok(Hash::from_bytes(tree.get_root_hash(self.version).map_err(damaged)?.0))
    }

    /// The value under a key.
    pub fn value(&self, key: &StateKey) -> Result<Option<Vec<u8>>, StorageError> {
        let key = KeyHash::with::<TreeHash>(key.as_bytes());
        self.view.get_value_option(self.version, key).map_err(damaged)
    }

    /// The value under a key, or its absence, with the proof (STORAGE-3).
    pub fn prove(&self, key: &StateKey) -> Result<ProvenValue, StorageError> {
        let hash = KeyHash::with::<TreeHash>(key.as_bytes());
        let tree = JellyfishMerkleTree::<_, TreeHash>::new(&self.view);
        let (value, proof) = tree.get_with_proof(hash, self.version).map_err(damaged)?;
        Ok(ProvenValue { key: key.as_bytes().to_vec(), value, proof: borsh::to_vec(&proof)? })
    }

    /// That an old header is in this state's history; nothing if it is not there yet.
    pub fn prove_header(&self, old: Height) -> Result<Option<HeaderProof>, StorageError> {
        let key = state_key::header_history();
        let history = self.prove(&key)?;
        let Some(bytes) = &history.value else { return Ok(None) };
        let count = Frontier::from_canonical(bytes)?.count();
        let Some(index) = leaf_index(old) else { return Ok(None) };
        let nodes = HeaderNodes(self.transaction.open_table(HEADERS)?);
        match InclusionProof::prove(&nodes, index, count) {
            Ok(inclusion) => Ok(Some(HeaderProof { history, inclusion })),
            Err(ProveError::OutOfRange { .. }) => Ok(None),
            Err(ProveError::Missing(_)) => Err(StorageError::Damaged("a header is missing".to_owned())),
            Err(ProveError::Reader(error)) => Err(error),
        }
    }

    /// An account's history from an index on, as far as this state counts it.
    pub fn entries(&self, account: &AccountId, from: u64, most: usize) -> Result<Vec<Entry>, StorageError> {
        let Some(bytes) = self.value(&state_key::account(account))? else { return Ok(Vec::new()) };
        let end = AccountRecord::from_canonical(&bytes)?.entries;
        let (low, high) = (table::entry_key(account, from), table::entry_key(account, end));
        if low >= high {
            return Ok(Vec::new());
        }
        let entries = self.transaction.open_table(ENTRIES)?;
        let found = entries.range::<&[u8]>(low.as_slice()..high.as_slice())?.take(most);
        found.map(|entry| Ok(Entry::from_canonical(entry?.1.value())?)).collect()
    }
}

impl StateRead for Snapshot {
    fn read(&self, key: &StateKey) -> Result<Option<Vec<u8>>, ReadError> {
        self.value(key).map_err(unreadable)
    }

    /// Every transaction ever included is indexed; one outside the window is refused by its last height anyway.
    fn was_consumed(&self, id: &TransactionId) -> Result<bool, ReadError> {
        let found = self.transaction.open_table(TRANSACTIONS).map_err(|error| unreadable(error.into()))?;
        let found = found.get(id.as_bytes().as_slice()).map_err(|error| unreadable(error.into()))?;
        Ok(found.is_some_and(|place| place.value().0 <= self.height.value()))
    }

    fn find_mark(&self, log: &StateKey, mark: &[u8; 32]) -> Result<Option<u64>, ReadError> {
        self.find_mark(log, mark).map_err(unreadable)
    }

    fn leaf_content(&self, log: &StateKey, index: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let leaf = self.leaves(log, index, 1, 0).map_err(unreadable)?.pop();
        Ok(leaf.map(|leaf| leaf.content))
    }

    fn pending_headers(&self) -> Result<Vec<Hash>, ReadError> {
        if self.latest.height == self.height {
            Ok(self.latest.waiting.clone())
        } else {
            Err(unreadable(StorageError::NotKept(self.height)))
        }
    }
}

fn unreadable(error: StorageError) -> ReadError {
    ReadError::new(Box::new(error))
}
