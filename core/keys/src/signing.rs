//! Ed25519 signing keys in memory: a service's key, or the phone's account key once it is unsealed.

use crate::public::PublicKey;
use crate::signature::Signature;
use citizen_primitives::{KeyId, Label, random};
use ed25519_dalek::Signer as _;
use rand_core::CryptoRng;
use std::fmt;
use zeroize::Zeroizing;

/// An Ed25519 signing key; wiped when dropped, and its `Debug` shows the public key's name only (KEYS-5).
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// A fresh key.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self::from_seed(&Zeroizing::new(random::generate_array(rng)))
    }

    /// The key of a 32-byte seed (RFC 8032, section 5.1.5).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The seed, in the clear: for whoever seals it or writes a service's key file.
    #[must_use]
    pub fn dangerous_seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey::Ed25519(self.0.verifying_key().to_bytes())
    }

    /// The public key's name.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.public().id()
    }

    /// Signs the labelled bytes.
    #[must_use]
    pub fn sign(&self, label: Label, bytes: &[u8]) -> Signature {
        Signature::Ed25519(self.0.sign(&label.message(bytes)).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.id()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::Hex;
    use crate::testing::Counting;

    #[test]
    fn a_seed_gives_the_public_key_of_rfc_8032_test_1() {
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let seed: Vec<u8> =
            (0..64).step_by(2).map(|at| u8::from_str_radix(&seed[at..at + 2], 16).unwrap()).collect();
        let key = SigningKey::from_seed(&seed.try_into().unwrap());
        assert_eq!(
            Hex(key.public().as_bytes()).to_string(),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
    }

    #[test]
    fn keys_1_a_signature_holds_for_its_key_label_and_bytes_alone() {
        let rng = &mut Counting::default();
        let (key, other) = (SigningKey::generate(rng), SigningKey::generate(rng));
        let signature = key.sign(Label::Transaction, b"order");
        assert!(key.public().verify(Label::Transaction, b"order", &signature).is_ok());
        assert!(key.public().verify(Label::Transaction, b"ordeR", &signature).is_err());
        assert!(key.public().verify(Label::Governance, b"order", &signature).is_err());
        assert!(other.public().verify(Label::Transaction, b"order", &signature).is_err());
        let as_p256 = Signature::P256(*signature.as_bytes());
        assert!(key.public().verify(Label::Transaction, b"order", &as_p256).is_err());
    }

    #[test]
    fn keys_5_a_signing_key_shows_its_public_keys_name_only() {
        let key = SigningKey::from_seed(&[0x41; 32]);
        assert_eq!(format!("{key:?}"), format!("SigningKey({:?})", key.id()));
        assert_eq!(*key.dangerous_seed(), [0x41; 32]);
    }
}
