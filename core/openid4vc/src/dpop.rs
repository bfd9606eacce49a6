//! Demonstrating Proof of Possession: RFC 9449. An access token is of use to the holder of one key alone.

use crate::http::{Endpoint, Method, Reach};
use citizen_jose::{
    Algorithm, Expected, Header, Jwk, SignError, Signer, SoftwareSigner, Thumbprint, UnverifiedJwt,
    base64url, jwt,
};
use citizen_primitives::random::{CryptoRng, generate_array};
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The type of a proof.
pub const TYPE: &str = "dpop+jwt";
/// How old a proof may be, and how far ahead a clock (§11.1).
const WINDOW: Seconds = Seconds::new(300);
const AHEAD: Seconds = Seconds::new(60);

/// What a proof is for.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The request's method.
    pub method: Method,
    /// The request's address.
    pub url: &'a Endpoint,
    /// The access token that goes with it.
    pub token: Option<&'a str>,
    /// The server's nonce.
    pub nonce: Option<&'a str>,
}

/// The key of one session. It lives as long as the session, or as its owner keeps it: a token that outlives it is of no use.
#[derive(Debug)]
pub struct DpopKey(SoftwareSigner);

impl DpopKey {
    /// A fresh P-256 key.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(SoftwareSigner::generate(Algorithm::Es256, rng))
    }

    /// A key that its owner keeps.
    #[must_use]
    pub const fn new(key: SoftwareSigner) -> Self {
        Self(key)
    }

    /// Its RFC 7638 thumbprint.
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        self.0.jwk().thumbprint()
    }

    /// A proof for one request (§4.2).
    pub fn prove(
        &self,
        target: &Target<'_>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<String, SignError> {
        let mut claims = json!({
            "jti": base64url::encode(generate_array::<16>(rng)),
            "htm": target.method.name(),
            "htu": target.url.without_query(),
            "iat": now.seconds(),
        });
        if let Some(members) = claims.as_object_mut() {
            members.extend(target.token.map(|token| ("ath".to_owned(), Value::from(token_hash(token)))));
            members.extend(target.nonce.map(|nonce| ("nonce".to_owned(), Value::from(nonce))));
        }
        let header = Header::new(Algorithm::Es256).with_typ(TYPE).with_jwk(self.0.jwk());
        jwt::sign(&header, &claims, &self.0)
    }
}

/// Why a proof is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DpopError {
    /// It breaks a rule of §4.3, or was seen before: `invalid_dpop_proof`.
    #[error("invalid DPoP proof")]
    Invalid,
    /// It is without the server's nonce: `use_dpop_nonce` (§8).
    #[error("DPoP nonce required")]
    Nonce,
}

/// **VCI-3** §4.3: checks a proof and gives its key and its `jti`. The caller remembers the latter: [`SeenProofs`].
pub fn verify(proof: &str, target: &Target<'_>, now: UnixTime) -> Result<(Jwk, String), DpopError> {
    let token = UnverifiedJwt::parse(proof).map_err(|_| DpopError::Invalid)?;
    let key = token.header().jwk.clone().ok_or(DpopError::Invalid)?;
    let verified = token.verify(&key, &Expected::typ(TYPE)).map_err(|_| DpopError::Invalid)?;
    let text = |name: &str| verified.claims().get(name).and_then(Value::as_str);
    let issued = verified.claims().get("iat").and_then(Value::as_u64).map(UnixTime::from_seconds);
    let issued = issued.ok_or(DpopError::Invalid)?;
    let fresh = issued <= now.plus(AHEAD) && now <= issued.plus(WINDOW);
    let right = text("htm") == Some(target.method.name())
        && text("htu").is_some_and(|address| is_at(address, target.url))
        && text("ath") == target.token.map(token_hash).as_deref();
    let jti = text("jti").filter(|jti| (1..=256).contains(&jti.len())).ok_or(DpopError::Invalid)?;
    if !fresh || !right {
        return Err(DpopError::Invalid);
    }
    if target.nonce.is_some() && text("nonce") != target.nonce {
        return Err(DpopError::Nonce);
    }
    Ok((key, jti.to_owned()))
}

/// The proofs of the last minutes: none counts twice (§11.1). Each is remembered under what it was shown with, a token or a code that
/// its reader has found right: what a stranger proves takes nobody's room.
#[derive(Debug, Default)]
pub struct SeenProofs {
    under: BTreeMap<Vec<u8>, BTreeMap<[u8; 32], UnixTime>>,
    swept: UnixTime,
}

impl SeenProofs {
    /// The most that are remembered under one token; beyond that no proof with it is taken until some are too old to count.
    pub const MOST: usize = 256;

    /// Remembers a proof; `false` if it was seen before or there is no room.
    pub fn remember(&mut self, under: &[u8], jti: &str, now: UnixTime) -> bool {
        self.sweep(now);
        let seen = self.under.entry(under.to_vec()).or_default();
        if seen.len() >= Self::MOST {
            seen.retain(|_, seen| counts(*seen, now));
        }
        seen.len() < Self::MOST && seen.insert(Sha256::digest(jti).into(), now).is_none()
    }

    /// How many are remembered.
    #[must_use]
    pub fn count(&self) -> usize {
        self.under.values().map(BTreeMap::len).sum()
    }

    /// Once in a while: forgets tokens with which nothing came for long.
    fn sweep(&mut self, now: UnixTime) {
        if now.since(self.swept) < WINDOW {
            return;
        }
        self.swept = now;
        self.under.retain(|_, seen| {
            seen.retain(|_, seen| counts(*seen, now));
            !seen.is_empty()
        });
    }
}

/// Whether a proof that was seen then could be taken again.
fn counts(seen: UnixTime, now: UnixTime) -> bool {
    now <= seen.plus(WINDOW).plus(AHEAD)
}

/// The same address, query and fragment aside (§4.3, step 9).
fn is_at(address: &str, url: &Endpoint) -> bool {
    let address = address.split('#').next().unwrap_or_default();
    Endpoint::parse(address, Reach::OrLoopback)
        .is_ok_and(|named| named.without_query() == url.without_query())
}

fn token_hash(token: &str) -> String {
    base64url::encode(Sha256::digest(token.as_bytes()))
}
