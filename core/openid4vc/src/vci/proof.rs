//! Key proofs of type `jwt`: OpenID4VCI 1.0 Appendix F.1. The holder shows that each key is hers, to this issuer, now.

use citizen_credential::integrity::Holder;
use citizen_jose::{Algorithm, Expected, Header, Jwk, UnsignedJwt, UnverifiedJwt};
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Value, json};

/// The type of a proof.
pub const TYPE: &str = "openid4vci-proof+jwt";
/// How old a proof may be, and how far ahead a clock.
const WINDOW: Seconds = Seconds::new(600);
const AHEAD: Seconds = Seconds::new(60);

/// What a proof is for.
#[derive(Debug, Clone, Copy)]
pub struct Audience<'a> {
    /// The issuer's identifier.
    pub issuer: &'a str,
    /// The client's identifier; none where the client is anonymous.
    pub client: Option<&'a str>,
    /// The issuer's nonce.
    pub nonce: Option<&'a str>,
}

/// How a proof names its key (F.1), which is what the credential is bound to (§12.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyName {
    /// `jwk`: the key itself.
    Jwk,
    /// `kid` with a `did:jwk`.
    DidJwk,
    /// `kid` with a `did:key`.
    DidKey,
}

impl KeyName {
    /// All of them, the wallet's first choice first.
    pub const ALL: [Self; 3] = [Self::Jwk, Self::DidJwk, Self::DidKey];

    /// The word in `cryptographic_binding_methods_supported`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jwk => "jwk",
            Self::DidJwk => "did:jwk",
            Self::DidKey => "did:key",
        }
    }

    /// A header that names a key so.
    fn header(self, key: &Jwk) -> Option<Header> {
        let header = Header::new(key.key.algorithm()?).with_typ(TYPE);
        let did = match self {
            Self::Jwk => return Some(header.with_jwk(Jwk::new(key.key))),
            Self::DidJwk => citizen_did::jwk::did(&key.key),
            Self::DidKey => citizen_did::key::did(&key.key),
        };
        Some(header.with_kid(Holder::of(did.ok()?.as_str())?.verification_method()))
    }
}

/// **VCI-17** The key that a proof names: itself in `jwk`, or in `kid` as the URL of the key that a `did:jwk` or a `did:key` is.
fn named(header: &Header) -> Option<Jwk> {
    match (&header.jwk, &header.kid) {
        (Some(key), None) => Some(key.clone()),
        (None, Some(url)) => {
            let holder = Holder::of(url.split('#').next()?)?;
            (holder.verification_method() == url).then(|| holder.key().clone())
        }
        _ => None,
    }
}

/// A proof to sign that names the key itself; `None` for a key that makes no signatures.
#[must_use]
pub fn unsigned(key: &Jwk, audience: &Audience<'_>, now: UnixTime) -> Option<UnsignedJwt> {
    unsigned_as(KeyName::Jwk, key, audience, now)
}

/// The same, with the key named so.
#[must_use]
pub fn unsigned_as(name: KeyName, key: &Jwk, audience: &Audience<'_>, now: UnixTime) -> Option<UnsignedJwt> {
    let mut claims = json!({ "aud": audience.issuer, "iat": now.seconds() });
    if let Some(members) = claims.as_object_mut() {
        members.extend(audience.client.map(|client| ("iss".to_owned(), Value::from(client))));
        members.extend(audience.nonce.map(|nonce| ("nonce".to_owned(), Value::from(nonce))));
    }
    Some(UnsignedJwt::new(&name.header(key)?, &claims))
}

/// Why a proof is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// It breaks a rule of F.1 or F.4: `invalid_proof`.
    #[error("invalid key proof")]
    Invalid,
    /// It has another nonce: `invalid_nonce`.
    #[error("invalid nonce")]
    Nonce,
}

/// **VCI-5** F.4: the proof is signed by the key that it is for, for this issuer, with a nonce that `is_known`.
pub fn verify(
    proof: &str,
    audience: &Audience<'_>,
    is_known: &dyn Fn(&str) -> bool,
    now: UnixTime,
) -> Result<Jwk, ProofError> {
    let token = UnverifiedJwt::parse(proof).map_err(|_| ProofError::Invalid)?;
    let header = token.header();
    if header.x5c.is_some() || header.extra.contains_key("key_attestation") {
        return Err(ProofError::Invalid);
    }
    let key = named(header).ok_or(ProofError::Invalid)?;
    let expected = Expected { typ: Some(TYPE), algorithms: &Algorithm::ALL };
    let verified = token.verify(&key, &expected).map_err(|_| ProofError::Invalid)?;
    let claims = verified.claims();
    let issued =
        claims.get("iat").and_then(Value::as_u64).map(UnixTime::from_seconds).ok_or(ProofError::Invalid)?;
    let fresh = issued <= now.plus(AHEAD) && now <= issued.plus(WINDOW);
    let client = claims.get("iss").map(Value::as_str);
    let right_client = client.is_none_or(|client| client.is_some() && client == audience.client);
    if claims.get("aud").and_then(Value::as_str) != Some(audience.issuer) || !fresh || !right_client {
        return Err(ProofError::Invalid);
    }
    match claims.get("nonce").map(Value::as_str) {
        Some(Some(nonce)) if is_known(nonce) => Ok(Jwk::new(key.key)),
        Some(Some(_)) => Err(ProofError::Nonce),
        _ => Err(ProofError::Invalid),
    }
}
