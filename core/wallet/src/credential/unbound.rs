//! Keys that nothing is bound to any more: written down in the commit that unbinds them, deleted after it, and not forgotten before they are gone.

use crate::error::WalletError;
use crate::place;
use crate::record::{self, ReceivingRow};
use crate::wallet::Wallet;
use citizen_keys::{KeyAlias, KeystoreError, TokenKey};
use citizen_primitives::Place;
use citizen_store::{ChangeSet, Store};

impl Wallet {
    /// **CARD-80** Makes changes that unbind these keys, with the keys' names: whatever stops the phone from here on, they are deleted.
    pub(crate) fn commit_unbinding(
        &self,
        place: Place,
        changes: ChangeSet,
        keys: Vec<KeyAlias>,
    ) -> Result<(), WalletError> {
        self.session().commit_of(place, |store| Ok(changes.and(unbound(store, keys)?)))
    }

    /// Deletes what is unbound. What the key store does not delete now, since the phone is locked or the call was stopped, is left for a later look: it does
    /// no harm, nobody can ask for its signature.
    pub(crate) fn clear_keys(&self) {
        if let Err(error) = self.delete_unbound() {
            tracing::debug!(code = error.code(), "keys of credentials are left in the key store");
        }
    }

    /// At a look at credentials: what earlier calls have left goes. A service that has never got an answer does not know her (CARD-11); the key that was told for
    /// it is bound to nothing.
    pub(super) async fn sweep_keys(&self) -> Result<(), WalletError> {
        let alone = self.session().advancing.lock().await;
        for row in self.known_services()?.into_iter().filter(|row| row.signed.is_none()) {
            let gone = ChangeSet::new().delete(record::service_row(&row.id));
            self.commit_unbinding(place::SERVICE_FORGOTTEN, gone, vec![row.alias])?;
        }
        drop(alone);
        self.clear_keys();
        Ok(())
    }

    fn delete_unbound(&self) -> Result<(), WalletError> {
        let left: Option<ReceivingRow> = self.session().load(&record::receiving_row())?;
        let Some(ReceivingRow { mut aliases }) = left else { return Ok(()) };
        let told = aliases.len();
        aliases.retain(|alias| is_gone(TokenKey::delete(&*self.session().keystore, alias)));
        let gone = aliases;
        if gone.is_empty() && told > 0 {
            return Ok(());
        }
        self.session().commit_of(place::COPY_KEYS_CLEARED, |store| {
            // Others may have been told meanwhile.
            let mut row = record::receiving(store)?.unwrap_or_default();
            row.aliases.retain(|alias| !gone.contains(alias));
            let at = record::receiving_row();
            Ok(if row.aliases.is_empty() { ChangeSet::new().delete(at) } else { record::put(at, &row) })
        })
    }
}

/// The names of keys that nothing is bound to any more, beside those that were told before. A name is random, and told once: what is written here is
/// never bound again.
pub(super) fn unbound(store: &dyn Store, keys: Vec<KeyAlias>) -> Result<ChangeSet, WalletError> {
    if keys.is_empty() {
        return Ok(ChangeSet::new());
    }
    let mut row = record::receiving(store)?.unwrap_or_default();
    for key in keys {
        if !row.aliases.contains(&key) {
            row.aliases.push(key);
        }
    }
    Ok(record::put(record::receiving_row(), &row))
}

/// Whether nothing has the name any more.
const fn is_gone(answer: Result<(), KeystoreError>) -> bool {
    matches!(answer, Ok(()) | Err(KeystoreError::Missing))
}
