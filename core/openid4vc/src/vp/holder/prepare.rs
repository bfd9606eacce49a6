//! From an approved disclosure to what is signed and sent: OpenID4VP 1.0 §8.1, B.3.

use super::Asked;
use crate::dcql::{Approved, CandidateId, ClaimsPointer, Component, Disclosure, QueryId};
use crate::vp::id_token::SUBJECT;
use crate::vp::transaction::{TransactionData, binding_claims};
use citizen_credential::path::{ClaimPath, Step as PathStep};
use citizen_credential::sd_jwt::{Presentation, UnsignedKeyBinding};
use citizen_jose::Algorithm;
use citizen_primitives::UnixTime;
use serde_json::{Map, Value};

/// A presentation, with or without a signature to come.
pub(super) enum Prepared {
    Unbound(String),
    Binding(Box<UnsignedKeyBinding>),
}

impl Asked {
    pub(super) fn prepare(
        &self,
        disclosure: &Disclosure,
        authorised: &[usize],
        (presentation, algorithm): (Presentation, Algorithm),
        now: UnixTime,
    ) -> Prepared {
        if !disclosure.holder_binding {
            return Prepared::Unbound(presentation.to_compact());
        }
        let of = |index: &usize| self.request.transactions.get(*index);
        let transactions: Vec<&TransactionData> = authorised.iter().filter_map(of).collect();
        let session = (self.request.nonce.as_str(), self.request.client_id.as_str());
        let mut extra = binding_claims(&transactions);
        // VP-13: whoever shows this says who she is here.
        let subject = self.id_token.as_ref().map(|token| Value::from(token.subject.as_str()));
        extra.extend(subject.map(|subject| (SUBJECT.to_owned(), subject)));
        Prepared::Binding(Box::new(presentation.bind(algorithm, session, now, extra)))
    }
}

/// Which transactions each presentation authorises: each by the first that may (§5.1: only one). `None` if one has none.
pub(super) fn authorise(transactions: &[TransactionData], approved: &Approved) -> Option<Vec<Vec<usize>>> {
    let mut authorised = vec![Vec::new(); approved.disclosures().len()];
    for (index, data) in transactions.iter().enumerate() {
        let by =
            approved.disclosures().iter().position(|disclosure| data.credentials.contains(&disclosure.query));
        authorised.get_mut(by?)?.push(index);
    }
    Some(authorised)
}

/// **VP-8** Everything disclosed is an approved claim, inside one, or a container on the way to one.
pub(super) fn within(disclosed: &[ClaimPath], approved: &[ClaimsPointer]) -> bool {
    let approved: Vec<ClaimPath> = approved.iter().filter_map(claim_path).collect();
    disclosed.iter().all(|path| approved.iter().any(|claim| claim.contains(path) || path.contains(claim)))
}

/// A pointer without `null` as a path.
#[must_use]
pub fn claim_path(pointer: &ClaimsPointer) -> Option<ClaimPath> {
    let step = |component: &Component| match component {
        Component::Name(name) => Some(PathStep::Name(name.clone())),
        Component::Index(index) => Some(PathStep::Index(*index)),
        Component::All => None,
    };
    pointer.components().iter().map(step).collect::<Option<Vec<_>>>().map(ClaimPath::new)
}

pub(super) fn to_sign((disclosure, prepared): &(Disclosure, Prepared)) -> Option<(CandidateId, Vec<u8>)> {
    match prepared {
        Prepared::Unbound(_) => None,
        Prepared::Binding(binding) => Some((disclosure.candidate.clone(), binding.signing_input().to_vec())),
    }
}

/// §8.1: by query identifier, a list of presentations each.
pub(super) fn vp_token(unsigned: Vec<(Disclosure, Prepared)>, signatures: &[[u8; 64]]) -> Value {
    let mut signatures = signatures.iter();
    let mut token: Vec<(QueryId, Vec<Value>)> = Vec::new();
    for (disclosure, prepared) in unsigned {
        let text = match prepared {
            Prepared::Unbound(text) => text,
            Prepared::Binding(binding) => {
                let Some(signature) = signatures.next() else { continue };
                binding.with_signature(signature).to_compact()
            }
        };
        match token.iter_mut().find(|(query, _)| *query == disclosure.query) {
            Some((_, list)) => list.push(text.into()),
            None => token.push((disclosure.query, vec![text.into()])),
        }
    }
    let members = token.into_iter().map(|(query, list)| (query.as_str().to_owned(), Value::Array(list)));
    Value::Object(Map::from_iter(members))
}
