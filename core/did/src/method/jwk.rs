//! `did:jwk` (github.com/quartzjer/did-jwk, spec.md): a public JWK in base64url. A citizen has one for each credential, and no two verifiers
//! see the same.

use crate::did::{Did, DidError};
use crate::document::{Document, Relationship};
use crate::resolver::{Method, ResolveError, Step};
use citizen_jose::{KeyUse, PublicJwk, base64url, json};
use serde_json::Value;

/// The method.
#[derive(Debug, Clone, Copy)]
pub struct Jwk;

/// The DID of a key: of what makes it up, and nothing that is said of it, so that a key has one DID here.
pub fn did(key: &PublicJwk) -> Result<Did, DidError> {
    let members = Value::Object(key.to_members()).to_string();
    Did::parse(&format!("did:jwk:{}", base64url::encode(members)))
}

/// The key of a DID. A private key, or a member twice, is refused.
pub fn key(did: &Did) -> Result<citizen_jose::Jwk, ResolveError> {
    if did.method() != "jwk" {
        return Err(ResolveError::InvalidDid);
    }
    let bytes = base64url::decode(did.specific_id()).map_err(|_| ResolveError::InvalidDid)?;
    let members = json::parse_object(&bytes).map_err(|_| ResolveError::InvalidDid)?;
    citizen_jose::Jwk::from_value(&Value::Object(members)).map_err(|_| ResolveError::InvalidDid)
}

/// The document of a DID: the key under `#0`, for what its `use` allows.
pub fn document(did: &Did) -> Result<Document, ResolveError> {
    let key = key(did)?;
    let name = did.with_fragment("0").map_err(|_| ResolveError::InvalidDid)?;
    let purposes = purposes(&key);
    Document::of_jwks(did, &[(name, key, purposes)], &[]).map_err(ResolveError::Document)
}

impl Method for Jwk {
    fn name(&self) -> &str {
        "jwk"
    }

    fn begin(&self, did: &Did) -> Result<Step, ResolveError> {
        document(did).map(|document| Step::Resolved(Box::new(document)))
    }
}

/// `use` decides, and what the key's kind can do.
fn purposes(key: &citizen_jose::Jwk) -> &'static [Relationship] {
    const SIGNATURES: [Relationship; 4] = [
        Relationship::Authentication,
        Relationship::AssertionMethod,
        Relationship::CapabilityInvocation,
        Relationship::CapabilityDelegation,
    ];
    match (&key.key, &key.usage) {
        (PublicJwk::Ed25519(_) | PublicJwk::P256(_), Some(KeyUse::Signature))
        | (PublicJwk::Ed25519(_), None) => &SIGNATURES,
        (PublicJwk::X25519(_) | PublicJwk::P256(_), Some(KeyUse::Encryption))
        | (PublicJwk::X25519(_), None) => &[Relationship::KeyAgreement],
        (PublicJwk::P256(_), None) => &Relationship::ALL,
        _ => &[],
    }
}
