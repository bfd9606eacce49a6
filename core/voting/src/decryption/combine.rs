//! The result out of any `t` valid shares; whoever sends a wrong one is named.

use super::logarithm::{DiscreteLogarithm, LogarithmError};
use super::share::{DecryptionShares, ShareStatement};
use crate::ceremony::CeremonyParameters;
use crate::election::Election;
use crate::group::{Element, Scalar};
use crate::identifier::{CellIndex, ContestIndex, TrusteeIndex};
use crate::tally::{ContestSums, Tally};
use citizen_keys::Signed;
use citizen_primitives::Hash;
use curve25519_dalek::Scalar as Number;
use std::collections::BTreeMap;

/// Collects trustees' shares of one tally.
pub struct Decryption<'a> {
    parameters: &'a CeremonyParameters,
    election: &'a Election,
    tally: &'a Tally,
    digest: Hash,
    valid: BTreeMap<TrusteeIndex, Vec<Vec<Element>>>,
    faults: BTreeMap<TrusteeIndex, ShareFault>,
}

/// Why a trustee's shares are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShareFault {
    /// Not signed by the trustee they name; nobody is blamed.
    #[error("not signed by a trustee")]
    Signature,
    /// Of another poll or electorate.
    #[error("shares of another poll or electorate")]
    AnotherElectorate,
    /// Of another tally.
    #[error("shares of another tally")]
    AnotherTally,
    /// Not one for each cell.
    #[error("not one share for each sum")]
    Shape,
    /// A proof does not verify (VOTE-2).
    #[error("the share of cell {cell} of contest {contest} is not proved")]
    Proof {
        /// The contest.
        contest: ContestIndex,
        /// The cell.
        cell: CellIndex,
    },
}

/// A decrypted tally.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// How many ballots were counted.
    pub counted: u64,
    /// For each contest the sums of its cells.
    pub contests: Vec<(ContestIndex, Vec<u64>)>,
}

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotDecrypted {
    /// Too few valid shares.
    #[error("{valid} trustees where {needed} are needed")]
    TooFew {
        /// How many there are.
        valid: usize,
        /// How many there must be.
        needed: u8,
    },
    /// A sum is no number that these ballots can add up to.
    #[error("the sum of cell {cell} of contest {contest} is out of range")]
    Sum {
        /// The contest.
        contest: ContestIndex,
        /// The cell.
        cell: CellIndex,
        /// Why.
        #[source]
        error: LogarithmError,
    },
}

impl<'a> Decryption<'a> {
    /// Before the first share.
    #[must_use]
    pub fn new(parameters: &'a CeremonyParameters, election: &'a Election, tally: &'a Tally) -> Self {
        let digest = tally.digest();
        Self { parameters, election, tally, digest, valid: BTreeMap::new(), faults: BTreeMap::new() }
    }

    /// Takes a trustee's shares, or says what is wrong with them (VOTE-11).
    pub fn take(&mut self, signed: &Signed<DecryptionShares>) -> Result<TrusteeIndex, ShareFault> {
        let claimed = signed.dangerous_unverified().map_err(|_| ShareFault::Signature)?.trustee;
        let keys = self.parameters.trustee(claimed).ok_or(ShareFault::Signature)?;
        let shares = signed.verify(&keys.signing).map_err(|_| ShareFault::Signature)?;
        match self.check(&shares) {
            Ok(elements) => {
                self.valid.insert(claimed, elements);
                Ok(claimed)
            }
            Err(fault) => {
                self.faults.insert(claimed, fault);
                Err(fault)
            }
        }
    }

    /// Who has signed shares that are wrong, and what is wrong with them.
    #[must_use]
    pub const fn faults(&self) -> &BTreeMap<TrusteeIndex, ShareFault> {
        &self.faults
    }

    /// Whose shares are valid.
    pub fn valid(&self) -> impl Iterator<Item = TrusteeIndex> {
        self.valid.keys().copied()
    }

    /// The result, as soon as enough shares are valid: any of them give the same.
    pub fn result(&self) -> Result<Opened, NotDecrypted> {
        let needed = self.election.threshold;
        if self.valid.len() < usize::from(needed) {
            return Err(NotDecrypted::TooFew { valid: self.valid.len(), needed });
        }
        let used: Vec<_> = self.valid.iter().take(usize::from(needed)).collect();
        let coefficients = lagrange(&used.iter().map(|(index, _)| **index).collect::<Vec<_>>());
        let mut contests = Vec::with_capacity(self.tally.contests().len());
        for (number, sums) in self.tally.contests().iter().enumerate() {
            let shares: Vec<&Vec<Element>> =
                used.iter().filter_map(|(_, shares)| shares.get(number)).collect();
            contests.push((sums.contest, self.open(sums, &shares, &coefficients)?));
        }
        Ok(Opened { counted: self.tally.counted(), contests })
    }

    fn check(&self, shares: &DecryptionShares) -> Result<Vec<Vec<Element>>, ShareFault> {
        let DecryptionShares { poll, electorate, trustee, tally, contests } = shares;
        if *poll != self.tally.poll() || *electorate != self.tally.electorate() {
            return Err(ShareFault::AnotherElectorate);
        }
        if *tally != self.digest {
            return Err(ShareFault::AnotherTally);
        }
        let sums = self.tally.contests();
        let fits = contests.len() == sums.len()
            && contests.iter().zip(sums).all(|(shares, sums)| shares.len() == sums.cells.len());
        let verification_key =
            self.election.verification_key(*trustee).filter(|_| fits).ok_or(ShareFault::Shape)?;
        let check_contest = |(shares, sums): (&Vec<super::DecryptionShare>, &ContestSums)| {
            let cells = shares.iter().zip(&sums.cells).zip(0..);
            let check_cell = |((share, sum), cell)| {
                let (poll, electorate, contest, cell) =
                    (*poll, *electorate, sums.contest, CellIndex::new(cell));
                let (trustee, tally) = (*trustee, self.digest);
                ShareStatement { poll, electorate, contest, cell, trustee, tally, verification_key, sum }
                    .verify(share)
                    .ok_or(ShareFault::Proof { contest, cell })
            };
            cells.map(check_cell).collect()
        };
        contests.iter().zip(sums).map(check_contest).collect()
    }

    /// `B − Σ λD` for each cell, and its logarithm.
    fn open(
        &self,
        sums: &ContestSums,
        shares: &[&Vec<Element>],
        coefficients: &[Scalar],
    ) -> Result<Vec<u64>, NotDecrypted> {
        let contest = sums.contest;
        let bound = self.tally.counted().saturating_mul(u64::from(sums.highest));
        let at = |cell, error| NotDecrypted::Sum { contest, cell: CellIndex::new(cell), error };
        let logarithm = DiscreteLogarithm::new(bound).map_err(|error| at(0, error))?;
        let open = |(number, sum): (usize, &crate::tally::Sum)| {
            let of_cell = shares.iter().filter_map(|shares| shares.get(number)).zip(coefficients);
            let mask = of_cell.fold(Element::identity(), |mask, (share, by)| mask.plus(&share.times(by)));
            let cell = u16::try_from(number).unwrap_or(u16::MAX);
            logarithm.of(&sum.b.minus(&mask)).map_err(|error| at(cell, error))
        };
        sums.cells.iter().enumerate().map(open).collect()
    }
}

/// The coefficients that give a polynomial's value at 0 out of its values at the trustees' numbers: `λⱼ = Π m / (m − j)`.
fn lagrange(trustees: &[TrusteeIndex]) -> Vec<Scalar> {
    let number = |trustee: &TrusteeIndex| Number::from(trustee.number());
    let coefficient = |own: &TrusteeIndex| {
        let others = trustees.iter().filter(|other| *other != own);
        let product = |(above, below): (Number, Number), other| {
            (above * number(other), below * (number(other) - number(own)))
        };
        let (above, below) = others.fold((Number::ONE, Number::ONE), product);
        Scalar(above * below.invert())
    };
    trustees.iter().map(coefficient).collect()
}
