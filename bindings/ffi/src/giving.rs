//! Gifts, redemptions and limits: reviewed, approved, followed like payments.

use crate::cancel::CancelToken;
use crate::error::WalletError;
use crate::once::Once;
use crate::wallet::Wallet;
use citizen_wallet::error::Input;
use citizen_wallet::view::{GiftReviewView, LimitsView, RedemptionReviewView, SubmissionView};
use citizen_wallet::{
    GiftReview as CoreGift, Limits, Points, RedemptionReview as CoreRedemption, TransactionId,
    WalletError as Core, Won,
};
use std::sync::Arc;

/// A gift before it is approved. It is approved once: approving takes what is in it.
#[derive(Debug, uniffi::Object)]
pub struct GiftReview {
    view: GiftReviewView,
    once: Once<CoreGift>,
}

#[uniffi::export]
impl GiftReview {
    /// What to show.
    #[must_use]
    pub fn view(&self) -> GiftReviewView {
        self.view.clone()
    }
}

impl GiftReview {
    fn of(review: CoreGift) -> Arc<Self> {
        Arc::new(Self { view: review.view().clone(), once: Once::new(review) })
    }
}

/// A redemption before it is approved. It is approved once: approving takes what is in it.
#[derive(Debug, uniffi::Object)]
pub struct RedemptionReview {
    view: RedemptionReviewView,
    once: Once<CoreRedemption>,
}

#[uniffi::export]
impl RedemptionReview {
    /// What to show.
    #[must_use]
    pub fn view(&self) -> RedemptionReviewView {
        self.view.clone()
    }
}

impl RedemptionReview {
    fn of(review: CoreRedemption) -> Arc<Self> {
        Arc::new(Self { view: review.view().clone(), once: Once::new(review) })
    }
}

/// The citizen's own limits, points and won together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct OwnLimits {
    /// In one payment.
    pub per_payment: u64,
    /// In one day.
    pub per_day: u64,
    /// In one month.
    pub per_month: u64,
}

#[uniffi::export]
impl Wallet {
    /// The text of a code under which this account is given points.
    #[uniffi::method(default(cancel = None))]
    pub async fn gift_code(&self, cancel: Option<Arc<CancelToken>>) -> Result<String, WalletError> {
        self.call(cancel, async |wallet| wallet.gift_code().await).await
    }

    /// Checks everything about a gift and says what it will be. `code`: the other's gift code.
    #[uniffi::method(default(cancel = None))]
    pub async fn review_gift(
        &self,
        code: String,
        points: u64,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Arc<GiftReview>, WalletError> {
        self.call(cancel, async move |wallet| {
            Ok(GiftReview::of(wallet.review_gift(&code, Points::new(points)?).await?))
        })
        .await
    }

    /// Gives. It cannot be taken back.
    #[uniffi::method(default(cancel = None))]
    pub async fn approve_gift(
        &self,
        review: Arc<GiftReview>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<SubmissionView, WalletError> {
        self.call(cancel, async move |wallet| wallet.approve_gift(review.once.take()?).await).await
    }

    /// Says what a redemption of so many points for a gift certificate will be.
    #[uniffi::method(default(cancel = None))]
    pub async fn review_redemption(
        &self,
        points: u64,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Arc<RedemptionReview>, WalletError> {
        self.call(cancel, async move |wallet| {
            Ok(RedemptionReview::of(wallet.review_redemption(Points::new(points)?).await?))
        })
        .await
    }

    /// Redeems. It cannot be undone.
    #[uniffi::method(default(cancel = None))]
    pub async fn approve_redemption(
        &self,
        review: Arc<RedemptionReview>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<SubmissionView, WalletError> {
        self.call(cancel, async move |wallet| wallet.approve_redemption(review.once.take()?).await).await
    }

    /// The limits in force and what is left of them, proved.
    #[uniffi::method(default(cancel = None))]
    pub async fn limits(&self, cancel: Option<Arc<CancelToken>>) -> Result<LimitsView, WalletError> {
        self.call(cancel, async |wallet| wallet.limits().await).await
    }

    /// Sets the citizen's own limits; nothing takes them back. Looser ones ask for the finger.
    #[uniffi::method(default(cancel = None))]
    pub async fn set_limits(
        &self,
        limits: Option<OwnLimits>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<SubmissionView, WalletError> {
        self.call(cancel, async move |wallet| {
            wallet.set_limits(limits.map(OwnLimits::read).transpose()?).await
        })
        .await
    }

    /// Follows a gift, a redemption or a change of limits to its end.
    #[uniffi::method(default(cancel = None))]
    pub async fn follow_submission(
        &self,
        id: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<SubmissionView, WalletError> {
        self.call(cancel, async move |wallet| wallet.follow_submission(&transaction_id(&id)?).await).await
    }

    /// One look at it.
    #[uniffi::method(default(cancel = None))]
    pub async fn advance_submission(
        &self,
        id: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<SubmissionView, WalletError> {
        self.call(cancel, async move |wallet| wallet.advance_submission(&transaction_id(&id)?).await).await
    }

    /// All of them, as far as they are known without asking anybody.
    #[uniffi::method(default(cancel = None))]
    pub async fn submissions(
        &self,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Vec<SubmissionView>, WalletError> {
        self.call(cancel, async |wallet| wallet.submissions()).await
    }
}

impl OwnLimits {
    fn read(self) -> Result<Limits, Core> {
        let Self { per_payment, per_day, per_month } = self;
        Ok(Limits {
            per_payment: Won::new(per_payment)?,
            per_day: Won::new(per_day)?,
            per_month: Won::new(per_month)?,
        })
    }
}

fn transaction_id(text: &str) -> Result<TransactionId, Core> {
    TransactionId::from_hex(text).map_err(|_| Core::Invalid { input: Input::SubmissionUnknown })
}
