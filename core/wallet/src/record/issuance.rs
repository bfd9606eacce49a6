//! What the citizen has accepted of an issuer: what has not come yet, and by which the wallet asks for fresh copies of what has.

use super::KeptSignIn;
use crate::id::{CredentialId, IssuanceId};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::KeyAlias;
use citizen_openid4vc::vci::KeptGrant;
use citizen_primitives::{Canonical as _, Hash, UnixTime};
use citizen_store::{Row, Store, StoreError, Table};
use citizen_voting::manifest::Bilingual;
use zeroize::Zeroizing;

/// The kind of row: the first byte of its key. Others of the table are in `record/credential.rs`, `record/service.rs` and
/// `record/authorization.rs`.
const ISSUANCE: u8 = 7;

/// An issuance, from the citizen's word until nothing of it is awaited and nothing held can be refilled by it. The store seals it.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct IssuanceRow {
    /// What this wallet calls it.
    pub(crate) id: IssuanceId,
    /// When she accepted.
    pub(crate) begun: UnixTime,
    /// The issuer's identifier.
    pub(crate) issuer: String,
    /// The certificate that vouched for it when she reviewed,
    pub(crate) certificate: Hash,
    /// and its name by the registry.
    pub(crate) name: Bilingual,
    /// The offer, as a link with all of it; nothing once all of it has come.
    pub(crate) offer: Option<String>,
    /// What she typed, until there is a token.
    pub(crate) code: Option<String>,
    /// What the browser came back with, after a sign-in.
    pub(crate) returned: Option<ReturnedLine>,
    /// The P-256 key that the issuer's tokens are bound to (RFC 9449).
    pub(crate) token_key: [u8; 32],
    /// By which another token is had (RFC 6749, section 6).
    pub(crate) grant: Option<GrantLine>,
    /// What is awaited.
    pub(crate) wanted: Vec<WantedLine>,
    /// What has come and can be refilled.
    pub(crate) held: Vec<HeldLine>,
}

/// What the browser came back with.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct ReturnedLine {
    /// The sign-in that it answers.
    pub(crate) sign_in: KeptSignIn,
    /// The link, with the code in it.
    pub(crate) link: String,
}

/// [`KeptGrant`], as it is kept.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct GrantLine {
    server: String,
    token: String,
    named: bool,
}

/// A credential that is awaited.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct WantedLine {
    /// What the issuer calls it.
    pub(crate) configuration: String,
    /// The type that she reviewed.
    pub(crate) vct: String,
    /// Of which credential it is a refill.
    pub(crate) refills: Option<CredentialId>,
    /// Keys that were told for it.
    pub(crate) keys: Vec<KeyAlias>,
    /// The key proofs of the request for it.
    pub(crate) proofs: Vec<String>,
    /// By which the issuer knows it, if it takes a while.
    pub(crate) transaction: Option<String>,
    /// When it is asked for next.
    pub(crate) next: UnixTime,
}

/// A credential that has come.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct HeldLine {
    /// What the issuer calls it.
    pub(crate) configuration: String,
    /// Its type.
    pub(crate) vct: String,
    /// Which it is.
    pub(crate) credential: CredentialId,
    /// Before then it is not refilled: the issuer has refused it.
    pub(crate) next: UnixTime,
}

citizen_primitives::canonical!(IssuanceRow = 1);

/// What it says is as good as the credential.
impl std::fmt::Debug for IssuanceRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IssuanceRow({} awaited, {} held)", self.wanted.len(), self.held.len())
    }
}

impl IssuanceRow {
    /// What she waits for: not what is only refilled.
    pub(crate) fn awaited(&self) -> impl Iterator<Item = &WantedLine> {
        self.wanted.iter().filter(|wanted| wanted.refills.is_none())
    }

    /// What of it is to be asked for now.
    pub(crate) fn due(&self, now: UnixTime) -> Vec<String> {
        let due = self.wanted.iter().filter(|wanted| wanted.next <= now);
        due.map(|wanted| wanted.configuration.clone()).collect()
    }

    /// What of it has this name.
    pub(crate) fn wanted(&mut self, configuration: &str) -> Option<&mut WantedLine> {
        self.wanted.iter_mut().find(|wanted| wanted.configuration == configuration)
    }

    /// Takes out what is awaited no more.
    pub(crate) fn take(&mut self, configuration: &str) -> Option<WantedLine> {
        let at = self.wanted.iter().position(|wanted| wanted.configuration == configuration)?;
        let taken = self.wanted.remove(at);
        if self.awaited().next().is_none() {
            (self.offer, self.code, self.returned) = (None, None, None);
        }
        Some(taken)
    }

    /// Takes out refills of what it holds no more.
    pub(crate) fn take_refills_of_nothing(&mut self) -> Vec<WantedLine> {
        let is_held = |id: CredentialId| self.held.iter().any(|held| held.credential == id);
        let (kept, taken) = std::mem::take(&mut self.wanted)
            .into_iter()
            .partition(|wanted: &WantedLine| wanted.refills.is_none_or(is_held));
        self.wanted = kept;
        taken
    }

    /// Whether it serves nothing any more.
    pub(crate) fn is_over(&self) -> bool {
        self.wanted.is_empty() && (self.held.is_empty() || self.grant.is_none())
    }
}

impl GrantLine {
    pub(crate) fn of(grant: &KeptGrant) -> Self {
        Self { server: grant.server.clone(), token: grant.token.to_string(), named: grant.named }
    }

    pub(crate) fn grant(&self) -> KeptGrant {
        let token = Zeroizing::new(self.token.clone());
        KeptGrant { server: self.server.clone(), token, named: self.named }
    }
}

/// The row of an issuance.
pub(crate) fn issuance_row(id: &IssuanceId) -> Row {
    Row::new(Table::Credentials, [&[ISSUANCE], id.as_bytes().as_slice()].concat())
}

/// All of them.
pub(crate) fn issuances(store: &dyn Store) -> Result<Vec<IssuanceRow>, StoreError> {
    let entries = store.list(Table::Credentials)?;
    let rows = entries.iter().filter(|entry| entry.key.first() == Some(&ISSUANCE));
    rows.map(|entry| IssuanceRow::from_canonical(&entry.value).map_err(|_| StoreError::Damaged)).collect()
}
