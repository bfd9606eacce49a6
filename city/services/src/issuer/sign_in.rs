//! She signs in at the issuer instead of coming to the counter: OpenID4VCI 1.0, section 5, with pushed requests alone (RFC 9126).

use super::{CredentialKind, Issuer};
use crate::error::ServiceError;
use crate::places;
use citizen_jose::base64url;
use serde::Deserialize;

/// Where a browser is sent back to with a code: the wallet, and nobody else.
pub const WALLET_ADDRESS: &str = "https://wallet.seoul.example/back";
/// The characters of a browser's name.
const NAME: usize = 43;

/// Whose page it is, as the address says that a wallet has the browser open (RFC 9126, section 4).
#[derive(Clone, Deserialize)]
pub struct Asked {
    /// Whose request it is.
    pub client_id: String,
    /// The request that was pushed.
    pub request_uri: String,
}

/// The page of a request that is open.
pub struct SignInPage {
    /// What is asked for.
    pub credentials: Vec<CredentialKind>,
    /// The browser's name, to be kept by it and told with what the page posts.
    pub browser: String,
    /// What the page posts beside: made for this request and this browser.
    pub word: String,
    /// Whether the browser may tell its name over TLS alone.
    pub is_secure: bool,
}

/// What the page of a sign-in posts.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Whose request it is.
    pub client_id: String,
    /// The request that was pushed.
    pub request_uri: String,
    /// The page's word.
    pub word: String,
    /// What she decided.
    pub decision: Decision,
    /// Her number in the register.
    #[serde(default)]
    pub number: String,
    /// Her name, as she writes it.
    #[serde(default)]
    pub name: String,
    /// Her day of birth: `1999-03-02`.
    #[serde(default)]
    pub birth_date: String,
}

/// What she decided on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Her wallet shall have what it asks for.
    Agree,
    /// It shall not.
    Decline,
}

impl Issuer {
    /// An offer to whoever signs in for it: a link for a poster. Nothing is open for it.
    #[must_use]
    pub fn open_offer(&self, kind: CredentialKind) -> String {
        self.open.offer_after_sign_in(&[kind.name()]).to_link()
    }

    /// The page of a pushed request, for a browser, which may have a name from before. From the first look on she has ten minutes.
    pub fn sign_in_page(&self, asked: &Asked, browser: Option<&str>) -> Result<SignInPage, ServiceError> {
        let request = (asked.client_id.as_str(), asked.request_uri.as_str());
        let names = self.turn(places::ISSUER_PAGE, |turn, _| {
            self.open.opened(request, turn).ok_or(ServiceError::NotFound)
        })?;
        let browser = match browser.filter(|name| name.len() == NAME) {
            Some(browser) => browser.to_owned(),
            None => base64url::encode(self.party.random::<32>()),
        };
        Ok(SignInPage {
            credentials: names.iter().filter_map(|name| CredentialKind::of_name(name)).collect(),
            word: self.open.form_word(&asked.request_uri, &browser),
            browser,
            is_secure: self.certified.base().as_str().starts_with("https:"),
        })
    }

    /// Takes number, name and day of birth together for a pushed request, which counts once (ISSUER-9): where the browser goes with its code, or
    /// with her no. Whoever shows something else may try twice more.
    pub fn sign_in(&self, sign_in: &SignIn, browser: Option<&str>) -> Result<String, ServiceError> {
        let SignIn { client_id, request_uri, word, number, name, birth_date, .. } = sign_in;
        // ISSUER-10: another page's post reaches nothing.
        if !browser.is_some_and(|browser| self.open.is_form_word(word, request_uri, browser)) {
            return Err(ServiceError::Malformed);
        }
        let request = (client_id.as_str(), request_uri.as_str());
        if sign_in.decision == Decision::Decline {
            return self.turn(places::ISSUER_SIGN_IN, |turn, _| {
                self.open.declined(request, turn).ok_or(ServiceError::NotFound)
            });
        }
        let resident = self.resident(number, name, birth_date);
        self.turn(places::ISSUER_SIGN_IN, |turn, _| {
            Ok(match resident {
                Ok(resident) => self.open.authorize(request, &resident.number, turn),
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

impl std::fmt::Debug for SignInPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignInPage({:?})", self.credentials)
    }
}
