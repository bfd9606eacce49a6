//! She pays: with won alone, with points and won, and an order's code with the amount in it.

use super::scan::merchant_name;
use super::{Story, amount, till};
use crate::failure::Failure;
use crate::narrator::Line;
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock as _, Points, Won};
use citizen_wallet::view::{EntryView, PaymentView, ReceiptView};
use citizen_wallet::{Coins, ScannedCode, verify_receipt};
use city_services::centre::ORDER_CODE_LIFE;
use std::io::Write;

/// What she needs for the three payments and the code if no points are left.
const NEEDED_WON: u64 = 3_000 + 12_000 + 2_000 + 20_000;
/// Her wage, which the sandbox's bank pays in when she needs it.
const WAGE: u64 = 100_000;
/// Points she likes to spend at the bakery, and on the order.
const POINTS: (u64, u64) = (5_000, 1_000);

impl<W: Write> Story<'_, W> {
    pub(super) async fn pay(&mut self) -> Result<(), Failure> {
        let balance = self.citizen.wallet.balance().await?;
        let krw = balance.won().as_ref().map_or(0, |won| won.krw().amount());
        if krw < NEEDED_WON {
            self.receive_wage().await?;
        }
        let points = balance.points().points().amount();
        let at_bakery = spent(points, POINTS.0);
        let on_order = spent(points.saturating_sub(at_bakery), POINTS.1);
        let bookshop = self.read("bookshop.png").await?;
        self.pay_one(&bookshop, Some(3_000), 0).await?;
        let bakery = self.read("static-rotated.png").await?;
        self.pay_one(&bakery, Some(12_000), at_bakery).await?;
        // The phone reads it from the till's screen.
        let order = self.read(till::show_order(self.city, "order.png", 2_000, ORDER_CODE_LIFE)?).await?;
        self.pay_one(&order, None, on_order).await
    }

    /// The bank pays her wage in; her phone shows the bank's word on it.
    async fn receive_wage(&mut self) -> Result<(), Failure> {
        let account = *self.citizen.wallet.account()?.account();
        let wage = Won::new(WAGE).map_err(out_of_range)?;
        self.city.bank().pay_in(&account, wage).map_err(|error| Failure(Line::same(error)))?;
        let balance = self.citizen.wallet.balance().await?;
        let krw = balance.won().as_ref().map_or(0, |won| won.krw().amount());
        let line = Line::of("pay.wage").with("wage", amount(WAGE)).with("won", amount(krw));
        Ok(self.narrator.step("name.pay", &line)?)
    }

    async fn pay_one(&mut self, code: &ScannedCode, typed: Option<u64>, points: u64) -> Result<(), Failure> {
        let wallet = &self.citizen.wallet;
        let typed = typed.map(Won::new).transpose().map_err(out_of_range)?;
        let coins = Coins::Exactly(Points::new(points).map_err(out_of_range)?);
        let review = wallet.review_payment(code, typed, coins).await?;
        let total = review.view().amount().amount();
        let approved = wallet.approve(review).await?;
        let paid = wallet.follow_payment(approved.payment_id(), |_| {}).await?;
        if !paid.is_captured() {
            return Err(Failure(Line::of("pay.not-captured").with_line("state", &state_line(&paid))));
        }
        let (receipt, file) = wallet.receipt(paid.payment_id())?;
        // Anybody can do this with the trust file alone: the till, her sister, an auditor.
        verify_receipt(&file, self.city.trust(), SystemClock.now())?;
        let states = self.steps_of(&receipt).await?;
        let line = paid_line(total, &states, &receipt).with_line("merchant", &merchant_name(code));
        Ok(self.narrator.step("name.pay", &line)?)
    }

    /// What the payment went through, by what the phone holds of it: the hold is an entry of its proved history, the debit
    /// the bank's signed word, the capture is proved by the receipt.
    async fn steps_of(&self, receipt: &ReceiptView) -> Result<Vec<Line>, Failure> {
        let history = self.citizen.wallet.history().await?;
        let of_it = |entry: &&EntryView, kind| {
            *entry.kind() == kind && entry.payment_id().as_ref() == Some(receipt.payment_id())
        };
        let at = |kind| history.entries().iter().find(|entry| of_it(entry, kind)).map(EntryView::height);
        let (Some(held), Some(captured)) = (at("held"), at("captured")) else {
            return Err(Failure(Line::of("story.no-proof")));
        };
        let mut steps = vec![Line::of("state.requested"), Line::of("step.held").with("height", held)];
        if receipt.debit_attested().is_some() {
            steps.push(Line::of("step.debited"));
        }
        steps.push(Line::of("step.captured").with("height", captured));
        Ok(steps)
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
        .with("total", amount(total))
        .with("points", amount(receipt.points().amount()))
        .with("won", amount(receipt.krw().amount()))
        .with_line("states", &steps)
        .with("height", receipt.verified().height())
}

fn state_line(view: &PaymentView) -> Line {
    Line::of(&format!("state.{}", view.state()))
}

/// What she likes to spend, as long as she has twice as much; a fiftieth of what is left when points get rare, so that some are
/// left for many runs.
fn spent(points: u64, liked: u64) -> u64 {
    if points >= liked.saturating_mul(2) { liked } else { points.div_ceil(50) }
}

fn out_of_range(error: citizen_primitives::AmountError) -> Failure {
    Failure(Line::same(error))
}
