//! JSON Web Keys (RFC 7517; RFC 7518, section 6.2; RFC 8037, section 2) and their thumbprints (RFC 7638). Public keys alone.

use crate::algorithm::Algorithm;
use crate::base64url;
use ed25519_dalek::Signature as Ed25519Signature;
use p256::ecdsa::signature::Verifier as _;
use p256::elliptic_curve::sec1::{FromSec1Point as _, ToSec1Point as _};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// A public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicJwk {
    /// A point of P-256, for ES256 and ECDH-ES.
    P256(p256::PublicKey),
    /// An Ed25519 key, for EdDSA.
    Ed25519(ed25519_dalek::VerifyingKey),
    /// An X25519 key, for ECDH-ES.
    X25519(x25519_dalek::PublicKey),
}

/// What a key says it is for: `use`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyUse {
    /// `sig`.
    Signature,
    /// `enc`.
    Encryption,
    /// Another word: neither.
    Other(String),
}

/// A public key with what is said of it. Further members are ignored, as RFC 7517 asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwk {
    /// The key.
    pub key: PublicJwk,
    /// Its name among its owner's keys.
    pub kid: Option<String>,
    /// The one algorithm that it is for.
    pub alg: Option<String>,
    /// What it is for.
    pub usage: Option<KeyUse>,
    /// The operations it is for, in `key_ops`; none said if empty.
    pub operations: Vec<String>,
}

/// Why a value is no public key that is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// A member is missing, or of the wrong type or length.
    #[error("a key without the members it needs")]
    Malformed,
    /// A private key where a public one belongs (JOSE-5).
    #[error("a private key")]
    Private,
    /// Another type of key, or another curve.
    #[error("a key of another type or curve")]
    Unsupported,
    /// No point of its curve, or a point under which signatures and secrets say nothing.
    #[error("no usable point of the curve")]
    Point,
}

/// The key may not be used so: another algorithm, another use; or the signature is not its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyUseError {
    /// The key is of another type than the algorithm, or says that it is for something else.
    #[error("the key is not for this")]
    NotForThis,
    /// The signature is not this key's over these bytes.
    #[error("the signature does not verify")]
    Signature,
}

impl PublicJwk {
    /// The algorithm of the key's signatures; none for a key that makes none.
    #[must_use]
    pub const fn algorithm(&self) -> Option<Algorithm> {
        match self {
            Self::P256(_) => Some(Algorithm::Es256),
            Self::Ed25519(_) => Some(Algorithm::EdDsa),
            Self::X25519(_) => None,
        }
    }

    /// From the key as the ledger knows it.
    pub fn from_ledger(key: &citizen_keys::PublicKey) -> Result<Self, JwkError> {
        key.check().map_err(|_| JwkError::Point)?;
        match key {
            citizen_keys::PublicKey::Ed25519(bytes) => Self::ed25519(bytes),
            citizen_keys::PublicKey::P256(bytes) => Self::p256(bytes),
        }
    }

    /// A P-256 key from a SEC 1 point, compressed or not.
    pub fn p256(point: &[u8]) -> Result<Self, JwkError> {
        // The library reads compact points as well (tag 05), which no specification here knows.
        match point.first() {
            Some(2..=4) => {}
            _ => return Err(JwkError::Point),
        }
        p256::PublicKey::from_sec1_bytes(point).map(Self::P256).map_err(|_| JwkError::Point)
    }

    /// An Ed25519 key from the bytes of RFC 8032, not of small order and in its one encoding (JOSE-6).
    pub fn ed25519(bytes: &[u8; 32]) -> Result<Self, JwkError> {
        citizen_keys::PublicKey::Ed25519(*bytes).check().map_err(|_| JwkError::Point)?;
        ed25519_dalek::VerifyingKey::from_bytes(bytes).map(Self::Ed25519).map_err(|_| JwkError::Point)
    }

    /// An X25519 key from the bytes of RFC 7748. Those of small order are refused where a secret is made of them (JOSE-13).
    #[must_use]
    pub fn x25519(bytes: [u8; 32]) -> Self {
        Self::X25519(bytes.into())
    }

    /// The bytes: a compressed SEC 1 point, or the 32 bytes of RFC 8032 or RFC 7748.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::P256(key) => key.to_sec1_point(true).as_bytes().to_vec(),
            Self::Ed25519(key) => key.to_bytes().to_vec(),
            Self::X25519(key) => key.to_bytes().to_vec(),
        }
    }

    /// Reads the members that make up the key, and no others.
    pub fn from_members(object: &Map<String, Value>) -> Result<Self, JwkError> {
        if object.contains_key("d") {
            return Err(JwkError::Private);
        }
        match (text(object, "kty")?, text(object, "crv")) {
            ("EC", Ok("P-256")) => p256_of(&coordinate(object, "x")?, &coordinate(object, "y")?),
            ("OKP", Ok("Ed25519")) => Self::ed25519(&coordinate(object, "x")?),
            ("OKP", Ok("X25519")) => coordinate(object, "x").map(Self::x25519),
            ("EC" | "OKP", Err(error)) => Err(error),
            _ => Err(JwkError::Unsupported),
        }
    }

    /// The members that make up the key, in the order of RFC 7638: what a thumbprint is over.
    #[must_use]
    pub fn to_members(&self) -> Map<String, Value> {
        let members = match self {
            Self::P256(key) => {
                let point = key.to_sec1_point(false);
                let text = |coordinate: Option<&p256::FieldBytes>| coordinate.map(base64url::encode);
                json!({ "crv": "P-256", "kty": "EC", "x": text(point.x()), "y": text(point.y()) })
            }
            Self::Ed25519(key) => {
                json!({ "crv": "Ed25519", "kty": "OKP", "x": base64url::encode(key.as_bytes()) })
            }
            Self::X25519(key) => {
                json!({ "crv": "X25519", "kty": "OKP", "x": base64url::encode(key.as_bytes()) })
            }
        };
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Option<()> {
        match self {
            Self::P256(key) => {
                let signature = p256::ecdsa::Signature::from_slice(signature).ok()?;
                p256::ecdsa::VerifyingKey::from(key).verify(message, &signature).ok()
            }
            Self::Ed25519(key) => key.verify_strict(message, &Ed25519Signature::from_bytes(signature)).ok(),
            Self::X25519(_) => None,
        }
    }
}

impl Jwk {
    /// A key of which nothing is said.
    #[must_use]
    pub const fn new(key: PublicJwk) -> Self {
        Self { key, kid: None, alg: None, usage: None, operations: Vec::new() }
    }

    /// With a name.
    #[must_use]
    pub fn with_kid(mut self, kid: &str) -> Self {
        self.kid = Some(kid.to_owned());
        self
    }

    /// Reads a key. A private key is refused: who gets one is told a secret.
    pub fn from_value(value: &Value) -> Result<Self, JwkError> {
        let object = value.as_object().ok_or(JwkError::Malformed)?;
        let key = PublicJwk::from_members(object)?;
        let optional = |name| object.contains_key(name).then(|| text(object, name)).transpose();
        let usage = optional("use")?.map(|usage| match usage {
            "sig" => KeyUse::Signature,
            "enc" => KeyUse::Encryption,
            other => KeyUse::Other(other.to_owned()),
        });
        Ok(Self {
            key,
            kid: optional("kid")?.map(str::to_owned),
            alg: optional("alg")?.map(str::to_owned),
            usage,
            operations: operations(object)?,
        })
    }

    /// The key as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let Self { key, kid, alg, usage, operations } = self;
        let mut object = key.to_members();
        let usage = usage.as_ref().map(|usage| match usage {
            KeyUse::Signature => "sig",
            KeyUse::Encryption => "enc",
            KeyUse::Other(other) => other,
        });
        for (name, text) in [("kid", kid.as_deref()), ("alg", alg.as_deref()), ("use", usage)] {
            if let Some(text) = text {
                object.insert(name.to_owned(), Value::from(text));
            }
        }
        if !operations.is_empty() {
            object.insert("key_ops".to_owned(), Value::from(operations.clone()));
        }
        Value::Object(object)
    }

    /// SHA-256 over the members that make up the key (RFC 7638, section 3).
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        let members = self.key.to_members();
        // A map of strings whose names are written in order: it is its own canonical form.
        debug_assert!(members.keys().is_sorted());
        Thumbprint(Sha256::digest(Value::Object(members).to_string()).into())
    }

    /// Checks a signature over the bytes by one algorithm, if the key is for that (JOSE-2).
    pub fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8; 64],
    ) -> Result<(), KeyUseError> {
        if self.key.algorithm() != Some(algorithm) || !self.may(KeyUse::Signature, "verify") {
            return Err(KeyUseError::NotForThis);
        }
        if self.alg.as_deref().is_some_and(|alg| Algorithm::parse(alg) != Ok(algorithm)) {
            return Err(KeyUseError::NotForThis);
        }
        self.key.verify(message, signature).ok_or(KeyUseError::Signature)
    }

    /// Whether what the key says of itself allows a use.
    pub(crate) fn may(&self, usage: KeyUse, operation: &str) -> bool {
        self.usage.as_ref().is_none_or(|own| *own == usage)
            && (self.operations.is_empty() || self.operations.iter().any(|own| own == operation))
    }
}

impl From<PublicJwk> for Jwk {
    fn from(key: PublicJwk) -> Self {
        Self::new(key)
    }
}

/// A key's name that nobody chooses: SHA-256 over the members that make it up (RFC 7638).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// As a URI (RFC 9278).
    #[must_use]
    pub fn to_uri(&self) -> String {
        format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{self}")
    }
}

impl fmt::Display for Thumbprint {
    /// base64url.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(self.0))
    }
}

fn p256_of(x: &[u8; 32], y: &[u8; 32]) -> Result<PublicJwk, JwkError> {
    let point = p256::Sec1Point::from_affine_coordinates(&(*x).into(), &(*y).into(), false);
    let key: Option<p256::PublicKey> = p256::PublicKey::from_sec1_point(&point).into();
    key.map(PublicJwk::P256).ok_or(JwkError::Point)
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a str, JwkError> {
    object.get(name).and_then(Value::as_str).ok_or(JwkError::Malformed)
}

/// Exactly 32 bytes: a coordinate keeps its leading zeros (RFC 7518, section 6.2.1.2).
fn coordinate(object: &Map<String, Value>, name: &str) -> Result<[u8; 32], JwkError> {
    base64url::decode_array(text(object, name)?).map_err(|_| JwkError::Malformed)
}

/// None in the list is none said: browsers write a public key of ECDH so.
fn operations(object: &Map<String, Value>) -> Result<Vec<String>, JwkError> {
    let Some(operations) = object.get("key_ops") else { return Ok(Vec::new()) };
    let operations = operations.as_array().ok_or(JwkError::Malformed)?;
    let texts = operations.iter().map(|operation| operation.as_str().map(str::to_owned));
    texts.collect::<Option<_>>().ok_or(JwkError::Malformed)
}
