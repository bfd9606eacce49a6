//! JSON Web Token (RFC 7519, with the advice of RFC 8725): a JWS in compact form whose payload is a JSON object.

use crate::header::Header;
use crate::json;
use crate::jwk::Jwk;
use crate::jws::{Expected, JwsError, UnsignedJws, UnverifiedJws};
use crate::signer::{SignError, Signer};
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Map, Value};

/// A token that waits for its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsignedJwt(UnsignedJws);

/// A token of which nothing is checked yet but its form.
#[derive(Debug, Clone, PartialEq)]
pub struct UnverifiedJwt {
    jws: UnverifiedJws,
    header: Header,
    claims: Value,
}

/// A token whose signature verified.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedJwt {
    header: Header,
    claims: Map<String, Value>,
}

/// When a token was made and when it counts, as far as it says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// `iat`.
    pub issued_at: Option<UnixTime>,
    /// `nbf`.
    pub not_before: Option<UnixTime>,
    /// `exp`.
    pub expires: Option<UnixTime>,
}

/// Why a token does not count now, or its claims are not what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// A claim has the wrong type, or a time is none.
    #[error("a claim of the wrong type")]
    Malformed,
    /// `exp` is past (JOSE-11).
    #[error("expired")]
    Expired,
    /// `nbf` is yet to come (JOSE-11).
    #[error("not valid yet")]
    NotYet,
    /// `iat` is yet to come (JOSE-11).
    #[error("issued in the future")]
    IssuedInFuture,
}

impl UnsignedJwt {
    /// Header and claims as they will be signed.
    #[must_use]
    pub fn new(header: &Header, claims: &Value) -> Self {
        Self(UnsignedJws::new(header, claims.to_string().as_bytes()))
    }

    /// The bytes to sign.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.0.signing_input()
    }

    /// The token.
    #[must_use]
    pub fn with_signature(self, signature: &[u8; 64]) -> String {
        self.0.with_signature(signature)
    }
}

/// Signs a token. The header must name the signer's algorithm.
pub fn sign(header: &Header, claims: &Value, signer: &dyn Signer) -> Result<String, SignError> {
    crate::jws::sign(header, claims.to_string().as_bytes(), signer)
}

impl UnverifiedJwt {
    /// Reads a token.
    pub fn parse(token: &str) -> Result<Self, JwsError> {
        Self::from_jws(UnverifiedJws::parse(token)?)
    }

    /// Takes a JWS in JSON with one signature, whose payload is a JSON object, as RFC 9901 has them.
    pub fn from_jws(jws: UnverifiedJws) -> Result<Self, JwsError> {
        let [signature] = jws.signatures() else { return Err(JwsError::Malformed) };
        let header = signature.header().clone();
        let claims = json::parse_object(&jws.payload_unverified()).map_err(|_| JwsError::Payload)?;
        Ok(Self { jws, header, claims: Value::Object(claims) })
    }

    /// The header, which is the sender's word: to look for the signer's key.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The claims before anything is checked: to look for the signer's key.
    #[must_use]
    pub const fn claims_unverified(&self) -> &Value {
        &self.claims
    }

    /// The JWS under it.
    #[must_use]
    pub const fn jws(&self) -> &UnverifiedJws {
        &self.jws
    }

    /// Checks type, algorithm and signature under a key that the caller has from elsewhere (JOSE-7).
    pub fn verify(self, key: &Jwk, expected: &Expected<'_>) -> Result<VerifiedJwt, JwsError> {
        let verified = self.jws.verify(key, expected)?;
        match self.claims {
            Value::Object(claims) => Ok(VerifiedJwt { header: verified.into_header(), claims }),
            _ => Err(JwsError::Payload),
        }
    }
}

impl VerifiedJwt {
    /// The header that was signed.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The claims that were signed.
    #[must_use]
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The claims, taken out.
    #[must_use]
    pub fn into_claims(self) -> Map<String, Value> {
        self.claims
    }

    /// `exp`, `nbf` and `iat`, if they all allow the token to count now; clocks may differ by the leeway.
    pub fn times(&self, now: UnixTime, leeway: Seconds) -> Result<Times, ClaimError> {
        Times::of(&self.claims)?.check(now, leeway)
    }

    /// A claim that is a text; `None` if it is not there.
    pub fn text(&self, name: &str) -> Result<Option<&str>, ClaimError> {
        self.claims.get(name).map(|value| value.as_str().ok_or(ClaimError::Malformed)).transpose()
    }

    /// Whether `aud` is this, or a list with this in it (RFC 7519, section 4.1.3).
    #[must_use]
    pub fn is_for(&self, audience: &str) -> bool {
        match self.claims.get("aud") {
            Some(Value::String(only)) => only == audience,
            Some(Value::Array(list)) => list.iter().any(|one| one == audience),
            _ => false,
        }
    }
}

impl Times {
    /// Reads the three claims.
    pub fn of(claims: &Map<String, Value>) -> Result<Self, ClaimError> {
        let read = |name| claims.get(name).map(numeric_date).transpose();
        Ok(Self { issued_at: read("iat")?, not_before: read("nbf")?, expires: read("exp")? })
    }

    /// The times, if they all allow it now; clocks may differ by the leeway.
    pub fn check(self, now: UnixTime, leeway: Seconds) -> Result<Self, ClaimError> {
        if self.expires.is_some_and(|expires| now >= expires.plus(leeway)) {
            return Err(ClaimError::Expired);
        }
        if self.not_before.is_some_and(|not_before| now.plus(leeway) < not_before) {
            return Err(ClaimError::NotYet);
        }
        if self.issued_at.is_some_and(|issued_at| now.plus(leeway) < issued_at) {
            return Err(ClaimError::IssuedInFuture);
        }
        Ok(self)
    }
}

/// Seconds since 1970, perhaps with a fraction, which is cut off (RFC 7519, section 2).
fn numeric_date(value: &Value) -> Result<UnixTime, ClaimError> {
    /// The first whole number that a double does not tell from its neighbour.
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    if let Some(seconds) = value.as_u64() {
        return Ok(UnixTime::from_seconds(seconds));
    }
    let seconds = value.as_f64().filter(|seconds| (0.0..LIMIT).contains(seconds));
    let whole = seconds.map(|seconds| format!("{:.0}", seconds.trunc())).and_then(|text| text.parse().ok());
    whole.map(UnixTime::from_seconds).ok_or(ClaimError::Malformed)
}
