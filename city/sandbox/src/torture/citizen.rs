//! A citizen with her phone: she opens her wallet, acts, is cut off, comes back, looks where she stands and goes on.

use super::cutter::party_of;
use super::facts;
use super::phone::{PIN, Phone, PhoneError};
use super::plan::Errand;
use super::stage::Stage;
use crate::merchants::{BAKERY, RESTAURANT, number, printed_code};
use citizen_payment::PaymentState;
use citizen_primitives::{PaymentId, Points, Won};
use citizen_wallet::error::Input;
use citizen_wallet::view::PaymentView;
use citizen_wallet::{Coins, PaymentReview, RecoveryCode, Trust, Wallet, WalletError};
use std::sync::Arc;

/// How often she tries one thing. A city whose party is away for long takes patience.
const TRIES: u32 = 40;
/// The PIN that she changes to.
pub const OTHER_PIN: &str = "830516";

/// What her screen said of a payment, and whether it was so just then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The payment.
    pub payment: PaymentId,
    /// The word.
    pub state: &'static str,
    /// Whether ledger and bank said the same then.
    pub was_so: bool,
}

/// A citizen.
#[derive(Debug)]
pub struct Citizen {
    pub(super) stage: Arc<Stage>,
    phone: Phone,
    wallet: Option<Arc<Wallet>>,
    pub(super) trust: Trust,
    /// On paper.
    code: Option<String>,
    pin: &'static str,
    /// The PIN that may be in force instead, if she was cut off while she changed it.
    other_pin: Option<&'static str>,
    comes_back: bool,
    gone: bool,
    /// How often she has noticed that her wallet was cut off.
    deaths: usize,
    shown: Vec<Shown>,
}

impl Citizen {
    /// With a phone, and a recovery code if she has an account.
    #[must_use]
    pub fn new(stage: &Arc<Stage>, phone: Phone, trust: Trust, code: Option<String>) -> Self {
        Self {
            stage: Arc::clone(stage),
            phone,
            wallet: None,
            trust,
            code,
            pin: PIN,
            other_pin: None,
            comes_back: true,
            gone: false,
            // One that has just happened is hers to notice.
            deaths: stage.wallet_deaths().saturating_sub(usize::from(stage.cutter().is_dead("wallet"))),
            shown: Vec::new(),
        }
    }

    /// Whether she comes back when her wallet was cut off.
    #[must_use]
    pub fn coming_back(self, comes_back: bool) -> Self {
        Self { comes_back, ..self }
    }

    /// Whether she will not come back.
    #[must_use]
    pub const fn is_gone(&self) -> bool {
        self.gone
    }

    /// Her recovery code, once she has it.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Her phone, with the app closed.
    pub fn close(&mut self) -> &Phone {
        self.wallet = None;
        &self.phone
    }

    /// She puts the phone away for ever.
    pub fn leave(&mut self) {
        self.wallet = None;
        self.gone = true;
    }

    /// From now on she trusts another file.
    pub fn trust_file(&mut self, trust: Trust) {
        self.wallet = None;
        self.trust = trust;
    }

    /// What her screen has said.
    #[must_use]
    pub fn shown(&self) -> &[Shown] {
        &self.shown
    }

    /// Her wallet, unlocked; nothing if she is gone.
    pub async fn wallet(&mut self) -> Option<Arc<Wallet>> {
        for _ in 0..TRIES {
            let deaths = self.stage.wallet_deaths();
            if deaths > self.deaths {
                self.deaths = deaths;
                self.wallet = None;
                self.stay_away().await;
            }
            if self.gone {
                return None;
            }
            if let Some(wallet) = &self.wallet {
                return Some(Arc::clone(wallet));
            }
            match self.open() {
                Ok(wallet) => self.wallet = Some(Arc::new(wallet)),
                Err(error) => self.tolerate("opening the wallet", &error).await,
            }
        }
        self.stage.defect("the wallet does not open".to_owned());
        self.leave();
        None
    }

    /// One act that may be done again; nothing if she is gone, or it never went through.
    pub async fn attempt<T>(
        &mut self,
        what: &'static str,
        act: impl AsyncFn(&Wallet) -> Result<T, WalletError>,
    ) -> Option<T> {
        for _ in 0..TRIES {
            let wallet = self.wallet().await?;
            let done = act(&wallet).await;
            drop(wallet);
            match done {
                Ok(value) => return Some(value),
                Err(error) => self.tolerate(what, &error).await,
            }
        }
        None
    }

    /// She writes a code down, opens her account with it, connects her won account and earns points.
    pub async fn settle_in(&mut self, name: &str, claim: &citizen_wallet::Claim) -> Option<()> {
        if self.wallet().await.is_some() && self.code.is_none() {
            // The first code was lost with the app that showed it.
            let code = self.attempt("another code", async |wallet| wallet.generate_recovery_code()).await?;
            self.code = Some(code.to_text().as_str().to_owned());
        }
        let code = self.code.clone()?;
        let open = async |wallet: &Wallet| match wallet.open_account(&paper(&code)?).await {
            Err(WalletError::Invalid { input: Input::AccountExists }) => Ok(()),
            opened => opened.map(drop),
        };
        self.attempt("opening the account", open).await?;
        self.attempt("connecting won", async |wallet| wallet.enrol(name).await).await?;
        self.attempt("earning", async |wallet| wallet.earn(claim).await.map(drop)).await
    }

    /// She changes her PIN.
    pub async fn change_pin(&mut self) {
        for _ in 0..TRIES {
            let Some(wallet) = self.wallet().await else { return };
            if self.pin == OTHER_PIN {
                return;
            }
            self.other_pin = Some(OTHER_PIN);
            match wallet.change_pin(self.pin, OTHER_PIN) {
                Ok(()) => {
                    (self.pin, self.other_pin) = (OTHER_PIN, None);
                    return;
                }
                Err(error) => {
                    drop(wallet);
                    self.tolerate("changing the PIN", &error).await;
                }
            }
        }
    }

    /// The code that she scans; nothing if the till cannot show one.
    pub async fn till(&self, errand: &Errand) -> Option<String> {
        if !errand.for_order {
            return printed_code(BAKERY).ok();
        }
        for _ in 0..TRIES {
            let amount = Won::new(errand.points.saturating_add(errand.won)).ok()?;
            let shop = number(RESTAURANT).ok()?;
            if let Some(code) =
                self.stage.world().centre().ok().and_then(|centre| centre.order_code(&shop, amount).ok())
            {
                return Some(code);
            }
            self.stage.turn().await;
        }
        None
    }

    /// What she would pay, checked and not approved.
    pub async fn review(wallet: &Wallet, errand: &Errand, code: &str) -> Result<PaymentReview, WalletError> {
        let amount = Won::new(errand.points.saturating_add(errand.won))?;
        let typed = if errand.for_order { None } else { Some(amount) };
        let scanned = wallet.scan_text(code).await?;
        wallet.review_payment(&scanned, typed, Coins::Exactly(Points::new(errand.points)?)).await
    }

    /// She pays. Cut off, she looks first whether a payment has begun, and follows that one. Returns her payments of it.
    pub async fn pay(&mut self, errand: &Errand, walks_off: bool) -> Vec<PaymentId> {
        let before = self.payments().await;
        let Some(code) = self.till(errand).await else { return Vec::new() };
        for _ in 0..8 {
            let begun: Vec<_> = self.payments().await.into_iter().filter(|id| !before.contains(id)).collect();
            if !begun.is_empty() {
                self.follow_all(&begun).await;
                return begun;
            }
            let Some(wallet) = self.wallet().await else { return Vec::new() };
            let approved = self.approve(&wallet, errand, &code).await;
            drop(wallet);
            if let Err(error) = approved {
                self.tolerate("paying", &error).await;
            } else if walks_off {
                self.leave();
            }
        }
        Vec::new()
    }

    /// Her payments, as she sees them; she looks at each.
    pub async fn payments(&mut self) -> Vec<PaymentId> {
        let views = self.attempt("looking", async |wallet| wallet.payments()).await.unwrap_or_default();
        for view in &views {
            self.see(view);
        }
        views.iter().map(|view| *view.payment_id()).collect()
    }

    /// She follows payments to their end, or as long as her patience lasts.
    pub async fn follow_all(&mut self, ids: &[PaymentId]) {
        for id in ids {
            for _ in 0..3 {
                let Some(wallet) = self.wallet().await else { return };
                let mut seen = Vec::new();
                let stage = Arc::clone(&self.stage);
                let followed = wallet.follow_payment(id, |view| seen.push(shown(&stage, view))).await;
                drop(wallet);
                self.shown.append(&mut seen);
                match followed {
                    Ok(view) => {
                        self.see(&view);
                        break;
                    }
                    Err(error) => self.tolerate("following", &error).await,
                }
            }
        }
    }

    /// Approves what was planned; its identifier if an order was signed.
    pub async fn approve_planned(&mut self, review: PaymentReview) -> Option<PaymentId> {
        let before = self.payments().await;
        let wallet = self.wallet().await?;
        let approved = wallet.approve(review).await;
        drop(wallet);
        match approved {
            Ok(view) => self.see(&view),
            Err(error) => self.tolerate("approving", &error).await,
        }
        self.payments().await.into_iter().find(|id| !before.contains(id))
    }

    /// She makes a wallet out of a backup. Cut off, she does it again.
    pub async fn restore(&mut self, backup: &[u8], pin: &'static str) -> bool {
        let Some(code) = self.code.clone() else { return false };
        for _ in 0..TRIES {
            let deaths = self.stage.wallet_deaths();
            if deaths > self.deaths {
                self.deaths = deaths;
                self.stay_away().await;
            }
            let (Ok(config), Ok(code)) =
                (self.phone.config(&self.stage, Some(self.trust.clone())), paper(&code))
            else {
                self.stage.defect("the new phone does not start".to_owned());
                return false;
            };
            match Wallet::restore(config, backup, &code, pin).await {
                Ok((wallet, _)) => {
                    self.wallet = Some(Arc::new(wallet));
                    return true;
                }
                // It was done before the app could say so.
                Err(WalletError::Invalid { input: Input::WalletExists }) => return true,
                Err(error) => self.tolerate("restoring", &error).await,
            }
        }
        false
    }

    async fn approve(&mut self, wallet: &Wallet, errand: &Errand, code: &str) -> Result<(), WalletError> {
        let review = Self::review(wallet, errand, code).await?;
        let second = if errand.taps_twice { Self::review(wallet, errand, code).await.ok() } else { None };
        let view = wallet.approve(review).await?;
        self.see(&view);
        match second {
            // A second tap on the same button; she does not mind what it says.
            Some(second) => wallet.approve(second).await.map(|view| self.see(&view)).or(Ok(())),
            None => Ok(()),
        }
    }

    fn see(&mut self, view: &PaymentView) {
        self.shown.push(shown(&self.stage, view));
    }

    fn open(&mut self) -> Result<Wallet, WalletError> {
        let failed = |error: &PhoneError| {
            self.stage.defect(format!("the phone does not start: {error}"));
            WalletError::StoreDamaged
        };
        let config =
            self.phone.config(&self.stage, Some(self.trust.clone())).map_err(|error| failed(&error))?;
        match Wallet::open(config) {
            Ok(locked) => match locked.unlock(self.pin) {
                Err(error @ WalletError::WrongPin { .. }) => {
                    if let Some(other) = self.other_pin.replace(self.pin) {
                        self.pin = other;
                        return Err(WalletError::Locked);
                    }
                    Err(error)
                }
                wallet => wallet,
            },
            Err(WalletError::Invalid { input: Input::WalletMissing }) => {
                let config = self.phone.config(&self.stage, Some(self.trust.clone()));
                let (wallet, code) = Wallet::create(config.map_err(|error| failed(&error))?, self.pin)?;
                self.code = Some(code.to_text().as_str().to_owned());
                Ok(wallet)
            }
            Err(error) => Err(error),
        }
    }

    /// The time between a cut and the next start of the app.
    async fn stay_away(&mut self) {
        if !self.comes_back {
            self.leave();
            return;
        }
        let mut left = self.stage.absence();
        while left > 0 {
            let step = if left > 20 { 10 } else { 1 };
            self.stage.pass(step).await;
            left = left.saturating_sub(step);
        }
        self.stage.cutter().revive("wallet");
    }

    /// What can go wrong goes wrong; some of it never may.
    pub(super) async fn tolerate(&mut self, what: &'static str, error: &WalletError) {
        if self.stage.cutter().is_dead("wallet") {
            return;
        }
        if is_defect(error) {
            self.stage.defect(format!("{what}: {error:?}"));
        }
        if *error == WalletError::Locked {
            self.wallet = None;
        }
        for _ in 0..3 {
            self.stage.turn().await;
        }
    }
}

/// A recovery code from paper.
pub fn paper(code: &str) -> Result<RecoveryCode, WalletError> {
    RecoveryCode::parse(code).map_err(|_| WalletError::Invalid { input: Input::RecoveryCode })
}

/// An answer that no death of a party explains.
fn is_defect(error: &WalletError) -> bool {
    matches!(
        error,
        WalletError::WrongPin { .. }
            | WalletError::ClockWrong { .. }
            | WalletError::Unverified { .. }
            | WalletError::KeyInvalidated
            | WalletError::UnknownParty { .. }
            | WalletError::NeedsUpdate
            | WalletError::StoreBusy
            | WalletError::StoreDamaged
            | WalletError::StorageFull
            | WalletError::Cancelled
            | WalletError::Internal { .. }
    )
}

/// What a view says, and whether it is so: what is shown as paid is captured, what is shown as debited is booked.
fn shown(stage: &Stage, view: &PaymentView) -> Shown {
    let (payment, state, world) = (*view.payment_id(), *view.state(), stage.world());
    let was_so = match state {
        "captured" => facts::record_of(world, &payment)
            .map(|record| record.is_some_and(|record| matches!(record.state, PaymentState::Captured { .. }))),
        "reversed" | "reversing" => facts::record_of(world, &payment)
            .map(|record| record.is_some_and(|record| record.state.is_reversed())),
        "debited" => facts::is_debited(world, &payment),
        _ => Ok(true),
    };
    // A dead ledger or bank cannot be asked now; the verdict asks again.
    Shown { payment, state, was_so: was_so.unwrap_or(true) }
}

impl Stage {
    /// How often a wallet was cut off.
    #[must_use]
    pub fn wallet_deaths(&self) -> usize {
        self.cutter().cuts().iter().filter(|aim| party_of(aim.place) == "wallet").count()
    }
}
