//! Every field of a code, for showing: identifier, name, raw value, children.

use super::Position;

/// A field's name in the standard's words, and in Korean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FieldName {
    /// English, as the standard writes it.
    pub en: &'static str,
    /// Korean.
    pub ko: &'static str,
}

impl FieldName {
    pub(crate) const fn new(en: &'static str, ko: &'static str) -> Self {
        Self { en, ko }
    }
}

/// A field as it stands in the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Two digits in a merchant-presented code, a hexadecimal tag in a consumer-presented one.
    pub id: String,
    /// What it is called.
    pub name: FieldName,
    /// The raw value: text; in a consumer-presented code upper-case hexadecimal.
    pub value: String,
    /// The value as text, where a binary field holds text.
    pub text: Option<String>,
    /// The fields inside a template, in their order.
    pub children: Vec<Field>,
    /// Where the field begins.
    pub position: Position,
}
