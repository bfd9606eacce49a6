//! The key binding JWT (RFC 9901, 4.3 and 7.3): the holder's signature over what she shows, for one verifier, once.

use super::disclosure::HashAlgorithm;
use super::rule::{Rule, SdJwtError};
use super::verify::{CLOCK_SKEW, KeyBinding};
use citizen_jose::{Expected, HeaderError, Jwk, JwsError, Times, UnverifiedJwt, VerifiedJwt};
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Map, Value};

/// The type of a key binding JWT.
pub(super) const TYPE: &str = "kb+jwt";

/// What a key binding must be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transaction<'a> {
    /// What the verifier made up for it.
    pub nonce: &'a str,
    /// The verifier.
    pub audience: &'a str,
    /// How long ago it may have been made.
    pub longest: Seconds,
}

/// The holder signed this presentation, for this transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyBound {
    holder: Jwk,
    issued_at: UnixTime,
    claims: Map<String, Value>,
}

impl KeyBound {
    /// The holder's key.
    #[must_use]
    pub const fn holder(&self) -> &Jwk {
        &self.holder
    }

    /// When she signed, by her clock.
    #[must_use]
    pub const fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    /// All claims of the key binding JWT: `transaction_data_hashes` stand here.
    #[must_use]
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
}

/// A key binding JWT and what it has to be over.
pub(super) struct Bound<'a> {
    pub(super) token: &'a str,
    /// The SD-JWT in compact form.
    pub(super) text: &'a str,
    pub(super) algorithm: HashAlgorithm,
}

impl Bound<'_> {
    /// The steps of 7.3, 5, in their order.
    pub(super) fn verify(
        &self,
        confirmation: Option<&Value>,
        policy: &KeyBinding<'_>,
        now: UnixTime,
    ) -> Result<KeyBound, SdJwtError> {
        let holder = holder_key(confirmation.ok_or(Rule::HolderKey)?)?;
        let token = UnverifiedJwt::parse(self.token).map_err(token_rule)?;
        let jwt = token.verify(&holder, &Expected::any()).map_err(token_rule)?;
        if !jwt.header().is_typ(TYPE) {
            return Err(Rule::KeyBindingType.into());
        }
        let issued_at = check_times(&jwt, policy, now)?;
        check_transaction(&jwt, policy)?;
        if text(&jwt, "sd_hash", Rule::KeyBindingHash)? != self.algorithm.digest(self.text) {
            return Err(Rule::KeyBindingHash.into());
        }
        Ok(KeyBound { holder, issued_at, claims: jwt.into_claims() })
    }
}

/// SDJWT-29: the key in `cnf.jwk`.
pub(super) fn holder_key(confirmation: &Value) -> Result<Jwk, Rule> {
    let key = confirmation.get("jwk").ok_or(Rule::HolderKey)?;
    Jwk::from_value(key).map_err(|_| Rule::HolderKey)
}

/// SDJWT-33; and SDJWT-37 for times that a key binding need not have.
fn check_times(jwt: &VerifiedJwt, policy: &KeyBinding<'_>, now: UnixTime) -> Result<UnixTime, Rule> {
    let times = Times::of(jwt.claims()).map_err(|_| Rule::KeyBindingForm)?;
    let issued_at = times.issued_at.ok_or(Rule::KeyBindingTime)?;
    let longest = match policy {
        KeyBinding::Required(transaction) => Some(transaction.longest),
        KeyBinding::NotRequired => None,
    };
    let is_too_old = longest.is_some_and(|longest| now.since(issued_at) > longest);
    if is_too_old || issued_at > now.plus(CLOCK_SKEW) {
        return Err(Rule::KeyBindingTime);
    }
    let is_past = times.expires.is_some_and(|expires| expires <= now);
    let is_early = times.not_before.is_some_and(|from| from > now.plus(CLOCK_SKEW));
    if is_past || is_early { Err(Rule::KeyBindingForm) } else { Ok(issued_at) }
}

/// SDJWT-34, SDJWT-35.
fn check_transaction(jwt: &VerifiedJwt, policy: &KeyBinding<'_>) -> Result<(), Rule> {
    let nonce = text(jwt, "nonce", Rule::KeyBindingNonce)?;
    let audience = text(jwt, "aud", Rule::KeyBindingAudience)?;
    let KeyBinding::Required(transaction) = policy else { return Ok(()) };
    if nonce != transaction.nonce {
        return Err(Rule::KeyBindingNonce);
    }
    if audience != transaction.audience {
        return Err(Rule::KeyBindingAudience);
    }
    Ok(())
}

fn text<'a>(jwt: &'a VerifiedJwt, name: &str, rule: Rule) -> Result<&'a str, Rule> {
    jwt.claims().get(name).and_then(Value::as_str).ok_or(rule)
}

const fn token_rule(error: JwsError) -> Rule {
    match error {
        JwsError::Header(HeaderError::Algorithm) | JwsError::Algorithm => Rule::KeyBindingAlgorithm,
        JwsError::Signature | JwsError::Key => Rule::KeyBindingSignature,
        _ => Rule::KeyBindingForm,
    }
}
