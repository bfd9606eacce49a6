//! What the citizen has: balance, history, earning; bringing it all up to date.

use crate::cancel::CancelToken;
use crate::error::WalletError;
use crate::wallet::Wallet;
use citizen_wallet::view::{BalanceView, EarnView, HistoryView, HomeView, WonView};
use citizen_wallet::{Claim, SyncReport};
use std::sync::Arc;

#[uniffi::export]
impl Wallet {
    /// Points by proof, won by the bank's word. Without a connection: the last verified numbers, marked stale.
    #[uniffi::method(default(cancel = None))]
    pub async fn balance(&self, cancel: Option<Arc<CancelToken>>) -> Result<BalanceView, WalletError> {
        self.call(cancel, async |wallet| wallet.balance().await).await
    }

    /// Won, by the bank's fresh word.
    #[uniffi::method(default(cancel = None))]
    pub async fn won(&self, cancel: Option<Arc<CancelToken>>) -> Result<WonView, WalletError> {
        self.call(cancel, async |wallet| wallet.won().await).await
    }

    /// The whole history: no entry is missing, by the record's count and running hash.
    #[uniffi::method(default(cancel = None))]
    pub async fn history(&self, cancel: Option<Arc<CancelToken>>) -> Result<HistoryView, WalletError> {
        self.call(cancel, async |wallet| wallet.history().await).await
    }

    /// The one home screen: balance, open payments, the newest entries.
    #[uniffi::method(default(cancel = None))]
    pub async fn home(&self, cancel: Option<Arc<CancelToken>>) -> Result<HomeView, WalletError> {
        self.call(cancel, async |wallet| wallet.home().await).await
    }

    /// Claims points and waits until the ledger proves that they are there. `programme`: `eco`; `evidence`: what the claim rests
    /// on. The same claim again brings the same points, once.
    #[uniffi::method(default(cancel = None))]
    pub async fn earn(
        &self,
        programme: String,
        evidence: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<EarnView, WalletError> {
        self.call(cancel, async move |wallet| wallet.earn(&Claim::new(&programme, &evidence)?).await).await
    }

    /// Brings everything up to date: what is in the outbox is sent again, what has ended is settled. Tells the listener.
    #[uniffi::method(default(cancel = None))]
    pub async fn sync(&self, cancel: Option<Arc<CancelToken>>) -> Result<SyncReport, WalletError> {
        let events = self.events();
        self.call(cancel, async move |wallet| wallet.sync_with(|step| events.synced(step)).await).await
    }

    /// Whether points are spent first where a payment does not say.
    #[uniffi::method(default(cancel = None))]
    pub async fn prefer_points(
        &self,
        points_first: bool,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<(), WalletError> {
        self.call(cancel, async move |wallet| wallet.prefer_points(points_first)).await
    }
}
