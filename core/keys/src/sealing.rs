//! Sealing with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) under a secret key.
//!
//! Layout: version `01` (1 byte) ‖ nonce (24) ‖ ciphertext ‖ tag (16). Nonces are random: 192 bits do not repeat.

use crate::secret::Secret32;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use citizen_primitives::{Label, random};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

const VERSION: u8 = 1;

/// Why sealed bytes do not open, or bytes cannot be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealingError {
    /// Too short, too long or of an unknown version.
    #[error("not sealed bytes")]
    Malformed,
    /// The key or the context is another, or a byte was changed.
    #[error("the sealed bytes do not open")]
    Refused,
}

/// Seals `plain` together with a context that must be the same when it is opened (KEYS-6).
pub fn seal(
    rng: &mut dyn CryptoRng,
    key: &Secret32,
    context: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, SealingError> {
    let nonce: [u8; 24] = random::generate_array(rng);
    let aad = Label::Sealed.message(context);
    let sealed = XChaCha20Poly1305::new(key.expose().into())
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &aad })
        .map_err(|_| SealingError::Malformed)?;
    Ok([&[VERSION], nonce.as_slice(), &sealed].concat())
}

/// Opens what [`seal`] sealed under the same key and context (KEYS-6).
pub fn open(key: &Secret32, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealingError> {
    let (version, rest) = sealed.split_first().ok_or(SealingError::Malformed)?;
    let (nonce, msg) = rest.split_first_chunk::<24>().ok_or(SealingError::Malformed)?;
    if *version != VERSION {
        return Err(SealingError::Malformed);
    }
    let aad = Label::Sealed.message(context);
    XChaCha20Poly1305::new(key.expose().into())
        .decrypt(&XNonce::from(*nonce), Payload { msg, aad: &aad })
        .map(Zeroizing::new)
        .map_err(|_| SealingError::Refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;
    use proptest::prelude::*;

    fn key(byte: u8) -> Secret32 {
        Secret32::take(Zeroizing::new([byte; 32]))
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_again(plain in prop::collection::vec(any::<u8>(), 0..300), context: [u8; 8]) {
            let sealed = seal(&mut Counting::default(), &key(1), &context, &plain).unwrap();
            let opened = open(&key(1), &context, &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), plain.as_slice());
        }
    }

    #[test]
    fn keys_6_sealed_bytes_with_one_byte_changed_are_refused() {
        let sealed = seal(&mut Counting::default(), &key(1), b"row", b"12,000").unwrap();
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert!(open(&key(1), b"row", &changed).is_err(), "byte {position}");
            assert!(open(&key(1), b"row", &sealed[..position]).is_err(), "cut at {position}");
        }
    }

    #[test]
    fn keys_6_another_key_or_context_does_not_open() {
        let sealed = seal(&mut Counting::default(), &key(1), b"row", b"12,000").unwrap();
        assert_eq!(open(&key(2), b"row", &sealed).unwrap_err(), SealingError::Refused);
        assert_eq!(open(&key(1), b"raw", &sealed).unwrap_err(), SealingError::Refused);
    }
}
