//! One durable commit per block: tree, block, index, histories, all or nothing (STORAGE-1).

use crate::block::StoredBlock;
use crate::error::{StorageError, damaged};
use crate::history::append_headers;
use crate::log::append_leaves;
use crate::meta::{Latest, persist, write_meta};
use crate::recovery::append_recovery_keys;
use crate::snapshot::Snapshot;
use crate::storage::Storage;
use crate::table::{self, BLOCKS, ENTRIES, LATEST, TRANSACTIONS, VERSIONS};
use crate::tree::TreeView;
use crate::update::{Update, update_tree, write_tree};
use crate::{places, prune};
use citizen_ledger::TreeHash;
use citizen_primitives::{Canonical as _, Hash};
use city_state::{HeaderNews, Outcome};
use jmt::JellyfishMerkleTree;
use redb::{ReadableTable as _, WriteTransaction};
use std::sync::PoisonError;

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
            append_recovery_keys(transaction, outcome)?;
            append_leaves(transaction, view, &before, &outcome.leaves)?;
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
