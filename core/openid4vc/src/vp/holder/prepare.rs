//! From an approved disclosure to what is signed and sent: OpenID4VP 1.0 §8.1, B.1, B.3.

use super::{Asked, PresentError};
use crate::dcql::{Approved, CandidateId, ClaimsPointer, Component, Disclosure, Format, QueryId, whole};
use crate::vp::id_token::SUBJECT;
use crate::vp::request::AuthorizationRequest;
use crate::vp::transaction::{TransactionData, binding_claims};
use citizen_credential::integrity::{HeldDocument, Suite, UnsignedDocument};
use citizen_credential::path::{ClaimPath, Step as PathStep};
use citizen_credential::sd_jwt::{Presentation, UnsignedKeyBinding};
use citizen_jose::Algorithm;
use citizen_primitives::UnixTime;
use serde_json::{Map, Value};

/// What is shown of one credential.
#[derive(Debug, Clone)]
pub enum Made {
    /// Of an SD-JWT the claims that were approved, and the algorithm of its holder's key.
    SdJwt(Presentation, Algorithm),
    /// A W3C credential: all of it.
    Document(Box<HeldDocument>),
}

impl From<(Presentation, Algorithm)> for Made {
    fn from((presentation, algorithm): (Presentation, Algorithm)) -> Self {
        Self::SdJwt(presentation, algorithm)
    }
}

impl From<HeldDocument> for Made {
    fn from(document: HeldDocument) -> Self {
        Self::Document(Box::new(document))
    }
}

/// A presentation, with or without a signature to come.
pub(super) enum Prepared {
    Unbound(Value),
    Binding(Box<UnsignedKeyBinding>),
    Document(Box<UnsignedDocument>),
}

impl Asked {
    pub(super) fn prepare(
        &self,
        disclosure: &Disclosure,
        authorised: &[usize],
        made: Made,
        now: UnixTime,
    ) -> Result<Prepared, PresentError> {
        let asked = self.request.query.credential(&disclosure.query).ok_or(PresentError::Format)?;
        match made {
            Made::SdJwt(presentation, algorithm) if asked.format == Format::SdJwtVc => {
                if !within(presentation.paths(), &disclosure.claims) {
                    return Err(PresentError::TooMuch);
                }
                Ok(self.prepare_token(disclosure, authorised, (presentation, algorithm), now))
            }
            Made::Document(document) if asked.format == Format::LdpVc => {
                self.prepare_document(disclosure, &document, now)
            }
            _ => Err(PresentError::Format),
        }
    }

    fn prepare_token(
        &self,
        disclosure: &Disclosure,
        authorised: &[usize],
        (presentation, algorithm): (Presentation, Algorithm),
        now: UnixTime,
    ) -> Prepared {
        if !disclosure.holder_binding {
            return Prepared::Unbound(presentation.to_compact().into());
        }
        let of = |index: &usize| self.request.transactions.get(*index);
        let transactions: Vec<&TransactionData> = authorised.iter().filter_map(of).collect();
        let mut extra = binding_claims(&transactions);
        // VP-13: whoever shows this says who she is here.
        let subject = self.id_token.as_ref().map(|token| Value::from(token.subject.as_str()));
        extra.extend(subject.map(|subject| (SUBJECT.to_owned(), subject)));
        Prepared::Binding(Box::new(presentation.bind(algorithm, self.session(), now, extra)))
    }

    /// **VP-24** A W3C credential goes with its holder's proof, whose challenge is the nonce and whose domain is the verifier's full identifier (B.1.3.2.5);
    /// without it only where the query asks for none. Each proof is of a suite that the verifier takes.
    fn prepare_document(
        &self,
        disclosure: &Disclosure,
        held: &HeldDocument,
        now: UnixTime,
    ) -> Result<Prepared, PresentError> {
        // VP-8, VP-23: every member of it was approved.
        let shown = whole(&Value::Object(held.verified().document().clone()));
        if !shown.iter().all(|shown| disclosure.claims.contains(shown)) {
            return Err(PresentError::TooMuch);
        }
        let suites = self.request.metadata.suites.as_ref();
        let is_taken =
            |suite: Suite| suites.is_none_or(|names| names.iter().any(|name| name == suite.name()));
        if !is_taken(held.verified().suite()) {
            return Err(PresentError::Format);
        }
        if !disclosure.holder_binding {
            return Ok(Prepared::Unbound(Value::Object(held.to_members().clone())));
        }
        let unsigned = held.present(self.session(), now).map_err(|_| PresentError::Format)?;
        if is_taken(held.holder().suite()) {
            Ok(Prepared::Document(Box::new(unsigned)))
        } else {
            Err(PresentError::Format)
        }
    }

    /// What each presentation is bound to: nonce, and the verifier's full identifier.
    fn session(&self) -> (&str, &str) {
        (&self.request.nonce, self.request.client_id.as_str())
    }
}

/// Which transactions each presentation authorises: each by the first that may (§5.1: only one), of SD-JWTs: nothing says how another format would
/// (B.3.3.1). `None` if one has none.
pub(super) fn authorise(request: &AuthorizationRequest, approved: &Approved) -> Option<Vec<Vec<usize>>> {
    let mut authorised = vec![Vec::new(); approved.disclosures().len()];
    let is_token = |disclosure: &Disclosure| {
        request.query.credential(&disclosure.query).is_some_and(|asked| asked.format == Format::SdJwtVc)
    };
    for (index, data) in request.transactions.iter().enumerate() {
        let may =
            |disclosure: &Disclosure| data.credentials.contains(&disclosure.query) && is_token(disclosure);
        let by = approved.disclosures().iter().position(may);
        authorised.get_mut(by?)?.push(index);
    }
    Some(authorised)
}

/// **VP-8** Everything disclosed is an approved claim, inside one, or a container on the way to one.
fn within(disclosed: &[ClaimPath], approved: &[ClaimsPointer]) -> bool {
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
    let input = match prepared {
        Prepared::Unbound(_) => return None,
        Prepared::Binding(binding) => binding.signing_input().to_vec(),
        Prepared::Document(document) => document.signing_input().to_vec(),
    };
    Some((disclosure.candidate.clone(), input))
}

/// §8.1: by query identifier, a list of presentations each.
pub(super) fn vp_token(unsigned: Vec<(Disclosure, Prepared)>, signatures: &[[u8; 64]]) -> Value {
    let mut signatures = signatures.iter();
    let mut token: Vec<(QueryId, Vec<Value>)> = Vec::new();
    for (disclosure, prepared) in unsigned {
        let Some(presentation) = prepared.signed(&mut signatures) else { continue };
        match token.iter_mut().find(|(query, _)| *query == disclosure.query) {
            Some((_, list)) => list.push(presentation),
            None => token.push((disclosure.query, vec![presentation])),
        }
    }
    let members = token.into_iter().map(|(query, list)| (query.as_str().to_owned(), Value::Array(list)));
    Value::Object(Map::from_iter(members))
}

impl Prepared {
    fn signed<'a>(self, signatures: &mut impl Iterator<Item = &'a [u8; 64]>) -> Option<Value> {
        Some(match self {
            Self::Unbound(presentation) => presentation,
            Self::Binding(binding) => binding.with_signature(signatures.next()?).to_compact().into(),
            Self::Document(document) => Value::Object(document.with_signature(signatures.next()?)),
        })
    }
}
