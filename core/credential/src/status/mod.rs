//! Token Status List (draft-ietf-oauth-status-list-21, JWT): whether a credential still counts, without asking about it.
//!
//! A verifier fetches a whole list: the publisher does not learn which credential is looked up.

mod list;
mod token;

pub use list::{Bits, LARGEST, ListError, Status, StatusList};
pub use token::{
    Fetched, Publication, StatusError, StatusExpected, StatusReference, UnverifiedStatusList,
    VerifiedStatusList,
};
