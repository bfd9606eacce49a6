//! A registration for a poll that is reviewed first: what of the citizen card would be shown, and to whom.

use crate::cancel::CancelToken;
use crate::error::WalletError;
use crate::once::Once;
use crate::voting::poll_id;
use crate::wallet::Wallet;
use citizen_wallet::RegistrationReview as CoreReview;
use citizen_wallet::view::{RegistrationReviewView, RegistrationView};
use std::sync::Arc;

/// A registration before she approves it: nothing was shown. Registering takes what is in it.
#[derive(Debug, uniffi::Object)]
pub struct RegistrationReview {
    view: RegistrationReviewView,
    once: Once<CoreReview>,
}

#[uniffi::export]
impl RegistrationReview {
    /// What to show before she approves: who asks, and for what.
    #[must_use]
    pub fn view(&self) -> RegistrationReviewView {
        self.view.clone()
    }
}

impl RegistrationReview {
    fn of(review: CoreReview) -> Arc<Self> {
        Arc::new(Self { view: review.view().clone(), once: Once::new(review) })
    }
}

#[uniffi::export]
impl Wallet {
    /// Asks the registrars, under nobody's name, how they want to know who registers. As a member of the first electorate, unless another is named.
    #[uniffi::method(default(electorate = None, cancel = None))]
    pub async fn review_registration(
        &self,
        poll: String,
        electorate: Option<u8>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Arc<RegistrationReview>, WalletError> {
        self.call(cancel, async move |wallet| {
            Ok(RegistrationReview::of(wallet.review_registration(&poll_id(&poll)?, electorate).await?))
        })
        .await
    }

    /// Registers as the review said; [`Wallet::register_for_poll`] goes on with it.
    #[uniffi::method(default(cancel = None))]
    pub async fn register(
        &self,
        review: Arc<RegistrationReview>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<RegistrationView, WalletError> {
        self.call(cancel, async move |wallet| wallet.register(review.once.take()?).await).await
    }
}
