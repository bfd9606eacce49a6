//! Credentials: whatever says something about a citizen and is signed by whoever says it.

mod check;
mod check_w3c;

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
mod attester;
mod batch;
mod copies;
mod did;
mod hands;
mod issuer_did;
mod names;
mod registry;
mod return_address;
mod status;
mod types;
mod unbound;
mod web;

pub use check::{CheckedCredential, CredentialCheck, CredentialCheckError, Presented, check_credential};
pub use choice::{PresentationChoice, PresentationPick};
pub use receive::OfferReview;
pub use request::PresentationReview;
pub use return_address::ReturnAddress;

#[cfg(feature = "voting")]
pub(crate) use bound::{Bound, BoundAnswer, refusal};
pub(crate) use copies::CheckedCopy;
pub(crate) use names::names_of;
pub(crate) use request::{Showable, may_ask, may_see};
pub(crate) use return_address::is_return;
