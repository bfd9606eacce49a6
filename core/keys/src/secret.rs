//! Secrets of 32 bytes, and keys derived from them: HKDF (RFC 5869) and HMAC (RFC 2104), both with SHA-256.

use citizen_primitives::{Label, random};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand_core::CryptoRng;
use secrecy::{ExposeSecret as _, SecretBox};
use sha2::Sha256;
use std::fmt;
use zeroize::{Zeroize as _, Zeroizing};

/// Thirty-two secret bytes: wiped when dropped, hidden from `Debug` (KEYS-5).
pub struct Secret32(SecretBox<[u8; 32]>);

/// What a derived key is for; two purposes never share a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purpose(&'static str);

impl Purpose {
    /// Names a purpose, in fewer than 256 bytes.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The label, the name's length, the name, the context: no two (purpose, context) share these bytes.
    fn info(self, context: &[u8]) -> Vec<u8> {
        let length = u8::try_from(self.0.len()).unwrap_or(u8::MAX);
        let mut info = Label::KeyDerivation.message(&[length]);
        info.extend_from_slice(self.0.as_bytes());
        info.extend_from_slice(context);
        info
    }
}

impl Secret32 {
    /// Takes the bytes and wipes where they came from.
    #[must_use]
    pub fn take(mut bytes: Zeroizing<[u8; 32]>) -> Self {
        let secret = Self(SecretBox::init_with_mut(|inner: &mut [u8; 32]| inner.copy_from_slice(&*bytes)));
        bytes.zeroize();
        secret
    }

    /// Fresh random bytes.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self::take(Zeroizing::new(random::generate_array(rng)))
    }

    /// The bytes, in the clear.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }

    /// The key for one purpose and context, by HKDF without salt.
    #[must_use]
    pub fn derive(&self, purpose: Purpose, context: &[u8]) -> Self {
        hkdf(self.expose(), &purpose.info(context))
    }

    /// A keyed hash of the bytes, by HMAC: nobody without the key can make or recognise it.
    #[must_use]
    pub fn keyed_hash(&self, bytes: &[u8]) -> [u8; 32] {
        hmac(self.expose(), &[bytes])
    }
}

impl fmt::Debug for Secret32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret32(hidden)")
    }
}

/// The key for one purpose out of key material of any length.
pub(crate) fn derive_from(material: &[u8], purpose: Purpose, context: &[u8]) -> Secret32 {
    hkdf(material, &purpose.info(context))
}

/// Extract without salt, then expand to exactly one block: 32 bytes need no more, and so this cannot fail.
fn hkdf(material: &[u8], info: &[u8]) -> Secret32 {
    let extracted = Zeroizing::new(hmac(&[0; 32], &[material]));
    Secret32::take(Zeroizing::new(hmac(&extracted, &[info, &[1]])))
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC fills a short key up with zeros to its hash's block; done here, no length is left to be wrong.
    let mut block = Zeroizing::new([0; 64]);
    let (start, _) = block.split_at_mut(key.len());
    start.copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn derivation_is_hkdf_as_another_library_computes_it(
            material in prop::collection::vec(any::<u8>(), 0..100),
            info in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let mut expected = [0; 32];
            ::hkdf::Hkdf::<Sha256>::new(None, &material).expand(&info, &mut expected).unwrap();
            let derived = hkdf(&material, &info);
            prop_assert_eq!(derived.expose(), &expected);
        }
    }

    #[test]
    fn derivation_agrees_with_rfc_5869_test_case_3() {
        let derived = hkdf(&[0x0b; 22], &[]);
        let expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d";
        assert_eq!(crate::hex::Hex(derived.expose()).to_string(), expected);
    }

    #[test]
    fn purposes_and_contexts_never_share_a_key() {
        let secret = Secret32::take(Zeroizing::new([7; 32]));
        let keys = [
            secret.derive(Purpose::new("a"), b""),
            secret.derive(Purpose::new("a"), b"b"),
            secret.derive(Purpose::new("ab"), b""),
            secret.derive(Purpose::new("b"), b""),
        ];
        let distinct: std::collections::BTreeSet<_> = keys.iter().map(Secret32::expose).collect();
        assert_eq!(distinct.len(), keys.len());
    }

    #[test]
    fn keys_5_a_secret_does_not_show_itself() {
        assert_eq!(format!("{:?}", Secret32::take(Zeroizing::new([0x41; 32]))), "Secret32(hidden)");
    }
}
