//! A credential is removed from this phone, with its keys.

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
        let _one_at_a_time = self.session().approving.lock().await;
        let _alone = self.session().advancing.lock().await;
        let row = self.held_row(id)?;
        let log = self.session().log(ActivityKind::CredentialForgotten { credential: row.vct.clone() })?;
        let changes =
            ChangeSet::new().delete(record::credential_row(id)).and(log).and(self.let_go(id, None)?);
        self.session().commit(place::CREDENTIAL_FORGOTTEN, changes)?;
        self.delete_keys(row.copies.iter().map(|copy| &copy.alias));
        Ok(())
    }
}
