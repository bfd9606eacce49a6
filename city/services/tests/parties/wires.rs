//! The wires between the parties: an address leads to the party behind it, and every send passes its place.

use async_trait::async_trait;
use citizen_client::api::{
    BankAnswer, Bytes, ErrorAnswer, ErrorBody, LightBlockAnswer, LogLeafMessage, LogLeavesAnswer,
    StateAnswer, StateRequest, SubmitAnswer, SubmitRequest, TransactionAnswer,
};
use citizen_client::{Request, Response, Transport, TransportError};
use citizen_ledger::{SignedTransaction, StateKey};
use citizen_primitives::{Cut, Hash, Height, Injector, PaymentId, Place, RefundId, TransactionId};
use citizen_voting::board::{BoardEntry, BoardLeaf, SlotMark};
use citizen_voting::issuance::IssuanceRow;
use city_chain::{Chain, EmbeddedChain, SubmitError};
use city_services::{Bank, Centre, Registrar, Relay, ServiceError, Treasury};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

/// The parties that run now.
#[derive(Default)]
pub(crate) struct Parties {
    pub(crate) bank: Option<Arc<Bank>>,
    pub(crate) centre: Option<Arc<Centre>>,
    pub(crate) treasury: Option<Arc<Treasury>>,
    pub(crate) registrar: Option<Arc<Registrar>>,
    pub(crate) relays: [Option<Arc<Relay>>; 2],
}

pub(crate) struct Wires {
    pub(crate) chain: Arc<EmbeddedChain>,
    pub(crate) parties: Mutex<Parties>,
    pub(crate) knife: Arc<Knife>,
    /// Addresses that do not answer.
    pub(crate) down: Mutex<BTreeSet<&'static str>>,
    /// What is sent from here is not answered.
    pub(crate) silent: Mutex<Option<Place>>,
    /// The refusal that the ledger's node tells of every transaction, whatever became of it.
    pub(crate) told: Mutex<Option<u32>>,
    /// From where something was sent, in order.
    pub(crate) sent: Mutex<Vec<Place>>,
    /// Whether the ledger's node says that it has taken transactions, and has not.
    pub(crate) swallows: Mutex<bool>,
    /// What the ledger's node makes up of every log.
    pub(crate) forged: Mutex<Option<Forged>>,
}

/// What a node makes up of a log.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Forged {
    /// Another leaf in the place of one.
    Leaf,
    /// Other contents beside the right leaves.
    Content,
    /// A page less one leaf.
    Shortened,
}

/// Cuts a party off at each place that it is armed with, once, one after the other; the party is dead from then on, until it is
/// started again.
#[derive(Default)]
pub(crate) struct Knife {
    armed: Mutex<VecDeque<(Place, bool)>>,
    dead: Mutex<BTreeSet<String>>,
    pub(crate) visited: Mutex<BTreeSet<Place>>,
}

impl Knife {
    /// Cuts at the next visit of a place, before or after it acts, and nowhere else.
    pub(crate) fn arm(&self, place: Place, before: bool) {
        *self.armed.lock().unwrap() = [(place, before)].into();
    }

    /// And then, once it has cut where it is armed for, at this one.
    pub(crate) fn arm_next(&self, place: Place, before: bool) {
        self.armed.lock().unwrap().push_back((place, before));
    }

    pub(crate) fn has_cut(&self) -> bool {
        self.armed.lock().unwrap().is_empty()
    }

    /// The parties that were cut off since the last time.
    pub(crate) fn take_dead(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.dead.lock().unwrap())
    }

    fn pass(&self, place: Place, before: bool) -> Result<(), Cut> {
        self.visited.lock().unwrap().insert(place);
        let party = place.name().split('/').next().unwrap().to_owned();
        if self.dead.lock().unwrap().contains(&party) {
            return Err(Cut(place));
        }
        let mut armed = self.armed.lock().unwrap();
        if armed.front() == Some(&(place, before)) {
            armed.pop_front();
            self.dead.lock().unwrap().insert(party);
            return Err(Cut(place));
        }
        Ok(())
    }
}

impl Injector for Knife {
    fn before(&self, place: Place) -> Result<(), Cut> {
        self.pass(place, true)
    }

    fn after(&self, place: Place) -> Result<(), Cut> {
        self.pass(place, false)
    }
}

/// Why there is no answer but a refusal.
enum Fault {
    /// The ledger's, with its number.
    Rejected(u32),
    /// A party's.
    Service(ServiceError),
}

impl From<ServiceError> for Fault {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

#[async_trait]
impl Transport for Wires {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let place = request.place;
        self.sent.lock().unwrap().push(place);
        if request.url.host_str() == Some("uncut-ledger") {
            return Ok(self
                .answer(&request)
                .await
                .map_or_else(refusal, |body| Response { status: 200, body }));
        }
        self.knife.before(place).map_err(|_| TransportError::Stopped)?;
        let host = request.url.host_str().unwrap().to_owned();
        if self.down.lock().unwrap().contains(host.as_str()) || *self.silent.lock().unwrap() == Some(place) {
            return Err(TransportError::Offline);
        }
        let response = match self.answer(&request).await {
            Ok(body) => Response { status: 200, body },
            // The other side died: nobody answers.
            Err(Fault::Service(ServiceError::Stopped)) => return Err(TransportError::Offline),
            Err(error) => refusal(error),
        };
        self.knife.after(place).map_err(|_| TransportError::Stopped)?;
        Ok(response)
    }
}

impl Wires {
    async fn answer(&self, request: &Request) -> Result<Vec<u8>, Fault> {
        let (url, body) = (&request.url, &request.body);
        let path = url.path().trim_start_matches("/v1/").to_owned();
        match url.host_str().unwrap() {
            "ledger" | "uncut-ledger" if path.starts_with("ledger/logs/") => {
                self.leaves(&path, url.query().unwrap())
            }
            "ledger" | "uncut-ledger" => self.ledger(&path, body),
            "bank" => self.bank(&path, body).await,
            host @ ("registrar" | "relay" | "relay-2" | "treasury") => {
                self.of_a_poll(host, &path, body).await
            }
            other => panic!("no party at {other}"),
        }
    }

    /// Leaves of a public log, four at a time: whoever follows it has to turn pages.
    fn leaves(&self, path: &str, query: &str) -> Result<Vec<u8>, Fault> {
        let log: Bytes = serde_json::from_value(path.split('/').nth(2).unwrap().into()).unwrap();
        let log = StateKey::from_bytes(log.decode().unwrap());
        let from = query.trim_start_matches("from=").parse().unwrap();
        let leaves = self.chain.leaves(&log, from, 4, 1 << 20).unwrap();
        let mut leaves: Vec<_> = leaves
            .iter()
            .map(|leaf| LogLeafMessage { leaf: Bytes::new(&leaf.bytes), content: Bytes::new(&leaf.content) })
            .collect();
        match *self.forged.lock().unwrap() {
            Some(Forged::Leaf) => {
                let first = leaves.first_mut().unwrap();
                first.leaf = match first.leaf.read::<IssuanceRow>() {
                    Ok(row) => Bytes::of(&IssuanceRow { blinded: Hash::ZERO, ..row }),
                    Err(_) => Bytes::of(&BoardLeaf::Slot(SlotMark { slot: 5 })),
                };
            }
            Some(Forged::Content) => {
                let mark = BoardEntry::Slot(SlotMark { slot: 5 });
                leaves.iter_mut().for_each(|leaf| leaf.content = Bytes::of(&mark));
            }
            Some(Forged::Shortened) => drop(leaves.pop()),
            None => {}
        }
        json(&LogLeavesAnswer { leaves })
    }

    async fn of_a_poll(&self, host: &str, path: &str, body: &[u8]) -> Result<Vec<u8>, Fault> {
        let (registrar, relays, treasury) = {
            let parties = self.parties.lock().unwrap();
            (parties.registrar.clone(), parties.relays.clone(), parties.treasury.clone())
        };
        let treasury = treasury.ok_or(ServiceError::Stopped)?;
        // Who listens at an address answers there, whatever key is asked for.
        let relay = || relays[usize::from(host == "relay-2")].clone().ok_or(ServiceError::Stopped);
        match path.split('/').collect::<Vec<_>>()[..] {
            ["registrars", _, "registrations"] => {
                json(&registrar.ok_or(ServiceError::Stopped)?.register(read(body)?).await?)
            }
            ["registrars", _, "card-registrations"] => {
                json(&registrar.ok_or(ServiceError::Stopped)?.register_by_card(read(body)?).await?)
            }
            ["registrars", _, "keys"] => {
                json(&registrar.ok_or(ServiceError::Stopped)?.keys(read(body)?).await?)
            }
            ["relays", _, "ballots"] => json(&relay()?.ballot(read(body)?).await?),
            ["relays", _, "receipts"] => json(&relay()?.receipt(read(body)?)?),
            ["treasury", "rewards"] => json(&treasury.reward(read(body)?).await?),
            ["treasury", "rewards", "redeem"] => json(&treasury.redeem_reward(read(body)?).await?),
            ["treasury", "rewards", "keys"] => json(&treasury.reward_key(read(body)?).await?),
            ref other => panic!("no route {other:?}"),
        }
    }

    fn ledger(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, Fault> {
        let chain = &self.chain;
        match path.split('/').collect::<Vec<_>>()[1..] {
            ["light-blocks", at] => {
                let height = at.parse().ok().map(Height::new);
                let block = chain.light_block(height).unwrap().ok_or(ServiceError::NotFound)?;
                json(&LightBlockAnswer { light_block: Bytes::new(&block) })
            }
            ["state"] => {
                let asked: StateRequest = read(body)?;
                let keys: Vec<_> =
                    asked.keys.iter().map(|key| StateKey::from_bytes(key.decode().unwrap())).collect();
                let proven = chain.prove(&keys).unwrap().ok_or(ServiceError::NotFound)?;
                let (light_block, state) = (Bytes::new(&proven.light_block), Bytes::of(&proven.state));
                json(&StateAnswer { light_block, state })
            }
            ["transactions"] => {
                let asked: SubmitRequest = read(body)?;
                if *self.swallows.lock().unwrap() {
                    let transaction: SignedTransaction = asked.transaction.read().unwrap();
                    return json(&SubmitAnswer { id: transaction.id().to_hex() });
                }
                let submitted = chain.submit(asked.transaction.decode().unwrap());
                if let Some(code) = *self.told.lock().unwrap() {
                    return Err(Fault::Rejected(code));
                }
                match submitted {
                    Ok(id) => json(&SubmitAnswer { id: id.to_hex() }),
                    Err(SubmitError::Rejected(rejection)) => Err(Fault::Rejected(rejection.code())),
                    Err(_) => Err(ServiceError::Unavailable.into()),
                }
            }
            ["transactions", id] => {
                let id = TransactionId::from_hex(id).unwrap();
                let told = self.told.lock().unwrap().map(|code| (Height::new(1), 0, code));
                let known = told.or_else(|| chain.transaction(&id).unwrap());
                let (height, index, code) = known.ok_or(ServiceError::NotFound)?;
                json(&TransactionAnswer { height: height.value(), index, code })
            }
            ref other => panic!("no route {other:?}"),
        }
    }

    async fn bank(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, Fault> {
        let bank = self.parties.lock().unwrap().bank.clone().ok_or(ServiceError::Stopped)?;
        let answer: BankAnswer = match path.split('/').collect::<Vec<_>>()[1..] {
            ["refunds"] => return json(&bank.refund(read(body)?).await?),
            ["refunds", refund] => {
                return json(&bank.refund_standing(RefundId::from_hex(refund).unwrap()).await?);
            }
            ["settlements"] => return json(&bank.settle(read(body)?).await?),
            ["debits"] => bank.debit(read(body)?).await?,
            ["debits", payment] => bank.standing(PaymentId::from_hex(payment).unwrap()).await?,
            ["endings"] => bank.end(read(body)?).await?,
            ref other => panic!("no route {other:?}"),
        };
        json(&answer)
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|_| ServiceError::Malformed.into())
}

fn json<T: Serialize>(answer: &T) -> Result<Vec<u8>, Fault> {
    Ok(serde_json::to_vec(answer).unwrap())
}

fn refusal(fault: Fault) -> Response {
    let (status, code, rejection) = match fault {
        Fault::Rejected(code) => (422, "rejected", Some(code)),
        Fault::Service(ServiceError::Malformed) => (400, "malformed", None),
        Fault::Service(ServiceError::NotFound) => (404, "not-found", None),
        Fault::Service(ServiceError::Refused(reason)) => (409, reason.word(), None),
        Fault::Service(ServiceError::Unavailable | ServiceError::Stopped) => (503, "unavailable", None),
    };
    let error = ErrorBody { code: code.to_owned(), ko: String::new(), en: String::new(), rejection };
    Response { status, body: serde_json::to_vec(&ErrorAnswer { error }).unwrap() }
}
