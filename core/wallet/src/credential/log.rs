//! Who saw what of the citizen: the log's lines that are about credentials.

use crate::error::WalletError;
use crate::record::{self, ActivityRow};
use crate::view::CredentialEventView;
use crate::wallet::Wallet;
use citizen_store::Table;

impl Wallet {
    /// What became of credentials, the oldest first: received, shown to whom and why, declined, forgotten.
    pub fn credential_log(&self) -> Result<Vec<CredentialEventView>, WalletError> {
        self.session().touch()?;
        let rows: Vec<ActivityRow> =
            self.session().with(|open| Ok(record::list(&*open.store, Table::Activity)?))?;
        let names = self.names()?;
        Ok(rows.iter().filter_map(|row| CredentialEventView::of(row, &names)).collect())
    }
}
