//! The ballot: exponential ElGamal on ristretto255, with proofs that each number and each sum is in its range.
//!
//! For a cell with the number `v`: `A = rG`, `B = rH + vG`. For each cell and each proved sum, a *clause*: the disjunction over its
//! values `k` of "`(A, B − kG)` is an encryption of zero" (Cramer, Damgård, Schoenmakers 1994). One challenge covers all clauses of a
//! contest, and with them the whole statement: poll, electorate, contest, rule, key, voting key, sequence, all ciphertexts and all
//! commitments (VOTE-1).

mod batch;
mod choice;
mod encrypt;
mod encrypted;
mod plan;
mod seed;
mod style;
mod verify;

pub use choice::{ChoiceError, ContestChoice};
pub use encrypt::Encryptor;
pub use encrypted::{
    Ballot, Ciphertext, Commitment, ContestProof, EncryptedContest, Fingerprint, SignedBallot,
};
pub use seed::BallotSeed;
pub use style::BallotStyle;
pub use verify::{BallotError, VerifiedBallot, VerifiedCell, Verifier};

#[cfg(test)]
mod tests;
