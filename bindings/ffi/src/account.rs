//! The account: opening it, connecting the bank, recovery code and backup.

use crate::cancel::CancelToken;
use crate::error::WalletError;
use crate::secret::Secret;
use crate::wallet::{Wallet, recovery_code};
use citizen_wallet::view::{AccountView, ActivityView, WonView};
use std::sync::Arc;

#[uniffi::export]
impl Wallet {
    /// A fresh recovery code, kept nowhere: the citizen writes it down, types it again, and it goes to [`Wallet::open_account`].
    #[uniffi::method(default(cancel = None))]
    pub async fn generate_recovery_code(
        &self,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Arc<Secret>, WalletError> {
        self.call(cancel, async |wallet| Ok(Arc::new(Secret::of(wallet.generate_recovery_code()?.to_text()))))
            .await
    }

    /// Opens the account on the ledger. Called again after a crash, it goes on; it opens one account or none.
    #[uniffi::method(default(cancel = None))]
    pub async fn open_account(
        &self,
        code: Arc<Secret>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<AccountView, WalletError> {
        self.call(cancel, async move |wallet| wallet.open_account(&recovery_code(&code)?).await).await
    }

    /// Connects the holder's won account at the bank. `citizen` is how bank and treasury know her, never a resident registration
    /// number. Asked twice, it stays one account.
    #[uniffi::method(default(cancel = None))]
    pub async fn enrol(
        &self,
        citizen: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<WonView, WalletError> {
        self.call(cancel, async move |wallet| wallet.enrol(&citizen).await).await
    }

    /// The account's number.
    #[uniffi::method(default(cancel = None))]
    pub async fn account(&self, cancel: Option<Arc<CancelToken>>) -> Result<AccountView, WalletError> {
        self.call(cancel, async |wallet| wallet.account()).await
    }

    /// The activity log, oldest first: who saw what of the citizen, when, and why.
    #[uniffi::method(default(cancel = None))]
    pub async fn activity(&self, cancel: Option<Arc<CancelToken>>) -> Result<Vec<ActivityView>, WalletError> {
        self.call(cancel, async |wallet| wallet.activity()).await
    }

    /// Seals a backup under the recovery code. It holds no signing key.
    #[uniffi::method(default(cancel = None))]
    pub async fn backup(
        &self,
        code: Arc<Secret>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Vec<u8>, WalletError> {
        self.call(cancel, async move |wallet| wallet.backup(&recovery_code(&code)?)).await
    }

    /// The city's trust file, as it is handed on with a receipt.
    #[uniffi::method(default(cancel = None))]
    pub async fn trust_file(&self, cancel: Option<Arc<CancelToken>>) -> Result<String, WalletError> {
        self.call(cancel, async |wallet| Ok(wallet.trust_file().await?.to_json())).await
    }
}
