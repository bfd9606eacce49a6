//! Voting: what a citizen does in a poll, one use case a file. The protocol is `citizen-voting`'s; here it meets the phone's store,
//! its keys and its connections.

mod choice;
mod near;
mod phase;
pub(crate) mod polls;
mod root;

#[cfg(feature = "credentials")]
mod by_card;
mod reach;
mod register;

mod election;
mod review;

mod cast;
mod check;

mod board;
mod inherit;
mod receipt;

mod counted;
mod whole;

mod reward;

mod further;

#[cfg(feature = "credentials")]
pub use by_card::RegistrationReview;
pub use choice::Choice;
pub use review::BallotReview;
pub use whole::VerifyProgress;

pub(crate) use counted::Counted;
pub(crate) use phase::Phase;
pub(crate) use whole::result;
