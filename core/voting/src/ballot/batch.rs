//! Many proofs at once: a random combination of all their equations is one multi-scalar multiplication.
//!
//! The weights come from a hash over the fingerprints of the whole batch. A fingerprint covers ciphertexts, challenges and responses,
//! and the challenge in it covers the commitments; so nobody who chooses any of them can choose the weights (VOTE-23).

use super::encrypted::{EncryptedContest, Fingerprint};
use super::plan::Plan;
use super::verify::{VerifiedCell, branches};
use crate::group::{Element, GroupError};
use crate::transcript::Transcript;
use citizen_primitives::Label;
use curve25519_dalek::Scalar as Number;
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::{IsIdentity as _, VartimeMultiscalarMul as _};
use sha2::{Digest as _, Sha512};

/// Equations that should all come to the identity, weighted and added up.
#[derive(Default)]
pub(super) struct Batch {
    generator: Number,
    key: Number,
    numbers: Vec<Number>,
    points: Vec<RistrettoPoint>,
}

/// Weights of 128 bits: SHA-512 in counter mode over a digest of the batch.
pub(super) struct Weights {
    seed: [u8; 64],
    counter: u64,
    ready: Vec<[u8; 16]>,
}

impl Batch {
    /// Adds `a + cA − zG` and `b + c(B − kG) − zH` for each branch of a contest in the expanded form; the compact form has no open
    /// equations.
    pub(super) fn add(
        &mut self,
        plan: &Plan<'_>,
        contest: &EncryptedContest,
        cells: &[VerifiedCell],
        weights: &mut Weights,
    ) -> Result<(), GroupError> {
        let Some(commitments) = &contest.proof.commitments else { return Ok(()) };
        let mut of_cells = vec![(Number::ZERO, Number::ZERO); cells.len()];
        let mut challenges = contest.proof.challenges.iter();
        let mut parts = contest.proof.responses.iter().zip(commitments);
        for clause in &plan.clauses {
            let mut of_clause = (Number::ZERO, Number::ZERO);
            for (k, c) in branches(clause, &contest.proof.challenge, &mut challenges) {
                let Some((z, commitment)) = parts.next() else { continue };
                let (alpha, beta) = (weights.draw(), weights.draw());
                let beta_c = beta * c.0;
                of_clause.0 += alpha * c.0;
                of_clause.1 += beta_c;
                self.generator -= alpha * z.0 + beta_c * Number::from(k);
                self.key -= beta * z.0;
                self.push(alpha, commitment.a.decode_any()?);
                self.push(beta, commitment.b.decode_any()?);
            }
            for cell in &clause.cells {
                let Some(of_cell) = of_cells.get_mut(*cell) else { continue };
                of_cell.0 += of_clause.0;
                of_cell.1 += of_clause.1;
            }
        }
        for ((a, b), cell) in of_cells.into_iter().zip(cells) {
            self.push(a, cell.a);
            self.push(b, cell.b);
        }
        Ok(())
    }

    /// Whether all equations hold, but for a chance of 2^-128.
    pub(super) fn holds(mut self, key: &Element) -> bool {
        let (generator, of_key) = (self.generator, self.key);
        self.push(generator, Element(RISTRETTO_BASEPOINT_POINT));
        self.push(of_key, *key);
        RistrettoPoint::vartime_multiscalar_mul(&self.numbers, &self.points).is_identity()
    }

    fn push(&mut self, number: Number, element: Element) {
        self.numbers.push(number);
        self.points.push(element.0);
    }
}

impl Weights {
    pub(super) fn of<'a>(fingerprints: impl Iterator<Item = &'a Fingerprint>) -> Self {
        let mut transcript = Transcript::new(Label::BallotBatch);
        fingerprints.for_each(|fingerprint| transcript.field(fingerprint.as_bytes()));
        Self { seed: transcript.digest(), counter: 0, ready: Vec::new() }
    }

    pub(super) fn draw(&mut self) -> Number {
        if self.ready.is_empty() {
            let block: [u8; 64] =
                Sha512::new_with_prefix(self.seed).chain_update(self.counter.to_le_bytes()).finalize().into();
            self.counter += 1;
            self.ready.extend_from_slice(block.as_chunks::<16>().0);
        }
        let low = self.ready.pop().map_or(1, u128::from_le_bytes);
        Number::from(low)
    }
}
