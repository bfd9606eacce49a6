//! A credential is removed from this phone, with its keys.

use crate::credential::arrive::let_go;
use crate::credential::unbound::unbound;
use crate::error::WalletError;
use crate::id::CredentialId;
use crate::place;
use crate::record::{self, ActivityKind};
use crate::wallet::Wallet;
use citizen_store::ChangeSet;

impl Wallet {
    /// Removes a credential. The issuer hears nothing of it.
    pub async fn forget_credential(&self, id: &CredentialId) -> Result<(), WalletError> {
        self.session().touch()?;
        let one_at_a_time = self.session().approving.lock().await;
        let alone = self.session().advancing.lock().await;
        let row = self.held_row(id)?;
        let log = self.session().log(ActivityKind::CredentialForgotten { credential: row.vct.clone() })?;
        let changes = ChangeSet::new().delete(record::credential_row(id)).and(log);
        let keys = row.copies.into_iter().map(|copy| copy.alias).collect();
        // An issuance may go on meanwhile: what it has written last stays written.
        self.session().commit_of(place::CREDENTIAL_FORGOTTEN, |store| {
            Ok(changes.and(let_go(store, id, None)?).and(unbound(store, keys)?))
        })?;
        drop((alone, one_at_a_time));
        self.clear_keys();
        Ok(())
    }
}
