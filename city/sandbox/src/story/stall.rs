//! A snack stall with a till: it charges the code on her screen, and gives back what she asks for. Its centre is the one that the
//! ledger's registry proves, and the centre's answers are its signed words.

use crate::city::City;
use crate::failure::Failure;
use crate::folder::Secrecy;
use crate::narrator::Line;
use citizen_client::api::TillAnswer;
use citizen_client::{Exchange, Https, LedgerClient, Parties, TillClient};
use citizen_keys::{Signed, SigningKey};
use citizen_ledger::LightClient;
use citizen_payment::till::{ChargeNumber, MerchantAct, MerchantApplication, MerchantRequest};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock as _, MerchantId, PaymentId, Place, RefundId, Text, Won, random};
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

const ASK_PARTIES: Place = Place::new("story/ask-parties");
const ASK_CENTRE: Place = Place::new("story/ask-centre");
/// The file of its key: the same stall in every run.
const KEY: &str = "stall-key";
/// How often it asks what became of something.
const LOOKS: usize = 1_200;
/// The pause between two questions.
const PAUSE: Duration = Duration::from_millis(100);

/// The stall.
pub(super) struct Stall {
    key: SigningKey,
    client: TillClient,
    merchant: MerchantId,
}

impl Stall {
    /// Opens the stall: it registers by its key, which gives it the same number every time.
    pub(super) async fn open(city: &City) -> Result<Self, Failure> {
        let key = key(city)?;
        let exchange = Exchange::new(Arc::new(Https::new().map_err(failed)?), city.url());
        let light = LightClient::new(city.trust().anchor().clone());
        let ledger = LedgerClient::new(exchange.clone(), light, Arc::new(SystemClock));
        let parties = Parties::find(&exchange, &ledger, ASK_PARTIES).await.map_err(failed)?;
        let client = TillClient::new(exchange, parties.centre);
        let application = MerchantApplication {
            to: client.party().value().id(),
            name: text("연남만두")?,
            name_latin: text("YEONNAM MANDU")?,
            district: text("마포구")?,
            category: text("음식점")?,
            category_code: text("5812")?,
            prior_year_sales: Won::new(250_000_000).map_err(failed)?,
            time: SystemClock.now(),
        };
        let signed = Signed::sign(&application, &key);
        let registered = client.register(ASK_CENTRE, &signed, &key.public()).await.map_err(failed)?;
        let merchant = MerchantId::new(&registered.merchant).map_err(failed)?;
        Ok(Self { key, client, merchant })
    }

    /// Charges the code on her screen; her phone learns from the ledger what became of it.
    pub(super) async fn charge(&self, code: &str, amount: u64) -> Result<(), Failure> {
        let number = ChargeNumber::from_bytes(random::generate_array(&mut random::system()));
        let code = citizen_payment::terms::code_digest(code);
        let amount = Won::new(amount).map_err(failed)?;
        self.ask(MerchantAct::Charge { number, code, amount }).await.map(drop)
    }

    /// Gives back; true once the ledger has it, and the bank has credited.
    pub(super) async fn give_back(&self, payment: PaymentId, amount: u64) -> Result<bool, Failure> {
        let refund = RefundId::from_bytes(random::generate_array(&mut random::system()));
        let (amount, reason) = (Won::new(amount).map_err(failed)?, text("손님 요청")?);
        let mut answer = self.ask(MerchantAct::Refund { refund, payment, amount, reason }).await?;
        for _ in 0..LOOKS {
            match &answer {
                TillAnswer::Refund { state, credited, krw, .. } if state == "refunded" => {
                    if *credited || *krw == 0 {
                        return Ok(true);
                    }
                }
                TillAnswer::Refund { state, .. } if state == "checking" => {}
                _ => return Ok(false),
            }
            tokio::time::sleep(PAUSE).await;
            answer = self.ask(MerchantAct::InquireRefund { refund }).await?;
        }
        Ok(false)
    }

    async fn ask(&self, act: MerchantAct) -> Result<TillAnswer, Failure> {
        let request = MerchantRequest {
            to: self.client.party().value().id(),
            merchant: self.merchant.clone(),
            counter: text("1")?,
            act,
            nonce: random::generate_array(&mut random::system()),
            time: SystemClock.now(),
        };
        let word = self.client.ask(ASK_CENTRE, &Signed::sign(&request, &self.key)).await.map_err(failed)?;
        Ok(word.word.value().answer.clone())
    }
}

fn key(city: &City) -> Result<SigningKey, Failure> {
    let kept = city.folder().read(KEY)?;
    if let Some(seed) = kept.as_deref().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
        return Ok(SigningKey::from_seed(&seed));
    }
    let seed: [u8; 32] = random::generate_array(&mut random::system());
    city.folder().write(KEY, &seed, Secrecy::OwnerOnly)?;
    Ok(SigningKey::from_seed(&seed))
}

fn text(text: &str) -> Result<Text, Failure> {
    Text::new(text).map_err(failed)
}

fn failed(error: impl Display) -> Failure {
    Failure(Line::same(error))
}
