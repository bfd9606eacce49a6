//! The authorization request: OpenID4VP 1.0 §5.1 to §5.4.

use crate::dcql::{Format, Query};
use crate::http::{Endpoint, Reach};
use crate::vp::client_id::{ClientId, Prefix};
use crate::vp::error::{ErrorCode, RequestError};
use crate::vp::id_token::SignInRequest;
use crate::vp::identity::Addresses;
use crate::vp::metadata::VerifierMetadata;
use crate::vp::response::Reply;
use crate::vp::transaction::{TransactionData, TransactionType};
use citizen_credential::integrity::Suite;
use citizen_jose::json;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How the answer is sent (§8.2, §8.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResponseMode {
    /// `direct_post`: a form.
    DirectPost,
    /// `direct_post.jwt`: a form with an encrypted token.
    DirectPostJwt,
}

impl ResponseMode {
    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DirectPost => "direct_post",
            Self::DirectPostJwt => "direct_post.jwt",
        }
    }

    fn of(value: Option<&Value>) -> Option<Self> {
        [Self::DirectPost, Self::DirectPostJwt].into_iter().find(|mode| value == Some(&mode.name().into()))
    }
}

/// What the answer is to have in it (§8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ResponseType {
    pub(crate) presentations: bool,
    pub(crate) id_token: bool,
}

impl ResponseType {
    /// The words on the wire.
    pub(crate) const fn name(self) -> &'static str {
        match (self.presentations, self.id_token) {
            (true, true) => "vp_token id_token",
            (false, true) => "id_token",
            (_, false) => "vp_token",
        }
    }

    /// Words in any order, each once (RFC 6749, section 3.1.1).
    fn of(value: Option<&Value>) -> Option<Self> {
        let words: Vec<&str> = value?.as_str()?.split(' ').collect();
        let has = |word| words.contains(&word);
        let found = Self { presentations: has("vp_token"), id_token: has("id_token") };
        let count = usize::from(found.presentations).saturating_add(usize::from(found.id_token));
        (words.len() == count).then_some(found)
    }
}

/// A request that no rule refuses.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: ClientId,
    /// What the answer is bound to.
    pub nonce: String,
    /// What is asked for; [`Query::nothing`] where an ID token alone is.
    pub query: Query,
    /// Whether the citizen is to sign in.
    pub sign_in: Option<SignInRequest>,
    /// What the citizen is asked to authorise.
    pub transactions: Vec<TransactionData>,
    /// What the verifier says of itself.
    pub metadata: VerifierMetadata,
    /// How the answer is sent.
    pub mode: ResponseMode,
}

/// Why a request is not answered with a presentation.
pub(crate) enum Rejection {
    /// Nobody is told.
    Silent(RequestError),
    /// The verifier is told.
    Tell(Box<Reply>, ErrorCode),
}

/// Parameters that are objects; in a link they are JSON texts (§5.1).
const OBJECTS: [&str; 4] = ["dcql_query", "client_metadata", "transaction_data", "verifier_info"];

/// The parameters of a link, as they would stand in a request object.
pub(crate) fn of_link(parameters: &BTreeMap<String, String>) -> Map<String, Value> {
    let value = |name: &str, text: &str| match json::parse(text.as_bytes()) {
        Ok(value) if OBJECTS.contains(&name) => value,
        _ => Value::from(text),
    };
    parameters.iter().map(|(name, text)| (name.clone(), value(name, text))).collect()
}

/// What the wallet is like, as far as a request is judged by it.
pub(crate) struct Policy<'a> {
    pub(crate) reach: Reach,
    /// Transactions that it can show.
    pub(crate) transactions: &'a [TransactionType],
    /// Formats that it presents.
    pub(crate) formats: &'a [Format],
}

/// Reads a request whose sender is proved, or who is only an address.
pub(crate) fn read(
    claims: &Map<String, Value>,
    client: &ClientId,
    addresses: &Addresses,
    policy: &Policy<'_>,
) -> Result<(AuthorizationRequest, Reply), Rejection> {
    let mut reply = reply(claims, client, addresses, policy.reach).map_err(Rejection::Silent)?;
    match content(claims, client, policy, &mut reply) {
        Ok(request) => Ok((request, reply)),
        Err(code) => Err(Rejection::Tell(Box::new(reply), code)),
    }
}

/// Where an answer goes, if that is the verifier's own address.
fn reply(
    claims: &Map<String, Value>,
    client: &ClientId,
    addresses: &Addresses,
    reach: Reach,
) -> Result<Reply, RequestError> {
    ResponseMode::of(claims.get("response_mode")).ok_or(RequestError::ResponseUri)?;
    let text = match claims.get("response_uri") {
        Some(uri) => uri.as_str(),
        None if client.prefix() == Prefix::RedirectUri => Some(client.identifier()),
        None => None,
    };
    let to = Endpoint::parse(text.ok_or(RequestError::ResponseUri)?, reach)
        .map_err(|_| RequestError::ResponseUri)?;
    if !addresses.allow(&to) {
        return Err(RequestError::ResponseUri);
    }
    let state = claims.get("state").and_then(Value::as_str).filter(|state| is_url_safe(state));
    Ok(Reply { to, state: state.map(str::to_owned), encryption: None })
}

/// **VP-5** What §5.1 and §5.2 require of a request.
fn content(
    claims: &Map<String, Value>,
    client: &ClientId,
    policy: &Policy<'_>,
    reply: &mut Reply,
) -> Result<AuthorizationRequest, ErrorCode> {
    let invalid = ErrorCode::InvalidRequest;
    let metadata = match claims.get("client_metadata") {
        None => VerifierMetadata::default(),
        Some(value) => VerifierMetadata::from_value(value).ok_or(invalid)?,
    };
    let mode = ResponseMode::of(claims.get("response_mode")).ok_or(invalid)?;
    if mode == ResponseMode::DirectPostJwt {
        reply.encryption = Some(metadata.encryption.clone().ok_or(invalid)?);
    }
    let forbidden = ["redirect_uri", "request", "request_uri"];
    if forbidden.iter().any(|name| claims.contains_key(*name))
        || claims.contains_key("state") != reply.state.is_some()
    {
        return Err(invalid);
    }
    let response_type = ResponseType::of(claims.get("response_type")).ok_or(invalid)?;
    let sign_in = response_type.id_token.then(|| SignInRequest::read(claims, client)).transpose()?;
    let nonce =
        claims.get("nonce").and_then(Value::as_str).filter(|nonce| is_url_safe(nonce)).ok_or(invalid)?;
    let query = match claims.get("dcql_query") {
        Some(query) if response_type.presentations => Query::from_value(query).map_err(|_| invalid)?,
        None if !response_type.presentations => Query::nothing(),
        _ => return Err(invalid),
    };
    let unbound = query.credentials().iter().any(|asked| !asked.holder_binding);
    if unbound && reply.state.is_none() {
        return Err(invalid);
    }
    if response_type.presentations {
        check_formats(&query, &metadata, policy.formats)?;
    }
    let transactions = match claims.get("transaction_data") {
        None => Vec::new(),
        Some(value) => TransactionData::read(value, policy.transactions, &query)
            .ok_or(ErrorCode::InvalidTransactionData)?,
    };
    Ok(AuthorizationRequest {
        client_id: client.clone(),
        nonce: nonce.to_owned(),
        query,
        sign_in,
        transactions,
        metadata,
        mode,
    })
}

/// Something must be asked for in a format that the wallet presents and the verifier takes; of Data Integrity, with a suite that is known here.
fn check_formats(query: &Query, metadata: &VerifierMetadata, ours: &[Format]) -> Result<(), ErrorCode> {
    let is_taken = |format: &Format| {
        let named = |names: &Vec<String>| names.iter().any(|name| name == format.identifier());
        let suite = |names: &Vec<String>| names.iter().any(|name| Suite::of(name).is_some());
        metadata.formats.as_ref().is_none_or(named)
            && (*format != Format::LdpVc || metadata.suites.as_ref().is_none_or(suite))
    };
    let mut asked = query.credentials().iter().map(|credential| &credential.format);
    if asked.any(|format| ours.contains(format) && is_taken(format)) {
        Ok(())
    } else {
        Err(ErrorCode::VpFormatsNotSupported)
    }
}

/// §5.2: ASCII characters that need no encoding in a URL.
pub(crate) fn is_url_safe(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    (1..=1024).contains(&text.len()) && text.chars().all(allowed)
}
