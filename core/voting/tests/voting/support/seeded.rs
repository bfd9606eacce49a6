//! Randomness out of a name: the same in every run and on every machine.

use citizen_primitives::Hash;
use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

/// SHA-256 in counter mode.
pub(crate) struct Seeded {
    name: String,
    counter: u64,
    rest: Vec<u8>,
}

impl Seeded {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), counter: 0, rest: Vec::new() }
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            if self.rest.is_empty() {
                let block = Hash::plain(&[self.name.as_bytes(), &self.counter.to_le_bytes()]);
                self.rest = block.as_bytes().to_vec();
                self.counter += 1;
            }
            *byte = self.rest.remove(0);
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}
