//! Opening a wallet, unlocking and locking it, changing the PIN.

use crate::config::{StorePlace, WalletConfig};
use crate::error::{Input, WalletError};
use crate::place;
use crate::session::{Parts, Session, Slot};
use crate::wallet::Wallet;
use citizen_keys::{HardwareKey, Pin, PinGuard, RootKey, VaultError, VaultRecord};
use citizen_primitives::{Canonical as _, Place};
use citizen_store::{GuardRow, GuardStore, LockedSqliteStore, LockedStore, SqliteOptions};
use std::fmt;
use std::sync::Arc;

/// A wallet that shows nothing and signs nothing until the PIN is given.
pub struct LockedWallet {
    pub(crate) session: Arc<Session>,
    pub(crate) city: Option<crate::config::City>,
}

impl LockedWallet {
    /// Opens the store. There must be a wallet in it.
    pub(crate) fn open(config: WalletConfig) -> Result<Self, WalletError> {
        let (session, city) = open_session(config)?;
        if !session.has_wallet()? {
            return Err(WalletError::Invalid { input: Input::WalletMissing });
        }
        Ok(Self { session: Arc::new(session), city })
    }

    /// Tries a PIN: it is counted on disk before it is tried, and a wrong one costs a growing wait (WALLET-2).
    pub fn unlock(&self, pin: &str) -> Result<Wallet, WalletError> {
        self.session.unlock(pin)?;
        Wallet::unlocked(Arc::clone(&self.session), self.city.clone())
    }
}

impl fmt::Debug for LockedWallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockedWallet")
    }
}

impl Session {
    /// Whether a vault was ever written.
    pub(crate) fn has_wallet(&self) -> Result<bool, WalletError> {
        match &*self.slot()? {
            Slot::Locked(store) => Ok(store.load_guard(GuardRow::Vault)?.is_some()),
            Slot::Open(open) => Ok(open.store.load_guard(GuardRow::Vault)?.is_some()),
            Slot::Lost => Err(WalletError::StoreBusy),
        }
    }

    /// Tries a PIN. A wallet that is unlocked stays so, and its time begins anew.
    pub(crate) fn unlock(&self, pin: &str) -> Result<(), WalletError> {
        let pin = Pin::entered(pin)?;
        let mut slot = self.slot()?;
        let root = self.try_pin(&mut slot, &pin)?;
        let hardware = HardwareKey::open(Arc::clone(&self.keystore), self.alias.clone())?;
        slot.unlock(root, hardware, self.now())?;
        slot.open_card_keys(&self.keystore)
    }

    /// Puts another PIN in the place of the old one, which must be given.
    pub(crate) fn change_pin(&self, old: &str, new: &str) -> Result<(), WalletError> {
        let (old, new) = (Pin::entered(old)?, Pin::chosen(new)?);
        let mut slot = self.slot()?;
        let root = self.try_pin(&mut slot, &old)?;
        let record = self.vault().change_pin(&mut *self.rng(), &root, &new, self.pin_cost)?;
        Ok(slot.guards()?.commit_guard(place::PIN_CHANGED, GuardRow::Vault, &record.to_canonical())?)
    }

    fn try_pin(&self, slot: &mut Slot, pin: &Pin) -> Result<RootKey, WalletError> {
        let vault = self.vault();
        let guards = slot.guards()?;
        let record = guards.load_guard(GuardRow::Vault)?.ok_or(missing())?;
        let record = VaultRecord::from_canonical(&record).map_err(|_| WalletError::StoreDamaged)?;
        let sealed = guards.load_guard(GuardRow::PinGuard)?.ok_or(WalletError::StoreDamaged)?;
        let mut guard = vault.open_guard(&sealed)?;
        let counted = guard.attempt(self.now(), &self.pin_policy);
        self.write_guard(slot, place::PIN_COUNTED, &guard)?;
        counted?;
        match vault.unlock(&record, pin) {
            Ok(root) => {
                guard.succeeded();
                self.write_guard(slot, place::PIN_RIGHT, &guard)?;
                Ok(root)
            }
            Err(VaultError::WrongPin) => Err(WalletError::WrongPin {
                tries_left: guard.tries_left(&self.pin_policy),
                wait: guard.wait(self.now(), &self.pin_policy),
            }),
            Err(error) => Err(error.into()),
        }
    }

    fn write_guard(&self, slot: &mut Slot, place: Place, guard: &PinGuard) -> Result<(), WalletError> {
        let sealed = self.vault().seal_guard(guard)?;
        Ok(slot.guards()?.commit_guard(place, GuardRow::PinGuard, &sealed)?)
    }
}

impl Slot {
    /// The guard rows, which need no PIN.
    pub(crate) fn guards(&mut self) -> Result<&mut dyn GuardStore, WalletError> {
        match self {
            Self::Locked(store) => Ok(&mut **store),
            Self::Open(open) => Ok(&mut *open.store),
            Self::Lost => Err(WalletError::StoreBusy),
        }
    }
}

/// Opens the store of a configuration.
pub(crate) fn open_session(
    config: WalletConfig,
) -> Result<(Session, Option<crate::config::City>), WalletError> {
    let (store, city, parts) = Parts::of(config);
    let store: Box<dyn LockedStore> = match store {
        StorePlace::File(path) => {
            Box::new(LockedSqliteStore::open(&path, parts.rng(), &SqliteOptions::default())?)
        }
        StorePlace::Opened(store) => store,
    };
    Ok((Session::new(store, parts)?, city))
}

const fn missing() -> WalletError {
    WalletError::Invalid { input: Input::WalletMissing }
}
