//! A city for the tests: a ledger with a stopped clock, three parties with a disk each.

use crate::polling::manifest::{REGISTRARS, TRUSTEES, registrar_key, relay_key, trustee_key};
use crate::wires::{Knife, Parties, Wires};
use citizen_client::{Exchange, LedgerClient, NoWait, Transport};
use citizen_coin::{AccountRecord, LapsedRefund, Limits};
use citizen_keys::{SealingKey, Secret32, SigningKey};
use citizen_ledger::{
    Action, Dated, Genesis, Govern, LightBlock, LightClient, Nonce, Parameters, PaymentRules, RedemptionRule,
    Role, RoleRecord, SignedTransaction, Signer, StateKey, TransactionBody, Trust, TrustAnchor, Validator,
    state_key,
};
use citizen_payment::PaymentRecord;
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{
    AccountId, Canonical, ChainId, Injector, Label, MerchantId, NeverCut, PaymentId, Points, Seconds, Text,
    UnixTime, Won,
};
use city_chain::{Chain as _, EmbeddedChain, Pace, ValidatorKey};
use city_services::centre::{BankAddress, LARGEST_PART, default_merchants};
use city_services::treasury::{Register, default_programmes};
use city_services::{Bank, Centre, Certified, Db, Party, Registrar, Relay, Steps as _, Treasury};
use city_storage::faults::Disk;
use city_storage::{Options, Storage};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

/// 2026-11-21 09:00 in Seoul.
pub(crate) const GENESIS: UnixTime = UnixTime::from_seconds(1_795_219_200);
/// What a won account opens with.
pub(crate) const OPENING: u64 = 100_000;
/// The merchant the tests pay.
pub(crate) const BAKERY: &str = "1000001";

/// The register: facts of everybody, and more energy saved than a year's cap allows.
const REGISTER: &str = r#"[
    {"programme": "etax", "evidence": "bill-2026-08", "fact": {"kind": "bill", "on_time": false}},
    {"programme": "etax", "evidence": "bill-2026-09", "fact": {"kind": "bill", "on_time": true}},
    {"programme": "etax", "evidence": "bill-2026-10", "fact": {"kind": "bill", "on_time": true}},
    {"programme": "poll", "evidence": "poll-night-buses", "fact": {"kind": "poll", "answered": true}},
    {"programme": "eco", "evidence": "eco-2025-h1", "fact": {"kind": "savings", "percent": 15}},
    {"programme": "eco", "evidence": "eco-2025-h2", "fact": {"kind": "savings", "percent": 16}},
    {"programme": "eco", "evidence": "eco-2026-h1", "fact": {"kind": "savings", "percent": 7}}
]"#;

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) wires: Arc<Wires>,
    disks: Mutex<BTreeMap<&'static str, Disk>>,
    pub(crate) anchor: TrustAnchor,
    largest_part: usize,
    /// By which certificate the centre asks for the citizen card, and over which wires it looks at what it is shown.
    pub(crate) counter: Mutex<Option<Counter>>,
    /// The same of the registrar.
    pub(crate) registrar_counter: Mutex<Option<Counter>>,
}

pub(crate) type Counter = Box<dyn Fn() -> (Certified, Arc<dyn Transport>) + Send>;

pub(crate) fn chain_id() -> ChainId {
    ChainId::new("seoul-test-1").unwrap()
}

pub(crate) fn won(amount: u64) -> Won {
    Won::new(amount).unwrap()
}

pub(crate) fn points(amount: u64) -> Points {
    Points::new(amount).unwrap()
}

pub(crate) fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

pub(crate) fn merchant() -> MerchantId {
    MerchantId::new(BAKERY).unwrap()
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn sealing() -> SealingKey {
    SealingKey::from_secret(&Secret32::take(Zeroizing::new([31; 32])))
}

pub(crate) fn role(role: Role) -> RoleRecord {
    let seed = match role {
        Role::Governor => 20,
        Role::Centre => 21,
        Role::Bank => 22,
        Role::Treasury => 23,
        Role::ElectionOffice => 24,
        Role::Registrar => 25,
        Role::Relay => 26,
        Role::Trustee => 27,
        Role::RecoveryOfficer => 28,
        Role::Organisation => 29,
    };
    RoleRecord {
        role,
        key: key(seed).public(),
        sealing: (role == Role::Centre).then(|| *sealing().public().as_bytes()),
        name_ko: text("기관"),
        name_en: text(role.name()),
        from: GENESIS,
        until: None,
    }
}

/// The parties of the tests' poll, under the keys of `citizen-voting`'s.
fn poll_roles() -> impl Iterator<Item = RoleRecord> {
    let registrars = (0..REGISTRARS).map(|number| (Role::Registrar, registrar_key(number)));
    let relays = (0..2).map(|number| (Role::Relay, relay_key(number)));
    let trustees = (0..TRUSTEES).map(|number| (Role::Trustee, trustee_key(number)));
    registrars.chain(relays).chain(trustees).map(|(of, key)| RoleRecord {
        key: key.public(),
        sealing: (of == Role::Registrar).then(|| *sealing().public().as_bytes()),
        ..role(of)
    })
}

fn genesis() -> Genesis {
    let dated = |value| Dated { from: UnixTime::default(), value, source: text("test") };
    let granter = role(Role::Treasury).id();
    Genesis {
        chain_id: chain_id(),
        time: GENESIS,
        validators: vec![Validator { key: ValidatorKey::from_seed([1; 32]).public(), power: 10 }],
        parameters: Parameters {
            validity_window: 100,
            longest_hold: Seconds::new(600),
            expiry_years: vec![Dated { from: UnixTime::default(), value: 5, source: text("test") }],
            cosign_above: vec![dated(won(1_000_000))],
            governors: 1,
            account_rate: 10_000,
            stale_after: Seconds::new(60),
            rules: 1,
        },
        roles: Role::ALL.map(role).into_iter().chain(poll_roles()).collect(),
        programmes: default_programmes().unwrap().iter().map(|programme| programme.record(granter)).collect(),
    }
}

impl World {
    /// A city with its merchants, and one block.
    pub(crate) fn new() -> Self {
        Self::with_largest_part(LARGEST_PART)
    }

    /// With a centre that puts so many merchants into one part of a day.
    pub(crate) fn with_largest_part(largest_part: usize) -> Self {
        let clock = Arc::new(ManualClock::at(GENESIS));
        let options = Options { cache: 1024 * 1024, ..Options::default() };
        let storage = Storage::open_with_backend(Disk::default().backend(), &genesis(), options).unwrap();
        let keys = vec![ValidatorKey::from_seed([1; 32])];
        let chain = EmbeddedChain::open(Arc::new(storage), keys, clock.clone(), Pace::default()).unwrap();
        let chain = Arc::new(chain);
        clock.advance(1);
        chain.step().unwrap();
        let first = LightBlock::decode(&chain.light_block(None).unwrap().unwrap()).unwrap();
        let anchor = TrustAnchor::dangerous_trust(&first, Trust::File, Seconds::new(180 * 86_400));
        let wires = Arc::new(Wires {
            chain,
            parties: Parties::default().into(),
            knife: Arc::new(Knife::default()),
            down: Default::default(),
            silent: Default::default(),
            told: Default::default(),
            sent: Default::default(),
            forged: Default::default(),
            swallows: Default::default(),
        });
        let all = ["bank", "centre", "treasury", "registrar", "relay", "relay-2"];
        let disks = Mutex::new(all.map(|name| (name, Disk::default())).into());
        let world = Self {
            clock,
            wires,
            disks,
            anchor,
            largest_part,
            counter: Mutex::default(),
            registrar_counter: Mutex::default(),
        };
        for name in all {
            world.start(name);
        }
        world.centre().register(&default_merchants().unwrap()).unwrap();
        world
    }

    /// The governor decides the rules of payments.
    pub(crate) fn decide_rules(&self) {
        let dated = |value| Dated { from: UnixTime::default(), value, source: text("test") };
        let limits =
            Limits { per_payment: won(2_000_000), per_day: won(3_000_000), per_month: won(10_000_000) };
        let rules = PaymentRules {
            limits: vec![dated(limits)],
            refundable: vec![Dated {
                from: UnixTime::default(),
                value: Seconds::new(90 * 86_400),
                source: text("test"),
            }],
            lapsed_refund: vec![Dated {
                from: UnixTime::default(),
                value: LapsedRefund::StayExpired,
                source: text("test"),
            }],
            redemption: vec![Dated {
                from: UnixTime::default(),
                value: RedemptionRule { step: points(10_000), most: points(50_000) },
                source: text("test"),
            }],
        };
        let governor = key(20);
        let body = TransactionBody {
            chain_id: chain_id(),
            valid_until: self.wires.chain.status().latest.plus(50),
            nonce: Nonce::from_bytes([5; 16]),
            signer: Signer::Governors { keys: vec![governor.public()] },
            action: Action::Govern(Govern::SetPaymentRules(rules)),
        };
        self.submit(&body.signed(vec![governor.sign(Label::Transaction, &body.signing_bytes())]));
    }

    pub(crate) fn bank(&self) -> Arc<Bank> {
        self.wires.parties.lock().unwrap().bank.clone().unwrap()
    }

    pub(crate) fn centre(&self) -> Arc<Centre> {
        self.wires.parties.lock().unwrap().centre.clone().unwrap()
    }

    pub(crate) fn treasury(&self) -> Arc<Treasury> {
        self.wires.parties.lock().unwrap().treasury.clone().unwrap()
    }

    pub(crate) fn registrar(&self) -> Arc<Registrar> {
        self.wires.parties.lock().unwrap().registrar.clone().unwrap()
    }

    /// One of the two relays.
    pub(crate) fn relay(&self, number: usize) -> Arc<Relay> {
        self.wires.parties.lock().unwrap().relays[number].clone().unwrap()
    }

    /// Starts a party from what is on its disk.
    fn start(&self, name: &str) {
        let mut parties = self.wires.parties.lock().unwrap();
        match name {
            "bank" => {
                let bank = Bank::new(self.party(name, key(22)), won(OPENING), Arc::new(NoWait));
                parties.bank = Some(Arc::new(bank));
            }
            "centre" => {
                let bank = BankAddress { key: role(Role::Bank).id(), exchange: self.exchange("bank") };
                let centre = Centre::new(self.party(name, key(21)), sealing(), bank)
                    .with_largest_part(self.largest_part);
                let counter = self.counter.lock().unwrap().as_ref().map(|counter| counter());
                parties.centre = Some(Arc::new(match counter {
                    Some((certified, transport)) => centre.with_card(certified, transport),
                    None => centre,
                }));
            }
            "registrar" => {
                let party = self.party(name, registrar_key(0));
                let registrar = Registrar::new(party, sealing());
                let counter = self.registrar_counter.lock().unwrap().as_ref().map(|counter| counter());
                let secret = Secret32::take(Zeroizing::new([45; 32]));
                parties.registrar = Some(Arc::new(match counter {
                    Some((certified, transport)) => registrar.with_card(certified, secret, transport),
                    None => registrar,
                }));
            }
            "relay" => parties.relays[0] = Some(Arc::new(Relay::new(self.party(name, relay_key(0))))),
            "relay-2" => parties.relays[1] = Some(Arc::new(Relay::new(self.party(name, relay_key(1))))),
            _ => {
                let secret = Secret32::take(Zeroizing::new([33; 32]));
                let (programmes, register) =
                    (default_programmes().unwrap(), Register::parse(REGISTER).unwrap());
                let treasury = Treasury::new(self.party("treasury", key(23)), secret, programmes, register);
                parties.treasury = Some(Arc::new(treasury));
            }
        }
    }

    fn party(&self, name: &str, key: SigningKey) -> Party {
        let backend = self.disks.lock().unwrap()[name].backend();
        // The second relay has the first one's places, and is never cut off.
        let injector: Arc<dyn Injector> =
            if name == "relay-2" { Arc::new(NeverCut) } else { self.wires.knife.clone() };
        let db = Db::with_backend(backend, injector).unwrap();
        let ledger = LedgerClient::new(
            self.exchange(if name == "relay-2" { "uncut-ledger" } else { "ledger" }),
            LightClient::new(self.anchor.clone()),
            self.clock.clone(),
        );
        let height = self.wires.chain.status().latest.value();
        let seed = u64::from(key.id().as_bytes()[0]);
        let rng = StdRng::seed_from_u64(seed + 1_000 * height);
        Party::new(key, db, ledger, self.clock.clone(), Box::new(rng))
    }

    pub(crate) fn exchange(&self, host: &str) -> Exchange {
        let transport: Arc<dyn Transport> = self.wires.clone();
        Exchange::new(transport, &format!("http://{host}/").parse().unwrap())
    }

    /// The power of every party that was cut off fails and comes back; what was not synced is gone.
    pub(crate) fn revive(&self) {
        for name in self.wires.knife.take_dead() {
            {
                let mut parties = self.wires.parties.lock().unwrap();
                match name.as_str() {
                    "bank" => parties.bank = None,
                    "centre" => parties.centre = None,
                    "registrar" => parties.registrar = None,
                    "relay" => parties.relays[0] = None,
                    _ => parties.treasury = None,
                }
            }
            self.disks.lock().unwrap()[name.as_str()].crash(|| false);
            self.start(&name);
        }
    }

    /// The centre stops in good order, and starts again.
    pub(crate) fn restart_centre(&self) {
        self.wires.parties.lock().unwrap().centre = None;
        self.start("centre");
    }

    /// The registrar stops in good order, and starts again.
    pub(crate) fn restart_registrar(&self) {
        self.wires.parties.lock().unwrap().registrar = None;
        self.start("registrar");
    }

    /// A party loses its disk and starts with an empty one.
    pub(crate) fn forget(&self, name: &'static str) {
        self.disks.lock().unwrap().insert(name, Disk::default());
        self.start(name);
    }

    /// A second passes, and the ledger seals what there is to seal, up to where it can be proved.
    pub(crate) fn seal(&self) {
        self.clock.advance(1);
        while self.wires.chain.step().unwrap().is_some() {}
    }

    /// Time passes on an idle ledger.
    pub(crate) fn pass(&self, seconds: u64) {
        for _ in 0..seconds.div_ceil(10) {
            self.clock.advance(9);
            self.seal();
        }
    }

    /// Lets everybody work until nothing is open any more, or for so many rounds.
    pub(crate) async fn work(&self, rounds: u32) {
        for _ in 0..rounds {
            self.revive();
            self.seal();
            // A party that is cut off has its error; it is started again in the next round.
            let centre = self.centre().step().await;
            let treasury = self.treasury().step().await;
            if matches!((centre, treasury), (Ok(a), Ok(b)) if a.open == 0 && b.open == 0) {
                return;
            }
        }
    }

    pub(crate) fn submit(&self, transaction: &SignedTransaction) {
        self.wires.chain.submit(transaction.to_canonical()).unwrap();
        self.seal();
    }

    pub(crate) fn read<T: Canonical>(&self, key: StateKey) -> Option<T> {
        let proven = self.wires.chain.prove(&[key]).unwrap().unwrap();
        proven.state.values[0].value.as_deref().map(|bytes| T::from_canonical(bytes).unwrap())
    }

    pub(crate) fn account(&self, id: &AccountId) -> AccountRecord {
        self.read(state_key::account(id)).unwrap()
    }

    /// Points the account can spend.
    pub(crate) fn spendable(&self, id: &AccountId) -> u64 {
        self.account(id).lots.total().unwrap().amount()
    }

    pub(crate) fn record(&self, payment: &PaymentId) -> Option<PaymentRecord> {
        self.read(state_key::payment(payment))
    }

    pub(crate) async fn stage(&self, payment: &PaymentId) -> String {
        self.centre().payment(*payment).await.unwrap().stage
    }
}
