//! Public keys and the two signature algorithms: Ed25519 (RFC 8032, verified by ZIP-215) and
//! ECDSA over P-256 with SHA-256 (FIPS 186-5, raw `r ‖ s`, low `s`).

use crate::hex::Hex;
use crate::signature::{Signature, SignatureError};
use crate::zip215::verify_zip215;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Canonical as _, Hash, KeyId, Label};
use p256::ecdsa::signature::Verifier as _;
use std::fmt;

/// The algorithm of a key; its tag stands before every key and signature from version 1 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Algorithm {
    /// Ed25519.
    Ed25519,
    /// ECDSA over P-256 with SHA-256.
    P256,
}

/// A public key. Its bytes are taken as they are: [`PublicKey::check`] says whether they are a usable point.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum PublicKey {
    /// The 32 bytes of RFC 8032, section 5.1.2.
    Ed25519([u8; 32]),
    /// The compressed point of SEC 1, section 2.3.3.
    P256([u8; 33]),
}

citizen_primitives::canonical!(PublicKey = 1);

/// Why a public key is not one to register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are no point of the curve, or not the point's only encoding.
    #[error("not a public key")]
    NotAPoint,
    /// A point of small order: signatures under it say nothing.
    #[error("a key of small order")]
    SmallOrder,
    /// A key of another algorithm is wanted here.
    #[error("a key of another algorithm is wanted")]
    Algorithm,
}

impl PublicKey {
    /// The algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::Ed25519,
            Self::P256(_) => Algorithm::P256,
        }
    }

    /// The key's name: the digest of its canonical bytes.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId::from_hash(Hash::labelled(Label::KeyId, &self.to_canonical()))
    }

    /// The bytes without their tag.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(bytes) => bytes,
            Self::P256(bytes) => bytes,
        }
    }

    /// A P-256 key from a SEC 1 point, compressed or not.
    pub fn from_sec1(point: &[u8]) -> Result<Self, KeyError> {
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| KeyError::NotAPoint)?;
        let compressed = key.to_sec1_point(true);
        Ok(Self::P256(compressed.as_bytes().try_into().map_err(|_| KeyError::NotAPoint)?))
    }

    /// Whether the key may be registered: a point, in its one encoding, not of small order (KEYS-4).
    ///
    /// Verification does not ask this, because ZIP-215 accepts such keys: whoever lists a key must.
    pub fn check(&self) -> Result<(), KeyError> {
        match self {
            Self::Ed25519(bytes) => check_ed25519(bytes),
            // Its library reads the compact form as well (tag 05): another encoding, and so another name.
            Self::P256(bytes) => match Self::from_sec1(bytes)? {
                key if key == *self => Ok(()),
                _ => Err(KeyError::NotAPoint),
            },
        }
    }

    /// Checks a signature over the labelled bytes (KEYS-1).
    pub fn verify(&self, label: Label, bytes: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        self.verify_message(&label.message(bytes), signature)
    }

    pub(crate) fn verify_message(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        match (self, signature) {
            (Self::Ed25519(key), Signature::Ed25519(signature)) => verify_zip215(key, message, signature),
            (Self::P256(key), Signature::P256(signature)) => verify_p256(key, message, signature),
            (Self::Ed25519(_), Signature::P256(_)) | (Self::P256(_), Signature::Ed25519(_)) => {
                Err(SignatureError)
            }
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({})", self.algorithm(), Hex(self.as_bytes()))
    }
}

fn check_ed25519(bytes: &[u8; 32]) -> Result<(), KeyError> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NotAPoint)?;
    if key.is_weak() {
        return Err(KeyError::SmallOrder);
    }
    if key.to_edwards().compress().as_bytes() == bytes { Ok(()) } else { Err(KeyError::NotAPoint) }
}

/// A high `s` is refused: with it anybody could make a second valid signature out of the first (KEYS-3).
fn verify_p256(key: &[u8; 33], message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureError> {
    let key = p256_key(key).ok_or(SignatureError)?;
    let signature = p256::ecdsa::Signature::from_slice(signature).map_err(|_| SignatureError)?;
    if signature.normalize_s() != signature {
        return Err(SignatureError);
    }
    key.verify(message, &signature).map_err(|_| SignatureError)
}

fn p256_key(bytes: &[u8; 33]) -> Option<p256::ecdsa::VerifyingKey> {
    p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).ok()
}
