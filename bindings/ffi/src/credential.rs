//! Credentials: offered, held, asked for, shown.

use crate::cancel::CancelToken;
use crate::error::WalletError;
use crate::once::Once;
use crate::secret::Secret;
use crate::wallet::Wallet;
use citizen_wallet::error::Input;
use citizen_wallet::view::{
    AuthorizationView, CredentialDetailView, CredentialEventView, CredentialView, OfferReviewView,
    PendingCredentialView, PresentationReviewView, PresentedView, ServiceView,
};
use citizen_wallet::{
    CredentialId, Insistence, OfferReview as CoreOffer, PresentationChoice, PresentationPick as CorePick,
    PresentationReview as CoreRequest, WalletError as Core,
};
use std::sync::Arc;

/// An offer before it is accepted: nothing was received. Accepting takes what is in it.
#[derive(Debug, uniffi::Object)]
pub struct OfferReview {
    view: OfferReviewView,
    once: Once<CoreOffer>,
}

#[uniffi::export]
impl OfferReview {
    /// What to show: who issues what about whom, and whether a code is asked for.
    #[must_use]
    pub fn view(&self) -> OfferReviewView {
        self.view.clone()
    }
}

/// A request before it is answered: nothing was shown. Presenting or declining takes what is in it.
#[derive(Debug, uniffi::Object)]
pub struct PresentationReview {
    view: PresentationReviewView,
    suggested: Option<Vec<PresentationPick>>,
    once: Once<CoreRequest>,
}

#[uniffi::export]
impl PresentationReview {
    /// What to show: who asks, what for, which claims, what is optional.
    #[must_use]
    pub fn view(&self) -> PresentationReviewView {
        self.view.clone()
    }

    /// The least that answers the request. Nothing if this wallet cannot answer it.
    #[must_use]
    pub fn suggested(&self) -> Option<Vec<PresentationPick>> {
        self.suggested.clone()
    }
}

/// Of which credential which claims are shown, for which part of a request.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PresentationPick {
    /// The part of the request, as its view names it.
    pub query: String,
    /// The credential.
    pub credential: String,
    /// The claims by their paths: one of the combinations that the view lists, in any order.
    pub claims: Vec<String>,
}

#[uniffi::export]
impl Wallet {
    /// Reads an offer out of a link or a QR code, asks the issuer what it is, and the registry who the issuer is. Nothing is received.
    #[uniffi::method(default(cancel = None))]
    pub async fn review_offer(
        &self,
        link: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Arc<OfferReview>, WalletError> {
        self.call(cancel, async move |wallet| {
            let review = wallet.review_offer(&link).await?;
            Ok(Arc::new(OfferReview { view: review.view().clone(), once: Once::new(review) }))
        })
        .await
    }

    /// Takes what was offered. `code` is what the citizen was sent by other means, if the issuer asks for it. The copies' keys are made in
    /// the key store. Each credential is held as it comes; what the issuer takes a while for is in `pending_credentials`.
    #[uniffi::method(default(code = None, cancel = None))]
    pub async fn accept_offer(
        &self,
        review: Arc<OfferReview>,
        code: Option<Arc<Secret>>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Vec<CredentialView>, WalletError> {
        self.call(cancel, async move |wallet| {
            let code = code.map(|code| code.expose(Input::TransactionCode)).transpose()?;
            wallet.accept_offer(review.once.take()?, code.as_deref().map(String::as_str)).await
        })
        .await
    }

    /// Begins a sign-in for what was offered, where the offer's view says that it needs the browser: open the address of the answer in the browser. It comes
    /// back to the app as a link that [`open_link`](crate::open_link) says is an `AuthorizationReturn`. Another sign-in takes the place of one that waits.
    #[uniffi::method(default(cancel = None))]
    pub async fn authorize_offer(
        &self,
        review: Arc<OfferReview>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<AuthorizationView, WalletError> {
        self.call(cancel, async move |wallet| wallet.authorize_offer(review.once.take()?).await).await
    }

    /// The sign-in that the browser may be open for, also after the app was stopped; nothing if none waits.
    #[uniffi::method(default(cancel = None))]
    pub async fn pending_authorization(
        &self,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Option<AuthorizationView>, WalletError> {
        self.call(cancel, async |wallet| wallet.pending_authorization()).await
    }

    /// Goes on with the link that the browser came back with, and takes what was offered. A link that belongs to no sign-in that waits is
    /// `Invalid` with `authorization-unknown`, and changes nothing.
    #[uniffi::method(default(cancel = None))]
    pub async fn complete_authorization(
        &self,
        link: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Vec<CredentialView>, WalletError> {
        self.call(cancel, async move |wallet| wallet.complete_authorization(&link).await).await
    }

    /// Gives the sign-in up. The issuer hears nothing of it.
    #[uniffi::method(default(cancel = None))]
    pub async fn cancel_authorization(&self, cancel: Option<Arc<CancelToken>>) -> Result<(), WalletError> {
        self.call(cancel, async |wallet| wallet.cancel_authorization().await).await
    }

    /// All credentials that this phone holds, each verified again, without asking anybody.
    #[uniffi::method(default(cancel = None))]
    pub async fn credentials(
        &self,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Vec<CredentialView>, WalletError> {
        self.call(cancel, async |wallet| wallet.credentials()).await
    }

    /// A credential with all it says, without asking anybody.
    #[uniffi::method(default(cancel = None))]
    pub async fn credential(
        &self,
        id: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<CredentialDetailView, WalletError> {
        self.call(cancel, async move |wallet| wallet.credential(&credential_id(&id)?)).await
    }

    /// What she has accepted and its issuer has not issued yet, without asking anybody.
    #[uniffi::method(default(cancel = None))]
    pub async fn pending_credentials(
        &self,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Vec<PendingCredentialView>, WalletError> {
        self.call(cancel, async |wallet| wallet.pending_credentials()).await
    }

    /// Gives up what of it has not come. The issuer hears nothing of it.
    #[uniffi::method(default(cancel = None))]
    pub async fn forget_pending(
        &self,
        id: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<(), WalletError> {
        self.call(cancel, async move |wallet| wallet.forget_pending(&id.parse()?).await).await
    }

    /// Asks issuers for what they have not answered or have put off, and for fresh copies of what runs out; then asks the registry about the issuers, and fetches whole lists of statuses that have changed: nobody learns whose is looked at. `sync` does what of it is due.
    #[uniffi::method(default(cancel = None))]
    pub async fn refresh_credentials(
        &self,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Vec<CredentialView>, WalletError> {
        self.call(cancel, async |wallet| wallet.refresh_credentials().await).await
    }

    /// Removes a credential with its keys. The issuer hears nothing of it.
    #[uniffi::method(default(cancel = None))]
    pub async fn forget_credential(
        &self,
        id: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<(), WalletError> {
        self.call(cancel, async move |wallet| wallet.forget_credential(&credential_id(&id)?).await).await
    }

    /// Reads a request out of a link or a QR code, asks the registry who asks, and looks what could be shown. Nothing is shown; whom the
    /// registry does not prove hears nothing, and the answer is `UnknownParty`.
    #[uniffi::method(default(cancel = None))]
    pub async fn review_presentation(
        &self,
        link: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Arc<PresentationReview>, WalletError> {
        self.call(cancel, async move |wallet| {
            let review = wallet.review_presentation(&link).await?;
            let suggested = review.suggested().map(|choice| choice.picks.iter().map(told).collect());
            Ok(Arc::new(PresentationReview {
                view: review.view().clone(),
                suggested,
                once: Once::new(review),
            }))
        })
        .await
    }

    /// Shows what was chosen and nothing else; the platform may ask for the finger. Each copy that is shown is used up, whatever becomes of
    /// the call. `insist` says that she was told that nobody knows who asks, and wants it all the same: it counts where the wallet's place lets
    /// her, and is logged.
    #[uniffi::method(default(insist = false, cancel = None))]
    pub async fn present_credentials(
        &self,
        review: Arc<PresentationReview>,
        picks: Vec<PresentationPick>,
        insist: bool,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<PresentedView, WalletError> {
        self.call(cancel, async move |wallet| {
            let picks = picks.into_iter().map(read).collect::<Result<_, Core>>()?;
            let insistence = if insist { Insistence::Yes } else { Insistence::No };
            let choice = PresentationChoice { picks, insistence };
            wallet.present_credentials(review.once.take()?, &choice).await
        })
        .await
    }

    /// Shows nothing, and says so to whom the registry proves.
    #[uniffi::method(default(cancel = None))]
    pub async fn decline_presentation(
        &self,
        review: Arc<PresentationReview>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<(), WalletError> {
        self.call(cancel, async move |wallet| wallet.decline_presentation(review.once.take()?).await).await
    }

    /// Services that know her again, by keys of this phone that no other service sees.
    #[uniffi::method(default(cancel = None))]
    pub async fn services(&self, cancel: Option<Arc<CancelToken>>) -> Result<Vec<ServiceView>, WalletError> {
        self.call(cancel, async |wallet| wallet.services()).await
    }

    /// Removes the key by which a service knows her. The service hears nothing of it; next time it sees a new person.
    #[uniffi::method(default(cancel = None))]
    pub async fn forget_service(
        &self,
        id: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<(), WalletError> {
        self.call(cancel, async move |wallet| wallet.forget_service(&id.parse()?).await).await
    }

    /// Who saw what of the citizen, when, and why; the oldest first.
    #[uniffi::method(default(cancel = None))]
    pub async fn credential_log(
        &self,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Vec<CredentialEventView>, WalletError> {
        self.call(cancel, async |wallet| wallet.credential_log()).await
    }
}

fn told(pick: &CorePick) -> PresentationPick {
    PresentationPick {
        query: pick.query.clone(),
        credential: pick.credential.to_string(),
        claims: pick.claims.iter().map(ToString::to_string).collect(),
    }
}

/// A claim that is none was not asked for.
fn read(pick: PresentationPick) -> Result<CorePick, Core> {
    let wrong = |_| Core::Invalid { input: Input::Selection };
    let PresentationPick { query, credential, claims } = pick;
    let claims = claims.iter().map(|path| path.parse().map_err(wrong)).collect::<Result<_, _>>()?;
    Ok(CorePick { query, credential: credential_id(&credential)?, claims })
}

fn credential_id(text: &str) -> Result<CredentialId, Core> {
    text.parse()
}
