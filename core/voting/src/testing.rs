//! Randomness that is the same in every run.

use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

/// Counts: 0, 1, 2, …; for frozen vectors, which must not depend on a generator's version.
#[derive(Debug, Default)]
pub(crate) struct Counting(u64);

/// Always the same.
#[derive(Debug)]
pub(crate) struct Stuck;

impl Counting {
    fn next_byte(&mut self) -> u8 {
        let [low, second, ..] = self.0.to_le_bytes();
        self.0 += 1;
        low ^ second.wrapping_mul(31)
    }
}

impl TryRng for Counting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(std::array::from_fn(|_| self.next_byte())))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(std::array::from_fn(|_| self.next_byte())))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill_with(|| self.next_byte());
        Ok(())
    }
}

impl TryCryptoRng for Counting {}

impl TryRng for Stuck {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(7)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(7)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(7);
        Ok(())
    }
}

impl TryCryptoRng for Stuck {}
