//! BER-TLV as EMV uses it (EMV Book 3, rules for BER-TLV data objects): tags of one to three bytes, definite lengths.

use std::fmt;

/// A tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(u32);

impl Tag {
    /// 85: payload format indicator.
    pub const FORMAT: Self = Self(0x85);
    /// 61: application template.
    pub const APPLICATION: Self = Self(0x61);
    /// 62: common data template.
    pub const COMMON: Self = Self(0x62);
    /// 63: what an application's issuer gets as it is.
    pub const APPLICATION_TRANSPARENT: Self = Self(0x63);
    /// 64: what every issuer gets as it is.
    pub const COMMON_TRANSPARENT: Self = Self(0x64);
    /// 4F: an application's name.
    pub const NAME: Self = Self(0x4F);
    /// 50: an application's label.
    pub const LABEL: Self = Self(0x50);
    /// 57: track 2 equivalent data.
    pub const TRACK_2: Self = Self(0x57);
    /// 5A: account number.
    pub const ACCOUNT: Self = Self(0x5A);
    /// 5F50: the issuer's address.
    pub const ISSUER_URL: Self = Self(0x5F50);
    /// 9F08: application version.
    pub const VERSION: Self = Self(0x9F08);

    /// From its bytes as one number, `0x5F2D`; nothing if they are not one tag.
    #[must_use]
    pub const fn new(tag: u32) -> Option<Self> {
        let [zero, first, second, last] = tag.to_be_bytes();
        let is_tag = match (zero, first, second) {
            (0, 0, 0) => last & 0x1F != 0x1F,
            (0, 0, second) => second & 0x1F == 0x1F && last & 0x80 == 0,
            (0, first, second) => first & 0x1F == 0x1F && second & 0x80 != 0 && last & 0x80 == 0,
            _ => false,
        };
        if is_tag { Some(Self(tag)) } else { None }
    }

    /// Whether objects stand inside.
    #[must_use]
    pub fn is_constructed(self) -> bool {
        self.bytes().first().is_some_and(|first| first & 0x20 != 0)
    }

    /// Whether what stands inside is the issuer's alone, and need not be objects at all.
    #[must_use]
    pub fn is_transparent(self) -> bool {
        matches!(self, Self::APPLICATION_TRANSPARENT | Self::COMMON_TRANSPARENT)
    }

    /// Its one to three bytes.
    fn bytes(self) -> Vec<u8> {
        let significant = self.0.to_be_bytes().into_iter().skip_while(|byte| *byte == 0);
        let bytes: Vec<u8> = significant.collect();
        if bytes.is_empty() { vec![0] } else { bytes }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}", self.0)
    }
}

/// A data object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataObject {
    /// Its tag.
    pub tag: Tag,
    /// What stands there.
    pub value: Value,
}

/// What a data object holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A primitive object's bytes, or those of a transparent template.
    Bytes(Vec<u8>),
    /// The objects in a template.
    Objects(Vec<DataObject>),
}

/// Puts an object behind the others, its length in as few bytes as it takes; nothing if no length of EMV tells it.
pub(crate) fn put(bytes: &mut Vec<u8>, object: &DataObject) -> Option<()> {
    let value = match &object.value {
        Value::Bytes(value) => value.clone(),
        Value::Objects(objects) => {
            let mut inside = Vec::new();
            objects.iter().try_for_each(|object| put(&mut inside, object))?;
            inside
        }
    };
    bytes.extend(object.tag.bytes());
    let [high, low] = u16::try_from(value.len()).ok()?.to_be_bytes();
    match (high, low) {
        (0, 0..=0x7F) => bytes.push(low),
        (0, _) => bytes.extend([0x81, low]),
        _ => bytes.extend([0x82, high, low]),
    }
    bytes.extend(value);
    Some(())
}

/// An object as it stands in the bytes.
pub(crate) struct Raw<'a> {
    pub(crate) tag: Tag,
    pub(crate) value: &'a [u8],
    /// Bytes before the value.
    pub(crate) head: usize,
}

impl<'a> Raw<'a> {
    /// The first object; nothing if it is not whole.
    pub(crate) fn first(bytes: &'a [u8]) -> Option<Self> {
        let (tag, after) = first_tag(bytes)?;
        let (length, length_bytes) = match *bytes.get(after)? {
            short @ 0..=0x7F => (usize::from(short), 1),
            0x81 => (usize::from(*bytes.get(after + 1)?), 2),
            0x82 => {
                let (high, low) = (*bytes.get(after + 1)?, *bytes.get(after + 2)?);
                (usize::from(u16::from_be_bytes([high, low])), 3)
            }
            _ => return None,
        };
        let head = after + length_bytes;
        Some(Self { tag, value: bytes.get(head..head + length)?, head })
    }

    /// Bytes in all.
    pub(crate) const fn length(&self) -> usize {
        self.head + self.value.len()
    }
}

/// A tag of at most three bytes, and how many it takes: further bytes follow while their highest bit is set.
fn first_tag(bytes: &[u8]) -> Option<(Tag, usize)> {
    let first = *bytes.first()?;
    if first & 0x1F != 0x1F {
        return Some((Tag::new(u32::from(first))?, 1));
    }
    let second = *bytes.get(1)?;
    if second & 0x80 == 0 {
        return Some((Tag::new(u32::from_be_bytes([0, 0, first, second]))?, 2));
    }
    let third = *bytes.get(2)?;
    Some((Tag::new(u32::from_be_bytes([0, first, second, third]))?, 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpm_3_a_tag_has_one_to_three_bytes() {
        for tag in [0x00, 0x4F, 0x61, 0x5F2D, 0x9F36, 0x9F8101, 0xBF0C] {
            let bytes = Tag::new(tag).unwrap().bytes();
            assert_eq!(first_tag(&bytes).unwrap(), (Tag(tag), bytes.len()), "{tag:X}");
        }
        for tag in [0x9F, 0x1F, 0x614F, 0x5F80, 0x9F_81_81, 0x9F_01_01, 0x0100_0000] {
            assert_eq!(Tag::new(tag), None, "{tag:X}");
        }
        assert_eq!(Tag::new(0x5F2D).unwrap().to_string(), "5F2D");
    }

    #[test]
    fn cpm_3_a_length_takes_as_few_bytes_as_it_needs() {
        for (length, head) in [
            (0, vec![0x50, 0]),
            (127, vec![0x50, 127]),
            (128, vec![0x50, 0x81, 128]),
            (256, vec![0x50, 0x82, 1, 0]),
        ] {
            let mut bytes = Vec::new();
            put(&mut bytes, &DataObject { tag: Tag::LABEL, value: Value::Bytes(vec![7; length]) }).unwrap();
            assert_eq!(bytes[..head.len()], head);
            assert_eq!(Raw::first(&bytes).unwrap().value.len(), length);
        }
        let endless = DataObject { tag: Tag::LABEL, value: Value::Bytes(vec![7; 65_536]) };
        assert_eq!(put(&mut Vec::new(), &endless), None);
    }
}
