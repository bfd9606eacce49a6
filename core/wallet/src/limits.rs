//! How much may be spent: by law, by the citizen's own choice, and what is left of both.

use crate::error::WalletError;
use crate::record::{ActivityKind, Submitted};
use crate::signing::Cosigning;
use crate::view::{LimitsView, SubmissionView};
use crate::wallet::Wallet;
use citizen_coin::Limits;
use citizen_ledger::{Action, SetLimits};

impl Wallet {
    /// The limits in force and what was spent under them, proved.
    pub async fn limits(&self) -> Result<LimitsView, WalletError> {
        self.session().touch()?;
        let present = self.present(&[]).await?;
        LimitsView::of(&present)
    }

    /// Sets the citizen's own limits; `None` takes them back. Looser ones need the hardware key: a thief would want them.
    pub async fn set_limits(&self, limits: Option<Limits>) -> Result<SubmissionView, WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().approving.lock().await;
        let present = self.orderable(&[]).await?;
        let cosigning = match present.legal() {
            Some(legal) => {
                let in_force = |own: Option<Limits>| own.map_or(legal, |own| own.and(legal));
                let is_stricter = in_force(limits).is_within(in_force(present.spending.own));
                if is_stricter { Cosigning::Left } else { Cosigning::Signed }
            }
            None => Cosigning::Signed,
        };
        let action = Action::SetLimits(SetLimits { limits });
        self.submit(&present, (Submitted::Limits { limits }, action), cosigning, ActivityKind::LimitsSet)
            .await
    }
}
