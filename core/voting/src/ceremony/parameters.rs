//! Who the trustees are, and how many of them it takes. All of it is in the manifest.

use crate::identifier::TrusteeIndex;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{PublicKey, SealingPublicKey};
use citizen_primitives::order::set_of;
use citizen_primitives::{Canonical as _, Hash, Label, PollId};
use std::io::{self, Read};

/// A trustee's own keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TrusteeKeys {
    /// Her identity: signs her messages.
    pub signing: PublicKey,
    /// What is dealt to her is sealed to this key.
    pub sealing: SealingPublicKey,
}

/// The parameters of a ceremony.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize)]
pub struct CeremonyParameters {
    poll: PollId,
    threshold: u8,
    trustees: Vec<TrusteeKeys>,
}
citizen_primitives::canonical!(CeremonyParameters = 1);

/// Why parameters are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
    /// Too many trustees.
    #[error("more than {} trustees", CeremonyParameters::MOST_TRUSTEES)]
    Trustees,
    /// One trustee alone could read ballots, or all together could not.
    #[error("a threshold of {0}")]
    Threshold(u8),
    /// Two trustees share a key, or a key is none.
    #[error("a trustee's key is not her own, or not a key")]
    Key,
}

impl CeremonyParameters {
    /// The most trustees.
    pub const MOST_TRUSTEES: usize = 32;

    /// Checks the numbers and the keys: at least two of at most 32, and no key twice.
    pub fn new(poll: PollId, threshold: u8, trustees: Vec<TrusteeKeys>) -> Result<Self, ParametersError> {
        if trustees.len() > Self::MOST_TRUSTEES {
            return Err(ParametersError::Trustees);
        }
        if threshold < 2 || usize::from(threshold) > trustees.len() {
            return Err(ParametersError::Threshold(threshold));
        }
        let signing = set_of(trustees.iter().map(|keys| keys.signing));
        let sealing = set_of(trustees.iter().map(|keys| keys.sealing));
        let distinct = signing.len() == trustees.len() && sealing.len() == trustees.len();
        if !distinct || signing.iter().any(|key| key.check().is_err()) {
            return Err(ParametersError::Key);
        }
        Ok(Self { poll, threshold, trustees })
    }

    /// The poll.
    #[must_use]
    pub const fn poll(&self) -> PollId {
        self.poll
    }

    /// How many trustees it takes to decrypt.
    #[must_use]
    pub const fn threshold(&self) -> u8 {
        self.threshold
    }

    /// The trustees' keys, in order.
    #[must_use]
    pub fn trustees(&self) -> &[TrusteeKeys] {
        &self.trustees
    }

    /// The trustees' numbers, from 1.
    pub fn indices(&self) -> impl Iterator<Item = TrusteeIndex> {
        (1..=u8::MAX).map(TrusteeIndex::new).take(self.trustees.len())
    }

    /// A trustee's keys.
    #[must_use]
    pub fn trustee(&self, index: TrusteeIndex) -> Option<&TrusteeKeys> {
        self.trustees.get(usize::from(index.number().checked_sub(1)?))
    }

    /// The digest with which the ceremony's history begins.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Hash::labelled(Label::CeremonyTranscript, &self.to_canonical())
    }
}

impl BorshDeserialize for CeremonyParameters {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let (poll, threshold, trustees) = BorshDeserialize::deserialize_reader(reader)?;
        Self::new(poll, threshold, trustees)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}
