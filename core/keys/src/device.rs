//! The pair of keys by which the ledger knows one phone.

use crate::public::{KeyError, PublicKey};
use borsh::{BorshDeserialize, BorshSerialize};

/// One device's public keys: what an account's record lists.
///
/// Ed25519 signs every order; P-256 lives in the phone's hardware and co-signs above a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct DevicePair {
    ed25519: [u8; 32],
    p256: [u8; 33],
}

citizen_primitives::canonical!(DevicePair = 1);

impl DevicePair {
    /// Pairs an Ed25519 key with a P-256 key, both fit to be registered (KEYS-4).
    pub fn new(ed25519: &PublicKey, p256: &PublicKey) -> Result<Self, KeyError> {
        match (ed25519, p256) {
            (PublicKey::Ed25519(ed25519), PublicKey::P256(p256)) => {
                let pair = Self { ed25519: *ed25519, p256: *p256 };
                pair.check().map(|()| pair)
            }
            _ => Err(KeyError::Algorithm),
        }
    }

    /// Whether both keys may be registered: asked again of a pair that was decoded (KEYS-4).
    pub fn check(&self) -> Result<(), KeyError> {
        self.ed25519().check()?;
        self.p256().check()
    }

    /// The key that signs every order.
    #[must_use]
    pub const fn ed25519(&self) -> PublicKey {
        PublicKey::Ed25519(self.ed25519)
    }

    /// The hardware's key.
    #[must_use]
    pub const fn p256(&self) -> PublicKey {
        PublicKey::P256(self.p256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SigningKey;
    use citizen_primitives::Canonical as _;

    /// The generator of P-256 (SP 800-186, section 3.2.1.3), compressed.
    const P256_POINT: [u8; 33] = [
        0x03, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
        0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
    ];

    #[test]
    fn keys_4_only_keys_that_prove_something_are_paired() {
        let signing = SigningKey::from_seed(&[1; 32]).public();
        let hardware = PublicKey::P256(P256_POINT);
        let pair = DevicePair::new(&signing, &hardware).unwrap();
        assert_eq!(DevicePair::from_canonical(&pair.to_canonical()), Ok(pair));
        assert_eq!(pair.to_canonical().len(), 1 + 32 + 33);

        assert_eq!(DevicePair::new(&hardware, &signing), Err(KeyError::Algorithm));
        let identity = PublicKey::Ed25519(std::array::from_fn(|place| u8::from(place == 0)));
        assert_eq!(DevicePair::new(&identity, &hardware), Err(KeyError::SmallOrder));
        assert_eq!(DevicePair::new(&signing, &PublicKey::P256([0; 33])), Err(KeyError::NotAPoint));
        let decoded = DevicePair { ed25519: *signing.as_bytes().first_chunk().unwrap(), p256: [9; 33] };
        assert_eq!(decoded.check(), Err(KeyError::NotAPoint));
    }
}
