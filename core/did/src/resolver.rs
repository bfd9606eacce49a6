//! Resolution (W3C DID Resolution 0.3, section 3) without I/O: a resolver says what to fetch, and takes what came.

use crate::did::Did;
use crate::document::{Document, DocumentError};
use crate::method::seoul::{self, SeoulId};
use crate::method::{jwk, key, web};
use std::fmt;

/// Why a DID was not resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// The method's rules say that this is none of its DIDs.
    #[error("no DID of its method")]
    InvalidDid,
    /// No method of this name is known.
    #[error("a DID method that is not known")]
    UnknownMethod,
    /// What came is no document.
    #[error("no document: {0}")]
    Document(#[source] DocumentError),
    /// The document is another DID's (DID-2).
    #[error("the document of another DID")]
    OtherDocument,
    /// The DID was ended by whoever controlled it.
    #[error("a DID that was deactivated")]
    Deactivated,
}

/// What comes next for a DID.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Nothing: the DID says it all.
    Resolved(Box<Document>),
    /// Fetch this by HTTPS, without credentials and without following a redirect to another host, and bring the body.
    Fetch(String),
    /// The record stands on the ledger: prove it under a verified header, and make the document of it ([`seoul::document`]).
    Ledger(SeoulId),
}

/// A DID method. An app brings its own with [`Resolver::with`].
pub trait Method {
    /// Its name: what stands behind `did:`.
    fn name(&self) -> &str;

    /// Begins to resolve a DID of this method.
    fn begin(&self, did: &Did) -> Result<Step, ResolveError>;

    /// Reads what [`Step::Fetch`] brought. That the document is this DID's is checked by the resolver.
    fn finish(&self, _did: &Did, body: &[u8]) -> Result<Document, ResolveError> {
        Document::parse(body).map_err(ResolveError::Document)
    }
}

/// The methods that are known.
pub struct Resolver {
    methods: Vec<Box<dyn Method + Send + Sync>>,
}

/// How far a resolution is.
#[derive(Debug)]
pub enum Resolution<'a> {
    /// At its end.
    Resolved(Box<Document>),
    /// A document must be fetched.
    Fetch(Fetch<'a>),
    /// A record of the ledger must be proved.
    Ledger(SeoulId),
}

/// A document that must be fetched.
pub struct Fetch<'a> {
    method: &'a (dyn Method + Send + Sync),
    did: Did,
    url: String,
}

impl Resolver {
    /// `did:key`, `did:jwk`, `did:web` and `did:seoul`.
    #[must_use]
    pub fn new() -> Self {
        Self {
            methods: vec![Box::new(key::Key), Box::new(jwk::Jwk), Box::new(web::Web), Box::new(seoul::Seoul)],
        }
    }

    /// With a method more; it stands in for one of the same name.
    #[must_use]
    pub fn with(mut self, method: Box<dyn Method + Send + Sync>) -> Self {
        self.methods.insert(0, method);
        self
    }

    /// Begins to resolve.
    pub fn resolve(&self, did: &Did) -> Result<Resolution<'_>, ResolveError> {
        let mut methods = self.methods.iter();
        let method =
            methods.find(|method| method.name() == did.method()).ok_or(ResolveError::UnknownMethod)?;
        Ok(match method.begin(did)? {
            Step::Resolved(document) => Resolution::Resolved(Box::new(check(did, *document)?)),
            Step::Fetch(url) => Resolution::Fetch(Fetch { method: &**method, did: did.clone(), url }),
            Step::Ledger(id) => Resolution::Ledger(id),
        })
    }
}

impl Default for Resolver {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.methods.iter().map(|method| method.name())).finish()
    }
}

impl Fetch<'_> {
    /// What to fetch: by HTTPS, without credentials, without following a redirect to another host.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Takes the body.
    pub fn answer(self, body: &[u8]) -> Result<Document, ResolveError> {
        check(&self.did, self.method.finish(&self.did, body)?)
    }
}

impl fmt::Debug for Fetch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fetch").field(&self.url).finish()
    }
}

fn check(did: &Did, document: Document) -> Result<Document, ResolveError> {
    if document.id() == did { Ok(document) } else { Err(ResolveError::OtherDocument) }
}
