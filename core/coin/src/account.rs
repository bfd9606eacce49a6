//! An account's record on the ledger (core/docs/decisions.md, 9).

use crate::entry::{Cause, Entry, EntryKind};
use crate::epoch::Epoch;
use crate::lots::{Lots, LotsError};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{DevicePair, PublicKey};
use citizen_primitives::{AmountError, Hash, Height, Label, Month, Points, UnixTime};

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
pub fn account_id(
    device: &DevicePair,
    recovery: &PublicKey,
    salt: &[u8; 16],
) -> citizen_primitives::AccountId {
    let mut bytes = Vec::new();
    // Writing into memory does not fail; see `Canonical::to_canonical`.
    let _ = (device, recovery, salt).serialize(&mut bytes);
    citizen_primitives::AccountId::from_hash(Hash::labelled(Label::AccountId, &bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_keys::SigningKey;
    use citizen_primitives::Canonical as _;

    /// The generator of P-256 (SP 800-186, section 3.2.1.3), compressed.
    const P256_POINT: [u8; 33] = [
        0x03, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
        0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
    ];

    fn month(n: u8) -> Month {
        Month::new(2030, n).unwrap()
    }

    fn points(n: u64) -> Points {
        Points::new(n).unwrap()
    }

    fn device(seed: u8) -> DevicePair {
        let key = SigningKey::from_seed(&[seed; 32]).public();
        DevicePair::new(&key, &PublicKey::P256(P256_POINT)).unwrap()
    }

    /// 50 points until January, 100 until March.
    fn account() -> AccountRecord {
        let recovery = SigningKey::from_seed(&[2; 32]).public();
        let mut account = AccountRecord::open(device(1), recovery, UnixTime::from_seconds(9));
        account.lots.add(month(1), points(50)).unwrap();
        account.lots.add(month(3), points(100)).unwrap();
        account
    }

    #[test]
    fn coin_4_expired_lots_count_for_nothing_and_are_dropped_at_a_touch() {
        let mut account = account();
        assert_eq!(account.spendable(month(1)), Ok(points(150)));
        assert_eq!(account.spendable(month(2)), Ok(points(100)));
        assert_eq!(account.drop_expired(month(2)), Ok(points(50)));
        assert_eq!(account.lots, Lots::of(month(3), points(100)));
        assert_eq!(account.drop_expired(month(2)), Ok(Points::ZERO));
    }

    #[test]
    fn coin_5_what_comes_back_goes_into_its_own_lots_and_what_expired_meanwhile_stays_expired() {
        let mut account = account();
        let held = account.hold(points(120), month(1)).unwrap();
        assert_eq!((account.held, account.lots.total()), (points(120), Ok(points(30))));
        assert_eq!(account.give_back(&held, month(2)), Ok(points(50)));
        assert_eq!((account.held, &account.lots), (Points::ZERO, &Lots::of(month(3), points(100))));
    }

    #[test]
    fn a_refused_hold_changes_nothing_and_no_more_ends_than_was_held() {
        let mut account = account();
        let before = account.clone();
        assert!(account.hold(points(151), month(1)).is_err());
        assert!(account.end_hold(&Lots::of(month(1), points(1))).is_err());
        assert_eq!(account, before);
    }

    #[test]
    fn coin_6_appending_counts_and_extends_the_running_hash() {
        let mut account = account();
        let occasion =
            Occasion { height: Height::new(4), time: UnixTime::from_seconds(40), cause: Cause::Block };
        let entries = [EntryKind::Opened, EntryKind::Expired { points: points(1) }]
            .map(|kind| account.append(kind, occasion));
        assert_eq!((entries[0].index, entries[1].index, account.entries), (0, 1, 2));
        assert_eq!(account.history, running_hash(&entries));
    }

    #[test]
    fn other_keys_or_another_salt_name_another_account() {
        let recovery = SigningKey::from_seed(&[2; 32]).public();
        let id = account_id(&device(1), &recovery, &[0; 16]);
        assert_ne!(account_id(&device(3), &recovery, &[0; 16]), id);
        assert_ne!(account_id(&device(1), &SigningKey::from_seed(&[4; 32]).public(), &[0; 16]), id);
        assert_ne!(account_id(&device(1), &recovery, &[1; 16]), id);
    }

    #[test]
    fn an_account_is_written_as_it_always_was() {
        let account = account();
        let bytes = account.to_canonical();
        assert_eq!(AccountRecord::from_canonical(&bytes), Ok(account));
        assert_eq!(
            Hash::plain(&[&bytes]).to_hex(),
            "0e91fd9418be74b2467a883c2dbe628cd7469b9f0d0d6e61f234ac1e0b9eec2d"
        );
    }
}
