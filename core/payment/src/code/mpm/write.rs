//! Writing data objects: ID, length in characters, value; then the CRC over all of it.

use super::checksum::checksum;
use std::fmt::Write as _;

/// The longest value, in characters: a length has two digits.
const LONGEST_VALUE: usize = 99;

/// Data objects as text, in the order they are put in. A value that no length can tell spoils the whole.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    text: String,
    is_spoilt: bool,
}

impl Objects {
    /// Puts one object behind the others.
    pub(crate) fn put(&mut self, id: u8, value: &str) {
        let length = value.chars().count();
        let written = write!(self.text, "{id:02}{length:02}{value}");
        self.is_spoilt |= length > LONGEST_VALUE || id > 99 || written.is_err();
    }

    /// Puts an object that may be left out.
    pub(crate) fn put_if(&mut self, id: u8, value: Option<&str>) {
        if let Some(value) = value {
            self.put(id, value);
        }
    }

    /// Puts a template, and leaves it out if nothing is in it.
    pub(crate) fn put_template(&mut self, id: u8, inside: &Self) {
        self.is_spoilt |= inside.is_spoilt;
        if !inside.text.is_empty() {
            self.put(id, &inside.text);
        }
    }

    /// The payload: the objects and, last, the CRC (63). Nothing if an object is too long to be written.
    pub(crate) fn sealed(mut self) -> Option<String> {
        self.text.push_str("6304");
        let crc = checksum(self.text.as_bytes());
        write!(self.text, "{crc:04X}").ok()?;
        (!self.is_spoilt).then_some(self.text)
    }
}
