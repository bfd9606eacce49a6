//! The citizen card for a registration with one registrar: what is asked for under nobody's name, and what became of showing the card for it.

use super::{RegistrationRow, Showing};
use crate::id::CredentialId;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_client::CardRegistration;
use citizen_keys::{SealingKey, Secret32};
use citizen_primitives::{KeyId, PollId};
use citizen_voting::blind::BlindedMessage;
use zeroize::Zeroizing;

/// It is written when she has approved the registration, and from it the same request follows each time: the card is shown for it once.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct RegistrationCardRow {
    /// The poll.
    pub(crate) poll: PollId,
    /// Which registrar, by its place in the manifest.
    pub(crate) registrar: u8,
    /// The credential that the review named.
    pub(crate) credential: CredentialId,
    /// The request's random bytes,
    pub(crate) nonce: [u8; 16],
    /// and the X25519 secret that opens the answers.
    pub(crate) reply: [u8; 32],
    /// What became of it.
    pub(crate) showing: Showing,
}

citizen_primitives::canonical!(RegistrationCardRow = 1);

/// What opens a registrar's answers is nobody's to read.
impl std::fmt::Debug for RegistrationCardRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RegistrationCardRow({}, {:?})", self.registrar, self.showing)
    }
}

impl RegistrationCardRow {
    /// The request to this registrar.
    pub(crate) fn request(
        &self,
        to: KeyId,
        row: &RegistrationRow,
        blinded: BlindedMessage,
    ) -> CardRegistration {
        CardRegistration {
            to,
            poll: self.poll,
            electorate: row.electorate,
            blinded: Box::new(blinded),
            reply: *self.reply().public().as_bytes(),
            nonce: self.nonce,
        }
    }

    /// What opens the answers.
    pub(crate) fn reply(&self) -> SealingKey {
        SealingKey::from_secret(&Secret32::take(Zeroizing::new(self.reply)))
    }
}
