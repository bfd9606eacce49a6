//! The forms of an SD-JWT: compact (RFC 9901, 4), flattened and general JSON (8).

use super::disclosure::Disclosure;
use super::rule::{Rule, SdJwtError};
use citizen_jose::{Header, HeaderError, JwsError, UnverifiedJws, json};
use serde_json::{Map, Value};

const DISCLOSURES: &str = "disclosures";
const KEY_BINDING: &str = "kb_jwt";

/// In which form an SD-JWT was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JWT and disclosures with tildes between.
    Compact,
    /// JWS JSON serialization, one signature or several.
    Json,
}

/// An SD-JWT, with or without key binding, as a stranger sent it. Its claims are out of reach until it is verified, or a holder accepts it.
#[derive(Clone)]
pub struct UnverifiedSdJwt {
    pub(super) jws: UnverifiedJws,
    /// The issuer's JWT with its first signature, in compact form: what `sd_hash` is over in every form (8.1).
    pub(super) jwt: String,
    pub(super) disclosures: Vec<Disclosure>,
    pub(super) key_binding: Option<String>,
    form: Form,
}

/// What it says is the holder's to show.
impl std::fmt::Debug for UnverifiedSdJwt {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "UnverifiedSdJwt({:?}, {} disclosures)", self.form, self.disclosures.len())
    }
}

impl UnverifiedSdJwt {
    /// Reads any form: an object is JSON, anything else compact. White space around it is no part of it.
    pub fn parse(text: &str) -> Result<Self, SdJwtError> {
        let text = text.trim();
        if text.starts_with('{') { Self::parse_json(text) } else { Self::parse_compact(text) }
    }

    /// Reads the compact form (SDJWT-1).
    pub fn parse_compact(text: &str) -> Result<Self, SdJwtError> {
        let (jwt, rest) = text.split_once('~').ok_or(Rule::Parts)?;
        let (disclosures, key_binding) = match rest.rsplit_once('~') {
            Some((disclosures, last)) => (disclosures.split('~').collect(), last),
            None => (Vec::new(), rest),
        };
        if jwt.is_empty() || disclosures.iter().any(|disclosure| disclosure.is_empty()) {
            return Err(Rule::Parts.into());
        }
        Ok(Self {
            jws: UnverifiedJws::parse(jwt).map_err(jwt_rule)?,
            jwt: jwt.to_owned(),
            disclosures: disclosures.into_iter().map(Disclosure::parse).collect::<Result<_, _>>()?,
            key_binding: (!key_binding.is_empty()).then(|| key_binding.to_owned()),
            form: Form::Compact,
        })
    }

    /// Reads the flattened or the general JSON serialization (SDJWT-38, SDJWT-39).
    ///
    /// Drafts before the RFC, and programs that still follow them, put `disclosures` and `kb_jwt` beside the headers: there they are
    /// read if no unprotected header has them.
    pub fn parse_json(text: &str) -> Result<Self, SdJwtError> {
        let object = json::parse_object(text.as_bytes()).map_err(|_| Rule::JsonForm)?;
        let mut headers = unprotected_headers(&object)?.into_iter();
        let first = headers.next().flatten();
        if headers.flatten().any(has_own) {
            return Err(Rule::JsonHeaders.into());
        }
        let source = first.filter(|header| has_own(header)).unwrap_or(&object);
        let disclosures = texts(source.get(DISCLOSURES))?;
        let disclosures = disclosures.into_iter().map(Disclosure::parse).collect::<Result<_, _>>()?;
        let key_binding = match source.get(KEY_BINDING) {
            None => None,
            Some(Value::String(token)) => Some(token.clone()),
            Some(_) => return Err(Rule::JsonForm.into()),
        };
        let jwt = first_in_compact_form(&object)?;
        let jws = UnverifiedJws::from_object(object).map_err(|error| match jwt_rule(error) {
            Rule::Jwt => Rule::JsonForm,
            rule => rule,
        })?;
        if jws.signatures().iter().any(|signature| has_own(&signature.header().extra)) {
            return Err(Rule::JsonHeaders.into());
        }
        Ok(Self { jws, jwt, disclosures, key_binding, form: Form::Json })
    }

    /// The form it was sent in.
    #[must_use]
    pub const fn form(&self) -> Form {
        self.form
    }

    /// The header of the issuer's JWT, which is the sender's word: to look for the issuer's key.
    #[must_use]
    pub fn header_unverified(&self) -> Option<&Header> {
        self.jws.header_unverified()
    }

    /// The payload before anything is checked, its digests not resolved: to look for the issuer's key.
    pub fn payload_unverified(&self) -> Result<Map<String, Value>, SdJwtError> {
        json::parse_object(&self.jws.payload_unverified()).map_err(|_| Rule::Jwt.into())
    }

    /// Whether it came with a key binding JWT.
    #[must_use]
    pub const fn has_key_binding(&self) -> bool {
        self.key_binding.is_some()
    }

    /// The compact form without key binding: what `sd_hash` is over.
    pub(super) fn bound_text(&self) -> String {
        compact(&self.jwt, &self.disclosures)
    }
}

/// `<JWT>~<disclosure>~…~`.
pub(super) fn compact(jwt: &str, disclosures: &[Disclosure]) -> String {
    let mut text = format!("{jwt}~");
    for disclosure in disclosures {
        text.push_str(disclosure.as_str());
        text.push('~');
    }
    text
}

/// The flattened form.
pub(super) fn flattened(
    jwt: &str,
    disclosures: &[Disclosure],
    key_binding: Option<&str>,
) -> Result<Value, JwsError> {
    let texts: Vec<Value> = disclosures.iter().map(|disclosure| Value::from(disclosure.as_str())).collect();
    let mut header = Map::from_iter([(DISCLOSURES.to_owned(), Value::Array(texts))]);
    if let Some(token) = key_binding {
        header.insert(KEY_BINDING.to_owned(), Value::from(token));
    }
    citizen_jose::jws::to_flattened(jwt, header)
}

/// The rule that a JWS breaks that is not read.
pub(super) const fn jwt_rule(error: JwsError) -> Rule {
    match error {
        JwsError::Header(HeaderError::Algorithm) | JwsError::Algorithm => Rule::Algorithm,
        JwsError::Signature | JwsError::Key => Rule::Signature,
        JwsError::Typ => Rule::Type,
        _ => Rule::Jwt,
    }
}

fn has_own(header: &Map<String, Value>) -> bool {
    header.contains_key(DISCLOSURES) || header.contains_key(KEY_BINDING)
}

/// The unprotected headers, one place for each signature.
fn unprotected_headers(object: &Map<String, Value>) -> Result<Vec<Option<&Map<String, Value>>>, Rule> {
    let Some(signatures) = object.get("signatures") else { return Ok(vec![header(object.get("header"))?]) };
    let signatures = signatures.as_array().ok_or(Rule::JsonForm)?;
    signatures.iter().map(|signature| header(signature.get("header"))).collect()
}

fn header(value: Option<&Value>) -> Result<Option<&Map<String, Value>>, Rule> {
    value.map(|header| header.as_object().ok_or(Rule::JsonForm)).transpose()
}

fn texts(list: Option<&Value>) -> Result<Vec<&str>, Rule> {
    let Some(list) = list else { return Ok(Vec::new()) };
    let list = list.as_array().ok_or(Rule::JsonForm)?;
    list.iter().map(|text| text.as_str().ok_or(Rule::JsonForm)).collect()
}

fn first_in_compact_form(object: &Map<String, Value>) -> Result<String, Rule> {
    let signature = match object.get("signatures") {
        Some(signatures) => signatures.get(0).and_then(Value::as_object).ok_or(Rule::JsonForm)?,
        None => object,
    };
    let text = |from: &Map<String, Value>, name: &str| {
        from.get(name).and_then(Value::as_str).map(str::to_owned).ok_or(Rule::JsonForm)
    };
    let (protected, payload) = (text(signature, "protected")?, text(object, "payload")?);
    Ok(format!("{protected}.{payload}.{}", text(signature, "signature")?))
}
