//! Small discrete logarithms: baby steps and giant steps, with a bound.

use crate::group::{Element, Encoded, Scalar, encode_doubled, half};
use curve25519_dalek::ristretto::RistrettoPoint;
use std::collections::HashMap;

/// Finds `n` in `nG` for `n` up to a bound, in about the square root of it.
pub struct DiscreteLogarithm {
    bound: u64,
    width: u64,
    baby_steps: HashMap<Encoded, u64>,
}

/// Why a number is not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogarithmError {
    /// More votes than this program counts.
    #[error("a bound of {0}")]
    Bound(u64),
    /// The element is no multiple of the generator within the bound.
    #[error("no number up to {0}")]
    OutOfRange(u64),
}

impl DiscreteLogarithm {
    /// The highest bound: the table then has 65,536 entries.
    pub const HIGHEST_BOUND: u64 = (1 << 32) - 1;

    /// Prepares for numbers of `0..=bound`.
    pub fn new(bound: u64) -> Result<Self, LogarithmError> {
        if bound > Self::HIGHEST_BOUND {
            return Err(LogarithmError::Bound(bound));
        }
        let width = bound.isqrt() + 1;
        let step = RistrettoPoint::mul_base(&half(&Scalar::ONE.0));
        let halves: Vec<_> = std::iter::successors(Some(Element::identity().0), |point| Some(point + step))
            .zip(0..width)
            .map(|(point, _)| point)
            .collect();
        Ok(Self { bound, width, baby_steps: encode_doubled(&halves).into_iter().zip(0..).collect() })
    }

    /// The number.
    pub fn of(&self, element: &Element) -> Result<u64, LogarithmError> {
        let giant_step = Element::of(&Scalar::from(self.width));
        let mut rest = *element;
        for giant_steps in 0..=self.bound / self.width {
            if let Some(baby_steps) = self.baby_steps.get(&rest.encode()) {
                let number = giant_steps * self.width + baby_steps;
                return if number <= self.bound {
                    Ok(number)
                } else {
                    Err(LogarithmError::OutOfRange(self.bound))
                };
            }
            rest = rest.minus(&giant_step);
        }
        Err(LogarithmError::OutOfRange(self.bound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_up_to_the_bound_is_found_and_no_other() {
        for bound in [0, 1, 2, 3, 10, 99, 100, 101] {
            let logarithm = DiscreteLogarithm::new(bound).unwrap();
            for number in 0..=bound {
                assert_eq!(logarithm.of(&Element::of(&Scalar::from(number))), Ok(number), "of {bound}");
            }
            for number in bound + 1..bound + 30 {
                let element = Element::of(&Scalar::from(number));
                assert_eq!(
                    logarithm.of(&element),
                    Err(LogarithmError::OutOfRange(bound)),
                    "{number} of {bound}"
                );
            }
        }
        assert!(DiscreteLogarithm::new(1 << 32).is_err());
    }

    #[test]
    fn a_million_votes_are_found_fast() {
        let logarithm = DiscreteLogarithm::new(10_000_000).unwrap();
        for number in [9_999_999, 10_000_000, 3_163, 3_162] {
            assert_eq!(logarithm.of(&Element::of(&Scalar::from(number))), Ok(number));
        }
    }
}
