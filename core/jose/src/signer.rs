//! Whoever signs: software for parties and tests, the phone's key store for a citizen.

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::jwk::{Jwk, PublicJwk};
use citizen_keys::KeystoreError;
use citizen_primitives::random::CryptoRng;
use ed25519_dalek::Signer as _;
use p256::elliptic_curve::Generate as _;
use serde_json::{Map, Value};
use std::fmt;
use zeroize::Zeroizing;

/// A signature was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key store did not sign.
    #[error("the key store did not sign")]
    Keystore(#[source] KeystoreError),
    /// What is signed is no signing input of JOSE, or the header names another algorithm than the key's.
    #[error("the key does not sign this")]
    NotForThis,
    /// The signer failed.
    #[error("the signer failed")]
    Failed,
}

/// A key that signs.
pub trait Signer {
    /// The algorithm.
    fn algorithm(&self) -> Algorithm;

    /// The public key, with the name that its owner gives it.
    fn jwk(&self) -> Jwk;

    /// Signs the bytes: `r ‖ s` of RFC 7518, section 3.4, or `R ‖ S` of RFC 8032.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError>;
}

/// Why a text is no private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no private key of P-256 or Ed25519")]
pub struct PrivateKeyError;

/// A key in memory; wiped when dropped, and its `Debug` shows the public key's thumbprint alone.
pub struct SoftwareSigner {
    key: Key,
    kid: Option<String>,
}

enum Key {
    P256(p256::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
}

impl SoftwareSigner {
    /// A fresh key.
    #[must_use]
    pub fn generate(algorithm: Algorithm, rng: &mut dyn CryptoRng) -> Self {
        let key = match algorithm {
            Algorithm::Es256 => Key::P256(p256::ecdsa::SigningKey::generate_from_rng(rng)),
            Algorithm::EdDsa => {
                let seed = Zeroizing::new(citizen_primitives::random::generate_array(rng));
                Key::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed))
            }
        };
        Self { key, kid: None }
    }

    /// The key of 32 bytes: a scalar of P-256, or a seed of RFC 8032.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8; 32]) -> Result<Self, PrivateKeyError> {
        let key = match algorithm {
            Algorithm::Es256 => {
                Key::P256(p256::ecdsa::SigningKey::from_slice(bytes).map_err(|_| PrivateKeyError)?)
            }
            Algorithm::EdDsa => Key::Ed25519(ed25519_dalek::SigningKey::from_bytes(bytes)),
        };
        Ok(Self { key, kid: None })
    }

    /// A private JWK: for key files. Its public part must be that of its private part.
    pub fn from_private_jwk(value: &Value) -> Result<Self, PrivateKeyError> {
        let (public, secret) = split_private(value).ok_or(PrivateKeyError)?;
        let algorithm = public.key.algorithm().ok_or(PrivateKeyError)?;
        let signer = Self { kid: public.kid.clone(), ..Self::from_bytes(algorithm, &secret)? };
        if signer.jwk().key == public.key { Ok(signer) } else { Err(PrivateKeyError) }
    }

    /// The private JWK, in the clear: for whoever writes a party's key file.
    #[must_use]
    pub fn dangerous_private_jwk(&self) -> Value {
        let secret: Zeroizing<[u8; 32]> = Zeroizing::new(match &self.key {
            Key::P256(key) => key.to_bytes().into(),
            Key::Ed25519(key) => key.to_bytes(),
        });
        insert_private(&self.jwk(), &secret)
    }

    /// With a name for the key.
    #[must_use]
    pub fn with_kid(mut self, kid: &str) -> Self {
        self.kid = Some(kid.to_owned());
        self
    }
}

impl Signer for SoftwareSigner {
    fn algorithm(&self) -> Algorithm {
        match self.key {
            Key::P256(_) => Algorithm::Es256,
            Key::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    fn jwk(&self) -> Jwk {
        let key = match &self.key {
            Key::P256(key) => PublicJwk::P256(key.verifying_key().into()),
            Key::Ed25519(key) => PublicJwk::Ed25519(key.verifying_key()),
        };
        Jwk { kid: self.kid.clone(), ..Jwk::new(key) }
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
        Ok(match &self.key {
            Key::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_bytes().into()
            }
            Key::Ed25519(key) => key.sign(message).to_bytes(),
        })
    }
}

impl fmt::Debug for SoftwareSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoftwareSigner({})", self.jwk().thumbprint())
    }
}

/// The public key and the 32 private bytes of a private JWK.
pub(crate) fn split_private(value: &Value) -> Option<(Jwk, Zeroizing<[u8; 32]>)> {
    let mut members: Map<String, Value> = value.as_object()?.clone();
    let Some(Value::String(secret)) = members.remove("d") else { return None };
    let secret = Zeroizing::new(secret);
    let secret = Zeroizing::new(base64url::decode_array(&secret).ok()?);
    Some((Jwk::from_value(&Value::Object(members)).ok()?, secret))
}

/// A private JWK out of its two parts.
pub(crate) fn insert_private(public: &Jwk, secret: &Zeroizing<[u8; 32]>) -> Value {
    let mut jwk = public.to_value();
    if let Some(members) = jwk.as_object_mut() {
        members.insert("d".to_owned(), Value::from(base64url::encode(secret.as_slice())));
    }
    jwk
}
