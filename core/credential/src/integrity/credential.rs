//! Credentials of the data model 2.0: what stands in one, by whom it is, and whose key its subject's identifier is.

use super::proof::{ProofExpected, VerifiedDocument, verify};
use super::{ASSERTION, CONTEXT, IntegrityError, Suite};
use citizen_did::{Did, Document, Relationship, jwk, key};
use citizen_jose::Jwk;
use citizen_primitives::UnixTime;
use serde_json::{Map, Value};

/// An issuer's key, which the caller has resolved and trusts.
#[derive(Debug, Clone, PartialEq)]
pub struct IssuerKey {
    /// The issuer, as its credentials name it: `issuer`, or the `id` in it.
    pub issuer: String,
    /// The URL of the key.
    pub verification_method: String,
    /// The key.
    pub key: Jwk,
}

/// Who is named by a key: a subject whose identifier is a `did:key` or a `did:jwk`.
#[derive(Debug, Clone, PartialEq)]
pub struct Holder {
    id: String,
    verification_method: String,
    key: Jwk,
    suite: Suite,
}

/// Verifies a credential by the one key that its issuer may have signed it with: for assertion, in its time (INTEGRITY-10).
pub fn verify_credential(
    document: Map<String, Value>,
    issuer: &IssuerKey,
    (suites, now): (&[Suite], UnixTime),
) -> Result<VerifiedDocument, IntegrityError> {
    let expected = ProofExpected {
        verification_method: &issuer.verification_method,
        purpose: ASSERTION,
        domain: None,
        challenge: None,
        suites,
        now,
    };
    let verified = verify(document, &issuer.key, &expected)?;
    // **INTEGRITY-10** A key that is trusted for one issuer signs in no other's name.
    if verified.credential(now)? != issuer.issuer {
        return Err(IntegrityError::Issuer);
    }
    // **INTEGRITY-12** What could have been taken back is not taken for valid by who cannot look.
    if verified.document().contains_key("credentialStatus") {
        return Err(IntegrityError::Status);
    }
    Ok(verified)
}

impl Holder {
    /// By the identifier of a subject; `None` if it is of another method, or its key is not for signing in.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        let did = Did::parse(id).ok()?;
        let document: Document = match did.method() {
            "key" => key::document(&did).ok()?,
            "jwk" => jwk::document(&did).ok()?,
            _ => return None,
        };
        let method = document.methods_for(Relationship::Authentication).next()?;
        let key = method.key.clone()?;
        let suite = Suite::by(key.key.algorithm()?);
        Some(Self { id: id.to_owned(), verification_method: method.id.to_string(), key, suite })
    }

    /// Her identifier.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The URL of her key.
    #[must_use]
    pub fn verification_method(&self) -> &str {
        &self.verification_method
    }

    /// Her key.
    #[must_use]
    pub const fn key(&self) -> &Jwk {
        &self.key
    }

    /// The suite that her key signs by.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.suite
    }
}

impl VerifiedDocument {
    /// Checks that it is a credential of the data model 2.0 and valid at a time; gives its issuer, whose key it has to be by (INTEGRITY-5,
    /// INTEGRITY-6).
    pub fn credential(&self, now: UnixTime) -> Result<&str, IntegrityError> {
        let member = |name: &str| self.document().get(name);
        let says_something = |subject: &Value| subject.as_object().is_some_and(|claims| !claims.is_empty());
        let is_about = match member("credentialSubject") {
            Some(Value::Array(subjects)) => !subjects.is_empty() && subjects.iter().all(says_something),
            Some(only) => says_something(only),
            None => false,
        };
        if !is_of(self.document(), "VerifiableCredential") || !is_about {
            return Err(IntegrityError::Credential);
        }
        let from = time(member("validFrom")).map_err(|_| IntegrityError::Credential)?;
        let until = time(member("validUntil")).map_err(|_| IntegrityError::Credential)?;
        if from.is_some_and(|from| from > now) || until.is_some_and(|until| until < now) {
            return Err(IntegrityError::Time);
        }
        let issuer = member("issuer").ok_or(IntegrityError::Credential)?;
        issuer.get("id").unwrap_or(issuer).as_str().ok_or(IntegrityError::Credential)
    }

    /// Its types, as they are written.
    #[must_use]
    pub fn types(&self) -> Vec<&str> {
        types(self.document()).into_iter().filter_map(Value::as_str).collect()
    }

    /// Its one subject, if that is somebody who is named by a key; `None` of several.
    #[must_use]
    pub fn holder(&self) -> Option<Holder> {
        let subject = match self.document().get("credentialSubject")? {
            Value::Array(subjects) => match subjects.as_slice() {
                [only] => only,
                _ => return None,
            },
            only => only,
        };
        Holder::of(subject.get("id")?.as_str()?)
    }
}

/// Whether a document is of this type, under the context of the data model 2.0.
pub(super) fn is_of(document: &Map<String, Value>, kind: &str) -> bool {
    let context = document.get("@context").and_then(Value::as_array).and_then(|contexts| contexts.first());
    context.and_then(Value::as_str) == Some(CONTEXT) && types(document).into_iter().any(|name| name == kind)
}

fn types(document: &Map<String, Value>) -> Vec<&Value> {
    match document.get("type") {
        Some(Value::Array(types)) => types.iter().collect(),
        Some(only) => vec![only],
        None => Vec::new(),
    }
}

/// A `dateTimeStamp` of XML Schema, if there is one: with its offset from UTC.
pub(super) fn time(value: Option<&Value>) -> Result<Option<UnixTime>, IntegrityError> {
    let Some(value) = value else { return Ok(None) };
    let text = value.as_str().ok_or(IntegrityError::Credential)?;
    let time: jiff::Timestamp = text.parse().map_err(|_| IntegrityError::Credential)?;
    let seconds = u64::try_from(time.as_second()).unwrap_or_default();
    Ok(Some(UnixTime::from_seconds(seconds)))
}
