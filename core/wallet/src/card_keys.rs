//! The card's keys in the key store: opened with the wallet, and removed once nothing names them any more (WALLET-34).

use crate::error::WalletError;
use crate::place;
use crate::record::{
    self, CardKeyRow, RetiredKeysRow, RotationRow, card_keys, put, retired_keys_row, rotation_row,
};
use crate::session::{Open, Slot};
use crate::wallet::Wallet;
use citizen_keys::{HardwareKey, KeyAlias, Keystore, KeystoreError};
use citizen_store::ChangeSet;
use std::sync::Arc;

impl Slot {
    /// Opens the keys that came in the first one's place; locked again if the one in force is gone.
    pub(crate) fn open_card_keys(&mut self, keystore: &Arc<dyn Keystore>) -> Result<(), WalletError> {
        let Self::Open(open) = self else { return Err(WalletError::Locked) };
        let opened = open.open_card_keys(keystore);
        if opened.is_err() {
            self.lock();
        }
        opened
    }
}

impl Open {
    /// A key that was to come and is not there keeps nobody out: the one in force is, and the change is over as soon as the ledger proves that
    /// it never comes about. One that was never made is made anew with the next change.
    fn open_card_keys(&mut self, keystore: &Arc<dyn Keystore>) -> Result<(), WalletError> {
        let (present, coming) = card_keys(&*self.store)?;
        if let Some(CardKeyRow { key, alias }) = present {
            self.take_card_key(key, HardwareKey::open(Arc::clone(keystore), alias)?);
        }
        if let Some(RotationRow { new: CardKeyRow { key, alias }, signed }) = coming {
            match HardwareKey::open(Arc::clone(keystore), alias) {
                Ok(hardware) => self.take_card_key(key, hardware),
                Err(KeystoreError::Missing | KeystoreError::Invalidated) => {}
                Err(_) if signed.is_none() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The changes by which a new key takes the place of the one in force.
    pub(crate) fn change_card_key(&self, new: &CardKeyRow) -> Result<ChangeSet, WalletError> {
        let (present, _) = card_keys(&*self.store)?;
        let retired = match present {
            Some(old) if old.alias != new.alias => self.retire(old.alias)?,
            _ => ChangeSet::new(),
        };
        Ok(put(record::card_key_row(), new).delete(rotation_row()).and(retired))
    }

    /// The changes by which a key does not come; none if it is not the one that was to.
    pub(crate) fn drop_coming_key(&self, new: &CardKeyRow) -> Result<ChangeSet, WalletError> {
        let (present, coming) = card_keys(&*self.store)?;
        let is_coming = coming.is_some_and(|coming| coming.new == *new);
        if !is_coming || present.is_some_and(|present| present.alias == new.alias) {
            return Ok(ChangeSet::new());
        }
        Ok(ChangeSet::new().delete(rotation_row()).and(self.retire(new.alias.clone())?))
    }

    fn retire(&self, alias: KeyAlias) -> Result<ChangeSet, WalletError> {
        let mut row: RetiredKeysRow = record::load(&*self.store, &retired_keys_row())?.unwrap_or_default();
        row.0.push(alias);
        Ok(put(retired_keys_row(), &row))
    }

    /// Those to remove: never one that is in force or may come to be, whatever the row says.
    fn retired(&self) -> Result<Vec<KeyAlias>, WalletError> {
        let row: RetiredKeysRow = record::load(&*self.store, &retired_keys_row())?.unwrap_or_default();
        let (present, coming) = card_keys(&*self.store)?;
        let named: Vec<KeyAlias> =
            present.into_iter().chain(coming.map(|it| it.new)).map(|it| it.alias).collect();
        Ok(row.0.into_iter().filter(|alias| !named.contains(alias)).collect())
    }
}

impl Wallet {
    /// **WALLET-34** Removes keys of the card that a commit has taken the name from. What cannot be removed now, or not be noted as removed, is
    /// left for a later look: it does no harm.
    pub(crate) fn remove_retired_keys(&self) {
        if let Err(error) = self.try_to_remove_retired_keys() {
            tracing::debug!(code = error.code(), "an old key of the card is left in the key store");
        }
    }

    fn try_to_remove_retired_keys(&self) -> Result<(), WalletError> {
        let retired = self.session().with(|open| open.retired())?;
        let mut removed = Vec::new();
        for alias in retired {
            if self.session().keystore.delete(&alias).is_ok() {
                removed.push(alias);
            }
        }
        if removed.is_empty() {
            return Ok(());
        }
        self.session().decide(place::OUTBOX_ACCOUNT, |open| {
            let row: RetiredKeysRow = record::load(&*open.store, &retired_keys_row())?.unwrap_or_default();
            let left: Vec<_> = row.0.into_iter().filter(|alias| !removed.contains(alias)).collect();
            let changes = if left.is_empty() {
                ChangeSet::new().delete(retired_keys_row())
            } else {
                put(retired_keys_row(), &RetiredKeysRow(left))
            };
            Ok((changes, ()))
        })
    }
}
