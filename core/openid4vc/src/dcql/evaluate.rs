//! What could be presented: OpenID4VP 1.0 §6.4.

use crate::dcql::approve::{Pick, Selection};
use crate::dcql::pointer::ClaimsPointer;
use crate::dcql::query::{
    ClaimsQuery, CredentialQuery, CredentialSet, Format, Meta, Query, QueryId, TrustedAuthorities,
};
use citizen_jose::{CertificateChain, base64url};
use citizen_primitives::UnixTime;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Where what a W3C credential says of somebody stands in it (data model 2.0, 4.8).
const SUBJECT: &str = "credentialSubject";

/// What the wallet calls a credential it holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CandidateId(String);

impl CandidateId {
    /// Of the wallet's own name for it.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self(id.to_owned())
    }

    /// The wallet's own name for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Something that vouches for a credential's issuer, in the words of §6.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// `aki`, `etsi_tl`, `openid_federation`, …
    pub kind: String,
    /// The key identifier in base64url, the list's or the entity's address.
    pub value: String,
}

impl Authority {
    /// Those of a credential that was signed with these certificates: the key identifiers of whoever signed them, `aki` (§6.1.1.1).
    #[must_use]
    pub fn of_chain(chain: &CertificateChain, now: UnixTime) -> Vec<Self> {
        let keys = chain.authority_keys(now).into_iter();
        keys.map(|key| Self { kind: "aki".to_owned(), value: base64url::encode(key) }).collect()
    }
}

/// A credential that could be presented, or one that was.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The wallet's name for it.
    pub id: CandidateId,
    /// Its format.
    pub format: Format,
    /// Its `vct` and those that it extends; the types of a W3C credential; the doctype of an mdoc.
    pub types: Vec<String>,
    /// All its claims, processed; of an mdoc an object of objects by namespace.
    pub claims: Value,
    /// Who vouches for its issuer.
    pub authorities: Vec<Authority>,
    /// Whether it is bound to a key of the holder.
    pub key_bound: bool,
}

/// A credential that matches a credential query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Which.
    pub candidate: CandidateId,
    /// The combinations of claims that would satisfy the query, in the verifier's order of preference; never empty. A combination
    /// without a claim discloses nothing that is selectively disclosable. Of a credential that is shown whole there is one: all of it (VP-23).
    pub combinations: Vec<Vec<ClaimsPointer>>,
}

/// What there is for one credential query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryOptions {
    /// Which query.
    pub id: QueryId,
    /// Whether several credentials may be given.
    pub multiple: bool,
    /// Whether the presentation proves possession of the key.
    pub holder_binding: bool,
    /// Whether no required set asks for it: it can be left out.
    pub optional: bool,
    /// What matches it.
    pub matches: Vec<Match>,
}

/// What there is for one credential set query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetOptions {
    /// Whether the verifier needs it.
    pub required: bool,
    /// Those of its options for which every credential is there.
    pub options: Vec<Vec<QueryId>>,
}

/// What a citizen can choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    pub(super) queries: Vec<QueryOptions>,
    pub(super) sets: Vec<SetOptions>,
}

impl Query {
    /// Holds the query against credentials.
    #[must_use]
    pub fn evaluate(&self, candidates: &[Candidate]) -> Options {
        let sets = self.sets();
        let required = |id: &QueryId| {
            sets.iter().any(|set| set.required && set.options.iter().any(|option| option.contains(id)))
        };
        let all = self.credentials.iter();
        let queries: Vec<_> = all.map(|query| options(query, candidates, !required(&query.id))).collect();
        let has = |id: &QueryId| queries.iter().any(|query| query.id == *id && !query.matches.is_empty());
        let satisfiable = |set: &CredentialSet| SetOptions {
            required: set.required,
            options: set.options.iter().filter(|option| option.iter().all(has)).cloned().collect(),
        };
        let sets = sets.iter().map(satisfiable).collect();
        Options { queries, sets }
    }

    /// The sets to satisfy: without `credential_sets` all credentials are asked for (§6.4.2).
    pub(super) fn sets(&self) -> Vec<CredentialSet> {
        if !self.credential_sets.is_empty() {
            return self.credential_sets.clone();
        }
        let all = self.credentials.iter().map(|credential| credential.id.clone()).collect();
        vec![CredentialSet { options: vec![all], required: true }]
    }
}

impl Options {
    /// What there is for each credential query, in the verifier's order.
    #[must_use]
    pub fn queries(&self) -> &[QueryOptions] {
        &self.queries
    }

    /// What there is for each set; one that is required and has no option cannot be satisfied.
    #[must_use]
    pub fn sets(&self) -> &[SetOptions] {
        &self.sets
    }

    /// One of the queries.
    #[must_use]
    pub fn query(&self, id: &QueryId) -> Option<&QueryOptions> {
        self.queries.iter().find(|query| query.id == *id)
    }

    /// Whether everything that is required can be presented. If not, nothing may be (§6.4.2).
    #[must_use]
    pub fn satisfiable(&self) -> bool {
        self.sets.iter().all(|set| !set.required || !set.options.is_empty())
    }

    /// The credential queries that nothing matches.
    pub fn unmatched(&self) -> impl Iterator<Item = &QueryId> {
        self.queries.iter().filter(|query| query.matches.is_empty()).map(|query| &query.id)
    }

    /// The least that the verifier takes, by its own preferences: the first option of each required set, the first credential that
    /// matches, its first combination of claims. `None` if that cannot be given.
    #[must_use]
    pub fn preferred(&self) -> Option<Selection> {
        let mut picks: Vec<Pick> = Vec::new();
        for set in self.sets.iter().filter(|set| set.required) {
            for id in set.options.first()? {
                if picks.iter().any(|pick| pick.query == *id) {
                    continue;
                }
                let found = self.query(id)?.matches.first()?;
                let claims = found.combinations.first()?.clone();
                picks.push(Pick { query: id.clone(), candidate: found.candidate.clone(), claims });
            }
        }
        let picked = picks.iter().map(|pick| &pick.query).collect();
        let needed: HashSet<QueryId> = self.needed(&picked).into_iter().cloned().collect();
        picks.retain(|pick| needed.contains(&pick.query));
        Some(Selection { picks })
    }
}

fn options(query: &CredentialQuery, candidates: &[Candidate], optional: bool) -> QueryOptions {
    let matched = |candidate: &Candidate| {
        let combinations = combinations(query, candidate);
        (!combinations.is_empty()).then(|| Match { candidate: candidate.id.clone(), combinations })
    };
    QueryOptions {
        id: query.id.clone(),
        multiple: query.multiple,
        holder_binding: query.holder_binding,
        optional,
        matches: candidates.iter().filter_map(matched).collect(),
    }
}

/// What of a credential would satisfy a query; empty if it does not match.
pub(super) fn combinations(query: &CredentialQuery, candidate: &Candidate) -> Vec<Vec<ClaimsPointer>> {
    let matches = candidate.format == query.format
        && is_of_type(&query.meta, &candidate.types)
        && is_vouched_for(&query.trusted_authorities, &candidate.authorities)
        && (candidate.key_bound || !query.holder_binding);
    if !matches {
        return Vec::new();
    }
    let found: Vec<_> = query.claims.iter().map(|claim| find(claim, &candidate.claims)).collect();
    let all: Vec<usize> = (0..found.len()).collect();
    let sets = if query.claim_sets.is_empty() { std::slice::from_ref(&all) } else { &query.claim_sets };
    let combined: Vec<_> = sets.iter().filter_map(|set| combine(set, &found)).collect();
    if combined.is_empty() || !candidate.format.is_shown_whole() {
        return combined;
    }
    vec![whole(&candidate.claims)]
}

/// **VP-23** All that a W3C credential shows, whatever was asked for: each of its members, and each of its subject's.
pub(crate) fn whole(claims: &Value) -> Vec<ClaimsPointer> {
    let members = claims.as_object().into_iter().flatten();
    members
        .flat_map(|(name, value)| match value {
            Value::Object(inner) if name == SUBJECT => inner
                .keys()
                .filter_map(|inner| ClaimsPointer::new(vec![SUBJECT.into(), inner.as_str().into()]))
                .collect(),
            _ => vec![ClaimsPointer::claim(name)],
        })
        .collect()
}

/// The claims that a claims query points to and whose value fits; none if the credential has none (§6.4.1).
fn find(claim: &ClaimsQuery, claims: &Value) -> Vec<ClaimsPointer> {
    let fits = |value: &Value| claim.values.is_empty() || claim.values.contains(value);
    claim.path.select(claims).into_iter().filter(|selected| fits(selected.value)).map(|s| s.at).collect()
}

/// All claims of a combination, each once; `None` if one of them is not there.
fn combine(set: &[usize], found: &[Vec<ClaimsPointer>]) -> Option<Vec<ClaimsPointer>> {
    let mut combined: Vec<ClaimsPointer> = Vec::new();
    for index in set {
        let claims = found.get(*index).filter(|claims| !claims.is_empty())?;
        for claim in claims {
            if !combined.contains(claim) {
                combined.push(claim.clone());
            }
        }
    }
    Some(combined)
}

fn is_of_type(meta: &Meta, types: &[String]) -> bool {
    match meta {
        Meta::Vct(values) => values.iter().any(|vct| types.contains(vct)),
        Meta::Types(sets) => sets.iter().any(|set| set.iter().all(|name| types.contains(name))),
        Meta::Doctype(doctype) => types.contains(doctype),
        Meta::Unknown => false,
    }
}

/// §6.1.1: one value of one entry. A kind that nobody knows vouches for nothing.
fn is_vouched_for(trusted: &[TrustedAuthorities], authorities: &[Authority]) -> bool {
    let vouches = |entry: &TrustedAuthorities| {
        authorities.iter().any(|own| own.kind == entry.kind && entry.values.contains(&own.value))
    };
    trusted.is_empty() || trusted.iter().any(vouches)
}

/// Which credentials stand for which query, counted.
pub(super) fn count<'a>(queries: impl Iterator<Item = &'a QueryId>) -> HashMap<&'a QueryId, usize> {
    let mut counted = HashMap::new();
    for id in queries {
        *counted.entry(id).or_default() += 1;
    }
    counted
}
