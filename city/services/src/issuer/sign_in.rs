//! She signs in at the issuer instead of coming to the counter: OpenID4VCI 1.0, section 5, with pushed requests alone (RFC 9126).

use super::{CredentialKind, Issuer};
use crate::error::ServiceError;
use crate::places;
use serde::Deserialize;

/// Where a browser is sent back to with a code: the wallet, and nobody else.
pub const WALLET_ADDRESS: &str = "https://wallet.seoul.example/back";

/// What the page of a sign-in posts.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Whose request it is.
    pub client_id: String,
    /// The request that was pushed.
    pub request_uri: String,
    /// Her number in the register.
    pub number: String,
    /// Her name, as she writes it.
    pub name: String,
    /// Her day of birth: `1999-03-02`.
    pub birth_date: String,
}

impl Issuer {
    /// An offer to whoever signs in for it: a link for a poster. Nothing is open for it.
    #[must_use]
    pub fn open_offer(&self, kind: CredentialKind) -> String {
        self.open.offer_after_sign_in(&[kind.name()]).to_link()
    }

    /// Takes number, name and day of birth together for a pushed request, which counts once (ISSUER-9): where the browser goes with its code.
    /// Whoever shows something else may try twice more.
    pub fn sign_in(&self, sign_in: &SignIn) -> Result<String, ServiceError> {
        let SignIn { client_id, request_uri, number, name, birth_date } = sign_in;
        let resident = self.resident(number, name, birth_date);
        self.turn(places::ISSUER_SIGN_IN, |turn, _| {
            Ok(match resident {
                Ok(resident) => self.open.authorize((client_id, request_uri), &resident.number, turn),
                Err(error) => {
                    self.open.not_signed_in(request_uri, turn);
                    return Ok(Err(error));
                }
            }
            .ok_or(ServiceError::NotFound))
        })?
    }
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignIn(…)")
    }
}
