//! A till: it charges what is shown to it, asks again while nobody answers, takes back what it does not hear the end of, and
//! gives back. It keeps its numbers, so whatever it does again is the same act.

use super::dice::Dice;
use super::stage::Stage;
use super::world::WorldError;
use citizen_client::api::TillAnswer;
use citizen_client::{CallError, Exchange, LedgerClient, Parties, TillClient, WordError};
use citizen_keys::{Signed, SigningKey};
use citizen_ledger::LightClient;
use citizen_payment::terms::code_digest;
use citizen_payment::till::{ChargeNumber, MerchantAct, MerchantApplication, MerchantRequest};
use citizen_primitives::random::generate_array;
use citizen_primitives::{MerchantId, PaymentId, Place, RefundId, Text, Won};
use std::fmt::Display;
use std::sync::Arc;

const ASK_PARTIES: Place = Place::new("till/ask-parties");
const REGISTER: Place = Place::new("till/register");
const ASK: Place = Place::new("till/ask");

/// Where the till sends. It keeps its numbers in mind.
pub const PLACES: [Place; 3] = [ASK_PARTIES, REGISTER, ASK];

/// How often it asks again.
const TRIES: u32 = 40;
/// So often it hears nothing before it takes a charge back.
const PATIENCE: u32 = 6;

/// What came of a question.
#[derive(Debug)]
enum Heard {
    Answer(TillAnswer),
    /// No, by a word of the centre.
    Refusal(String),
    /// Nothing is known.
    Silence,
}

/// What a till knows of one of its charges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeFact {
    /// The payment, once the centre has named it.
    pub payment: Option<PaymentId>,
    /// The centre's last word; `unknown` if it knows no such charge.
    pub state: String,
    /// Whether the till has taken it back, and the centre has said that it heard.
    pub is_taken_back: bool,
    /// Whether the centre says why it is not as the till wants it.
    pub is_explained: bool,
}

/// What a till knows of one of its refunds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundNote {
    /// Which.
    pub refund: RefundId,
    /// The centre's last word; `unknown` if it took no such refund.
    pub state: String,
    /// Points and won, by that word.
    pub given: (u64, u64),
    /// Whether the bank has credited.
    pub is_credited: bool,
}

/// A till.
pub struct Till {
    stage: Arc<Stage>,
    key: SigningKey,
    dice: Dice,
    shop: Option<(TillClient, MerchantId)>,
    charges: Vec<(ChargeNumber, bool)>,
    refunds: Vec<RefundId>,
}

impl Till {
    /// A till that nobody knows yet.
    #[must_use]
    pub fn new(stage: &Arc<Stage>) -> Self {
        let mut dice = stage.world().dice();
        let key = SigningKey::from_seed(&generate_array(&mut dice));
        Self { stage: Arc::clone(stage), key, dice, shop: None, charges: Vec::new(), refunds: Vec::new() }
    }

    /// Its merchant's number, once it is registered.
    #[must_use]
    pub fn merchant(&self) -> Option<&MerchantId> {
        self.shop.as_ref().map(|(_, merchant)| merchant)
    }

    /// Registers; false if that never went through.
    pub async fn open(&mut self) -> bool {
        // A party may be away for longer than anything lasts.
        for _ in 0..2 * TRIES {
            self.live().await;
            match self.registered().await {
                Ok(shop) => {
                    self.shop = Some(shop);
                    return true;
                }
                Err(error) => tracing::debug!(%error, "not registered yet"),
            }
            self.stage.turn().await;
        }
        self.stage.defect("the till does not open".to_owned());
        false
    }

    /// Sends a charge once, and does not look what came of it.
    pub async fn begin(&mut self, code: &str, amount: u64) -> Option<usize> {
        let number = ChargeNumber::from_bytes(generate_array(&mut self.dice));
        self.charges.push((number, false));
        let at = self.charges.len().checked_sub(1)?;
        drop(self.ask(charge(number, code, amount)?).await);
        Some(at)
    }

    /// Repeats a charge until it has an end; without one, or without an answer, it is taken back. Returns the payment if it was
    /// paid.
    pub async fn finish(&mut self, at: usize, code: &str, amount: u64) -> Option<PaymentId> {
        let (number, _) = *self.charges.get(at)?;
        let mut silences = 0;
        for _ in 0..TRIES {
            match self.ask(charge(number, code, amount)?).await {
                Heard::Answer(TillAnswer::Charge { state, payment, .. }) => match state.as_str() {
                    "checking" => {}
                    "captured" => return payment.and_then(|payment| PaymentId::from_hex(&payment).ok()),
                    _ => return None,
                },
                Heard::Answer(_) => self.stage.defect("another answer than was asked".to_owned()),
                // Perhaps its mandate is on its way; a refused charge costs nobody anything.
                Heard::Refusal(word) if word == "code-unready" && silences < PATIENCE => silences += 1,
                Heard::Refusal(_) => return None,
                Heard::Silence => {
                    silences += 1;
                    if silences > PATIENCE {
                        break;
                    }
                }
            }
            self.stage.turn().await;
        }
        self.take_back(at).await;
        None
    }

    /// Takes a charge back, until the centre has heard.
    pub async fn take_back(&mut self, at: usize) {
        let Some((number, _)) = self.charges.get(at).copied() else { return };
        for _ in 0..TRIES {
            if let Heard::Answer(_) = self.ask(MerchantAct::Reverse { number }).await {
                if let Some((_, is_taken_back)) = self.charges.get_mut(at) {
                    *is_taken_back = true;
                }
                return;
            }
            self.stage.turn().await;
        }
    }

    /// Gives part of a payment back, until that has an end or is refused.
    pub async fn give_back(&mut self, payment: PaymentId, amount: u64) {
        let refund = RefundId::from_bytes(generate_array(&mut self.dice));
        let (Ok(amount), Ok(reason)) = (Won::new(amount), Text::new("반품")) else { return };
        self.refunds.push(refund);
        for _ in 0..TRIES {
            let act = MerchantAct::Refund { refund, payment, amount, reason: reason.clone() };
            match self.ask(act).await {
                Heard::Answer(TillAnswer::Refund { state, .. }) if state == "checking" => {}
                Heard::Answer(TillAnswer::Refund { .. }) | Heard::Refusal(_) => return,
                Heard::Answer(_) => self.stage.defect("another answer than was asked".to_owned()),
                Heard::Silence => {}
            }
            self.stage.turn().await;
        }
    }

    /// Looks what its customers ask for, and serves one of them.
    pub async fn serve(&mut self, payment: PaymentId) {
        for act in [MerchantAct::Wishes, MerchantAct::Serve { payment }] {
            for _ in 0..PATIENCE {
                if !matches!(self.ask(act.clone()).await, Heard::Silence) {
                    break;
                }
                self.stage.turn().await;
            }
        }
    }

    /// What the centre says in the end of everything this till has done.
    pub async fn report(&mut self) -> (Vec<ChargeFact>, Vec<RefundNote>) {
        let (mut charges, mut refunds) = (Vec::new(), Vec::new());
        for (number, is_taken_back) in self.charges.clone() {
            let (state, payment, is_explained) = match self.patiently(MerchantAct::Inquire { number }).await {
                Heard::Answer(TillAnswer::Charge { state, payment, reason, .. }) => {
                    (state, payment, reason.is_some())
                }
                _ => ("unknown".to_owned(), None, false),
            };
            let payment = payment.and_then(|payment| PaymentId::from_hex(&payment).ok());
            charges.push(ChargeFact { payment, state, is_taken_back, is_explained });
        }
        for refund in self.refunds.clone() {
            let unknown =
                RefundNote { refund, state: "unknown".to_owned(), given: (0, 0), is_credited: false };
            refunds.push(match self.patiently(MerchantAct::InquireRefund { refund }).await {
                Heard::Answer(TillAnswer::Refund { state, points, krw, credited, .. }) => {
                    RefundNote { refund, state, given: (points, krw), is_credited: credited }
                }
                _ => unknown,
            });
        }
        (charges, refunds)
    }

    async fn patiently(&mut self, act: MerchantAct) -> Heard {
        for _ in 0..TRIES {
            match self.ask(act.clone()).await {
                Heard::Silence => self.stage.turn().await,
                heard => return heard,
            }
        }
        self.stage.defect("the centre never answers the till".to_owned());
        Heard::Silence
    }

    async fn ask(&mut self, act: MerchantAct) -> Heard {
        self.live().await;
        let Some((client, merchant)) = &self.shop else { return Heard::Silence };
        let Ok(counter) = Text::new("1") else { return Heard::Silence };
        let request = MerchantRequest {
            to: client.party().value().id(),
            merchant: merchant.clone(),
            counter,
            act,
            nonce: generate_array(&mut self.dice),
            time: self.stage.now(),
        };
        match client.ask(ASK, &Signed::sign(&request, &self.key)).await {
            Ok(word) => match word.word.value().answer.clone() {
                TillAnswer::Refused { reason } => Heard::Refusal(reason),
                answer => Heard::Answer(answer),
            },
            // Before the centre's word: a number that nobody has seen, a request that came too late.
            Err(WordError::Call(CallError::Refused(body))) if !is_passing(&body.code) => {
                Heard::Refusal(body.code)
            }
            Err(WordError::Call(CallError::Malformed)) => self.defect("malformed"),
            Err(WordError::Call(_)) => Heard::Silence,
            Err(error) => self.defect(&error),
        }
    }

    fn defect(&self, error: &(impl Display + ?Sized)) -> Heard {
        self.stage.defect(format!("the till: {error}"));
        Heard::Silence
    }

    /// A till that was switched off is switched on again.
    async fn live(&self) {
        if self.stage.cutter().is_dead("till") {
            let away = self.stage.absence().min(60);
            for _ in 0..away {
                self.stage.pass(1).await;
            }
            self.stage.cutter().revive("till");
        }
    }

    async fn registered(&self) -> Result<(TillClient, MerchantId), RegisterError> {
        let world = self.stage.world();
        let exchange = Exchange::new(world.transport(), &world.url()?);
        let light = LightClient::new(world.trust().anchor().clone());
        let ledger = LedgerClient::new(exchange.clone(), light, world.clock());
        let parties = Parties::find(&exchange, &ledger, ASK_PARTIES).await?;
        let client = TillClient::new(exchange, parties.centre);
        let application = MerchantApplication {
            to: client.party().value().id(),
            name: text("연남만두")?,
            name_latin: text("YEONNAM MANDU")?,
            district: text("마포구")?,
            category: text("음식점")?,
            category_code: text("5812")?,
            prior_year_sales: Won::new(900_000_000).map_err(|_| RegisterError::Data)?,
            time: self.stage.now(),
        };
        let signed = Signed::sign(&application, &self.key);
        let registered = client.register(REGISTER, &signed, &self.key.public()).await?;
        let merchant = MerchantId::new(&registered.merchant).map_err(|_| RegisterError::Data)?;
        Ok((client, merchant))
    }
}

#[derive(Debug, thiserror::Error)]
enum RegisterError {
    #[error(transparent)]
    World(#[from] WorldError),
    #[error(transparent)]
    Registry(#[from] citizen_client::RegistryError),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("the till's own data")]
    Data,
}

fn text(text: &str) -> Result<Text, RegisterError> {
    Text::new(text).map_err(|_| RegisterError::Data)
}

fn charge(number: ChargeNumber, code: &str, amount: u64) -> Option<MerchantAct> {
    Some(MerchantAct::Charge { number, code: code_digest(code), amount: Won::new(amount).ok()? })
}

/// A refusal that says nothing about what was asked.
fn is_passing(code: &str) -> bool {
    matches!(code, "unavailable" | "busy" | "too-slow" | "too-many" | "internal")
}

impl std::fmt::Debug for Till {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Till").field("merchant", &self.merchant()).finish_non_exhaustive()
    }
}
