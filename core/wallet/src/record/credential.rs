//! A held credential, as it is kept: copies that are each for one presentation, the proof that its issuer is registered.

use super::{Added, HELD, KeptProof};
use crate::id::CredentialId;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::KeyAlias;
use citizen_primitives::{Canonical as _, Hash, UnixTime};
use citizen_store::{Row, Store, StoreError, Table};

/// The row's first byte, beside that of a held credential. 3 is in `record/service.rs`, 5 in `record/authorization.rs`, 7 in
/// `record/issuance.rs`.
const RECEIVING: u8 = 2;

/// A credential with its copies.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct CredentialRow {
    /// What this wallet calls it.
    pub(crate) id: CredentialId,
    /// The issuer's identifier (OpenID4VCI 1.0, section 12.2.1).
    pub(crate) issuer: String,
    /// What the issuer calls it.
    pub(crate) configuration: String,
    /// Its type.
    pub(crate) vct: String,
    /// The issuer's name in the registry: SHA-256 of its certificate, or what its DID stands under.
    pub(crate) certificate: Hash,
    /// That it was registered when the credential came.
    pub(crate) proof: KeptProof,
    /// When it came.
    pub(crate) received: UnixTime,
    /// When the first of its copies ends.
    pub(crate) expires: Option<UnixTime>,
    /// The copies; never empty.
    pub(crate) copies: Vec<CredentialCopy>,
    /// What the status lists said last.
    pub(crate) status: Option<StatusSeen>,
    /// By which key of its DID the issuer has signed; nothing where it was a certificate's.
    pub(crate) signer: Added<DidSigner>,
}

/// A key of an issuer's DID, as the DID's document had it when the credential came.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct DidSigner {
    /// The DID URL by which the credential's header names it.
    pub(crate) kid: String,
    /// The public key: a JWK.
    pub(crate) key: String,
}

/// One copy: for one presentation.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct CredentialCopy {
    /// Its key in the key store.
    pub(crate) alias: KeyAlias,
    /// The SD-JWT, compact, with all disclosures.
    pub(crate) token: String,
    /// Where its status stands.
    pub(crate) status: Option<StatusPlace>,
    /// When it was shown.
    pub(crate) used: Option<UnixTime>,
}

/// What a token says is the citizen's.
impl std::fmt::Debug for CredentialCopy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CredentialCopy(used: {:?})", self.used)
    }
}

/// Where a copy's status stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub(crate) struct StatusPlace {
    /// Which list.
    pub(crate) uri: String,
    /// Where in it.
    pub(crate) index: u64,
}

/// What the lists said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct StatusSeen {
    /// The worst that they say of a copy (Token Status List, section 7.1).
    pub(crate) value: u8,
    /// The newest anchor's version; 0 where no copy has a status.
    pub(crate) version: u64,
    /// When.
    pub(crate) time: UnixTime,
}

/// Keys that nothing is bound to any more: they are about to be deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct ReceivingRow {
    /// Under these aliases.
    pub(crate) aliases: Vec<KeyAlias>,
}

citizen_primitives::canonical!(CredentialRow = 1, ReceivingRow = 1);

impl CredentialRow {
    /// Copies that were not shown yet.
    pub(crate) fn unused(&self) -> impl Iterator<Item = &CredentialCopy> {
        self.copies.iter().filter(|copy| copy.used.is_none())
    }

    /// Whether its copies are those of another state of the row: not if they were issued again in between.
    pub(crate) fn is_of_the_same_issuance(&self, other: &Self) -> bool {
        self.certificate == other.certificate
            && self.copies.iter().map(|copy| &copy.alias).eq(other.copies.iter().map(|copy| &copy.alias))
    }

    /// Whether it may be shown: in its time, and the status lists say nothing against it.
    pub(crate) fn is_good(&self, now: UnixTime) -> bool {
        !self.is_expired(now) && self.status.is_none_or(|seen| seen.value == 0)
    }

    /// Whether its time is over.
    pub(crate) fn is_expired(&self, now: UnixTime) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

/// The row of a credential.
pub(crate) fn credential_row(id: &CredentialId) -> Row {
    Row::new(Table::Credentials, [&[HELD], id.as_bytes().as_slice()].concat())
}

/// The row of keys that are about to be deleted.
pub(crate) fn receiving_row() -> Row {
    Row::new(Table::Credentials, [RECEIVING])
}

/// The keys that are about to be deleted.
pub(crate) fn receiving(store: &dyn Store) -> Result<Option<ReceivingRow>, StoreError> {
    super::load(store, &receiving_row())
}

/// All credentials, by their names.
pub(crate) fn credentials(store: &dyn Store) -> Result<Vec<CredentialRow>, StoreError> {
    let entries = store.list(Table::Credentials)?;
    let held = entries.iter().filter(|entry| entry.key.first() == Some(&HELD));
    held.map(|entry| CredentialRow::from_canonical(&entry.value).map_err(|_| StoreError::Damaged)).collect()
}
