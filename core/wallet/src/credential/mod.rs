//! Credentials: whatever says something about a citizen and is signed by whoever says it.

mod check;

mod arrive;
mod authorization;
mod catch_up;
mod issuance;
mod pending;
mod receive;

#[cfg(feature = "voting")]
mod district;
mod forget;
mod list;
mod log;

mod bound;
mod choice;
mod order;
mod present;
mod request;
mod sign_in;

mod alike;
mod batch;
mod copies;
mod did;
mod hands;
mod names;
mod registry;
mod status;
mod web;

pub use authorization::RETURN_ADDRESS;
pub use check::{CheckedCredential, CredentialCheck, CredentialCheckError, Presented, check_credential};
pub use choice::{PresentationChoice, PresentationPick};
pub use receive::OfferReview;
pub use request::PresentationReview;

#[cfg(feature = "voting")]
pub(crate) use bound::{Bound, BoundAnswer, refusal};
pub(crate) use copies::CheckedCopy;
pub(crate) use names::names_of;
pub(crate) use request::{Showable, may_ask, may_see};
