//! Key proofs of type `jwt`: OpenID4VCI 1.0 Appendix F.1. The holder shows that each key is hers, to this issuer, now.

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

/// A proof to sign; `None` for a key that makes no signatures.
#[must_use]
pub fn unsigned(key: &Jwk, audience: &Audience<'_>, now: UnixTime) -> Option<UnsignedJwt> {
    let mut claims = json!({ "aud": audience.issuer, "iat": now.seconds() });
    if let Some(members) = claims.as_object_mut() {
        members.extend(audience.client.map(|client| ("iss".to_owned(), Value::from(client))));
        members.extend(audience.nonce.map(|nonce| ("nonce".to_owned(), Value::from(nonce))));
    }
    let header = Header::new(key.key.algorithm()?).with_typ(TYPE).with_jwk(Jwk::new(key.key));
    Some(UnsignedJwt::new(&header, &claims))
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
    if header.kid.is_some() || header.x5c.is_some() || header.extra.contains_key("key_attestation") {
        return Err(ProofError::Invalid);
    }
    let key = header.jwk.clone().ok_or(ProofError::Invalid)?;
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
