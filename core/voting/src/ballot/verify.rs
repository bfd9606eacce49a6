//! Verification, one ballot at a time; many go through [`super::batch`].

use super::batch::{Batch, Weights};
use super::encrypted::{Ballot, Commitment, EncryptedContest, Fingerprint, SignedBallot};
use super::plan::{Plan, Statement};
use super::style::BallotStyle;
use crate::contest::CellSum;
use crate::group::{Element, Encoded, GroupError, Scalar, encode_doubled, half};
use crate::identifier::{ContestIndex, ElectorateIndex, Sequence, VotingKey};
use citizen_keys::{BatchItem, PublicKey, Signature, verify_batch};
use citizen_primitives::{Label, PollId};
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::{RistrettoPoint, VartimeRistrettoPrecomputation};
use curve25519_dalek::traits::VartimePrecomputedMultiscalarMul as _;

/// Why a ballot is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BallotError {
    /// It is for another poll.
    #[error("a ballot of another poll")]
    AnotherPoll,
    /// It is for another electorate.
    #[error("a ballot of another electorate")]
    AnotherElectorate,
    /// It has more or fewer contests than its electorate votes in.
    #[error("not the electorate's contests")]
    Contests,
    /// A contest has more or fewer ciphertexts or proof parts than its rule asks for.
    #[error("contest {0} has not the shape its rule asks for")]
    Shape(ContestIndex),
    /// A contest has bytes that are no element, or the identity.
    #[error("contest {0}: {1}")]
    Element(ContestIndex, #[source] GroupError),
    /// The proof of a contest does not verify.
    #[error("the proof of contest {0} does not verify")]
    Proof(ContestIndex),
    /// An element stands in it twice: it could not stand on the board, where none does (VOTE-3).
    #[error("an element stands in the ballot twice")]
    Repeated,
    /// Sequence numbers begin at 1.
    #[error("a ballot numbered 0")]
    Sequence,
    /// The voting key is no key to vote with.
    #[error("not a voting key")]
    VotingKey,
    /// The voting key's signature does not verify.
    #[error("the signature does not verify")]
    Signature,
}

/// An encrypted number that is proved to be in its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedCell {
    /// `rG`.
    pub a: Element,
    /// `rH + vG`.
    pub b: Element,
}

/// A ballot that is well formed, proved and signed. Whether its key may vote, and whether it is the last under its key, is not said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedBallot {
    poll: PollId,
    electorate: ElectorateIndex,
    voting_key: VotingKey,
    sequence: Sequence,
    fingerprint: Fingerprint,
    contests: Vec<Vec<VerifiedCell>>,
}

/// Verifies ballots of one style.
pub struct Verifier<'a> {
    style: &'a BallotStyle,
    plans: Vec<Plan<'a>>,
    bases: VartimeRistrettoPrecomputation,
}

/// A ballot of which everything is checked but its commitments' equations, which wait in a batch, and its signature.
pub(super) struct Prepared<'a> {
    pub(super) ballot: &'a Ballot,
    pub(super) contests: Vec<Vec<VerifiedCell>>,
    pub(super) fingerprint: Fingerprint,
}

impl<'a> Verifier<'a> {
    /// Prepares for a style.
    #[must_use]
    pub fn new(style: &'a BallotStyle) -> Self {
        let bases = [RISTRETTO_BASEPOINT_POINT, style.key().element().0];
        Self { style, plans: Plan::of(style), bases: VartimeRistrettoPrecomputation::new(bases) }
    }

    /// Verifies one ballot in either form.
    pub fn verify(&self, signed: &SignedBallot) -> Result<VerifiedBallot, BallotError> {
        let prepared = self.verify_proofs(&signed.ballot)?;
        let key = voting_key(&signed.ballot)?;
        key.verify(Label::Ballot, prepared.fingerprint.as_bytes(), &signed.signature())
            .map_err(|_| BallotError::Signature)?;
        Ok(prepared.into_verified())
    }

    /// Verifies many: each gets the verdict it would have alone (VOTE-23).
    ///
    /// Ballots in the expanded form and all signatures are verified together, about three times as fast; when together they do not
    /// hold, each is verified alone. A few hundred at a time are enough to gain all there is to gain.
    #[must_use]
    pub fn verify_batch(&self, ballots: &[SignedBallot]) -> Vec<Result<VerifiedBallot, BallotError>> {
        let prepared: Vec<_> = ballots.iter().map(|signed| self.prepare_signed(signed)).collect();
        if self.proofs_hold(prepared.iter().flatten().map(|(prepared, _, _)| prepared))
            && signatures_hold(&prepared)
        {
            let verified = |(prepared, _, _): (Prepared<'_>, _, _)| prepared.into_verified();
            return prepared.into_iter().map(|result| result.map(verified)).collect();
        }
        ballots.iter().map(|signed| self.verify(signed)).collect()
    }

    /// The proofs of many ballots alone, without signatures: for measuring, and for ballots that are not signed because they are
    /// opened.
    #[must_use]
    pub fn proofs_of_all_hold(&self, ballots: &[Ballot]) -> bool {
        let prepared: Result<Vec<_>, _> = ballots.iter().map(|ballot| self.prepare(ballot)).collect();
        prepared.is_ok_and(|prepared| self.proofs_hold(prepared.iter()))
    }

    /// The proofs of one ballot alone, without its signature.
    pub fn check_proofs(&self, ballot: &Ballot) -> Result<(), BallotError> {
        self.verify_proofs(ballot).map(drop)
    }

    fn verify_proofs<'b>(&self, ballot: &'b Ballot) -> Result<Prepared<'b>, BallotError> {
        let prepared = self.prepare(ballot)?;
        if self.proofs_hold([&prepared].into_iter()) {
            return Ok(prepared);
        }
        // Of several contests: which?
        let fails = |plan: &&Plan<'_>| !self.proofs_of_contest_hold(&prepared, plan);
        let contest = self.plans.iter().find(fails).or(self.plans.first()).map(|plan| plan.contest);
        Err(BallotError::Proof(contest.unwrap_or(ContestIndex::new(0))))
    }

    fn proofs_hold<'b>(&self, ballots: impl Iterator<Item = &'b Prepared<'b>> + Clone) -> bool {
        let mut weights = Weights::of(ballots.clone().map(|prepared| &prepared.fingerprint));
        let mut batch = Batch::default();
        for prepared in ballots {
            for ((plan, contest), cells) in
                self.plans.iter().zip(&prepared.ballot.contests).zip(&prepared.contests)
            {
                if batch.add(plan, contest, cells, &mut weights).is_err() {
                    return false;
                }
            }
        }
        batch.holds(self.style.key().element())
    }

    fn proofs_of_contest_hold(&self, prepared: &Prepared<'_>, wanted: &Plan<'_>) -> bool {
        let mut weights = Weights::of([&prepared.fingerprint].into_iter());
        let mut batch = Batch::default();
        let contests = self.plans.iter().zip(&prepared.ballot.contests).zip(&prepared.contests);
        let added = contests
            .filter(|((plan, _), _)| plan.contest == wanted.contest)
            .try_for_each(|((plan, contest), cells)| batch.add(plan, contest, cells, &mut weights));
        added.is_ok() && batch.holds(self.style.key().element())
    }

    fn prepare_signed<'b>(
        &self,
        signed: &'b SignedBallot,
    ) -> Result<(Prepared<'b>, PublicKey, Signature), BallotError> {
        Ok((self.prepare(&signed.ballot)?, voting_key(&signed.ballot)?, signed.signature()))
    }

    /// Everything but the equations that a batch can take and the signature.
    fn prepare<'b>(&self, ballot: &'b Ballot) -> Result<Prepared<'b>, BallotError> {
        if ballot.poll != self.style.poll() {
            return Err(BallotError::AnotherPoll);
        }
        if ballot.electorate != self.style.electorate() {
            return Err(BallotError::AnotherElectorate);
        }
        if ballot.sequence.number() == 0 {
            return Err(BallotError::Sequence);
        }
        if ballot.contests.len() != self.plans.len() {
            return Err(BallotError::Contests);
        }
        let prepare = |(plan, contest)| self.prepare_contest(ballot, plan, contest);
        let contests = self.plans.iter().zip(&ballot.contests).map(prepare).collect::<Result<_, _>>()?;
        if repeats_an_element(ballot) {
            return Err(BallotError::Repeated);
        }
        Ok(Prepared { ballot, contests, fingerprint: ballot.fingerprint() })
    }

    fn prepare_contest(
        &self,
        ballot: &Ballot,
        plan: &Plan<'_>,
        contest: &EncryptedContest,
    ) -> Result<Vec<VerifiedCell>, BallotError> {
        if !plan.fits(contest) {
            return Err(BallotError::Shape(plan.contest));
        }
        let decode = |ciphertext: &super::Ciphertext| {
            Ok(VerifiedCell { a: ciphertext.a.decode()?, b: ciphertext.b.decode()? })
        };
        let cells: Vec<_> = contest
            .ciphertexts
            .iter()
            .map(decode)
            .collect::<Result<_, _>>()
            .map_err(|error| BallotError::Element(plan.contest, error))?;
        let statement =
            Statement { style: self.style, plan, voting_key: &ballot.voting_key, sequence: ballot.sequence };
        let challenge = match &contest.proof.commitments {
            Some(commitments) => statement.challenge(&contest.ciphertexts, commitments),
            None => statement.challenge(&contest.ciphertexts, &self.commitments(plan, contest, &cells)),
        };
        if challenge == contest.proof.challenge { Ok(cells) } else { Err(BallotError::Proof(plan.contest)) }
    }

    /// The commitments of the compact form, worked out from challenges and responses: `a = zG − cA`, `b = zH − c(B − kG)`.
    fn commitments(
        &self,
        plan: &Plan<'_>,
        contest: &EncryptedContest,
        cells: &[VerifiedCell],
    ) -> Vec<Commitment> {
        let mut halves = Vec::with_capacity(2 * plan.branches);
        let mut challenges = contest.proof.challenges.iter();
        let mut responses = contest.proof.responses.iter();
        for clause in &plan.clauses {
            let (a, b) = sum(clause, cells);
            for (k, c) in branches(clause, &contest.proof.challenge, &mut challenges) {
                let Some(z) = responses.next() else { continue };
                let (c, z) = (half(&c.0), half(&z.0));
                halves.push(RistrettoPoint::vartime_double_scalar_mul_basepoint(&-c, &a, &z));
                let fixed = [c * curve25519_dalek::Scalar::from(k), z];
                halves.push(self.bases.vartime_mixed_multiscalar_mul(fixed, [-c], [b]));
            }
        }
        let encoded = encode_doubled(&halves);
        encoded.as_chunks::<2>().0.iter().map(|[a, b]| Commitment { a: *a, b: *b }).collect()
    }
}

/// The branches of a clause with their challenges: the last is what the others leave of the contest's.
pub(super) fn branches<'c>(
    clause: &CellSum,
    challenge: &Scalar,
    challenges: &mut impl Iterator<Item = &'c Scalar>,
) -> Vec<(u8, Scalar)> {
    let mut rest = challenge.0;
    let mut branches = Vec::with_capacity(clause.branches());
    for (k, challenge) in (clause.min..clause.max).zip(challenges.by_ref()) {
        rest -= challenge.0;
        branches.push((k, *challenge));
    }
    branches.push((clause.max, Scalar(rest)));
    branches
}

/// Whether an A or a B stands in a ballot twice (VOTE-3). No wallet makes such a one; a ledger that took it would hold a board on
/// which every verifier finds a repeated ciphertext.
fn repeats_an_element(ballot: &Ballot) -> bool {
    let mut elements: Vec<&Encoded> = ballot.ciphertexts().flat_map(|cell| [&cell.a, &cell.b]).collect();
    elements.sort_unstable();
    elements.windows(2).any(|pair| matches!(pair, [one, other] if one == other))
}

/// The sum of a clause's cells.
fn sum(clause: &CellSum, cells: &[VerifiedCell]) -> (RistrettoPoint, RistrettoPoint) {
    let zero = Element::identity().0;
    let chosen = clause.cells.iter().filter_map(|cell| cells.get(*cell));
    chosen.fold((zero, zero), |(a, b), cell| (a + cell.a.0, b + cell.b.0))
}

fn voting_key(ballot: &Ballot) -> Result<PublicKey, BallotError> {
    let key = ballot.voting_key.public();
    key.check().map_err(|_| BallotError::VotingKey)?;
    Ok(key)
}

type Signable<'a> = Result<(Prepared<'a>, PublicKey, Signature), BallotError>;

fn signatures_hold(prepared: &[Signable<'_>]) -> bool {
    let items = prepared.iter().flatten().map(|(prepared, key, signature)| BatchItem {
        key,
        label: Label::Ballot,
        bytes: prepared.fingerprint.as_bytes(),
        signature,
    });
    verify_batch(&items.collect::<Vec<_>>()).is_ok()
}

impl Prepared<'_> {
    fn into_verified(self) -> VerifiedBallot {
        let Ballot { poll, electorate, voting_key, sequence, contests: _ } = *self.ballot;
        let Self { ballot: _, contests, fingerprint } = self;
        VerifiedBallot { poll, electorate, voting_key, sequence, fingerprint, contests }
    }
}

impl VerifiedBallot {
    /// The poll.
    #[must_use]
    pub const fn poll(&self) -> PollId {
        self.poll
    }

    /// The electorate.
    #[must_use]
    pub const fn electorate(&self) -> ElectorateIndex {
        self.electorate
    }

    /// The key that signed it.
    #[must_use]
    pub const fn voting_key(&self) -> VotingKey {
        self.voting_key
    }

    /// Its number under that key.
    #[must_use]
    pub const fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// Its fingerprint.
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The cells of each contest.
    #[must_use]
    pub fn contests(&self) -> &[Vec<VerifiedCell>] {
        &self.contests
    }
}
