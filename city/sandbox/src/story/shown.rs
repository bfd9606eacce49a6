//! She shows a code, the stall charges it, gives part of it back, and again; and she changes points into a gift certificate.

use super::stall::Stall;
use super::{Story, amount, expect_refusal};
use crate::failure::Failure;
use crate::narrator::Line;
use citizen_wallet::view::{PaymentView, ShownCodeView};
use citizen_wallet::{Coins, Points, WalletError, Won};
use std::io::Write;

/// The most the stall may charge, what it charges, and how much of it she likes to pay in points.
const CODE: (u64, u64, u64) = (20_000, 9_000, 3_000);
/// What she has given back, one after the other.
const REFUNDS: [u64; 2] = [3_000, 1_500];
/// What she redeems.
const CERTIFICATE: u64 = 10_000;

impl<W: Write> Story<'_, W> {
    pub(super) async fn show_a_code(&mut self) -> Result<(), Failure> {
        let stall = Stall::open(self.city).await?;
        let (most, charged, liked) = CODE;
        let points = self.citizen.wallet.balance().await?.points().points().amount();
        let coins = if points >= liked { liked } else { 0 };
        let code = self.show_one(most, coins).await?;
        stall.charge(code.qr(), charged).await?;
        let paid = self.charged(&code).await?;
        let again = self.show_one(most, 0).await?;
        self.citizen.wallet.hide_code(again.payment_id()).await?;
        let hidden = self.citizen.wallet.follow_code(again.payment_id(), |_| {}).await?;
        if *hidden.state() != "revoked" {
            return Err(Failure(Line::of("shown.not-revoked").with("state", hidden.state())));
        }
        self.narrator.more(&Line::of("shown.revoked"))?;
        self.give_back(&stall, &paid).await
    }

    async fn show_one(&self, most: u64, coins: u64) -> Result<ShownCodeView, Failure> {
        let wallet = &self.citizen.wallet;
        let most = Won::new(most).map_err(WalletError::from)?;
        let coins = Coins::Exactly(Points::new(coins).map_err(WalletError::from)?);
        let review = wallet.review_code(most, coins).await?;
        Ok(wallet.show_code(review).await?)
    }

    /// Her phone learns from the ledger that the code was charged, and proves by whom.
    async fn charged(&mut self, code: &ShownCodeView) -> Result<PaymentView, Failure> {
        let wallet = &self.citizen.wallet;
        let ended = wallet.follow_code(code.payment_id(), |_| {}).await?;
        if !ended.is_charged() {
            return Err(Failure(Line::of("shown.not-charged").with("state", ended.state())));
        }
        let paid = wallet.follow_payment(code.payment_id(), |_| {}).await?;
        let (receipt, _) = wallet.receipt(paid.payment_id())?;
        let line = Line::of("shown.charged")
            .with("most", amount(CODE.0))
            .with("merchant", paid.merchant())
            .with("total", amount(CODE.1))
            .with("points", amount(paid.points().amount()))
            .with("won", amount(paid.krw().amount()))
            .with("height", receipt.verified().height());
        self.narrator.step("name.till", &line)?;
        Ok(paid)
    }

    async fn give_back(&mut self, stall: &Stall, paid: &PaymentView) -> Result<(), Failure> {
        let id = paid.payment_id();
        for won in REFUNDS {
            let asked = Won::new(won).map_err(WalletError::from)?;
            self.citizen.wallet.ask_refund(id, asked, "덜 먹었어요").await?;
            if !stall.give_back(*id, won).await? {
                return Err(Failure(Line::of("refund.not-given")));
            }
        }
        let refunds = self.citizen.wallet.refunds(id).await?;
        let [first, second] = refunds.refunds().as_slice() else {
            return Err(Failure(Line::of("story.no-proof")));
        };
        let mut line = Line::of("refund.both").with("left", amount(refunds.left().amount()));
        for (name, refund) in [("first", first), ("second", second)] {
            let one = Line::of("refund.one")
                .with("points", amount(refund.points().amount()))
                .with("won", amount(refund.krw().amount()))
                .with("height", refund.height());
            line = line.with_line(name, &one);
        }
        Ok(self.narrator.step("name.refund", &line)?)
    }

    /// Points for a certificate, if there are enough; the phone says so before anything is signed if not.
    pub(super) async fn redeem(&mut self) -> Result<(), Failure> {
        let wallet = &self.citizen.wallet;
        let points = Points::new(CERTIFICATE).map_err(WalletError::from)?;
        let reviewed = wallet.review_redemption(points).await;
        let review = match reviewed {
            Ok(review) => review,
            too_few => {
                let refusal = expect_refusal(too_few, "not-enough")?;
                let line = Line::of("redeem.refused").with("points", amount(CERTIFICATE));
                return Ok(self.narrator.step("name.redeem", &line.with_line("reason", &refusal))?);
            }
        };
        let sent = wallet.approve_redemption(review).await?;
        let done = wallet.follow_submission(sent.id()).await?;
        let Some(certificate) = done.certificate().as_ref().filter(|_| done.is_done()) else {
            return Err(Failure(Line::of("story.no-proof")));
        };
        let line = Line::of("redeem.done")
            .with("points", amount(CERTIFICATE))
            .with("won", amount(certificate.won().amount()));
        Ok(self.narrator.step("name.redeem", &line)?)
    }
}
