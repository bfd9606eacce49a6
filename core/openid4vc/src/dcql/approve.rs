//! What the citizen chose, checked: what was asked for, whole, and nothing else.

use crate::dcql::evaluate::{CandidateId, Options, QueryOptions, SetOptions, count};
use crate::dcql::pointer::ClaimsPointer;
use crate::dcql::query::QueryId;
use std::collections::HashSet;

/// One credential, for one query, with these claims and no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// For which query.
    pub query: QueryId,
    /// Which credential.
    pub candidate: CandidateId,
    /// The claims she agrees to disclose: one of the match's combinations, in any order.
    pub claims: Vec<ClaimsPointer>,
}

/// What a citizen chose from [`Options`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Her picks.
    pub picks: Vec<Pick>,
}

/// What may be presented: a selection that was checked. Only [`Options::approve`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    disclosures: Vec<Disclosure>,
}

/// One presentation to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// For which query.
    pub query: QueryId,
    /// Of which credential.
    pub candidate: CandidateId,
    /// What it discloses; no more.
    pub claims: Vec<ClaimsPointer>,
    /// Whether it proves possession of the key.
    pub holder_binding: bool,
}

impl Approved {
    /// The presentations to make.
    #[must_use]
    pub fn disclosures(&self) -> &[Disclosure] {
        &self.disclosures
    }
}

/// Why a selection is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// A credential that does not match the query, or a query that there is none of.
    #[error("the credential is no answer to the query")]
    NoMatch,
    /// More or fewer claims than any combination of the query has.
    #[error("the claims are not what the query asks for")]
    Claims,
    /// Several credentials where one is asked for, or one twice.
    #[error("more credentials than the query allows")]
    TooMany,
    /// Something that is required is not chosen.
    #[error("something required is not chosen")]
    Incomplete,
    /// A credential that completes no set that was asked for.
    #[error("a credential is chosen that nothing asks for")]
    Surplus,
}

impl Options {
    /// **DCQL-3** Checks a selection: nothing beyond what was asked for, and all that is required.
    pub fn approve(&self, selection: &Selection) -> Result<Approved, SelectionError> {
        let disclosures =
            selection.picks.iter().map(|pick| self.disclosure(pick)).collect::<Result<_, _>>()?;
        self.check_counts(selection)?;
        let picked: HashSet<&QueryId> = selection.picks.iter().map(|pick| &pick.query).collect();
        self.check_sets(&picked)?;
        Ok(Approved { disclosures })
    }

    fn disclosure(&self, pick: &Pick) -> Result<Disclosure, SelectionError> {
        let query = self.query(&pick.query).ok_or(SelectionError::NoMatch)?;
        let found = query.matches.iter().find(|found| found.candidate == pick.candidate);
        let chosen: HashSet<&ClaimsPointer> = pick.claims.iter().collect();
        let same = |combination: &&Vec<ClaimsPointer>| combination.iter().collect::<HashSet<_>>() == chosen;
        let combinations = &found.ok_or(SelectionError::NoMatch)?.combinations;
        let claims = combinations.iter().find(same).ok_or(SelectionError::Claims)?.clone();
        Ok(Disclosure {
            query: pick.query.clone(),
            candidate: pick.candidate.clone(),
            claims,
            holder_binding: query.holder_binding,
        })
    }

    fn check_counts(&self, selection: &Selection) -> Result<(), SelectionError> {
        let mut seen = HashSet::new();
        let once = selection.picks.iter().all(|pick| seen.insert((&pick.query, &pick.candidate)));
        let counted = count(selection.picks.iter().map(|pick| &pick.query));
        let fits =
            |query: &QueryOptions| query.multiple || counted.get(&query.id).copied().unwrap_or_default() <= 1;
        if once && self.queries.iter().all(fits) { Ok(()) } else { Err(SelectionError::TooMany) }
    }

    /// Each required set by one of its options, and no query that none of the options taken needs.
    fn check_sets(&self, picked: &HashSet<&QueryId>) -> Result<(), SelectionError> {
        if self.sets.iter().any(|set| set.required && taken(set, picked).is_none()) {
            return Err(SelectionError::Incomplete);
        }
        if picked.is_subset(&self.needed(picked)) { Ok(()) } else { Err(SelectionError::Surplus) }
    }

    /// Of what is picked: what completes a set.
    pub(super) fn needed(&self, picked: &HashSet<&QueryId>) -> HashSet<&QueryId> {
        self.sets.iter().filter_map(|set| taken(set, picked)).flatten().collect()
    }
}

/// The largest option of a set that is wholly picked.
fn taken<'a>(set: &'a SetOptions, picked: &HashSet<&QueryId>) -> Option<&'a Vec<QueryId>> {
    let whole = set.options.iter().filter(|option| option.iter().all(|id| picked.contains(id)));
    whole.rev().max_by_key(|option| option.len())
}
