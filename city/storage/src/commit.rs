//! One durable commit per block: tree, block, index, histories, all or nothing (STORAGE-1).

use crate::block::StoredBlock;
use crate::error::StorageError;
use crate::history::append_headers;
use crate::snapshot::Snapshot;
use crate::storage::{Latest, Options, Storage, persist, write_meta};
use crate::table::{
    self, BLOCKS, ENTRIES, GENESIS, LATEST, NODES, STALE, Stale, TRANSACTIONS, VALUES, VERSIONS,
};
use crate::tree::TreeView;
use crate::{places, prune};
use citizen_ledger::{Genesis, StateKey, TreeHash};
use citizen_primitives::{Canonical as _, Hash, Height};
use city_state::{HeaderNews, Outcome};
use jmt::storage::TreeUpdateBatch;
use jmt::{JellyfishMerkleTree, KeyHash, OwnedValue};
use redb::{Database, ReadableDatabase as _, ReadableTable as _, WriteTransaction};
use std::collections::BTreeMap;
use std::sync::PoisonError;

type Update = (Hash, TreeUpdateBatch);

/// Writes the first state, version 0 of the tree, after height 0.
pub(crate) fn begin(
    database: &Database,
    genesis: &Genesis,
    options: &Options,
) -> Result<Latest, StorageError> {
    let state = city_state::begin(genesis).map_err(|error| StorageError::Damaged(error.to_string()))?;
    create_tables(database)?;
    let writes: BTreeMap<StateKey, Option<Vec<u8>>> =
        state.into_iter().map(|(key, value)| (key, Some(value))).collect();
    let view = TreeView::open(&database.begin_read()?, 0)?;
    let (root, batch) = update_tree(&view, &writes, 0)?;
    let latest = Latest { height: Height::new(0), version: 0, root, waiting: Vec::new(), pruned: 0 };
    persist(database, options, places::BEGIN, |transaction| {
        write_tree(transaction, &view, &batch, 0)?;
        transaction.open_table(VERSIONS)?.insert(0, 0)?;
        write_meta(transaction, GENESIS, genesis)?;
        write_meta(transaction, LATEST, &latest)
    })?;
    Ok(latest)
}

impl Storage {
    /// Writes a block and what it changed; returns the root of the state after it. Nothing is written before this, and
    /// what this writes is durable when it returns.
    pub fn commit(&self, block: &StoredBlock, outcome: &Outcome) -> Result<Hash, StorageError> {
        self.commit_on(&self.snapshot()?, block, outcome)
    }

    /// The same over the snapshot on which the block was executed: what it has read is not read again.
    pub fn commit_on(
        &self,
        snapshot: &Snapshot,
        block: &StoredBlock,
        outcome: &Outcome,
    ) -> Result<Hash, StorageError> {
        let before = self.latest();
        if block.height != before.height.next() || snapshot.height() != before.height {
            return Err(StorageError::OutOfOrder { last: before.height, found: block.height });
        }
        let view = &snapshot.view;
        let update = update(view, &before, outcome)?;
        let mut latest = next(&before, block, outcome, update.as_ref());
        persist(&self.database, &self.options, places::BLOCK, |transaction| {
            if let Some((_, batch)) = &update {
                write_tree(transaction, view, batch, latest.version)?;
            }
            write_block(transaction, block, outcome)?;
            append_headers(transaction, view, &before, &outcome.headers)?;
            transaction.open_table(VERSIONS)?.insert(block.height.value(), latest.version)?;
            latest.pruned = prune::prune(transaction, &latest, self.options.kept_heights)?;
            write_meta(transaction, LATEST, &latest)
        })?;
        let root = latest.root;
        *self.latest.write().unwrap_or_else(PoisonError::into_inner) = latest;
        Ok(root)
    }
}

/// The next version of the tree, if the block wrote anything.
fn update(view: &TreeView, before: &Latest, outcome: &Outcome) -> Result<Option<Update>, StorageError> {
    if outcome.writes.is_empty() {
        return Ok(None);
    }
    // The tree finds no root at a version that is not there and silently goes on from an empty tree: it must not.
    let tree = JellyfishMerkleTree::<_, TreeHash>::new(view);
    let root = tree.get_root_hash_option(before.version).map_err(damaged)?;
    if root.map(|root| Hash::from_bytes(root.0)) != Some(before.root) {
        return Err(StorageError::Damaged("the root of the state is missing".to_owned()));
    }
    update_tree(view, &outcome.writes, before.version.saturating_add(1)).map(Some)
}

fn next(before: &Latest, block: &StoredBlock, outcome: &Outcome, update: Option<&Update>) -> Latest {
    let waiting = match &outcome.headers {
        HeaderNews::Appended(_) => Vec::new(),
        HeaderNews::Waiting => [before.waiting.as_slice(), &[block.hash]].concat(),
    };
    let version = if update.is_some() { before.version.saturating_add(1) } else { before.version };
    let root = update.map_or(before.root, |(root, _)| *root);
    Latest { height: block.height, version, root, waiting, pruned: before.pruned }
}

fn update_tree(
    view: &TreeView,
    writes: &BTreeMap<StateKey, Option<Vec<u8>>>,
    version: u64,
) -> Result<Update, StorageError> {
    let values: Vec<(KeyHash, Option<OwnedValue>)> = writes
        .iter()
        .map(|(key, value)| (KeyHash::with::<TreeHash>(key.as_bytes()), value.clone()))
        .collect();
    let tree = JellyfishMerkleTree::<_, TreeHash>::new(view);
    let (root, batch) = tree.put_value_set(values, version).map_err(damaged)?;
    Ok((Hash::from_bytes(root.0), batch))
}

fn write_tree(
    transaction: &WriteTransaction,
    view: &TreeView,
    batch: &TreeUpdateBatch,
    version: u64,
) -> Result<(), StorageError> {
    let mut nodes = transaction.open_table(NODES)?;
    for (key, node) in batch.node_batch.nodes() {
        nodes.insert(borsh::to_vec(key)?.as_slice(), borsh::to_vec(node)?.as_slice())?;
    }
    let mut stale = Stale::default();
    for index in &batch.stale_node_index_batch {
        stale.nodes.push(borsh::to_vec(&index.node_key)?);
    }
    let mut values = transaction.open_table(VALUES)?;
    for ((at, key), value) in batch.node_batch.values() {
        if let Some(last) = version.checked_sub(1)
            && let Some(old) = view.last(key, last).map_err(damaged)?
        {
            stale.values.push(table::value_key(&key.0, old.version));
        }
        values.insert(table::value_key(&key.0, *at).as_slice(), borsh::to_vec(value)?.as_slice())?;
    }
    transaction.open_table(STALE)?.insert(version, borsh::to_vec(&stale)?.as_slice())?;
    Ok(())
}

fn write_block(
    transaction: &WriteTransaction,
    block: &StoredBlock,
    outcome: &Outcome,
) -> Result<(), StorageError> {
    transaction.open_table(BLOCKS)?.insert(block.height.value(), block.to_canonical().as_slice())?;
    let mut transactions = transaction.open_table(TRANSACTIONS)?;
    for (index, result) in (0u32..).zip(&outcome.results) {
        let Some(id) = result.id else { continue };
        let key = id.as_bytes().as_slice();
        // The first time counts: a replay in a later block changes nothing of where it stands.
        if transactions.get(key)?.is_none() {
            transactions.insert(key, (block.height.value(), index, result.code))?;
        }
    }
    let mut entries = transaction.open_table(ENTRIES)?;
    for (account, entry) in &outcome.entries {
        entries.insert(table::entry_key(account, entry.index).as_slice(), entry.to_canonical().as_slice())?;
    }
    Ok(())
}

fn create_tables(database: &Database) -> Result<(), StorageError> {
    let transaction = database.begin_write()?;
    for table in [NODES, VALUES, ENTRIES, table::HEADERS] {
        transaction.open_table(table)?;
    }
    transaction.open_table(BLOCKS)?;
    transaction.open_table(TRANSACTIONS)?;
    transaction.open_table(VERSIONS)?;
    transaction.open_table(STALE)?;
    transaction.open_table(table::META)?;
    Ok(transaction.commit()?)
}

pub(crate) fn damaged(error: anyhow::Error) -> StorageError {
    match error.downcast::<redb::StorageError>() {
        Ok(error) => error.into(),
        Err(error) => StorageError::Damaged(error.to_string()),
    }
}
