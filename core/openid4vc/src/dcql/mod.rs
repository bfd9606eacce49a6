//! Digital Credentials Query Language: OpenID4VP 1.0 §6 (query), §7 (claims path pointer), §6.4 (selecting), B.1 to B.3 (formats).
//!
//! A verifier asks with a [`Query`]. A wallet evaluates it over its [`Candidate`]s: the [`Options`] say what could be presented,
//! and a [`Selection`] made from them becomes an [`Approved`] only if it holds what was asked for and nothing else.

pub mod approve;
pub mod evaluate;
mod parse;
pub mod pointer;
pub mod query;
pub mod response;

pub(crate) use evaluate::whole;

pub use approve::{Approved, Disclosure, Pick, Selection, SelectionError};
pub use evaluate::{Authority, Candidate, CandidateId, Match, Options, QueryOptions, SetOptions};
pub use pointer::{ClaimsPointer, Component};
pub use query::{
    ClaimsQuery, CredentialQuery, CredentialSet, Format, Meta, Query, QueryError, QueryFault, QueryId,
    TrustedAuthorities,
};
pub use response::{Presented, ResponseError};
