//! A ledger on which a poll is held: five trustees, each with a disk, a wire and a knife of her own, and an office.

use crate::polling::city::Citizen;
use crate::polling::manifest::*;
use crate::polling::seeded::Seeded;
use crate::wires::Knife;
use async_trait::async_trait;
use citizen_client::api::{
    Bytes, ErrorAnswer, ErrorBody, LightBlockAnswer, LogLeafMessage, LogLeavesAnswer, StateAnswer,
    StateRequest, SubmitAnswer, SubmitRequest,
};
use citizen_client::{Exchange, LedgerClient, Request, Response, Transport, TransportError};
use citizen_keys::{Secret32, SigningKey};
use citizen_ledger::poll::{CeremonyMessages, PollAction, PollRecord};
use citizen_ledger::{
    Action, Dated, Genesis, LightBlock, LightClient, Nonce, Parameters, Role, RoleRecord, SignedTransaction,
    Signer, StateKey, TransactionBody, Trust, TrustAnchor, Validator, state_key,
};
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{
    Canonical, ChainId, Height, Injector as _, Label, PollId, Seconds, Text, UnixTime, Won,
};
use citizen_voting::ballot::{BallotStyle, Encryptor};
use citizen_voting::ceremony::{Message, Phase};
use citizen_voting::issuance::IssuanceRow;
use citizen_voting::manifest::Manifest;
use citizen_voting::{BallotSeed, BoardEntry, CastBallot, Poll, Sequence, SignedBallot};
use city_chain::{Chain as _, EmbeddedChain, Pace, SubmitError, ValidatorKey};
use city_services::trustee::{Conduct, Standing};
use city_services::{Db, Office, Party, Steps as _, Trustee};
use city_storage::faults::Disk;
use city_storage::{Options, Storage};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use zeroize::Zeroizing;

const DAY: u64 = 86_400;

/// Citizens with their tokens and rows: made once, because blind signatures take their time.
static REGISTERED: LazyLock<Vec<(Citizen, Vec<IssuanceRow>)>> = LazyLock::new(|| {
    let citizens = (0..21).map(|person| Citizen::register(person, CITIZENS));
    citizens.map(|citizen| (citizen.clone(), citizen.rows())).collect()
});

/// Who works here: the trustees by number, and the office.
pub(crate) const OFFICE: usize = TRUSTEES;

pub(crate) struct PollWorld {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) chain: Arc<EmbeddedChain>,
    pub(crate) wires: Vec<Arc<Wire>>,
    disks: Vec<Disk>,
    pub(crate) conduct: [Conduct; TRUSTEES],
    /// Trustees who never come back.
    pub(crate) dead: BTreeSet<usize>,
    running: Vec<Option<Arc<Trustee>>>,
    pub(crate) office: Option<Arc<Office>>,
    anchor: TrustAnchor,
    nonce: AtomicU64,
}

/// One party's wire to the ledger. Every send passes its knife; what is sent is noted.
pub(crate) struct Wire {
    chain: Arc<EmbeddedChain>,
    pub(crate) knife: Arc<Knife>,
    /// What the party has ever said in a ceremony or opened, by round or electorate.
    said: Mutex<BTreeMap<String, BTreeSet<Vec<u8>>>>,
    /// Whether the gateway shows a board from which the last ballot was taken, and one put in twice.
    pub(crate) lies: AtomicBool,
}

pub(crate) fn office_key() -> SigningKey {
    SigningKey::from_seed(&[60; 32])
}

fn role(role: Role, key: &SigningKey, sealing: Option<[u8; 32]>, number: usize) -> RoleRecord {
    RoleRecord {
        role,
        key: key.public(),
        sealing,
        name_ko: Text::new(&format!("기관 {number}")).unwrap(),
        name_en: Text::new(&format!("{} {number}", role.name())).unwrap(),
        from: UnixTime::from_seconds(0),
        until: None,
    }
}

fn genesis() -> Genesis {
    let dated = |value| Dated { from: UnixTime::default(), value, source: Text::default() };
    let trustee = |number: usize| {
        let sealing = *sealing_key(number).public().as_bytes();
        role(Role::Trustee, &trustee_key(number), Some(sealing), number)
    };
    let roles = (0..TRUSTEES).map(trustee);
    let registrars = (0..REGISTRARS).map(|n| role(Role::Registrar, &registrar_key(n), None, n));
    // The third relay is one no more: it is in the registry and in no manifest.
    let until = |n| (n == 2).then(|| UnixTime::from_seconds(OPENS - 3 * DAY));
    let relay = |n| RoleRecord { until: until(n), ..role(Role::Relay, &relay_key(n), None, n) };
    let relays = (0..3).map(relay);
    let governor = SigningKey::from_seed(&[62; 32]);
    let office =
        [role(Role::ElectionOffice, &office_key(), None, 0), role(Role::Governor, &governor, None, 0)];
    Genesis {
        chain_id: ChainId::new("seoul-test").unwrap(),
        time: UnixTime::from_seconds(OPENS - 2 * DAY),
        validators: vec![Validator { key: ValidatorKey::from_seed([1; 32]).public(), power: 10 }],
        parameters: Parameters {
            validity_window: 100,
            longest_hold: Seconds::new(600),
            expiry_years: vec![Dated { from: UnixTime::default(), value: 5, source: Text::default() }],
            cosign_above: vec![dated(Won::new(1_000_000).unwrap())],
            governors: 1,
            account_rate: 10_000,
            stale_after: Seconds::new(60),
            rules: 1,
        },
        roles: roles.chain(registrars).chain(relays).chain(office).collect(),
        programmes: Vec::new(),
    }
}

impl PollWorld {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::at(UnixTime::from_seconds(OPENS - 2 * DAY)));
        let options = Options { cache: 1024 * 1024, ..Options::default() };
        let storage = Storage::open_with_backend(Disk::default().backend(), &genesis(), options).unwrap();
        let keys = vec![ValidatorKey::from_seed([1; 32])];
        let chain = EmbeddedChain::open(Arc::new(storage), keys, clock.clone(), Pace::default()).unwrap();
        let chain = Arc::new(chain);
        clock.advance(1);
        chain.step().unwrap();
        let first = LightBlock::decode(&chain.light_block(None).unwrap().unwrap()).unwrap();
        let anchor = TrustAnchor::dangerous_trust(&first, Trust::File, Seconds::new(180 * DAY));
        let wire = |_| {
            Arc::new(Wire {
                chain: chain.clone(),
                knife: Arc::default(),
                said: Mutex::default(),
                lies: AtomicBool::new(false),
            })
        };
        Self {
            wires: (0..=TRUSTEES).map(wire).collect(),
            disks: (0..=TRUSTEES).map(|_| Disk::default()).collect(),
            conduct: [Conduct::Honest; TRUSTEES],
            dead: BTreeSet::new(),
            running: (0..TRUSTEES).map(|_| None).collect(),
            office: None,
            clock,
            chain,
            anchor,
            nonce: AtomicU64::new(0),
        }
    }

    fn party(&self, number: usize, key: SigningKey) -> Party {
        let wire = self.wires[number].clone();
        let db = Db::with_backend(self.disks[number].backend(), wire.knife.clone()).unwrap();
        let transport: Arc<dyn Transport> = wire;
        let exchange = Exchange::new(transport, &"http://ledger/".parse().unwrap());
        let ledger = LedgerClient::new(exchange, LightClient::new(self.anchor.clone()), self.clock.clone());
        let start = self.nonce.fetch_add(1, Ordering::SeqCst);
        Party::new(key, db, ledger, self.clock.clone(), Box::new(Seeded::new(&format!("{number} {start}"))))
    }

    pub(crate) fn trustee(&mut self, number: usize) -> Arc<Trustee> {
        if self.running[number].is_none() {
            let party = self.party(number, trustee_key(number));
            let trustee = Trustee::new(party, sealing_key(number));
            trustee.set_conduct(self.conduct[number]);
            self.running[number] = Some(Arc::new(trustee));
        }
        self.running[number].clone().unwrap()
    }

    pub(crate) fn open_office(&mut self) -> Arc<Office> {
        if self.office.is_none() {
            let secret = Secret32::take(Zeroizing::new([61; 32]));
            self.office = Some(Arc::new(Office::new(self.party(OFFICE, office_key()), secret)));
        }
        self.office.clone().unwrap()
    }

    /// The power of everybody who was cut off fails and comes back; what was not synced is gone.
    pub(crate) fn revive(&mut self) {
        for number in 0..=TRUSTEES {
            if self.wires[number].knife.take_dead().is_empty() {
                continue;
            }
            if number == OFFICE {
                self.office = None;
            } else {
                self.running[number] = None;
            }
            self.disks[number].crash(|| false);
        }
    }

    /// A second passes, and the ledger seals what there is to seal.
    pub(crate) fn seal(&self) {
        self.clock.advance(1);
        while self.chain.step().unwrap().is_some() {}
    }

    /// Everybody who lives takes a step, so many times.
    pub(crate) async fn work(&mut self, rounds: u32) {
        for _ in 0..rounds {
            self.revive();
            self.seal();
            for number in 0..TRUSTEES {
                if !self.dead.contains(&number) {
                    // Who is cut off has her error, and is started again in the next round.
                    let _ = self.trustee(number).step().await;
                }
            }
        }
        self.revive();
        self.seal();
    }

    pub(crate) fn at(&self, time: u64) {
        self.clock.set(UnixTime::from_seconds(time));
        // An idle ledger seals by its clock; the next header shows what the one before has changed.
        self.seal();
        self.clock.advance(10);
        self.seal();
    }

    pub(crate) fn submit(&self, key: &SigningKey, action: PollAction) {
        let nonce = self.nonce.fetch_add(1, Ordering::SeqCst);
        let body = TransactionBody {
            chain_id: self.chain.status().chain_id,
            valid_until: self.chain.status().latest.plus(50),
            nonce: Nonce::from_bytes([nonce.to_le_bytes(), nonce.to_le_bytes()].concat().try_into().unwrap()),
            signer: Signer::Party { key: key.public() },
            action: Action::Poll(action),
        };
        let transaction = body.signed(vec![key.sign(Label::Transaction, &body.signing_bytes())]);
        let id = self.chain.submit(transaction.to_canonical()).unwrap();
        self.seal();
        assert_eq!(self.chain.transaction(&id).unwrap().unwrap().2, 0);
    }

    pub(crate) fn announce(&self, manifest: Manifest) {
        self.submit(&office_key(), PollAction::Announce(Box::new(manifest)));
    }

    /// The ceremony, whoever is silent or dead in it.
    pub(crate) async fn hold_ceremony(&mut self) {
        self.announce(manifest());
        self.work(12).await;
    }

    /// So many citizens register and cast, under the key that the trustees have made; the last one casts twice.
    pub(crate) fn cast(&self, citizens: u32) {
        let style = self.style();
        let all = &REGISTERED[..usize::try_from(citizens).unwrap()];
        self.at(OPENS - DAY);
        for registrar in 0..REGISTRARS {
            let rows = all.iter().map(|(_, rows)| rows[registrar]).collect();
            self.submit(&registrar_key(registrar), PollAction::Issue { poll: POLL.id(), rows });
        }
        self.at(OPENS);
        let mut entries: Vec<_> = all.iter().map(|(citizen, _)| ballot(&style, citizen, 1)).collect();
        self.submit(&relay_key(0), PollAction::Bring { poll: POLL.id(), entries: entries.clone() });
        entries = vec![ballot(&style, &all.last().unwrap().0, 2)];
        self.submit(&relay_key(1), PollAction::Bring { poll: POLL.id(), entries });
    }

    pub(crate) fn close(&self) {
        self.at(OPENS + SLOTS * SLOT);
    }

    pub(crate) fn read<T: Canonical>(&self, key: StateKey) -> Option<T> {
        let proven = self.chain.prove(&[key]).unwrap().unwrap();
        proven.state.values[0].value.as_deref().map(|bytes| T::from_canonical(bytes).unwrap())
    }

    pub(crate) fn record(&self, poll: &PollId) -> PollRecord {
        self.read(state_key::poll(poll)).unwrap()
    }

    pub(crate) fn ceremony(&self, poll: &Poll) -> Phase {
        let said: CeremonyMessages = self.read(state_key::ceremony(&poll.id())).unwrap_or_default();
        let mut ceremony = citizen_voting::ceremony::Ceremony::new(poll.ceremony().unwrap());
        said.0.iter().for_each(|message| ceremony.take(message).unwrap());
        ceremony.phase()
    }

    fn style(&self) -> BallotStyle {
        let Phase::Done(election) = self.ceremony(&POLL) else { panic!("{:?}", self.ceremony(&POLL)) };
        POLL.style(CITIZENS, &election.key).unwrap()
    }

    pub(crate) fn standing(&mut self, number: usize) -> Option<Standing> {
        self.trustee(number).standing(&POLL.id()).unwrap()
    }

    /// Nobody has ever said two things in one round, or opened two sums of one electorate (TRUSTEE-1).
    pub(crate) fn nobody_said_two_things(&self) {
        for wire in &self.wires {
            for (what, said) in wire.said.lock().unwrap().iter() {
                assert_eq!(said.len(), 1, "{what}");
            }
        }
    }
}

fn ballot(style: &BallotStyle, citizen: &Citizen, sequence: u32) -> BoardEntry {
    let (key, sequence) = (citizen.signing_key(), Sequence::new(sequence));
    let rng = &mut Seeded::new(&format!("{} {sequence}", citizen.person));
    let seed = BallotSeed::generate(rng, &key, POLL.id(), sequence);
    let ballot = Encryptor::new(style).encrypt(&seed, citizen.voting_key(), sequence, &citizen.choices());
    let ballot = SignedBallot::sign(ballot.unwrap(), &key);
    BoardEntry::Cast(CastBallot { ballot, token: citizen.token.clone() })
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.knife.before(request.place).map_err(|_| TransportError::Stopped)?;
        let path = request.url.path().trim_start_matches("/v1/ledger/").to_owned();
        let answer = self.answer(&path, request.url.query(), &request.body);
        let response = match answer {
            Ok(body) => Response { status: 200, body },
            Err((status, code, rejection)) => {
                let (ko, en) = (String::new(), String::new());
                let error = ErrorBody { code: code.to_owned(), ko, en, rejection };
                Response { status, body: json(&ErrorAnswer { error }) }
            }
        };
        self.knife.after(request.place).map_err(|_| TransportError::Stopped)?;
        Ok(response)
    }
}

type Refused = (u16, &'static str, Option<u32>);

impl Wire {
    fn answer(&self, path: &str, query: Option<&str>, body: &[u8]) -> Result<Vec<u8>, Refused> {
        let missing = (404, "not-found", None);
        match path.split('/').collect::<Vec<_>>()[..] {
            ["light-blocks", at] => {
                let block = self.chain.light_block(at.parse().ok().map(Height::new)).unwrap();
                Ok(json(&LightBlockAnswer { light_block: Bytes::new(&block.ok_or(missing)?) }))
            }
            ["state"] => {
                let asked: StateRequest = serde_json::from_slice(body).unwrap();
                let key = |key: &Bytes| StateKey::from_bytes(key.decode().unwrap());
                let keys: Vec<_> = asked.keys.iter().map(key).collect();
                assert!(keys.len() <= 32, "a gateway takes no more at once");
                let proven = self.chain.prove(&keys).unwrap().ok_or(missing)?;
                let (light_block, state) = (Bytes::new(&proven.light_block), Bytes::of(&proven.state));
                Ok(json(&StateAnswer { light_block, state }))
            }
            ["transactions"] => {
                let asked: SubmitRequest = serde_json::from_slice(body).unwrap();
                let bytes = asked.transaction.decode().unwrap();
                self.note(&SignedTransaction::from_canonical(&bytes).unwrap());
                match self.chain.submit(bytes) {
                    Ok(id) => Ok(json(&SubmitAnswer { id: id.to_hex() })),
                    Err(SubmitError::Rejected(rejection)) => Err((422, "rejected", Some(rejection.code()))),
                    Err(_) => Err((503, "unavailable", None)),
                }
            }
            ["logs", log, "leaves"] => {
                let from = query.and_then(|query| query.strip_prefix("from=")).unwrap().parse().unwrap();
                let log: Bytes = serde_json::from_value(log.into()).unwrap();
                Ok(json(&self.leaves(&StateKey::from_bytes(log.decode().unwrap()), from)))
            }
            ref other => panic!("no route {other:?}"),
        }
    }

    /// Seven leaves at a time: boards are read in pages.
    fn leaves(&self, log: &StateKey, from: u64) -> LogLeavesAnswer {
        let mut leaves = self.chain.leaves(log, from, 7, 1 << 20).unwrap();
        if self.lies.load(Ordering::SeqCst) && *log == state_key::board(&POLL.id()) && from > 0 {
            let first = self.chain.leaves(log, 1, 1, 1 << 20).unwrap().remove(0);
            if let Some(last) = leaves.last_mut() {
                *last = first;
            }
        }
        let message = |leaf: city_storage::LogLeaf| LogLeafMessage {
            leaf: Bytes::new(&leaf.bytes),
            content: Bytes::new(&leaf.content),
        };
        LogLeavesAnswer { leaves: leaves.into_iter().map(message).collect() }
    }

    fn note(&self, transaction: &SignedTransaction) {
        let body = TransactionBody::from_canonical(&transaction.body).unwrap();
        let Action::Poll(action) = body.action else { return };
        let (what, bytes) = match action {
            PollAction::Speak(message) => (round(&message), message.to_canonical()),
            PollAction::Open(shares) => {
                let said = shares.dangerous_unverified().unwrap();
                (format!("opens {} {}", said.poll, said.electorate), shares.to_canonical())
            }
            _ => return,
        };
        self.said.lock().unwrap().entry(what).or_default().insert(bytes);
    }
}

fn round(message: &Message) -> String {
    let (head, round) = message.dangerous_unverified_head().unwrap();
    format!("{} {round:?}", head.poll)
}

fn json<T: Serialize>(answer: &T) -> Vec<u8> {
    serde_json::to_vec(answer).unwrap()
}
