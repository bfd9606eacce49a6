//! A sign-in at an issuer's page: all that it takes to go on when the browser comes back, to an app that was stopped in between.

use super::IssuanceRow;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_openid4vc::vci::SignIn;
use citizen_primitives::UnixTime;
use citizen_store::{Row, Table};
use zeroize::Zeroizing;

/// The kind of row: the first byte of its key. Others of the table are in `record/credential.rs`, `record/service.rs` and `record/issuance.rs`.
const AUTHORIZATION: u8 = 5;

/// What the browser is open for. The store seals it.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct AuthorizationRow {
    /// What is awaited once the browser has come back: as she has reviewed it.
    pub(crate) issuance: IssuanceRow,
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

citizen_primitives::canonical!(AuthorizationRow = 1);

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

/// What it says is as good as the credential.
impl std::fmt::Debug for AuthorizationRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuthorizationRow(until {})", self.until.seconds())
    }
}

/// The row of the one sign-in that the browser may be open for.
pub(crate) fn authorization_row() -> Row {
    Row::new(Table::Credentials, [AUTHORIZATION])
}
