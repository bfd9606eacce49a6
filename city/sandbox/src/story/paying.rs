//! She scans codes from pictures and pays: won alone, points and won, a code with the amount inside.

use super::Stage;
use crate::cli::Failure;
use crate::codes;
use crate::merchants::{self, RESTAURANT};
use crate::narrator::{Language, Line};
use citizen_wallet::view::ScannedCode;
use citizen_wallet::{Coins, PaymentId, Points, Won};
use std::io::Write;

/// One payment of the story: the picture, what is typed in, and the part in points.
const PRINTED: [(&str, u64, u64); 5] = [
    ("static-straight.png", 3_000, 0),
    ("static-rotated.png", 12_000, 5_000),
    ("static-blurred.png", 1_500, 500),
    ("static-photo.jpg", 900, 900),
    ("zeropay-sticker.png", 2_000, 100),
];
/// Read, but not paid.
const ONLY_READ: [&str; 3] = ["static-small.png", "static-shaded.png", "bookshop.png"];

impl<W: Write> Stage<'_, W> {
    /// Reads printed codes of every kind and pays some of them; then one that carries its amount.
    pub(super) async fn pay(&mut self) -> Result<(), Failure> {
        for name in ONLY_READ {
            self.scan(name, &self.picture(name)?).await?;
        }
        for (name, amount, points) in PRINTED {
            let code = self.scan(name, &self.picture(name)?).await?;
            self.pay_code(&code, Some(Won::new(amount)?), Points::new(points)?).await?;
        }
        let text =
            self.city.centre().order_code(&merchants::number(RESTAURANT).map_err(line)?, Won::new(9_000)?)?;
        let picture = codes::of("dynamic.png", &text).map_err(line)?;
        let code = self.scan("dynamic.png", &picture.bytes).await?;
        self.pay_code(&code, None, Points::new(1_000)?).await
    }

    async fn scan(&mut self, name: &str, picture: &[u8]) -> Result<ScannedCode, Failure> {
        let code = self.wallet.scan_image(picture).await?;
        let merchant = code.merchant();
        let called = match self.narrator.language() {
            Language::Ko => merchant.name(),
            Language::En => merchant.name_latin(),
        };
        let line = Line::of("scan.read")
            .with("file", name)
            .with("kind", code.reading().kind)
            .with("merchant", called.as_ref().map_or("?", |name| name.as_str()))
            .with("status", merchant.status());
        self.narrator.step("name.scan", &line)?;
        Ok(code)
    }

    async fn pay_code(
        &mut self,
        code: &ScannedCode,
        amount: Option<Won>,
        points: Points,
    ) -> Result<(), Failure> {
        let review = self.wallet.review_payment(code, amount, Coins::Exactly(points)).await?;
        let (total, won) = (*review.view().amount(), *review.view().krw());
        let id = *self.wallet.approve(review).await?.payment_id();
        let states = self.follow(&id).await?;
        let (receipt, _) = self.wallet.receipt(&id)?;
        let key = if won.is_zero() { "pay.done-points" } else { "pay.done" };
        let line = Line::of(key)
            .with("total", total)
            .with("points", points)
            .with("won", won)
            .with_line("states", &states)
            .with("height", receipt.verified().height());
        Ok(self.narrator.step("name.pay", &line)?)
    }

    /// Follows a payment to its end; one that does not end paid stops the story.
    async fn follow(&self, id: &PaymentId) -> Result<Line, Failure> {
        let mut states: Vec<Line> = Vec::new();
        let ended = self
            .wallet
            .follow_payment(id, |view| states.push(Line::of(&format!("state.{}", view.state()))))
            .await?;
        let told = states.into_iter().reduce(|told, next| {
            Line::same("{told} … {next}").with_line("told", &told).with_line("next", &next)
        });
        if ended.is_captured() {
            Ok(told.unwrap_or_else(|| Line::of("state.captured")))
        } else {
            Err(Failure(Line::new(&ended.text().ko, &ended.text().en)))
        }
    }
}

fn line(error: impl std::fmt::Display) -> Failure {
    Failure(Line::same(error))
}
