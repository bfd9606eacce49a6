//! A shop in Mapo with a till. It asks the centre until what it asked for is at its end.

use crate::{Failed, Fields, fields};
use citizen_client::api::TillAnswer;
use citizen_client::{Exchange, Https, LedgerClient, Parties, TillClient, TrustFile};
use citizen_keys::{Signed, SigningKey};
use citizen_ledger::LightClient;
use citizen_payment::terms::code_digest;
use citizen_payment::till::{ChargeNumber, MerchantAct, MerchantApplication, MerchantRequest};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock as _, MerchantId, PaymentId, Place, RefundId, Text, Won, random};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

const ASK_PARTIES: Place = Place::new("stage/till-parties");
const REGISTER: Place = Place::new("stage/till-register");
const ASK: Place = Place::new("stage/till-ask");

/// How often it asks again, and how long it waits between.
const TRIES: u32 = 300;
const PAUSE: Duration = Duration::from_millis(100);

/// What a shop is called, in Korean and in Latin letters.
pub(crate) struct Sign(&'static str, &'static str);

/// The stage's own shop.
pub(crate) const DUMPLINGS: Sign = Sign("연남만두", "YEONNAM MANDU");
/// One with a picture in its name, which it has written letter part by letter part.
pub(crate) const SOUP: Sign = Sign("\u{1112}\u{1161}\u{11af}\u{1106}\u{1162}국밥🍲", "HALMAE GUKBAP");

/// A till of a registered shop.
pub(crate) struct Till {
    client: TillClient,
    key: SigningKey,
    merchant: MerchantId,
    printed_code: String,
}

impl Till {
    /// Registers the shop.
    pub(crate) async fn open(city: &Url, trust: &TrustFile, sign: Sign) -> Result<Self, Failed> {
        let exchange = Exchange::new(Arc::new(Https::new()?), city);
        let light = LightClient::new(trust.anchor().clone());
        let ledger = LedgerClient::new(exchange.clone(), light, Arc::new(SystemClock));
        let parties = Parties::find(&exchange, &ledger, ASK_PARTIES).await?;
        let client = TillClient::new(exchange, parties.centre);
        let key = SigningKey::generate(&mut random::system());
        let application = MerchantApplication {
            to: client.party().value().id(),
            name: Text::new(sign.0)?,
            name_latin: Text::new(sign.1)?,
            district: Text::new("마포구")?,
            category: Text::new("음식점")?,
            category_code: Text::new("5812")?,
            prior_year_sales: Won::new(900_000_000)?,
            time: SystemClock.now(),
        };
        let registered = client.register(REGISTER, &Signed::sign(&application, &key), &key.public()).await?;
        let merchant = MerchantId::new(&registered.merchant)?;
        Ok(Self { client, key, merchant, printed_code: registered.printed_code })
    }

    /// The code on the counter.
    pub(crate) fn printed_code(&self) -> &str {
        &self.printed_code
    }

    /// A code for one order.
    pub(crate) async fn order_code(&self, amount: u64) -> Result<String, Failed> {
        match self.ask(MerchantAct::OrderCode { amount: Won::new(amount)? }).await? {
            TillAnswer::OrderCode { code, .. } => Ok(code),
            other => Err(format!("another answer: {other:?}").into()),
        }
    }

    /// Charges a code that a phone shows.
    pub(crate) async fn charge(&self, code: &str, amount: u64) -> Result<Fields, Failed> {
        let number = ChargeNumber::from_bytes(random::generate_array(&mut random::system()));
        let act = MerchantAct::Charge { number, code: code_digest(code), amount: Won::new(amount)? };
        for _ in 0..TRIES {
            match self.ask(act.clone()).await? {
                TillAnswer::Charge { state, .. } if state == "checking" => tokio::time::sleep(PAUSE).await,
                TillAnswer::Charge { state, payment, points, krw, .. } => {
                    let (points, krw) = (points.to_string(), krw.to_string());
                    let payment = payment.unwrap_or_default();
                    return Ok(fields([
                        ("state", state),
                        ("payment", payment),
                        ("points", points),
                        ("krw", krw),
                    ]));
                }
                TillAnswer::Refused { .. } => {
                    let nothing = || "0".to_owned();
                    return Ok(fields([
                        ("state", "refused".to_owned()),
                        ("payment", String::new()),
                        ("points", nothing()),
                        ("krw", nothing()),
                    ]));
                }
                other => return Err(format!("another answer: {other:?}").into()),
            }
        }
        Err("the charge comes to no end".into())
    }

    /// Gives part of a payment back; at its end the won are back as well.
    pub(crate) async fn refund(&self, payment: &str, amount: u64) -> Result<Fields, Failed> {
        let refund = RefundId::from_bytes(random::generate_array(&mut random::system()));
        let (payment, amount) = (PaymentId::from_hex(payment)?, Won::new(amount)?);
        let act = MerchantAct::Refund { refund, payment, amount, reason: Text::new("반품")? };
        for _ in 0..TRIES {
            match self.ask(act.clone()).await? {
                TillAnswer::Refund { state, credited, krw, .. }
                    if state == "checking" || (state == "refunded" && !credited && krw > 0) =>
                {
                    tokio::time::sleep(PAUSE).await;
                }
                TillAnswer::Refund { state, points, krw, .. } => {
                    return Ok(fields([
                        ("state", state),
                        ("points", points.to_string()),
                        ("krw", krw.to_string()),
                    ]));
                }
                other => return Err(format!("another answer: {other:?}").into()),
            }
        }
        Err("the refund comes to no end".into())
    }

    async fn ask(&self, act: MerchantAct) -> Result<TillAnswer, Failed> {
        let request = MerchantRequest {
            to: self.client.party().value().id(),
            merchant: self.merchant.clone(),
            counter: Text::new("1")?,
            act,
            nonce: random::generate_array(&mut random::system()),
            time: SystemClock.now(),
        };
        let word = self.client.ask(ASK, &Signed::sign(&request, &self.key)).await?;
        Ok(word.word.value().answer.clone())
    }
}
