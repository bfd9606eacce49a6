//! The routes of each party. A party's routes can be served alone or beside the others'.

mod authorize;
pub mod bank;
mod card;
pub mod centre;
pub mod issuer;
pub mod ledger;
mod logs;
pub mod operations;
pub mod recovery;
pub mod registrar;
pub mod relay;
pub mod treasury;
pub mod verifier;

use crate::refusal::Refusal;
use axum::Json;

/// The most bytes of a body where a route does not say otherwise.
pub const LONGEST_BODY: usize = 64 * 1024;
/// The most bytes of a question about the state.
pub const LONGEST_QUESTION: usize = 16 * 1024;
/// The most bytes where somebody brings a light block and a proof.
pub const LONGEST_PROOF: usize = 256 * 1024;

/// What every route answers.
type Answer<T> = Result<Json<T>, Refusal>;
