//! Refunds: the citizen asks, the shop gives, the history proves.

use crate::cancel::CancelToken;
use crate::error::WalletError;
use crate::paying::payment_id;
use crate::wallet::Wallet;
use citizen_wallet::Won;
use citizen_wallet::view::RefundsView;
use std::sync::Arc;

#[uniffi::export]
impl Wallet {
    /// What came back of a payment so far, and what still may.
    #[uniffi::method(default(cancel = None))]
    pub async fn refunds(
        &self,
        payment: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<RefundsView, WalletError> {
        self.call(cancel, async move |wallet| wallet.refunds(&payment_id(&payment)?).await).await
    }

    /// Asks the merchant to give so many won back. It is a wish: the history shows whether it was granted.
    #[uniffi::method(default(cancel = None))]
    pub async fn ask_refund(
        &self,
        payment: String,
        amount: u64,
        reason: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<RefundsView, WalletError> {
        self.call(cancel, async move |wallet| {
            wallet.ask_refund(&payment_id(&payment)?, Won::new(amount)?, &reason).await
        })
        .await
    }

    /// The text of a code to show at the shop: its till finds the payment by it and proves it itself.
    #[uniffi::method(default(cancel = None))]
    pub async fn receipt_code(
        &self,
        payment: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<String, WalletError> {
        self.call(cancel, async move |wallet| wallet.receipt_code(&payment_id(&payment)?)).await
    }
}
