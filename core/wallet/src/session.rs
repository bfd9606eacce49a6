//! The wallet's inside: locked or unlocked, its store, its keys. Nothing is held over an `await`.

use crate::config::WalletConfig;
#[cfg(feature = "credentials")]
use crate::credential::ReturnAddress;
use crate::error::{Incident, WalletError};
use crate::platform::{Connections, Randomness};
use crate::record::{self, ActivityKind, ActivityRow};
use citizen_client::{Timer, Transport};
#[cfg(feature = "credentials")]
use citizen_did::Resolver;
use citizen_keys::{HardwareKey, KeyAlias, KeyIndex, Keystore, PinCost, PinPolicy, RootKey, Vault};
use citizen_ledger::Attested;
#[cfg(feature = "credentials")]
use citizen_openid4vc::vp::UnknownVerifiers;
use citizen_payment::word::ChargeRefusal;
use citizen_primitives::random::CryptoRng;
use citizen_primitives::{Canonical, Clock, PaymentId, Place, Seconds, UnixTime, random};
use citizen_store::{ChangeSet, GuardRow, LockedStore, Row, Store};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

/// The alias that every wallet's keys had before each got one of its own (WALLET-40).
const FIRST_ALIAS: &str = "citizen-wallet";

/// What `Wallet` and `LockedWallet` share.
pub(crate) struct Session {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) timer: Arc<dyn Timer>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) connections: Arc<dyn Connections>,
    pub(crate) keystore: Arc<dyn Keystore>,
    /// The name of this wallet's keys in the key store.
    pub(crate) alias: KeyAlias,
    pub(crate) pin_policy: PinPolicy,
    pub(crate) pin_cost: PinCost,
    #[cfg(feature = "credentials")]
    pub(crate) unknown_verifiers: UnknownVerifiers,
    #[cfg(feature = "credentials")]
    pub(crate) return_address: Option<ReturnAddress>,
    #[cfg(feature = "credentials")]
    pub(crate) client_id: String,
    #[cfg(feature = "credentials")]
    pub(crate) resolver: Arc<Resolver>,
    /// Held while a review is approved: two at once would both see the same free points.
    pub(crate) approving: tokio::sync::Mutex<()>,
    /// Held while a row of a payment, a code or a submission is brought further: two looks that cross would write over each
    /// other's news (PAY-5). Taken after `approving` where both are.
    pub(crate) advancing: tokio::sync::Mutex<()>,
    /// Held while a change of the card's key is signed or looked at: a look that crossed its signing would take the key for one that is not
    /// wanted (WALLET-34). Taken after the others, and nothing is taken after it.
    pub(crate) rotating: tokio::sync::Mutex<()>,
    /// Held while credentials are received, which may take minutes: nothing else waits for that.
    #[cfg_attr(not(feature = "credentials"), expect(dead_code, reason = "nothing is received"))]
    pub(crate) receiving: tokio::sync::Mutex<()>,
    randomness: Arc<dyn Randomness>,
    auto_lock: Seconds,
    slot: Mutex<Slot>,
}

/// The store, locked or not, and the keys while it is not.
pub(crate) enum Slot {
    /// Only the guard rows can be read.
    Locked(Box<dyn LockedStore>),
    /// Everything can.
    Open(Box<Open>),
    /// The store was lost when it was being unlocked: it has to be opened again.
    Lost,
}

/// An unlocked wallet.
pub(crate) struct Open {
    pub(crate) store: Box<dyn Store>,
    pub(crate) root: RootKey,
    /// The P-256 key that the wallet was made with.
    pub(crate) first: HardwareKey,
    /// Those that came in its place, or may.
    pub(crate) changed: BTreeMap<KeyIndex, HardwareKey>,
    /// Why a till that tried has not charged a shown code, as the centre said last: of this unlocking alone.
    pub(crate) refused: BTreeMap<PaymentId, Attested<ChargeRefusal>>,
    used: UnixTime,
    /// The next number of a line of the log, or of something that is done.
    activity: u64,
}

impl Session {
    /// A session over an opened store.
    pub(crate) fn new(store: Box<dyn LockedStore>, config: Parts) -> Result<Self, WalletError> {
        let alias = alias(&*store, &*config.randomness)?;
        let Parts {
            keystore,
            transport,
            connections,
            clock,
            randomness,
            timer,
            auto_lock,
            pin_policy,
            pin_cost,
            #[cfg(feature = "credentials")]
            unknown_verifiers,
            #[cfg(feature = "credentials")]
            return_address,
            #[cfg(feature = "credentials")]
            client_id,
            #[cfg(feature = "credentials")]
            resolver,
        } = config;
        Ok(Self {
            clock,
            timer,
            transport,
            connections,
            keystore,
            alias,
            pin_policy,
            pin_cost,
            #[cfg(feature = "credentials")]
            unknown_verifiers,
            #[cfg(feature = "credentials")]
            return_address,
            #[cfg(feature = "credentials")]
            client_id,
            #[cfg(feature = "credentials")]
            resolver,
            approving: tokio::sync::Mutex::new(()),
            advancing: tokio::sync::Mutex::new(()),
            rotating: tokio::sync::Mutex::new(()),
            receiving: tokio::sync::Mutex::new(()),
            randomness,
            auto_lock,
            slot: Mutex::new(Slot::Locked(store)),
        })
    }

    /// The time.
    pub(crate) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    /// A generator of random bytes.
    pub(crate) fn rng(&self) -> Box<dyn CryptoRng + Send> {
        self.randomness.generator()
    }

    /// The vault in the platform's key store.
    pub(crate) fn vault(&self) -> Vault {
        Vault::new(Arc::clone(&self.keystore), self.alias.clone())
    }

    /// The slot, whatever is in it.
    pub(crate) fn slot(&self) -> Result<MutexGuard<'_, Slot>, WalletError> {
        self.slot.lock().map_err(|_| WalletError::Internal { incident: Incident("slot") })
    }

    /// The citizen does something: refused when locked, also when it has just locked itself (WALLET-3).
    pub(crate) fn touch(&self) -> Result<(), WalletError> {
        self.with(|open| {
            open.used = self.now();
            Ok(())
        })
    }

    /// Works with the unlocked wallet; locks it first if its time is up (WALLET-3).
    pub(crate) fn with<T>(
        &self,
        act: impl FnOnce(&mut Open) -> Result<T, WalletError>,
    ) -> Result<T, WalletError> {
        let mut slot = self.slot()?;
        slot.lock_if_idle(self.now(), self.auto_lock);
        match &mut *slot {
            Slot::Open(open) => act(open),
            Slot::Locked(_) => Err(WalletError::Locked),
            Slot::Lost => Err(WalletError::StoreBusy),
        }
    }

    /// Locks it if its time is up. Returns whether it is locked.
    pub(crate) fn lock_if_idle(&self) -> Result<bool, WalletError> {
        let mut slot = self.slot()?;
        slot.lock_if_idle(self.now(), self.auto_lock);
        Ok(!matches!(*slot, Slot::Open(_)))
    }

    /// Reads a row.
    pub(crate) fn load<T: Canonical>(&self, row: &Row) -> Result<Option<T>, WalletError> {
        self.with(|open| Ok(record::load(&*open.store, row)?))
    }

    /// Makes all changes or none.
    pub(crate) fn commit(&self, place: Place, changes: ChangeSet) -> Result<(), WalletError> {
        self.with(|open| Ok(open.store.commit(place, changes)?))
    }

    /// **WALLET-33** Makes the changes that follow from the rows as they stand now: nobody writes between the reading and the commit. Whatever
    /// was read before an `await` may be another's news by then.
    pub(crate) fn decide<T>(
        &self,
        place: Place,
        act: impl FnOnce(&mut Open) -> Result<(ChangeSet, T), WalletError>,
    ) -> Result<T, WalletError> {
        self.with(|open| {
            let (changes, decided) = act(open)?;
            if !changes.is_empty() {
                open.store.commit(place, changes)?;
            }
            Ok(decided)
        })
    }

    /// As [`Self::decide`], where one row decides: the changes are made if it is still as it was read. Says whether they were.
    pub(crate) fn commit_if<T: Canonical + PartialEq>(
        &self,
        place: Place,
        (row, read): (&Row, Option<&T>),
        changes: ChangeSet,
    ) -> Result<bool, WalletError> {
        self.decide(place, |open| {
            let is_as_read = record::load::<T>(&*open.store, row)?.as_ref() == read;
            Ok((if is_as_read { changes } else { ChangeSet::new() }, is_as_read))
        })
    }

    /// As [`Self::decide`], where what stands in the store decides.
    #[cfg(feature = "credentials")]
    pub(crate) fn commit_of(
        &self,
        place: Place,
        changes: impl FnOnce(&dyn Store) -> Result<ChangeSet, WalletError>,
    ) -> Result<(), WalletError> {
        self.decide(place, |open| Ok((changes(&*open.store)?, ())))
    }

    /// A number that nothing else of this phone has: later ones are higher, also after a restart, if a line of the log is written with what gets it.
    pub(crate) fn number(&self) -> Result<u64, WalletError> {
        self.with(|open| Ok(open.next_number()))
    }

    /// The change that writes a line of the activity log.
    pub(crate) fn log(&self, kind: ActivityKind) -> Result<ChangeSet, WalletError> {
        let time = self.now();
        self.with(|open| Ok(open.log(time, kind)))
    }

    /// Numbers the log's next line after those that stand there: lines came out of a backup (WALLET-39).
    pub(crate) fn continue_log(&self) -> Result<(), WalletError> {
        self.with(|open| {
            open.activity = record::next_activity(&*open.store)?;
            Ok(())
        })
    }
}

impl Slot {
    /// Forgets the keys if they were not used for so long. Whoever sets the clock back does not keep them: how long it was, nobody knows then.
    fn lock_if_idle(&mut self, now: UnixTime, auto_lock: Seconds) {
        if matches!(self, Self::Open(open) if now < open.used || now.since(open.used) >= auto_lock) {
            self.lock();
        }
    }

    /// Forgets the keys.
    pub(crate) fn lock(&mut self) {
        let slot = std::mem::replace(self, Self::Lost);
        *self = match slot {
            Self::Open(open) => Self::Locked(open.store.lock()),
            other => other,
        };
    }

    /// Takes the keys in.
    pub(crate) fn unlock(
        &mut self,
        root: RootKey,
        hardware: HardwareKey,
        now: UnixTime,
    ) -> Result<(), WalletError> {
        match std::mem::replace(self, Self::Lost) {
            Self::Locked(locked) => {
                let store = locked.unlock(&root.store_key())?;
                let activity = record::next_activity(&*store)?;
                let (changed, refused) = (BTreeMap::new(), BTreeMap::new());
                *self = Self::Open(Box::new(Open {
                    store,
                    root,
                    first: hardware,
                    changed,
                    refused,
                    used: now,
                    activity,
                }));
                Ok(())
            }
            // Nothing has asked whether its time was up; now it begins anew.
            Self::Open(open) => {
                *self = Self::Open(Box::new(Open { used: now, ..*open }));
                Ok(())
            }
            Self::Lost => Err(WalletError::StoreBusy),
        }
    }
}

impl Open {
    /// The change that writes a line of the activity log.
    pub(crate) fn log(&mut self, time: UnixTime, kind: ActivityKind) -> ChangeSet {
        record::put(record::activity_row(self.next_number()), &ActivityRow { time, kind })
    }

    fn next_number(&mut self) -> u64 {
        let number = self.activity;
        self.activity = number.saturating_add(1);
        number
    }
}

/// The parts of a [`WalletConfig`] that a session keeps.
pub(crate) struct Parts {
    keystore: Arc<dyn Keystore>,
    transport: Arc<dyn Transport>,
    connections: Arc<dyn Connections>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    timer: Arc<dyn Timer>,
    auto_lock: Seconds,
    pin_policy: PinPolicy,
    pin_cost: PinCost,
    #[cfg(feature = "credentials")]
    unknown_verifiers: UnknownVerifiers,
    #[cfg(feature = "credentials")]
    return_address: Option<ReturnAddress>,
    #[cfg(feature = "credentials")]
    client_id: String,
    #[cfg(feature = "credentials")]
    resolver: Arc<Resolver>,
}

impl Parts {
    /// Takes a configuration apart.
    pub(crate) fn of(config: WalletConfig) -> (crate::config::StorePlace, Option<crate::config::City>, Self) {
        let WalletConfig {
            store,
            keystore,
            transport,
            connections,
            city,
            clock,
            randomness,
            timer,
            auto_lock,
            pin_policy,
            pin_cost,
            #[cfg(feature = "credentials")]
            unknown_verifiers,
            #[cfg(feature = "credentials")]
            return_address,
            #[cfg(feature = "credentials")]
            client_id,
            #[cfg(feature = "credentials")]
            resolver,
        } = config;
        let parts = Self {
            keystore,
            transport,
            connections,
            clock,
            randomness,
            timer,
            auto_lock,
            pin_policy,
            pin_cost,
            #[cfg(feature = "credentials")]
            unknown_verifiers,
            #[cfg(feature = "credentials")]
            return_address,
            #[cfg(feature = "credentials")]
            client_id,
            #[cfg(feature = "credentials")]
            resolver,
        };
        (store, city, parts)
    }

    /// Randomness for the store's nonces.
    pub(crate) fn rng(&self) -> Box<dyn CryptoRng + Send> {
        self.randomness.generator()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(hidden)")
    }
}

/// The alias of the keys of the wallet in this store: the one that was drawn for it, or that of all wallets of before. For a store without a
/// wallet another one is drawn, which nobody else has: a key that is made under it replaces no other wallet's.
fn alias(store: &dyn LockedStore, randomness: &dyn Randomness) -> Result<KeyAlias, WalletError> {
    if let Some(kept) = store.load_guard(GuardRow::KeyAlias)? {
        let text = String::from_utf8(kept).map_err(|_| WalletError::StoreDamaged)?;
        return KeyAlias::new(&text).map_err(|_| WalletError::StoreDamaged);
    }
    let alias = if store.load_guard(GuardRow::Vault)?.is_some() {
        KeyAlias::new(FIRST_ALIAS)
    } else {
        let name = u128::from_be_bytes(random::generate_array(&mut *randomness.generator()));
        KeyAlias::new(&format!("{FIRST_ALIAS}-{name:032x}"))
    };
    alias.map_err(|_| WalletError::Internal { incident: Incident("alias") })
}
