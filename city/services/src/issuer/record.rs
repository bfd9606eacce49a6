//! What the issuer keeps: which status stands for whose copy, and what it has published.

use crate::db::Table;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_ledger::SignedTransaction;
use citizen_primitives::{Hash, Height, Text, UnixTime};

/// [`List`] by number, big-endian.
pub(crate) const LISTS: Table = Table::new("lists");
/// [`Issued`] by list and index, both big-endian.
pub(crate) const COPIES: Table = Table::new("copies");
/// [`Held`] by the resident's digest, list and index.
pub(crate) const HELD: Table = Table::new("held");
/// [`Revoked`] by list and index.
pub(crate) const REVOKED: Table = Table::new("revoked");
/// [`Published`] by list: what is served, proved to be anchored.
pub(crate) const SERVED: Table = Table::new("served");
/// [`Pending`] by list: what is on its way to the ledger.
pub(crate) const PENDING: Table = Table::new("pending");

/// [`OpenRow`] by the key that OpenID4VCI's issuer gave it: codes, tokens, orders.
pub(crate) const OPEN: Table = Table::new("open");
/// [`Batch`] by the order's name.
pub(crate) const BATCHES: Table = Table::new("batches");
/// [`Examination`] by the resident's digest.
pub(crate) const HOSPITAL: Table = Table::new("hospital");
/// [`Spent`] by list and a 4,096th of the index, both big-endian.
pub(crate) const SPENT: Table = Table::new("spent");
/// [`Purged`] by list.
pub(crate) const PURGED: Table = Table::new("purged");

/// A status list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct List {
    /// How many of its indexes are given.
    pub(crate) taken: u32,
    /// Whether it says something else than what was signed last.
    pub(crate) is_changed: bool,
}

/// A copy of a credential. The credential itself is not kept, nor its key.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Issued {
    /// Whose, by her number in the register.
    pub(crate) resident: Text,
    /// What.
    pub(crate) kind: Text,
    /// Until when it counts.
    pub(crate) until: UnixTime,
}

/// That a resident has the copy at this place.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Held {
    pub(crate) kind: Text,
    /// The beginning of the day on which it was issued.
    pub(crate) on: UnixTime,
}

/// When a copy was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Revoked(pub(crate) UnixTime);

/// A signed list.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Published {
    pub(crate) version: u64,
    pub(crate) token: String,
    pub(crate) signed: UnixTime,
}

/// A signed list with the transaction that anchors it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Pending {
    pub(crate) published: Published,
    pub(crate) transaction: SignedTransaction,
    pub(crate) valid_until: Height,
}

citizen_primitives::canonical!(List = 1, Issued = 1, Held = 1, Revoked = 1, Published = 1, Pending = 1);

/// What is open at the endpoints of OpenID4VCI.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct OpenRow(pub(crate) Vec<u8>);

/// What an order was given: the same when it comes again.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Batch {
    /// List and index of each copy.
    pub(crate) places: Vec<(u32, u32)>,
    /// The beginning of the day on which it was given.
    pub(crate) day: UnixTime,
    /// Until when the copies count.
    pub(crate) until: UnixTime,
    /// Of which their salts are drawn.
    pub(crate) seed: [u8; 32],
    /// Until when the order can come again.
    pub(crate) over: UnixTime,
}

/// What was asked of the hospital about somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Examination {
    pub(crate) asked: UnixTime,
    pub(crate) has_come: bool,
}

/// Which of 4,096 indexes belonged to copies that are forgotten: they are given to no other. A bit each, the lowest first.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Spent(Vec<u8>);

/// How many copies of a list are forgotten, and whether the list is: all that it had room for are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Purged {
    pub(crate) count: u32,
    pub(crate) is_retired: bool,
}

citizen_primitives::canonical!(OpenRow = 1, Batch = 1, Examination = 1, Spent = 1, Purged = 1);

impl Default for Spent {
    fn default() -> Self {
        Self(vec![0; 512])
    }
}

impl Spent {
    pub(crate) fn has(&self, index: u32) -> bool {
        let (at, bit) = Self::place(index);
        self.0.get(at).is_some_and(|byte| byte & bit != 0)
    }

    pub(crate) fn set(&mut self, index: u32) {
        let (at, bit) = Self::place(index);
        if let Some(byte) = self.0.get_mut(at) {
            *byte |= bit;
        }
    }

    fn place(index: u32) -> (usize, u8) {
        let [.., high, low] = (index % 4_096).to_be_bytes();
        (usize::from(u16::from_be_bytes([high, low]) / 8), 1 << (low % 8))
    }
}

/// Where a copy's status stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StatusPlace {
    pub(crate) list: u32,
    pub(crate) index: u32,
}

impl StatusPlace {
    /// The key of [`COPIES`] and [`REVOKED`].
    pub(crate) fn key(self) -> [u8; 8] {
        let mut key = [0; 8];
        let (list, index) = key.split_at_mut(4);
        list.copy_from_slice(&self.list.to_be_bytes());
        index.copy_from_slice(&self.index.to_be_bytes());
        key
    }

    /// The key of [`SPENT`].
    pub(crate) fn spent_key(self) -> [u8; 8] {
        Self { index: self.index / 4_096, ..self }.key()
    }

    /// Reads such a key.
    pub(crate) fn of_key(key: &[u8]) -> Option<Self> {
        let (list, index) = key.split_at_checked(4)?;
        let number = |bytes: &[u8]| Some(u32::from_be_bytes(bytes.try_into().ok()?));
        Some(Self { list: number(list)?, index: number(index)? })
    }
}

/// A resident's digest: what [`HELD`] begins with.
pub(crate) fn holder(resident: &str) -> Hash {
    Hash::plain(&[b"resident", resident.as_bytes()])
}
