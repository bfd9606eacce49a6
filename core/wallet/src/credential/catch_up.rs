//! With everything else that is brought up to date: what issuers have put off comes, copies that run low are issued again, statuses that are stale
//! are looked up.

use crate::credential::status::{Lists, Look};
use crate::error::WalletError;
use crate::record::CredentialRow;
use crate::sync::News;
use crate::wallet::Wallet;

impl Wallet {
    /// **CARD-45** As [`Self::refresh_credentials`], for what is due and no more; and whoever is away, or answers what does not count, holds up
    /// nothing: it is asked again with the next look.
    pub(crate) async fn advance_credentials(&self, news: &mut News) -> Result<(), WalletError> {
        self.sweep_keys().await?;
        let before = self.held()?;
        goes_on(self.finish_issuances().await)?;
        let mut lists = Lists::new();
        for row in self.held()? {
            if self.is_status_due(&row)? {
                goes_on(self.refresh_one(&row, &mut lists, Look::IfStale).await)?;
            }
        }
        self.forget_old_lists()?;
        let is_new = |row: &&CredentialRow| {
            !before.iter().any(|old| old.id == row.id && old.is_of_the_same_issuance(row))
        };
        for row in self.held()?.iter().filter(is_new) {
            news.credentials.push(self.credential_view(row)?);
        }
        Ok(())
    }
}

/// What others do or do not stops nothing; what this phone cannot does.
fn goes_on(done: Result<(), WalletError>) -> Result<(), WalletError> {
    match done {
        Err(
            error @ (WalletError::Cancelled
            | WalletError::Locked
            | WalletError::StoreBusy
            | WalletError::StoreDamaged
            | WalletError::StorageFull),
        ) => Err(error),
        Err(error) => {
            tracing::info!(code = error.code(), "a credential is not brought up to date yet");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}
