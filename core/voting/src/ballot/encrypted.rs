//! A ballot as it travels: two forms of one thing (VOTE-32).
//!
//! *Compact*: the challenge, and of each branch its challenge and response. *Expanded*: the commitments besides, so that many
//! ballots can be verified together. The fingerprint and the signature are over the compact form; either form has the same.

use crate::group::{Encoded, Scalar};
use crate::identifier::{ElectorateIndex, Sequence, VotingKey};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{Signature, SigningKey};
use citizen_primitives::{Canonical as _, Hash, Label, PollId};
use std::fmt;

/// An encrypted number: `A = rG`, `B = rH + vG`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Ciphertext {
    /// `rG`.
    pub a: Encoded,
    /// `rH + vG`.
    pub b: Encoded,
}

/// What the prover committed to in one branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Commitment {
    /// `zG − cA`.
    pub a: Encoded,
    /// `zH − c(B − kG)`.
    pub b: Encoded,
}

/// The proof of one contest.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ContestProof {
    /// The challenge, over the whole statement and all commitments.
    pub challenge: Scalar,
    /// The challenges of all branches but the last of each clause, clause by clause; the last is what is missing to `challenge`.
    pub challenges: Vec<Scalar>,
    /// The responses of all branches, clause by clause.
    pub responses: Vec<Scalar>,
    /// The commitments of all branches, clause by clause: in the expanded form.
    pub commitments: Option<Vec<Commitment>>,
}

/// One contest on a ballot.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EncryptedContest {
    /// The cells, in their order.
    pub ciphertexts: Vec<Ciphertext>,
    /// That they are what the rule allows.
    pub proof: ContestProof,
}

/// An encrypted ballot. Nothing about it is known to be true before a [`super::Verifier`] has seen it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Ballot {
    /// The poll.
    pub poll: PollId,
    /// The electorate in which it is cast.
    pub electorate: ElectorateIndex,
    /// The key that signs it.
    pub voting_key: VotingKey,
    /// Its number under that key.
    pub sequence: Sequence,
    /// The contests of the electorate, in the manifest's order.
    pub contests: Vec<EncryptedContest>,
}
citizen_primitives::canonical!(Ballot = 1);

/// A ballot's fingerprint: what is shown before the citizen decides to check or to cast.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Fingerprint(Hash);

/// A ballot signed by its voting key.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedBallot {
    /// The ballot.
    pub ballot: Ballot,
    /// The 64 bytes of RFC 8032 over the fingerprint's 32 bytes, under [`Label::Ballot`].
    pub signature: [u8; 64],
}
citizen_primitives::canonical!(SignedBallot = 1);

impl Ballot {
    /// The compact form.
    #[must_use]
    pub fn compact(&self) -> Self {
        let mut ballot = self.clone();
        ballot.contests.iter_mut().for_each(|contest| contest.proof.commitments = None);
        ballot
    }

    /// The digest of the compact form's canonical bytes: the key, the number and the poll are in it (VOTE-5).
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(Hash::labelled(Label::BallotFingerprint, &self.compact_bytes()))
    }

    /// The canonical bytes of the compact form, without making it first.
    fn compact_bytes(&self) -> Vec<u8> {
        let Self { poll, electorate, voting_key, sequence, contests } = self;
        let mut bytes = vec![Self::VERSION];
        let count = u32::try_from(contests.len()).unwrap_or(u32::MAX);
        let mut written = (poll, electorate, voting_key, sequence, count).serialize(&mut bytes);
        for EncryptedContest { ciphertexts, proof } in contests {
            let ContestProof { challenge, challenges, responses, commitments: _ } = proof;
            let without: Option<Vec<Commitment>> = None;
            let contest = (ciphertexts, challenge, challenges, responses, without).serialize(&mut bytes);
            written = written.and(contest);
        }
        // Writing into memory does not fail.
        if written.is_err() {
            bytes.clear();
        }
        bytes
    }

    /// All ciphertexts: no element in them may stand anywhere else on the board (VOTE-3).
    pub fn ciphertexts(&self) -> impl Iterator<Item = &Ciphertext> {
        self.contests.iter().flat_map(|contest| &contest.ciphertexts)
    }
}

impl SignedBallot {
    /// Signs a ballot.
    #[must_use]
    pub fn sign(ballot: Ballot, key: &SigningKey) -> Self {
        let signature = *key.sign(Label::Ballot, ballot.fingerprint().as_bytes()).as_bytes();
        Self { ballot, signature }
    }

    /// The compact form: the signature stays.
    #[must_use]
    pub fn compact(&self) -> Self {
        Self { ballot: self.ballot.compact(), signature: self.signature }
    }

    pub(super) const fn signature(&self) -> Signature {
        Signature::Ed25519(self.signature)
    }
}

impl Fingerprint {
    /// From a digest that was scanned or read.
    #[must_use]
    pub const fn from_hash(hash: Hash) -> Self {
        Self(hash)
    }

    /// The digest.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.0
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({})", self.0)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
