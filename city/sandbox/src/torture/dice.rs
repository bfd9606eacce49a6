//! Randomness from a seed: the same run again.

use citizen_primitives::Hash;
use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

/// SHA-256 over a seed and a counter. Good enough to sign with in a simulation, and for nothing else.
#[derive(Debug, Clone)]
pub struct Dice {
    seed: [u8; 16],
    counter: u64,
    left: Vec<u8>,
}

impl Dice {
    /// Of a run's seed and of who rolls.
    #[must_use]
    pub fn of(seed: u64, roller: u64) -> Self {
        let mut bytes = [0; 16];
        let (first, second) = bytes.split_at_mut(8);
        first.copy_from_slice(&seed.to_le_bytes());
        second.copy_from_slice(&roller.to_le_bytes());
        Self { seed: bytes, counter: 0, left: Vec::new() }
    }

    /// Other dice, by number.
    #[must_use]
    pub fn other(&self, number: u64) -> Self {
        let digest = Hash::plain(&[&self.seed, b"other", &number.to_le_bytes()]);
        let seed = digest.as_bytes().first_chunk().copied().unwrap_or(self.seed);
        Self { seed, counter: 0, left: Vec::new() }
    }

    /// One of several; nothing if there are none.
    pub fn one<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let bound = u64::try_from(of.len()).unwrap_or(u64::MAX);
        of.get(usize::try_from(self.below(bound)).ok()?).copied()
    }

    /// Whether something happens that happens once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// A number below `bound`; 0 if the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes).checked_rem(bound).unwrap_or(0)
    }

    fn fill(&mut self, target: &mut [u8]) {
        for byte in target {
            if self.left.is_empty() {
                self.counter = self.counter.wrapping_add(1);
                self.left = Hash::plain(&[&self.seed, &self.counter.to_le_bytes()]).as_bytes().to_vec();
            }
            *byte = self.left.pop().unwrap_or_default();
        }
    }
}

impl TryRng for Dice {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), Infallible> {
        self.fill(target);
        Ok(())
    }
}

impl TryCryptoRng for Dice {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_rolls_the_same_and_another_roller_another() {
        let rolls = |seed, roller| {
            let mut dice = Dice::of(seed, roller);
            [dice.below(1_000_000), dice.below(1_000_000), dice.below(0)]
        };
        assert_eq!(rolls(1, 2), rolls(1, 2));
        assert_ne!(rolls(1, 2), rolls(1, 3));
        assert_ne!(rolls(1, 2), rolls(2, 2));
    }
}
