//! A status list as it was fetched: kept until it is stale, so that no issuer hears of every look at a credential (CARD-43).

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Hash, UnixTime};
use citizen_store::{Entry, Row, Store, StoreError, Table};

/// What rows of lists begin with, among what is kept of the network's answers; then 32 bytes that say of which list.
const LIST: &[u8] = b"status-list/";
/// And those of their tokens: a list of a million is long, and what is said of its age is not.
const TOKEN: &[u8] = b"status-token/";

/// A list of an issuer, with how old it is.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct StatusListRow {
    /// The version that the ledger named.
    pub(crate) version: u64,
    /// SHA-256 of the token.
    pub(crate) token: Hash,
    /// When it was fetched, or the ledger said last that it is still the newest.
    pub(crate) fetched: UnixTime,
    /// Until when it may be used without asking (Token Status List, section 8.4: `ttl` from `fetched` on, at most `exp`).
    pub(crate) until: UnixTime,
}
citizen_primitives::canonical!(StatusListRow = 1);

/// The row of a list: of the certificate that signs it, by its address.
pub(crate) fn status_list_row(certificate: &Hash, uri: &str) -> Row {
    row(LIST, &name(certificate, uri))
}

/// The row of its token: the JWT, compact.
pub(crate) fn status_token_row(certificate: &Hash, uri: &str) -> Row {
    row(TOKEN, &name(certificate, uri))
}

/// Rows of lists and tokens that are of none of these.
pub(crate) fn other_status_lists<'a>(
    store: &dyn Store,
    used: impl Iterator<Item = (&'a Hash, &'a str)>,
) -> Result<Vec<Row>, StoreError> {
    let used: Vec<Hash> = used.map(|(certificate, uri)| name(certificate, uri)).collect();
    let is_other = |entry: &Entry| {
        let of = entry.key.strip_prefix(LIST).or(entry.key.strip_prefix(TOKEN));
        of.is_some_and(|of| !used.iter().any(|name| name.as_bytes().as_slice() == of))
    };
    let entries = store.list(Table::Views)?;
    Ok(entries
        .iter()
        .filter(|entry| is_other(entry))
        .map(|entry| Row::new(Table::Views, &entry.key))
        .collect())
}

fn name(certificate: &Hash, uri: &str) -> Hash {
    Hash::plain(&[certificate.as_bytes(), uri.as_bytes()])
}

fn row(kind: &[u8], name: &Hash) -> Row {
    Row::new(Table::Views, [kind, name.as_bytes().as_slice()].concat())
}
