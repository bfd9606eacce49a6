//! Phone and recovery code are lost: officers of recovery hand the account to a new phone.

use crate::cancel::CancelToken;
use crate::error::WalletError;
use crate::secret::Secret;
use crate::wallet::{Wallet, recovery_code};
use citizen_wallet::view::{AccountView, EnrolmentView, LossView, RecoveryView, SubmissionView};
use std::fmt;
use std::sync::Arc;

/// Who somebody is, as the register of residents has her. It says nothing of itself in a log.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Identity {
    /// Her number in the register. Never a resident registration number.
    pub number: String,
    /// Her name, as she writes it.
    pub name: String,
    /// Her day of birth: `1999-03-02`.
    pub birth_date: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

impl From<Identity> for citizen_wallet::Identity {
    fn from(identity: Identity) -> Self {
        let Identity { number, name, birth_date } = identity;
        Self { number, name, birth_date }
    }
}

#[uniffi::export]
impl Wallet {
    /// Tells the officers of recovery whose account this is, while nothing is lost.
    #[uniffi::method(default(cancel = None))]
    pub async fn enrol_recovery(
        &self,
        identity: Identity,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<EnrolmentView, WalletError> {
        self.call(cancel, async move |wallet| wallet.enrol_recovery(&identity.into()).await).await
    }

    /// Has the issuer revoke all that it issued to her, on whichever phone it is: beside `freeze`, or after `restore`.
    #[uniffi::method(default(cancel = None))]
    pub async fn report_loss(
        &self,
        identity: Identity,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<LossView, WalletError> {
        self.call(cancel, async move |wallet| wallet.report_loss(&identity.into()).await).await
    }

    /// Asks the officers for the account, on a new phone without backup. `recovery` is the new recovery code: on paper before this is
    /// called, and needed again to take over. Called again after a crash, it goes on.
    #[uniffi::method(default(cancel = None))]
    pub async fn recover_by_office(
        &self,
        identity: Identity,
        recovery: Arc<Secret>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<RecoveryView, WalletError> {
        self.call(cancel, async move |wallet| {
            wallet.recover_by_office(&identity.into(), &recovery_code(&recovery)?).await
        })
        .await
    }

    /// How far that is, by proof; goes on with it as far as it goes now.
    #[uniffi::method(default(cancel = None))]
    pub async fn recovery(&self, cancel: Option<Arc<CancelToken>>) -> Result<RecoveryView, WalletError> {
        self.call(cancel, async |wallet| wallet.recovery().await).await
    }

    /// The same, until the ledger shows what the officers have signed, or they have not signed.
    #[uniffi::method(default(cancel = None))]
    pub async fn follow_recovery(
        &self,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<RecoveryView, WalletError> {
        self.call(cancel, async |wallet| wallet.follow_recovery().await).await
    }

    /// The old phone has objected: other officers look again.
    #[uniffi::method(default(cancel = None))]
    pub async fn uphold_recovery(
        &self,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<RecoveryView, WalletError> {
        self.call(cancel, async |wallet| wallet.uphold_recovery().await).await
    }

    /// Takes the account over after the wait, by the new recovery code. The platform asks for the finger. [`Wallet::enrol`] connects the
    /// bank again: this phone knows nothing of it.
    #[uniffi::method(default(cancel = None))]
    pub async fn complete_recovery(
        &self,
        recovery: Arc<Secret>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<AccountView, WalletError> {
        self.call(cancel, async move |wallet| wallet.complete_recovery(&recovery_code(&recovery)?).await)
            .await
    }

    /// The old phone is not lost: the officers drop the case. The answer is `sent`: [`Wallet::follow_submission`] shows that it is so.
    #[uniffi::method(default(cancel = None))]
    pub async fn dismiss_recovery(
        &self,
        identity: Identity,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<SubmissionView, WalletError> {
        self.call(cancel, async move |wallet| wallet.dismiss_recovery(&identity.into()).await).await
    }
}
