//! A registration by the citizen card: a request under nobody's name, and the presentation of the card that is made for it alone.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Canonical as _, Hash, KeyId, Label, PollId};
use citizen_voting::blind::BlindedMessage;
use citizen_voting::identifier::ElectorateIndex;

/// What a card registration is sealed in.
pub const CARD_REGISTRATION_CONTEXT: &[u8] = b"seoul-wallet/registrar-card-registration";

/// A citizen to a registrar: "sign this blindly for whoever shows her card for it". It names neither her nor her account.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CardRegistration {
    /// The registrar it is for: nobody else can use it.
    pub to: KeyId,
    /// The poll.
    pub poll: PollId,
    /// As a member of which electorate.
    pub electorate: ElectorateIndex,
    /// What is signed: it says nothing of the voting key.
    pub blinded: Box<BlindedMessage>,
    /// The X25519 key to which answers are sealed.
    pub reply: [u8; 32],
    /// Random: whoever reads the digest learns nothing of what was blinded.
    pub nonce: [u8; 16],
}

citizen_primitives::canonical!(CardRegistration = 1);

impl CardRegistration {
    /// Its digest: the registrar's answers name it, and so does what the card authorises.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Hash::labelled(Label::CardRegistration, &self.to_canonical())
    }
}
