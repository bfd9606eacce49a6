//! What a citizen does with her phone at a till and with her points. Cut off, she looks first how far she came.

use super::citizen::Citizen;
use citizen_primitives::{PaymentId, Points, TransactionId, Won};
use citizen_wallet::view::{ShownCodeView, SubmissionView};
use citizen_wallet::{Coins, Wallet, WalletError};

/// How often she tries one thing.
const TRIES: u32 = 8;

impl Citizen {
    /// She shows a code; nothing if she is gone, or it never came up.
    pub async fn show(&mut self, most: u64, points: u64) -> Option<ShownCodeView> {
        let show = async |wallet: &Wallet| {
            let coins = Coins::Exactly(Points::new(points)?);
            let review = wallet.review_code(Won::new(most)?, coins).await?;
            wallet.show_code(review).await
        };
        self.another_code("showing a code", show).await
    }

    /// She shows another code in the place of one.
    pub async fn renew(&mut self, payment: &PaymentId) -> Option<ShownCodeView> {
        self.another_code("renewing a code", async |wallet| wallet.renew_code(payment).await).await
    }

    /// She takes a code back, if she can.
    pub async fn hide(&mut self, payment: &PaymentId) {
        for _ in 0..3 {
            let Some(wallet) = self.wallet().await else { return };
            let hidden = wallet.hide_code(payment).await;
            drop(wallet);
            match hidden {
                Ok(_) => return,
                Err(error) => self.tolerate("hiding a code", &error).await,
            }
        }
    }

    /// She looks at a code until something has become of it, or as long as her patience lasts, and then follows what was paid.
    pub async fn follow_code(&mut self, payment: &PaymentId) {
        for _ in 0..3 {
            let Some(wallet) = self.wallet().await else { return };
            let followed = wallet.follow_code(payment, |_| {}).await;
            drop(wallet);
            match followed {
                Ok(view) if view.is_charged() => return self.follow_all(&[*payment]).await,
                Ok(_) => return,
                Err(error) => self.tolerate("following a code", &error).await,
            }
        }
    }

    /// She asks for something back.
    pub async fn ask_back(&mut self, payment: &PaymentId, amount: u64) {
        for _ in 0..3 {
            let Some(wallet) = self.wallet().await else { return };
            let Ok(amount) = Won::new(amount) else { return };
            let asked = wallet.ask_refund(payment, amount, "반품이요").await;
            drop(wallet);
            match asked {
                Ok(_) => return,
                Err(error) => self.tolerate("asking for a refund", &error).await,
            }
        }
    }

    /// What somebody scans who wants to give her points.
    pub async fn gift_code(&mut self) -> Option<String> {
        self.attempt("the gift code", async |wallet| wallet.gift_code().await).await
    }

    /// She gives points, once.
    pub async fn give(&mut self, code: &str, points: u64) {
        let give = async |wallet: &Wallet| {
            let review = wallet.review_gift(code, Points::new(points)?).await?;
            wallet.approve_gift(review).await
        };
        self.once("giving", give).await;
    }

    /// She changes points into a certificate, once.
    pub async fn redeem(&mut self, points: u64) {
        let redeem = async |wallet: &Wallet| {
            let review = wallet.review_redemption(Points::new(points)?).await?;
            wallet.approve_redemption(review).await
        };
        self.once("redeeming", redeem).await;
    }

    /// All codes of her phone.
    pub async fn codes(&mut self) -> Option<Vec<ShownCodeView>> {
        self.attempt("the codes", async |wallet| wallet.codes()).await
    }

    /// All that her phone has asked of the ledger.
    pub async fn submissions(&mut self) -> Option<Vec<SubmissionView>> {
        self.attempt("the submissions", async |wallet| wallet.submissions()).await
    }

    async fn another_code(
        &mut self,
        what: &'static str,
        act: impl AsyncFn(&Wallet) -> Result<ShownCodeView, WalletError>,
    ) -> Option<ShownCodeView> {
        let before: Vec<PaymentId> = self.codes().await?.iter().map(|code| *code.payment_id()).collect();
        for _ in 0..TRIES {
            let codes = self.codes().await?;
            let new = codes.into_iter().find(|code| !before.contains(code.payment_id()) && !code.is_final());
            if let Some(code) = new {
                // It was on the disk before she was cut off, or before nobody answered: is it good?
                let payment = *code.payment_id();
                let look = async |wallet: &Wallet| wallet.advance_code(&payment).await;
                return Some(self.attempt("looking at a code", look).await.unwrap_or(code));
            }
            let wallet = self.wallet().await?;
            let shown = act(&wallet).await;
            drop(wallet);
            match shown {
                Ok(code) => return Some(code),
                Err(error) => self.tolerate(what, &error).await,
            }
        }
        None
    }

    /// One transaction of hers, and to its end.
    async fn once(
        &mut self,
        what: &'static str,
        act: impl AsyncFn(&Wallet) -> Result<SubmissionView, WalletError>,
    ) {
        let ids = |views: Vec<SubmissionView>| views.iter().map(|view| *view.id()).collect::<Vec<_>>();
        let Some(before) = self.submissions().await.map(ids) else { return };
        for _ in 0..TRIES {
            let Some(now) = self.submissions().await.map(ids) else { return };
            if let Some(id) = now.into_iter().find(|id| !before.contains(id)) {
                return self.follow_submission(&id).await;
            }
            let Some(wallet) = self.wallet().await else { return };
            let sent = act(&wallet).await;
            drop(wallet);
            match sent {
                Ok(_) => {}
                // She has not so many.
                Err(WalletError::NotEnough { .. }) => return,
                Err(error) => self.tolerate(what, &error).await,
            }
        }
    }

    async fn follow_submission(&mut self, id: &TransactionId) {
        for _ in 0..3 {
            let Some(wallet) = self.wallet().await else { return };
            let followed = wallet.follow_submission(id).await;
            drop(wallet);
            match followed {
                Ok(_) => return,
                Err(error) => self.tolerate("following", &error).await,
            }
        }
    }
}
