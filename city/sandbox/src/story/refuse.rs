//! What is not paid: a shop that has closed, an order whose time is over, a code that is none.

use super::{Story, expect_refusal};
use crate::failure::Failure;
use crate::narrator::Line;
use citizen_primitives::Won;
use citizen_wallet::{Coins, WalletError};
use std::io::Write;

/// The pictures, with the error each must end in.
const REFUSED: [(&str, &str); 3] =
    [("closed-shop.png", "refused"), ("expired-order.png", "expired"), ("not-a-payment.png", "bad-code")];

impl<W: Write> Story<'_, W> {
    pub(super) async fn meet_refusals(&mut self) -> Result<(), Failure> {
        for (at, (name, code)) in REFUSED.iter().enumerate() {
            let picture = self.picture(name)?;
            let reason = expect_refusal(self.try_to_pay(&picture, *name == "closed-shop.png").await, code)?;
            let line = Line::of("scan.refused").with("file", name).with_line("reason", &reason);
            if at == 0 { self.narrator.step("name.refuse", &line)? } else { self.narrator.more(&line)? }
        }
        Ok(())
    }

    async fn try_to_pay(&self, picture: &[u8], types_amount: bool) -> Result<(), WalletError> {
        let wallet = &self.citizen.wallet;
        let code = wallet.scan_image(picture).await?;
        let typed = if types_amount { Some(Won::new(4_000)?) } else { None };
        wallet.review_payment(&code, typed, Coins::First).await.map(drop)
    }
}
