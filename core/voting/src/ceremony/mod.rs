//! How the trustees make the election key: distributed key generation after Pedersen (1991), with Feldman's commitments (1987), commit
//! before reveal, and proofs of knowledge bound to trustee and poll.
//!
//! Six rounds of signed messages, all public, on the ledger: commitment, reveal, dealing, verdict, answer (only of those who are
//! complained of), confirmation. A round begins when the one before is whole, and every message names the digest of all that went
//! before it. [`Ceremony`] is what anybody can check; [`Trustee`] knows what to say next. The ceremony ends with the confirmation of
//! **all** trustees, or not at all: a poll whose trustees cannot agree needs another manifest.

mod message;
mod parameters;
mod polynomial;
mod proof;
mod public;
mod randomness;
mod trustee;

pub use message::{Answer, Commitment, Confirmation, Dealing, Head, Message, Reveal, Round, Verdict};
pub use parameters::{CeremonyParameters, ParametersError, TrusteeKeys};
pub use proof::KnowledgeProof;
pub use public::{Ceremony, Fault, Phase, Refusal, ReplayError, Taken};
pub use trustee::{Next, NotATrustee, Trustee, TrusteeError, TrusteeMemory, TrusteeShare};

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
