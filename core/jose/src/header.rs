//! The protected header of a JWS (RFC 7515, section 4).

use crate::algorithm::Algorithm;
use crate::json;
use crate::jwk::Jwk;
use crate::x5c::CertificateChain;
use serde_json::{Map, Value};

/// A header. What stands in it is the sender's word: no key in it is believed because it is there (JOSE-7).
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// The algorithm.
    pub alg: Algorithm,
    /// What the whole is: `dc+sd-jwt`, `kb+jwt`, …
    pub typ: Option<String>,
    /// Which of the signer's keys.
    pub kid: Option<String>,
    /// The signer's certificates.
    pub x5c: Option<CertificateChain>,
    /// The signer's key.
    pub jwk: Option<Jwk>,
    /// All other members.
    pub extra: Map<String, Value>,
}

/// Why a header is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Not a JSON object, a name twice in it, a member of the wrong type.
    #[error("no header")]
    Malformed,
    /// `none`, a shared secret, RSA, another curve, or no algorithm at all (JOSE-1).
    #[error("an algorithm other than ES256 and EdDSA")]
    Algorithm,
    /// It asks for an extension to be understood, and none is (JOSE-8).
    #[error("an extension that is not understood")]
    Critical,
    /// Its key is none that is read here, or a private one.
    #[error("no public key in `jwk`")]
    Key,
    /// Its chain is none that is read here.
    #[error("no certificates in `x5c`")]
    Certificates,
}

impl Header {
    /// A header that names its algorithm alone.
    #[must_use]
    pub fn new(alg: Algorithm) -> Self {
        Self { alg, typ: None, kid: None, x5c: None, jwk: None, extra: Map::new() }
    }

    /// With the type of the whole.
    #[must_use]
    pub fn with_typ(mut self, typ: &str) -> Self {
        self.typ = Some(typ.to_owned());
        self
    }

    /// With the name of the signer's key.
    #[must_use]
    pub fn with_kid(mut self, kid: &str) -> Self {
        self.kid = Some(kid.to_owned());
        self
    }

    /// With the signer's key.
    #[must_use]
    pub fn with_jwk(mut self, jwk: Jwk) -> Self {
        self.jwk = Some(jwk);
        self
    }

    /// With the signer's certificates.
    #[must_use]
    pub fn with_x5c(mut self, chain: CertificateChain) -> Self {
        self.x5c = Some(chain);
        self
    }

    /// Reads the header's JSON text.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        Self::from_object(json::parse_object(bytes).map_err(|_| HeaderError::Malformed)?)
    }

    /// Reads the header's members.
    pub fn from_object(mut members: Map<String, Value>) -> Result<Self, HeaderError> {
        check_extensions(&members)?;
        let alg = take_text(&mut members, "alg")?.ok_or(HeaderError::Algorithm)?;
        let jwk = members.remove("jwk").map(|jwk| Jwk::from_value(&jwk)).transpose();
        let x5c = members.remove("x5c").map(|x5c| CertificateChain::from_value(&x5c)).transpose();
        Ok(Self {
            alg: Algorithm::parse(&alg).map_err(|_| HeaderError::Algorithm)?,
            typ: take_text(&mut members, "typ")?,
            kid: take_text(&mut members, "kid")?,
            x5c: x5c.map_err(|_| HeaderError::Certificates)?,
            jwk: jwk.map_err(|_| HeaderError::Key)?,
            extra: members,
        })
    }

    /// The header as JSON. A member of `extra` cannot stand for one that has its own field.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let Self { alg, typ, kid, x5c, jwk, extra } = self;
        let mut members = extra.clone();
        members.insert("alg".to_owned(), Value::from(alg.name()));
        let own = [
            ("typ", typ.as_deref().map(Value::from)),
            ("kid", kid.as_deref().map(Value::from)),
            ("x5c", x5c.as_ref().map(CertificateChain::to_value)),
            ("jwk", jwk.as_ref().map(Jwk::to_value)),
        ];
        for (name, value) in own {
            match value {
                Some(value) => drop(members.insert(name.to_owned(), value)),
                None => drop(members.remove(name)),
            }
        }
        Value::Object(members)
    }

    /// Whether `typ` says this: letter case does not count, and `application/` may be left out (RFC 7515, section 4.1.9).
    #[must_use]
    pub fn is_typ(&self, wanted: &str) -> bool {
        self.typ.as_deref().is_some_and(|typ| media_type(typ) == media_type(wanted))
    }
}

/// No extension is understood here, so whoever asks for one is refused; `b64` (RFC 7797) changes what is signed, and without `crit` too.
fn check_extensions(members: &Map<String, Value>) -> Result<(), HeaderError> {
    let encodes_otherwise = members.get("b64").is_some_and(|b64| *b64 != Value::Bool(true));
    if members.contains_key("crit") || encodes_otherwise { Err(HeaderError::Critical) } else { Ok(()) }
}

fn media_type(typ: &str) -> String {
    let typ = typ.to_ascii_lowercase();
    match typ.strip_prefix("application/") {
        Some(short) if !short.contains('/') => short.to_owned(),
        _ => typ,
    }
}

pub(crate) fn take_text(members: &mut Map<String, Value>, name: &str) -> Result<Option<String>, HeaderError> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(HeaderError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<Header, HeaderError> {
        Header::parse(value.to_string().as_bytes())
    }

    #[test]
    fn jose_1_a_header_without_an_algorithm_that_is_read_here_is_refused() {
        for alg in [json!("none"), json!("HS256"), json!("RS256"), json!("ES384")] {
            assert_eq!(read(json!({ "alg": alg })), Err(HeaderError::Algorithm), "{alg}");
        }
        assert_eq!(read(json!({})), Err(HeaderError::Algorithm));
        for alg in [json!(null), json!(["ES256"]), json!(1)] {
            assert_eq!(read(json!({ "alg": alg })), Err(HeaderError::Malformed), "{alg}");
        }
    }

    #[test]
    fn jose_8_no_extension_is_understood_and_none_is_passed_over() {
        for crit in [json!(["exp"]), json!(["b64"]), json!([]), json!("x"), json!(null)] {
            assert_eq!(read(json!({ "alg": "ES256", "crit": crit })), Err(HeaderError::Critical), "{crit}");
        }
        assert_eq!(read(json!({ "alg": "ES256", "b64": false })), Err(HeaderError::Critical));
        assert!(read(json!({ "alg": "ES256", "b64": true, "unknown": 1 })).is_ok());
    }

    #[test]
    fn jose_4_a_member_stands_once_in_a_header() {
        assert_eq!(Header::parse(br#"{"alg":"ES256","alg":"EdDSA"}"#), Err(HeaderError::Malformed));
        assert_eq!(
            Header::parse(br#"{"alg":"ES256","jwk":{"kty":"OKP","kty":"EC"}}"#),
            Err(HeaderError::Malformed)
        );
    }

    #[test]
    fn jose_5_a_private_key_in_a_header_is_refused() {
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" });
        assert_eq!(read(json!({ "alg": "EdDSA", "jwk": jwk })), Err(HeaderError::Key));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut header = Header::new(Algorithm::EdDsa).with_typ("kb+jwt").with_kid("카드-1");
        header.extra.insert("name".to_owned(), json!("\u{1112}\u{1169}\u{11bc} 길동"));
        assert_eq!(read(header.to_value()), Ok(header.clone()));
        // The fields rule.
        header.extra.insert("alg".to_owned(), json!("none"));
        header.extra.insert("jwk".to_owned(), json!("none"));
        assert_eq!(header.to_value()["alg"], "EdDSA");
        assert!(header.to_value().get("jwk").is_none());
    }

    #[test]
    fn the_type_is_compared_as_a_media_type() {
        let header = Header::new(Algorithm::EdDsa).with_typ("application/DC+sd-jwt");
        assert!(header.is_typ("dc+sd-jwt") && header.is_typ("application/dc+sd-jwt"));
        assert!(!header.is_typ("vc+sd-jwt") && !Header::new(Algorithm::EdDsa).is_typ("dc+sd-jwt"));
    }
}
