//! One citizen's whole session with an honest city, act by act: from what each act began, what was asked and told in it,
//! and what was shown.

use crate::phone::{Around, Phone};
use crate::record::{Recorder, Told};
use crate::town::{Town, Turning, url};
use citizen_client::{BankClient, BankStand, Exchange, LedgerClient, Parties};
use citizen_ledger::{LightClient, SignedTransaction, state_key};
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{Canonical as _, Place};
use citizen_wallet::{
    City, Claim, Coins, PaymentId, PaymentReview, Points, RecoveryCode, Refresh, Trust, TrustFile, UnixTime,
    Wallet, WalletError, Won, refresh_receipt, verify_receipt,
};
use city_sandbox::merchants::{BAKERY, printed_code};
use city_services::Mood;
use serde_json::{Value, json};
use std::sync::Arc;

const HERE: Place = Place::new("test/ask");

/// What a citizen does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    OpenAccount,
    Enrol,
    Earn,
    Balance,
    Home,
    History,
    Scan,
    Review,
    Pay,
    Follow,
    Sync,
    /// Giving a receipt a newer proof.
    Renew,
    /// A verifying client of the ledger alone: the newest header, a transaction's place.
    Header,
    /// A verifying client of the bank alone: how it stands with a payment, and a debit asked for again.
    Bank,
    /// At the market: she shows a code.
    ShowCode,
    FollowCode,
    LookAtCode,
    HideCode,
    AskRefund,
    Refunds,
    Limits,
    Gift,
    Redeem,
    /// A till's client of the centre alone.
    Counter,
}

impl Act {
    /// Whether the phone may keep something of it.
    pub fn keeps(&self) -> bool {
        !matches!(self, Self::Scan | Self::Review | Self::Renew | Self::Header | Self::Bank | Self::Counter)
    }

    /// Whether it asks the same again when it is done again.
    pub fn can_be_repeated(&self) -> bool {
        matches!(
            self,
            Self::Balance
                | Self::Home
                | Self::History
                | Self::Scan
                | Self::Review
                | Self::Refunds
                | Self::Limits
        )
    }
}

/// An act with what it needs and what came of it.
pub struct Scene {
    pub act: Act,
    pub name: String,
    pub needs: Needs,
    /// The app's trust file.
    pub trust: TrustFile,
    /// The phone before, and how it is then.
    pub phone: Phone,
    pub seed: u64,
    pub began: UnixTime,
    pub told: Arc<Vec<Told>>,
    /// What was shown.
    pub shown: Vec<Value>,
    /// What the phone showed before, without a connection.
    pub known: Vec<Value>,
}

/// What acts need besides the phone.
#[derive(Clone, Default)]
pub struct Needs {
    pub code: String,
    pub trust: Option<TrustFile>,
    pub receipt: Vec<u8>,
    pub payment: Option<PaymentId>,
    pub order: Vec<u8>,
    /// Where points may be given to.
    pub gift: String,
}

pub struct Session {
    pub town: Arc<Town>,
    pub scenes: Vec<Scene>,
}

/// Does it. What is shown on the way and at the end is added to `shown`.
pub async fn perform(
    act: &Act,
    phone: &Phone,
    around: &Around,
    needs: &Needs,
    shown: &mut Vec<Value>,
) -> Result<(), WalletError> {
    match act {
        Act::Renew => return renew(around, needs, shown).await,
        Act::Header => return header(around, needs, shown).await,
        Act::Bank => return bank(around, needs, shown).await,
        Act::Counter => return crate::counter::ask(around, needs.trust.as_ref().unwrap(), shown).await,
        _ => {}
    }
    let wallet = phone.open(around)?;
    let view = match act {
        Act::OpenAccount => {
            json!(wallet.open_account(&RecoveryCode::parse(&needs.code).unwrap()).await?)
        }
        Act::Enrol => json!(wallet.enrol("김하나").await?),
        Act::Earn => json!(wallet.earn(&Claim::new("eco", "eco-2026-h1").unwrap()).await?),
        Act::Balance => json!(wallet.balance().await?),
        Act::Home => json!(wallet.home().await?),
        Act::History => json!(wallet.history().await?),
        Act::Scan => json!(wallet.scan_text(&code()).await?.merchant()),
        Act::Review => json!(review(&wallet).await?.view()),
        Act::Pay => json!(wallet.approve(review(&wallet).await?).await?),
        Act::Follow => {
            let id = *wallet.payments()?.last().unwrap().payment_id();
            json!(wallet.follow_payment(&id, |step| shown.push(json!(step))).await?)
        }
        Act::Sync => json!(wallet.sync().await?),
        act => crate::market::perform(act, &wallet, (needs.payment, &needs.gift), shown).await?,
    };
    shown.push(view);
    Ok(())
}

/// What a phone shows without a connection.
pub fn offline(phone: &Phone, around: &Around, trust: &TrustFile) -> Vec<Value> {
    let Ok(wallet) = phone.open(around) else { return vec![json!("does not open")] };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut shown = Vec::new();
    let payments = wallet.payments().unwrap();
    for receipt in wallet.receipts().unwrap() {
        let (view, bytes) = wallet.receipt(&receipt).unwrap();
        shown.push(json!(view));
        shown.push(json!(verify_receipt(&bytes, trust, around.clock.now()).unwrap()));
    }
    shown.extend(payments.iter().map(|payment| json!(payment)));
    shown.extend(wallet.codes().unwrap().iter().map(|code| json!(code)));
    shown.extend(wallet.submissions().unwrap().iter().map(|submission| json!(submission)));
    shown.extend(runtime.block_on(wallet.balance()).ok().map(|view| json!(view)));
    shown.extend(runtime.block_on(wallet.history()).ok().map(|view| json!(view)));
    shown
}

fn code() -> String {
    printed_code(BAKERY).unwrap()
}

async fn review(wallet: &Wallet) -> Result<PaymentReview, WalletError> {
    let code = wallet.scan_text(&code()).await?;
    let points = Coins::Exactly(Points::new(2_000)?);
    wallet.review_payment(&code, Some(Won::new(5_000)?), points).await
}

async fn renew(around: &Around, needs: &Needs, shown: &mut Vec<Value>) -> Result<(), WalletError> {
    let trust = needs.trust.clone().unwrap();
    let city = City { url: url(), trust: Trust::File(trust.clone()) };
    let Around { transport, timer, clock, seed: _ } = around.clone();
    let with = Refresh { transport, clock, timer };
    let renewed = refresh_receipt(&needs.receipt, &city, with).await?;
    shown.push(json!(verify_receipt(&renewed, &trust, around.clock.now())?));
    Ok(())
}

fn ledger(around: &Around, needs: &Needs) -> (Exchange, LedgerClient) {
    let exchange = Exchange::new(around.transport.clone(), &url());
    let light = LightClient::new(needs.trust.clone().unwrap().anchor().clone());
    (exchange.clone(), LedgerClient::new(exchange, light, around.clock.clone()))
}

async fn header(around: &Around, needs: &Needs, shown: &mut Vec<Value>) -> Result<(), WalletError> {
    let (_, ledger) = ledger(around, needs);
    let latest = ledger.refresh(HERE).await?.header;
    let (hash, app_hash) = (latest.header_hash().to_hex(), latest.app_hash().to_hex());
    let (height, time) = (latest.height().value(), latest.time().to_rfc3339());
    shown.push(json!({ "height": height, "time": time, "header_hash": hash, "app_hash": app_hash }));
    let order = SignedTransaction::from_canonical(&needs.order).unwrap();
    // Where a transaction stands is a hint and shown nowhere: it may only not make the client fall over.
    ledger.transaction(HERE, &order.id()).await?;
    Ok(())
}

async fn bank(around: &Around, needs: &Needs, shown: &mut Vec<Value>) -> Result<(), WalletError> {
    let (exchange, ledger) = ledger(around, needs);
    let payment = needs.payment.unwrap();
    let parties = Parties::find(&exchange, &ledger, HERE).await?;
    let proven = ledger.state(HERE, &[state_key::payment(&payment)]).await?;
    let bank = BankClient::new(exchange, parties.bank);
    let order = SignedTransaction::from_canonical(&needs.order).unwrap();
    let stands = [bank.inquiry(HERE, &payment).await, bank.debit(HERE, &payment, &order, &proven).await];
    for stand in stands {
        // The bank's client names its refusals by type; the wallet's words for them are its own.
        match stand {
            Ok(BankStand::Debited(word)) => {
                shown.push(json!({ "debited": format!("{:?}", word.word.value()) }))
            }
            Ok(BankStand::Ended(word)) => shown.push(json!({ "ended": format!("{:?}", word.word.value()) })),
            Ok(BankStand::NotFound | BankStand::Unsure | BankStand::Refused { .. }) => {}
            Err(citizen_client::WordError::Call(error)) => {
                return Err(citizen_client::LedgerError::Call(error).into());
            }
            Err(_) => return Err(crate::truth::word_unverified()),
        }
    }
    Ok(())
}

impl Session {
    /// Plays it with an honest city.
    pub fn play() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(Stage::new().play())
    }
}

/// The session while it is recorded.
pub struct Stage {
    pub town: Arc<Town>,
    pub recorder: Arc<Recorder>,
    pub phone: Phone,
    pub needs: Needs,
    pub scenes: Vec<Scene>,
}

impl Stage {
    pub fn new() -> Self {
        let town = Town::found(1);
        let recorder = Recorder::before(town.net.clone());
        let phone = Phone::default();
        let around = around(&town, &recorder, 1);
        let (_, code) = phone.create(&around, &url(), town.trust());
        let needs = Needs { code: code.to_text().to_string(), trust: Some(town.trust()), ..Needs::default() };
        Self { town, recorder, phone, needs, scenes: Vec::new() }
    }

    async fn play(mut self) -> Session {
        self.act(Act::OpenAccount, "open account").await;
        let wallet = self.phone.open(&around(&self.town, &self.recorder, 2)).unwrap();
        self.town.watch(*wallet.account().unwrap().account());
        drop(wallet);
        for (act, name) in [
            (Act::Enrol, "enrol"),
            (Act::Earn, "earn"),
            (Act::Balance, "balance"),
            (Act::Home, "home"),
            (Act::History, "history"),
            (Act::Scan, "scan"),
            (Act::Review, "review"),
            (Act::Pay, "approve"),
            (Act::Follow, "follow to the capture"),
            (Act::Balance, "balance after"),
        ] {
            self.act(act, name).await;
        }
        self.keep_payment();
        self.act(Act::Header, "a client's header").await;
        self.act(Act::Bank, "a client's bank").await;
        self.receipt_below_a_checkpoint().await;
        self.act(Act::Pay, "approve again").await;
        for _ in 0..6 {
            self.town.turn().await;
        }
        self.act(Act::Sync, "synchronise a capture").await;
        self.declined().await;
        self.lapsed().await;
        Session { town: self.town, scenes: self.scenes }
    }

    /// The paid order as the ledger has it, and its receipt.
    fn keep_payment(&mut self) {
        let wallet = self.phone.open(&around(&self.town, &self.recorder, 3)).unwrap();
        let id = wallet.receipts().unwrap()[0];
        self.needs.receipt = wallet.receipt(&id).unwrap().1;
        self.needs.payment = Some(id);
        self.needs.order = crate::truth::order_of(&self.town, &id);
    }

    async fn receipt_below_a_checkpoint(&mut self) {
        for _ in 0..12 {
            self.town.turn().await;
        }
        let trust = self.town.trust_at(self.town.latest());
        let before = self.needs.trust.replace(trust);
        // An idle ledger proves the record anew; one that goes on proves the old header.
        self.act(Act::Renew, "renew a receipt, idle").await;
        crate::truth::busy(&self.town).await;
        self.act(Act::Renew, "renew a receipt").await;
        self.needs.trust = before;
    }

    async fn declined(&mut self) {
        self.town.bank.set_mood(Mood::Declining);
        self.act(Act::Pay, "approve what is declined").await;
        for _ in 0..6 {
            self.town.turn().await;
        }
        self.act(Act::Sync, "synchronise a reversal").await;
        self.town.bank.set_mood(Mood::Prompt);
    }

    /// The centre holds and is gone: the phone brings the proof of the end to the bank.
    async fn lapsed(&mut self) {
        self.act(Act::Pay, "approve before the centre is gone").await;
        self.town.net.disconnect("bank.test");
        self.town.turn().await;
        self.town.turn().await;
        self.town.open_bank();
        self.town.lose_centre();
        self.town.clock.advance(310);
        self.town.turn_ledger();
        self.town.turn_ledger();
        self.act(Act::Sync, "synchronise a lapse").await;
        self.act(Act::Home, "home at the end").await;
    }

    pub async fn act(&mut self, act: Act, name: &str) {
        let phone = self.phone.copied();
        let began = self.town.now();
        let seed = 100 + u64::try_from(self.scenes.len()).unwrap();
        let (nobody, trust) = (nobody(began, seed), self.town.trust());
        let known = std::thread::scope(|scope| {
            scope.spawn(|| offline(&phone.copied(), &nobody, &trust)).join().unwrap()
        });
        let around = around(&self.town, &self.recorder, seed);
        self.recorder.take();
        let mut shown = Vec::new();
        perform(&act, &self.phone, &around, &self.needs, &mut shown)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let told = Arc::new(self.recorder.take());
        let (name, needs) = (name.to_owned(), self.needs.clone());
        self.scenes.push(Scene { act, name, needs, trust, phone, seed, began, told, shown, known });
    }
}

/// Nobody answers.
pub fn nobody(now: UnixTime, seed: u64) -> Around {
    Around {
        transport: Arc::new(crate::record::Nobody),
        timer: Arc::new(citizen_wallet::NoWait),
        clock: Arc::new(ManualClock::at(now)),
        seed,
    }
}

pub fn around(town: &Arc<Town>, recorder: &Arc<Recorder>, seed: u64) -> Around {
    let timer = Arc::new(Turning(Arc::clone(town)));
    Around { transport: recorder.clone(), timer, clock: town.clock.clone(), seed }
}
