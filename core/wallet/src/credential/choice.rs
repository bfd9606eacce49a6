//! What a citizen agrees to show.

use crate::error::{Input, WalletError};
use crate::id::CredentialId;
use citizen_credential::ClaimPath;
use citizen_openid4vc::dcql::{CandidateId, ClaimsPointer, Options, Pick, QueryId, Selection};
use citizen_openid4vc::vp::holder::claim_path;
use citizen_primitives::order::set_of;

/// Of which credential which claims, for which part of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentationPick {
    /// The part of the request, by the verifier's name for it.
    pub query: String,
    /// The credential.
    pub credential: CredentialId,
    /// The claims: one of the combinations that the review lists, in any order.
    pub claims: Vec<ClaimPath>,
}

/// What a citizen agrees to show. It is approved only if it is what was asked for, whole, and nothing else (DCQL-3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PresentationChoice {
    /// Her picks.
    pub picks: Vec<PresentationPick>,
}

impl PresentationChoice {
    /// The same without a part of the request: one that is optional.
    #[must_use]
    pub fn without(mut self, query: &str) -> Self {
        self.picks.retain(|pick| pick.query != query);
        self
    }

    /// The same with another claim left out or in: the combination must be one that the review lists.
    #[must_use]
    pub fn without_claim(mut self, claim: &ClaimPath) -> Self {
        for pick in &mut self.picks {
            pick.claims.retain(|path| path != claim);
        }
        self
    }

    pub(super) fn of(selection: &Selection) -> Option<Self> {
        let pick = |pick: &Pick| {
            let credential = pick.candidate.as_str().parse().ok()?;
            let claims = pick.claims.iter().map(claim_path).collect::<Option<_>>()?;
            Some(PresentationPick { query: pick.query.as_str().to_owned(), credential, claims })
        };
        Some(Self { picks: selection.picks.iter().map(pick).collect::<Option<_>>()? })
    }

    pub(super) fn selection(&self, options: &Options) -> Result<Selection, WalletError> {
        let picks = self.picks.iter().map(|pick| selected(pick, options));
        let picks: Option<Vec<Pick>> = picks.collect();
        Ok(Selection { picks: picks.ok_or(WalletError::Invalid { input: Input::Selection })? })
    }
}

impl CredentialId {
    /// As DCQL knows it.
    pub(super) fn candidate(&self) -> CandidateId {
        CandidateId::new(&self.to_string())
    }
}

fn selected(pick: &PresentationPick, options: &Options) -> Option<Pick> {
    let query = QueryId::new(&pick.query)?;
    let candidate = pick.credential.candidate();
    let found = options.query(&query)?.matches.iter().find(|found| found.candidate == candidate)?;
    let chosen = set_of(&pick.claims);
    let is_chosen = |combination: &&Vec<ClaimsPointer>| {
        let paths: Option<Vec<ClaimPath>> = combination.iter().map(claim_path).collect();
        paths.is_some_and(|paths| set_of(&paths) == chosen)
    };
    let claims = found.combinations.iter().find(is_chosen)?.clone();
    Some(Pick { query, candidate, claims })
}
