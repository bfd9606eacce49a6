//! All of a trustee's randomness comes out of one seed, so that after a crash she says the same again, byte for byte (VOTE-34).

use crate::group::SecretScalar;
use citizen_keys::{Purpose, Secret32};
use citizen_primitives::{Hash, Label};
use rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest as _, Sha512};
use std::convert::Infallible;
use zeroize::{Zeroize as _, Zeroizing};

const CEREMONY: Purpose = Purpose::new("ceremony");

/// SHA-512 in counter mode over a key derived from the seed.
pub(super) struct Stream {
    key: Secret32,
    counter: u64,
    ready: Zeroizing<Vec<u8>>,
}

impl Stream {
    /// The stream for one use, at one point of a ceremony's history.
    pub(super) fn new(seed: &Secret32, purpose: u8, after: &Hash) -> Self {
        let context = [after.as_bytes().as_slice(), &[purpose]].concat();
        Self { key: seed.derive(CEREMONY, &context), counter: 0, ready: Zeroizing::new(Vec::new()) }
    }

    /// The next scalar.
    pub(super) fn scalar(&mut self) -> SecretScalar {
        let mut wide = [0; 64];
        self.fill(&mut wide);
        let scalar = SecretScalar::from_wide(&wide);
        wide.zeroize();
        scalar
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.ready.is_empty() {
                let hash = Sha512::new_with_prefix(Label::CeremonyRandomness.prefix())
                    .chain_update(self.key.expose())
                    .chain_update(self.counter.to_le_bytes());
                let mut block = Zeroizing::new([0; 64]);
                hash.finalize_into((&mut *block).into());
                self.counter += 1;
                // All of it at once: a list that grows would leave its earlier place behind.
                self.ready = Zeroizing::new(block.iter().rev().copied().collect());
            }
            *byte = self.ready.pop().unwrap_or_default();
        }
    }
}

impl TryRng for Stream {
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

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Stream {}
