//! A service that knows her: the key by which it does, and by which no other one does.

use crate::id::ServiceId;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::KeyAlias;
use citizen_primitives::{Canonical as _, UnixTime};
use citizen_store::{Row, Store, StoreError, Table};
use citizen_voting::manifest::Bilingual;

/// The kind of row: the first byte of its key. Others of the table are in `record/credential.rs`.
const SERVICE: u8 = 3;

/// A service that she signs in to. It is on the disk before its key is made (CARD-11).
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct ServiceRow {
    /// What this wallet calls it.
    pub(crate) id: ServiceId,
    /// Who it is: its name by the registry, whatever its certificate and its address are.
    pub(crate) service: Bilingual,
    /// Where the last answer went.
    pub(crate) host: String,
    /// Its key in the key store.
    pub(crate) alias: KeyAlias,
    /// When the key signed for the first time and the last time. Nothing: it may not even be made.
    pub(crate) signed: Option<(UnixTime, UnixTime)>,
}
citizen_primitives::canonical!(ServiceRow = 1);

/// The row of a service.
pub(crate) fn service_row(id: &ServiceId) -> Row {
    Row::new(Table::Credentials, [&[SERVICE], id.as_bytes().as_slice()].concat())
}

/// All services, by this wallet's names for them.
pub(crate) fn services(store: &dyn Store) -> Result<Vec<ServiceRow>, StoreError> {
    let entries = store.list(Table::Credentials)?;
    let known = entries.iter().filter(|entry| entry.key.first() == Some(&SERVICE));
    known.map(|entry| ServiceRow::from_canonical(&entry.value).map_err(|_| StoreError::Damaged)).collect()
}
