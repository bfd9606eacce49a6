//! A trustee's decryption shares.

use crate::ceremony::TrusteeShare;
use crate::group::{Element, Encoded, Scalar, SecretScalar};
use crate::identifier::{CellIndex, ContestIndex, ElectorateIndex, TrusteeIndex};
use crate::manifest::Poll;
use crate::tally::{Sum, Tally};
use crate::transcript::Transcript;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{Document, Signed, SigningKey};
use citizen_primitives::{Hash, Label, PollId};
use sha2::{Digest as _, Sha512};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// One cell's share, with the proof that it is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DecryptionShare {
    /// `D = xA`.
    pub share: Encoded,
    /// `e`.
    pub challenge: Scalar,
    /// `w + ex`.
    pub response: Scalar,
}

/// All shares of one trustee for one tally.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DecryptionShares {
    /// The poll.
    pub poll: PollId,
    /// The electorate.
    pub electorate: ElectorateIndex,
    /// The trustee.
    pub trustee: TrusteeIndex,
    /// The digest of the tally.
    pub tally: Hash,
    /// For each contest a share of each cell.
    pub contests: Vec<Vec<DecryptionShare>>,
}
citizen_primitives::canonical!(DecryptionShares = 1);

impl Document for DecryptionShares {
    const LABEL: Label = Label::DecryptionShares;
}

/// Which tally a trustee has decrypted for each electorate. To be on disk before a share leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DecryptionMemory {
    decrypted: BTreeMap<(PollId, ElectorateIndex), Hash>,
}
citizen_primitives::canonical!(DecryptionMemory = 1);

/// Why a trustee does not decrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecryptError {
    /// The tally is of another poll, or encrypted to another key.
    #[error("a tally of another election")]
    AnotherElection,
    /// She has decrypted another tally of this electorate: the difference of two would show single votes (VOTE-17).
    #[error("another tally of this electorate is decrypted already")]
    AnotherTally,
    /// Too few ballots: the sums would show how single persons voted (VOTE-17).
    #[error("{counted} ballots where {minimum} are needed")]
    BelowTurnout {
        /// How many there are.
        counted: u64,
        /// How many there must be.
        minimum: u64,
    },
}

/// What a share's proof is about.
pub(super) struct ShareStatement<'a> {
    pub(super) poll: PollId,
    pub(super) electorate: ElectorateIndex,
    pub(super) contest: ContestIndex,
    pub(super) cell: CellIndex,
    pub(super) trustee: TrusteeIndex,
    pub(super) tally: Hash,
    pub(super) verification_key: &'a Element,
    pub(super) sum: &'a Sum,
}

impl TrusteeShare {
    /// Decrypts her part of a tally that she has added up herself: once for each electorate, and only from the manifest's
    /// minimum turnout on.
    ///
    /// The memory changes: write it to disk before the answer leaves. The same tally gives the same bytes again.
    pub fn decrypt(
        &self,
        tally: &Tally,
        poll: &Poll,
        memory: &mut DecryptionMemory,
        signing: &SigningKey,
    ) -> Result<Signed<DecryptionShares>, DecryptError> {
        let electorate = poll.electorate(tally.electorate()).filter(|_| poll.id() == tally.poll());
        let minimum = electorate.ok_or(DecryptError::AnotherElection)?.minimum_turnout;
        self.dangerous_decrypt(tally, minimum.into(), memory, signing)
    }

    /// The same above a turnout that no manifest names: what an honest trustee never calls.
    pub fn dangerous_decrypt(
        &self,
        tally: &Tally,
        minimum: u64,
        memory: &mut DecryptionMemory,
        signing: &SigningKey,
    ) -> Result<Signed<DecryptionShares>, DecryptError> {
        if tally.poll() != self.election.poll || tally.key() != self.election.key.encoded() {
            return Err(DecryptError::AnotherElection);
        }
        if tally.counted() < minimum {
            return Err(DecryptError::BelowTurnout { counted: tally.counted(), minimum });
        }
        let (poll, electorate, digest) = (tally.poll(), tally.electorate(), tally.digest());
        if *memory.decrypted.entry((poll, electorate)).or_insert(digest) != digest {
            return Err(DecryptError::AnotherTally);
        }
        let verification_key = self.secret.public();
        let contests = tally.contests().iter().map(|sums| {
            let shares = sums.cells.iter().zip(0..).map(|(sum, cell)| {
                let (contest, cell) = (sums.contest, CellIndex::new(cell));
                let (trustee, tally, verification_key) = (self.trustee, digest, &verification_key);
                ShareStatement { poll, electorate, contest, cell, trustee, tally, verification_key, sum }
                    .prove(&self.secret)
            });
            shares.collect()
        });
        let contests = contests.collect();
        let shares = DecryptionShares { poll, electorate, trustee: self.trustee, tally: digest, contests };
        Ok(Signed::sign(&shares, signing))
    }
}

impl ShareStatement<'_> {
    pub(super) fn prove(&self, secret: &SecretScalar) -> DecryptionShare {
        let share = Element(self.sum.a.0 * secret.expose());
        let nonce = self.nonce(secret, &share.encode());
        let commitment = Element(self.sum.a.0 * nonce.expose());
        let challenge = self.challenge(&share.encode(), &nonce.public(), &commitment);
        let response = Scalar(nonce.expose() + challenge.0 * secret.expose());
        DecryptionShare { share: share.encode(), challenge, response }
    }

    /// Checks a share and gives it back decoded.
    pub(super) fn verify(&self, proved: &DecryptionShare) -> Option<Element> {
        // The sum of all `A` may be the identity if every voter of the electorate wants it so; then so is the share.
        let share = proved.share.decode_any().ok()?;
        let DecryptionShare { share: encoded, challenge, response } = proved;
        let of_generator = Element::of(response).minus(&self.verification_key.times(challenge));
        let of_sum = self.sum.a.times(response).minus(&share.times(challenge));
        (self.challenge(encoded, &of_generator, &of_sum) == *challenge).then_some(share)
    }

    /// The challenge (VOTE-2): poll (32 bytes), electorate (1), contest (1), cell (2, little-endian), trustee (1), the tally's digest (32),
    /// `X`, `A`, `D`, `wG`, `wA` (32 each).
    pub(super) fn challenge(&self, share: &Encoded, of_generator: &Element, of_sum: &Element) -> Scalar {
        let mut transcript = self.transcript(Label::DecryptionProof, share);
        transcript.field(of_generator.encode().as_bytes());
        transcript.field(of_sum.encode().as_bytes());
        transcript.challenge()
    }

    /// A nonce out of the secret and the whole statement: another statement has another nonce, and no generator can fail (VOTE-18).
    pub(super) fn nonce(&self, secret: &SecretScalar, share: &Encoded) -> SecretScalar {
        let statement = self.transcript(Label::DecryptionNonce, share).digest();
        let secret = Zeroizing::new(secret.expose().to_bytes());
        let hash = Sha512::new_with_prefix(Label::DecryptionNonce.prefix())
            .chain_update(secret.as_slice())
            .chain_update(statement);
        let mut wide = Zeroizing::new([0; 64]);
        hash.finalize_into((&mut *wide).into());
        SecretScalar::from_wide(&wide)
    }

    fn transcript(&self, label: Label, share: &Encoded) -> Transcript {
        let mut transcript = Transcript::new(label);
        transcript.field(self.poll.as_bytes());
        transcript.field(&[self.electorate.number()]);
        transcript.field(&[self.contest.number()]);
        transcript.field(&self.cell.number().to_le_bytes());
        transcript.field(&[self.trustee.number()]);
        transcript.field(self.tally.as_bytes());
        transcript.field(self.verification_key.encode().as_bytes());
        transcript.field(self.sum.a.encode().as_bytes());
        transcript.field(share.as_bytes());
        transcript
    }
}
