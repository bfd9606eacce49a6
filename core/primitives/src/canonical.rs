//! The one byte form of everything that is signed, hashed or stored: a version byte, then borsh
//! (specification: <https://borsh.io>, little-endian, length-prefixed).

use borsh::{BorshDeserialize, BorshSerialize};

/// Why bytes are not a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// No bytes at all.
    #[error("empty")]
    Empty,
    /// A version this program does not know: it is too old, or the bytes are something else.
    #[error("version {found} where {known} is known")]
    UnknownVersion {
        /// The version in the bytes.
        found: u8,
        /// The version this program reads.
        known: u8,
    },
    /// The bytes after the version are not the value, or more follows it.
    #[error("malformed")]
    Malformed,
}

/// A value with one byte form: version tag first (core/docs/decisions.md, 11).
pub trait Canonical: BorshSerialize + BorshDeserialize {
    /// The version of the layout; a changed layout is a new version.
    const VERSION: u8;

    /// The canonical bytes.
    fn to_canonical(&self) -> Vec<u8> {
        let mut bytes = vec![Self::VERSION];
        // Writing into memory fails only when memory is gone, and then the allocator has aborted already.
        if self.serialize(&mut bytes).is_err() {
            bytes.clear();
        }
        bytes
    }

    /// Reads canonical bytes, all of them (PRIM-2).
    fn from_canonical(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (version, body) = bytes.split_first().ok_or(DecodeError::Empty)?;
        if *version != Self::VERSION {
            return Err(DecodeError::UnknownVersion { found: *version, known: Self::VERSION });
        }
        borsh::from_slice(body).map_err(|_| DecodeError::Malformed)
    }
}

/// Declares the canonical layout version of a type.
#[macro_export]
macro_rules! canonical {
    ($($type:ty = $version:literal),+ $(,)?) => {
        $(impl $crate::Canonical for $type { const VERSION: u8 = $version; })+
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Won;

    #[derive(Debug, PartialEq, BorshSerialize, BorshDeserialize)]
    struct Two(Won, Option<u8>);
    crate::canonical!(Two = 3);

    #[test]
    fn prim_2_only_the_canonical_form_is_read() {
        let value = Two(Won::new(5).unwrap(), Some(9));
        let bytes = value.to_canonical();
        assert_eq!(bytes, [3, 5, 0, 0, 0, 0, 0, 0, 0, 1, 9]);
        assert_eq!(Two::from_canonical(&bytes), Ok(value));
        assert_eq!(Two::from_canonical(&[]), Err(DecodeError::Empty));
        assert_eq!(Two::from_canonical(&[&bytes[..], &[0]].concat()), Err(DecodeError::Malformed));
        assert_eq!(Two::from_canonical(&bytes[..9]), Err(DecodeError::Malformed));
        assert_eq!(Two::from_canonical(&[4, 5]), Err(DecodeError::UnknownVersion { found: 4, known: 3 }));
    }
}
