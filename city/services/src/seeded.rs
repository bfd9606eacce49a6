//! A generator for work that takes seconds, out of 32 fresh bytes: HMAC-SHA256 in counter mode. The party's own is not held so long.

use citizen_keys::Secret32;
use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;
use zeroize::Zeroizing;

pub(crate) struct Seeded {
    secret: Secret32,
    counter: u64,
    block: Zeroizing<[u8; 32]>,
    used: usize,
}

impl Seeded {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        let secret = Secret32::take(Zeroizing::new(seed));
        Self { secret, counter: 0, block: Zeroizing::new([0; 32]), used: 32 }
    }

    fn next_byte(&mut self) -> u8 {
        if self.used >= self.block.len() {
            *self.block = self.secret.keyed_hash(&self.counter.to_le_bytes());
            self.counter = self.counter.wrapping_add(1);
            self.used = 0;
        }
        let byte = self.block.get(self.used).copied().unwrap_or_default();
        self.used += 1;
        byte
    }
}

impl TryRng for Seeded {
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

impl TryCryptoRng for Seeded {}
