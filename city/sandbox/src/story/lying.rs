//! A gateway lies to her; her phone shows nothing of it.

use super::{Stage, refusal};
use crate::cli::Failure;
use crate::lying::{ForgedMerchant, Lie, MorePoints, OldState};
use crate::narrator::Line;
use citizen_keys::SigningKey;
use citizen_primitives::random;
use citizen_wallet::{Coins, Points, WalletError, Won};
use std::io::Write;
use std::sync::Arc;

impl<W: Write> Stage<'_, W> {
    /// Three lies, each refused with its named error; a lie that is believed stops the story.
    pub(super) async fn be_lied_to(&mut self) -> Result<(), Failure> {
        let balance = self.under(Arc::new(MorePoints)).wallet.balance().await.map(drop);
        self.tell_refusal("lies.points", balance)?;
        let forger = SigningKey::generate(&mut random::system());
        let picture = self.picture("bookshop.png")?;
        let merchant =
            self.under(Arc::new(ForgedMerchant(forger))).wallet.scan_image(&picture).await.map(drop);
        self.tell_refusal("lies.merchant", merchant)?;
        let replayed = self.replayed(&picture).await;
        self.tell_refusal("lies.old", replayed)?;
        self.gateway.tell(None);
        self.wallet.balance().await?;
        Ok(())
    }

    /// The gateway remembers a state, the ledger goes on, the phone sees it go on, and the gateway shows the old state again.
    async fn replayed(&mut self, picture: &[u8]) -> Result<(), WalletError> {
        let old: Arc<dyn Lie> = Arc::new(OldState::default());
        self.under(Arc::clone(&old)).wallet.balance().await?;
        self.gateway.tell(None);
        let code = self.wallet.scan_image(picture).await?;
        let review =
            self.wallet.review_payment(&code, Some(Won::new(100)?), Coins::Exactly(Points::ZERO)).await?;
        let id = *self.wallet.approve(review).await?.payment_id();
        self.wallet.follow_payment(&id, |_| {}).await?;
        self.under(old).wallet.balance().await.map(drop)
    }

    fn under(&self, lie: Arc<dyn Lie>) -> &Self {
        self.gateway.tell(Some(lie));
        self
    }

    fn tell_refusal(&mut self, key: &str, told: Result<(), WalletError>) -> Result<(), Failure> {
        let error = match told {
            Err(error) => error,
            Ok(()) => return Err(Failure(Line::of("lies.believed"))),
        };
        let reason = refusal(&error, self.narrator.language());
        Ok(self.narrator.step("name.lies", &Line::of(key).with("reason", reason))?)
    }
}
