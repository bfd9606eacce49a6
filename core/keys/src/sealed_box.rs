//! Sealing to a party's public key: X25519 (RFC 7748) with a fresh key per message, HKDF, XChaCha20-Poly1305.
//!
//! Layout: the fresh public key (32 bytes) ‖ sealed bytes of [`crate::sealing`]. The sender is not authenticated:
//! what must be believed is signed inside.

use crate::sealing::{self, SealingError};
use crate::secret::{Purpose, Secret32, derive_from};
use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::CryptoRng;
use std::fmt;
use x25519_dalek::{PublicKey, SharedSecret, StaticSecret};
use zeroize::Zeroizing;

const SEALED_BOX: Purpose = Purpose::new("sealed-box");

/// The key a party opens sealed boxes with; wiped when dropped, hidden from `Debug` (KEYS-5).
pub struct SealingKey(StaticSecret);

/// The key to seal to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct SealingPublicKey([u8; 32]);

citizen_primitives::canonical!(SealingPublicKey = 1);

impl SealingKey {
    /// A fresh key.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self::from_secret(&Secret32::generate(rng))
    }

    /// The key of 32 secret bytes.
    #[must_use]
    pub fn from_secret(secret: &Secret32) -> Self {
        Self(StaticSecret::from(*secret.expose()))
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> SealingPublicKey {
        SealingPublicKey(PublicKey::from(&self.0).to_bytes())
    }

    /// Opens what was sealed to this key in the same context (KEYS-6).
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealingError> {
        let (fresh, sealed) = sealed.split_first_chunk::<32>().ok_or(SealingError::Malformed)?;
        let shared = self.0.diffie_hellman(&PublicKey::from(*fresh));
        let key = message_key(&shared, fresh, &self.public())?;
        sealing::open(&key, context, sealed)
    }
}

impl SealingPublicKey {
    /// From the 32 bytes of RFC 7748.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether anything can be sealed to it: a key of small order is refused (KEYS-7).
    pub fn check(&self) -> Result<(), SealingError> {
        // Any secret will do: it is a multiple of the cofactor, so what is of small order comes to nothing with each of them.
        let shared = StaticSecret::from([1; 32]).diffie_hellman(&PublicKey::from(self.0));
        if shared.was_contributory() { Ok(()) } else { Err(SealingError::Refused) }
    }

    /// Seals to this key; a key of small order is refused (KEYS-7).
    pub fn seal(
        &self,
        rng: &mut dyn CryptoRng,
        context: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, SealingError> {
        let fresh = SealingKey::generate(rng);
        let fresh_public = fresh.public();
        let shared = fresh.0.diffie_hellman(&PublicKey::from(self.0));
        let key = message_key(&shared, &fresh_public.0, self)?;
        let sealed = sealing::seal(rng, &key, context, plain)?;
        Ok([fresh_public.0.as_slice(), &sealed].concat())
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SealingKey").field(&self.public()).finish()
    }
}

fn message_key(
    shared: &SharedSecret,
    fresh: &[u8; 32],
    to: &SealingPublicKey,
) -> Result<Secret32, SealingError> {
    // A key of small order makes a shared secret that everybody knows (KEYS-7).
    if !shared.was_contributory() {
        return Err(SealingError::Refused);
    }
    Ok(derive_from(shared.as_bytes(), SEALED_BOX, &[fresh.as_slice(), &to.0].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;

    #[test]
    fn keys_6_a_box_opens_for_its_party_alone() {
        let rng = &mut Counting::default();
        let (bank, centre) = (SealingKey::generate(rng), SealingKey::generate(rng));
        let sealed = bank.public().seal(rng, b"mandate", b"7,000").unwrap();
        assert_eq!(bank.open(b"mandate", &sealed).unwrap().as_slice(), b"7,000");
        assert!(centre.open(b"mandate", &sealed).is_err());
        assert!(bank.open(b"another", &sealed).is_err());
        for position in 0..sealed.len() {
            for bit in [1, 0x80] {
                let mut changed = sealed.clone();
                changed[position] ^= bit;
                assert!(bank.open(b"mandate", &changed).is_err(), "byte {position}");
            }
            assert!(bank.open(b"mandate", &sealed[..position]).is_err(), "cut at {position}");
        }
    }

    #[test]
    fn keys_7_nothing_is_sealed_to_or_opened_from_a_key_of_small_order() {
        let rng = &mut Counting::default();
        let mut one = [0; 32];
        one[0] = 1;
        for small in [[0; 32], one] {
            assert_eq!(SealingPublicKey::from_bytes(small).seal(rng, b"", b"x"), Err(SealingError::Refused));
            let own = SealingKey::generate(rng);
            // What a sender would have to compute to be opened: the key derived from a shared secret of zeros.
            let key = derive_from(&[0; 32], SEALED_BOX, &[small, own.public().0].concat());
            let sealed = [&small[..], &sealing::seal(rng, &key, b"", b"x").unwrap()].concat();
            assert_eq!(own.open(b"", &sealed).unwrap_err(), SealingError::Refused);
        }
    }

    #[test]
    fn keys_5_a_sealing_key_shows_its_public_key_only() {
        let secret = Secret32::take(Zeroizing::new([0x41; 32]));
        let key = SealingKey::from_secret(&secret);
        assert_eq!(format!("{key:?}"), format!("SealingKey({:?})", key.public()));
    }
}
