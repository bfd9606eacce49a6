//! Keys in the key store that sign tokens: the signing input of a JWS (RFC 7515, section 5.1), and nothing else (KEYS-13).
//!
//! What a wallet's other keys sign begins with a [`Label`](citizen_primitives::Label), whose text has a `/`. A signing input is two texts
//! in base64url with a `.` between them: no `/` is in it, so no bytes are both. Beside that, the keys are different ones: a token's key
//! has its alias behind a prefix under which [`HardwareKey`](crate::HardwareKey) neither makes nor opens any.

use crate::keystore::{KeyAlias, KeyPurpose, Keystore, KeystoreError};
use crate::public::PublicKey;
use crate::signature::Signature;
use crate::signing_reason::SigningReason;
use std::fmt;
use std::sync::Arc;

/// What stands before the alias of a token's key.
const PREFIX: &str = "token.";

/// A P-256 key in a key store that signs tokens alone.
#[derive(Clone)]
pub struct TokenKey {
    keystore: Arc<dyn Keystore>,
    alias: KeyAlias,
    public: PublicKey,
    reason: SigningReason,
}

/// Why a token was not signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenKeyError {
    /// The bytes are not header and payload of a token.
    #[error("no signing input of a token")]
    NotASigningInput,
    /// The key store did not sign.
    #[error("the key store did not sign")]
    Keystore(#[from] KeystoreError),
}

impl TokenKey {
    /// Makes a new key under the alias, in place of the token's key that was there. Keys of other kinds have other aliases in the key
    /// store, whatever they are called.
    pub fn create(keystore: Arc<dyn Keystore>, alias: &KeyAlias) -> Result<Self, KeystoreError> {
        let alias = prefixed(alias)?;
        let public = PublicKey::from_sec1(&keystore.create_key(&alias, KeyPurpose::Token)?)
            .map_err(|_| KeystoreError::Failed)?;
        Ok(Self { keystore, alias, public, reason: SigningReason::default() })
    }

    /// Takes the key that is there.
    pub fn open(keystore: Arc<dyn Keystore>, alias: &KeyAlias) -> Result<Self, KeystoreError> {
        let alias = prefixed(alias)?;
        let public =
            PublicKey::from_sec1(&keystore.public_key(&alias)?).map_err(|_| KeystoreError::Failed)?;
        Ok(Self { keystore, alias, public, reason: SigningReason::default() })
    }

    /// The key, whose signatures are asked for with this reason.
    #[must_use]
    pub fn asking_for(self, reason: SigningReason) -> Self {
        Self { reason, ..self }
    }

    /// Removes the key; removing what is not there is fine.
    pub fn delete(keystore: &dyn Keystore, alias: &KeyAlias) -> Result<(), KeystoreError> {
        keystore.delete(&prefixed(alias)?)
    }

    /// The public key.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs the signing input of a token; the platform may ask for the citizen's finger.
    ///
    /// The answer is brought to the lower `s` and checked against the public key before it is believed (KEYS-3).
    pub fn sign(&self, signing_input: &[u8]) -> Result<Signature, TokenKeyError> {
        if !is_signing_input(signing_input) {
            return Err(TokenKeyError::NotASigningInput);
        }
        let raw = self.keystore.sign(&self.alias, signing_input, &self.reason)?;
        let signature = Signature::from_hardware(&raw).map_err(|_| KeystoreError::Failed)?;
        self.public.verify_message(signing_input, &signature).map_err(|_| KeystoreError::Failed)?;
        Ok(signature)
    }

    /// The platform's statement that the key lives in hardware, if it makes one.
    pub fn attestation(&self, challenge: &[u8]) -> Result<Option<Vec<u8>>, KeystoreError> {
        self.keystore.attestation(&self.alias, challenge)
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TokenKey").field(&self.public.id()).finish()
    }
}

/// Whether an alias in the key store is that of a token's key.
pub(crate) fn is_for_tokens(alias: &KeyAlias) -> bool {
    alias.as_str().starts_with(PREFIX)
}

fn prefixed(alias: &KeyAlias) -> Result<KeyAlias, KeystoreError> {
    KeyAlias::new(&format!("{PREFIX}{}", alias.as_str())).map_err(|_| KeystoreError::Failed)
}

/// A header, which begins with `{"`, and a payload, each in base64url.
fn is_signing_input(bytes: &[u8]) -> bool {
    let is_base64url =
        |part: &[u8]| part.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let mut parts = bytes.split(|byte| *byte == b'.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(payload), None) => {
            header.starts_with(b"ey") && is_base64url(header) && is_base64url(payload)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keystore::HardwareKey;
    use crate::signing_reason::SigningKind;
    use crate::software::{MemoryBackend, SoftwareKeystore};
    use crate::testing::Counting;
    use citizen_primitives::Label;

    fn keystore() -> Arc<dyn Keystore> {
        let rng = Box::new(Counting::default());
        Arc::new(SoftwareKeystore::open(Box::new(MemoryBackend::default()), rng).unwrap())
    }

    fn alias(name: &str) -> KeyAlias {
        KeyAlias::new(name).unwrap()
    }

    /// A key store that remembers what its keys were made for, and what they signed for.
    struct Told(SoftwareKeystore, std::sync::Mutex<Vec<KeyPurpose>>, std::sync::Mutex<Vec<SigningKind>>);

    impl Keystore for Told {
        fn create_key(&self, alias: &KeyAlias, purpose: KeyPurpose) -> Result<Vec<u8>, KeystoreError> {
            self.1.lock().unwrap().push(purpose);
            self.0.create_key(alias, purpose)
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
            self.2.lock().unwrap().push(reason.kind);
            self.0.sign(alias, message, reason)
        }

        fn wrap(&self, alias: &KeyAlias, plain: &[u8]) -> Result<Vec<u8>, KeystoreError> {
            self.0.wrap(alias, plain)
        }

        fn unwrap(
            &self,
            alias: &KeyAlias,
            wrapped: &[u8],
        ) -> Result<zeroize::Zeroizing<Vec<u8>>, KeystoreError> {
            self.0.unwrap(alias, wrapped)
        }

        fn delete(&self, alias: &KeyAlias) -> Result<(), KeystoreError> {
            self.0.delete(alias)
        }
    }

    #[test]
    fn keys_14_a_key_store_is_told_what_each_key_is_for() {
        let rng = Box::new(Counting::default());
        let keys = SoftwareKeystore::open(Box::new(MemoryBackend::default()), rng).unwrap();
        let told = Arc::new(Told(keys, std::sync::Mutex::default(), std::sync::Mutex::default()));
        let copy = TokenKey::create(told.clone(), &alias("copy")).unwrap();
        let card = HardwareKey::create(told.clone(), alias("card")).unwrap();
        assert_eq!(*told.1.lock().unwrap(), [KeyPurpose::Token, KeyPurpose::Approval]);
        // And for what each signature is.
        let reason = |kind| SigningReason { kind, ..SigningReason::default() };
        card.asking_for(reason(SigningKind::Payment)).sign(Label::Transaction, b"order").unwrap();
        card.sign(Label::Transaction, b"order").unwrap();
        copy.asking_for(reason(SigningKind::SignIn)).sign(b"eyJhbGciOiJFUzI1NiJ9.e30").unwrap();
        let told = told.2.lock().unwrap();
        assert_eq!(*told, [SigningKind::Payment, SigningKind::Other, SigningKind::SignIn]);
    }

    #[test]
    fn keys_13_a_tokens_key_signs_nothing_but_signing_inputs() {
        let key = TokenKey::create(keystore(), &alias("card")).unwrap();
        let signed = key.sign(b"eyJhbGciOiJFUzI1NiJ9.e30").unwrap();
        key.public().verify_message(b"eyJhbGciOiJFUzI1NiJ9.e30", &signed).unwrap();
        key.sign(b"eyJhbGciOiJFUzI1NiJ9.").unwrap();
        for other in [
            &b""[..],
            b".",
            b"e30",
            b"eyJhbGciOiJFUzI1NiJ9",
            b"eyJhbGciOiJFUzI1NiJ9.e30.",
            b"eyJhbGciOiJFUzI1NiJ9.e30=",
            b"eyJhbGciOiJFUzI1NiJ9.e/30",
            b"seoul-wallet.e30",
            "eyJhbGciOiJFUzI1NiJ9.한".as_bytes(),
        ] {
            assert_eq!(key.sign(other), Err(TokenKeyError::NotASigningInput), "{other:?}");
        }
    }

    #[test]
    fn keys_13_no_labelled_message_is_a_signing_input() {
        // `labels_are_short_and_distinct` holds that every label has this form; these are some, with what a thief would sign.
        for label in
            [Label::Transaction, Label::DeviceRequest, Label::Ballot, Label::Mandate, Label::Governance]
        {
            for content in [&b""[..], b"eyJhbGciOiJFUzI1NiJ9.e30", b"."] {
                assert!(!is_signing_input(&label.message(content)));
                assert!(label.message(content).contains(&b'/'));
            }
        }
        // And whatever the label's text is: its first byte is its length, below that of an `e`.
        assert!(!is_signing_input(&[&[100], &b"y.e30"[..]].concat()));
    }

    #[test]
    fn keys_13_a_tokens_key_is_no_other_key_under_the_same_alias() {
        let keystore = keystore();
        let token = TokenKey::create(keystore.clone(), &alias("card")).unwrap();
        let other = HardwareKey::create(keystore.clone(), alias("card")).unwrap();
        assert_ne!(token.public(), other.public());
        assert_eq!(TokenKey::open(keystore.clone(), &alias("card")).unwrap().public(), token.public());
        // The alias that the key store knows opens nothing else, and makes nothing in its place.
        let known = alias("token.card");
        assert_eq!(HardwareKey::open(keystore.clone(), known.clone()).unwrap_err(), KeystoreError::Missing);
        assert_eq!(HardwareKey::create(keystore.clone(), known).unwrap_err(), KeystoreError::Missing);
        TokenKey::delete(&*keystore, &alias("card")).unwrap();
        assert_eq!(TokenKey::open(keystore.clone(), &alias("card")).unwrap_err(), KeystoreError::Missing);
        assert!(HardwareKey::open(keystore, alias("card")).is_ok());
        assert!(TokenKey::create(self::keystore(), &alias(&"a".repeat(64))).is_err());
    }
}
