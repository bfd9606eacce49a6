//! The platform's key store behind one trait: identifiers and bytes in, bytes out.

use crate::public::{KeyError, PublicKey};
use crate::signature::Signature;
use crate::signing_reason::SigningReason;
use crate::token_key::is_for_tokens;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{IdentifierError, Label};
use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The name of a key in the key store: 1 to 64 of `a-z A-Z 0-9 - _ .`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct KeyAlias(String);

impl KeyAlias {
    /// Checks the characters and the length.
    pub fn new(text: &str) -> Result<Self, IdentifierError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || text.len() > 64 || !text.chars().all(allowed) {
            return Err(IdentifierError("KeyAlias"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl BorshDeserialize for KeyAlias {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let text = String::deserialize_reader(reader)?;
        Self::new(&text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// Why the key store did not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeystoreError {
    /// The citizen cancelled the finger, the face or the prompt.
    #[error("cancelled by the user")]
    Cancelled,
    /// The platform threw the key away: a new fingerprint was enrolled, the screen lock was taken off.
    #[error("the key was invalidated by the platform")]
    Invalidated,
    /// The phone keeps no such key: it has no screen lock, or no finger where one is needed.
    #[error("the phone is not set up for keys")]
    NotSetUp,
    /// The phone is locked or the key store asks for a wait.
    #[error("the key store is locked")]
    Locked,
    /// No key has this alias.
    #[error("no such key")]
    Missing,
    /// No room is left for the key. Nothing was changed.
    #[error("no room is left for the key")]
    Full,
    /// The key store failed, or the bytes are not what it made.
    #[error("the key store failed")]
    Failed,
}

/// What a key is for, and with it how often the citizen is asked before it signs (KEYS-14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPurpose {
    /// It signs what costs her something or binds her: every signature asks.
    Approval,
    /// It signs tokens (KEYS-13): that a copy of a credential is hers, that a service knows her. Ten copies come at once, so that she was
    /// asked within the last moments is enough for each.
    Token,
}

/// A phone's hardware key store (Android Keystore, Secure Enclave), or software in its place.
///
/// One alias names one signing key and, apart from it, one wrapping key. An implementation has its own randomness,
/// and when a method returns, what it did outlives a crash.
pub trait Keystore: Send + Sync {
    /// Makes a P-256 key that never leaves the key store and answers its public key in SEC 1 form, compressed or
    /// not. A key that had the alias before is replaced.
    fn create_key(&self, alias: &KeyAlias, purpose: KeyPurpose) -> Result<Vec<u8>, KeystoreError>;

    /// The public key in SEC 1 form.
    fn public_key(&self, alias: &KeyAlias) -> Result<Vec<u8>, KeystoreError>;

    /// Signs the SHA-256 of the message by ECDSA and answers raw `r ‖ s`. The reason is for the citizen's eyes, where she is asked.
    fn sign(
        &self,
        alias: &KeyAlias,
        message: &[u8],
        reason: &SigningReason,
    ) -> Result<[u8; 64], KeystoreError>;

    /// Encrypts under the alias's wrapping key, which the first call makes.
    fn wrap(&self, alias: &KeyAlias, plain: &[u8]) -> Result<Vec<u8>, KeystoreError>;

    /// Decrypts what [`Keystore::wrap`] made; changed bytes are [`KeystoreError::Failed`].
    fn unwrap(&self, alias: &KeyAlias, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeystoreError>;

    /// Removes the alias's keys; removing what is not there is fine.
    fn delete(&self, alias: &KeyAlias) -> Result<(), KeystoreError>;

    /// The platform's statement that the signing key lives in hardware, if it makes one.
    fn attestation(&self, _alias: &KeyAlias, _challenge: &[u8]) -> Result<Option<Vec<u8>>, KeystoreError> {
        Ok(None)
    }
}

/// A P-256 signing key in a key store.
#[derive(Clone)]
pub struct HardwareKey {
    keystore: Arc<dyn Keystore>,
    alias: KeyAlias,
    public: PublicKey,
    reason: SigningReason,
}

impl HardwareKey {
    /// Makes a new key under the alias, in place of the one that was there. The alias of a token's key is none here (KEYS-13).
    pub fn create(keystore: Arc<dyn Keystore>, alias: KeyAlias) -> Result<Self, KeystoreError> {
        if is_for_tokens(&alias) {
            return Err(KeystoreError::Missing);
        }
        let public = public_from_keystore(&keystore.create_key(&alias, KeyPurpose::Approval)?)?;
        Ok(Self { keystore, alias, public, reason: SigningReason::default() })
    }

    /// Takes the key that is there.
    pub fn open(keystore: Arc<dyn Keystore>, alias: KeyAlias) -> Result<Self, KeystoreError> {
        if is_for_tokens(&alias) {
            return Err(KeystoreError::Missing);
        }
        let public = public_from_keystore(&keystore.public_key(&alias)?)?;
        Ok(Self { keystore, alias, public, reason: SigningReason::default() })
    }

    /// The same key, whose signatures are asked for with this reason.
    #[must_use]
    pub fn asking_for(&self, reason: SigningReason) -> Self {
        Self { reason, ..self.clone() }
    }

    /// The public key.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The platform's statement over a challenge that the key lives in hardware, if it makes one.
    pub fn attestation(&self, challenge: &[u8]) -> Result<Option<Vec<u8>>, KeystoreError> {
        self.keystore.attestation(&self.alias, challenge)
    }

    /// Signs the labelled bytes; the platform may ask for the citizen's finger.
    ///
    /// The answer is brought to the lower `s` and checked against the public key before it is believed (KEYS-3).
    pub fn sign(&self, label: Label, bytes: &[u8]) -> Result<Signature, KeystoreError> {
        let raw = self.keystore.sign(&self.alias, &label.message(bytes), &self.reason)?;
        let signature = Signature::from_hardware(&raw).map_err(|_| KeystoreError::Failed)?;
        self.public.verify(label, bytes, &signature).map_err(|_| KeystoreError::Failed)?;
        Ok(signature)
    }
}

impl fmt::Debug for HardwareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HardwareKey").field(&self.public.id()).finish()
    }
}

fn public_from_keystore(sec1: &[u8]) -> Result<PublicKey, KeystoreError> {
    PublicKey::from_sec1(sec1).map_err(|_: KeyError| KeystoreError::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::software::{MemoryBackend, SoftwareKeystore};
    use crate::testing::Counting;

    fn alias() -> KeyAlias {
        KeyAlias::new("card-1").unwrap()
    }

    fn keystore() -> SoftwareKeystore {
        SoftwareKeystore::open(Box::new(MemoryBackend::default()), Box::new(Counting::default())).unwrap()
    }

    /// Hardware that always answers the higher `s`, and a public key that is not compressed.
    struct HighS(SoftwareKeystore);

    impl Keystore for HighS {
        fn create_key(&self, alias: &KeyAlias, purpose: KeyPurpose) -> Result<Vec<u8>, KeystoreError> {
            let compressed = self.0.create_key(alias, purpose)?;
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&compressed).unwrap();
            Ok(key.to_sec1_point(false).as_bytes().to_vec())
        }

        fn public_key(&self, alias: &KeyAlias) -> Result<Vec<u8>, KeystoreError> {
            self.0.public_key(alias)
        }

        fn sign(
            &self,
            alias: &KeyAlias,
            message: &[u8],
            reason: &SigningReason,
        ) -> Result<[u8; 64], KeystoreError> {
            let low = self.0.sign(alias, message, reason)?;
            let low = p256::ecdsa::Signature::from_slice(&low).unwrap().normalize_s();
            let (r, s) = (low.r(), -*low.s());
            Ok(p256::ecdsa::Signature::from_scalars(r.to_bytes(), s.to_bytes()).unwrap().to_bytes().into())
        }

        fn wrap(&self, alias: &KeyAlias, plain: &[u8]) -> Result<Vec<u8>, KeystoreError> {
            self.0.wrap(alias, plain)
        }

        fn unwrap(&self, alias: &KeyAlias, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
            self.0.unwrap(alias, wrapped)
        }

        fn delete(&self, alias: &KeyAlias) -> Result<(), KeystoreError> {
            self.0.delete(alias)
        }
    }

    #[test]
    fn keys_3_a_high_s_from_hardware_is_lowered_and_refused_as_it_is() {
        let hardware = Arc::new(HighS(keystore()));
        let key = HardwareKey::create(hardware.clone(), alias()).unwrap();
        let signature = key.sign(Label::Transaction, b"order").unwrap();
        key.public().verify(Label::Transaction, b"order", &signature).unwrap();

        let message = Label::Transaction.message(b"order");
        let high = hardware.sign(&alias(), &message, &SigningReason::default()).unwrap();
        assert!(key.public().verify(Label::Transaction, b"order", &Signature::P256(high)).is_err());
    }

    #[test]
    fn a_key_store_that_signs_with_another_key_is_not_believed() {
        let hardware = Arc::new(keystore());
        let key = HardwareKey::create(hardware.clone(), alias()).unwrap();
        hardware.create_key(&alias(), KeyPurpose::Approval).unwrap();
        assert_eq!(key.sign(Label::Transaction, b"order"), Err(KeystoreError::Failed));
    }

    #[test]
    fn aliases_are_short_and_plain() {
        for bad in ["", "a b", "카드", "a/b", &"a".repeat(65)] {
            assert!(KeyAlias::new(bad).is_err(), "{bad}");
        }
    }
}
