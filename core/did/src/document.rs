//! DID documents (W3C Decentralized Identifiers 1.0, section 5), as JSON.

use crate::did::{Did, DidUrl};
use crate::multibase;
use citizen_jose::{Jwk, json};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The most bytes of a document that are looked at.
pub const LARGEST: usize = 256 * 1024;
/// The most entries of one list in a document.
const MOST: usize = 256;

const CONTEXTS: [&str; 2] = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"];

/// What a verification method is for (section 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relationship {
    /// Signs in as the subject.
    Authentication,
    /// Signs what the subject asserts: credentials.
    AssertionMethod,
    /// Messages are encrypted to it.
    KeyAgreement,
    /// Invokes capabilities.
    CapabilityInvocation,
    /// Delegates capabilities.
    CapabilityDelegation,
}

/// A key in a document (section 5.2).
#[derive(Debug, Clone, PartialEq)]
pub struct VerificationMethod {
    /// Its name.
    pub id: DidUrl,
    /// Who controls it.
    pub controller: Did,
    /// Its key; `None` if it is of a kind that is not read here.
    pub key: Option<Jwk>,
    /// The members as they are written.
    members: Map<String, Value>,
}

/// A service (section 5.4), as it is written: nothing in it is looked at but its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Its name: a URI.
    pub id: String,
    /// Its types.
    pub kinds: Vec<String>,
    /// Where it is: a URI, or whatever the type says.
    pub endpoint: Value,
    members: Map<String, Value>,
}

/// A document: what a DID's method says about the DID.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    id: Did,
    methods: Vec<VerificationMethod>,
    /// Which method is for what. A method that is embedded in a relationship stands in `methods` too.
    relationships: BTreeSet<(Relationship, usize)>,
    services: Vec<Service>,
    /// The JSON as it was read, or made.
    members: Map<String, Value>,
}

/// Why a document is not read, or has not what is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not JSON, not the members that a document has, a name twice, too large.
    #[error("no DID document")]
    Malformed,
    /// A private key stands in it.
    #[error("a DID document with a private key")]
    Private,
    /// No such key in it.
    #[error("no such key in the document")]
    NoSuchKey,
    /// The key is there, and not for this (DID-4).
    #[error("the key is not for this")]
    NotForThis,
    /// The key is of a kind that is not read here.
    #[error("a key of a kind that is not read here")]
    Unsupported,
}

impl Relationship {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Authentication,
        Self::AssertionMethod,
        Self::KeyAgreement,
        Self::CapabilityInvocation,
        Self::CapabilityDelegation,
    ];

    /// The member of a document.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::AssertionMethod => "assertionMethod",
            Self::KeyAgreement => "keyAgreement",
            Self::CapabilityInvocation => "capabilityInvocation",
            Self::CapabilityDelegation => "capabilityDelegation",
        }
    }
}

impl Document {
    /// Reads a document's JSON.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        if bytes.len() > LARGEST {
            return Err(DocumentError::Malformed);
        }
        Self::from_members(json::parse_object(bytes).map_err(|_| DocumentError::Malformed)?)
    }

    /// Reads a document's members.
    pub fn from_members(members: Map<String, Value>) -> Result<Self, DocumentError> {
        let id = Did::parse(text(&members, "id")?).map_err(|_| DocumentError::Malformed)?;
        let services =
            list(&members, "service")?.iter().map(Service::from_value).collect::<Result<_, _>>()?;
        let mut document =
            Self { id, methods: Vec::new(), relationships: BTreeSet::new(), services, members: Map::new() };
        for method in list(&members, "verificationMethod")? {
            document.add_method(method)?;
        }
        for relationship in Relationship::ALL {
            for entry in list(&members, relationship.name())? {
                document.relate(relationship, entry)?;
            }
        }
        document.members = members;
        Ok(document)
    }

    /// A document of keys as JWK, each for the relationships beside it.
    pub fn of_jwks(
        id: &Did,
        keys: &[(DidUrl, Jwk, &[Relationship])],
        services: &[Value],
    ) -> Result<Self, DocumentError> {
        let methods = keys.iter().map(|(name, jwk, relationships)| {
            let method = json!({ "id": name.to_string(), "type": "JsonWebKey", "controller": id.as_str(),
                "publicKeyJwk": jwk.to_value() });
            (method, *relationships)
        });
        Self::of(id, methods.collect(), services)
    }

    /// A document of keys as Multikey, each for the relationships beside it.
    pub fn of_multikeys(id: &Did, keys: &[(DidUrl, Jwk, &[Relationship])]) -> Result<Self, DocumentError> {
        let methods = keys.iter().map(|(name, jwk, relationships)| {
            let method = json!({ "id": name.to_string(), "type": "Multikey", "controller": id.as_str(),
                "publicKeyMultibase": multibase::encode_key(&jwk.key) });
            (method, *relationships)
        });
        Self::of(id, methods.collect(), &[])
    }

    fn of(
        id: &Did,
        methods: Vec<(Value, &[Relationship])>,
        services: &[Value],
    ) -> Result<Self, DocumentError> {
        let mut members = Map::new();
        members.insert("@context".to_owned(), json!(CONTEXTS));
        members.insert("id".to_owned(), json!(id.as_str()));
        for relationship in Relationship::ALL {
            let related = methods.iter().filter(|(_, relationships)| relationships.contains(&relationship));
            let names: Vec<Value> = related.filter_map(|(method, _)| method.get("id").cloned()).collect();
            if !names.is_empty() {
                members.insert(relationship.name().to_owned(), Value::Array(names));
            }
        }
        let methods = methods.into_iter().map(|(method, _)| method).collect();
        members.insert("verificationMethod".to_owned(), methods);
        if !services.is_empty() {
            members.insert("service".to_owned(), json!(services));
        }
        Self::from_members(members)
    }

    /// Whose document it is.
    #[must_use]
    pub const fn id(&self) -> &Did {
        &self.id
    }

    /// The keys, whatever they are for.
    #[must_use]
    pub fn verification_methods(&self) -> &[VerificationMethod] {
        &self.methods
    }

    /// The keys for a purpose.
    pub fn methods_for(&self, purpose: Relationship) -> impl Iterator<Item = &VerificationMethod> {
        let is_for = move |at: usize| self.relationships.contains(&(purpose, at));
        self.methods.iter().enumerate().filter(move |(at, _)| is_for(*at)).map(|(_, method)| method)
    }

    /// The services.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The key of a name, as a token's `kid` gives it: a DID URL, or its fragment with `#`. It must be for the purpose (DID-4).
    pub fn key(&self, name: &str, purpose: Relationship) -> Result<&Jwk, DocumentError> {
        let id = DidUrl::parse_within(&self.id, name).map_err(|_| DocumentError::NoSuchKey)?;
        if !self.methods.iter().any(|method| method.id == id) {
            return Err(DocumentError::NoSuchKey);
        }
        let method = self.methods_for(purpose).find(|method| method.id == id);
        method.ok_or(DocumentError::NotForThis)?.key.as_ref().ok_or(DocumentError::Unsupported)
    }

    /// The document as JSON: as it was read, or made.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::Object(self.members.clone())
    }

    fn add_method(&mut self, value: &Value) -> Result<usize, DocumentError> {
        let method = VerificationMethod::from_value(&self.id, value)?;
        // A name that is given twice would leave it to the reader which key it means (DID-3).
        if self.methods.len() >= MOST || self.methods.iter().any(|other| other.id == method.id) {
            return Err(DocumentError::Malformed);
        }
        self.methods.push(method);
        Ok(self.methods.len().saturating_sub(1))
    }

    fn relate(&mut self, relationship: Relationship, entry: &Value) -> Result<(), DocumentError> {
        let at = match entry {
            Value::String(name) => {
                let id = DidUrl::parse_within(&self.id, name).map_err(|_| DocumentError::Malformed)?;
                // A method in another's document is none here: whoever wants it resolves that one.
                let Some(at) = self.methods.iter().position(|method| method.id == id) else { return Ok(()) };
                at
            }
            embedded => self.add_method(embedded)?,
        };
        self.relationships.insert((relationship, at));
        Ok(())
    }
}

impl VerificationMethod {
    fn from_value(document: &Did, value: &Value) -> Result<Self, DocumentError> {
        let members = value.as_object().ok_or(DocumentError::Malformed)?;
        let malformed = |_| DocumentError::Malformed;
        let id = DidUrl::parse_within(document, text(members, "id")?).map_err(malformed)?;
        let controller = Did::parse(text(members, "controller")?).map_err(malformed)?;
        text(members, "type")?;
        Ok(Self { id, controller, key: key_of(members)?, members: members.clone() })
    }

    /// The method as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::Object(self.members.clone())
    }
}

impl Service {
    fn from_value(value: &Value) -> Result<Self, DocumentError> {
        let members = value.as_object().ok_or(DocumentError::Malformed)?;
        let kinds = match members.get("type") {
            Some(Value::String(kind)) => vec![kind.clone()],
            Some(Value::Array(kinds)) => {
                let kinds = kinds.iter().map(|kind| kind.as_str().map(str::to_owned));
                kinds.collect::<Option<_>>().ok_or(DocumentError::Malformed)?
            }
            _ => return Err(DocumentError::Malformed),
        };
        let endpoint = members.get("serviceEndpoint").ok_or(DocumentError::Malformed)?.clone();
        Ok(Self { id: text(members, "id")?.to_owned(), kinds, endpoint, members: members.clone() })
    }

    /// The service as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::Object(self.members.clone())
    }
}

/// The key of a method. One that is of no kind that is read here is left out; two in one method, or a private one, are refused.
fn key_of(members: &Map<String, Value>) -> Result<Option<Jwk>, DocumentError> {
    if ["privateKeyJwk", "secretKeyJwk", "privateKeyMultibase", "secretKeyMultibase"]
        .iter()
        .any(|name| members.contains_key(*name))
    {
        return Err(DocumentError::Private);
    }
    match (members.get("publicKeyJwk"), members.get("publicKeyMultibase")) {
        (Some(_), Some(_)) => Err(DocumentError::Malformed),
        (Some(jwk), None) => match Jwk::from_value(jwk) {
            Ok(jwk) => Ok(Some(jwk)),
            Err(citizen_jose::JwkError::Unsupported) => Ok(None),
            Err(citizen_jose::JwkError::Private) => Err(DocumentError::Private),
            Err(_) => Err(DocumentError::Malformed),
        },
        (None, Some(key)) => {
            let key = key.as_str().ok_or(DocumentError::Malformed)?;
            Ok(multibase::decode_key(key).ok().map(Jwk::new))
        }
        (None, None) => Ok(None),
    }
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a str, DocumentError> {
    members.get(name).and_then(Value::as_str).ok_or(DocumentError::Malformed)
}

fn list<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], DocumentError> {
    match members.get(name) {
        None => Ok(&[]),
        Some(Value::Array(list)) if list.len() <= MOST => Ok(list),
        Some(_) => Err(DocumentError::Malformed),
    }
}
