//! Where a value lies: a table and a key in it.

use std::fmt;
use zeroize::Zeroizing;

/// A value's bytes; wiped when dropped.
pub type Value = Zeroizing<Vec<u8>>;

/// The wallet's tables. On disk nobody sees how many there are in use or what they are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// What the citizen chose.
    Settings,
    /// The account: its id, key index, device epoch.
    Account,
    /// What was signed and is not yet known to have ended.
    Outbox,
    /// Payments and how far each got.
    Payments,
    /// Receipts with their proofs.
    Receipts,
    /// The account's entries on the ledger.
    Entries,
    /// The trusted header and what hangs on it.
    Trust,
    /// Who saw what, when, and why.
    Activity,
    /// The last proved or attested views.
    Views,
    /// The parties and their keys.
    Parties,
    /// Registrations in polls, and ballots.
    Votes,
    /// Credentials that were issued to the citizen.
    Credentials,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 12] = [
        Self::Settings,
        Self::Account,
        Self::Outbox,
        Self::Payments,
        Self::Receipts,
        Self::Entries,
        Self::Trust,
        Self::Activity,
        Self::Views,
        Self::Parties,
        Self::Votes,
        Self::Credentials,
    ];

    /// The name, part of what is hashed for a row; never changed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Account => "account",
            Self::Outbox => "outbox",
            Self::Payments => "payments",
            Self::Receipts => "receipts",
            Self::Entries => "entries",
            Self::Trust => "trust",
            Self::Activity => "activity",
            Self::Views => "views",
            Self::Parties => "parties",
            Self::Votes => "votes",
            Self::Credentials => "credentials",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }
}

/// A row's place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    table: Table,
    key: Vec<u8>,
}

impl Row {
    /// The row of a key in a table.
    #[must_use]
    pub fn new(table: Table, key: impl AsRef<[u8]>) -> Self {
        Self { table, key: key.as_ref().to_vec() }
    }

    /// The table.
    #[must_use]
    pub const fn table(&self) -> Table {
        self.table
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        &self.key
    }
}

impl fmt::Debug for Row {
    /// The table only: a key may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").field("table", &self.table).finish_non_exhaustive()
    }
}

/// A row of a table as [`crate::Store::list`] finds it.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Vec<u8>,
    /// The value.
    pub value: Value,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entry(hidden)")
    }
}

/// What must be read before the PIN is known. Whoever writes such a value protects it first: it is stored as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GuardRow {
    /// The vault's record: the root secret behind PIN and hardware.
    Vault,
    /// The count of wrong PINs, wrapped by the key store.
    PinGuard,
    /// The name under which the key store has this wallet's keys. Without it they have the one that every wallet's had.
    KeyAlias,
}

impl GuardRow {
    pub(crate) const ALL: [Self; 3] = [Self::Vault, Self::PinGuard, Self::KeyAlias];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Vault => "vault",
            Self::PinGuard => "pin-guard",
            Self::KeyAlias => "key-alias",
        }
    }
}
