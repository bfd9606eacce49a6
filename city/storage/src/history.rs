//! The nodes of the tree of header hashes, kept so that an old header's proof reads a few of them.

use crate::error::{StorageError, damaged};
use crate::meta::Latest;
use crate::table::{self, HEADERS};
use crate::tree::TreeView;
use citizen_ledger::history::leaf;
use citizen_ledger::{TreeHash, state_key};
use citizen_merkle::{Frontier, NodePosition, NodeReader};
use citizen_primitives::{Canonical as _, Hash};
use city_state::HeaderNews;
use jmt::KeyHash;
use jmt::storage::TreeReader as _;
use redb::{ReadOnlyTable, WriteTransaction};

/// Writes the subtrees that are complete once these headers are appended to the history.
pub(crate) fn append_headers(
    transaction: &WriteTransaction,
    view: &TreeView,
    before: &Latest,
    news: &HeaderNews,
) -> Result<(), StorageError> {
    let HeaderNews::Appended(hashes) = news else { return Ok(()) };
    let key = KeyHash::with::<TreeHash>(state_key::header_history().as_bytes());
    let found = view.get_value_option(before.version, key).map_err(damaged)?;
    let mut frontier = found.map(|bytes| Frontier::from_canonical(&bytes)).transpose()?.unwrap_or_default();
    let mut headers = transaction.open_table(HEADERS)?;
    for hash in hashes {
        for node in frontier.append(leaf(hash)) {
            headers.insert(table::header_key(node.position).as_slice(), node.hash.as_bytes().as_slice())?;
        }
    }
    Ok(())
}

/// Reads those nodes.
pub(crate) struct HeaderNodes(pub(crate) ReadOnlyTable<&'static [u8], &'static [u8]>);

impl NodeReader for HeaderNodes {
    type Error = StorageError;

    fn node(&self, position: NodePosition) -> Result<Option<Hash>, StorageError> {
        let found = self.0.get(table::header_key(position).as_slice())?;
        let bytes = found.map(|hash| <[u8; 32]>::try_from(hash.value())).transpose();
        let bytes =
            bytes.map_err(|_| StorageError::Damaged("a short hash in the header history".to_owned()))?;
        Ok(bytes.map(Hash::from_bytes))
    }
}
