//! Decryption of the sums: shares `D = xA` with proofs that the same `x` is in the trustee's verification key (Chaum and Pedersen 1992),
//! any `t` of them combined by Lagrange interpolation, and the number found by baby steps and giant steps (Shanks 1971).

mod combine;
mod logarithm;
mod share;

pub use combine::{Decryption, NotDecrypted, Opened, ShareFault};
pub use logarithm::{DiscreteLogarithm, LogarithmError};
pub use share::{DecryptError, DecryptionMemory, DecryptionShare, DecryptionShares};

#[cfg(test)]
mod tests;
