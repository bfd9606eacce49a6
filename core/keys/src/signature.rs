//! Signatures with their algorithm's tag.

use crate::hex::Hex;
use borsh::{BorshDeserialize, BorshSerialize};
use std::fmt;

/// A signature.
#[derive(Clone, Copy, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Signature {
    /// `R ‖ s` of RFC 8032, section 5.1.6.
    Ed25519([u8; 64]),
    /// `r ‖ s`, 32 bytes each, big-endian, with the lower of the two possible `s`.
    P256([u8; 64]),
}

/// The signature is not this key's over these bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct SignatureError;

impl Signature {
    /// Takes what a hardware key returned, raw `r ‖ s` with either `s`, and keeps the lower one (KEYS-3).
    pub fn from_hardware(raw: &[u8; 64]) -> Result<Self, SignatureError> {
        let signature = p256::ecdsa::Signature::from_slice(raw).map_err(|_| SignatureError)?;
        Ok(Self::P256(signature.normalize_s().to_bytes().into()))
    }

    /// The 64 bytes without their tag.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        match self {
            Self::Ed25519(bytes) | Self::P256(bytes) => bytes,
        }
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Ed25519(_) => "Ed25519",
            Self::P256(_) => "P256",
        };
        write!(f, "{name}({})", Hex(self.as_bytes()))
    }
}
