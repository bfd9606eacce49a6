//! The gateway begins to lie. The phone believes none of it, and shows nothing of it.

use super::{Story, expect_refusal};
use crate::failure::Failure;
use crate::lying::{ForgedMerchant, Lie, MorePoints, OldState};
use crate::narrator::Line;
use citizen_keys::SigningKey;
use citizen_primitives::random;
use std::io::Write;
use std::sync::Arc;

/// The gateway remembers what it says of her account now, to say it again later.
pub(super) async fn remember_today<W>(story: &Story<'_, W>) -> Result<Arc<OldState>, Failure> {
    let lie = Arc::new(OldState::default());
    story.citizen.gateway.tell(Some(lie.clone()));
    // The first answer goes through as it is. The second is the first again, which by then may already be refused.
    let _ = story.citizen.wallet.balance().await;
    story.citizen.gateway.tell(None);
    Ok(lie)
}

impl<W: Write> Story<'_, W> {
    pub(super) async fn be_lied_to(&mut self, yesterday: Arc<OldState>) -> Result<(), Failure> {
        let before = self.citizen.wallet.balance().await?;

        let reason = self.ask_balance(Arc::new(MorePoints)).await?;
        self.narrator.step("name.lies", &Line::of("lies.points").with_line("reason", &reason))?;

        let reason = self.ask_balance(yesterday).await?;
        self.narrator.more(&Line::of("lies.old").with_line("reason", &reason))?;

        let forger = ForgedMerchant(SigningKey::generate(&mut random::system()));
        self.citizen.gateway.tell(Some(Arc::new(forger)));
        let read = self.citizen.wallet.scan_image(&self.picture("static-straight.png")?).await;
        self.citizen.gateway.tell(None);
        let reason = expect_refusal(read, "unverified")?;
        self.narrator.more(&Line::of("lies.merchant").with_line("reason", &reason))?;

        // An honest answer counts again, and nothing of the lies has stayed.
        let after = self.citizen.wallet.balance().await?;
        if after.points().points() == before.points().points() {
            Ok(())
        } else {
            Err(Failure(Line::of("story.believed").with("code", "balance")))
        }
    }

    async fn ask_balance(&self, lie: Arc<dyn Lie>) -> Result<Line, Failure> {
        self.citizen.gateway.tell(Some(lie));
        let told = self.citizen.wallet.balance().await;
        self.citizen.gateway.tell(None);
        expect_refusal(told, "unverified")
    }
}
