//! Encryption and proof, in constant time as far as choices and randomness go.
//!
//! The prover knows `r` and `v` of every clause, so each commitment is a combination of `G` and `H` alone: with a nonce `w` and a
//! challenge `c` for the branch `k`, `a = wG` and `b = wH + c(k − v)G`. In the true branch the last term is zero whatever `c` is:
//! so all branches are computed alike, and the true one's challenge is put right after the contest's challenge is known.

use super::choice::{ChoiceError, ContestChoice};
use super::encrypted::{Ballot, Ciphertext, Commitment, ContestProof, EncryptedContest};
use super::plan::{Plan, Statement};
use super::seed::{BallotSeed, Randomness, Role};
use super::style::BallotStyle;
use crate::contest::CellSum;
use crate::group::{Encoded, FixedBase, Scalar, SecretScalar, encode_doubled, half, select};
use crate::identifier::{Sequence, VotingKey};
use curve25519_dalek::Scalar as Number;
use curve25519_dalek::ristretto::RistrettoPoint;
use subtle::ConstantTimeEq as _;

/// Makes ballots of one style; the election key's table is made once.
pub struct Encryptor<'a> {
    style: &'a BallotStyle,
    plans: Vec<Plan<'a>>,
    key: FixedBase,
}

/// What the prover knows of a clause: the randomness and the number, summed over its cells.
struct Witness {
    randomness: SecretScalar,
    value: SecretScalar,
}

/// A branch between commitment and response.
struct Branch {
    nonce: SecretScalar,
    challenge: SecretScalar,
}

impl<'a> Encryptor<'a> {
    /// Prepares for a style.
    #[must_use]
    pub fn new(style: &'a BallotStyle) -> Self {
        Self { style, plans: Plan::of(style), key: FixedBase::new(style.key().element()) }
    }

    /// What it encrypts for.
    #[must_use]
    pub const fn style(&self) -> &BallotStyle {
        self.style
    }

    /// Encrypts the choices, one for each contest, in the expanded form.
    ///
    /// The same arguments give the same bytes: this is also how an opened ballot is checked (VOTE-31).
    pub fn encrypt(
        &self,
        seed: &BallotSeed,
        voting_key: VotingKey,
        sequence: Sequence,
        choices: &[ContestChoice],
    ) -> Result<Ballot, ChoiceError> {
        if choices.len() != self.plans.len() {
            return Err(ChoiceError::Contests);
        }
        if sequence.number() == 0 {
            return Err(ChoiceError::Sequence);
        }
        let encrypt = |(plan, choice): (&Plan<'_>, &ContestChoice)| {
            let cells = choice.cells(plan.rule).ok_or(ChoiceError::DoesNotFit(plan.contest))?;
            let statement = Statement { style: self.style, plan, voting_key: &voting_key, sequence };
            Ok(self.encrypt_contest(&statement, &seed.contest(&statement, &cells), &cells))
        };
        let contests = self.plans.iter().zip(choices).map(encrypt).collect::<Result<_, _>>()?;
        let (poll, electorate) = (self.style.poll(), self.style.electorate());
        Ok(Ballot { poll, electorate, voting_key, sequence, contests })
    }

    pub(super) fn encrypt_contest(
        &self,
        statement: &Statement<'_>,
        randomness: &Randomness,
        cells: &[u8],
    ) -> EncryptedContest {
        let plan = statement.plan;
        let witnesses: Vec<Witness> = cells
            .iter()
            .enumerate()
            .map(|(cell, value)| Witness {
                randomness: randomness.scalar(Role::Encryption, cell, 0),
                value: SecretScalar::new(Number::from(*value)),
            })
            .collect();
        let of_clauses: Vec<Witness> =
            plan.clauses.iter().map(|clause| Witness::sum(clause, &witnesses)).collect();
        let branches: Vec<Vec<Branch>> = plan
            .clauses
            .iter()
            .enumerate()
            .map(|(number, clause)| {
                (clause.min..=clause.max).map(|k| Branch::draw(randomness, number, k)).collect()
            })
            .collect();

        let mut halves = Vec::with_capacity(2 * (plan.cells + plan.branches));
        witnesses
            .iter()
            .for_each(|witness| self.push_pair(&mut halves, &witness.randomness, witness.value.expose()));
        for ((clause, witness), branches) in plan.clauses.iter().zip(&of_clauses).zip(&branches) {
            for (k, branch) in (clause.min..=clause.max).zip(branches) {
                let off = branch.challenge.expose() * (Number::from(k) - witness.value.expose());
                self.push_pair(&mut halves, &branch.nonce, &off);
            }
        }
        let encoded = encode_doubled(&halves);
        let mut pairs = pairs(&encoded);
        let ciphertexts: Vec<_> = pairs.by_ref().take(plan.cells).map(|(a, b)| Ciphertext { a, b }).collect();
        let commitments: Vec<_> = pairs.map(|(a, b)| Commitment { a, b }).collect();

        let challenge = statement.challenge(&ciphertexts, &commitments);
        let mut proof =
            ContestProof { challenge, challenges: vec![], responses: vec![], commitments: Some(commitments) };
        for ((clause, witness), branches) in plan.clauses.iter().zip(&of_clauses).zip(&branches) {
            respond(&mut proof, clause, witness, branches);
        }
        EncryptedContest { ciphertexts, proof }
    }

    /// Halves of `sG` and of `sH + tG`.
    fn push_pair(&self, halves: &mut Vec<RistrettoPoint>, s: &SecretScalar, t: &Number) {
        let (s, t) = (half(s.expose()), half(t));
        halves.push(RistrettoPoint::mul_base(&s));
        halves.push(self.key.times(&s) + RistrettoPoint::mul_base(&t));
    }
}

impl Witness {
    fn sum(clause: &CellSum, cells: &[Self]) -> Self {
        let mut sum =
            Self { randomness: SecretScalar::new(Number::ZERO), value: SecretScalar::new(Number::ZERO) };
        for cell in clause.cells.iter().filter_map(|cell| cells.get(*cell)) {
            sum.randomness = SecretScalar::new(sum.randomness.expose() + cell.randomness.expose());
            sum.value = SecretScalar::new(sum.value.expose() + cell.value.expose());
        }
        sum
    }
}

impl Branch {
    fn draw(randomness: &Randomness, clause: usize, k: u8) -> Self {
        Self {
            nonce: randomness.scalar(Role::Nonce, clause, k),
            challenge: randomness.scalar(Role::Challenge, clause, k),
        }
    }
}

/// The challenges of all branches add up to the contest's: what is missing goes to the true branch. Then `z = w + cr`.
fn respond(proof: &mut ContestProof, clause: &CellSum, witness: &Witness, branches: &[Branch]) {
    let drawn: Number = branches.iter().map(|branch| branch.challenge.expose()).sum();
    let missing = proof.challenge.0 - drawn;
    for (k, branch) in (clause.min..=clause.max).zip(branches) {
        let is_true = Number::from(k).ct_eq(witness.value.expose());
        let challenge = branch.challenge.expose() + select(&Number::ZERO, &missing, is_true);
        if k < clause.max {
            proof.challenges.push(Scalar(challenge));
        }
        proof.responses.push(Scalar(branch.nonce.expose() + challenge * witness.randomness.expose()));
    }
}

fn pairs(encoded: &[Encoded]) -> impl Iterator<Item = (Encoded, Encoded)> {
    encoded.as_chunks::<2>().0.iter().map(|[a, b]| (*a, *b))
}
