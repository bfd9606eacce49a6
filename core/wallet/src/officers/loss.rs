//! A lost phone, said to the issuer: whoever has it may have the PIN, and a ledger's freeze stops no verifier that asks the status alone.

use crate::error::{Party, WalletError, mapping};
use crate::place;
use crate::record::{ActivityKind, Who};
use crate::view::LossView;
use crate::wallet::Wallet;
use citizen_client::api::Identity;
use citizen_client::recovery;

impl Wallet {
    /// Has the issuer revoke all that it issued to the resident who shows number, name and day of birth, on whichever phone it is (CARD-40): for
    /// a phone that was lost, beside [`Wallet::freeze`], or after [`Wallet::restore`]. Asked twice, nothing is left to revoke.
    ///
    /// How many copies that were, somebody says whom nobody has proved: verifiers see it, and [`Wallet::refresh_credentials`] of a wallet that
    /// holds one, once the issuer has anchored its lists anew, within the minutes of its steps.
    ///
    /// **CARD-41** Who she is goes over a connection of its own: whoever carries the account does not learn from it whose that is.
    pub async fn report_loss(&self, identity: &Identity) -> Result<LossView, WalletError> {
        self.session().touch()?;
        let identity = Who::of(identity)?.identity();
        let apart = self.exchange_apart(&self.trust().url)?;
        let revoked = recovery::report_loss(&apart, place::SEND_LOSS, &identity).await;
        let revoked = revoked.map_err(|error| mapping::of_call(error, Party::Issuer))?;
        let log = self.session().log(ActivityKind::LossReported { revoked })?;
        self.session().commit(place::LOSS_REPORTED, log)?;
        Ok(LossView::new(revoked))
    }
}
