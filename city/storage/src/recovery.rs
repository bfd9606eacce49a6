//! Which accounts a recovery key is listed for: an index beside the state, for who has lost her phone and has the code alone (STORAGE-7).
//!
//! Only what the index names is looked at in the state, so a row too many shows nothing; whoever asks proves the account's record.

use crate::error::{StorageError, damaged};
use crate::meta::Latest;
use crate::snapshot::Snapshot;
use crate::table::{self, ENTRIES, LATEST, META, RECOVERY_KEYS};
use crate::tree::TreeView;
use citizen_coin::{AccountRecord, EntryKind};
use citizen_ledger::{TreeHash, state_key};
use citizen_primitives::{AccountId, Canonical as _, KeyId};
use city_state::Outcome;
use jmt::KeyHash;
use jmt::storage::TreeReader as _;
use redb::{Database, ReadableDatabase as _, TableError, WriteTransaction};

impl Snapshot {
    /// The accounts whose record lists this recovery key, at most so many.
    pub fn accounts_of(&self, recovery: &KeyId, most: usize) -> Result<Vec<AccountId>, StorageError> {
        let rows = self.transaction.open_table(RECOVERY_KEYS)?;
        let (low, high) =
            (table::recovery_key(recovery, &[0; 32]), table::recovery_key(recovery, &[0xff; 32]));
        let mut found = Vec::new();
        for row in rows.range::<&[u8]>(low.as_slice()..=high.as_slice())? {
            let account = account_in(row?.0.value(), recovery.as_bytes().len())?;
            // Officers may have entered another key since.
            let record = self.value(&state_key::account(&account))?;
            let record = record.map(|bytes| AccountRecord::from_canonical(&bytes)).transpose()?;
            if record.is_some_and(|record| record.recovery.id() == *recovery) {
                found.push(account);
            }
            if found.len() >= most {
                break;
            }
        }
        Ok(found)
    }
}

/// Writes the rows of the accounts that a block opened, or gave another recovery key.
pub(crate) fn append_recovery_keys(
    transaction: &WriteTransaction,
    outcome: &Outcome,
) -> Result<(), StorageError> {
    let mut rows = transaction.open_table(RECOVERY_KEYS)?;
    for (account, entry) in &outcome.entries {
        if !matches!(entry.kind, EntryKind::Opened | EntryKind::Recovered { .. }) {
            continue;
        }
        let Some(Some(bytes)) = outcome.writes.get(&state_key::account(account)) else { continue };
        let key = AccountRecord::from_canonical(bytes)?.recovery.id();
        rows.insert(table::recovery_key(&key, account.as_bytes()).as_slice(), [].as_slice())?;
    }
    Ok(())
}

/// Makes the index of a file that was begun before there was one, in one transaction: half an index would never be completed.
pub(crate) fn complete(database: &Database) -> Result<(), StorageError> {
    let reading = database.begin_read()?;
    match reading.open_table(RECOVERY_KEYS) {
        Ok(_) => return Ok(()),
        Err(TableError::TableDoesNotExist(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let latest = reading.open_table(META)?.get(LATEST)?.map(|bytes| bytes.value().to_vec());
    let version = Latest::from_canonical(&latest.unwrap_or_default())?.version;
    let (view, entries) = (TreeView::open(&reading, version)?, reading.open_table(ENTRIES)?);
    let writing = database.begin_write()?;
    {
        let mut rows = writing.open_table(RECOVERY_KEYS)?;
        let mut from = table::entry_key(&AccountId::from_bytes([0; 32]), 0);
        while let Some(next) = entries.range::<&[u8]>(from.as_slice()..)?.next() {
            let account = account_in(next?.0.value(), 0)?;
            let key = KeyHash::with::<TreeHash>(state_key::account(&account).as_bytes());
            if let Some(bytes) = view.get_value_option(version, key).map_err(damaged)? {
                let key = AccountRecord::from_canonical(&bytes)?.recovery.id();
                rows.insert(table::recovery_key(&key, account.as_bytes()).as_slice(), [].as_slice())?;
            }
            from = table::entry_key(&account, u64::MAX);
        }
    }
    Ok(writing.commit()?)
}

/// The account in a key of a table, from so many bytes on.
fn account_in(key: &[u8], from: usize) -> Result<AccountId, StorageError> {
    let bytes = key.get(from..from.saturating_add(32)).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.map(AccountId::from_bytes).ok_or_else(|| StorageError::Damaged("a short key".to_owned()))
}
