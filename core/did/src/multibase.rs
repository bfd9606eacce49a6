//! Multikey (W3C Controlled Identifiers 1.0, section 2.2.2): a multicodec prefix and the key's bytes in base58btc (multibase `z`).

use citizen_jose::{JwkError, PublicJwk};

/// The text is no key in multibase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no key in multibase")]
pub struct MultibaseError;

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// The most characters: a key has 48.
const LONGEST: usize = 128;

/// Prefixes of the multicodec table, as varints.
const ED25519: [u8; 2] = [0xed, 0x01];
const X25519: [u8; 2] = [0xec, 0x01];
const P256: [u8; 2] = [0x80, 0x24];

/// The text of a key.
#[must_use]
pub fn encode_key(key: &PublicJwk) -> String {
    let prefix = match key {
        PublicJwk::P256(_) => P256,
        PublicJwk::Ed25519(_) => ED25519,
        PublicJwk::X25519(_) => X25519,
    };
    format!("z{}", encode(&[&prefix[..], &key.to_bytes()].concat()))
}

/// The key of a text: Ed25519, X25519 or P-256, a usable point in its one encoding.
pub fn decode_key(text: &str) -> Result<PublicJwk, MultibaseError> {
    let bytes = decode(text.strip_prefix('z').ok_or(MultibaseError)?)?;
    let (prefix, key) = bytes.split_first_chunk::<2>().ok_or(MultibaseError)?;
    let array = || <&[u8; 32]>::try_from(key).map_err(|_| JwkError::Malformed);
    let key = match *prefix {
        // Compressed, as the multicodec table has it.
        P256 if key.len() == 33 => PublicJwk::p256(key),
        ED25519 => array().and_then(PublicJwk::ed25519),
        X25519 => array().map(|key| PublicJwk::x25519(*key)),
        _ => Err(JwkError::Unsupported),
    };
    key.map_err(|_| MultibaseError)
}

/// base58btc: the bytes as one number, most significant digit first; zeros in front are kept, one digit each.
pub fn encode(bytes: &[u8]) -> String {
    // Digits, least significant first.
    let mut digits: Vec<u8> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = low(carry % 58);
            carry /= 58;
        }
        while carry > 0 {
            digits.push(low(carry % 58));
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).map(|_| 0);
    digits.extend(zeros);
    digits
        .iter()
        .rev()
        .filter_map(|digit| ALPHABET.get(usize::from(*digit)))
        .copied()
        .map(char::from)
        .collect()
}

/// The bytes of a text in base58btc.
pub fn decode(text: &str) -> Result<Vec<u8>, MultibaseError> {
    if text.len() > LONGEST {
        return Err(MultibaseError);
    }
    // Bytes, least significant first.
    let mut bytes: Vec<u8> = Vec::new();
    for character in text.bytes() {
        let digit = ALPHABET.iter().position(|other| *other == character).ok_or(MultibaseError)?;
        let mut carry = u32::try_from(digit).map_err(|_| MultibaseError)?;
        for byte in &mut bytes {
            carry += u32::from(*byte) * 58;
            *byte = low(carry % 256);
            carry /= 256;
        }
        while carry > 0 {
            bytes.push(low(carry % 256));
            carry /= 256;
        }
    }
    bytes.extend(text.bytes().take_while(|digit| *digit == b'1').map(|_| 0));
    bytes.reverse();
    Ok(bytes)
}

/// A remainder that fits in a byte.
fn low(number: u32) -> u8 {
    let [.., byte] = number.to_be_bytes();
    byte
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn base58_is_as_the_draft_has_it() {
        // draft-msporny-base58-03, section 5.
        for (bytes, text) in [
            (&b"Hello World!"[..], "2NEpo7TZRRrLZSi2U"),
            (
                b"The quick brown fox jumps over the lazy dog.",
                "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
            ),
            (&[0, 0, 0x28, 0x7f, 0xb4, 0xcd], "11233QC4"),
            (b"", ""),
        ] {
            assert_eq!(encode(bytes), text);
            assert_eq!(decode(text).unwrap(), bytes);
        }
        for bad in ["0", "O", "I", "l", "한", " ", "a\n"] {
            assert!(decode(bad).is_err(), "{bad}");
        }
        assert!(decode(&"z".repeat(LONGEST)).is_ok());
        assert!(decode(&"z".repeat(LONGEST + 1)).is_err());
    }

    proptest! {
        #[test]
        fn bytes_have_one_text(bytes in prop::collection::vec(any::<u8>(), 0..80), text in "[1-9A-HJ-NP-Za-km-z]{0,60}") {
            prop_assert_eq!(decode(&encode(&bytes)).unwrap(), bytes);
            prop_assert_eq!(encode(&decode(&text).unwrap()), text);
        }
    }
}
