//! What trustees say, each message signed with the trustee's identity key.

use super::proof::KnowledgeProof;
use crate::group::{Encoded, Scalar};
use crate::identifier::TrusteeIndex;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{Document, Signed};
use citizen_primitives::{Canonical as _, DecodeError, Hash, Label, PollId};

/// The rounds, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum Round {
    /// Everybody commits to a polynomial.
    Commitment,
    /// Everybody shows hers, in the exponent.
    Reveal,
    /// Everybody deals a share to each.
    Dealing,
    /// Everybody says whose shares are wrong.
    Verdict,
    /// Who is complained of publishes the shares in question.
    Answer,
    /// Everybody confirms the whole.
    Confirmation,
}

/// What every message begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Head {
    /// The poll.
    pub poll: PollId,
    /// Who speaks.
    pub trustee: TrusteeIndex,
    /// The digest of the ceremony's history up to the round before.
    pub after: Hash,
}

/// Commits to a reveal.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Commitment {
    /// Poll, trustee, history.
    pub head: Head,
    /// [`Reveal::digest`].
    pub digest: Hash,
}

/// Shows the polynomial in the exponent.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Reveal {
    /// Poll, trustee, history.
    pub head: Head,
    /// `a₀G, a₁G, …`: as many as the threshold.
    pub polynomial: Vec<Encoded>,
    /// That she knows `a₀`.
    pub proof: KnowledgeProof,
}

/// Deals the shares.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Dealing {
    /// Poll, trustee, history.
    pub head: Head,
    /// `f(j)` for each trustee `j`, in order, sealed to her.
    pub sealed: Vec<Vec<u8>>,
}

/// Says whose shares are wrong.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Verdict {
    /// Poll, trustee, history.
    pub head: Head,
    /// The dealers complained of, ascending.
    pub against: Vec<TrusteeIndex>,
}

/// Publishes the shares that were complained of.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Answer {
    /// Poll, trustee, history.
    pub head: Head,
    /// `f(j)` for each complaining trustee `j`, ascending.
    pub shares: Vec<(TrusteeIndex, Scalar)>,
}

/// Confirms the whole: the history up to here is the digest in the head.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Confirmation {
    /// Poll, trustee, history.
    pub head: Head,
    /// The election key, for those who read nothing else.
    pub key: Encoded,
}

/// A signed message of any round.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Message {
    /// Round 1.
    Commitment(Signed<Commitment>),
    /// Round 2.
    Reveal(Signed<Reveal>),
    /// Round 3.
    Dealing(Signed<Dealing>),
    /// Round 4.
    Verdict(Signed<Verdict>),
    /// Round 5, if there are complaints.
    Answer(Signed<Answer>),
    /// Round 6.
    Confirmation(Signed<Confirmation>),
}

citizen_primitives::canonical!(
    Commitment = 1,
    Reveal = 1,
    Dealing = 1,
    Verdict = 1,
    Answer = 1,
    Confirmation = 1,
    Message = 1,
);

/// A document of a round.
pub(super) trait Spoken: Document {
    const ROUND: Round;

    fn head(&self) -> &Head;
}

macro_rules! spoken {
    ($($document:ident $label:ident),+ $(,)?) => { $(
        impl Document for $document {
            const LABEL: Label = Label::$label;
        }
        impl Spoken for $document {
            const ROUND: Round = Round::$document;

            fn head(&self) -> &Head {
                &self.head
            }
        }
    )+ };
}

spoken! {
    Commitment CeremonyCommitment,
    Reveal CeremonyReveal,
    Dealing CeremonyDealing,
    Verdict CeremonyVerdict,
    Answer CeremonyAnswer,
    Confirmation CeremonyConfirmation,
}

impl Message {
    /// Poll, trustee, history and round as the message itself has them: to file it by, not to believe.
    pub fn dangerous_unverified_head(&self) -> Result<(Head, Round), DecodeError> {
        fn of<T: Spoken>(signed: &Signed<T>) -> Result<(Head, Round), DecodeError> {
            Ok((*signed.dangerous_unverified()?.head(), T::ROUND))
        }
        match self {
            Self::Commitment(signed) => of(signed),
            Self::Reveal(signed) => of(signed),
            Self::Dealing(signed) => of(signed),
            Self::Verdict(signed) => of(signed),
            Self::Answer(signed) => of(signed),
            Self::Confirmation(signed) => of(signed),
        }
    }
}

impl Reveal {
    /// What the commitment is to: all but the history, which is not known when one commits. The digest of version, poll, trustee,
    /// polynomial and proof.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let Self { head: Head { poll, trustee, after: _ }, polynomial, proof } = self;
        let blank = Head { poll: *poll, trustee: *trustee, after: Hash::ZERO };
        let committed = Self { head: blank, polynomial: polynomial.clone(), proof: *proof };
        Hash::labelled(Label::CeremonyReveal, &committed.to_canonical())
    }
}
