//! What a contest's proof is about: its clauses, worked out once, and the statement in the challenge.

use super::encrypted::{Ciphertext, Commitment, EncryptedContest};
use super::style::BallotStyle;
use crate::contest::{CellSum, ContestRule};
use crate::group::Scalar;
use crate::identifier::{ContestIndex, Sequence, VotingKey};
use crate::transcript::Transcript;
use citizen_primitives::{Canonical as _, Label};

/// A contest with its clauses: one for each cell, then one for each proved sum.
pub(super) struct Plan<'a> {
    pub(super) contest: ContestIndex,
    pub(super) rule: &'a ContestRule,
    pub(super) clauses: Vec<CellSum>,
    pub(super) cells: usize,
    pub(super) branches: usize,
}

/// What the proof of one contest on one ballot says.
pub(super) struct Statement<'a> {
    pub(super) style: &'a BallotStyle,
    pub(super) plan: &'a Plan<'a>,
    pub(super) voting_key: &'a VotingKey,
    pub(super) sequence: Sequence,
}

impl<'a> Plan<'a> {
    pub(super) fn of(style: &'a BallotStyle) -> Vec<Self> {
        style.contests().iter().map(|(contest, rule)| Self::new(*contest, rule)).collect()
    }

    fn new(contest: ContestIndex, rule: &'a ContestRule) -> Self {
        let cells = rule.cells();
        let alone = (0..cells).map(|cell| CellSum { cells: vec![cell], min: 0, max: rule.highest() });
        let clauses: Vec<_> = alone.chain(rule.sums()).collect();
        let branches = clauses.iter().map(CellSum::branches).sum();
        Self { contest, rule, clauses, cells, branches }
    }

    /// Whether a contest has as many of everything as its rule asks for.
    pub(super) fn fits(&self, contest: &EncryptedContest) -> bool {
        let proof = &contest.proof;
        contest.ciphertexts.len() == self.cells
            && proof.challenges.len() == self.branches.saturating_sub(self.clauses.len())
            && proof.responses.len() == self.branches
            && proof.commitments.as_ref().is_none_or(|commitments| commitments.len() == self.branches)
    }
}

impl Statement<'_> {
    /// The challenge (VOTE-1): the fields of the transcript are, in this order, poll (32 bytes), electorate (1), contest (1), the rule's
    /// canonical bytes, `H` (32), voting key (32), sequence (4, little-endian), all `A ‖ B`, all `a ‖ b`.
    pub(super) fn challenge(&self, ciphertexts: &[Ciphertext], commitments: &[Commitment]) -> Scalar {
        let mut transcript = Transcript::new(Label::BallotProof);
        transcript.field(self.style.poll().as_bytes());
        transcript.field(&[self.style.electorate().number()]);
        transcript.field(&[self.plan.contest.number()]);
        transcript.field(&self.plan.rule.to_canonical());
        transcript.field(self.style.key().encoded().as_bytes());
        transcript.field(self.voting_key.as_bytes());
        transcript.field(&self.sequence.number().to_le_bytes());
        transcript.pairs(ciphertexts.iter().map(|ciphertext| (&ciphertext.a, &ciphertext.b)));
        transcript.pairs(commitments.iter().map(|commitment| (&commitment.a, &commitment.b)));
        transcript.challenge()
    }

    /// What the contest's randomness is bound to: the fields of the challenge that are known before encryption, one after the other;
    /// each has a fixed length or tells its own.
    pub(super) fn context(&self) -> Vec<u8> {
        [
            self.style.poll().as_bytes().as_slice(),
            &[self.style.electorate().number(), self.plan.contest.number()],
            self.style.key().encoded().as_bytes(),
            self.voting_key.as_bytes(),
            &self.sequence.number().to_le_bytes(),
            &self.plan.rule.to_canonical(),
        ]
        .concat()
    }
}
