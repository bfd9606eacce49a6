//! A ledger with a poll on it: the embedded chain with a clock that is moved by hand, behind a gateway, and a client that trusts its
//! first header.

use crate::polling::city::{Citizen, KEYS};
use crate::polling::manifest::*;
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use citizen_client::transport::LONGEST_ANSWER;
use citizen_client::{
    Exchange, LedgerClient, Method, PublishedPoll, Request, Response, Transport, TransportError,
};
use citizen_keys::{Signed, SigningKey};
use citizen_ledger::poll::PollAction;
use citizen_ledger::{
    Action, Dated, Genesis, LightBlock, LightClient, Nonce, Parameters, Role, RoleRecord, Signer,
    TransactionBody, Trust, TrustAnchor, Validator, state_key,
};
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{
    Canonical as _, ChainId, Clock as _, Hash, Height, Label, Place, PollId, Seconds, Text, UnixTime, Won,
};
use citizen_voting::decryption::{DecryptionMemory, DecryptionShares};
use citizen_voting::issuance::IssuanceRow;
use citizen_voting::tally::{EncryptedTally, Tally};
use citizen_voting::{BoardEntry, ElectorateIndex, Poll};
use city_chain::{Chain as _, EmbeddedChain, Pace, ValidatorKey};
use city_gateway::{ChainDesk, Gateway};
use city_storage::faults::Disk;
use city_storage::{Options, Storage};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tower::ServiceExt as _;

pub(crate) const HERE: Place = Place::new("test/ask");
const DAY: u64 = 86_400;

/// A ledger on which polls are held.
pub(crate) struct Town {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) chain: Arc<EmbeddedChain>,
    nonce: AtomicU64,
}

fn office() -> SigningKey {
    SigningKey::from_seed(&[60; 32])
}

fn party(role: Role, key: &SigningKey) -> RoleRecord {
    RoleRecord {
        role,
        key: key.public(),
        sealing: None,
        name_ko: Text::default(),
        name_en: Text::default(),
        from: UnixTime::from_seconds(0),
        until: None,
    }
}

fn validators() -> Vec<ValidatorKey> {
    (1..=4).map(|seed| ValidatorKey::from_seed([seed; 32])).collect()
}

fn genesis() -> Genesis {
    let dated = |value| Dated { from: UnixTime::from_seconds(0), value, source: Text::default() };
    let mut roles = vec![party(Role::Governor, &SigningKey::from_seed(&[50; 32]))];
    roles.push(party(Role::ElectionOffice, &office()));
    roles.extend((0..REGISTRARS).map(|number| party(Role::Registrar, &registrar_key(number))));
    roles.extend((0..2).map(|number| party(Role::Relay, &relay_key(number))));
    roles.extend((0..TRUSTEES).map(|number| party(Role::Trustee, &trustee_key(number))));
    Genesis {
        chain_id: ChainId::new("seoul-test").unwrap(),
        time: UnixTime::from_seconds(OPENS - 3 * DAY),
        validators: validators().iter().map(|key| Validator { key: key.public(), power: 10 }).collect(),
        parameters: Parameters {
            validity_window: 100,
            longest_hold: Seconds::new(600),
            expiry_years: vec![dated(5)],
            cosign_above: vec![Dated {
                from: UnixTime::from_seconds(0),
                value: Won::new(300_000).unwrap(),
                source: Text::default(),
            }],
            governors: 1,
            account_rate: 100,
            stale_after: Seconds::new(60),
            rules: 1,
        },
        roles,
        programmes: vec![],
    }
}

impl Town {
    /// Before any poll.
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::at(UnixTime::from_seconds(OPENS - 2 * DAY)));
        let storage =
            Storage::open_with_backend(Disk::default().backend(), &genesis(), Options::default()).unwrap();
        let chain =
            EmbeddedChain::open(Arc::new(storage), validators(), clock.clone(), Pace::default()).unwrap();
        let town = Self { clock, chain: Arc::new(chain), nonce: AtomicU64::new(0) };
        town.settle();
        town
    }

    /// The poll is announced, its key is made.
    pub(crate) fn with_a_key() -> Self {
        let town = Self::new();
        town.accepts(&office(), PollAction::Announce(Box::new(manifest())));
        for message in &KEYS.messages {
            let (head, _) = message.dangerous_unverified_head().unwrap();
            let key = trustee_key(usize::from(head.trustee.number()) - 1);
            town.accepts(&key, PollAction::Speak(Box::new(message.clone())));
        }
        town.at(OPENS - DAY);
        town
    }

    pub(crate) fn settle(&self) {
        while self.chain.step().unwrap().is_some() {}
    }

    /// Moves on, and seals a header of that time.
    pub(crate) fn at(&self, seconds: u64) {
        self.clock.set(UnixTime::from_seconds(seconds));
        self.settle();
    }

    pub(crate) fn in_slot(&self, slot: u64) {
        self.at(OPENS + slot * SLOT + 1);
    }

    pub(crate) fn closed(&self) {
        self.at(OPENS + SLOTS * SLOT);
    }

    /// What became of an action: the code of its transaction.
    pub(crate) fn act(&self, key: &SigningKey, action: PollAction) -> u32 {
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.nonce.fetch_add(1, Ordering::SeqCst).to_le_bytes());
        let body = TransactionBody {
            chain_id: ChainId::new("seoul-test").unwrap(),
            valid_until: self.chain.status().latest.plus(50),
            nonce: Nonce::from_bytes(nonce),
            signer: Signer::Party { key: key.public() },
            action: Action::Poll(action),
        };
        let signature = key.sign(Label::Transaction, &body.signing_bytes());
        let id = match self.chain.submit(body.signed(vec![signature]).to_canonical()) {
            Ok(id) => id,
            Err(city_chain::SubmitError::Rejected(rejection)) => return rejection.code(),
            Err(error) => panic!("{error}"),
        };
        self.settle();
        self.chain.transaction(&id).unwrap().unwrap().2
    }

    pub(crate) fn accepts(&self, key: &SigningKey, action: PollAction) {
        assert_eq!(self.act(key, action), 0);
    }

    /// All registrars enter their rows.
    pub(crate) fn register(&self, citizens: &[Citizen]) {
        for registrar in 0..REGISTRARS {
            let rows = citizens.iter().map(|citizen| citizen.rows()[registrar]).collect();
            self.enter(registrar, rows);
        }
    }

    pub(crate) fn enter(&self, registrar: usize, rows: Vec<IssuanceRow>) {
        self.accepts(&registrar_key(registrar), PollAction::Issue { poll: POLL.id(), rows });
    }

    /// What becomes of a batch: 0 if anything of it stands.
    pub(crate) fn bring(&self, relay: usize, entries: Vec<BoardEntry>) -> u32 {
        self.act(&relay_key(relay), PollAction::Bring { poll: POLL.id(), entries })
    }

    /// A trustee's shares of what stands in the state.
    pub(crate) fn shares(&self, trustee: usize, electorate: ElectorateIndex) -> Signed<DecryptionShares> {
        let style = POLL.style(electorate, &KEYS.election.key).unwrap();
        let key = state_key::tally(&POLL.id(), electorate);
        let proven = self.chain.prove(&[key]).unwrap().unwrap();
        let kept = EncryptedTally::from_canonical(proven.state.values[0].value.as_ref().unwrap()).unwrap();
        let tally = Tally::restore(&style, &kept).unwrap();
        let memory = &mut DecryptionMemory::default();
        KEYS.shares[trustee].decrypt(&tally, 20, memory, &trustee_key(trustee)).unwrap()
    }

    /// Three trustees open an electorate's sums.
    pub(crate) fn open(&self, electorate: ElectorateIndex) {
        for trustee in [4, 0, 2] {
            let shares = self.shares(trustee, electorate);
            self.accepts(&trustee_key(trustee), PollAction::Open(Box::new(shares)));
        }
    }

    /// 22 citizens vote, one opens a ballot first, one votes again; three of the committee vote, too few for their sums to be opened.
    pub(crate) fn hold(&self) {
        let citizens: Vec<_> = (0..22).map(|person| Citizen::register(person, CITIZENS)).collect();
        let committee: Vec<_> = (30..33).map(|person| Citizen::register(person, COMMITTEE)).collect();
        self.register(&[citizens.clone(), committee.clone()].concat());
        self.in_slot(0);
        assert_eq!(self.bring(0, citizens[..12].iter().map(|citizen| citizen.cast(1)).collect()), 0);
        self.in_slot(2);
        let again = vec![citizens[1].cast(2), citizens[20].spoil(1), committee[0].cast(1)];
        assert_eq!(self.bring(1, again), 0);
        self.in_slot(4);
        let rest = citizens[12..].iter().map(|citizen| citizen.cast(2));
        assert_eq!(self.bring(0, rest.chain(committee[1..].iter().map(|c| c.cast(1))).collect()), 0);
        self.closed();
        self.open(CITIZENS);
    }

    pub(crate) fn router(&self) -> Router {
        let chain: Arc<EmbeddedChain> = Arc::clone(&self.chain);
        Gateway::default().with_ledger(Arc::new(ChainDesk::of(chain))).into_router()
    }

    /// Trust in its first header.
    pub(crate) fn anchor(&self) -> TrustAnchor {
        let first = self.chain.light_block(Some(Height::new(1))).unwrap().unwrap();
        let first = LightBlock::decode(&first).unwrap();
        TrustAnchor::dangerous_trust(&first, Trust::File, Seconds::new(180 * DAY))
    }

    pub(crate) fn light(&self) -> LightClient {
        LightClient::new(self.anchor())
    }

    /// A client of an honest gateway.
    pub(crate) fn client(&self) -> Arc<LedgerClient> {
        self.client_of(Wire::honest(self.router()))
    }

    pub(crate) fn client_of(&self, wire: Wire) -> Arc<LedgerClient> {
        let exchange = Exchange::new(Arc::new(wire), &"http://city.example".parse().unwrap());
        Arc::new(LedgerClient::new(exchange, self.light(), self.clock.clone()))
    }

    pub(crate) async fn published(&self) -> PublishedPoll {
        self.client().published_poll(HERE, POLL.id()).await.unwrap()
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.clock.now()
    }
}

/// What a gateway makes of an honest answer to a path.
pub(crate) type Lie = Box<dyn FnMut(&str, Vec<u8>) -> Vec<u8> + Send>;

/// A gateway in this process, which may lie.
pub(crate) struct Wire {
    router: Router,
    lie: Mutex<Lie>,
}

impl Wire {
    pub(crate) fn honest(router: Router) -> Self {
        Self::lying(router, |_, body| body)
    }

    pub(crate) fn lying(router: Router, lie: impl FnMut(&str, Vec<u8>) -> Vec<u8> + Send + 'static) -> Self {
        Self { router, lie: Mutex::new(Box::new(lie)) }
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let Request { method, url, body, .. } = request;
        let target = url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let verb = if method == Method::Get { "GET" } else { "POST" };
        let asked = axum::http::Request::builder().method(verb).uri(&target).body(Body::from(body)).unwrap();
        let answer = self.router.clone().oneshot(asked).await.unwrap();
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), LONGEST_ANSWER).await.unwrap().to_vec();
        Ok(Response { status, body: (self.lie.lock().unwrap())(&target, body) })
    }
}

/// The mark by which the ledger finds an entry: that of its voting key.
pub(crate) fn mark_of(citizen: &Citizen) -> Hash {
    Hash::plain(&[b"voting key", citizen.voting_key().as_bytes()])
}

pub(crate) fn poll_id() -> PollId {
    Poll::id(&POLL)
}
