//! JSON Web Signature (RFC 7515): compact, flattened and general.

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::header::{Header, HeaderError};
use crate::json;
use crate::jwk::{Jwk, KeyUseError};
use crate::signer::{SignError, Signer};
use serde_json::{Map, Value, json};

/// The most bytes of a token that are looked at: a status list of a million entries of 8 bits fits in.
pub const LARGEST: usize = 4 << 20;
/// The most signatures over one payload.
pub const MOST_SIGNATURES: usize = 16;

/// Why a JWS is not read, or not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Not in the form of a JWS: parts, base64url, members, the length of a signature.
    #[error("no JWS")]
    Malformed,
    /// More than [`LARGEST`] bytes.
    #[error("a JWS of more than {LARGEST} bytes")]
    TooLarge,
    /// The header is not read.
    #[error("a header that is not read: {0}")]
    Header(#[source] HeaderError),
    /// The payload is no JSON object, or a name stands twice in one.
    #[error("a payload that is no JSON object")]
    Payload,
    /// `typ` is not what is expected (JOSE-10).
    #[error("another type of token")]
    Typ,
    /// The algorithm is not among those that are expected (JOSE-2).
    #[error("an algorithm that is not expected here")]
    Algorithm,
    /// The key is of another type than the algorithm, or says that it is for something else (JOSE-2).
    #[error("the key is not for this")]
    Key,
    /// The signature is not this key's over these bytes.
    #[error("the signature does not verify")]
    Signature,
}

/// What a verifier asks for before it looks at a signature.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// What the token is; not asked if `None`.
    pub typ: Option<&'a str>,
    /// The algorithms that are taken.
    pub algorithms: &'a [Algorithm],
}

impl<'a> Expected<'a> {
    /// A token of this type, by either algorithm.
    #[must_use]
    pub const fn typ(typ: &'a str) -> Self {
        Self { typ: Some(typ), algorithms: &Algorithm::ALL }
    }

    /// A token of any type, by either algorithm: only where nothing else is signed by the same key.
    #[must_use]
    pub const fn any() -> Self {
        Self { typ: None, algorithms: &Algorithm::ALL }
    }
}

/// A JWS of which nothing is checked yet but its form. Its payload is out of reach.
#[derive(Debug, Clone, PartialEq)]
pub struct UnverifiedJws {
    /// base64url, as it was sent: what is signed.
    payload: String,
    signatures: Vec<UnverifiedSignature>,
}

/// One of the signatures of an [`UnverifiedJws`].
#[derive(Debug, Clone, PartialEq)]
pub struct UnverifiedSignature {
    /// base64url, as it was sent: what is signed.
    protected: String,
    header: Header,
    unprotected: Map<String, Value>,
    signature: [u8; 64],
}

/// The payload of a JWS whose signature verified, with the header that was signed with it.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedJws {
    header: Header,
    payload: Vec<u8>,
}

/// A JWS that waits for its signature: the key may be behind a person's finger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsignedJws {
    signing_input: String,
}

impl UnsignedJws {
    /// Header and payload as they will be signed.
    #[must_use]
    pub fn new(header: &Header, payload: &[u8]) -> Self {
        let header = base64url::encode(header.to_value().to_string());
        Self { signing_input: format!("{header}.{}", base64url::encode(payload)) }
    }

    /// The bytes to sign.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.signing_input.as_bytes()
    }

    /// The compact serialization (RFC 7515, section 7.1).
    #[must_use]
    pub fn with_signature(self, signature: &[u8; 64]) -> String {
        format!("{}.{}", self.signing_input, base64url::encode(signature))
    }
}

/// Signs and writes the compact serialization. The header must name the signer's algorithm.
pub fn sign(header: &Header, payload: &[u8], signer: &dyn Signer) -> Result<String, SignError> {
    if header.alg != signer.algorithm() {
        return Err(SignError::NotForThis);
    }
    let unsigned = UnsignedJws::new(header, payload);
    let signature = signer.sign(unsigned.signing_input())?;
    Ok(unsigned.with_signature(&signature))
}

/// The flattened JSON serialization of a compact one, with an unprotected header if there is anything in it (RFC 7515, section 7.2.2).
pub fn to_flattened(compact: &str, unprotected: Map<String, Value>) -> Result<Value, JwsError> {
    let [protected, payload, signature] = parts(compact)?;
    let mut object = json!({ "payload": payload, "protected": protected, "signature": signature });
    if let (false, Some(members)) = (unprotected.is_empty(), object.as_object_mut()) {
        members.insert("header".to_owned(), Value::Object(unprotected));
    }
    Ok(object)
}

impl UnverifiedJws {
    /// Reads the compact serialization.
    pub fn parse(compact: &str) -> Result<Self, JwsError> {
        let [protected, payload, signature] = parts(compact)?;
        base64url::decode(payload).map_err(|_| JwsError::Malformed)?;
        let signature = UnverifiedSignature::read(protected, signature, Map::new())?;
        Ok(Self { payload: payload.to_owned(), signatures: vec![signature] })
    }

    /// Reads the flattened or the general JSON serialization (RFC 7515, section 7.2).
    pub fn parse_json(text: &str) -> Result<Self, JwsError> {
        if text.len() > LARGEST {
            return Err(JwsError::TooLarge);
        }
        Self::from_object(json::parse_object(text.as_bytes()).map_err(|_| JwsError::Malformed)?)
    }

    /// Reads the members of a JSON serialization. Members that RFC 7515 does not know are ignored, as it asks.
    pub fn from_object(mut object: Map<String, Value>) -> Result<Self, JwsError> {
        let payload = take_text(&mut object, "payload")?;
        base64url::decode(&payload).map_err(|_| JwsError::Malformed)?;
        let signatures = match object.remove("signatures") {
            None => vec![UnverifiedSignature::from_object(object)?],
            // Both forms in one are neither (section 7.2.2).
            Some(_) if ["signature", "protected", "header"].iter().any(|name| object.contains_key(*name)) => {
                return Err(JwsError::Malformed);
            }
            Some(Value::Array(list)) if (1..=MOST_SIGNATURES).contains(&list.len()) => readable(list)?,
            Some(_) => return Err(JwsError::Malformed),
        };
        Ok(Self { payload, signatures })
    }

    /// The signatures, to look for the signer's key.
    #[must_use]
    pub fn signatures(&self) -> &[UnverifiedSignature] {
        &self.signatures
    }

    /// The header of the first signature, which is the only one of a compact or flattened JWS.
    #[must_use]
    pub fn header_unverified(&self) -> Option<&Header> {
        self.signatures.first().map(UnverifiedSignature::header)
    }

    /// The payload before anything is checked.
    #[must_use]
    pub fn payload_unverified(&self) -> Vec<u8> {
        base64url::decode(&self.payload).unwrap_or_default()
    }

    /// The payload, if one of the signatures is this key's and as expected; with several signatures the others are not looked at.
    pub fn verify(&self, key: &Jwk, expected: &Expected<'_>) -> Result<VerifiedJws, JwsError> {
        let mut error = JwsError::Malformed;
        for signature in &self.signatures {
            match signature.verify(&self.payload, key, expected) {
                Ok(()) => {
                    let payload = base64url::decode(&self.payload).map_err(|_| JwsError::Malformed)?;
                    return Ok(VerifiedJws { header: signature.header.clone(), payload });
                }
                Err(refused) => error = refused,
            }
        }
        Err(error)
    }
}

impl UnverifiedSignature {
    /// The header, which is the sender's word.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The unprotected header, which nobody signs.
    #[must_use]
    pub const fn unprotected(&self) -> &Map<String, Value> {
        &self.unprotected
    }

    fn from_value(value: Value) -> Result<Self, JwsError> {
        match value {
            Value::Object(object) => Self::from_object(object),
            _ => Err(JwsError::Malformed),
        }
    }

    fn from_object(mut object: Map<String, Value>) -> Result<Self, JwsError> {
        let unprotected = match object.remove("header") {
            None => Map::new(),
            Some(Value::Object(unprotected)) => unprotected,
            Some(_) => return Err(JwsError::Malformed),
        };
        let protected = take_text(&mut object, "protected")?;
        let signature = take_text(&mut object, "signature")?;
        Self::read(&protected, &signature, unprotected)
    }

    fn read(protected: &str, signature: &str, unprotected: Map<String, Value>) -> Result<Self, JwsError> {
        let bytes = base64url::decode(protected).map_err(|_| JwsError::Malformed)?;
        let members = json::parse_object(&bytes).map_err(|_| JwsError::Header(HeaderError::Malformed))?;
        // What is signed cannot be said a second time where nobody signs; and the algorithm and `crit` belong under the signature
        // (sections 4, 4.1.11 and 10.7).
        let unsigned =
            |name: &String| members.contains_key(name) || matches!(name.as_str(), "alg" | "crit" | "b64");
        if unprotected.keys().any(unsigned) {
            return Err(JwsError::Header(HeaderError::Malformed));
        }
        Ok(Self {
            protected: protected.to_owned(),
            header: Header::from_object(members).map_err(JwsError::Header)?,
            unprotected,
            signature: base64url::decode_array(signature).map_err(|_| JwsError::Malformed)?,
        })
    }

    fn verify(&self, payload: &str, key: &Jwk, expected: &Expected<'_>) -> Result<(), JwsError> {
        if expected.typ.is_some_and(|typ| !self.header.is_typ(typ)) {
            return Err(JwsError::Typ);
        }
        if !expected.algorithms.contains(&self.header.alg) {
            return Err(JwsError::Algorithm);
        }
        let signing_input = format!("{}.{payload}", self.protected);
        let verified = key.verify(self.header.alg, signing_input.as_bytes(), &self.signature);
        verified.map_err(|error| match error {
            KeyUseError::NotForThis => JwsError::Key,
            KeyUseError::Signature => JwsError::Signature,
        })
    }
}

impl VerifiedJws {
    /// The header that was signed.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The payload.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    pub(crate) fn into_header(self) -> Header {
        self.header
    }
}

/// The signatures of an algorithm that is read here; among several there may be others, which count for nothing.
fn readable(list: Vec<Value>) -> Result<Vec<UnverifiedSignature>, JwsError> {
    let mut signatures = Vec::new();
    for value in list {
        match UnverifiedSignature::from_value(value) {
            Ok(signature) => signatures.push(signature),
            Err(JwsError::Header(HeaderError::Algorithm)) => {}
            Err(error) => return Err(error),
        }
    }
    if signatures.is_empty() { Err(JwsError::Header(HeaderError::Algorithm)) } else { Ok(signatures) }
}

/// The three parts of a compact serialization.
fn parts(compact: &str) -> Result<[&str; 3], JwsError> {
    if compact.len() > LARGEST {
        return Err(JwsError::TooLarge);
    }
    let mut parts = compact.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(payload), Some(signature), None) => Ok([header, payload, signature]),
        _ => Err(JwsError::Malformed),
    }
}

fn take_text(object: &mut Map<String, Value>, name: &str) -> Result<String, JwsError> {
    match object.remove(name) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(JwsError::Malformed),
    }
}
