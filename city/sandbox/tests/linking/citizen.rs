//! A citizen: a real wallet, its own connection, the nameless ones it opens, and the leaks that can be planted in it.

use crate::day::Leak;
use crate::town::{HERE, Town};
use crate::wire::{Line, Wires};
use async_trait::async_trait;
use citizen_client::{Timer, Transport};
use citizen_keys::{MemoryBackend, Secret32, SoftwareKeystore};
use citizen_primitives::random::CryptoRng;
use citizen_primitives::{AccountId, Place, PollId, Seconds};
use citizen_store::{
    ChangeSet, Entry, GuardRow, GuardStore, LockedStore, MemoryDisk, Row, Store, StoreError, Table, Value,
};
use citizen_wallet::{
    Choice, City, Connections, PinCost, Randomness, StorePlace, Trust, Wallet, WalletConfig, WalletError,
};
use city_services::issuer::Application;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

const PIN: &str = "294857";

pub struct Citizen {
    pub wallet: Wallet,
    pub account: AccountId,
    dice: Arc<Dice>,
}

impl Citizen {
    /// With an account on the ledger.
    pub async fn arrive(town: &Arc<Town>, leak: Leak, number: u64) -> Self {
        let line = town.wires.open();
        let dice = Arc::new(Dice { next: AtomicU64::new((number + 1) << 40), stuck: AtomicBool::new(false) });
        let root = Arc::new(OnceLock::new());
        let keystore = SoftwareKeystore::open(Box::new(MemoryBackend::default()), dice.generator()).unwrap();
        let disk: Box<dyn LockedStore> = Box::new(MemoryDisk::default().open().unwrap());
        let store = StorePlace::Opened(Box::new(Rooted(Arc::clone(&root), disk)));
        let mut config = WalletConfig::new(store, Arc::new(keystore), Arc::new(line.clone()));
        let shared = (leak == Leak::SharedConnection).then(|| line.clone());
        config.connections = Arc::new(Nameless { wires: Arc::clone(&town.wires), shared });
        config.clock = town.clock.clone();
        config.timer = Arc::new(Turning(Arc::clone(town)));
        config.randomness = dice.clone();
        config.pin_cost = PinCost::dangerous_cheap();
        config.auto_lock = Seconds::new(10_000_000);
        let city = City { url: HERE.parse().unwrap(), trust: Trust::File(town.trust()) };
        let (wallet, code) = Wallet::create(config.with_city(city), PIN).unwrap();
        let account = *wallet.open_account(&code).await.unwrap().account();
        if leak == Leak::KeyOfAccount {
            root.set(*account.as_bytes()).unwrap();
        }
        Self { wallet, account, dice }
    }

    /// She gets her card at the counter, as the resident with this number.
    pub async fn apply(&self, town: &Town, number: usize) {
        let application = Application {
            number: format!("SB-{number}"),
            name: "김시민".to_owned(),
            birth_date: "1990-01-01".to_owned(),
            credentials: vec!["citizen-card".to_owned()],
        };
        let offer = town.issuer.offer(&application).unwrap();
        let review = self.wallet.review_offer(&offer.offer).await.unwrap();
        self.wallet.accept_offer(review, Some(&offer.transaction_code)).await.unwrap();
    }

    /// By her card if she has one.
    pub async fn register(&self, poll: &PollId) {
        let review = self.wallet.review_registration(poll, None).await.unwrap();
        assert_eq!(review.view().card().is_some(), !self.wallet.credentials().unwrap().is_empty());
        let view = self.wallet.register(review).await.unwrap();
        assert!(*view.complete(), "{view:?}");
    }

    /// She looks at her ballot, and casts it.
    pub async fn cast(&self, poll: &PollId, choice: u8) {
        let review = self.wallet.review_ballot(poll, &[Choice::new(0, vec![choice])]).await.unwrap();
        let view = self.wallet.cast_ballot(review).await.unwrap();
        assert_eq!(*view.state(), "promised", "{view:?}");
    }

    /// Later she looks what became of it.
    pub async fn follow(&self, poll: &PollId) {
        assert!(self.wallet.advance_vote(poll).await.unwrap().is_placed());
    }

    /// Asks for the reward, or redeems it: the time before which it is not redeemed, if it is not yet.
    pub async fn reward(&self, poll: &PollId) -> Option<u64> {
        let view = self.wallet.reward(poll).await.unwrap();
        assert_eq!(view.from().is_none(), *view.state() == "redeemed", "{view:?}");
        view.from().map(|from| from.seconds())
    }

    /// Asks for the reward and redeems it in one go; nothing comes of it while too few are signed.
    pub async fn reward_in_one_go(&self, poll: &PollId) {
        for _ in 0..2 {
            let answer = self.wallet.reward(poll).await;
            assert!(matches!(answer, Ok(_) | Err(WalletError::Refused { .. })), "{answer:?}");
        }
    }

    /// From now on her phone's generator draws nothing but zeros: where it draws a delay, there is none.
    pub fn stop_rolling(&self) {
        self.dice.stuck.store(true, Ordering::Relaxed);
    }
}

/// Connections that share nothing; or, planted, the wallet's own.
struct Nameless {
    wires: Arc<Wires>,
    shared: Option<Line>,
}

impl Connections for Nameless {
    fn open(&self) -> Option<Arc<dyn Transport>> {
        Some(Arc::new(self.shared.clone().unwrap_or_else(|| self.wires.open())))
    }
}

/// While a wallet waits, time passes.
struct Turning(Arc<Town>);

#[async_trait]
impl Timer for Turning {
    async fn sleep(&self, _: Duration) {
        self.0.turn().await;
    }
}

/// A generator for each act, the same in every run.
struct Dice {
    next: AtomicU64,
    stuck: AtomicBool,
}

impl Randomness for Dice {
    fn generator(&self) -> Box<dyn CryptoRng + Send> {
        if self.stuck.load(Ordering::Relaxed) {
            return Box::new(Zeros);
        }
        Box::new(StdRng::seed_from_u64(self.next.fetch_add(1, Ordering::Relaxed)))
    }
}

struct Zeros;

impl TryRng for Zeros {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0);
        Ok(())
    }
}

impl TryCryptoRng for Zeros {}

/// A store in which, planted, the voting root is the account's number: every voting key follows from it.
struct Rooted<S: ?Sized>(Arc<OnceLock<[u8; 32]>>, Box<S>);

impl<S: GuardStore + ?Sized> GuardStore for Rooted<S> {
    fn load_guard(&self, row: GuardRow) -> Result<Option<Vec<u8>>, StoreError> {
        self.1.load_guard(row)
    }

    fn commit_guard(&mut self, place: Place, row: GuardRow, value: &[u8]) -> Result<(), StoreError> {
        self.1.commit_guard(place, row, value)
    }
}

impl LockedStore for Rooted<dyn LockedStore> {
    fn unlock(self: Box<Self>, key: &Secret32) -> Result<Box<dyn Store>, StoreError> {
        let Self(root, store) = *self;
        Ok(Box::new(Rooted(root, store.unlock(key)?)))
    }
}

impl Store for Rooted<dyn Store> {
    fn load(&self, row: &Row) -> Result<Option<Value>, StoreError> {
        match self.0.get() {
            // Where a wallet keeps the root that it was restored with.
            Some(root) if *row == Row::new(Table::Votes, [0]) => Ok(Some(Value::new(root.to_vec()))),
            _ => self.1.load(row),
        }
    }

    fn list(&self, table: Table) -> Result<Vec<Entry>, StoreError> {
        self.1.list(table)
    }

    fn commit(&mut self, place: Place, changes: ChangeSet) -> Result<(), StoreError> {
        self.1.commit(place, changes)
    }

    fn lock(self: Box<Self>) -> Box<dyn LockedStore> {
        let Self(root, store) = *self;
        Box::new(Rooted(root, store.lock()))
    }
}
