//! Elliptic-curve Diffie-Hellman over P-256 (SEC 1, section 3.3.1) and X25519 (RFC 7748, section 6.1).

use crate::jwk::{Jwk, PublicJwk};
use crate::signer::{PrivateKeyError, insert_private, split_private};
use citizen_primitives::random::{self, CryptoRng};
use p256::elliptic_curve::Generate as _;
use serde_json::Value;
use std::fmt;
use zeroize::Zeroizing;

/// What two keys agree on: 32 bytes, not yet a key.
pub type SharedSecret = Zeroizing<[u8; 32]>;

/// The keys do not agree on anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AgreementError {
    /// Keys of two curves, or a point of small order (JOSE-13).
    #[error("keys that agree on nothing")]
    NotForThis,
    /// The private key is elsewhere, and did not answer.
    #[error("the key did not answer")]
    Failed,
}

/// A private key that agrees.
pub trait KeyAgreement {
    /// The public key, with the name that its owner gives it.
    fn jwk(&self) -> Jwk;

    /// The secret shared with the owner of another key of the same curve.
    fn agree(&self, other: &PublicJwk) -> Result<SharedSecret, AgreementError>;
}

/// The curves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Curve {
    /// P-256.
    P256,
    /// X25519.
    X25519,
}

impl Curve {
    /// The curve of a key; none if it is for signatures alone.
    #[must_use]
    pub const fn of(key: &PublicJwk) -> Option<Self> {
        match key {
            PublicJwk::P256(_) => Some(Self::P256),
            PublicJwk::X25519(_) => Some(Self::X25519),
            PublicJwk::Ed25519(_) => None,
        }
    }
}

/// A private key in memory; wiped when dropped, and its `Debug` shows the public key's thumbprint alone.
pub struct SoftwareKeyAgreement {
    key: Key,
    kid: Option<String>,
}

enum Key {
    P256(p256::SecretKey),
    X25519(x25519_dalek::StaticSecret),
}

impl SoftwareKeyAgreement {
    /// A fresh key.
    #[must_use]
    pub fn generate(curve: Curve, rng: &mut dyn CryptoRng) -> Self {
        let key = match curve {
            Curve::P256 => Key::P256(p256::SecretKey::generate_from_rng(rng)),
            Curve::X25519 => {
                let secret: Zeroizing<[u8; 32]> = Zeroizing::new(random::generate_array(rng));
                Key::X25519(x25519_dalek::StaticSecret::from(*secret))
            }
        };
        Self { key, kid: None }
    }

    /// A private JWK. Its public part must be that of its private part.
    pub fn from_private_jwk(value: &Value) -> Result<Self, PrivateKeyError> {
        let (public, secret) = split_private(value).ok_or(PrivateKeyError)?;
        let key = match Curve::of(&public.key).ok_or(PrivateKeyError)? {
            Curve::P256 => Key::P256(p256::SecretKey::from_slice(&*secret).map_err(|_| PrivateKeyError)?),
            Curve::X25519 => Key::X25519(x25519_dalek::StaticSecret::from(*secret)),
        };
        let own = Self { key, kid: public.kid.clone() };
        if own.jwk().key == public.key { Ok(own) } else { Err(PrivateKeyError) }
    }

    /// The private JWK, in the clear: for whoever writes a party's key file.
    #[must_use]
    pub fn dangerous_private_jwk(&self) -> Value {
        let secret: Zeroizing<[u8; 32]> = Zeroizing::new(match &self.key {
            Key::P256(key) => key.to_bytes().into(),
            Key::X25519(key) => key.to_bytes(),
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

impl KeyAgreement for SoftwareKeyAgreement {
    fn jwk(&self) -> Jwk {
        let key = match &self.key {
            Key::P256(key) => PublicJwk::P256(key.public_key()),
            Key::X25519(key) => PublicJwk::X25519(x25519_dalek::PublicKey::from(key)),
        };
        Jwk { kid: self.kid.clone(), ..Jwk::new(key) }
    }

    fn agree(&self, other: &PublicJwk) -> Result<SharedSecret, AgreementError> {
        match (&self.key, other) {
            (Key::P256(own), PublicJwk::P256(other)) => {
                let shared = p256::ecdh::diffie_hellman(own.to_nonzero_scalar(), other.as_affine());
                Ok(Zeroizing::new((*shared.raw_secret_bytes()).into()))
            }
            (Key::X25519(own), PublicJwk::X25519(other)) => {
                let shared = own.diffie_hellman(other);
                if !shared.was_contributory() {
                    return Err(AgreementError::NotForThis);
                }
                Ok(Zeroizing::new(shared.to_bytes()))
            }
            _ => Err(AgreementError::NotForThis),
        }
    }
}

impl fmt::Debug for SoftwareKeyAgreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoftwareKeyAgreement({})", self.jwk().thumbprint())
    }
}
