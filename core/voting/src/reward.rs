//! The participation reward: who voted is rewarded, and nobody learns for which ballot.
//!
//! With the ballot goes a blinded element, signed by the voting key. The treasury signs it blindly, once for each voting key that
//! cast a ballot. After closing the wallet redeems what came out of it under the citizen's name: a nonce and a signature that the
//! treasury cannot match with any request.

use crate::blind::{BlindError, BlindSignature, BlindedMessage, BlindedOutcome};
use crate::identifier::{ElectorateIndex, VotingKey};
use crate::manifest::Poll;
use crate::token::{PollSecret, voting_key};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{Document, Purpose, Secret32, Signed};
use citizen_primitives::{Label, PollId};

const NONCE: Purpose = Purpose::new("reward-nonce");
const BLINDING: Purpose = Purpose::new("reward-blinding");

/// What goes with a ballot to be rewarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RewardRequest {
    /// The poll.
    pub poll: PollId,
    /// The electorate.
    pub electorate: ElectorateIndex,
    /// The voting key, which signs this.
    pub voting_key: VotingKey,
    /// What the treasury signs without seeing it.
    pub blinded: BlindedMessage,
}
citizen_primitives::canonical!(RewardRequest = 1);

impl Document for RewardRequest {
    const LABEL: Label = Label::RewardRequest;
}

/// What is redeemed: it names no poll's ballot and no voting key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RewardToken {
    /// Spent once.
    pub nonce: [u8; 32],
    /// The treasury's signature over it.
    pub signature: BlindedOutcome,
}
citizen_primitives::canonical!(RewardToken = 1);

impl RewardToken {
    /// Whether the treasury signed it for this poll's reward.
    pub fn verify(&self, poll: &Poll) -> Result<(), BlindError> {
        let reward = poll.manifest().reward.as_ref().ok_or(BlindError::Key)?;
        reward.key.verifier()?.verify(&Label::RewardToken.message(&self.nonce), &self.signature)
    }
}

impl PollSecret {
    /// The request: the same bytes whenever it is made, and nothing of it in another electorate's (VOTE-15).
    pub fn reward_request(
        &self,
        poll: &Poll,
        electorate: ElectorateIndex,
    ) -> Result<Signed<RewardRequest>, BlindError> {
        let key = self.voting_key(electorate);
        let voting_key = voting_key(&key).ok_or(BlindError::Key)?;
        let blinded = self
            .reward_key(poll)?
            .blind(&self.derive(BLINDING, &[electorate.number()]), &self.reward_message(electorate))?;
        Ok(Signed::sign(&RewardRequest { poll: self.poll(), electorate, voting_key, blinded }, &key))
    }

    /// What the treasury's answer is worth.
    pub fn reward_token(
        &self,
        poll: &Poll,
        electorate: ElectorateIndex,
        answer: &BlindSignature,
    ) -> Result<RewardToken, BlindError> {
        let blinding = self.derive(BLINDING, &[electorate.number()]);
        let signature =
            self.reward_key(poll)?.finalize(&blinding, &self.reward_message(electorate), answer)?;
        Ok(RewardToken { nonce: *self.reward_nonce(electorate).expose(), signature })
    }

    fn reward_message(&self, electorate: ElectorateIndex) -> Vec<u8> {
        Label::RewardToken.message(self.reward_nonce(electorate).expose())
    }

    /// Another one for each electorate: whoever votes in two must not be known by two requests that are the same.
    fn reward_nonce(&self, electorate: ElectorateIndex) -> Secret32 {
        self.derive(NONCE, &[electorate.number()])
    }

    fn reward_key(&self, poll: &Poll) -> Result<crate::blind::BlindVerifier, BlindError> {
        if poll.id() != self.poll() {
            return Err(BlindError::Key);
        }
        poll.manifest().reward.as_ref().ok_or(BlindError::Key)?.key.verifier()
    }
}
