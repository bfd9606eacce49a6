//! A trustee: given the log, she knows what to say next.
//!
//! She keeps three things: her keys, one secret seed for each ceremony, and a [`TrusteeMemory`]. All else is worked out anew from the
//! log, so she can be stopped at any line and started again (VOTE-34).

use super::message::{Answer, Commitment, Confirmation, Dealing, Head, Message, Reveal, Round, Verdict};
use super::parameters::CeremonyParameters;
use super::polynomial::SecretPolynomial;
use super::proof::KnowledgeProof;
use super::public::{Ceremony, Fault, Phase};
use super::randomness::Stream;
use crate::election::Election;
use crate::group::{Scalar, SecretScalar};
use crate::identifier::TrusteeIndex;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{SealingKey, Secret32, Signed, SigningKey};
use citizen_primitives::{Hash, PollId};
use curve25519_dalek::Scalar as Number;
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroizing;

const POLYNOMIAL: u8 = 0;
const NONCE: u8 = 1;
const SEALING: u8 = 2;

/// A trustee in one ceremony.
pub struct Trustee<'a> {
    index: TrusteeIndex,
    signing: &'a SigningKey,
    sealing: &'a SealingKey,
    seed: &'a Secret32,
}

/// In which rounds she has spoken, and after which history. To be on disk before a message leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TrusteeMemory {
    spoken: BTreeMap<Round, Hash>,
}
citizen_primitives::canonical!(TrusteeMemory = 1);

/// What there is to do.
#[derive(Debug)]
pub enum Next {
    /// Write the memory to disk, then publish this. It is asked for again until it is in the log, with the same bytes.
    Say(Box<Message>),
    /// Wait for these.
    Wait(Vec<TrusteeIndex>),
    /// The key is made; this is her share of it.
    Done(Box<TrusteeShare>),
    /// The ceremony has failed.
    Failed(Fault),
}

/// Her share of the election key: a secret that she never needs to store, because seed and log give it again.
pub struct TrusteeShare {
    pub(crate) trustee: TrusteeIndex,
    pub(crate) secret: SecretScalar,
    pub(crate) election: Election,
}

/// The keys are not those of a trustee in the parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a trustee of this poll")]
pub struct NotATrustee;

/// Why she does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrusteeError {
    /// She has spoken in this round after another history: somebody shows her a forked log (VOTE-34).
    #[error("the log is not the one of before")]
    AnotherHistory,
    /// The log shows another message in her name than her seed gives: it is not her seed, or not she who speaks.
    #[error("the log has something in her name that she has not said")]
    NotHerWord,
    /// Something could not be sealed to a trustee's key.
    #[error("a trustee's sealing key cannot be used")]
    Sealing,
}

impl<'a> Trustee<'a> {
    /// Finds her place among the trustees.
    pub fn new(
        parameters: &CeremonyParameters,
        signing: &'a SigningKey,
        sealing: &'a SealingKey,
        seed: &'a Secret32,
    ) -> Result<Self, NotATrustee> {
        let is_hers = |index: &TrusteeIndex| {
            let keys = parameters.trustee(*index);
            keys.is_some_and(|keys| keys.signing == signing.public() && keys.sealing == sealing.public())
        };
        let index = parameters.indices().find(is_hers).ok_or(NotATrustee)?;
        Ok(Self { index, signing, sealing, seed })
    }

    /// Her number.
    #[must_use]
    pub const fn index(&self) -> TrusteeIndex {
        self.index
    }

    /// What to do, given the log so far. If it is to speak, `memory` has changed: write it to disk first.
    pub fn next(&self, ceremony: &Ceremony, memory: &mut TrusteeMemory) -> Result<Next, TrusteeError> {
        match ceremony.phase() {
            Phase::Failed(fault) => Ok(Next::Failed(fault)),
            Phase::Done(election) => self.share(ceremony, *election).map(Box::new).map(Next::Done),
            Phase::Waiting { round, missing } if missing.contains(&self.index) => {
                let after = ceremony.history(round);
                if *memory.spoken.entry(round).or_insert(after) != after {
                    return Err(TrusteeError::AnotherHistory);
                }
                self.message(ceremony, round, after).map(Box::new).map(Next::Say)
            }
            Phase::Waiting { missing, .. } => Ok(Next::Wait(missing)),
        }
    }

    fn message(&self, ceremony: &Ceremony, round: Round, after: Hash) -> Result<Message, TrusteeError> {
        let parameters = ceremony.parameters();
        let head = Head { poll: parameters.poll(), trustee: self.index, after };
        Ok(match round {
            Round::Commitment => {
                let digest = self.reveal(parameters, head).digest();
                Message::Commitment(Signed::sign(&Commitment { head, digest }, self.signing))
            }
            Round::Reveal => Message::Reveal(Signed::sign(&self.reveal(parameters, head), self.signing)),
            Round::Dealing => Message::Dealing(Signed::sign(&self.dealing(parameters, head)?, self.signing)),
            Round::Verdict => {
                // A log that has another polynomial in her name is not hers: her seed is lost, or somebody has her key.
                self.dealt_share(ceremony, self.index).ok_or(TrusteeError::NotHerWord)?;
                let mut against: Vec<_> = parameters.indices().collect();
                against.retain(|dealer| self.dealt_share(ceremony, *dealer).is_none());
                Message::Verdict(Signed::sign(&Verdict { head, against }, self.signing))
            }
            Round::Answer => {
                let polynomial = self.polynomial(parameters);
                let answer = |index: TrusteeIndex| (index, Scalar(*polynomial.at(index).expose()));
                let shares = ceremony.complainers(self.index).map(answer).collect();
                Message::Answer(Signed::sign(&Answer { head, shares }, self.signing))
            }
            Round::Confirmation => {
                let election = ceremony.election().map_err(|_| TrusteeError::NotHerWord)?;
                let key = *election.key.encoded();
                // She confirms only what she can use.
                self.share(ceremony, election)?;
                Message::Confirmation(Signed::sign(&Confirmation { head, key }, self.signing))
            }
        })
    }

    pub(super) fn polynomial(&self, parameters: &CeremonyParameters) -> SecretPolynomial {
        let mut stream = Stream::new(self.seed, POLYNOMIAL, &parameters.digest());
        SecretPolynomial::new((0..parameters.threshold()).map(|_| stream.scalar()).collect())
    }

    pub(super) fn reveal(&self, parameters: &CeremonyParameters, head: Head) -> Reveal {
        let secret = self.polynomial(parameters);
        let polynomial = secret.encoded();
        let nonce = Stream::new(self.seed, NONCE, &parameters.digest()).scalar();
        let proof = KnowledgeProof::prove(parameters, self.index, &polynomial, &secret.constant(), &nonce);
        Reveal { head, polynomial, proof }
    }

    pub(super) fn dealing(
        &self,
        parameters: &CeremonyParameters,
        head: Head,
    ) -> Result<Dealing, TrusteeError> {
        let polynomial = self.polynomial(parameters);
        let mut stream = Stream::new(self.seed, SEALING, &head.after);
        let seal = |(to, keys): (TrusteeIndex, &super::TrusteeKeys)| {
            let share = Zeroizing::new(polynomial.at(to).expose().to_bytes());
            let context = sealing_context(&head, to);
            keys.sealing.seal(&mut stream, &context, share.as_slice()).map_err(|_| TrusteeError::Sealing)
        };
        let sealed = parameters.indices().zip(parameters.trustees()).map(seal).collect::<Result<_, _>>()?;
        Ok(Dealing { head, sealed })
    }

    /// What a dealer has dealt to her, if it is right. Her own share she knows.
    fn dealt_share(&self, ceremony: &Ceremony, dealer: TrusteeIndex) -> Option<SecretScalar> {
        let share = if dealer == self.index {
            self.polynomial(ceremony.parameters()).at(dealer)
        } else {
            let after = ceremony.history(Round::Dealing);
            let head = Head { poll: ceremony.parameters().poll(), trustee: dealer, after };
            let sealed = ceremony.dealt(dealer, self.index)?;
            let opened = self.sealing.open(&sealing_context(&head, self.index), sealed).ok()?;
            SecretScalar::from_canonical(opened.as_slice().try_into().ok()?)?
        };
        ceremony.polynomial(dealer)?.fits(self.index, &share).then_some(share)
    }

    /// The sum of what was dealt to her; where she complained, of what was answered.
    fn share(&self, ceremony: &Ceremony, election: Election) -> Result<TrusteeShare, TrusteeError> {
        let mut secret = SecretScalar::new(Number::ZERO);
        for dealer in ceremony.parameters().indices() {
            let dealt = self.dealt_share(ceremony, dealer).or_else(|| ceremony.answered(dealer, self.index));
            let dealt = dealt.ok_or(TrusteeError::NotHerWord)?;
            secret = SecretScalar::new(secret.expose() + dealt.expose());
        }
        if election.verification_key(self.index) != Some(&secret.public()) {
            return Err(TrusteeError::NotHerWord);
        }
        Ok(TrusteeShare { trustee: self.index, secret, election })
    }
}

impl TrusteeShare {
    /// Whose it is.
    #[must_use]
    pub const fn trustee(&self) -> TrusteeIndex {
        self.trustee
    }

    /// The keys it belongs to.
    #[must_use]
    pub const fn election(&self) -> &Election {
        &self.election
    }

    /// The poll.
    #[must_use]
    pub const fn poll(&self) -> PollId {
        self.election.poll
    }
}

impl fmt::Debug for TrusteeShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrusteeShare({}, hidden)", self.trustee)
    }
}

/// What a sealed share is bound to: poll (32 bytes), dealer (1), history (32), recipient (1).
pub(super) fn sealing_context(head: &Head, to: TrusteeIndex) -> Vec<u8> {
    let Head { poll, trustee, after } = head;
    [poll.as_bytes().as_slice(), &[trustee.number()], after.as_bytes(), &[to.number()]].concat()
}
