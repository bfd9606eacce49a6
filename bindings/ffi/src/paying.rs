//! Plan, review, approve once, follow to the end.

use crate::cancel::CancelToken;
use crate::code::ScannedCode;
use crate::error::WalletError;
use crate::once::Once;
use crate::wallet::Wallet;
use citizen_wallet::error::Input;
use citizen_wallet::view::{PaymentView, ReviewView};
use citizen_wallet::{Coins as CoreCoins, PaymentId, PaymentReview, Points, WalletError as Core, Won};
use std::sync::Arc;

/// How much of a payment is paid in points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, uniffi::Enum)]
pub enum Coins {
    /// As the citizen prefers.
    #[default]
    Preferred,
    /// As many as there are.
    First,
    /// So many, no more and no less.
    Exactly {
        /// Whole points.
        points: u64,
    },
}

/// What will happen if the citizen approves. It is approved once: approving takes what is in it.
#[derive(Debug, uniffi::Object)]
pub struct Review {
    view: ReviewView,
    once: Once<PaymentReview>,
}

#[uniffi::export]
impl Review {
    /// What to show.
    #[must_use]
    pub fn view(&self) -> ReviewView {
        self.view.clone()
    }
}

#[uniffi::export]
impl Wallet {
    /// Checks everything about a payment and says what it will be. Nothing happens. `amount`, in won, is for codes that carry none.
    #[uniffi::method(default(amount = None, cancel = None))]
    pub async fn review_payment(
        &self,
        code: Arc<ScannedCode>,
        coins: Coins,
        amount: Option<u64>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Arc<Review>, WalletError> {
        self.call(cancel, async move |wallet| {
            let amount = amount.map(Won::new).transpose()?;
            Ok(Arc::new(Review::of(wallet.review_payment(&code.code, amount, coins.read()?).await?)))
        })
        .await
    }

    /// Signs the order and hands it to the centre: the answer is how far it is, [`Wallet::follow_payment`] shows how it ends. Without
    /// a connection the order lies in the outbox, and [`Wallet::sync`] sends it.
    #[uniffi::method(default(cancel = None))]
    pub async fn approve(
        &self,
        review: Arc<Review>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<PaymentView, WalletError> {
        let events = self.events();
        self.call(cancel, async move |wallet| {
            let payment = wallet.approve(review.once.take()?).await?;
            events.payment(&payment);
            Ok(payment)
        })
        .await
    }

    /// Follows a payment to its end and tells the listener of each step. `Pending` if it is not at its end after a minute: it ends
    /// by itself.
    #[uniffi::method(default(cancel = None))]
    pub async fn follow_payment(
        &self,
        payment: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<PaymentView, WalletError> {
        let events = self.events();
        self.call(cancel, async move |wallet| {
            wallet.follow_payment(&payment_id(&payment)?, |step| events.payment(step)).await
        })
        .await
    }

    /// One look at a payment.
    #[uniffi::method(default(cancel = None))]
    pub async fn advance_payment(
        &self,
        payment: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<PaymentView, WalletError> {
        let events = self.events();
        self.call(cancel, async move |wallet| {
            let payment = wallet.advance_payment(&payment_id(&payment)?).await?;
            events.payment(&payment);
            Ok(payment)
        })
        .await
    }

    /// One payment, as far as it is known without asking anybody.
    #[uniffi::method(default(cancel = None))]
    pub async fn payment(
        &self,
        payment: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<PaymentView, WalletError> {
        self.call(cancel, async move |wallet| wallet.payment(&payment_id(&payment)?)).await
    }

    /// All payments of this phone, oldest first, as far as they are known without asking anybody.
    #[uniffi::method(default(cancel = None))]
    pub async fn payments(&self, cancel: Option<Arc<CancelToken>>) -> Result<Vec<PaymentView>, WalletError> {
        self.call(cancel, async |wallet| wallet.payments()).await
    }
}

impl Review {
    fn of(review: PaymentReview) -> Self {
        Self { view: review.view().clone(), once: Once::new(review) }
    }
}

impl Coins {
    pub(crate) fn read(self) -> Result<CoreCoins, Core> {
        Ok(match self {
            Self::Preferred => CoreCoins::Preferred,
            Self::First => CoreCoins::First,
            Self::Exactly { points } => CoreCoins::Exactly(Points::new(points)?),
        })
    }
}

/// Reads a payment's identifier.
pub(crate) fn payment_id(text: &str) -> Result<PaymentId, Core> {
    PaymentId::from_hex(text).map_err(|_| Core::Invalid { input: Input::PaymentUnknown })
}
