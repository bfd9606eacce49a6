//! She pays: with won alone, with points and won, and an order's code with the amount in it.

use super::{Story, amount};
use crate::cli::Failure;
use crate::codes;
use crate::merchants::{RESTAURANT, number};
use crate::narrator::Line;
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock as _, Points, Won};
use citizen_wallet::view::{PaymentView, ReceiptView};
use citizen_wallet::{Coins, ScannedCode, verify_receipt};
use std::io::Write;

/// What she needs for the three payments.
const NEEDED_WON: u64 = 3_000 + 7_000 + 1_000;
const NEEDED_POINTS: u64 = 5_000 + 1_000;

impl<W: Write> Story<'_, W> {
    pub(super) async fn pay(&mut self) -> Result<(), Failure> {
        let balance = self.citizen.wallet.balance().await?;
        let krw = balance.won().as_ref().map_or(0, |won| won.krw().amount());
        if krw < NEEDED_WON || balance.points().points().amount() < NEEDED_POINTS {
            return Ok(self.narrator.step("name.pay", &Line::of("pay.spent"))?);
        }
        let bookshop = self.read("bookshop.png").await?;
        self.pay_one(&bookshop, Some(3_000), 0).await?;
        let bakery = self.read("static-rotated.png").await?;
        self.pay_one(&bakery, Some(12_000), 5_000).await?;
        let order = self.order_at_the_till().await?;
        self.pay_one(&order, None, 1_000).await
    }

    /// The till shows a code for this order; the phone reads it from the screen.
    async fn order_at_the_till(&mut self) -> Result<ScannedCode, Failure> {
        let minted = self.city.centre().order_code(&merchant()?, Won::new(2_000).map_err(out_of_range)?);
        let text = minted.map_err(|error| Failure(Line::same(error)))?;
        let picture = codes::of("order.png", &text).map_err(|error| Failure(Line::same(error)))?;
        let write = codes::write(&self.city.folder().file("codes"), std::slice::from_ref(&picture));
        write.map_err(|error| Failure(Line::same(error)))?;
        self.read(picture.name).await
    }

    async fn pay_one(&mut self, code: &ScannedCode, typed: Option<u64>, points: u64) -> Result<(), Failure> {
        let wallet = &self.citizen.wallet;
        let typed = typed.map(Won::new).transpose().map_err(out_of_range)?;
        let coins = Coins::Exactly(Points::new(points).map_err(out_of_range)?);
        let review = wallet.review_payment(code, typed, coins).await?;
        let total = review.view().amount().amount();
        let approved = wallet.approve(review).await?;
        let mut states = vec![state_line(&approved)];
        let paid = wallet
            .follow_payment(approved.payment_id(), |view| {
                if *view.state() != "requested" {
                    states.push(state_line(view));
                }
            })
            .await?;
        if !paid.is_captured() {
            return Err(Failure(Line::of("pay.not-captured").with_line("state", &state_line(&paid))));
        }
        let (receipt, file) = wallet.receipt(paid.payment_id())?;
        // Anybody can do this with the trust file alone: the till, her sister, an auditor.
        verify_receipt(&file, self.city.trust(), SystemClock.now())?;
        self.narrator.step("name.pay", &paid_line(total, &states, &receipt))?;
        Ok(())
    }
}

fn paid_line(total: u64, states: &[Line], receipt: &ReceiptView) -> Line {
    let with = match (receipt.points().is_zero(), receipt.krw().is_zero()) {
        (true, _) => "pay.won",
        (false, true) => "pay.points",
        (false, false) => "pay.mixed",
    };
    let mut steps = Line::same("");
    for state in states {
        steps = Line::of("pay.step").with_line("before", &steps).with_line("state", state);
    }
    Line::of(with)
        .with("merchant", receipt.merchant())
        .with("total", amount(total))
        .with("points", amount(receipt.points().amount()))
        .with("won", amount(receipt.krw().amount()))
        .with_line("states", &steps)
        .with("height", receipt.verified().height())
}

fn state_line(view: &PaymentView) -> Line {
    Line::of(&format!("state.{}", view.state()))
}

fn merchant() -> Result<citizen_primitives::MerchantId, Failure> {
    number(RESTAURANT).map_err(|error| Failure(Line::same(error)))
}

fn out_of_range(error: citizen_primitives::AmountError) -> Failure {
    Failure(Line::same(error))
}
