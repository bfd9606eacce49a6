//! `did:seoul`: an organisation's DID, anchored on the city's ledger. The identifier is 32 bytes that the ledger gives, in lower-case
//! hexadecimal; the record behind it is proved under a verified header, and the document is made of it here.

use crate::did::{Did, DidError};
use crate::document::{Document, Relationship};
use crate::resolver::{Method, ResolveError, Step};
use citizen_jose::{Jwk, PublicJwk};
use serde_json::json;
use std::fmt;

/// The method.
#[derive(Debug, Clone, Copy)]
pub struct Seoul;

/// What stands behind `did:seoul:`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeoulId([u8; 32]);

/// A key of an organisation, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeoulKey<'a> {
    /// Its name behind the `#`.
    pub fragment: &'a str,
    /// The key.
    pub key: PublicJwk,
    /// What it is for.
    pub purposes: &'a [Relationship],
}

/// A service of an organisation, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeoulService<'a> {
    /// Its name behind the `#`.
    pub fragment: &'a str,
    /// Its type.
    pub kind: &'a str,
    /// Its address.
    pub endpoint: &'a str,
}

impl SeoulId {
    /// From the 32 bytes that the ledger gave.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From a DID: 64 hexadecimal digits, lower-case, so that an organisation has one DID (DID-6).
    pub fn from_did(did: &Did) -> Result<Self, DidError> {
        let digits: &[u8; 64] = did.specific_id().as_bytes().try_into().map_err(|_| DidError)?;
        if did.method() != "seoul" {
            return Err(DidError);
        }
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(digits.as_chunks().0) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(bytes))
    }

    /// The DID.
    pub fn to_did(self) -> Result<Did, DidError> {
        Did::parse(&self.to_string())
    }
}

impl fmt::Display for SeoulId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("did:seoul:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SeoulId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The document of an organisation that is not deactivated, out of its proved record.
pub fn document(
    id: SeoulId,
    keys: &[SeoulKey<'_>],
    services: &[SeoulService<'_>],
) -> Result<Document, ResolveError> {
    let did = id.to_did().map_err(|_| ResolveError::InvalidDid)?;
    let name = |fragment: &str| did.with_fragment(fragment).map_err(|_| ResolveError::InvalidDid);
    let keys = keys
        .iter()
        .map(|SeoulKey { fragment, key, purposes }| Ok((name(fragment)?, Jwk::new(*key), *purposes)))
        .collect::<Result<Vec<_>, ResolveError>>()?;
    let services = services
        .iter()
        .map(|SeoulService { fragment, kind, endpoint }| {
            let id = name(fragment)?.to_string();
            Ok(json!({ "id": id, "type": kind, "serviceEndpoint": endpoint }))
        })
        .collect::<Result<Vec<_>, ResolveError>>()?;
    Document::of_jwks(&did, &keys, &services).map_err(ResolveError::Document)
}

impl Method for Seoul {
    fn name(&self) -> &str {
        "seoul"
    }

    fn begin(&self, did: &Did) -> Result<Step, ResolveError> {
        SeoulId::from_did(did).map(Step::Ledger).map_err(|_| ResolveError::InvalidDid)
    }
}

fn digit(character: u8) -> Result<u8, DidError> {
    match character {
        b'0'..=b'9' => Ok(character - b'0'),
        b'a'..=b'f' => Ok(character - b'a' + 10),
        _ => Err(DidError),
    }
}
