//! Data objects: ID, length, value (MPM v1.0, 4.4.1.1), cut out of a text with their places.

use crate::code::{Finding, Position, Rule};

/// What a length counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// As the standard says.
    Characters,
    /// As some live codes have it.
    Bytes,
}

/// A data object in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Object<'a> {
    pub(crate) id: u8,
    pub(crate) value: &'a str,
    /// Where the ID begins.
    pub(crate) at: Position,
    /// Where the value begins.
    pub(crate) value_at: Position,
}

/// The data objects of a text: as many as could be read, and what stopped the reading.
pub(crate) struct Cut<'a> {
    pub(crate) objects: Vec<Object<'a>>,
    pub(crate) stopped: Option<Finding>,
}

impl Cut<'_> {
    /// Whether the text was read to its end and its last object has this ID.
    pub(crate) fn ends_in(&self, id: u8) -> bool {
        self.stopped.is_none() && self.objects.last().is_some_and(|object| object.id == id)
    }
}

/// Cuts a text into data objects.
pub(crate) fn cut(text: &str, start: Position, unit: Unit) -> Cut<'_> {
    let mut cut = Cut { objects: Vec::new(), stopped: None };
    let (mut rest, mut at) = (text, start);
    while !rest.is_empty() {
        match first_object(rest, at, unit) {
            Ok((object, after)) => {
                at = object.value_at.after(object.value);
                rest = after;
                cut.objects.push(object);
            }
            Err(stopped) => {
                cut.stopped = Some(stopped);
                break;
            }
        }
    }
    cut
}

fn first_object(text: &str, at: Position, unit: Unit) -> Result<(Object<'_>, &str), Finding> {
    let broken = |rule, position| Finding { rule, position, field: String::new() };
    let (id, after) = two_digits(text).ok_or_else(|| broken(Rule::Identifier, at))?;
    let length_at = Position { character: at.character + 2, byte: at.byte + 2 };
    let named = |rule, position| Finding { rule, position, field: format!("{id:02}") };
    let (length, after) = two_digits(after).ok_or_else(|| named(Rule::Length, length_at))?;
    let value_at = Position { character: at.character + 4, byte: at.byte + 4 };
    let end = end_of(after, usize::from(length), unit).ok_or_else(|| named(Rule::Truncated, value_at))?;
    let (value, rest) = after.split_at_checked(end).ok_or_else(|| named(Rule::Truncated, value_at))?;
    Ok((Object { id, value, at, value_at }, rest))
}

/// Two ASCII digits and what follows them.
fn two_digits(text: &str) -> Option<(u8, &str)> {
    let (digits, rest) = text.split_at_checked(2)?;
    // `parse` alone would take "+1".
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((digits.parse().ok()?, rest))
}

/// The byte offset where a value of so many units ends, if the text is long enough.
fn end_of(text: &str, length: usize, unit: Unit) -> Option<usize> {
    match unit {
        Unit::Bytes => (length <= text.len()).then_some(length),
        Unit::Characters => text.char_indices().map(|(offset, _)| offset).chain([text.len()]).nth(length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mpm_5_a_length_counts_characters() {
        let cut = cut("0102서울0201a", Position::START, Unit::Characters);
        let values: Vec<_> = cut.objects.iter().map(|object| object.value).collect();
        assert_eq!(values, ["서울", "a"]);
        assert_eq!(cut.objects[1].at, Position { character: 6, byte: 10 });
        assert!(cut.stopped.is_none());
    }

    #[test]
    fn mpm_4_a_value_shorter_than_its_length_stops_the_reading() {
        let cut = cut("0102ab0203ab", Position::START, Unit::Characters);
        assert_eq!(cut.objects.len(), 1);
        let stopped = cut.stopped.unwrap();
        assert_eq!((stopped.rule, stopped.position.character), (Rule::Truncated, 10));
    }

    #[test]
    fn mpm_1_mpm_2_signs_are_not_digits() {
        for (text, rule) in [("+101a", Rule::Identifier), ("01+1a", Rule::Length), ("1", Rule::Identifier)] {
            assert_eq!(cut(text, Position::START, Unit::Characters).stopped.unwrap().rule, rule, "{text}");
        }
    }
}
