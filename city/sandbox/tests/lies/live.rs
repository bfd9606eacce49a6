//! A phone in a living town behind a gateway that may lie.

use crate::phone::{Around, Phone};
use crate::town::{Town, Turning, url};
use async_trait::async_trait;
use citizen_client::{Method, Request, Response, Transport, TransportError};
use citizen_wallet::{
    Claim, Coins, PaymentId, PaymentReview, Points, ScannedCode, TrustFile, Wallet, WalletError, Won,
};
use city_sandbox::lying::{Lie, LyingGateway};
use city_sandbox::merchants::{BAKERY, printed_code};
use std::sync::{Arc, Mutex};

/// A lie by what it does to an answer: path there, answer and answer back.
pub struct By<F>(pub F);

impl<F: Fn(&str, Response) -> Response + Send + Sync> Lie for By<F> {
    fn tell(&self, path: &str, answer: Response) -> Response {
        self.0(path, answer)
    }
}

/// What was asked, by path.
pub struct Asked {
    pub next: Arc<dyn Transport>,
    pub paths: Mutex<Vec<(Method, String)>>,
}

#[async_trait]
impl Transport for Asked {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.paths.lock().unwrap().push((request.method, request.url.path().to_owned()));
        self.next.send(request).await
    }
}

/// A wallet, its town, and what stands between them.
pub struct Live {
    pub town: Arc<Town>,
    pub gateway: Arc<LyingGateway>,
    pub phone: Phone,
    pub seed: u64,
}

impl Live {
    pub fn new(town: &Arc<Town>, seed: u64) -> Self {
        let gateway = Arc::new(LyingGateway::before(town.net.clone()));
        Self { town: Arc::clone(town), gateway, phone: Phone::default(), seed }
    }

    pub fn around(&self) -> Around {
        let timer = Arc::new(Turning(Arc::clone(&self.town)));
        Around { transport: self.gateway.clone(), timer, clock: self.town.clock.clone(), seed: self.seed }
    }

    /// An account with a bank and 10,000 points.
    pub async fn with_points(&self, name: &str) -> Wallet {
        let wallet = self.create(self.town.trust()).await;
        wallet.enrol(name).await.unwrap();
        wallet.earn(&Claim::new("eco", "eco-2026-h1").unwrap()).await.unwrap();
        wallet
    }

    pub async fn create(&self, trust: TrustFile) -> Wallet {
        let (wallet, code) = self.phone.create(&self.around(), &url(), trust);
        wallet.open_account(&code).await.unwrap();
        wallet
    }

    pub fn lie(&self, lie: impl Fn(&str, Response) -> Response + Send + Sync + 'static) {
        self.gateway.tell(Some(Arc::new(By(lie))));
    }

    pub fn be_honest(&self) {
        self.gateway.tell(None);
    }
}

pub async fn scan(wallet: &Wallet) -> Result<ScannedCode, WalletError> {
    wallet.scan_text(&printed_code(BAKERY).unwrap()).await
}

pub async fn review(wallet: &Wallet, amount: u64, points: u64) -> Result<PaymentReview, WalletError> {
    let code = scan(wallet).await?;
    wallet.review_payment(&code, Some(Won::new(amount)?), Coins::Exactly(Points::new(points)?)).await
}

/// Pays and follows it to the capture.
pub async fn pay(wallet: &Wallet, amount: u64, points: u64) -> PaymentId {
    let approved = wallet.approve(review(wallet, amount, points).await.unwrap()).await.unwrap();
    let view = wallet.follow_payment(approved.payment_id(), |_| {}).await.unwrap();
    assert!(view.is_captured());
    *view.payment_id()
}

pub fn points(wallet_balance: &citizen_wallet::view::BalanceView) -> u64 {
    wallet_balance.points().points().amount()
}
