//! The ceremony as anybody sees it: takes signed messages, refuses what does not belong, and says where things stand.

use super::message::{Answer, Commitment, Confirmation, Dealing, Message, Reveal, Round, Spoken, Verdict};
use super::parameters::CeremonyParameters;
use super::polynomial::PublicPolynomial;
use crate::election::{Election, ElectionKey};
use crate::group::SecretScalar;
use crate::identifier::TrusteeIndex;
use citizen_keys::Signed;
use citizen_primitives::order::set_of;
use citizen_primitives::{Canonical as _, Hash, Label};
use std::collections::BTreeMap;

/// Where a ceremony stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Some have not yet spoken in this round.
    Waiting {
        /// The round.
        round: Round,
        /// Who has not.
        missing: Vec<TrusteeIndex>,
    },
    /// All have confirmed.
    Done(Box<Election>),
    /// It cannot end well.
    Failed(Fault),
}

/// Why a ceremony has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A trustee dealt a wrong share, and her signed answer shows it (VOTE-33).
    #[error("trustee {0} dealt a wrong share")]
    WrongShare(TrusteeIndex),
    /// The sum is no key. This does not happen by chance.
    #[error("the polynomials add up to no key")]
    NoKey,
}

/// Why a message is refused. It is then as if it had not been said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read.
    #[error("the message cannot be read")]
    Malformed,
    /// There is no such trustee.
    #[error("there is no trustee {0}")]
    NoSuchTrustee(TrusteeIndex),
    /// The trustee's signature does not verify.
    #[error("the signature of trustee {0} does not verify")]
    Signature(TrusteeIndex),
    /// It is about another poll.
    #[error("trustee {0} speaks of another poll")]
    AnotherPoll(TrusteeIndex),
    /// The round has not begun, or is over: nobody reveals before all have committed (VOTE-10).
    #[error("trustee {0} speaks out of turn")]
    OutOfTurn(TrusteeIndex),
    /// It was said after another history.
    #[error("trustee {0} has seen another history")]
    AnotherHistory(TrusteeIndex),
    /// The trustee has said something else in this round.
    #[error("trustee {0} has spoken before")]
    SpokenBefore(TrusteeIndex),
    /// Not the polynomial she committed to (VOTE-10).
    #[error("trustee {0} committed to something else")]
    NotCommittedTo(TrusteeIndex),
    /// Too many or too few parts, or parts that are none.
    #[error("the message of trustee {0} has not the right parts")]
    Shape(TrusteeIndex),
    /// The proof of knowledge does not verify (VOTE-10).
    #[error("trustee {0} does not know her secret")]
    Knowledge(TrusteeIndex),
    /// A coefficient of another trustee (VOTE-10).
    #[error("trustee {0} copies another's polynomial")]
    Copied(TrusteeIndex),
}

/// What a message that is not refused has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is part of the ceremony now.
    New,
    /// Nothing: the trustee has said this before, perhaps under another signature. Whoever keeps messages keeps the first.
    Known,
}

/// Why messages are not a whole ceremony.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// A message is refused.
    #[error("message {position} is refused")]
    Refused {
        /// Which, from 0.
        position: usize,
        /// Why.
        #[source]
        refusal: Refusal,
    },
    /// It failed.
    #[error(transparent)]
    Failed(#[from] Fault),
    /// It is not finished.
    #[error("the ceremony is not finished")]
    Unfinished,
}

/// A share of 32 bytes, sealed: a fresh key (32), version (1), nonce (24), share, tag (16).
const SEALED_SHARE: usize = 32 + 1 + 24 + 32 + 16;

/// A ceremony so far.
#[derive(Debug, Clone)]
pub struct Ceremony {
    parameters: CeremonyParameters,
    commitments: Said<Commitment>,
    reveals: Said<Reveal>,
    dealings: Said<Dealing>,
    verdicts: Said<Verdict>,
    answers: Said<Answer>,
    confirmations: Said<Confirmation>,
    polynomials: BTreeMap<TrusteeIndex, PublicPolynomial>,
    fault: Option<Fault>,
}

type Said<T> = BTreeMap<TrusteeIndex, (Signed<T>, T)>;

impl Ceremony {
    /// Before the first message.
    #[must_use]
    pub const fn new(parameters: CeremonyParameters) -> Self {
        Self {
            parameters,
            commitments: BTreeMap::new(),
            reveals: BTreeMap::new(),
            dealings: BTreeMap::new(),
            verdicts: BTreeMap::new(),
            answers: BTreeMap::new(),
            confirmations: BTreeMap::new(),
            polynomials: BTreeMap::new(),
            fault: None,
        }
    }

    /// Goes through the messages of a whole ceremony, in order: what a verifier does.
    pub fn replay(parameters: CeremonyParameters, messages: &[Message]) -> Result<Election, ReplayError> {
        let mut ceremony = Self::new(parameters);
        for (position, message) in messages.iter().enumerate() {
            ceremony.take(message).map_err(|refusal| ReplayError::Refused { position, refusal })?;
        }
        match ceremony.phase() {
            Phase::Done(election) => Ok(*election),
            Phase::Failed(fault) => Err(fault.into()),
            Phase::Waiting { .. } => Err(ReplayError::Unfinished),
        }
    }

    /// The parameters.
    #[must_use]
    pub const fn parameters(&self) -> &CeremonyParameters {
        &self.parameters
    }

    /// Takes the next message of the log. One that is known already changes nothing.
    pub fn take(&mut self, message: &Message) -> Result<Taken, Refusal> {
        match message {
            Message::Commitment(signed) => self.take_commitment(signed),
            Message::Reveal(signed) => self.take_reveal(signed),
            Message::Dealing(signed) => self.take_dealing(signed),
            Message::Verdict(signed) => self.take_verdict(signed),
            Message::Answer(signed) => self.take_answer(signed),
            Message::Confirmation(signed) => self.take_confirmation(signed),
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        if let Some(fault) = self.fault {
            return Phase::Failed(fault);
        }
        let rounds = [
            (Round::Commitment, self.missing(&self.commitments)),
            (Round::Reveal, self.missing(&self.reveals)),
            (Round::Dealing, self.missing(&self.dealings)),
            (Round::Verdict, self.missing(&self.verdicts)),
            (Round::Answer, self.accused().filter(|index| !self.answers.contains_key(index)).collect()),
            (Round::Confirmation, self.missing(&self.confirmations)),
        ];
        match rounds.into_iter().find(|(_, missing)| !missing.is_empty()) {
            Some((round, missing)) => Phase::Waiting { round, missing },
            None => self.election().map(Box::new).map_or_else(Phase::Failed, Phase::Done),
        }
    }

    /// The digest of the parameters and of every message of the rounds before this one: what its messages name.
    #[must_use]
    pub fn history(&self, round: Round) -> Hash {
        let mut history = self.parameters.digest();
        for done in [Round::Commitment, Round::Reveal, Round::Dealing, Round::Verdict, Round::Answer] {
            if done >= round {
                break;
            }
            let messages = match done {
                Round::Commitment => bytes(&self.commitments),
                Round::Reveal => bytes(&self.reveals),
                Round::Dealing => bytes(&self.dealings),
                Round::Verdict => bytes(&self.verdicts),
                Round::Answer | Round::Confirmation => bytes(&self.answers),
            };
            let digest = Hash::plain(&[&messages]);
            let next = [history.as_bytes().as_slice(), digest.as_bytes()].concat();
            history = Hash::labelled(Label::CeremonyTranscript, &next);
        }
        history
    }

    /// The keys, as soon as all polynomials are known.
    pub(super) fn election(&self) -> Result<Election, Fault> {
        let sum = PublicPolynomial::sum(self.polynomials.values()).ok_or(Fault::NoKey)?;
        let key = ElectionKey::new(sum.constant().encode()).map_err(|_| Fault::NoKey)?;
        let verification_keys: Vec<_> = self.parameters.indices().map(|index| sum.at(index)).collect();
        if verification_keys.iter().any(|key| key.is_identity()) {
            return Err(Fault::NoKey);
        }
        let transcript = self.history(Round::Confirmation);
        let threshold = self.parameters.threshold();
        Ok(Election { poll: self.parameters.poll(), key, threshold, verification_keys, transcript })
    }

    pub(super) fn polynomial(&self, dealer: TrusteeIndex) -> Option<&PublicPolynomial> {
        self.polynomials.get(&dealer)
    }

    /// What a dealer has sealed to a trustee.
    pub(super) fn dealt(&self, dealer: TrusteeIndex, to: TrusteeIndex) -> Option<&[u8]> {
        let (_, dealing) = self.dealings.get(&dealer)?;
        dealing.sealed.get(usize::from(to.number().checked_sub(1)?)).map(Vec::as_slice)
    }

    /// What a dealer has published for a trustee who complained.
    pub(super) fn answered(&self, dealer: TrusteeIndex, to: TrusteeIndex) -> Option<SecretScalar> {
        let (_, answer) = self.answers.get(&dealer)?;
        answer.shares.iter().find(|(index, _)| *index == to).map(|(_, share)| SecretScalar::new(share.0))
    }

    /// Who has complained of a dealer, ascending.
    pub(super) fn complainers(&self, dealer: TrusteeIndex) -> impl Iterator<Item = TrusteeIndex> {
        let accusing =
            self.verdicts.iter().filter(move |(_, (_, verdict))| verdict.against.contains(&dealer));
        accusing.map(|(index, _)| *index)
    }

    fn accused(&self) -> impl Iterator<Item = TrusteeIndex> {
        set_of(self.verdicts.values().flat_map(|(_, verdict)| verdict.against.iter().copied())).into_iter()
    }

    fn missing<T>(&self, said: &Said<T>) -> Vec<TrusteeIndex> {
        self.parameters.indices().filter(|index| !said.contains_key(index)).collect()
    }

    /// Everything that is checked of every message: signature first. `None` if it is known already.
    fn open<T: Spoken>(&self, signed: &Signed<T>, said: &Said<T>) -> Result<Option<T>, Refusal> {
        let trustee = signed.dangerous_unverified().map_err(|_| Refusal::Malformed)?.head().trustee;
        let keys = self.parameters.trustee(trustee).ok_or(Refusal::NoSuchTrustee(trustee))?;
        let document = signed.verify(&keys.signing).map_err(|_| Refusal::Signature(trustee))?;
        if document.head().poll != self.parameters.poll() {
            return Err(Refusal::AnotherPoll(trustee));
        }
        if let Some((_, before)) = said.get(&trustee) {
            let same = before.to_canonical() == document.to_canonical();
            return if same { Ok(None) } else { Err(Refusal::SpokenBefore(trustee)) };
        }
        let in_turn = matches!(self.phase(), Phase::Waiting { round, missing } if round == T::ROUND && missing.contains(&trustee));
        if !in_turn {
            return Err(Refusal::OutOfTurn(trustee));
        }
        if document.head().after != self.history(T::ROUND) {
            return Err(Refusal::AnotherHistory(trustee));
        }
        Ok(Some(document))
    }

    fn take_commitment(&mut self, signed: &Signed<Commitment>) -> Result<Taken, Refusal> {
        let Some(commitment) = self.open(signed, &self.commitments)? else { return Ok(Taken::Known) };
        self.commitments.insert(commitment.head.trustee, (signed.clone(), commitment));
        Ok(Taken::New)
    }

    fn take_reveal(&mut self, signed: &Signed<Reveal>) -> Result<Taken, Refusal> {
        let Some(reveal) = self.open(signed, &self.reveals)? else { return Ok(Taken::Known) };
        let trustee = reveal.head.trustee;
        let committed = self.commitments.get(&trustee).map(|(_, commitment)| commitment.digest);
        if committed != Some(reveal.digest()) {
            return Err(Refusal::NotCommittedTo(trustee));
        }
        if reveal.polynomial.len() != usize::from(self.parameters.threshold()) {
            return Err(Refusal::Shape(trustee));
        }
        let polynomial = PublicPolynomial::decode(&reveal.polynomial).map_err(|_| Refusal::Shape(trustee))?;
        if !reveal.proof.holds(&self.parameters, trustee, &reveal.polynomial, &polynomial.constant()) {
            return Err(Refusal::Knowledge(trustee));
        }
        if self.polynomials.values().any(|other| other.shares_a_coefficient(&polynomial)) {
            return Err(Refusal::Copied(trustee));
        }
        self.polynomials.insert(trustee, polynomial);
        self.reveals.insert(trustee, (signed.clone(), reveal));
        Ok(Taken::New)
    }

    fn take_dealing(&mut self, signed: &Signed<Dealing>) -> Result<Taken, Refusal> {
        let Some(dealing) = self.open(signed, &self.dealings)? else { return Ok(Taken::Known) };
        let trustee = dealing.head.trustee;
        let right = |part: &Vec<u8>| part.len() == SEALED_SHARE;
        if dealing.sealed.len() != self.parameters.trustees().len() || !dealing.sealed.iter().all(right) {
            return Err(Refusal::Shape(trustee));
        }
        self.dealings.insert(trustee, (signed.clone(), dealing));
        Ok(Taken::New)
    }

    fn take_verdict(&mut self, signed: &Signed<Verdict>) -> Result<Taken, Refusal> {
        let Some(verdict) = self.open(signed, &self.verdicts)? else { return Ok(Taken::Known) };
        let trustee = verdict.head.trustee;
        let others = |index: &TrusteeIndex| *index != trustee && self.parameters.trustee(*index).is_some();
        let ascending = verdict.against.is_sorted_by(|before, after| before < after);
        if !ascending || !verdict.against.iter().all(others) {
            return Err(Refusal::Shape(trustee));
        }
        self.verdicts.insert(trustee, (signed.clone(), verdict));
        Ok(Taken::New)
    }

    /// A wrong share in a signed answer is the proof that the dealer lies: there is nothing left to wait for (VOTE-33).
    fn take_answer(&mut self, signed: &Signed<Answer>) -> Result<Taken, Refusal> {
        let Some(answer) = self.open(signed, &self.answers)? else { return Ok(Taken::Known) };
        let dealer = answer.head.trustee;
        let polynomial = self.polynomials.get(&dealer).ok_or(Refusal::Shape(dealer))?;
        if !answer.shares.iter().map(|(index, _)| *index).eq(self.complainers(dealer)) {
            return Err(Refusal::Shape(dealer));
        }
        let is_right = |(index, share): &(TrusteeIndex, _)| polynomial.fits(*index, &reveal_share(share));
        if !answer.shares.iter().all(is_right) {
            self.fault = Some(Fault::WrongShare(dealer));
        }
        self.answers.insert(dealer, (signed.clone(), answer));
        Ok(Taken::New)
    }

    fn take_confirmation(&mut self, signed: &Signed<Confirmation>) -> Result<Taken, Refusal> {
        let Some(confirmation) = self.open(signed, &self.confirmations)? else { return Ok(Taken::Known) };
        let trustee = confirmation.head.trustee;
        let key = self.election().map(|election| *election.key.encoded());
        if key != Ok(confirmation.key) {
            return Err(Refusal::Shape(trustee));
        }
        self.confirmations.insert(trustee, (signed.clone(), confirmation));
        Ok(Taken::New)
    }
}

const fn reveal_share(share: &crate::group::Scalar) -> SecretScalar {
    SecretScalar::new(share.0)
}

/// The signed messages of a round in the trustees' order, each after its length (4 bytes, little-endian).
fn bytes<T: Spoken>(said: &Said<T>) -> Vec<u8> {
    let messages: Vec<Vec<u8>> = said.values().map(|(signed, _)| signed.to_canonical()).collect();
    borsh::to_vec(&messages).unwrap_or_default()
}
