//! The gateway of a town: answers as the real one does, unless it is told to lie or to be gone.

use super::town::Town;
use async_trait::async_trait;
use citizen_client::api::{
    BalanceAnswer, BankAnswer, Bytes, ClaimResponse, CodeAnswer, CodeRequest, EndingRequest, EntriesAnswer,
    ErrorAnswer, ErrorBody, HeaderProofAnswer, LightBlockAnswer, ListedAccountsAnswer, OrderAnswer,
    OrderRequest, PartiesAnswer, PaymentAnswer, SignedRequest, StateAnswer, StateRequest, SubmitAnswer,
    SubmitRequest,
};
use citizen_client::{Request, Response, Timer, Transport, TransportError, WebRequest, WebResponse};
use citizen_coin::AccountRecord;
use citizen_keys::Signed;
use citizen_ledger::StateKey;
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_payment::terms::code_digest;
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{AccountId, Hash, PaymentId};
use citizen_wallet::place::{CARD_PLACES, PLACES, RECOVERY_PLACES, TILL_PLACES, VOTE_PLACES};
use serde::Serialize;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// What other parties behind the gateway answer: status and body, or nothing if it is not theirs.
type Others = Box<dyn Fn(&Gateway, &str, Option<&str>, &[u8]) -> Option<(u16, Vec<u8>)> + Send + Sync>;
/// Issuers and verifiers of credentials: what they answer.
type Web = Box<dyn Fn(&Gateway, &WebRequest) -> WebResponse + Send + Sync>;
/// What the centre says to an order of the citizen card.
type Card = Box<dyn Fn(&Town) -> Option<Bytes> + Send + Sync>;
type Lie = Box<dyn Fn(&str, Vec<u8>) -> Vec<u8> + Send>;

pub struct Gateway {
    pub town: Mutex<Town>,
    pub clock: Arc<ManualClock>,
    pub lie: Mutex<Option<Lie>>,
    pub offline: Mutex<bool>,
    /// Parties that only some tests have.
    pub others: OnceLock<Others>,
    pub web: OnceLock<Web>,
    pub card: OnceLock<Card>,
    /// The paths that were asked, in order.
    pub asked: Mutex<Vec<String>>,
}

impl Gateway {
    pub fn new() -> Arc<Self> {
        Self::before(Town::new())
    }

    pub fn before(town: Town) -> Arc<Self> {
        let clock = Arc::new(ManualClock::at(town.now()));
        let (lie, offline, asked) = (Mutex::default(), Mutex::default(), Mutex::default());
        let (others, web, card) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Arc::new(Self { town: Mutex::new(town), clock, lie, offline, others, web, card, asked })
    }

    /// Changes something in the town; the clock follows its ledger.
    pub fn town<T>(&self, act: impl FnOnce(&mut Town) -> T) -> T {
        let mut town = self.town.lock().unwrap();
        let done = act(&mut town);
        self.clock.set(town.now());
        done
    }

    pub fn lie(&self, lie: impl Fn(&str, Vec<u8>) -> Vec<u8> + Send + 'static) {
        *self.lie.lock().unwrap() = Some(Box::new(lie));
    }

    pub fn be_honest(&self) {
        *self.lie.lock().unwrap() = None;
    }

    pub fn be_offline(&self, offline: bool) {
        *self.offline.lock().unwrap() = offline;
    }

    fn answer(&self, path: &str, query: Option<&str>, body: &[u8]) -> Option<Vec<u8>> {
        match path.split('/').collect::<Vec<_>>().as_slice() {
            ["parties"] => self.town(|town| {
                let id = |service: &super::ledger::parties::Service| service.record.id().to_hex();
                let (centre, bank, treasury) = (id(&town.centre), id(&town.bank), id(&town.treasury));
                json(&PartiesAnswer {
                    centre,
                    bank,
                    treasury,
                    registrars: Vec::new(),
                    relays: Vec::new(),
                    recovery_officers: Vec::new(),
                })
            }),
            ["ledger", ..] => self.ledger(path, query, body),
            ["centre", ..] => self.centre(path, body),
            ["bank", ..] => self.bank(path, body),
            ["treasury", "claims"] => {
                let request = device_request(body);
                let RequestContent::Claim { evidence, .. } = &request.content else { return None };
                let evidence = evidence.as_str();
                self.town(|town| {
                    let answer = if evidence == "too-much" {
                        town.refuse_claim(request.account)
                    } else {
                        town.grant(request.account, 10_000, Hash::plain(&[evidence.as_bytes()]))
                    };
                    json(&ClaimResponse { answer: Bytes::of(&Signed::sign(&answer, &town.treasury.key)) })
                })
            }
            _ => None,
        }
    }

    fn ledger(&self, path: &str, query: Option<&str>, body: &[u8]) -> Option<Vec<u8>> {
        self.town(|town| {
            let newest = town.chain.height();
            let block = |height| Bytes::new(&town.chain.block(height).to_bytes());
            match path.split('/').collect::<Vec<_>>().as_slice() {
                ["ledger", "state"] => {
                    let asked: StateRequest = serde_json::from_slice(body).unwrap();
                    let keys: Vec<_> =
                        asked.keys.iter().map(|key| StateKey::from_bytes(key.decode().unwrap())).collect();
                    let state = Bytes::of(&town.chain.state(newest, &keys));
                    json(&StateAnswer { light_block: block(newest), state })
                }
                ["ledger", "light-blocks", which] => {
                    let height = if *which == "latest" { newest } else { which.parse().unwrap() };
                    json(&LightBlockAnswer { light_block: block(height) })
                }
                ["ledger", "transactions"] => {
                    let asked: SubmitRequest = serde_json::from_slice(body).unwrap();
                    json(&SubmitAnswer { id: town.submit(&asked.transaction.decode().unwrap())?.to_hex() })
                }
                ["ledger", "accounts", id, "entries"] => {
                    let from: usize = query?.strip_prefix("from=")?.parse().unwrap();
                    let (_, entries) = town.accounts.get(&AccountId::from_hex(id).unwrap())?;
                    json(&EntriesAnswer {
                        entries: entries.iter().skip(from).take(3).map(Bytes::of).collect(),
                    })
                }
                ["ledger", "recovery-keys", key] => {
                    let lists = |record: &AccountRecord| record.recovery.id().to_hex() == *key;
                    let listed = town.accounts.iter().filter(|(_, (record, _))| lists(record));
                    json(&ListedAccountsAnswer { accounts: listed.map(|(id, _)| id.to_hex()).collect() })
                }
                ["ledger", "headers", height, "proof"] if town.proves_headers => {
                    let height: u64 = height.parse().unwrap();
                    let proof = Bytes::of(&town.chain.header_proof(height, newest));
                    json(&HeaderProofAnswer { old: block(height), light_block: block(newest), proof })
                }
                _ => None,
            }
        })
    }

    fn centre(&self, path: &str, body: &[u8]) -> Option<Vec<u8>> {
        self.town(|town| match path.split('/').collect::<Vec<_>>().as_slice() {
            ["centre", "codes"] => {
                let asked: CodeRequest = serde_json::from_slice(body).unwrap();
                let nonce = asked.nonce.decode().unwrap().try_into().unwrap();
                json(&CodeAnswer { answer: Bytes::of(&town.merchant(code_digest(&asked.code), nonce)) })
            }
            ["centre", "orders"] => {
                let asked: OrderRequest = serde_json::from_slice(body).unwrap();
                let acceptance = Bytes::of(&town.order(&asked.sealed.decode().unwrap())?);
                json(&OrderAnswer { acceptance, card: self.card.get().and_then(|card| card(town)) })
            }
            ["centre", "payments", id] if town.centre_works => {
                let id = PaymentId::from_hex(id).unwrap();
                json(&PaymentAnswer {
                    stage: "working".to_owned(),
                    rejection: None,
                    debit: town.debits.get(&id).map(Bytes::of),
                    ending: town.endings.get(&id).map(Bytes::of),
                })
            }
            _ => None,
        })
    }

    fn bank(&self, path: &str, body: &[u8]) -> Option<Vec<u8>> {
        self.town(|town| match path.split('/').collect::<Vec<_>>().as_slice() {
            ["bank", "accounts" | "balances"] => {
                let DeviceRequest { account, nonce, .. } = device_request(body);
                json(&BalanceAnswer { balance: Bytes::of(&town.balance(account, nonce)) })
            }
            ["bank", "debits", id] => {
                let id = PaymentId::from_hex(id).unwrap();
                json(&match (town.debits.get(&id), town.endings.get(&id)) {
                    (_, Some(ending)) => BankAnswer::Ended { ending: Bytes::of(ending) },
                    (Some(debit), None) => BankAnswer::Debited { debit: Bytes::of(debit) },
                    (None, None) => BankAnswer::NotFound,
                })
            }
            ["bank", "endings"] => {
                let asked: EndingRequest = serde_json::from_slice(body).unwrap();
                let ending = town.end(&PaymentId::from_hex(&asked.payment).unwrap())?;
                json(&BankAnswer::Ended { ending: Bytes::of(&ending) })
            }
            _ => None,
        })
    }
}

#[async_trait]
impl Transport for Gateway {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let registered = [PLACES, TILL_PLACES, VOTE_PLACES, CARD_PLACES, RECOVERY_PLACES]
            .concat()
            .contains(&request.place);
        assert!(registered, "{} is not a registered place", request.place);
        if *self.offline.lock().unwrap() {
            return Err(TransportError::Offline);
        }
        let path = request.url.path().trim_start_matches("/v1/").to_owned();
        self.asked.lock().unwrap().push(path.clone());
        let query = request.url.query();
        let others = self.others.get().and_then(|others| others(self, &path, query, &request.body));
        let (status, body) = match others {
            Some(answer) => answer,
            None => match self.answer(&path, query, &request.body) {
                Some(body) => (200, body),
                None => (422, refusal()),
            },
        };
        let body = match &*self.lie.lock().unwrap() {
            Some(lie) => lie(&path, body),
            None => body,
        };
        Ok(Response { status, body })
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        assert!(CARD_PLACES.contains(&request.place), "{} is not a registered place", request.place);
        if *self.offline.lock().unwrap() {
            return Err(TransportError::Offline);
        }
        let web = self.web.get().ok_or(TransportError::Unsupported)?;
        Ok(web(self, &request))
    }
}

/// Waiting moves the clock and lets the ledger beat.
#[async_trait]
impl Timer for Gateway {
    async fn sleep(&self, _: Duration) {
        self.town(|town| town.chain.idle(1));
    }
}

fn device_request(body: &[u8]) -> DeviceRequest {
    let asked: SignedRequest = serde_json::from_slice(body).unwrap();
    device_request_in(&asked.request.read().unwrap())
}

pub fn device_request_in(signed: &Signed<DeviceRequest>) -> DeviceRequest {
    let device = signed.dangerous_unverified().unwrap().device;
    signed.verify(&device.ed25519()).unwrap()
}

// The shape of every arm of a router.
#[allow(clippy::unnecessary_wraps)]
fn json(answer: &impl Serialize) -> Option<Vec<u8>> {
    Some(serde_json::to_vec(answer).unwrap())
}

pub fn refusal() -> Vec<u8> {
    let (code, ko, en) = ("refused".to_owned(), String::new(), String::new());
    serde_json::to_vec(&ErrorAnswer { error: ErrorBody { code, ko, en, rejection: None } }).unwrap()
}
