//! Text in Unicode normal form C (UAX #15), bounded, and with nothing in it that makes a screen lie (UTR #36).

use borsh::{BorshDeserialize, BorshSerialize};
use std::fmt;
use std::io::{self, Read};
use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};
use unicode_normalization::{IsNormalized, is_nfc_quick};

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// More than [`Text::LONGEST`] characters.
    #[error("text longer than {} characters", Text::LONGEST)]
    TooLong,
    /// A character that no screen should be given: see [`is_deceptive`].
    #[error("text with a control character, or with one that is not seen")]
    Control,
}

/// A line of text for people: NFC, at most 256 characters, and not [`is_deceiving`] (PRIM-4, PRIM-5).
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
        if is_deceiving(&text) {
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

/// **PRIM-5** Whether a character can make a screen show something else than what is written: it moves the cursor, breaks the line, turns
/// the order of others round (UAX #9), or is there without being seen (UTS #39, section 3.1). In no name or sentence of this city has one
/// of them a meaning. The joiner is among them, and may stand between two emoji alone.
#[must_use]
pub fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
                // Zero width, marks of direction; line and paragraph separators; embeddings, overrides; isolates.
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                // Hangul fillers, the byte order mark, annotations, tags.
                | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// **PRIM-5** A text of somebody else's as it may be shown: what [`is_deceptive`] stands there by its number, `\u{202e}`.
#[must_use]
pub fn to_shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (character, is_seen) in seen(text) {
        if is_seen {
            shown.push(character);
        } else {
            shown.extend(character.escape_unicode());
        }
    }
    shown
}

/// Whether a text has a character that [`is_deceptive`] where it stands: the joiner between two emoji makes them one that is seen.
#[must_use]
pub fn is_deceiving(text: &str) -> bool {
    seen(text).any(|(_, is_seen)| !is_seen)
}

/// Each character, and whether it may stand where it does.
fn seen(text: &str) -> impl Iterator<Item = (char, bool)> {
    let before = std::iter::once(None).chain(text.chars().map(Some));
    let after = text.chars().skip(1).map(Some).chain(std::iter::once(None));
    text.chars().zip(before.zip(after)).map(|(character, (before, after))| {
        let joins =
            character == '\u{200d}' && before.is_some_and(is_of_emoji) && after.is_some_and(is_of_emoji);
        (character, joins || !is_deceptive(character))
    })
}

/// Pictures, their colours of skin, arrows and signs that emoji are made of, and the selector of their coloured form (UTS #51).
fn is_of_emoji(character: char) -> bool {
    matches!(character, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

/// The text in normal form C.
///
/// The form is put together here because the library's own iterator carries the tables of compatibility (forms KC and KD) with it, which
/// nobody asks for: 60 KB on every phone. The library is the tests' oracle.
#[must_use]
pub fn to_nfc(text: &str) -> String {
    if is_nfc_quick(text.chars()) == IsNormalized::Yes { text.to_owned() } else { composed(&ordered(text)) }
}

/// A character and its canonical combining class: 0 for a starter.
type Classed = (char, u8);

/// Decomposes, and brings the marks behind each starter into the order of their classes (UAX #15, D109).
fn ordered(text: &str) -> Vec<Classed> {
    let (mut all, mut marks) = (Vec::new(), Vec::new());
    let mut next = |c| match canonical_combining_class(c) {
        0 => {
            put_marks(&mut all, &mut marks);
            all.push((c, 0));
        }
        class => marks.push((c, class)),
    };
    text.chars().for_each(|c| decompose_canonical(c, &mut next));
    put_marks(&mut all, &mut marks);
    all
}

/// Class by class, so that a stranger's thousands of marks take no longer than there are classes.
fn put_marks(all: &mut Vec<Classed>, marks: &mut Vec<Classed>) {
    let mut put = 0;
    while let Some(class) = marks.iter().map(|(_, class)| *class).filter(|class| *class > put).min() {
        all.extend(marks.iter().filter(|(_, other)| *other == class));
        put = class;
    }
    marks.clear();
}

/// Puts each character into the last starter, where the two make one and nothing between them blocks it (UAX #15, D117).
fn composed(ordered: &[Classed]) -> String {
    let mut text = String::new();
    let mut starter = None;
    // What stands behind the last starter and is no part of it, and the class of the last of them.
    let (mut behind, mut before) = (String::new(), None);
    for (c, class) in ordered {
        let is_blocked = before.is_some_and(|before| before >= *class);
        match starter.and_then(|starter| compose(starter, *c)).filter(|_| !is_blocked) {
            Some(one) => starter = Some(one),
            None if *class == 0 => {
                text.extend(starter.replace(*c));
                text.push_str(&std::mem::take(&mut behind));
                before = None;
            }
            None => {
                behind.push(*c);
                before = Some(*class);
            }
        }
    }
    text.extend(starter);
    text + &behind
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    /// Characters that decompose, compose, change places or stay, and those around them.
    fn near_normal_forms() -> impl Strategy<Value = String> {
        let character = prop_oneof![
            4 => proptest::char::range('\u{300}', '\u{36f}'),
            4 => proptest::char::range('a', 'z'),
            2 => proptest::char::range('\u{c0}', '\u{17f}'),
            2 => proptest::char::range('\u{1100}', '\u{1200}'),
            2 => proptest::char::range('\u{ac00}', '\u{d7ff}'),
            2 => proptest::char::range('\u{1e00}', '\u{1fff}'),
            1 => proptest::char::range('\u{900}', '\u{d7f}'),
            1 => any::<char>(),
        ];
        proptest::collection::vec(character, 0..12).prop_map(String::from_iter)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn prim_4_the_normal_form_is_the_library_s(text in near_normal_forms()) {
            prop_assert_eq!(to_nfc(&text), text.nfc().collect::<String>());
        }
    }

    #[test]
    fn prim_4_every_character_has_the_library_s_normal_form_first_and_behind_letters_and_marks() {
        // Nothing above the third plane decomposes or composes.
        for c in '\0'..='\u{2ffff}' {
            let text = format!("{c}a{c}\u{301}{c}\u{323}\u{9c7}{c}");
            assert_eq!(to_nfc(&text), text.nfc().collect::<String>(), "{c:?}");
        }
    }

    #[test]
    fn prim_4_a_stranger_s_many_marks_do_not_take_long() {
        let marks: String = ["\u{323}", "\u{301}", "\u{327}"].concat().repeat(100_000);
        assert_eq!(to_nfc(&marks), marks.nfc().collect::<String>());
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

    #[test]
    fn prim_5_nothing_that_turns_hides_or_breaks_a_line_is_text_and_it_is_shown_by_its_number() {
        for hidden in [
            '\n',
            '\u{1b}',
            '\u{9b}',
            '\u{202e}',
            '\u{2066}',
            '\u{200b}',
            '\u{2028}',
            '\u{3164}',
            '\u{e0041}',
        ] {
            let text = format!("서울{hidden}시청");
            assert_eq!(Text::new(&text), Err(TextError::Control), "{:x}", u32::from(hidden));
            assert!(borsh::from_slice::<Text>(&borsh::to_vec(&text).unwrap()).is_err());
            assert_eq!(to_shown(&text), format!("서울\\u{{{:x}}}시청", u32::from(hidden)));
        }
        for plain in
            ["홍 길동", "선우 용녀", "Müller & 'Söhne'", "①→👍", "عربي", "빵집 👩🏽\u{200d}🍳", "❤️\u{200d}🔥"]
        {
            assert_eq!(Text::new(plain).unwrap().as_str(), plain);
            assert_eq!(to_shown(plain), plain);
        }
        // Between letters, or at an end, the joiner is there without being seen.
        for hidden in ["서울\u{200d}시청", "🍳\u{200d}", "\u{200d}🍳", "시청\u{200d}🍳"] {
            assert_eq!(Text::new(hidden), Err(TextError::Control));
        }
    }
}
