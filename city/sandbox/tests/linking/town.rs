//! The city in memory: ledger, gateway, three registrars, two relays and the treasury, each behind wires that are written down.

use crate::polling::manifest::{registrar_key, relay_key, trustee_key};
use crate::wire::{Line, Wires};
use async_trait::async_trait;
use citizen_client::api::{Bytes, SubmitRequest};
use citizen_client::{NoWait, Request, Response, Transport, TransportError, TrustFile};
use citizen_keys::{Secret32, SigningKey};
use citizen_ledger::poll::PollAction;
use citizen_ledger::{Action, Nonce, SignedTransaction, Signer, TransactionBody, TrustAnchor};
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{Canonical as _, ChainId, Clock as _, Height, Label, UnixTime};
use citizen_voting::{BoardEntry, Sequence, VotingKey};
use city_chain::{Chain as _, EmbeddedChain, Pace, ValidatorKey};
use city_gateway::routes::issuer::PATH;
use city_gateway::{ChainDesk, Gateway, Limits};
use city_sandbox::certificates::{Certificates, below};
use city_sandbox::folder::Folder;
use city_sandbox::genesis::genesis;
use city_sandbox::keys::Keys;
use city_sandbox::node::anchor;
use city_sandbox::parties::{Ground, hints};
use city_sandbox::rules;
use city_sandbox::voting::with_card;
use city_services::issuer::{EligibilityRules, ResidentRegister};
use city_services::{Db, Issuer, Registrar, Relay, Steps as _, Treasury};
use city_storage::faults::Disk;
use city_storage::{Options, Storage};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// When every run begins: 2026-11-21, 09:00 in Seoul.
const DAWN: UnixTime = UnixTime::from_seconds(1_795_219_200);

/// Where the city is: the host is one that its certificates name.
pub const HERE: &str = "http://127.0.0.1/";

pub struct Town {
    pub clock: Arc<ManualClock>,
    pub wires: Arc<Wires>,
    pub chain: Arc<EmbeddedChain>,
    pub keys: Keys,
    pub registrars: Vec<Arc<Registrar>>,
    pub relays: Vec<Arc<Relay>>,
    pub treasury: Arc<Treasury>,
    /// It has a card for each citizen, by her number.
    pub issuer: Arc<Issuer>,
    pub anchor: TrustAnchor,
    pub chain_id: ChainId,
    /// Whether registrars have something to do: they are not asked to otherwise, which saves time and nothing else.
    pub registering: AtomicBool,
    /// Who rolls.
    dice: Arc<AtomicU64>,
}

impl Town {
    /// A city in which everybody does what the programs say; with a relay that does not shuffle, if that is wanted.
    pub fn found(seed: u64, is_shuffled: bool) -> Arc<Self> {
        let keys = keys(seed);
        let mut genesis = genesis(&keys, DAWN).unwrap();
        genesis.validators.truncate(1);
        genesis.parameters.account_rate = 1_000_000;
        let clock = Arc::new(ManualClock::at(DAWN));
        let options = Options { cache: 1024 * 1024, ..Options::default() };
        let storage = Storage::open_with_backend(Disk::default().backend(), &genesis, options).unwrap();
        let validators = vec![ValidatorKey::from_seed(keys.validators[0])];
        let pace = Pace { openings: u32::MAX, ..Pace::default() };
        let chain = EmbeddedChain::open(Arc::new(storage), validators, clock.clone(), pace).unwrap();
        chain.step().unwrap();
        rules::decide(&chain, &keys, &mut StdRng::seed_from_u64(seed)).unwrap();
        let (anchor, chain) = (anchor(&chain, Some(Height::new(1))).unwrap(), Arc::new(chain));
        let (wires, dice) = (Wires::new(), Arc::new(AtomicU64::new(seed << 32)));
        let ground = |transport| ground(transport, &anchor, &clock, &dice);
        let of_relay = |number: usize| -> Arc<dyn Transport> {
            let line = wires.open();
            if is_shuffled {
                return Arc::new(line);
            }
            Arc::new(Unshuffled {
                line,
                wires: wires.clone(),
                key: relay_key(number),
                made: Mutex::default(),
            })
        };
        let own = || -> Arc<dyn Transport> { Arc::new(wires.open()) };
        let home = tempfile::tempdir().unwrap();
        let certificates = Certificates::open(&Folder::open(home.path()).unwrap()).unwrap();
        let records = certificates.records(&keys, None).unwrap();
        rules::enter(&chain, &keys, records, &mut StdRng::seed_from_u64(seed)).unwrap();
        while chain.step().unwrap().is_some() {}
        let registrars: Vec<_> = certificates
            .registrars
            .iter()
            .enumerate()
            .map(|(number, certificate)| {
                let ground = ground(own());
                let registrar = ground.registrar(&keys, number, db()).unwrap();
                let asking = (certificate, &ground.ledger);
                Arc::new(with_card(&ground, &keys, (registrar, number), asking).unwrap())
            })
            .collect();
        let issuer = Arc::new(issuer(&ground(own()), &keys, &certificates));
        let relays: Vec<_> = (0..2)
            .map(|number| Arc::new(ground(of_relay(number)).relay(&keys, number, db()).unwrap()))
            .collect();
        let treasury = Arc::new(ground(own()).treasury(&keys, db()).unwrap());
        let gateway = unhurried().with_parties(hints(&keys));
        let gateway = gateway.with_ledger(Arc::new(ChainDesk::of(chain.clone())));
        let gateway = gateway.with_treasury(treasury.clone()).with_issuer(issuer.clone());
        let gateway = registrars.iter().fold(gateway, |gateway, registrar| {
            gateway.with_registrar(registrar.party().id(), registrar.clone())
        });
        let gateway = relays
            .iter()
            .fold(gateway, |gateway, relay| gateway.with_relay(relay.party().id(), relay.clone()));
        wires.net.connect("127.0.0.1", gateway.into_router());
        let (chain_id, registering) = (genesis.chain_id, AtomicBool::new(false));
        let town = Self {
            clock,
            wires,
            chain,
            keys,
            registrars,
            relays,
            treasury,
            issuer,
            anchor,
            chain_id,
            registering,
            dice,
        };
        Arc::new(town)
    }

    pub fn now(&self) -> u64 {
        self.clock.now().seconds()
    }

    pub fn trust(&self) -> TrustFile {
        TrustFile::of(&self.anchor)
    }

    /// A generator of its own, the same in every run.
    pub fn rng(&self) -> StdRng {
        StdRng::seed_from_u64(self.dice.fetch_add(1, Ordering::Relaxed))
    }

    /// A second passes.
    pub async fn turn(&self) {
        self.clock.advance(1);
        self.seal();
        if self.registering.load(Ordering::Relaxed) {
            for registrar in &self.registrars {
                registrar.step().await.unwrap();
            }
            self.seal();
        }
    }

    /// Time passes on an idle ledger.
    pub fn until(&self, seconds: u64) {
        while self.now() < seconds {
            self.clock.advance(10.min(seconds - self.now()));
            self.seal();
        }
    }

    /// The issuer's lists are published.
    pub async fn publish(&self) {
        for _ in 0..6 {
            self.issuer.step().await.unwrap();
            self.clock.advance(1);
            self.seal();
        }
    }

    /// What has come to the relays goes to the board, and they see it there.
    pub async fn bring(&self) {
        for _ in 0..4 {
            for relay in &self.relays {
                relay.step().await.unwrap();
            }
            self.clock.advance(1);
            self.seal();
        }
    }

    pub fn act(&self, key: &SigningKey, action: PollAction) {
        let body = TransactionBody {
            chain_id: self.chain_id.clone(),
            valid_until: self.chain.status().latest.plus(50),
            nonce: Nonce::from_bytes(citizen_primitives::random::generate_array(&mut self.rng())),
            signer: Signer::Party { key: key.public() },
            action: Action::Poll(action),
        };
        let signed = body.signed(vec![key.sign(Label::Transaction, &body.signing_bytes())]);
        let id = self.chain.submit(signed.to_canonical()).unwrap();
        self.clock.advance(1);
        self.seal();
        assert_eq!(self.chain.transaction(&id).unwrap().unwrap().2, 0);
    }

    pub fn seal(&self) {
        while self.chain.step().unwrap().is_some() {}
    }
}

/// The keys of `citizen-voting`'s own tests for the parties of the poll.
fn keys(seed: u64) -> Keys {
    let mut keys = Keys::generate(&mut StdRng::seed_from_u64(seed));
    let seed = |key: SigningKey| *key.dangerous_seed().first_chunk::<32>().unwrap();
    keys.registrars = std::array::from_fn(|number| seed(registrar_key(number)));
    keys.relays = std::array::from_fn(|number| seed(relay_key(number)));
    keys.trustees = std::array::from_fn(|number| seed(trustee_key(number)));
    keys
}

fn ground(
    transport: Arc<dyn Transport>,
    anchor: &TrustAnchor,
    clock: &Arc<ManualClock>,
    dice: &Arc<AtomicU64>,
) -> Ground {
    let dice = Arc::clone(dice);
    Ground {
        transport,
        ledger: Url::parse(HERE).unwrap(),
        anchor: anchor.clone(),
        clock: clock.clone(),
        timer: Arc::new(NoWait),
        randomness: Arc::new(move || Box::new(StdRng::seed_from_u64(dice.fetch_add(1, Ordering::Relaxed)))),
    }
}

/// An issuer who knows as many residents as anybody asks for: their numbers are `SB-0` and so on.
fn issuer(ground: &Ground, keys: &Keys, certificates: &Certificates) -> Issuer {
    let resident = |number: usize| {
        serde_json::json!({
            "number": format!("SB-{number}"), "family_name": "김", "given_name": "시민", "birth_date": "1990-01-01",
            "district": "마포구", "neighbourhood": "합정동", "resident_since": "2000-01-01",
            "household_income_percent": 100, "working": true,
        })
    };
    let residents: Vec<_> = (0..200).map(resident).collect();
    let register = ResidentRegister::parse(&serde_json::to_string(&residents).unwrap()).unwrap();
    let certified = certificates.issuer.certified(&below(&ground.ledger, PATH)).unwrap();
    let secret = Secret32::take(Zeroizing::new(keys.issuer_secret));
    let party = ground.party(&keys.issuer, db());
    let rules = EligibilityRules::sandbox().unwrap();
    Issuer::new(party, certified, secret, register, rules).with_voters(Ground::voters(keys))
}

fn db() -> Db {
    Db::with_backend(Disk::default().backend(), Arc::new(citizen_primitives::NeverCut)).unwrap()
}

/// Routes without a limit that the machine's own clock measures.
fn unhurried() -> Gateway {
    let mut limits = Limits { longest: Duration::from_secs(86_400), ..Limits::default() };
    (limits.rate.burst, limits.rate.per_second) = (u32::MAX, u32::MAX);
    Gateway::default().with_limits(limits)
}

/// A relay that does not shuffle: what it brings stands in the order in which it came.
struct Unshuffled {
    line: Line,
    wires: Arc<Wires>,
    key: SigningKey,
    /// What was made of what: sent again, it is the same.
    made: Mutex<Vec<(Vec<u8>, SignedTransaction)>>,
}

#[async_trait]
impl Transport for Unshuffled {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if !request.url.path().ends_with("/ledger/transactions") {
            return self.line.send(request).await;
        }
        let asked: SubmitRequest = serde_json::from_slice(&request.body).unwrap();
        let transaction = self.in_order(asked.transaction.decode().unwrap());
        let body = serde_json::to_vec(&SubmitRequest { transaction: Bytes::of(&transaction) }).unwrap();
        self.line.send(Request { body, ..request }).await
    }
}

impl Unshuffled {
    fn in_order(&self, bytes: Vec<u8>) -> SignedTransaction {
        if let Some((_, known)) = self.made.lock().unwrap().iter().find(|(of, _)| *of == bytes) {
            return known.clone();
        }
        let (_, mut body) = SignedTransaction::decode(&bytes).unwrap();
        if let Action::Poll(PollAction::Bring { entries, .. }) = &mut body.action {
            let came = arrivals(&self.wires);
            let name =
                |entry: &BoardEntry| entry.leaf().ballot().map(|leaf| (leaf.voting_key, leaf.sequence));
            entries.sort_by_key(|entry| came.iter().position(|one| Some(*one) == name(entry)));
        }
        let made = body.signed(vec![self.key.sign(Label::Transaction, &body.signing_bytes())]);
        self.made.lock().unwrap().push((bytes, made.clone()));
        made
    }
}

/// The ballots in the order in which they came.
fn arrivals(wires: &Wires) -> Vec<(VotingKey, Sequence)> {
    let ballots = crate::evidence::ballots(&wires.seen());
    ballots.into_iter().map(|ballot| (ballot.leaf.voting_key, ballot.leaf.sequence)).collect()
}
