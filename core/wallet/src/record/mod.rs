//! What the wallet keeps in its store: one file for each kind of row.

mod account;
mod activity;
mod added;
#[cfg(feature = "credentials")]
mod authorization;
mod card_key;
mod code;
#[cfg(feature = "credentials")]
mod credential;
#[cfg(feature = "credentials")]
mod issuance;
mod names;
mod order_card;
mod payment;
mod proof;
mod recovery;
#[cfg(all(feature = "voting", feature = "credentials"))]
mod registration_card;
#[cfg(feature = "credentials")]
mod service;
mod settings;
#[cfg(feature = "credentials")]
mod status;
mod submission;
mod trust;
#[cfg(feature = "credentials")]
mod type_row;
#[cfg(feature = "voting")]
mod vote;
mod word;

pub(crate) use account::{AccountRow, Phase};
#[cfg(feature = "credentials")]
pub(crate) use activity::SignInLine;
pub(crate) use activity::{
    ActivityKind, ActivityRow, DisclosureLine, PaymentLine, activity_row, next_activity,
};
pub(crate) use added::Added;
#[cfg(feature = "credentials")]
pub(crate) use authorization::{AuthorizationRow, KeptSignIn, authorization_row};
pub(crate) use card_key::{
    CardKeyRow, RetiredKeysRow, RotationRow, card_key_row, card_keys, retired_keys_row, rotation_row,
};
pub(crate) use code::{CodeFate, CodeRow, code_row};
#[cfg(feature = "credentials")]
pub(crate) use credential::{
    CredentialCopy, CredentialRow, DidSigner, ReceivingRow, StatusPlace, StatusSeen, credential_row,
    credentials, receiving, receiving_row,
};
#[cfg(feature = "credentials")]
pub(crate) use issuance::{
    GrantLine, HeldLine, IssuanceRow, ReturnedLine, WantedLine, issuance_row, issuances,
};
#[cfg(feature = "credentials")]
pub(crate) use names::{ClaimName, names_row};
pub(crate) use names::{NamesRow, names};
pub(crate) use order_card::{OrderCardRow, Showing, order_card_row};
pub(crate) use payment::PaymentRow;
pub(crate) use proof::KeptProof;
pub(crate) use recovery::{RecoveryRow, Who, recovery_row};
#[cfg(all(feature = "voting", feature = "credentials"))]
pub(crate) use registration_card::RegistrationCardRow;
#[cfg(feature = "credentials")]
pub(crate) use service::{ServiceRow, service_row, services};
pub(crate) use settings::SettingsRow;
#[cfg(feature = "credentials")]
pub(crate) use status::{StatusListRow, other_status_lists, status_list_row, status_token_row};
pub(crate) use submission::{KeptCertificate, SubmissionFate, SubmissionRow, Submitted, submission_row};
pub(crate) use trust::TrustRow;
#[cfg(feature = "credentials")]
pub(crate) use type_row::{TypeRow, type_row};
#[cfg(feature = "voting")]
pub(crate) use vote::{
    BallotFate, BallotRow, KeptAnswer, KeptBreach, KeptPromise, KeptReceipt, KeptReward, RegistrationRow,
    ballot_row, ballots, manifest_row, registration_card_row, registration_row, registrations,
};
pub(crate) use word::BankWordRow;

use citizen_primitives::{Canonical, PaymentId};
use citizen_store::{ChangeSet, Row, Store, StoreError, Table};

/// Of the table of credentials, the first byte of a held one's key. What else is there: `record/credential.rs`, `record/names.rs`, `record/service.rs`,
/// `record/authorization.rs`, `record/issuance.rs`.
const HELD: u8 = 1;

/// The account's row.
pub(crate) fn account_row() -> Row {
    Row::new(Table::Account, b"account")
}

/// What the citizen chose.
pub(crate) fn settings_row() -> Row {
    Row::new(Table::Settings, b"settings")
}

/// Stands while this phone, which took the account over, does not know whether the bank has it: the bank is asked (WALLET-23).
pub(crate) fn bank_unknown_row() -> Row {
    Row::new(Table::Settings, b"bank-unknown")
}

/// The city this wallet belongs to and the header it trusts.
pub(crate) fn trust_row() -> Row {
    Row::new(Table::Trust, b"light-client")
}

/// The last proof of the account's record.
pub(crate) fn balance_row() -> Row {
    Row::new(Table::Views, b"balance")
}

/// The bank's last word on the balance.
pub(crate) fn bank_row() -> Row {
    Row::new(Table::Views, b"bank")
}

/// A voting root that came out of a backup; without one it is derived from the vault's root.
pub(crate) fn voting_root_row() -> Row {
    Row::new(Table::Votes, [0])
}

/// How many credentials are held, whether this build can show them or not: the first byte of their keys is 1.
pub(crate) fn held_credentials(store: &dyn Store) -> Result<usize, StoreError> {
    Ok(store.list(Table::Credentials)?.iter().filter(|entry| entry.key.first() == Some(&HELD)).count())
}

/// A payment.
pub(crate) fn payment_row(id: &PaymentId) -> Row {
    Row::new(Table::Payments, id.as_bytes())
}

/// A receipt.
pub(crate) fn receipt_row(id: &PaymentId) -> Row {
    Row::new(Table::Receipts, id.as_bytes())
}

/// An entry of the account's history: keys in the order of the ledger.
pub(crate) fn entry_row(index: u64) -> Row {
    Row::new(Table::Entries, index.to_be_bytes())
}

/// The kinds of rows in the outbox: the first byte of their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutboxKind {
    /// Codes that are shown.
    Code,
    /// Transactions for the ledger.
    Submission,
    /// The citizen card for an order.
    OrderCard,
}

impl OutboxKind {
    const fn tag(self) -> u8 {
        match self {
            Self::Code => 1,
            Self::Submission => 2,
            Self::OrderCard => 3,
        }
    }
}

fn outbox_row(kind: OutboxKind, key: &[u8]) -> Row {
    Row::new(Table::Outbox, [&[kind.tag()], key].concat())
}

/// Reads all rows of one kind in the outbox.
pub(crate) fn outbox<T: Canonical>(store: &dyn Store, kind: OutboxKind) -> Result<Vec<T>, StoreError> {
    let entries = store.list(Table::Outbox)?;
    let of_kind = entries.iter().filter(|entry| entry.key.first() == Some(&kind.tag()));
    of_kind.map(|entry| T::from_canonical(&entry.value).map_err(|_| StoreError::Damaged)).collect()
}

/// Reads a row.
pub(crate) fn load<T: Canonical>(store: &dyn Store, row: &Row) -> Result<Option<T>, StoreError> {
    store.load(row)?.map(|bytes| T::from_canonical(&bytes).map_err(|_| StoreError::Damaged)).transpose()
}

/// Reads all rows of a table, by key.
pub(crate) fn list<T: Canonical>(store: &dyn Store, table: Table) -> Result<Vec<T>, StoreError> {
    let entries = store.list(table)?;
    entries.iter().map(|entry| T::from_canonical(&entry.value).map_err(|_| StoreError::Damaged)).collect()
}

/// A change that puts a value.
pub(crate) fn put<T: Canonical>(row: Row, value: &T) -> ChangeSet {
    ChangeSet::new().put(row, value.to_canonical())
}
