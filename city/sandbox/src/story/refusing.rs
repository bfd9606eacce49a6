//! Codes that are not paid: a closed shop's, one that has expired, one that is no payment code.

use super::{Stage, sentence};
use crate::cli::Failure;
use crate::codes;
use crate::merchants::{self, RESTAURANT};
use crate::narrator::Line;
use citizen_primitives::Seconds;
use citizen_wallet::{Coins, Points, WalletError, Won};
use std::io::Write;
use std::time::Duration;

impl<W: Write> Stage<'_, W> {
    /// Meets codes that must be refused; one that is not stops the story.
    pub(super) async fn refuse(&mut self) -> Result<(), Failure> {
        for name in ["closed-shop.png", "not-a-payment.png"] {
            let picture = self.picture(name)?;
            self.refuse_one(name, &picture).await?;
        }
        let merchant = merchants::number(RESTAURANT).map_err(|error| Failure(Line::same(error)))?;
        let text = self.city.centre().order_code_for(&merchant, Won::new(4_000)?, Seconds::new(1))?;
        let picture = codes::of("expired.png", &text).map_err(|error| Failure(Line::same(error)))?;
        // Its second passes.
        tokio::time::sleep(Duration::from_millis(2_100)).await;
        self.refuse_one("expired.png", &picture.bytes).await
    }

    async fn refuse_one(&mut self, name: &str, picture: &[u8]) -> Result<(), Failure> {
        let error = match self.try_to_pay(picture).await {
            Err(error) => error,
            Ok(()) => return Err(Failure(Line::of("refuse.missing").with("file", name))),
        };
        let line = Line::of("scan.refused").with("file", name).with_line("reason", &sentence(&error));
        Ok(self.narrator.step("name.refuse", &line)?)
    }

    async fn try_to_pay(&self, picture: &[u8]) -> Result<(), WalletError> {
        let code = self.wallet.scan_image(picture).await?;
        let amount = code.merchant().amount().is_none().then(|| Won::new(1_000)).transpose()?;
        self.wallet.review_payment(&code, amount, Coins::Exactly(Points::ZERO)).await.map(drop)
    }
}
