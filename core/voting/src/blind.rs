//! Blind signatures: RFC 9474, variant RSABSSA-SHA384-PSS-Randomized, with keys of 3072 bits and the exponent 65537.
//!
//! Numbers are 384 bytes, big-endian. Whoever asks draws nothing at random: salt, randomizer and blinding factor come out of a
//! secret, so that the same request can be made again after a crash or from a backup, and gets the same answer (VOTE-50).

use blind_rsa_signatures::reexports::crypto_bigint::BoxedUint;
use blind_rsa_signatures::{BlindSignature as RsaBlindSignature, BlindingResult, MessageRandomizer};
use blind_rsa_signatures::{KeyPair, PSS, PublicKey, Randomized, SecretKey, Sha384};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::Secret32;
use rand_core::{CryptoRng, TryCryptoRng, TryRng};
use rsa::RsaPublicKey;
use std::convert::Infallible;
use std::fmt;
use zeroize::{Zeroize as _, Zeroizing};

#[cfg(feature = "ring")]
mod pss;

/// The length of a modulus, in bits.
const BITS: usize = 3072;
/// The length of every number, in bytes.
const BYTES: usize = 384;
/// The public exponent.
const EXPONENT: u32 = 65_537;

macro_rules! number {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
        pub struct $name([u8; BYTES]);
        citizen_primitives::canonical!($name = 1);

        impl $name {
            /// Takes the bytes as they are.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; BYTES]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; BYTES] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            /// The first bytes: enough to tell two apart.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}(", stringify!($name))?;
                self.0.iter().take(8).try_for_each(|byte| write!(f, "{byte:02x}"))?;
                write!(f, "…)")
            }
        }
    )+ };
}

number! {
    /// A registrar's public key: the modulus.
    BlindKey,
    /// What a registrar is asked to sign. It says nothing about what it stands for.
    BlindedMessage,
    /// What a registrar answers.
    BlindSignature,
}

/// A signature over a message that the signer did not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BlindedOutcome {
    /// What stands before the message.
    pub randomizer: [u8; 32],
    /// The signature.
    pub signature: RsaSignature,
}

number! {
    /// An RSASSA-PSS signature.
    RsaSignature,
}

/// Why a modulus is no key of a registrar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an odd modulus of {BITS} bits")]
pub struct BlindKeyError;

/// Why a blind signature is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlindError {
    /// The key is none.
    #[error("not a blind-signature key")]
    Key,
    /// What should be signed is no number below the modulus.
    #[error("the blinded message is out of range")]
    OutOfRange,
    /// The signature does not verify under the key of the manifest (VOTE-14).
    #[error("the signature does not verify under the key of the manifest")]
    Signature,
}

impl BlindKey {
    /// Whether it can be a key: an odd number of exactly 3072 bits.
    pub fn check(&self) -> Result<(), BlindKeyError> {
        let [first, .., last] = self.0;
        if first & 0x80 != 0 && last & 1 == 1 { Ok(()) } else { Err(BlindKeyError) }
    }

    /// Prepares it for many verifications.
    pub fn verifier(&self) -> Result<BlindVerifier, BlindError> {
        self.check().map_err(|_| BlindError::Key)?;
        let modulus = BoxedUint::from_be_slice(&self.0, 3072).map_err(|_| BlindError::Key)?;
        let key = RsaPublicKey::new(modulus, EXPONENT.into()).map_err(|_| BlindError::Key)?;
        Ok(BlindVerifier { modulus: *self, key: PublicKey::new(key) })
    }
}

/// A registrar's public key, ready to use.
#[derive(Clone)]
pub struct BlindVerifier {
    modulus: BlindKey,
    key: PublicKey<Sha384, PSS, Randomized>,
}

impl BlindVerifier {
    /// Blinds a message with what the secret gives: always the same.
    pub fn blind(&self, secret: &Secret32, message: &[u8]) -> Result<BlindedMessage, BlindError> {
        let mut result = self.blinding(secret, message)?;
        result.secret.0.zeroize();
        Ok(BlindedMessage(array(&result.blind_message).ok_or(BlindError::Key)?))
    }

    /// Makes the signature out of the registrar's answer, and checks it under this key: a registrar that signs with a key of its
    /// own choice for this citizen is found out here (VOTE-14).
    pub fn finalize(
        &self,
        secret: &Secret32,
        message: &[u8],
        answer: &BlindSignature,
    ) -> Result<BlindedOutcome, BlindError> {
        let mut result = self.blinding(secret, message)?;
        let MessageRandomizer(randomizer) = result.msg_randomizer.ok_or(BlindError::Key)?;
        let answer = RsaBlindSignature(answer.0.to_vec());
        let signature = self.key.finalize(&answer, &result, message);
        // Whoever has the blinding factor sees who voted with which key.
        result.secret.0.zeroize();
        let signature = signature.map_err(|_| BlindError::Signature)?;
        let signature = RsaSignature(array(&signature).ok_or(BlindError::Signature)?);
        let outcome = BlindedOutcome { randomizer, signature };
        self.verify(message, &outcome)?;
        Ok(outcome)
    }

    /// Checks a signature: RSASSA-PSS-VERIFY (RFC 8017, section 8.1.2) with SHA-384 and a salt of 48 bytes, over the randomizer
    /// and the message. A signature that is not below the modulus would be a second form of another, and is refused.
    pub fn verify(&self, message: &[u8], outcome: &BlindedOutcome) -> Result<(), BlindError> {
        if outcome.signature.0 >= self.modulus.0 {
            return Err(BlindError::Signature);
        }
        #[cfg(feature = "ring")]
        return pss::verify(&self.modulus, message, outcome);
        #[cfg(not(feature = "ring"))]
        self.verify_portably(message, outcome)
    }

    /// Without a line of assembly: what a library without ring verifies with.
    #[cfg(any(test, not(feature = "ring")))]
    fn verify_portably(&self, message: &[u8], outcome: &BlindedOutcome) -> Result<(), BlindError> {
        let signature = blind_rsa_signatures::Signature(outcome.signature.0.to_vec());
        self.key
            .verify(&signature, Some(MessageRandomizer(outcome.randomizer)), message)
            .map_err(|_| BlindError::Signature)
    }

    fn blinding(&self, secret: &Secret32, message: &[u8]) -> Result<BlindingResult, BlindError> {
        self.key.blind(&mut Stream::new(secret), message).map_err(|_| BlindError::Key)
    }
}

impl fmt::Debug for BlindVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BlindVerifier").field(&self.modulus).finish()
    }
}

/// A registrar's private key for one electorate of one poll. Its `Debug` shows the public half only.
pub struct BlindSigningKey(SecretKey<Sha384, PSS, Randomized>);

impl BlindSigningKey {
    /// A fresh key: takes seconds.
    pub fn generate(rng: &mut dyn CryptoRng) -> Result<Self, BlindError> {
        KeyPair::generate(rng, BITS).map(|pair| Self(pair.sk)).map_err(|_| BlindError::Key)
    }

    /// Reads PKCS #8 (RFC 5208), DER.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, BlindError> {
        let key = Self(SecretKey::from_der(der).map_err(|_| BlindError::Key)?);
        key.public().and_then(|public| public.check().map_err(|_| BlindError::Key))?;
        Ok(key)
    }

    /// Writes PKCS #8, in the clear: for whoever seals it or writes a service's key file.
    pub fn dangerous_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, BlindError> {
        self.0.to_der().map(Zeroizing::new).map_err(|_| BlindError::Key)
    }

    /// The public key.
    pub fn public(&self) -> Result<BlindKey, BlindError> {
        let public = self.0.public_key().map_err(|_| BlindError::Key)?;
        let parts = public.components();
        if parts.e().iter().fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte)) != u64::from(EXPONENT) {
            return Err(BlindError::Key);
        }
        left_padded(&parts.n()).map(BlindKey).ok_or(BlindError::Key)
    }

    /// Signs what it cannot read. The randomness hides the private operation's timing; the answer does not depend on it.
    pub fn sign(
        &self,
        rng: &mut dyn CryptoRng,
        message: &BlindedMessage,
    ) -> Result<BlindSignature, BlindError> {
        let signature = self.0.blind_sign_with_rng(rng, message.0).map_err(|_| BlindError::OutOfRange)?;
        array(&signature).map(BlindSignature).ok_or(BlindError::Key)
    }
}

impl fmt::Debug for BlindSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BlindSigningKey").field(&self.public()).finish()
    }
}

fn array(bytes: &[u8]) -> Option<[u8; BYTES]> {
    bytes.try_into().ok()
}

fn left_padded(bytes: &[u8]) -> Option<[u8; BYTES]> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = bytes.get(zeros..)?;
    let mut number = [0; BYTES];
    number.get_mut(BYTES.checked_sub(digits.len())?..)?.copy_from_slice(digits);
    Some(number)
}

/// HMAC-SHA256 under the secret in counter mode: block `i` is over `i` as 4 bytes, little-endian.
///
/// RFC 9474 takes from it, in this order: the randomizer (32 bytes), the salt (48 bytes), candidates for the blinding factor (384
/// bytes each, little-endian) until one is below the modulus.
struct Stream<'a> {
    secret: &'a Secret32,
    counter: u32,
    block: Zeroizing<[u8; 32]>,
    used: usize,
}

impl<'a> Stream<'a> {
    fn new(secret: &'a Secret32) -> Self {
        Self { secret, counter: 0, block: Zeroizing::new([0; 32]), used: 32 }
    }

    fn next_byte(&mut self) -> u8 {
        if self.used >= self.block.len() {
            *self.block = self.secret.keyed_hash(&self.counter.to_le_bytes());
            self.counter = self.counter.wrapping_add(1);
            self.used = 0;
        }
        let byte = self.block.get(self.used).copied().unwrap_or_default();
        self.used += 1;
        byte
    }
}

impl TryRng for Stream<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill_with(|| self.next_byte());
        Ok(())
    }
}

impl TryCryptoRng for Stream<'_> {}

#[cfg(test)]
#[path = "blind/tests.rs"]
mod tests;
