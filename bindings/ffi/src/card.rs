//! The card: this phone's key on the ledger; a new one in its place; freezing, letting go on, objecting.

use crate::cancel::CancelToken;
use crate::error::WalletError;
use crate::secret::Secret;
use crate::wallet::{Wallet, recovery_code};
use citizen_wallet::view::{CardView, CustodyView, SubmissionView};
use std::sync::Arc;

#[uniffi::export]
impl Wallet {
    /// This phone's key, and whether it may be used, by proof.
    #[uniffi::method(default(cancel = None))]
    pub async fn card(&self, cancel: Option<Arc<CancelToken>>) -> Result<CardView, WalletError> {
        self.call(cancel, async |wallet| wallet.card().await).await
    }

    /// The platform's statement over a challenge, 1 to 128 bytes, that the card's key lives in hardware; nothing where the key store makes
    /// none. For the app's own server: the wallet sends it to nobody.
    #[uniffi::method(default(cancel = None))]
    pub async fn attest(
        &self,
        challenge: Vec<u8>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Option<Vec<u8>>, WalletError> {
        self.call(cancel, async move |wallet| wallet.attest(&challenge).await).await
    }

    /// Puts a new key in the place of this phone's. Both sign: the platform may ask for the finger twice. Stopped, it goes on with the next
    /// synchronisation.
    #[uniffi::method(default(cancel = None))]
    pub async fn rotate_card(&self, cancel: Option<Arc<CancelToken>>) -> Result<CardView, WalletError> {
        self.call(cancel, async |wallet| wallet.rotate_card().await).await
    }

    /// Whether the account is frozen or under recovery, by proof; and until when this phone may object.
    #[uniffi::method(default(cancel = None))]
    pub async fn custody(&self, cancel: Option<Arc<CancelToken>>) -> Result<CustodyView, WalletError> {
        self.call(cancel, async |wallet| wallet.custody().await).await
    }

    /// Stops the account of the recovery code: this wallet's, or, for a phone that is lost, any other, also from a wallet without an account. The answer is
    /// `sent`: [`Wallet::follow_submission`] shows that it is so.
    #[uniffi::method(default(cancel = None))]
    pub async fn freeze(
        &self,
        recovery: Arc<Secret>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<SubmissionView, WalletError> {
        self.call(cancel, async move |wallet| wallet.freeze(&recovery_code(&recovery)?).await).await
    }

    /// Lets a frozen account go on with this phone.
    #[uniffi::method(default(cancel = None))]
    pub async fn unfreeze(
        &self,
        recovery: Arc<Secret>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<SubmissionView, WalletError> {
        self.call(cancel, async move |wallet| wallet.unfreeze(&recovery_code(&recovery)?).await).await
    }

    /// Objects to a recovery that officers have filed: this phone is not lost. The platform asks for the finger.
    #[uniffi::method(default(cancel = None))]
    pub async fn object_to_recovery(
        &self,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<SubmissionView, WalletError> {
        self.call(cancel, async |wallet| wallet.object_to_recovery().await).await
    }
}
