//! `did:key` (W3C CCG, The did:key Method 0.9): a key in multibase, and a document that says no more.

use crate::did::{Did, DidError};
use crate::document::{Document, Relationship};
use crate::multibase;
use crate::resolver::{Method, ResolveError, Step};
use citizen_jose::{Jwk, PublicJwk};

/// The method.
#[derive(Debug, Clone, Copy)]
pub struct Key;

/// The DID of a key.
pub fn did(key: &PublicJwk) -> Result<Did, DidError> {
    Did::parse(&format!("did:key:{}", multibase::encode_key(key)))
}

/// The key of a DID: Ed25519, P-256 or X25519.
pub fn key(did: &Did) -> Result<PublicJwk, ResolveError> {
    if did.method() != "key" {
        return Err(ResolveError::InvalidDid);
    }
    // A version (`did:key:1.1:z…`) is read as no key.
    multibase::decode_key(did.specific_id()).map_err(|_| ResolveError::InvalidDid)
}

/// The document of a DID: the key, for all that a key of its kind can do. No second key is derived from it.
pub fn document(did: &Did) -> Result<Document, ResolveError> {
    let key = key(did)?;
    let name = did.with_fragment(did.specific_id()).map_err(|_| ResolveError::InvalidDid)?;
    Document::of_multikeys(did, &[(name, Jwk::new(key), purposes(&key))]).map_err(ResolveError::Document)
}

impl Method for Key {
    fn name(&self) -> &str {
        "key"
    }

    fn begin(&self, did: &Did) -> Result<Step, ResolveError> {
        document(did).map(|document| Step::Resolved(Box::new(document)))
    }
}

/// What a key of this kind can do: one for signatures signs, one for agreement agrees, one of P-256 does either, and signs here.
pub(crate) const fn purposes(key: &PublicJwk) -> &'static [Relationship] {
    match key {
        PublicJwk::X25519(_) => &[Relationship::KeyAgreement],
        PublicJwk::P256(_) | PublicJwk::Ed25519(_) => &[
            Relationship::Authentication,
            Relationship::AssertionMethod,
            Relationship::CapabilityInvocation,
            Relationship::CapabilityDelegation,
        ],
    }
}
