//! What issuer and authorization server say of themselves: OpenID4VCI 1.0 §12.2, RFC 8414.

use crate::dcql::Format;
use crate::http::{Endpoint, Reach};
use crate::vci::definition::CredentialDefinition;
use crate::vci::display::{ClaimNames, Names};
use crate::vci::proof::KeyName;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The most configurations of an issuer.
const MOST: usize = 256;
/// The most proofs that are sent in one request.
pub const LARGEST_BATCH: usize = 64;

/// What is known of a credential that an issuer issues.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigurationMetadata {
    /// `dc+sd-jwt` and others.
    pub format: String,
    /// Its type, `vct`.
    pub vct: Option<String>,
    /// What it is as a W3C credential with Data Integrity; always there if `format` is `ldp_vc`.
    pub definition: Option<CredentialDefinition>,
    /// What it is signed with: algorithms, or suites of Data Integrity (A.1.2.2); empty if it does not say.
    pub signed_by: Vec<String>,
    /// The scope that asks for it.
    pub scope: Option<String>,
    /// The algorithms of key proofs of type `jwt`; `None` if it is bound to no key.
    pub proof_algorithms: Option<Vec<String>>,
    /// How such a proof names its key: the wallet's first choice of those that the issuer takes; `None` if it takes others.
    pub key_name: Option<KeyName>,
    /// Whether a proof needs a key attestation, which is not made here.
    pub needs_attestation: bool,
    /// What the issuer calls it.
    pub names: Option<Names>,
    /// What the issuer calls its claims.
    pub claims: Vec<ClaimNames>,
}

/// What an issuer says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct IssuerMetadata {
    /// Who it is.
    pub issuer: Endpoint,
    /// The authorization servers it relies on; itself if none.
    pub servers: Vec<String>,
    /// Where credentials are asked for.
    pub credential: Endpoint,
    /// Where nonces are had.
    pub nonce: Option<Endpoint>,
    /// Where deferred credentials are asked for.
    pub deferred: Option<Endpoint>,
    /// Where it wants to hear what became of them.
    pub notification: Option<Endpoint>,
    /// How many credentials come at once.
    pub batch: usize,
    /// Whether it insists on encryption beyond TLS, which is not made here.
    pub needs_encryption: bool,
    /// What it issues.
    pub configurations: BTreeMap<String, ConfigurationMetadata>,
    /// What it calls itself.
    pub names: Option<Names>,
}

/// What an authorization server says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerMetadata {
    /// Who it is.
    pub issuer: String,
    /// Where tokens are had.
    pub token: Endpoint,
    /// Where the citizen signs in.
    pub authorization: Option<Endpoint>,
    /// Where requests are pushed (RFC 9126).
    pub pushed: Option<Endpoint>,
    /// Whether it binds tokens to an ES256 key (RFC 9449 §5.1).
    pub dpop: bool,
    /// Whether it names itself in its authorization responses (RFC 9207).
    pub names_itself: bool,
}

/// Where an issuer's or a server's metadata is: the well-known path between host and path (§12.2.2; RFC 8414 §3).
#[must_use]
pub fn well_known(issuer: &Endpoint, name: &str, reach: Reach) -> Option<Endpoint> {
    let text = format!("{}/.well-known/{name}{}", issuer.origin(), issuer.path());
    Endpoint::parse(&text, reach).ok()
}

impl IssuerMetadata {
    /// **VCI-2** Reads it; `None` if it breaks a rule or is that of another issuer than was asked for.
    #[must_use]
    pub fn from_value(value: &Map<String, Value>, asked: &Endpoint, reach: Reach) -> Option<Self> {
        if value.get("credential_issuer")?.as_str()? != asked.as_str() {
            return None;
        }
        let required = |name: &str| {
            value
                .get(name)
                .and_then(|part| part.get("encryption_required"))
                .is_some_and(|needed| *needed == true)
        };
        let endpoint = |name: &str| endpoint(value, name, reach);
        Some(Self {
            issuer: asked.clone(),
            servers: servers(value)?,
            credential: endpoint("credential_endpoint")??,
            nonce: endpoint("nonce_endpoint")?,
            deferred: endpoint("deferred_credential_endpoint")?,
            notification: endpoint("notification_endpoint")?,
            batch: batch(value)?,
            needs_encryption: required("credential_request_encryption")
                || required("credential_response_encryption"),
            configurations: configurations(value.get("credential_configurations_supported")?)?,
            names: value.get("display").and_then(Names::from_value),
        })
    }
}

impl ServerMetadata {
    /// Reads it; `None` if it breaks a rule or is that of another server than was asked for (RFC 8414 §3.3).
    #[must_use]
    pub fn from_value(value: &Map<String, Value>, asked: &str, reach: Reach) -> Option<Self> {
        if value.get("issuer")?.as_str()? != asked {
            return None;
        }
        let algorithms = value.get("dpop_signing_alg_values_supported").and_then(Value::as_array);
        let named = value.get("authorization_response_iss_parameter_supported");
        Some(Self {
            issuer: asked.to_owned(),
            token: endpoint(value, "token_endpoint", reach)??,
            authorization: endpoint(value, "authorization_endpoint", reach)?,
            pushed: endpoint(value, "pushed_authorization_request_endpoint", reach)?,
            dpop: algorithms.is_some_and(|list| list.iter().any(|name| name == "ES256")),
            names_itself: named.is_some_and(|named| *named == true),
        })
    }
}

/// An address that may be absent; the outer `None` if it is there and none.
fn endpoint(value: &Map<String, Value>, name: &str, reach: Reach) -> Option<Option<Endpoint>> {
    match value.get(name) {
        None => Some(None),
        Some(text) => Endpoint::parse(text.as_str()?, reach).ok().map(Some),
    }
}

fn servers(value: &Map<String, Value>) -> Option<Vec<String>> {
    let Some(list) = value.get("authorization_servers") else { return Some(Vec::new()) };
    let list = list.as_array().filter(|list| (1..=16).contains(&list.len()))?;
    list.iter().map(|server| server.as_str().map(str::to_owned)).collect()
}

fn batch(value: &Map<String, Value>) -> Option<usize> {
    let Some(batch) = value.get("batch_credential_issuance") else { return Some(1) };
    let size = usize::try_from(batch.get("batch_size")?.as_u64()?).ok()?;
    (size >= 2).then_some(size.min(LARGEST_BATCH))
}

fn configurations(value: &Value) -> Option<BTreeMap<String, ConfigurationMetadata>> {
    let object = value.as_object().filter(|object| object.len() <= MOST)?;
    object.iter().map(|(name, value)| Some((name.clone(), configuration(value)?))).collect()
}

fn configuration(value: &Value) -> Option<ConfigurationMetadata> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let shown = value.get("credential_metadata");
    let part = |name: &str| shown.and_then(|shown| shown.get(name));
    let proof = value.get("proof_types_supported");
    let jwt = proof.and_then(|types| types.get("jwt"));
    let names = |list: &Value| -> Option<Vec<String>> {
        list.as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect()
    };
    let proof_algorithms = match (proof, jwt) {
        (None, _) => None,
        (Some(_), None) => Some(Vec::new()),
        (Some(_), Some(jwt)) => Some(names(jwt.get("proof_signing_alg_values_supported")?)?),
    };
    let format = text("format")?;
    // VCI-15
    let definition = match Format::of(&format) {
        Format::LdpVc => Some(CredentialDefinition::from_value(value.get("credential_definition")?)?),
        _ => None,
    };
    Some(ConfigurationMetadata {
        format,
        vct: text("vct"),
        definition,
        signed_by: value.get("credential_signing_alg_values_supported").and_then(names).unwrap_or_default(),
        scope: text("scope"),
        proof_algorithms,
        key_name: match value.get("cryptographic_binding_methods_supported").map(names) {
            None => Some(KeyName::Jwk),
            Some(said) => {
                let said = said?;
                KeyName::ALL.into_iter().find(|name| said.iter().any(|word| word == name.name()))
            }
        },
        needs_attestation: jwt.is_some_and(|jwt| jwt.get("key_attestations_required").is_some()),
        names: part("display").and_then(Names::from_value),
        claims: ClaimNames::of_list(part("claims")),
    })
}
