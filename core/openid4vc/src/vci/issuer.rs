//! The issuer's side: OpenID4VCI 1.0 with the authorization server in the same hands. What is open stands in rows that its owner keeps
//! ([`OpenRows`]); it calls nobody: whoever serves HTTP hands requests in, and decides who the citizen is and what is issued.
//!
//! A request whose answer was lost may come again, with a fresh proof of possession: a code that the same key has redeemed gives the same
//! token, and the same body with the same token the same order.

mod checks;
mod metadata;
mod nonces;
mod open;
mod order;
mod refresh;
mod sign_in;

pub use open::{MemoryRows, OpenRows};
pub use order::{CredentialCall, IssueOrder};
pub use refresh::Lasting;
pub use sign_in::CheckedPush;

use crate::dpop::SeenProofs;
use crate::http::{self, Endpoint, HttpResponse, JSON, Reach};
use crate::vci::definition::CredentialDefinition;
use crate::vci::metadata::LARGEST_BATCH;
use crate::vci::offer::{
    AuthorizationGrant, CredentialOffer, PRE_AUTHORIZED, PreAuthorized, TRIES_LEFT, TransactionCode,
};
use citizen_credential::integrity::Suite;
use citizen_jose::{Thumbprint, base64url};
use citizen_keys::Secret32;
use citizen_primitives::random::{CryptoRng, generate_array};
use citizen_primitives::{Seconds, UnixTime};
use nonces::Nonces;
use open::{Grant, Kind};
use serde_json::{Value, json};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How often a transaction code may be wrong before the offer is void (§13.6.3), and a sign-in.
const MOST_ATTEMPTS: u64 = 3;
/// The most offers that one citizen has open at once.
const MOST_OFFERS: usize = 32;

/// A credential that is issued here.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// Its name.
    pub name: String,
    /// Its format and type.
    pub format: CredentialFormat,
    /// What is shown of it: `credential_metadata` (§12.2.4).
    pub metadata: Value,
}

/// Format and type of a credential that is issued here.
#[derive(Debug, Clone, PartialEq)]
pub enum CredentialFormat {
    /// `dc+sd-jwt`: an SD-JWT VC of this type, `vct`.
    SdJwtVc(String),
    /// `ldp_vc`: a W3C credential of this definition, signed by this suite.
    LdpVc(CredentialDefinition, Suite),
}

/// The issuer.
#[derive(Debug, Clone, PartialEq)]
pub struct IssuerConfig {
    /// Its identifier; every endpoint is below it.
    pub issuer: Endpoint,
    /// Which addresses it has: plain `http` on the machine itself in a sandbox.
    pub reach: Reach,
    /// What it issues.
    pub configurations: Vec<Configuration>,
    /// Keys of one request, and so credentials.
    pub batch: usize,
    /// How long an offer lives, and how long an access token.
    pub offer_life: Seconds,
    /// How long an access token lives.
    pub token_life: Seconds,
    /// Addresses where a browser may be sent back to with a code.
    pub redirect_uris: Vec<String>,
}

/// What came in.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The `DPoP` header.
    pub dpop: Option<&'a str>,
    /// The body.
    pub body: &'a str,
}

/// An endpoint that takes a proof of possession.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guarded {
    /// §6.
    Token,
    /// §8.
    Credential,
    /// §9.
    Deferred,
    /// §11.
    Notification,
}

/// A request whose proof of possession holds by itself. Whether the proof was seen before, and whether its token counts, is looked at with
/// what is open.
#[derive(Debug)]
pub struct Checked<'a> {
    body: &'a str,
    token: Option<&'a str>,
    key: Thumbprint,
    jti: String,
}

/// What one call works with: what is open, the time, randomness.
pub struct Turn<'a> {
    /// What is open.
    pub rows: &'a mut dyn OpenRows,
    /// Now.
    pub now: UnixTime,
    /// Randomness.
    pub rng: &'a mut dyn CryptoRng,
}

/// An issuer.
pub struct Issuer {
    config: IssuerConfig,
    nonces: Nonces,
    seen: Mutex<SeenProofs>,
    lasting: Option<Lasting>,
}

impl Guarded {
    /// The last segment of its address.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Credential => "credential",
            Self::Deferred => "deferred",
            Self::Notification => "notification",
        }
    }
}

impl Issuer {
    /// An issuer. `secret` makes its nonces and tokens: with the same one, what wallets hold counts after a restart too.
    #[must_use]
    pub fn new(config: IssuerConfig, secret: Secret32, rng: &mut dyn CryptoRng) -> Self {
        Self { config, nonces: Nonces::new(secret, rng), seen: Mutex::default(), lasting: None }
    }

    /// Offers credentials to somebody whom the issuer knows already. With digits to type, that reach her another way; `None` if too
    /// much is open for her.
    pub fn offer(
        &self,
        subject: &str,
        configurations: &[&str],
        digits: Option<(usize, &str)>,
        turn: &mut Turn<'_>,
    ) -> Option<(CredentialOffer, Option<String>)> {
        if self.open_offers(subject, turn) >= MOST_OFFERS {
            return None;
        }
        let code = fresh(turn.rng);
        let typed = digits.map(|(count, _)| random_digits(count, turn.rng));
        let configurations: Vec<String> = configurations.iter().map(|name| (*name).to_owned()).collect();
        let grant = Grant {
            subject: subject.to_owned(),
            configurations: configurations.clone(),
            transaction_code: typed.clone(),
            attempts: 0,
            redeemed: None,
        };
        let (key, until) = (open::key_of(Kind::Grant, &code), turn.now.plus(self.config.offer_life));
        grant.put(turn.rows, &key, until);
        open::put_of(turn.rows, subject, &key, until);
        let transaction_code = digits.zip(typed.as_ref()).map(|((_, words), typed)| TransactionCode {
            numeric: true,
            length: Some(typed.len()),
            description: Some(words.to_owned()),
        });
        let pre_authorized = Some(PreAuthorized { code, transaction_code, server: None });
        let offer = CredentialOffer {
            issuer: self.config.issuer.clone(),
            configurations,
            pre_authorized,
            authorization: None,
        };
        Some((offer, typed))
    }

    /// An offer for which the citizen signs in.
    #[must_use]
    pub fn offer_after_sign_in(&self, configurations: &[&str]) -> CredentialOffer {
        CredentialOffer {
            issuer: self.config.issuer.clone(),
            configurations: configurations.iter().map(|name| (*name).to_owned()).collect(),
            pre_authorized: None,
            authorization: Some(AuthorizationGrant { issuer_state: None, server: None }),
        }
    }

    /// §6: the token endpoint.
    pub fn token(&self, request: &Checked<'_>, turn: &mut Turn<'_>) -> HttpResponse {
        let Some(fields) = http::decode_form(request.body) else { return error(400, "invalid_request") };
        let (token, from) = match fields.get("grant_type").map(String::as_str) {
            Some(PRE_AUTHORIZED) => {
                (self.redeem_pre_authorized(&fields, request, turn), "pre-authorized_code")
            }
            Some("authorization_code") => (self.redeem_code(&fields, request, turn), "code"),
            Some("refresh_token") => (self.redeem_refresh(&fields, request, turn), "refresh_token"),
            _ => (Err("unsupported_grant_type"), ""),
        };
        let (text, token) = match token {
            Err(word) => return refusal(word, Self::tries_left(&fields, turn)),
            Ok(token) => token,
        };
        let mut body = json!({ "access_token": text, "token_type": "DPoP",
            "expires_in": token.until.since(turn.now).count() });
        let details =
            token.client.as_ref().map(|_| token.configurations.iter().map(detail).collect::<Value>());
        let refresh = fields.get(from).and_then(|from| self.refresh_after(from, &token, turn));
        if let Some(members) = body.as_object_mut() {
            members.extend(details.map(|details| ("authorization_details".to_owned(), details)));
            members.extend(refresh.map(|text| ("refresh_token".to_owned(), Value::from(text))));
        }
        let [nonce, _] = self.nonces.for_dpop(turn.now);
        uncached(&body).with_header("dpop-nonce", &nonce)
    }

    /// §7: the nonce endpoint. Nothing is remembered.
    pub fn nonce(&self, now: UnixTime, rng: &mut dyn CryptoRng) -> HttpResponse {
        let [dpop, _] = self.nonces.for_dpop(now);
        uncached(&json!({ "c_nonce": self.nonces.for_key_proof(now, rng) })).with_header("dpop-nonce", &dpop)
    }

    /// Ends all that is open for somebody: offers, sign-ins, tokens, orders. A phone that is in other hands gets nothing any more.
    pub fn forget(&self, subject: &str, rows: &mut dyn OpenRows) {
        for key in open::of_subject(rows, subject, None) {
            rows.remove(&key);
            open::forget_of(rows, subject, &key);
        }
    }

    /// How many proofs of possession are remembered now.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.seen().count()
    }

    /// Whether a row counts no more: its owner removes it when there is time.
    #[must_use]
    pub fn is_over(row: &[u8], now: UnixTime) -> bool {
        open::is_over(row, now)
    }

    fn open_offers(&self, subject: &str, turn: &Turn<'_>) -> usize {
        let keys = open::of_subject(turn.rows, subject, Some(Kind::Grant));
        let is_open = |grant: Grant| grant.redeemed.is_none();
        keys.iter().filter(|key| Grant::find(turn.rows, key, turn.now).is_some_and(is_open)).count()
    }

    fn address(&self, name: &str) -> String {
        format!("{}/{name}", self.config.issuer.as_str().trim_end_matches('/'))
    }

    fn batch(&self) -> usize {
        self.config.batch.clamp(1, LARGEST_BATCH)
    }

    /// Whole at any moment.
    fn seen(&self) -> MutexGuard<'_, SeenProofs> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fresh(rng: &mut dyn CryptoRng) -> String {
    base64url::encode(generate_array::<32>(rng))
}

/// Decimal digits without bias: bytes of 250 and above are drawn again.
fn random_digits(count: usize, rng: &mut dyn CryptoRng) -> String {
    let mut digits = String::new();
    while digits.len() < count.clamp(4, 12) {
        let [byte] = generate_array::<1>(rng);
        if byte < 250 {
            digits.push(char::from(b'0' + byte % 10));
        }
    }
    digits
}

fn detail(name: &String) -> Value {
    json!({ "type": "openid_credential", "credential_configuration_id": name, "credential_identifiers": [name] })
}

fn uncached(body: &Value) -> HttpResponse {
    HttpResponse::ok(body).with_header("cache-control", "no-store")
}

/// A refusal of a code. Whether another transaction code can still be tried says a member of this house: the standard has none.
fn refusal(word: &str, tries_left: Option<u64>) -> HttpResponse {
    let Some(tries) = tries_left else { return error(400, word) };
    HttpResponse::new(400, JSON, json!({ "error": word, TRIES_LEFT: tries }).to_string())
        .with_header("cache-control", "no-store")
}

fn error(status: u16, word: &str) -> HttpResponse {
    HttpResponse::new(status, JSON, json!({ "error": word }).to_string())
        .with_header("cache-control", "no-store")
}
