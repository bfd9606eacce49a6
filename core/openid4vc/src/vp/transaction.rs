//! Transaction data: OpenID4VP 1.0 §8.4 and B.3.3.1. What the citizen authorises is hashed into what her key signs.

use crate::dcql::{Query, QueryId};
use citizen_jose::{base64url, json};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// The most objects of a request, and bytes of one.
const MOST: usize = 8;
const LARGEST: usize = 16 * 1024;
/// The only hash algorithm here; every wallet has it (B.3.3.1).
pub const SHA_256: &str = "sha-256";

/// The JSON type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A string.
    Text,
    /// An integer that is not negative.
    Integer,
    /// A boolean.
    Boolean,
}

/// A field of a transaction type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: FieldKind,
    /// Whether it must be there.
    pub required: bool,
}

/// A type of transaction data that the wallet knows: it can be shown to the citizen, every field of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionType {
    /// Its name.
    pub name: String,
    /// Its fields, besides those that every type has.
    pub fields: Vec<Field>,
}

/// What a verifier asks the citizen to authorise: of a known type, all fields as the type has them.
#[derive(Debug, Clone, PartialEq)]
pub struct TransactionData {
    /// Its type.
    pub kind: String,
    /// Its fields.
    pub fields: Map<String, Value>,
    /// Which credentials may authorise it.
    pub credentials: Vec<QueryId>,
    /// Whether the verifier asked by which algorithm it is hashed.
    pub algorithm_named: bool,
    encoded: String,
}

impl TransactionData {
    /// **VP-7** Reads `transaction_data`. `None` if one object is of an unknown type, has a field that its type has not, lacks one, has one of
    /// another JSON type, is for a credential that is not asked for with holder binding, or wants another hash.
    #[must_use]
    pub fn read(value: &Value, known: &[TransactionType], query: &Query) -> Option<Vec<Self>> {
        let entries = value.as_array().filter(|entries| (1..=MOST).contains(&entries.len()))?;
        entries.iter().map(|entry| Self::read_one(entry.as_str()?, known, query)).collect()
    }

    fn read_one(encoded: &str, known: &[TransactionType], query: &Query) -> Option<Self> {
        if encoded.len() > LARGEST {
            return None;
        }
        let mut fields = json::parse_object(&base64url::decode(encoded).ok()?).ok()?;
        let kind = fields.remove("type")?.as_str()?.to_owned();
        let credentials = credentials(&fields.remove("credential_ids")?, query)?;
        let algorithms = fields.remove("transaction_data_hashes_alg");
        let algorithm_named = algorithms.is_some();
        if algorithms
            .is_some_and(|names| !names.as_array().is_some_and(|names| names.contains(&SHA_256.into())))
        {
            return None;
        }
        let of_type = known.iter().find(|one| one.name == kind)?;
        of_type.fits(&fields).then(|| Self {
            kind,
            fields,
            credentials,
            algorithm_named,
            encoded: encoded.to_owned(),
        })
    }

    /// SHA-256 over the text as it was sent (B.3.3.1), base64url.
    #[must_use]
    pub fn hash(&self) -> String {
        base64url::encode(Sha256::digest(self.encoded.as_bytes()))
    }

    /// As it was sent.
    #[must_use]
    pub fn encoded(&self) -> &str {
        &self.encoded
    }

    /// As a verifier sends it.
    #[must_use]
    pub fn encode(kind: &str, fields: &Map<String, Value>, credentials: &[QueryId]) -> String {
        let mut object = fields.clone();
        object.insert("type".to_owned(), kind.into());
        let ids = credentials.iter().map(|id| Value::from(id.as_str())).collect();
        object.insert("credential_ids".to_owned(), Value::Array(ids));
        base64url::encode(Value::Object(object).to_string())
    }
}

/// What the key binding JWT of one presentation says of the transactions it authorises.
#[must_use]
pub fn binding_claims(authorised: &[&TransactionData]) -> Map<String, Value> {
    let mut claims = Map::new();
    if authorised.is_empty() {
        return claims;
    }
    let hashes = authorised.iter().map(|data| Value::from(data.hash())).collect();
    claims.insert("transaction_data_hashes".to_owned(), Value::Array(hashes));
    if authorised.iter().any(|data| data.algorithm_named) {
        claims.insert("transaction_data_hashes_alg".to_owned(), SHA_256.into());
    }
    claims
}

impl TransactionType {
    /// The type that just this data is of: for whoever wrote it.
    pub(crate) fn of(encoded: &str) -> Option<Self> {
        let mut members = json::parse_object(&base64url::decode(encoded).ok()?).ok()?;
        let name = members.remove("type")?.as_str()?.to_owned();
        let common = ["credential_ids", "transaction_data_hashes_alg"];
        let own = members.iter().filter(|(name, _)| !common.contains(&name.as_str()));
        let field = |(name, value): (&String, &Value)| {
            let kinds = [FieldKind::Text, FieldKind::Integer, FieldKind::Boolean];
            let kind = kinds.into_iter().find(|kind| kind.fits(value))?;
            Some(Field { name: name.clone(), kind, required: true })
        };
        Some(Self { name, fields: own.map(field).collect::<Option<_>>()? })
    }

    fn fits(&self, fields: &Map<String, Value>) -> bool {
        let known = fields.iter().all(|(name, value)| {
            self.fields.iter().any(|field| field.name == *name && field.kind.fits(value))
        });
        known && self.fields.iter().all(|field| !field.required || fields.contains_key(&field.name))
    }
}

impl FieldKind {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Integer => value.is_u64(),
            Self::Boolean => value.is_boolean(),
        }
    }
}

/// Identifiers of credentials that are asked for with holder binding (B.3.3).
fn credentials(value: &Value, query: &Query) -> Option<Vec<QueryId>> {
    let ids = value.as_array().filter(|ids| (1..=Query::MAX_LIST).contains(&ids.len()))?;
    ids.iter()
        .map(|id| {
            QueryId::new(id.as_str()?)
                .filter(|id| query.credential(id).is_some_and(|asked| asked.holder_binding))
        })
        .collect()
}
