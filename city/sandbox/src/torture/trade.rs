//! A market day: the citizen and the till, one deal after the other, and the friend who gets points.

use super::citizen::Citizen;
use super::market::{Deal, Manner, Market, Second};
use super::stage::Stage;
use super::till::Till;
use citizen_primitives::PaymentId;
use std::sync::Arc;

/// The smallest certificate.
const CERTIFICATE: u64 = 10_000;
/// After so many seconds the ledger refuses a refund: a day more than its rule says.
const LATE: u64 = 91 * 24 * 60 * 60;

/// Who meets at a till.
#[derive(Debug)]
pub struct Trade<'a> {
    /// The city.
    pub stage: &'a Arc<Stage>,
    /// Who buys.
    pub citizen: &'a mut Citizen,
    /// Who gets a gift.
    pub friend: &'a mut Citizen,
    /// Who sells.
    pub till: &'a mut Till,
}

impl Trade<'_> {
    /// All of a market day.
    pub async fn go(&mut self, market: &Market) {
        if !self.till.open().await {
            return;
        }
        let mut bought = None;
        for deal in &market.deals {
            let paid = self.deal(deal, market.looks_away).await;
            bought = bought.or(paid);
        }
        if market.gift > 0
            && let Some(code) = self.friend.gift_code().await
        {
            self.citizen.give(&code, market.gift).await;
        }
        if market.redeems {
            self.citizen.redeem(CERTIFICATE).await;
        }
        if let (true, Some(bought), Some(deal)) = (market.comes_late, bought, market.deals.first()) {
            self.come_late(bought, deal).await;
        }
    }

    /// The first payment is settled long ago; what she buys now is what the till could give back from.
    async fn come_late(&mut self, bought: PaymentId, deal: &Deal) {
        self.stage.pass(LATE).await;
        for _ in 0..3 {
            self.stage.turn().await;
        }
        let plain = Deal { second: Second::Thoughts, manner: Manner::Patient, refunds: [0, 0], ..*deal };
        self.deal(&plain, false).await;
        self.till.give_back(bought, 1).await;
    }

    /// One deal; its payment, if it was paid.
    async fn deal(&mut self, deal: &Deal, looks_away: bool) -> Option<PaymentId> {
        let code = self.citizen.show(deal.most, deal.points).await?;
        let (mut payment, mut text) = (*code.payment_id(), code.qr().clone());
        match deal.second {
            Second::Thoughts | Second::HidesLate => {}
            Second::Hides => self.citizen.hide(&payment).await,
            Second::Renews => {
                if let Some(new) = self.citizen.renew(&payment).await {
                    // Somebody has photographed the old one.
                    self.till.begin(&text, deal.amount).await;
                    (payment, text) = (*new.payment_id(), new.qr().clone());
                }
            }
        }
        let at = self.till.begin(&text, deal.amount).await?;
        if deal.second == Second::HidesLate {
            self.citizen.hide(&payment).await;
        }
        let again =
            if deal.manner == Manner::Twice { self.till.begin(&text, deal.amount).await } else { None };
        if deal.manner == Manner::Hasty {
            self.till.take_back(at).await;
        }
        let paid = self.till.finish(at, &text, deal.amount).await;
        if let Some(again) = again {
            self.till.finish(again, &text, deal.amount).await;
        }
        if !looks_away {
            self.citizen.follow_code(&payment).await;
        }
        if let Some(paid) = paid {
            self.after(deal, at, paid, looks_away).await;
        }
        paid
    }

    /// What is done once it is paid.
    async fn after(&mut self, deal: &Deal, at: usize, paid: PaymentId, looks_away: bool) {
        for amount in deal.refunds.into_iter().filter(|amount| *amount > 0) {
            if !looks_away {
                self.citizen.ask_back(&paid, amount).await;
            }
            self.till.serve(paid).await;
            self.till.give_back(paid, amount).await;
        }
        if deal.manner == Manner::Sorry {
            self.till.take_back(at).await;
        }
        self.stage.turn().await;
    }
}
