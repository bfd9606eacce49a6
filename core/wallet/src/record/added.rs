//! What a row has gained since rows of its kind were first written: those of before are read as they are.

use borsh::io::{Error, ErrorKind, Read, Write};
use borsh::{BorshDeserialize, BorshSerialize};

/// What was added behind the end of a row: one that was written before ends there, and one that has none is written as before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Added<T>(pub(crate) Option<T>);

impl<T: BorshSerialize> BorshSerialize for Added<T> {
    fn serialize<W: Write>(&self, writer: &mut W) -> Result<(), Error> {
        self.0.as_ref().map_or(Ok(()), |value| (1_u8, value).serialize(writer))
    }
}

impl<T: BorshDeserialize> BorshDeserialize for Added<T> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> Result<Self, Error> {
        let mut tag = [0];
        match (reader.read(&mut tag)?, tag) {
            (0, _) => Ok(Self(None)),
            (_, [1]) => T::deserialize_reader(reader).map(|value| Self(Some(value))),
            _ => Err(ErrorKind::InvalidData.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::Canonical as _;

    #[derive(BorshSerialize, BorshDeserialize)]
    struct Before {
        number: u32,
    }

    #[derive(Debug, PartialEq, BorshSerialize, BorshDeserialize)]
    struct Now {
        number: u32,
        added: Added<String>,
    }

    citizen_primitives::canonical!(Before = 1, Now = 1);

    #[test]
    fn a_row_of_before_is_read_without_what_was_added_and_written_as_it_was() {
        let before = Before { number: 7 }.to_canonical();
        let now = Now::from_canonical(&before).unwrap();
        assert_eq!(now, Now { number: 7, added: Added(None) });
        assert_eq!(now.to_canonical(), before);
        let more = Now { number: 7, added: Added(Some("더".to_owned())) };
        let bytes = more.to_canonical();
        assert_eq!(Now::from_canonical(&bytes).unwrap(), more);
        for wrong in
            [&bytes[..bytes.len() - 1], &[bytes.as_slice(), &[0]].concat(), &[&before[..], &[2]].concat()]
        {
            assert!(Now::from_canonical(wrong).is_err());
        }
    }
}
