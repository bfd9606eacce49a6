//! A whole city in this process, on a clock that is moved by hand: every party is real and behind its own routes.

use crate::phone::Dice;
use citizen_client::api::PartiesAnswer;
use citizen_client::{Exchange, NoWait, Transport, TrustFile};
use citizen_coin::AccountRecord;
use citizen_ledger::{LightBlock, Trust, TrustAnchor, state_key};
use citizen_payment::{PaymentRecord, PaymentState};
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{AccountId, Canonical as _, Clock, Height, PaymentId, UnixTime};
use citizen_wallet::{Randomness as _, SystemRandomness, Timer};
use city_chain::{Chain as _, EmbeddedChain, Pace, ValidatorKey};
use city_gateway::{ChainDesk, Gateway};
use city_sandbox::genesis::genesis;
use city_sandbox::in_process::InProcess;
use city_sandbox::keys::Keys;
use city_sandbox::node::TRUSTING_PERIOD;
use city_sandbox::parties::{Ground, hints};
use city_sandbox::remote::Remote;
use city_services::{Bank, Centre, Db, Steps as _, Treasury};
use city_storage::{Options, Storage};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use url::Url;

/// 2026-11-21, 09:00 in Seoul.
pub const DAWN: UnixTime = UnixTime::from_seconds(1_795_219_200);

/// What an account's record says at one height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Funds {
    pub points: u64,
    pub held: u64,
}

pub struct Town {
    pub clock: Arc<ManualClock>,
    pub net: Arc<InProcess>,
    pub keys: Keys,
    pub chain: Arc<EmbeddedChain>,
    pub bank: Arc<Bank>,
    pub centre: Arc<Centre>,
    treasury: Arc<Treasury>,
    /// The city's own state, by the height of the header under which it is proved.
    funds: Mutex<BTreeMap<u64, Funds>>,
    account: Mutex<Option<AccountId>>,
    is_centre_gone: AtomicBool,
    _folder: TempDir,
}

pub fn url() -> Url {
    Url::parse("http://city.test/").unwrap()
}

/// The keys of a town, by its seed.
pub fn keys(seed: u64) -> Keys {
    Keys::generate(&mut *Dice::of(seed).generator())
}

impl Town {
    pub fn found(seed: u64) -> Arc<Self> {
        Self::named(seed, None)
    }

    /// A town whose ledger bears another one's name, if one is given.
    pub fn named(seed: u64, name: Option<&str>) -> Arc<Self> {
        let keys = keys(seed);
        let mut genesis = genesis(&keys, DAWN).unwrap();
        if let Some(name) = name {
            genesis.chain_id = citizen_primitives::ChainId::new(name).unwrap();
        }
        let clock = Arc::new(ManualClock::at(DAWN));
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let storage = Storage::open(&file("ledger"), &genesis, Options::default()).unwrap();
        let validators = keys.validators.iter().map(|seed| ValidatorKey::from_seed(*seed)).collect();
        let pace = Pace::default();
        let chain =
            Arc::new(EmbeddedChain::open(Arc::new(storage), validators, clock.clone(), pace).unwrap());
        chain.step().unwrap();
        let net = Arc::new(InProcess::default());
        let ground = Ground {
            transport: net.clone(),
            ledger: url(),
            anchor: anchor(&chain, 1),
            clock: clock.clone(),
            timer: Arc::new(NoWait),
            randomness: Arc::new(|| SystemRandomness.generator()),
        };
        let db = |name: &str| Db::open(&file(name)).unwrap();
        let bank = Arc::new(ground.bank(&keys, db("bank")).unwrap());
        let address = Url::parse("http://bank.test/").unwrap();
        let centre = Arc::new(ground.centre(&keys, db("centre"), &address).unwrap());
        let treasury = Arc::new(ground.treasury(&keys, db("treasury")).unwrap());
        let town = Self {
            clock,
            net,
            keys,
            chain,
            bank,
            centre,
            treasury,
            funds: Mutex::default(),
            account: Mutex::default(),
            is_centre_gone: AtomicBool::new(false),
            _folder: folder,
        };
        town.open();
        Arc::new(town)
    }

    /// Everybody at their address.
    fn open(&self) {
        self.open_bank();
        let centre = Gateway::default().with_centre(self.centre.clone()).into_router();
        self.net.connect("centre.test", centre);
        let treasury = Gateway::default().with_treasury(self.treasury.clone()).into_router();
        self.net.connect("treasury.test", treasury);
        self.net.connect("city.test", self.gateway().into_router());
    }

    pub fn open_bank(&self) {
        self.net.connect("bank.test", Gateway::default().with_bank(self.bank.clone()).into_router());
    }

    /// The centre answers nobody and does nothing any more.
    pub fn lose_centre(&self) {
        self.net.disconnect("centre.test");
        self.is_centre_gone.store(true, Ordering::SeqCst);
    }

    pub fn gateway(&self) -> Gateway {
        let net: Arc<dyn Transport> = self.net.clone();
        let remote =
            |host: &str| Arc::new(Remote(Exchange::new(Arc::clone(&net), &Url::parse(host).unwrap())));
        Gateway::default()
            .with_parties(self.hints())
            .with_ledger(Arc::new(ChainDesk::of(self.chain.clone())))
            .with_centre(remote("http://centre.test/"))
            .with_bank(remote("http://bank.test/"))
            .with_treasury(remote("http://treasury.test/"))
    }

    pub fn hints(&self) -> PartiesAnswer {
        hints(&self.keys)
    }

    /// One second: the ledger seals what is due, the parties step.
    pub async fn turn(&self) {
        self.turn_ledger();
        if !self.is_centre_gone.load(Ordering::SeqCst) {
            self.centre.step().await.unwrap();
        }
        self.treasury.step().await.unwrap();
    }

    /// One second in which only the ledger works.
    pub fn turn_ledger(&self) {
        self.clock.advance(1);
        for _ in 0..3 {
            if self.chain.step().unwrap().is_none() {
                break;
            }
            self.note();
        }
    }

    /// Whose funds are noted from now on.
    pub fn watch(&self, account: AccountId) {
        *self.account.lock().unwrap() = Some(account);
        self.note();
    }

    fn note(&self) {
        let Some(account) = *self.account.lock().unwrap() else { return };
        let key = state_key::account(&account);
        let proven = self.chain.prove(std::slice::from_ref(&key)).unwrap().unwrap();
        let Some(value) = proven.state.find(&key).unwrap().value.clone() else { return };
        let record = AccountRecord::from_canonical(&value).unwrap();
        let block = LightBlock::decode(&proven.light_block).unwrap();
        let month = block.time().month_in_seoul().unwrap();
        let funds = Funds { points: record.spendable(month).unwrap().amount(), held: record.held.amount() };
        self.funds.lock().unwrap().insert(block.height().value(), funds);
    }

    pub fn funds_at(&self, height: u64) -> Option<Funds> {
        self.funds.lock().unwrap().get(&height).copied()
    }

    /// How a payment ended, and the first header under which that is proved.
    pub fn ended(&self, payment: &PaymentId) -> Option<(PaymentState, u64)> {
        let key = state_key::payment(payment);
        let proven = self.chain.prove(std::slice::from_ref(&key)).unwrap().unwrap();
        let record =
            PaymentRecord::from_canonical(proven.state.find(&key).unwrap().value.as_deref()?).unwrap();
        let at = match record.state {
            PaymentState::Held => return None,
            PaymentState::Captured { at, .. }
            | PaymentState::Released { at }
            | PaymentState::Lapsed { at }
            | PaymentState::Revoked { at } => at,
        };
        let executed = (1..=self.latest()).find(|height| self.block(*height).time() >= at)?;
        Some((record.state, executed + 1))
    }

    pub fn block(&self, height: u64) -> LightBlock {
        block(&self.chain, height)
    }

    pub fn latest(&self) -> u64 {
        self.chain.status().latest.value()
    }

    pub fn trust(&self) -> TrustFile {
        self.trust_at(1)
    }

    pub fn trust_at(&self, height: u64) -> TrustFile {
        TrustFile::of(&anchor(&self.chain, height))
    }

    pub fn now(&self) -> UnixTime {
        self.clock.now()
    }
}

fn block(chain: &EmbeddedChain, height: u64) -> LightBlock {
    LightBlock::decode(&chain.light_block(Some(Height::new(height))).unwrap().unwrap()).unwrap()
}

fn anchor(chain: &EmbeddedChain, height: u64) -> TrustAnchor {
    TrustAnchor::dangerous_trust(&block(chain, height), Trust::File, TRUSTING_PERIOD)
}

/// While a wallet waits, the town goes on.
pub struct Turning(pub Arc<Town>);

#[async_trait::async_trait]
impl Timer for Turning {
    async fn sleep(&self, _: Duration) {
        self.0.turn().await;
    }
}
