//! Text in Unicode normal form C (UAX #15), bounded.

use borsh::{BorshDeserialize, BorshSerialize};
use std::fmt;
use std::io::{self, Read};
use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};
use unicode_normalization::is_nfc;

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
    if is_nfc(text) { text.to_owned() } else { composed(decomposed(text)) }
}

/// A character, and its canonical combining class: 0 for one that begins a new cluster.
type Classed = (u8, char);

/// Canonical decomposition in canonical order (UAX #15, D68 and D109 of the standard). The library's own iterator would do the same and
/// bring the tables of the compatibility forms, which nobody here asks for: 50 KB on every phone.
fn decomposed(text: &str) -> Vec<Classed> {
    let mut characters = Vec::with_capacity(text.len());
    for character in text.chars() {
        decompose_canonical(character, |part| characters.push((canonical_combining_class(part), part)));
    }
    for marks in characters.split_mut(|(class, _)| *class == 0) {
        marks.sort_by_key(|(class, _)| *class);
    }
    characters
}

/// Canonical composition (D117): a mark joins the last character that begins a cluster, unless one between them stands in its way.
fn composed(characters: Vec<Classed>) -> String {
    let mut kept: Vec<Classed> = Vec::with_capacity(characters.len());
    // Where in `kept` the last character of class 0 stands.
    let mut starter: Option<usize> = None;
    for (class, character) in characters {
        let is_blocked = |place: usize| {
            let last = kept.last().map_or(0, |(class, _)| *class);
            kept.len() > place.saturating_add(1) && last >= class
        };
        let joined = starter.filter(|place| !is_blocked(*place)).and_then(|place| {
            let (_, first) = kept.get(place)?;
            Some((place, compose(*first, character)?))
        });
        match joined {
            Some((place, whole)) => {
                if let Some(first) = kept.get_mut(place) {
                    *first = (0, whole);
                }
            }
            None => {
                if class == 0 {
                    starter = Some(kept.len());
                }
                kept.push((class, character));
            }
        }
    }
    kept.into_iter().map(|(_, character)| character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    #[test]
    fn prim_4_every_character_is_normalised_as_the_library_does_it_alone_and_between_others() {
        let ours = |text: &str| composed(decomposed(text));
        for character in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let alone = character.to_string();
            assert!(ours(&alone).chars().eq(alone.nfc()), "{:x}", u32::from(character));
            // Ideographs and private characters join nothing.
            if !matches!(character, '\u{3400}'..='\u{9fff}' | '\u{20000}'..) {
                let between = format!("a\u{301}{character}\u{323}\u{1112}{character}\u{11ab}");
                assert!(ours(&between).chars().eq(between.nfc()), "{:x}", u32::from(character));
            }
        }
    }

    /// Characters that join, stand in each other's way, or change places.
    const LIVELY: &str = "[a-zA-Z가-힣ㄱ-ㅎ\u{1100}-\u{1112}\u{1161}-\u{1175}\u{11a8}-\u{11c2}\u{300}-\u{345}\u{590}-\u{5bd}\u{ac00}\u{b0}\u{f71}-\u{f84}\u{1d15e}-\u{1d165}]{0,24}";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn prim_4_texts_are_normalised_as_the_library_does_it(lively in LIVELY, any in "\\PC{0,24}") {
            for text in [lively, any] {
                prop_assert_eq!(composed(decomposed(&text)), text.nfc().collect::<String>());
                prop_assert_eq!(to_nfc(&text), text.nfc().collect::<String>());
            }
        }
    }

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
