//! A new file: its tables, and the first state.

use crate::error::StorageError;
use crate::meta::{Latest, Options, persist, write_meta};
use crate::places;
use crate::table::{
    BLOCKS, ENTRIES, GENESIS, HEADERS, LATEST, LEAVES, LOGS, MARKS, META, NODES, RECOVERY_KEYS, STALE,
    TRANSACTIONS, VALUES, VERSIONS,
};
use crate::tree::TreeView;
use crate::update::{update_tree, write_tree};
use citizen_ledger::{Genesis, StateKey};
use citizen_primitives::Height;
use redb::{Database, ReadableDatabase as _, ReadableTableMetadata as _, TableError};
use std::collections::BTreeMap;

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

/// Adds the tables that a file of an earlier version lacks, before it has leaves. Later they must be there: a node that had lost its
/// marks would let stand on a log what every other one refuses.
pub(crate) fn complete_tables(database: &Database) -> Result<(), StorageError> {
    crate::recovery::complete(database)?;
    match database.begin_read()?.open_table(MARKS) {
        Ok(_) => Ok(()),
        Err(TableError::TableDoesNotExist(_)) if has_leaves(database)? => {
            Err(StorageError::Damaged("the marks of the logs are missing".to_owned()))
        }
        Err(TableError::TableDoesNotExist(_)) => create_tables(database),
        Err(error) => Err(error.into()),
    }
}

fn has_leaves(database: &Database) -> Result<bool, StorageError> {
    match database.begin_read()?.open_table(LEAVES) {
        Ok(leaves) => Ok(!leaves.is_empty()?),
        Err(TableError::TableDoesNotExist(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn create_tables(database: &Database) -> Result<(), StorageError> {
    let transaction = database.begin_write()?;
    for table in [NODES, VALUES, ENTRIES, HEADERS, LEAVES, LOGS, RECOVERY_KEYS] {
        transaction.open_table(table)?;
    }
    transaction.open_table(BLOCKS)?;
    transaction.open_table(TRANSACTIONS)?;
    transaction.open_table(VERSIONS)?;
    transaction.open_table(STALE)?;
    transaction.open_table(MARKS)?;
    transaction.open_table(META)?;
    Ok(transaction.commit()?)
}
