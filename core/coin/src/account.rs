//! An account's record on the ledger (DESIGN decision 9).

use crate::entry::{Cause, Entry, EntryKind};
use crate::lots::{Lots, LotsError};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{DevicePair, PublicKey};
use citizen_primitives::{AmountError, Hash, Height, Label, Month, Points, UnixTime};

/// How often the device of an account was replaced; an order of an earlier epoch is refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Epoch(u32);

impl Epoch {
    /// From a number.
    #[must_use]
    pub const fn new(epoch: u32) -> Self {
        Self(epoch)
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0
    }

    /// The next epoch.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// What the ledger keeps of an account. The account is a name; keys come and go under it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AccountRecord {
    /// The one device that may sign for the account.
    pub device: DevicePair,
    /// How often that device was replaced.
    pub epoch: Epoch,
    /// The key that may replace the device; derived from the recovery code, never kept on a phone.
    pub recovery: PublicKey,
    /// Points by month of expiry. Expired lots stay until the account is touched and count for nothing.
    pub lots: Lots,
    /// Points on hold for payments that have not ended.
    pub held: Points,
    /// How many entries the history has.
    pub entries: u64,
    /// The running hash of the history.
    pub history: Hash,
    /// When the account was opened.
    pub opened: UnixTime,
}
citizen_primitives::canonical!(AccountRecord = 1);

/// Where an entry stands: the block and what caused it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occasion {
    /// The block's height.
    pub height: Height,
    /// The block's time.
    pub time: UnixTime,
    /// The transaction, or the block itself.
    pub cause: Cause,
}

impl AccountRecord {
    /// A new account without points or history.
    #[must_use]
    pub const fn open(device: DevicePair, recovery: PublicKey, opened: UnixTime) -> Self {
        Self {
            device,
            epoch: Epoch::new(0),
            recovery,
            lots: Lots::new(),
            held: Points::ZERO,
            entries: 0,
            history: Hash::ZERO,
            opened,
        }
    }

    /// What can be spent in month `now`.
    pub fn spendable(&self, now: Month) -> Result<Points, AmountError> {
        self.lots.spendable(now)
    }

    /// Drops the lots that have expired and returns their sum. City-wide they were counted when their month ended (COIN-4).
    pub fn drop_expired(&mut self, now: Month) -> Result<Points, AmountError> {
        self.lots.split_expired(now).total()
    }

    /// Moves points on hold.
    pub fn hold(&mut self, points: Points, now: Month) -> Result<Lots, LotsError> {
        let held = self.held.plus(points)?;
        let taken = self.lots.take(points, now)?;
        self.held = held;
        Ok(taken)
    }

    /// Takes lots off hold for good: a capture.
    pub fn end_hold(&mut self, lots: &Lots) -> Result<(), AmountError> {
        self.held = self.held.minus(lots.total()?)?;
        Ok(())
    }

    /// Brings lots back from hold; returns what of them has expired meanwhile (COIN-5).
    pub fn give_back(&mut self, lots: &Lots, now: Month) -> Result<Points, AmountError> {
        self.end_hold(lots)?;
        let mut live = lots.clone();
        let expired = live.split_expired(now).total()?;
        self.lots.add_all(&live)?;
        Ok(expired)
    }

    /// Appends to the history: a longer count and a new running hash (COIN-6).
    pub fn append(&mut self, kind: EntryKind, occasion: Occasion) -> Entry {
        let entry = Entry {
            index: self.entries,
            height: occasion.height,
            time: occasion.time,
            cause: occasion.cause,
            kind,
        };
        self.entries = self.entries.saturating_add(1);
        self.history = entry.extend(&self.history);
        entry
    }
}

/// The running hash of a whole history from its start.
#[must_use]
pub fn running_hash<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Hash {
    entries.into_iter().fold(Hash::ZERO, |hash, entry| entry.extend(&hash))
}

/// The identifier of a new account: a digest of its first keys and a salt.
#[must_use]
pub fn account_id(device: &DevicePair, recovery: &PublicKey, salt: &[u8; 16]) -> citizen_primitives::AccountId {
    let mut bytes = Vec::new();
    // Writing into memory does not fail; see `Canonical::to_canonical`.
    let _ = (device, recovery, salt).serialize(&mut bytes);
    citizen_primitives::AccountId::from_hash(Hash::labelled(Label::AccountId, &bytes))
}
