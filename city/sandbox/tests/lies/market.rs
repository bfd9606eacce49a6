//! A citizen's day at the market, recorded as the first session is: codes that she shows, a refund, a gift, a certificate.

use crate::counter::Counter;
use crate::phone::{Around, Dice, Phone};
use crate::session::{Act, Session, Stage, around};
use crate::town::url;
use citizen_wallet::{
    Claim, Coins, PaymentId, Points, Randomness as _, RecoveryCode, Wallet, WalletError, Won,
};
use city_sandbox::rules;
use serde_json::{Value, json};

/// Routes that this day alone asks.
pub const ROUTES: [&str; 7] = [
    "/v1/centre/charges",
    "/v1/centre/consumer-codes",
    "/v1/centre/mandates",
    "/v1/centre/merchants",
    "/v1/centre/refund-wishes",
    "/v1/centre/tills",
    "/v1/treasury/certificates",
];

/// What she does at the market with her wallet.
pub async fn perform(
    act: &Act,
    wallet: &Wallet,
    (payment, gift): (Option<PaymentId>, &str),
    shown: &mut Vec<Value>,
) -> Result<Value, WalletError> {
    Ok(match (act, payment) {
        (Act::FollowCode, Some(payment)) => {
            let code = wallet.follow_code(&payment, |step| shown.push(json!(step))).await?;
            shown.push(json!(code));
            if !code.is_charged() {
                return Ok(json!(code));
            }
            json!(wallet.follow_payment(&payment, |step| shown.push(json!(step))).await?)
        }
        (Act::LookAtCode, Some(payment)) => json!(wallet.advance_code(&payment).await?),
        (Act::HideCode, Some(payment)) => {
            shown.push(json!(wallet.hide_code(&payment).await?));
            json!(wallet.follow_code(&payment, |step| shown.push(json!(step))).await?)
        }
        (Act::AskRefund, Some(payment)) => {
            json!(wallet.ask_refund(&payment, Won::new(1_000)?, "반품").await?)
        }
        (Act::Refunds, Some(payment)) => json!(wallet.refunds(&payment).await?),
        (Act::ShowCode, _) => {
            let review = wallet.review_code(Won::new(9_000)?, Coins::Exactly(Points::new(2_000)?)).await?;
            shown.push(json!(review.view()));
            json!(wallet.show_code(review).await?)
        }
        (Act::Limits, _) => json!(wallet.limits().await?),
        (Act::Gift, _) => {
            let review = wallet.review_gift(gift, Points::new(500)?).await?;
            shown.push(json!(review.view()));
            let sent = wallet.approve_gift(review).await?;
            shown.push(json!(sent));
            json!(wallet.follow_submission(sent.id()).await?)
        }
        (Act::Redeem, _) => {
            let review = wallet.review_redemption(Points::new(10_000)?).await?;
            shown.push(json!(review.view()));
            let sent = wallet.approve_redemption(review).await?;
            shown.push(json!(sent));
            json!(wallet.follow_submission(sent.id()).await?)
        }
        other => panic!("{other:?} is nothing to do at a market"),
    })
}

impl Session {
    /// Plays the market day with an honest city.
    pub fn play_market() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(Stage::new().play_market())
    }
}

impl Stage {
    async fn play_market(mut self) -> Session {
        rules::decide(&self.town.chain, &self.town.keys, &mut *Dice::of(3).generator()).unwrap();
        self.turns(2).await;
        self.settle_in().await;
        self.needs.gift = self.gift_code_of_a_neighbour().await;
        let counter = Counter::open(&self.town);
        let qr = self.show_code("show a code").await;
        counter.charge_in_vain(&self.town, &qr, 9_001).await;
        self.act(Act::LookAtCode, "look at a code that was tried in vain").await;
        self.shows("open");
        assert_eq!(self.scenes.last().unwrap().shown.last().unwrap()["refused"]["reason"], "over-cap");
        counter.charge(&self.town, &qr, 6_000).await;
        self.turns(6).await;
        self.act(Act::FollowCode, "follow a charged code").await;
        self.shows("captured");
        self.act(Act::AskRefund, "ask for a refund").await;
        counter.give_back(&self.town, self.needs.payment.unwrap(), 1_000).await;
        self.turns(6).await;
        self.act(Act::Refunds, "what came back").await;
        self.show_code("show another code").await;
        self.act(Act::HideCode, "take it back").await;
        self.shows("revoked");
        self.act(Act::Limits, "limits").await;
        self.act(Act::Gift, "give points").await;
        self.shows("done");
        self.act(Act::Redeem, "redeem points").await;
        self.shows("done");
        self.act(Act::Counter, "a till's client").await;
        Session { town: self.town, scenes: self.scenes }
    }

    /// An account with 50,000 points and its won.
    async fn settle_in(&mut self) {
        let wallet = self.phone.open(&around(&self.town, &self.recorder, 2)).unwrap();
        let account = wallet.open_account(&RecoveryCode::parse(&self.needs.code).unwrap()).await.unwrap();
        self.town.watch(*account.account());
        wallet.enrol("김하나").await.unwrap();
        wallet.earn(&Claim::new("eco", "eco-2025-h2").unwrap()).await.unwrap();
    }

    async fn gift_code_of_a_neighbour(&self) -> String {
        let around = Around { seed: 77, ..around(&self.town, &self.recorder, 77) };
        let (wallet, code) = Phone::default().create(&around, &url(), self.town.trust());
        wallet.open_account(&code).await.unwrap();
        wallet.gift_code().await.unwrap()
    }

    /// Returns the text of its symbol.
    async fn show_code(&mut self, name: &str) -> String {
        self.act(Act::ShowCode, name).await;
        let shown = self.scenes.last().and_then(|scene| scene.shown.last()).unwrap();
        self.needs.payment = PaymentId::from_hex(shown["payment_id"].as_str().unwrap()).ok();
        shown["qr"].as_str().unwrap().to_owned()
    }

    /// The last act has come to this end.
    #[track_caller]
    fn shows(&self, state: &str) {
        let shown = &self.scenes.last().unwrap().shown;
        assert_eq!(shown.last().unwrap()["state"], state, "{shown:#?}");
    }

    async fn turns(&self, count: u32) {
        for _ in 0..count {
            self.town.turn().await;
        }
    }
}
