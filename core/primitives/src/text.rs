//! Text in Unicode normal form C (UAX #15), bounded.

use borsh::{BorshDeserialize, BorshSerialize};
use std::fmt;
use std::io::{self, Read};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// More than [`Text::LONGEST`] characters.
    #[error("text longer than {} characters", Text::LONGEST)]
    TooLong,
    /// A control character.
    #[error("text with a control character")]
    Control,
}

/// A line of text for people: NFC, no control characters, at most 256 characters (PRIM-4).
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct Text(String);

impl Text {
    /// The most characters.
    pub const LONGEST: usize = 256;

    /// Normalises and checks.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let text = to_nfc(text);
        if text.chars().count() > Self::LONGEST {
            return Err(TextError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(TextError::Control);
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl BorshDeserialize for Text {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let text = String::deserialize_reader(reader)?;
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        let checked = Self::new(&text).map_err(|error| invalid(error.to_string()))?;
        if checked.0 == text { Ok(checked) } else { Err(invalid("text not in normal form C".to_owned())) }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The text in normal form C.
#[must_use]
pub fn to_nfc(text: &str) -> String {
    if is_nfc(text) { text.to_owned() } else { text.nfc().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prim_4_text_is_normalised_on_the_way_in_and_refused_in_bytes() {
        let decomposed = "\u{1112}\u{1161}\u{11ab}";
        assert_eq!(Text::new(decomposed).unwrap().as_str(), "한");
        assert!(borsh::from_slice::<Text>(&borsh::to_vec(decomposed).unwrap()).is_err());
        assert_eq!(borsh::from_slice::<Text>(&borsh::to_vec("한").unwrap()).unwrap().as_str(), "한");
        assert_eq!(Text::new("a\nb"), Err(TextError::Control));
        assert_eq!(Text::new(&"가".repeat(257)), Err(TextError::TooLong));
    }
}
