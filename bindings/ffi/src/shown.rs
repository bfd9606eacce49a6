//! Codes that this phone shows, for a shop to charge.

use crate::cancel::CancelToken;
use crate::error::WalletError;
use crate::once::Once;
use crate::paying::{Coins, payment_id};
use crate::wallet::Wallet;
use citizen_wallet::view::{CodeReviewView, ShownCodeView};
use citizen_wallet::{CodeReview as CoreReview, Won};
use std::sync::Arc;

/// What a shown code will allow. It is approved once: approving takes what is in it.
#[derive(Debug, uniffi::Object)]
pub struct CodeReview {
    view: CodeReviewView,
    once: Once<CoreReview>,
}

#[uniffi::export]
impl CodeReview {
    /// What to show.
    #[must_use]
    pub fn view(&self) -> CodeReviewView {
        self.view.clone()
    }
}

impl CodeReview {
    fn of(review: CoreReview) -> Arc<Self> {
        Arc::new(Self { view: review.view().clone(), once: Once::new(review) })
    }
}

#[uniffi::export]
impl Wallet {
    /// Says what showing a code will allow: `total` won at most, of which so much in points.
    #[uniffi::method(default(cancel = None))]
    pub async fn review_code(
        &self,
        total: u64,
        coins: Coins,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Arc<CodeReview>, WalletError> {
        self.call(cancel, async move |wallet| {
            Ok(CodeReview::of(wallet.review_code(Won::new(total)?, coins.read()?).await?))
        })
        .await
    }

    /// Signs the mandate and shows the code; one that is still open is replaced.
    #[uniffi::method(default(cancel = None))]
    pub async fn show_code(
        &self,
        review: Arc<CodeReview>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<ShownCodeView, WalletError> {
        self.call(cancel, async move |wallet| wallet.show_code(review.once.take()?).await).await
    }

    /// Another code with the same caps in the place of one that is shown.
    #[uniffi::method(default(cancel = None))]
    pub async fn renew_code(
        &self,
        payment: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<ShownCodeView, WalletError> {
        self.call(cancel, async move |wallet| wallet.renew_code(&payment_id(&payment)?).await).await
    }

    /// Takes a code back: the ledger will refuse its charge.
    #[uniffi::method(default(cancel = None))]
    pub async fn hide_code(
        &self,
        payment: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<ShownCodeView, WalletError> {
        let events = self.events();
        self.call(cancel, async move |wallet| {
            let code = wallet.hide_code(&payment_id(&payment)?).await?;
            events.code(&code);
            Ok(code)
        })
        .await
    }

    /// Follows a shown code until it is charged, expired or revoked, and tells the listener of each step.
    #[uniffi::method(default(cancel = None))]
    pub async fn follow_code(
        &self,
        payment: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<ShownCodeView, WalletError> {
        let events = self.events();
        self.call(cancel, async move |wallet| {
            wallet.follow_code(&payment_id(&payment)?, |step| events.code(step)).await
        })
        .await
    }

    /// One look at a shown code. A charge becomes a payment.
    #[uniffi::method(default(cancel = None))]
    pub async fn advance_code(
        &self,
        payment: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<ShownCodeView, WalletError> {
        let events = self.events();
        self.call(cancel, async move |wallet| {
            let code = wallet.advance_code(&payment_id(&payment)?).await?;
            events.code(&code);
            Ok(code)
        })
        .await
    }

    /// All codes of this phone, as far as they are known without asking anybody.
    #[uniffi::method(default(cancel = None))]
    pub async fn codes(&self, cancel: Option<Arc<CancelToken>>) -> Result<Vec<ShownCodeView>, WalletError> {
        self.call(cancel, async |wallet| wallet.codes()).await
    }
}
