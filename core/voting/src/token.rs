//! The token: what makes a voting key one of the electorate's, without saying whose.
//!
//! A citizen has her voting key signed blindly by every registrar (RFC 9474). All secrets of it come out of the voting root,
//! which her backup carries, before the first message leaves: a phone that is lost after registration is restored and asks
//! again with the same bytes (VOTE-50). The ballots' own randomness is never derived from it.

use crate::blind::{BlindError, BlindSignature, BlindVerifier, BlindedMessage, BlindedOutcome};
use crate::identifier::{ElectorateIndex, VotingKey};
use crate::manifest::Poll;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{PublicKey, Purpose, Secret32, SigningKey};
use citizen_primitives::{Label, PollId};
use std::fmt;

/// What a voting key is worth: the signatures of all registrars over it, in the manifest's order.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Token {
    /// One signature of each registrar.
    pub signatures: Vec<BlindedOutcome>,
}
citizen_primitives::canonical!(Token = 1);

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// An electorate that the manifest does not have.
    #[error("no such electorate")]
    Electorate,
    /// Not one signature of each registrar (VOTE-40).
    #[error("{found} signatures of {registrars} registrars")]
    Number {
        /// How many there are.
        found: usize,
        /// How many there must be.
        registrars: usize,
    },
    /// A voting key that no key may be.
    #[error("not a voting key")]
    VotingKey,
    /// A registrar's signature does not hold for this poll, electorate and voting key (VOTE-49).
    #[error("the signature of registrar {registrar} does not hold for this poll, electorate and voting key")]
    Signature {
        /// Which, from 0 in the manifest's order.
        registrar: usize,
    },
}

/// What a registrar signs: poll, electorate, voting key, under a label.
#[must_use]
pub fn token_message(poll: PollId, electorate: ElectorateIndex, voting_key: &VotingKey) -> Vec<u8> {
    let fields = [&poll.as_bytes()[..], &[electorate.number()], voting_key.as_bytes()];
    Label::VotingToken.message(&fields.concat())
}

/// Checks tokens of one poll.
#[derive(Debug, Clone)]
pub struct TokenVerifier {
    poll: PollId,
    /// By electorate, then by registrar.
    keys: Vec<Vec<BlindVerifier>>,
}

impl TokenVerifier {
    /// Prepares the keys of the manifest.
    pub fn new(poll: &Poll) -> Result<Self, BlindError> {
        let of_electorate = |at: usize| {
            let keys = poll.registrars().iter().map(|registrar| registrar.keys.get(at));
            keys.map(|key| key.ok_or(BlindError::Key)?.verifier()).collect::<Result<Vec<_>, _>>()
        };
        let keys = (0..poll.manifest().electorates.len()).map(of_electorate).collect::<Result<_, _>>()?;
        Ok(Self { poll: poll.id(), keys })
    }

    /// Whether every registrar has signed this voting key for this electorate (VOTE-49).
    pub fn verify(
        &self,
        electorate: ElectorateIndex,
        voting_key: &VotingKey,
        token: &Token,
    ) -> Result<(), TokenError> {
        let keys = self.keys.get(usize::from(electorate.number())).ok_or(TokenError::Electorate)?;
        if token.signatures.len() != keys.len() {
            return Err(TokenError::Number { found: token.signatures.len(), registrars: keys.len() });
        }
        voting_key.public().check().map_err(|_| TokenError::VotingKey)?;
        let message = token_message(self.poll, electorate, voting_key);
        for (registrar, (key, signature)) in keys.iter().zip(&token.signatures).enumerate() {
            key.verify(&message, signature).map_err(|_| TokenError::Signature { registrar })?;
        }
        Ok(())
    }
}

/// What the backup carries for voting: the secret from which those of every poll are derived.
pub struct VotingRoot(Secret32);

impl VotingRoot {
    /// From the secret that the vault derives for voting.
    #[must_use]
    pub const fn new(secret: Secret32) -> Self {
        Self(secret)
    }

    /// The secret of one poll.
    #[must_use]
    pub fn poll(&self, poll: PollId) -> PollSecret {
        PollSecret { poll, secret: self.0.derive(Purpose::new("poll"), poll.as_bytes()) }
    }
}

impl fmt::Debug for VotingRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VotingRoot(hidden)")
    }
}

/// A citizen's secret in one poll: voting keys and blinding factors come out of it.
pub struct PollSecret {
    poll: PollId,
    secret: Secret32,
}

impl PollSecret {
    /// The key that signs her ballots as a member of an electorate. No other key of hers is related to it.
    #[must_use]
    pub fn voting_key(&self, electorate: ElectorateIndex) -> SigningKey {
        SigningKey::from_seed(self.secret.derive(Purpose::new("voting-key"), &[electorate.number()]).expose())
    }

    /// The request of this citizen to a registrar: the same bytes whenever it is made (VOTE-50).
    pub fn request(
        &self,
        poll: &Poll,
        electorate: ElectorateIndex,
        registrar: usize,
    ) -> Result<BlindedMessage, BlindError> {
        let step = self.step(poll, electorate, registrar)?;
        step.key.blind(&step.blinding, &step.message)
    }

    /// What a registrar's answer is worth: its signature over the voting key, checked under the manifest's key (VOTE-14).
    pub fn finish(
        &self,
        poll: &Poll,
        electorate: ElectorateIndex,
        registrar: usize,
        answer: &BlindSignature,
    ) -> Result<BlindedOutcome, BlindError> {
        let step = self.step(poll, electorate, registrar)?;
        step.key.finalize(&step.blinding, &step.message, answer)
    }

    /// The secret for one purpose of this poll.
    pub(crate) fn derive(&self, purpose: Purpose, context: &[u8]) -> Secret32 {
        self.secret.derive(purpose, context)
    }

    pub(crate) const fn poll(&self) -> PollId {
        self.poll
    }

    fn step(&self, poll: &Poll, electorate: ElectorateIndex, registrar: usize) -> Result<Step, BlindError> {
        if poll.id() != self.poll {
            return Err(BlindError::Key);
        }
        let keys = &poll.registrars().get(registrar).ok_or(BlindError::Key)?.keys;
        let key = keys.get(usize::from(electorate.number())).ok_or(BlindError::Key)?.verifier()?;
        let index = u8::try_from(registrar).map_err(|_| BlindError::Key)?;
        let blinding = self.secret.derive(Purpose::new("token-blinding"), &[electorate.number(), index]);
        let voting_key = voting_key(&self.voting_key(electorate)).ok_or(BlindError::Key)?;
        Ok(Step { key, blinding, message: token_message(self.poll, electorate, &voting_key) })
    }
}

impl fmt::Debug for PollSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PollSecret({}, hidden)", self.poll)
    }
}

/// One registrar's signature on its way.
struct Step {
    key: BlindVerifier,
    blinding: Secret32,
    message: Vec<u8>,
}

/// The public half of a signing key, as ballots name it.
#[must_use]
pub fn voting_key(key: &SigningKey) -> Option<VotingKey> {
    match key.public() {
        PublicKey::Ed25519(bytes) => Some(VotingKey::from_bytes(bytes)),
        PublicKey::P256(_) => None,
    }
}
