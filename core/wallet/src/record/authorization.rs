//! A sign-in at an issuer's page: all that it takes to go on when the browser comes back, to an app that was stopped in between.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_openid4vc::vci::SignIn;
use citizen_primitives::UnixTime;
use citizen_store::{Row, Table};
use citizen_voting::manifest::Bilingual;
use zeroize::Zeroizing;

/// The kinds of rows: the first byte of their keys. Others of the table are in `record/credential.rs`, `record/service.rs` and `record/unanswered.rs`.
const AUTHORIZATION: u8 = 5;
const RETURNED: u8 = 6;

/// What the browser is open for. The store seals it.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct AuthorizationRow {
    /// The offer, as a link with all of it.
    pub(crate) offer: String,
    /// The issuer's name, by the registry.
    pub(crate) issuer: Bilingual,
    /// The P-256 key that the issuer's tokens will be bound to (RFC 9449).
    pub(crate) token_key: [u8; 32],
    /// Until when the browser may come back.
    pub(crate) until: UnixTime,
    /// The sign-in itself.
    pub(crate) sign_in: KeptSignIn,
}

/// [`SignIn`], as it is kept.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct KeptSignIn {
    pub(crate) address: String,
    pub(crate) opens_until: Option<UnixTime>,
    pub(crate) verifier: String,
    pub(crate) state: String,
    pub(crate) server: String,
    pub(crate) names_itself: bool,
    pub(crate) configurations: Vec<String>,
}

/// What the browser came back with; beside [`super::UnansweredRow`] of the same offer, and gone with it.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct ReturnedRow {
    /// The offer, as a link with all of it.
    pub(crate) offer: String,
    /// The sign-in that it answers.
    pub(crate) sign_in: KeptSignIn,
    /// The link, with the code in it.
    pub(crate) link: String,
}

citizen_primitives::canonical!(AuthorizationRow = 1, ReturnedRow = 1);

impl KeptSignIn {
    pub(crate) fn of(begun: &SignIn) -> Self {
        let begun = begun.clone();
        Self {
            address: begun.address,
            opens_until: begun.opens_until,
            verifier: begun.verifier.to_string(),
            state: begun.state,
            server: begun.server,
            names_itself: begun.names_itself,
            configurations: begun.configurations,
        }
    }

    pub(crate) fn begun(&self) -> SignIn {
        let kept = self.clone();
        SignIn {
            address: kept.address,
            opens_until: kept.opens_until,
            verifier: Zeroizing::new(kept.verifier),
            state: kept.state,
            server: kept.server,
            names_itself: kept.names_itself,
            configurations: kept.configurations,
        }
    }
}

/// What they say is as good as the credential.
impl std::fmt::Debug for AuthorizationRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuthorizationRow(until {})", self.until.seconds())
    }
}

impl std::fmt::Debug for ReturnedRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReturnedRow(…)")
    }
}

/// The row of the one sign-in that the browser may be open for.
pub(crate) fn authorization_row() -> Row {
    Row::new(Table::Credentials, [AUTHORIZATION])
}

/// The row of what the browser came back with for the issuance that is under way.
pub(crate) fn returned_row() -> Row {
    Row::new(Table::Credentials, [RETURNED])
}
