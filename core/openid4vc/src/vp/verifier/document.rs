//! W3C credentials with Data Integrity in an answer: OpenID4VP 1.0 B.1.

use super::{LONGEST_BINDING, VerifierSession, VerifyError};
use crate::dcql::{Authority, Candidate, CandidateId, Format, Presented, QueryId};
use citizen_credential::integrity::{
    IssuerKey, PresentationExpected, Suite, VerifiedDocument, verify_credential, verify_presentation,
};
use citizen_primitives::UnixTime;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What `VerifiableCredential` means under the context of the data model 2.0.
const CREDENTIAL: (&str, &str) =
    ("VerifiableCredential", "https://www.w3.org/2018/credentials#VerifiableCredential");

/// The issuer of a W3C credential, as a verifier that trusts it knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentIssuer {
    /// Its key.
    pub key: IssuerKey,
    /// Who vouches for it.
    pub authorities: Vec<Authority>,
    /// What its types mean, as IRIs: what its contexts would make of them (B.1.1). Nothing is fetched here; a type that is not in it stays as it is written.
    pub terms: BTreeMap<String, String>,
}

/// A W3C credential under its query.
pub(super) struct Shown {
    pub(super) query: QueryId,
    pub(super) document: VerifiedDocument,
    issuer: DocumentIssuer,
    is_bound: bool,
}

impl VerifierSession {
    /// **VP-25** With holder binding a presentation of one credential, made for this nonce and this verifier's full identifier by the one whom the
    /// credential is about; without it the credential alone. By an issuer that the verifier trusts, with proofs of the suites that it said it takes.
    pub(super) fn verify_document(
        &self,
        query: &QueryId,
        shown: &Map<String, Value>,
        trusted: &dyn Fn(&Map<String, Value>) -> Option<DocumentIssuer>,
        now: UnixTime,
    ) -> Result<Shown, VerifyError> {
        let refused = || VerifyError::Presentation(query.clone());
        let is_bound = self.ask.query.credential(query).is_none_or(|asked| asked.holder_binding);
        let credential = if is_bound { embedded(shown).ok_or_else(refused)? } else { shown };
        let issuer = trusted(credential).ok_or_else(refused)?;
        let document = if is_bound {
            self.verify_bound(shown, &issuer.key, now)
        } else {
            verify_credential(shown.clone(), &issuer.key, (&Suite::ALL, now)).ok()
        };
        Ok(Shown { query: query.clone(), document: document.ok_or_else(refused)?, issuer, is_bound })
    }

    fn verify_bound(
        &self,
        shown: &Map<String, Value>,
        issuer: &IssuerKey,
        now: UnixTime,
    ) -> Option<VerifiedDocument> {
        let expected = PresentationExpected {
            domain: self.identification.client_id.as_str(),
            challenge: &self.nonce,
            longest: LONGEST_BINDING,
            suites: &Suite::ALL,
            now,
        };
        let verified = verify_presentation(shown.clone(), &|_| Some(issuer.clone()), &expected).ok()?;
        verified.into_credentials().pop()
    }
}

impl Shown {
    pub(super) fn presented(&self) -> Presented {
        let meaning = |name: &str| {
            let known = (name == CREDENTIAL.0).then(|| CREDENTIAL.1.to_owned());
            known.or_else(|| self.issuer.terms.get(name).cloned()).unwrap_or_else(|| name.to_owned())
        };
        Presented {
            query: self.query.clone(),
            credential: Candidate {
                id: CandidateId::new(self.query.as_str()),
                format: Format::LdpVc,
                types: self.document.types().into_iter().map(meaning).collect(),
                claims: Value::Object(self.document.document().clone()),
                authorities: self.issuer.authorities.clone(),
                key_bound: self.is_bound,
            },
        }
    }
}

/// The one credential of a presentation: several in one would leave open which of them answers the query.
fn embedded(presentation: &Map<String, Value>) -> Option<&Map<String, Value>> {
    match presentation.get("verifiableCredential")? {
        Value::Array(all) => match all.as_slice() {
            [only] => only.as_object(),
            _ => None,
        },
        only => only.as_object(),
    }
}
