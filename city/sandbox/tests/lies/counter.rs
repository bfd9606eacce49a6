//! A counter in the town that charges what a phone shows and gives back; and its client of the centre alone.

use crate::phone::Around;
use crate::town::{Town, url};
use citizen_client::api::{Bytes, RegisterRequest, TillAnswer, TillRequest};
use citizen_client::{Exchange, LedgerClient, Parties, TillClient, WordError};
use citizen_keys::{Signed, SigningKey};
use citizen_ledger::LightClient;
use citizen_payment::terms::code_digest;
use citizen_payment::till::{ChargeNumber, MerchantAct, MerchantApplication, MerchantRequest};
use citizen_primitives::{KeyId, MerchantId, Place, RefundId, Text};
use citizen_wallet::{PaymentId, TrustFile, UnixTime, WalletError, Won};
use city_sandbox::keys::Keys;
use serde_json::{Value, json};

const HERE: Place = Place::new("test/ask-centre");

/// The counter.
pub struct Counter {
    merchant: MerchantId,
}

impl Counter {
    pub fn open(town: &Town) -> Self {
        let application = application(centre(town), town.now());
        let request =
            RegisterRequest { application: Bytes::of(&application), key: Bytes::of(&key().public()) };
        let merchant = town.centre.enrol_merchant(&request).unwrap().merchant;
        Self { merchant: MerchantId::new(&merchant).unwrap() }
    }

    pub async fn charge(&self, town: &Town, qr: &str, amount: u64) {
        let (code, amount) = (code_digest(qr), Won::new(amount).unwrap());
        self.act(town, MerchantAct::Charge { number: ChargeNumber::from_bytes([1; 16]), code, amount }).await;
    }

    /// More than the code allows.
    pub async fn charge_in_vain(&self, town: &Town, qr: &str, amount: u64) {
        let (code, amount) = (code_digest(qr), Won::new(amount).unwrap());
        let act = MerchantAct::Charge { number: ChargeNumber::from_bytes([9; 16]), code, amount };
        let request = Bytes::of(&request(centre(town), &self.merchant, act, town.now()));
        assert!(town.centre.till(TillRequest { request }).await.is_err());
    }

    pub async fn give_back(&self, town: &Town, payment: PaymentId, amount: u64) {
        let (refund, amount) = (RefundId::from_bytes([2; 32]), Won::new(amount).unwrap());
        self.act(town, MerchantAct::Refund { refund, payment, amount, reason: text("반품") }).await;
    }

    async fn act(&self, town: &Town, act: MerchantAct) {
        let request = Bytes::of(&request(centre(town), &self.merchant, act, town.now()));
        let answer = town.centre.till(TillRequest { request }).await.unwrap();
        let is_taken = match &answer {
            TillAnswer::Charge { state, .. } | TillAnswer::Refund { state, .. } => state == "checking",
            _ => false,
        };
        assert!(is_taken, "{answer:?}");
    }
}

/// A till's client alone: it registers, and asks for the day's payments.
pub async fn ask(around: &Around, trust: &TrustFile, shown: &mut Vec<Value>) -> Result<(), WalletError> {
    let exchange = Exchange::new(around.transport.clone(), &url());
    let light = LightClient::new(trust.anchor().clone());
    let ledger = LedgerClient::new(exchange.clone(), light, around.clock.clone());
    let parties = Parties::find(&exchange, &ledger, HERE).await?;
    let till = TillClient::new(exchange, parties.centre);
    let (centre, now) = (till.party().value().id(), around.clock.now());
    let registered = till.register(HERE, &application(centre, now), &key().public()).await;
    let registered = registered.map_err(citizen_client::LedgerError::Call)?;
    // The number is a hint: what is asked for under another one is answered by nobody's word.
    let merchant = MerchantId::new(&registered.merchant).map_err(|_| crate::truth::word_unverified())?;
    let day = MerchantAct::Payments { day: now.day_in_seoul() };
    match till.ask(HERE, &request(centre, &merchant, day, now)).await {
        Ok(word) => shown.push(json!({ "centre": format!("{:?}", word.word.value().answer) })),
        Err(WordError::Call(error)) => return Err(citizen_client::LedgerError::Call(error).into()),
        Err(_) => return Err(crate::truth::word_unverified()),
    }
    Ok(())
}

fn application(to: KeyId, time: UnixTime) -> Signed<MerchantApplication> {
    let application = MerchantApplication {
        to,
        name: text("연남만두"),
        name_latin: text("YEONNAM MANDU"),
        district: text("마포구"),
        category: text("음식점"),
        category_code: text("5812"),
        prior_year_sales: Won::new(250_000_000).unwrap(),
        time,
    };
    Signed::sign(&application, &key())
}

fn request(to: KeyId, merchant: &MerchantId, act: MerchantAct, time: UnixTime) -> Signed<MerchantRequest> {
    let (merchant, counter) = (merchant.clone(), text("1"));
    Signed::sign(&MerchantRequest { to, merchant, counter, act, nonce: [7; 16], time }, &key())
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[70; 32])
}

fn centre(town: &Town) -> KeyId {
    Keys::signing(&town.keys.centre).id()
}

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}
