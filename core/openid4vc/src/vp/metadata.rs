//! What a verifier says of itself: `client_metadata` of OpenID4VP 1.0 §5.1 and §11.

use crate::dcql::Format;
use crate::vp::client_id::Prefix;
use crate::vp::id_token::{ALGORITHM, SELF_SIGNED, SubjectSyntax};
use citizen_credential::integrity::Suite;
use citizen_jose::jwe::ContentEncryption;
use citizen_jose::{Jwk, KeyUse};
use citizen_primitives::Text;
use serde_json::{Map, Value, json};

/// The most keys that are looked at.
const MOST_KEYS: usize = 16;
/// The most names of suites and proofs.
const MOST_SUITES: usize = 64;
/// The one type of proof.
const PROOF: &str = "DataIntegrityProof";
/// The key agreement of encrypted responses.
pub(crate) const ECDH_ES: &str = "ECDH-ES";

/// What a verifier says of itself. Nobody has checked its name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VerifierMetadata {
    /// What it calls itself: a name that a screen can show (PRIM-5), or the request is refused.
    pub name: Option<Text>,
    /// Formats it takes; `None` if it does not say.
    pub formats: Option<Vec<String>>,
    /// The suites of Data Integrity proofs that it takes (B.1.3.2.3); `None` if it does not say.
    pub suites: Option<Vec<String>>,
    /// To whom a response is encrypted, and how; `None` if there is no key that is understood here.
    pub encryption: Option<(Jwk, ContentEncryption)>,
}

impl VerifierMetadata {
    /// Reads it. Unknown members, and keys that are of no use here, are passed over (RFC 7517 §5); `None` if what is known is malformed.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        let members = value.as_object()?;
        let name = match members.get("client_name") {
            None => None,
            Some(name) => Some(Text::new(name.as_str()?).ok()?),
        };
        let formats = match members.get("vp_formats_supported") {
            None => None,
            Some(formats) => Some(taken(formats.as_object()?)?),
        };
        let suites = match members.get("vp_formats_supported").and_then(|formats| formats.get(Format::LDP_VC))
        {
            None => None,
            Some(ldp) => names(ldp, "cryptosuite_values")?,
        };
        let enc = encryption(members)?;
        let keys = match members.get("jwks") {
            None => &[][..],
            Some(jwks) => jwks.get("keys")?.as_array()?,
        };
        let key = keys.iter().take(MOST_KEYS).find_map(encryption_key);
        Some(Self { name, formats, suites, encryption: key.zip(enc) })
    }
}

/// Names of formats. Data Integrity with other types of proof than the one that is made here is none of ours (B.1.3.2.3).
fn taken(formats: &Map<String, Value>) -> Option<Vec<String>> {
    let mut taken = Vec::new();
    for (name, value) in formats {
        let proofs = if name == Format::LDP_VC { names(value, "proof_type_values")? } else { None };
        if proofs.is_none_or(|proofs| proofs.iter().any(|kind| kind == PROOF)) {
            taken.push(name.clone());
        }
    }
    Some(taken)
}

/// A list of names that may be absent; the outer `None` if it is there and none.
fn names(value: &Value, name: &str) -> Option<Option<Vec<String>>> {
    let Some(list) = value.get(name) else { return Some(None) };
    let list = list.as_array().filter(|list| (1..=MOST_SUITES).contains(&list.len()))?;
    list.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<_>>().map(Some)
}

/// §8.3: with `alg`, and `use` that is absent or `enc`.
fn encryption_key(value: &Value) -> Option<Jwk> {
    let key = Jwk::from_value(value).ok()?;
    let for_encryption = matches!(key.usage, None | Some(KeyUse::Encryption));
    (for_encryption && key.alg.as_deref() == Some(ECDH_ES)).then_some(key)
}

/// The verifier's first that is understood here; A128GCM if it names none (§8.3). `Some(None)`: it names others.
fn encryption(members: &Map<String, Value>) -> Option<Option<ContentEncryption>> {
    let Some(values) = members.get("encrypted_response_enc_values_supported") else {
        return Some(Some(ContentEncryption::A128Gcm));
    };
    let values = values.as_array().filter(|values| !values.is_empty())?;
    let names: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
    Some(names?.into_iter().find_map(ContentEncryption::parse))
}

/// `vp_formats_supported` (§11.1, B.1.3.2.3, B.3.4), of those formats that are known here.
pub(crate) fn supported(formats: &[Format]) -> Value {
    let algorithms = ["ES256", "EdDSA"];
    let of = |format: &Format| match format {
        Format::SdJwtVc => Some(json!({ "sd-jwt_alg_values": algorithms, "kb-jwt_alg_values": algorithms })),
        Format::LdpVc => {
            Some(json!({ "proof_type_values": [PROOF], "cryptosuite_values": Suite::ALL.map(Suite::name) }))
        }
        _ => None,
    };
    let known = formats.iter().filter_map(|format| Some((format.identifier().to_owned(), of(format)?)));
    Value::Object(known.collect())
}

/// What the wallet can do (§10): sent to every verifier alike, so that it singles out nobody. It presents these formats, and knows verifiers by
/// these prefixes.
#[must_use]
pub fn wallet_metadata(formats: &[Format], prefixes: &[Prefix]) -> Value {
    let algorithms = json!(["ES256", "EdDSA"]);
    json!({
        "vp_formats_supported": supported(formats),
        "client_id_prefixes_supported": prefixes.iter().map(|prefix| prefix.name()).collect::<Vec<_>>(),
        "request_object_signing_alg_values_supported": algorithms,
        "authorization_encryption_alg_values_supported": ["ECDH-ES"],
        "authorization_encryption_enc_values_supported": ["A128GCM", "A256GCM"],
        "response_types_supported": ["vp_token", "vp_token id_token", "id_token"],
        "id_token_types_supported": [SELF_SIGNED],
        "subject_syntax_types_supported": SubjectSyntax::ALL.map(SubjectSyntax::name),
        "id_token_signing_alg_values_supported": [ALGORITHM.name()],
        "response_modes_supported": ["direct_post", "direct_post.jwt"],
    })
}
