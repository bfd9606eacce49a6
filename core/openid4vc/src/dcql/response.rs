//! Whether what was presented is what was asked for: OpenID4VP 1.0 §8.6, steps 2 and 3.

use crate::dcql::evaluate::{Candidate, combinations, count};
use crate::dcql::query::{Query, QueryId};

/// A presentation whose signatures were verified: only what was disclosed is in its claims.
#[derive(Debug, Clone)]
pub struct Presented {
    /// Under which query it stood.
    pub query: QueryId,
    /// What it is.
    pub credential: Candidate,
}

/// Why a response does not answer a query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// Nothing was asked for under this identifier.
    #[error("nothing was asked for under one of the identifiers")]
    Unrequested,
    /// Several presentations where one is asked for.
    #[error("more presentations than the query allows")]
    TooMany,
    /// Another type, issuer or format, without a claim that was asked for, or without holder binding.
    #[error("a presentation does not match its query")]
    Mismatch(QueryId),
    /// Something that is required was not presented.
    #[error("something required was not presented")]
    Unsatisfied,
}

impl Query {
    /// **DCQL-4** Checks every presentation against its query and all of them against the sets. A verifier relies on this and not on
    /// the wallet (§14.7).
    pub fn check_response(&self, presented: &[Presented]) -> Result<(), ResponseError> {
        for presentation in presented {
            let query = self.credential(&presentation.query).ok_or(ResponseError::Unrequested)?;
            if combinations(query, &presentation.credential).is_empty() {
                return Err(ResponseError::Mismatch(query.id.clone()));
            }
        }
        let counted = count(presented.iter().map(|presentation| &presentation.query));
        let given = |id: &QueryId| counted.get(id).copied().unwrap_or_default();
        if self.credentials.iter().any(|query| !query.multiple && given(&query.id) > 1) {
            return Err(ResponseError::TooMany);
        }
        let satisfied = self.sets().iter().all(|set| {
            !set.required || set.options.iter().any(|option| option.iter().all(|id| given(id) > 0))
        });
        if satisfied { Ok(()) } else { Err(ResponseError::Unsatisfied) }
    }
}
