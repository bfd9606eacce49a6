//! Where fresh random bytes come from.

use citizen_primitives::random::CryptoRng;

/// Hands out generators: one for each act, so that no lock is held over it.
pub trait Randomness: Send + Sync {
    /// A generator.
    fn generator(&self) -> Box<dyn CryptoRng + Send>;
}

/// The operating system's.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn generator(&self) -> Box<dyn CryptoRng + Send> {
        Box::new(citizen_primitives::random::system())
    }
}
