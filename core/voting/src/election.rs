//! The keys of a poll, once its ceremony is done: what ballots are encrypted to, and each trustee's part of it.

use crate::group::{Element, Encoded, GroupError};
use crate::identifier::TrusteeIndex;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Hash, PollId};
use std::io::{self, Read};

/// The key that ballots are encrypted to: `H = xG`, and nobody knows `x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElectionKey {
    encoded: Encoded,
    element: Element,
}
citizen_primitives::canonical!(ElectionKey = 1);

/// The keys of a poll and who holds what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Election {
    /// The poll.
    pub poll: PollId,
    /// The key that ballots are encrypted to.
    pub key: ElectionKey,
    /// How many trustees it takes to decrypt.
    pub threshold: u8,
    /// What each trustee's decryption shares are checked against: `X = xG` for her share `x`, in the trustees' order.
    pub verification_keys: Vec<Element>,
    /// The ceremony they came from.
    pub transcript: Hash,
}

impl ElectionKey {
    /// Checks that the bytes are an element and not the identity (VOTE-6).
    pub fn new(encoded: Encoded) -> Result<Self, GroupError> {
        Ok(Self { element: encoded.decode()?, encoded })
    }

    /// The bytes.
    #[must_use]
    pub const fn encoded(&self) -> &Encoded {
        &self.encoded
    }

    /// The element.
    #[must_use]
    pub const fn element(&self) -> &Element {
        &self.element
    }
}

impl Election {
    /// The verification key of a trustee.
    #[must_use]
    pub fn verification_key(&self, trustee: TrusteeIndex) -> Option<&Element> {
        self.verification_keys.get(usize::from(trustee.number().checked_sub(1)?))
    }
}

citizen_primitives::canonical!(Election = 1);

impl BorshSerialize for Election {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        let Self { poll, key, threshold, verification_keys, transcript } = self;
        let verification_keys: Vec<Encoded> = verification_keys.iter().map(Element::encode).collect();
        (poll, key, threshold, verification_keys, transcript).serialize(writer)
    }
}

impl BorshDeserialize for Election {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let (poll, key, threshold, encoded, transcript) =
            <(PollId, ElectionKey, u8, Vec<Encoded>, Hash)>::deserialize_reader(reader)?;
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        let verification_keys =
            encoded.iter().map(|key| key.decode().map_err(invalid)).collect::<Result<_, _>>()?;
        Ok(Self { poll, key, threshold, verification_keys, transcript })
    }
}

impl BorshSerialize for ElectionKey {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        self.encoded.serialize(writer)
    }
}

impl BorshDeserialize for ElectionKey {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        Self::new(Encoded::deserialize_reader(reader)?)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::Canonical as _;

    #[test]
    fn vote_6_the_identity_is_no_election_key() {
        assert_eq!(ElectionKey::new(Encoded::IDENTITY), Err(GroupError::Identity));
        let mut bytes = vec![1];
        bytes.extend_from_slice(Encoded::IDENTITY.as_bytes());
        assert!(ElectionKey::from_canonical(&bytes).is_err());
    }
}
