//! Public logs: leaves that anybody may read, and the nodes of their trees, kept so that a proof reads a few of them. What counts is
//! the frontier in the state; what stands here is only as good as its proof.

use crate::error::{StorageError, damaged};
use crate::meta::Latest;
use crate::snapshot::Snapshot;
use crate::table::{self, LEAVES, LOGS, MARKS};
use crate::tree::TreeView;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_ledger::{LogGrowth, LogProof, StateKey, TreeHash};
use citizen_merkle::{
    ConsistencyProof, Frontier, InclusionProof, NodePosition, NodeReader, ProveError, leaf_hash,
};
use citizen_primitives::{Canonical as _, Hash};
use city_state::Leaf;
use jmt::KeyHash;
use jmt::storage::TreeReader as _;
use redb::{ReadOnlyTable, ReadableTable as _, WriteTransaction};
use std::collections::BTreeMap;
use std::sync::PoisonError;

/// The table of marks, open.
pub(crate) type Marks = ReadOnlyTable<&'static [u8], u64>;

/// A leaf of a public log as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LogLeaf {
    /// What was appended.
    pub bytes: Vec<u8>,
    /// What it is the digest of, if it is one.
    pub content: Vec<u8>,
}

/// Writes leaves, and the subtrees that they complete.
pub(crate) fn append_leaves(
    transaction: &WriteTransaction,
    view: &TreeView,
    before: &Latest,
    leaves: &[Leaf],
) -> Result<(), StorageError> {
    if leaves.is_empty() {
        return Ok(());
    }
    let (mut rows, mut nodes) = (transaction.open_table(LEAVES)?, transaction.open_table(LOGS)?);
    let mut marked = transaction.open_table(MARKS)?;
    let mut frontiers = BTreeMap::new();
    for Leaf { log, index, bytes, content, marks } in leaves {
        let (name, frontier) = match frontiers.entry(log) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(new) => new.insert(find(view, before, log)?),
        };
        if frontier.count() != *index {
            return Err(StorageError::Damaged("a log with a gap".to_owned()));
        }
        rows.insert(
            table::leaf_key(&name.0, *index).as_slice(),
            borsh::to_vec(&(bytes, content))?.as_slice(),
        )?;
        for mark in marks {
            marked.insert(table::mark_key(&name.0, mark).as_slice(), *index)?;
        }
        for node in frontier.append(leaf_hash(bytes)) {
            nodes
                .insert(table::log_key(&name.0, node.position).as_slice(), node.hash.as_bytes().as_slice())?;
        }
    }
    Ok(())
}

/// A log as it stood after the last block.
fn find(view: &TreeView, before: &Latest, log: &StateKey) -> Result<(KeyHash, Frontier), StorageError> {
    let name = KeyHash::with::<TreeHash>(log.as_bytes());
    let found = view.get_value_option(before.version, name).map_err(damaged)?;
    let frontier = found.map(|bytes| Frontier::from_canonical(&bytes)).transpose()?;
    Ok((name, frontier.unwrap_or_default()))
}

impl Snapshot {
    /// The leaves of a log with their contents, from an index on, as far as this state counts them: at most so many, and so many
    /// bytes, but one at least if there is one.
    pub fn leaves(
        &self,
        log: &StateKey,
        from: u64,
        most: usize,
        most_bytes: usize,
    ) -> Result<Vec<LogLeaf>, StorageError> {
        let Some(bytes) = self.value(log)? else { return Ok(Vec::new()) };
        let name = KeyHash::with::<TreeHash>(log.as_bytes());
        let (low, high) = (
            table::leaf_key(&name.0, from),
            table::leaf_key(&name.0, Frontier::from_canonical(&bytes)?.count()),
        );
        if low >= high {
            return Ok(Vec::new());
        }
        let (mut leaves, mut room) = (Vec::new(), most_bytes);
        for leaf in
            self.transaction.open_table(LEAVES)?.range::<&[u8]>(low.as_slice()..high.as_slice())?.take(most)
        {
            let leaf = leaf?;
            let bytes = leaf.1.value();
            match room.checked_sub(bytes.len()) {
                Some(rest) => room = rest,
                None if leaves.is_empty() => room = 0,
                None => break,
            }
            leaves.push(borsh::from_slice(bytes)?);
        }
        Ok(leaves)
    }

    /// The place of the last leaf with a mark, if it is one that this state counts.
    pub fn find_mark(&self, log: &StateKey, mark: &[u8; 32]) -> Result<Option<u64>, StorageError> {
        let (name, count) = self.named(log)?;
        let found = self.marks()?.get(table::mark_key(&name.0, mark).as_slice())?.map(|index| index.value());
        Ok(found.filter(|index| *index < count))
    }

    /// The digest of all marks of all logs: two nodes that have executed the same blocks have the same.
    pub fn marks_digest(&self) -> Result<Hash, StorageError> {
        let mut digest = Hash::ZERO;
        for row in self.marks()?.iter()? {
            let (key, index) = row?;
            digest = Hash::plain(&[digest.as_bytes(), key.value(), &index.value().to_be_bytes()]);
        }
        Ok(digest)
    }

    /// A block of ballots asks for thousands of marks: the table is opened once.
    fn marks(&self) -> Result<&Marks, StorageError> {
        if let Some(open) = self.marks.get() {
            return Ok(open);
        }
        let opened = self.transaction.open_table(MARKS)?;
        Ok(self.marks.get_or_init(|| opened))
    }

    /// A log's name in the tables, and how many leaves it has in this state; worked out once.
    fn named(&self, log: &StateKey) -> Result<(KeyHash, u64), StorageError> {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = named.get(log) {
            return Ok(*known);
        }
        let frontier = self.value(log)?.map(|bytes| Frontier::from_canonical(&bytes)).transpose()?;
        let found =
            (KeyHash::with::<TreeHash>(log.as_bytes()), frontier.map_or(0, |frontier| frontier.count()));
        named.insert(log.clone(), found);
        Ok(found)
    }

    /// That a leaf stands at its place in a log of this state; nothing if the log is not so long.
    pub fn prove_leaf(&self, log: &StateKey, index: u64) -> Result<Option<LogProof>, StorageError> {
        let frontier = self.prove(log)?;
        let Some(bytes) = &frontier.value else { return Ok(None) };
        let count = Frontier::from_canonical(bytes)?.count();
        let inclusion = InclusionProof::prove(&self.log_nodes(log)?, index, count);
        Ok(in_range(inclusion)?.map(|inclusion| LogProof { frontier, inclusion }))
    }

    /// That a log was once the beginning of what it is in this state; nothing if it is not so long.
    pub fn prove_growth(&self, log: &StateKey, old: u64) -> Result<Option<LogGrowth>, StorageError> {
        let frontier = self.prove(log)?;
        let Some(bytes) = &frontier.value else { return Ok(None) };
        let count = Frontier::from_canonical(bytes)?.count();
        let consistency = ConsistencyProof::prove(&self.log_nodes(log)?, old, count);
        Ok(in_range(consistency)?.map(|consistency| LogGrowth { frontier, consistency }))
    }

    fn log_nodes(&self, log: &StateKey) -> Result<LogNodes, StorageError> {
        let name = KeyHash::with::<TreeHash>(log.as_bytes());
        Ok(LogNodes { nodes: self.transaction.open_table(LOGS)?, name })
    }
}

fn in_range<T>(proof: Result<T, ProveError<StorageError>>) -> Result<Option<T>, StorageError> {
    match proof {
        Ok(proof) => Ok(Some(proof)),
        Err(ProveError::OutOfRange { .. }) => Ok(None),
        Err(ProveError::Missing(_)) => Err(StorageError::Damaged("a leaf is missing".to_owned())),
        Err(ProveError::Reader(error)) => Err(error),
    }
}

/// Reads a log's nodes.
struct LogNodes {
    nodes: ReadOnlyTable<&'static [u8], &'static [u8]>,
    name: KeyHash,
}

impl NodeReader for LogNodes {
    type Error = StorageError;

    fn node(&self, position: NodePosition) -> Result<Option<Hash>, StorageError> {
        let found = self.nodes.get(table::log_key(&self.name.0, position).as_slice())?;
        let bytes = found.map(|hash| <[u8; 32]>::try_from(hash.value())).transpose();
        let bytes = bytes.map_err(|_| StorageError::Damaged("a short hash in a log".to_owned()))?;
        Ok(bytes.map(Hash::from_bytes))
    }
}
