//! Whose hands the phone is in, before a credential is received or shown.

use crate::error::{Input, WalletError};
use crate::wallet::Wallet;

impl Wallet {
    /// Credentials need no account; if there is one, it is proved to be neither frozen, nor under recovery, nor another phone's by now
    /// (CARD-10).
    pub(super) async fn must_be_in_her_hands(&self) -> Result<(), WalletError> {
        match self.session().account() {
            Ok(_) => self.orderable(&[]).await.map(drop),
            Err(WalletError::Invalid { input: Input::AccountMissing }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
