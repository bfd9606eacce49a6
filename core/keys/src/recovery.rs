//! The recovery code: 128 random bits that a citizen writes on paper, and what is derived from them.
//!
//! Text form: 28 characters of Crockford's base 32 (`0-9 A-Z` without I, L, O, U) in seven groups of four. They
//! carry 140 bits: the 128, then a CRC-12 (x¹² + x¹¹ + x³ + x² + x + 1) over them. A CRC of twelve bits finds every
//! burst of up to twelve wrong bits, so every single wrong character and every two neighbours swapped (KEYS-11).

use crate::secret::{Purpose, Secret32, derive_from};
use crate::signing::SigningKey;
use citizen_primitives::random;
use rand_core::CryptoRng;
use std::fmt;
use zeroize::Zeroizing;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARACTERS: usize = 28;
const CHECK_BITS: u32 = 12;
const CRC_12: u128 = 0x80f;

const RECOVERY_KEY: Purpose = Purpose::new("recovery-key");
const BACKUP_KEY: Purpose = Purpose::new("backup-key");

/// A recovery code; wiped when dropped, hidden from `Debug` (KEYS-5).
pub struct RecoveryCode(Zeroizing<[u8; 16]>);

/// Why a text is not a recovery code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryCodeError {
    /// A character that no recovery code has, by its place, counted from 1 without spaces and hyphens.
    #[error("character {position} cannot be in a recovery code")]
    Character {
        /// Its place.
        position: usize,
    },
    /// Not 28 characters.
    #[error("a recovery code has {CHARACTERS} characters, this has {found}")]
    Length {
        /// How many there are.
        found: usize,
    },
    /// A character is wrong or two are swapped.
    #[error("the recovery code has a mistake in it")]
    Mistyped,
}

impl RecoveryCode {
    /// A fresh code.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(Zeroizing::new(random::generate_array(rng)))
    }

    /// Reads a code as people type it: any case, spaces and hyphens anywhere, O for 0, I and L for 1.
    pub fn parse(text: &str) -> Result<Self, RecoveryCodeError> {
        let digits = Zeroizing::new(read_digits(text)?);
        let found = digits.len();
        if found != CHARACTERS {
            return Err(RecoveryCodeError::Length { found });
        }
        // 25 digits and three bits of the 26th are the code, the two other bits and the last two are the check.
        let (head, tail) = digits.split_at(CHARACTERS - 3);
        let tail = join(tail);
        let code = join(head) << 3 | tail >> CHECK_BITS;
        if tail & ((1 << CHECK_BITS) - 1) != check(code) {
            return Err(RecoveryCodeError::Mistyped);
        }
        Ok(Self(Zeroizing::new(code.to_be_bytes())))
    }

    /// The text to show once and to write down: `XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX`.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let code = u128::from_be_bytes(*self.0);
        let tail = (code & 0b111) << CHECK_BITS | check(code);
        let mut text = Zeroizing::new(String::with_capacity(CHARACTERS + 6));
        for place in 0..CHARACTERS {
            if place > 0 && place.is_multiple_of(4) {
                text.push('-');
            }
            let digit = match (CHARACTERS - 1).saturating_sub(place) {
                low @ 0..3 => digit_of(tail, low),
                high => digit_of(code >> 3, high - 3),
            };
            text.push(digit);
        }
        text
    }

    /// The key that freezes an account, or gives it to a new phone. Derived when needed, never kept on a phone.
    #[must_use]
    pub fn recovery_key(&self) -> SigningKey {
        SigningKey::from_seed(self.derive(RECOVERY_KEY).expose())
    }

    pub(crate) fn backup_key(&self) -> Secret32 {
        self.derive(BACKUP_KEY)
    }

    fn derive(&self, purpose: Purpose) -> Secret32 {
        derive_from(&*self.0, purpose, &[])
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(hidden)")
    }
}

fn read_digits(text: &str) -> Result<Vec<u8>, RecoveryCodeError> {
    text.chars()
        .filter(|character| !character.is_whitespace() && *character != '-')
        .enumerate()
        .map(|(place, character)| {
            digit(character).ok_or(RecoveryCodeError::Character { position: place + 1 })
        })
        .collect()
}

fn digit(character: char) -> Option<u8> {
    let plain = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = ALPHABET.iter().position(|letter| char::from(*letter) == plain)?;
    u8::try_from(place).ok()
}

/// The digit so many places from the right.
fn digit_of(number: u128, from_right: usize) -> char {
    let place = usize::try_from(number >> (5 * from_right) & 0x1f).unwrap_or_default();
    char::from(ALPHABET.get(place).copied().unwrap_or(b'0'))
}

fn join(digits: &[u8]) -> u128 {
    digits.iter().fold(0, |number, digit| number << 5 | u128::from(*digit))
}

/// CRC-12 of the 128 bits, first bit first.
fn check(code: u128) -> u128 {
    let mask = (1 << CHECK_BITS) - 1;
    (0..u128::BITS).rev().fold(0, |crc, bit| {
        let top = crc >> (CHECK_BITS - 1) & 1 ^ code >> bit & 1;
        (crc << 1 & mask) ^ (top * CRC_12)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;
    use proptest::prelude::*;

    fn code(bytes: [u8; 16]) -> RecoveryCode {
        RecoveryCode(Zeroizing::new(bytes))
    }

    fn plain(code: &RecoveryCode) -> String {
        code.to_text().replace('-', "")
    }

    proptest! {
        #[test]
        fn a_code_is_read_as_it_was_written(bytes: [u8; 16]) {
            let read = RecoveryCode::parse(&code(bytes).to_text()).unwrap();
            prop_assert_eq!(*read.0, bytes);
        }
    }

    #[test]
    fn keys_11_every_wrong_character_is_found() {
        let right = plain(&code([0xa5; 16]));
        for place in 0..right.len() {
            for letter in ALPHABET {
                let mut wrong = right.clone().into_bytes();
                if wrong[place] == *letter {
                    continue;
                }
                wrong[place] = *letter;
                let wrong = String::from_utf8(wrong).unwrap();
                assert_eq!(RecoveryCode::parse(&wrong).unwrap_err(), RecoveryCodeError::Mistyped, "{place}");
            }
        }
    }

    #[test]
    fn keys_11_two_neighbours_swapped_are_found() {
        let right = plain(&RecoveryCode::generate(&mut Counting::default())).into_bytes();
        for place in 1..right.len() {
            let mut wrong = right.clone();
            wrong.swap(place - 1, place);
            let swapped = wrong != right;
            assert_eq!(RecoveryCode::parse(&String::from_utf8(wrong).unwrap()).is_err(), swapped, "{place}");
        }
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let right = code([0; 16]);
        let text = right.to_text();
        assert!(text.starts_with("0000-0000"));
        let typed = text.to_lowercase().replace('0', "o").replace('-', " ") + "\n";
        assert_eq!(*RecoveryCode::parse(&typed).unwrap().0, [0; 16]);
        let ones = code([0x08; 16]).to_text();
        assert!(ones.contains('1'));
        for one in ["i", "L", "l", "I"] {
            assert_eq!(*RecoveryCode::parse(&ones.replace('1', one)).unwrap().0, [0x08; 16]);
        }
    }

    #[test]
    fn a_text_that_is_no_code_is_refused_with_the_place() {
        assert_eq!(RecoveryCode::parse("").unwrap_err(), RecoveryCodeError::Length { found: 0 });
        assert_eq!(RecoveryCode::parse("00-0U").unwrap_err(), RecoveryCodeError::Character { position: 4 });
        assert_eq!(
            RecoveryCode::parse(&"0".repeat(29)).unwrap_err(),
            RecoveryCodeError::Length { found: 29 }
        );
        assert_eq!(RecoveryCode::parse("가").unwrap_err(), RecoveryCodeError::Character { position: 1 });
    }

    #[test]
    fn keys_5_a_recovery_code_does_not_show_itself() {
        assert_eq!(format!("{:?}", code([0x41; 16])), "RecoveryCode(hidden)");
    }
}
