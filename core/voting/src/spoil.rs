//! Check or cast: a ballot that is opened, to see that it was encrypted as chosen, and then never counts (Benaloh 2006).
//!
//! The wallet shows the fingerprint before it asks. A second device scans it, and only then is the ballot opened: the device makes
//! it again out of seed and choices and compares. What is opened is signed under another label than what is cast, so that nobody
//! on the way can cast it (VOTE-54).

use crate::ballot::{BallotSeed, BallotStyle, ChoiceError, ContestChoice, Encryptor, Fingerprint};
use crate::identifier::{ElectorateIndex, Sequence, VotingKey};
use crate::token::Token;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{Signature, SigningKey};
use citizen_primitives::{Canonical as _, Label, PollId};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// A ballot that is opened.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Opening {
    /// The poll.
    pub poll: PollId,
    /// The electorate.
    pub electorate: ElectorateIndex,
    /// The voting key.
    pub voting_key: VotingKey,
    /// The ballot's number: used up by this.
    pub sequence: Sequence,
    /// What was shown before it was asked for.
    pub fingerprint: Fingerprint,
    /// The ballot's seed.
    pub seed: [u8; 32],
    /// What was chosen, in the order of the electorate's contests.
    pub choices: Vec<ContestChoice>,
}
citizen_primitives::canonical!(Opening = 1);

/// Why an opened ballot is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpeningError {
    /// It is for another poll or electorate than the style it is held against.
    #[error("a ballot of another poll or electorate")]
    AnotherStyle,
    /// The choices are none of this ballot.
    #[error("the choices do not fit the ballot: {0}")]
    Choices(#[from] ChoiceError),
    /// The ballot that comes out of seed and choices is another than the one that was shown: the wallet encrypted something else.
    #[error("wrong opening: {shown} was shown, and seed and choices make {made}")]
    WrongOpening {
        /// The fingerprint that was shown.
        shown: Fingerprint,
        /// The one that comes out.
        made: Fingerprint,
    },
    /// The voting key has not signed that it is opened.
    #[error("the voting key has not signed this opening")]
    Signature,
    /// It was opened before this device had scanned its fingerprint: the wallet could have chosen a fingerprint that fits.
    #[error("this fingerprint was not scanned before the ballot was opened")]
    NotScanned,
}

impl Opening {
    /// Opens a ballot.
    #[must_use]
    pub fn new(
        style: &BallotStyle,
        (voting_key, sequence): (VotingKey, Sequence),
        fingerprint: Fingerprint,
        seed: &BallotSeed,
        choices: Vec<ContestChoice>,
    ) -> Self {
        let (poll, electorate, seed) = (style.poll(), style.electorate(), *seed.expose());
        Self { poll, electorate, voting_key, sequence, fingerprint, seed, choices }
    }

    /// Makes the ballot again out of seed and choices: it must be the one that was shown (VOTE-54).
    pub fn recompute(&self, style: &BallotStyle) -> Result<(), OpeningError> {
        self.recompute_with(&Encryptor::new(style))
    }

    /// The same, for whoever opens many of one style: its tables are made once.
    pub fn recompute_with(&self, encryptor: &Encryptor<'_>) -> Result<(), OpeningError> {
        let style = encryptor.style();
        if (self.poll, self.electorate) != (style.poll(), style.electorate()) {
            return Err(OpeningError::AnotherStyle);
        }
        let seed = BallotSeed::from_bytes(Zeroizing::new(self.seed));
        let ballot = encryptor.encrypt(&seed, self.voting_key, self.sequence, &self.choices)?;
        let (shown, made) = (self.fingerprint, ballot.fingerprint());
        if shown == made { Ok(()) } else { Err(OpeningError::WrongOpening { shown, made }) }
    }
}

/// A ballot on the board that is opened and never counts.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SpoiledBallot {
    /// The opened ballot.
    pub opening: Opening,
    /// The 64 bytes of RFC 8032 over the opening's canonical bytes, under [`Label::SpoiledBallot`].
    pub signature: [u8; 64],
    /// That the voting key is one of the electorate's.
    pub token: Token,
}
citizen_primitives::canonical!(SpoiledBallot = 1);

impl SpoiledBallot {
    /// Signs that a ballot is opened.
    #[must_use]
    pub fn sign(opening: Opening, token: Token, key: &SigningKey) -> Self {
        let signature = *key.sign(Label::SpoiledBallot, &opening.to_canonical()).as_bytes();
        Self { opening, signature, token }
    }

    /// Checks signature and opening; not the token.
    pub fn verify(&self, style: &BallotStyle) -> Result<(), OpeningError> {
        self.verify_signature()?;
        self.opening.recompute(style)
    }

    /// The same, for whoever opens many of one style.
    pub fn verify_with(&self, encryptor: &Encryptor<'_>) -> Result<(), OpeningError> {
        self.verify_signature()?;
        self.opening.recompute_with(encryptor)
    }

    fn verify_signature(&self) -> Result<(), OpeningError> {
        let key = self.opening.voting_key.public();
        key.check().map_err(|_| OpeningError::Signature)?;
        key.verify(Label::SpoiledBallot, &self.opening.to_canonical(), &Signature::Ed25519(self.signature))
            .map_err(|_| OpeningError::Signature)
    }
}

/// The second device: it has no keys, and remembers what it has scanned.
#[derive(Debug, Default)]
pub struct BallotCheck {
    scanned: BTreeSet<Fingerprint>,
}

impl BallotCheck {
    /// Notes a fingerprint that the wallet shows.
    pub fn scan(&mut self, fingerprint: Fingerprint) {
        self.scanned.insert(fingerprint);
    }

    /// What the ballot that was scanned says. It is opened once: the next has to be scanned first.
    pub fn open<'o>(
        &mut self,
        style: &BallotStyle,
        opening: &'o Opening,
    ) -> Result<&'o [ContestChoice], OpeningError> {
        if !self.scanned.remove(&opening.fingerprint) {
            return Err(OpeningError::NotScanned);
        }
        opening.recompute(style)?;
        Ok(&opening.choices)
    }
}
