//! The issuer's side: OpenID4VCI 1.0 with the authorization server in the same hands. It keeps what is open in memory, bounded, and
//! calls nobody: whoever serves HTTP hands requests in, and decides who the citizen is and what is issued.

mod checks;

use crate::dpop::SeenProofs;
use crate::http::{self, Endpoint, HttpResponse, JSON, Reach};
use crate::vci::metadata::LARGEST_BATCH;
use crate::vci::offer::{
    AuthorizationGrant, CredentialOffer, PRE_AUTHORIZED, PreAuthorized, TransactionCode,
};
use citizen_jose::{Jwk, Thumbprint, base64url, json};
use citizen_primitives::random::{CryptoRng, generate_array};
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How often a transaction code may be wrong before the offer is void (§13.6.3).
const MOST_ATTEMPTS: u8 = 3;
/// How long codes of a sign-in and pushed requests live.
const SHORT: Seconds = Seconds::new(120);
/// How long a key proof's nonce lives.
const NONCE_LIFE: Seconds = Seconds::new(300);

/// A credential that is issued here.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// Its name.
    pub name: String,
    /// Its type.
    pub vct: String,
    /// What is shown of it: `credential_metadata` (§12.2.4).
    pub metadata: Value,
}

/// The issuer.
#[derive(Debug, Clone, PartialEq)]
pub struct IssuerConfig {
    /// Its identifier; every endpoint is below it.
    pub issuer: Endpoint,
    /// Which addresses it has: plain `http` on the machine itself in a sandbox.
    pub reach: Reach,
    /// What it issues.
    pub configurations: Vec<Configuration>,
    /// Keys of one request, and so credentials.
    pub batch: usize,
    /// How long an offer lives, and how long an access token.
    pub offer_life: Seconds,
    /// How long an access token lives.
    pub token_life: Seconds,
    /// Addresses where a browser may be sent back to with a code.
    pub redirect_uris: Vec<String>,
}

/// What came in.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The `DPoP` header.
    pub dpop: Option<&'a str>,
    /// The body.
    pub body: &'a str,
}

/// What is asked for at the credential endpoint.
#[derive(Debug)]
pub enum CredentialCall {
    /// Nothing to issue: answer this.
    Answer(HttpResponse),
    /// This is to be issued, once to each key: [`Issuer::issued`], [`Issuer::defer`] or [`Issuer::deny`] make the answer.
    Issue(IssueOrder),
}

/// Something to issue.
#[derive(Debug, Clone, PartialEq)]
pub struct IssueOrder {
    /// To whom, as the issuer named her when it made the offer or she signed in.
    pub subject: String,
    /// What.
    pub configuration: String,
    /// The keys that she proved to have.
    pub keys: Vec<Jwk>,
    token: String,
}

/// What a deferred credential waits for.
#[derive(Debug, Clone, PartialEq)]
struct Deferred {
    order: IssueOrder,
    interval: Seconds,
}

struct Grant {
    subject: String,
    configurations: Vec<String>,
    transaction_code: Option<String>,
    attempts: u8,
    until: UnixTime,
}

struct Pushed {
    client_id: String,
    redirect_uri: String,
    state: Option<String>,
    challenge: String,
    configurations: Vec<String>,
    until: UnixTime,
}

struct Code {
    pushed: Pushed,
    subject: String,
}

struct Token {
    key: Thumbprint,
    client: Option<String>,
    subject: String,
    configurations: Vec<String>,
    until: UnixTime,
}

/// An issuer with all that is open.
pub struct Issuer {
    config: IssuerConfig,
    grants: BTreeMap<String, Grant>,
    pushed: BTreeMap<String, Pushed>,
    codes: BTreeMap<String, Code>,
    tokens: BTreeMap<String, Token>,
    nonces: BTreeMap<String, UnixTime>,
    deferred: BTreeMap<String, Deferred>,
    notifications: BTreeMap<String, (String, Option<String>)>,
    dpop_nonce: (String, UnixTime),
    previous_dpop_nonce: String,
    seen: SeenProofs,
}

impl Issuer {
    /// The most of anything that is open at once.
    pub const MOST: usize = 100_000;

    /// An issuer with nothing open.
    #[must_use]
    pub fn new(config: IssuerConfig, now: UnixTime, rng: &mut dyn CryptoRng) -> Self {
        Self {
            config,
            grants: BTreeMap::new(),
            pushed: BTreeMap::new(),
            codes: BTreeMap::new(),
            tokens: BTreeMap::new(),
            nonces: BTreeMap::new(),
            deferred: BTreeMap::new(),
            notifications: BTreeMap::new(),
            dpop_nonce: (fresh(rng), now),
            previous_dpop_nonce: fresh(rng),
            seen: SeenProofs::default(),
        }
    }

    /// §12.2: `/.well-known/openid-credential-issuer`.
    #[must_use]
    pub fn metadata(&self) -> Value {
        let algorithms = json!(["ES256", "EdDSA"]);
        let one = |one: &Configuration| {
            let value = json!({
                "format": "dc+sd-jwt", "vct": one.vct, "credential_metadata": one.metadata,
                "cryptographic_binding_methods_supported": ["jwk"],
                "credential_signing_alg_values_supported": algorithms,
                "proof_types_supported": { "jwt": { "proof_signing_alg_values_supported": algorithms } },
            });
            (one.name.clone(), value)
        };
        let supported: Map<String, Value> = self.config.configurations.iter().map(one).collect();
        let mut metadata = json!({
            "credential_issuer": self.config.issuer.as_str(),
            "credential_endpoint": self.address("credential"), "nonce_endpoint": self.address("nonce"),
            "deferred_credential_endpoint": self.address("deferred"),
            "notification_endpoint": self.address("notification"),
            "credential_configurations_supported": supported,
        });
        if let (true, Some(members)) = (self.config.batch >= 2, metadata.as_object_mut()) {
            members.insert("batch_credential_issuance".to_owned(), json!({ "batch_size": self.batch() }));
        }
        metadata
    }

    /// RFC 8414: `/.well-known/oauth-authorization-server`.
    #[must_use]
    pub fn server_metadata(&self) -> Value {
        json!({
            "issuer": self.config.issuer.as_str(), "token_endpoint": self.address("token"),
            "authorization_endpoint": self.address("authorize"),
            "pushed_authorization_request_endpoint": self.address("par"),
            "require_pushed_authorization_requests": true, "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", PRE_AUTHORIZED],
            "code_challenge_methods_supported": ["S256"], "dpop_signing_alg_values_supported": ["ES256", "EdDSA"],
            "authorization_response_iss_parameter_supported": true,
            "pre-authorized_grant_anonymous_access_supported": true,
            "token_endpoint_auth_methods_supported": ["none"],
        })
    }

    /// Offers credentials to somebody whom the issuer knows already. With digits to type, that reach her another way; `None` if too
    /// much is open.
    pub fn offer(
        &mut self,
        subject: &str,
        configurations: &[&str],
        digits: Option<(usize, &str)>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Option<(CredentialOffer, Option<String>)> {
        self.sweep(now);
        if self.grants.len() >= Self::MOST {
            return None;
        }
        let code = fresh(rng);
        let typed = digits.map(|(count, _)| random_digits(count, rng));
        let configurations: Vec<String> = configurations.iter().map(|name| (*name).to_owned()).collect();
        let grant = Grant {
            subject: subject.to_owned(),
            configurations: configurations.clone(),
            transaction_code: typed.clone(),
            attempts: 0,
            until: now.plus(self.config.offer_life),
        };
        self.grants.insert(code.clone(), grant);
        let transaction_code = digits.zip(typed.as_ref()).map(|((_, words), typed)| TransactionCode {
            numeric: true,
            length: Some(typed.len()),
            description: Some(words.to_owned()),
        });
        let pre_authorized = Some(PreAuthorized { code, transaction_code, server: None });
        let offer = CredentialOffer {
            issuer: self.config.issuer.clone(),
            configurations,
            pre_authorized,
            authorization: None,
        };
        Some((offer, typed))
    }

    /// An offer for which the citizen signs in.
    #[must_use]
    pub fn offer_after_sign_in(&self, configurations: &[&str]) -> CredentialOffer {
        CredentialOffer {
            issuer: self.config.issuer.clone(),
            configurations: configurations.iter().map(|name| (*name).to_owned()).collect(),
            pre_authorized: None,
            authorization: Some(AuthorizationGrant { issuer_state: None, server: None }),
        }
    }

    /// RFC 9126: a pushed authorization request.
    pub fn push(&mut self, incoming: &Incoming<'_>, now: UnixTime, rng: &mut dyn CryptoRng) -> HttpResponse {
        self.sweep(now);
        let Some(pushed) = self.read_pushed(incoming.body, now).filter(|_| self.pushed.len() < Self::MOST)
        else {
            return error(400, "invalid_request");
        };
        let uri = format!("urn:ietf:params:oauth:request_uri:{}", fresh(rng));
        self.pushed.insert(uri.clone(), pushed);
        let mut answer = uncached(&json!({ "request_uri": uri, "expires_in": SHORT.count() }));
        answer.status = 201;
        answer
    }

    /// The citizen signed in for a pushed request: where the browser is sent back to. `None` if the request is not open, or another client's.
    pub fn authorize(
        &mut self,
        (client_id, request_uri): (&str, &str),
        subject: &str,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Option<String> {
        self.sweep(now);
        let pushed = self.pushed.remove(request_uri).filter(|pushed| pushed.client_id == client_id)?;
        let code = fresh(rng);
        let mut fields = vec![("code", code.clone()), ("iss", self.config.issuer.as_str().to_owned())];
        fields.extend(pushed.state.clone().map(|state| ("state", state)));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let address = format!("{}?{}", pushed.redirect_uri, http::encode_form(&fields));
        let pushed = Pushed { until: now.plus(SHORT), ..pushed };
        self.codes.insert(code, Code { pushed, subject: subject.to_owned() });
        Some(address)
    }

    /// §6: the token endpoint.
    pub fn token(&mut self, incoming: &Incoming<'_>, now: UnixTime, rng: &mut dyn CryptoRng) -> HttpResponse {
        self.sweep(now);
        let address = self.address("token");
        let key = match self.possession(&address, incoming.dpop, None, now, rng) {
            Ok(key) => key,
            Err(answer) => return *answer,
        };
        let Some(fields) = http::decode_form(incoming.body) else { return error(400, "invalid_request") };
        let token = match fields.get("grant_type").map(String::as_str) {
            Some(PRE_AUTHORIZED) => self.redeem_pre_authorized(&fields, key, now),
            Some("authorization_code") => self.redeem_code(&fields, key, now),
            _ => Err("unsupported_grant_type"),
        };
        match token {
            Err(word) => error(400, word),
            Ok(token) => {
                let details =
                    token.client.as_ref().map(|_| token.configurations.iter().map(detail).collect::<Value>());
                let text = fresh(rng);
                self.tokens.insert(text.clone(), token);
                let mut body = json!({ "access_token": text, "token_type": "DPoP", "expires_in": self.config.token_life.count() });
                if let (Some(details), Some(members)) = (details, body.as_object_mut()) {
                    members.insert("authorization_details".to_owned(), details);
                }
                uncached(&body).with_header("dpop-nonce", &self.dpop_nonce.0)
            }
        }
    }

    /// §7: the nonce endpoint.
    pub fn nonce(&mut self, now: UnixTime, rng: &mut dyn CryptoRng) -> HttpResponse {
        self.sweep(now);
        if self.nonces.len() >= Self::MOST {
            return error(503, "temporarily_unavailable");
        }
        let nonce = fresh(rng);
        self.nonces.insert(nonce.clone(), now.plus(NONCE_LIFE));
        uncached(&json!({ "c_nonce": nonce })).with_header("dpop-nonce", &self.dpop_nonce.0)
    }

    /// §8: the credential endpoint.
    pub fn credential(
        &mut self,
        incoming: &Incoming<'_>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> CredentialCall {
        self.sweep(now);
        let token = match self.authorized("credential", incoming, now, rng) {
            Ok(token) => token,
            Err(answer) => return CredentialCall::Answer(*answer),
        };
        match self.read_order(&token, incoming.body, now) {
            Ok(order) => CredentialCall::Issue(order),
            Err(word) => CredentialCall::Answer(error(400, word)),
        }
    }

    /// The answer with the credentials, one for each key or fewer. `of` is the order from [`Self::credential`] or [`Self::deferred`].
    pub fn issued(
        &mut self,
        of: &IssueOrder,
        credentials: &[String],
        rng: &mut dyn CryptoRng,
    ) -> HttpResponse {
        let id = fresh(rng);
        let list: Vec<Value> = credentials.iter().map(|one| json!({ "credential": one })).collect();
        if self.notifications.len() < Self::MOST {
            self.notifications.insert(id.clone(), (of.token.clone(), None));
        }
        uncached(&json!({ "credentials": list, "notification_id": id }))
    }

    /// The answer that it takes a while (§8.3): 202.
    pub fn defer(&mut self, order: IssueOrder, interval: Seconds, rng: &mut dyn CryptoRng) -> HttpResponse {
        let transaction = fresh(rng);
        if self.deferred.len() >= Self::MOST {
            return error(503, "temporarily_unavailable");
        }
        self.deferred.insert(transaction.clone(), Deferred { order, interval });
        not_yet(&transaction, interval)
    }

    /// The answer that it is not issued (§8.3.1.2).
    #[must_use]
    pub fn deny() -> HttpResponse {
        error(400, "credential_request_denied")
    }

    /// §9: the deferred credential endpoint. `is_ready` says whether an order can be issued now.
    pub fn deferred(
        &mut self,
        incoming: &Incoming<'_>,
        is_ready: &dyn Fn(&IssueOrder) -> bool,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> CredentialCall {
        self.sweep(now);
        let token = match self.authorized("deferred", incoming, now, rng) {
            Ok(token) => token,
            Err(answer) => return CredentialCall::Answer(*answer),
        };
        let body = json::parse_object(incoming.body.as_bytes()).unwrap_or_default();
        let id = body.get("transaction_id").and_then(Value::as_str).unwrap_or_default();
        let Some(found) = self.deferred.get(id).filter(|found| found.order.token == token) else {
            return CredentialCall::Answer(error(400, "invalid_transaction_id"));
        };
        if !is_ready(&found.order) {
            return CredentialCall::Answer(not_yet(id, found.interval));
        }
        match self.deferred.remove(id) {
            Some(found) => CredentialCall::Issue(found.order),
            None => CredentialCall::Answer(error(400, "invalid_transaction_id")),
        }
    }

    /// §11: the notification endpoint. The same notification again is answered the same.
    pub fn notification(
        &mut self,
        incoming: &Incoming<'_>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> HttpResponse {
        self.sweep(now);
        let token = match self.authorized("notification", incoming, now, rng) {
            Ok(token) => token,
            Err(answer) => return *answer,
        };
        let body = json::parse_object(incoming.body.as_bytes()).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let known = ["credential_accepted", "credential_failure", "credential_deleted"];
        let Some(event) = text("event").filter(|event| known.contains(event)) else {
            return error(400, "invalid_notification_request");
        };
        match self.notifications.get_mut(text("notification_id").unwrap_or_default()) {
            Some((of, heard)) if *of == token => {
                *heard = Some(event.to_owned());
                HttpResponse { status: 204, headers: Vec::new(), body: Vec::new() }
            }
            _ => error(400, "invalid_notification_id"),
        }
    }

    /// Ends all that is open for somebody: offers, sign-ins, tokens, and what is deferred. A phone that is in other hands gets nothing any more.
    pub fn forget(&mut self, subject: &str) {
        self.grants.retain(|_, grant| grant.subject != subject);
        self.codes.retain(|_, code| code.subject != subject);
        self.tokens.retain(|_, token| token.subject != subject);
        self.deferred.retain(|_, deferred| deferred.order.subject != subject);
    }

    fn address(&self, name: &str) -> String {
        format!("{}/{name}", self.config.issuer.as_str().trim_end_matches('/'))
    }

    fn batch(&self) -> usize {
        self.config.batch.clamp(1, LARGEST_BATCH)
    }

    /// Forgets what is over.
    fn sweep(&mut self, now: UnixTime) {
        self.grants.retain(|_, grant| now <= grant.until);
        self.pushed.retain(|_, pushed| now <= pushed.until);
        self.codes.retain(|_, code| now <= code.pushed.until);
        self.tokens.retain(|_, token| now <= token.until);
        self.nonces.retain(|_, until| now <= *until);
        let tokens = &self.tokens;
        self.deferred.retain(|_, deferred| tokens.contains_key(&deferred.order.token));
        self.notifications.retain(|_, (token, _)| tokens.contains_key(token));
    }
}

fn fresh(rng: &mut dyn CryptoRng) -> String {
    base64url::encode(generate_array::<32>(rng))
}

/// Decimal digits without bias: bytes of 250 and above are drawn again.
fn random_digits(count: usize, rng: &mut dyn CryptoRng) -> String {
    let mut digits = String::new();
    while digits.len() < count.clamp(4, 12) {
        let [byte] = generate_array::<1>(rng);
        if byte < 250 {
            digits.push(char::from(b'0' + byte % 10));
        }
    }
    digits
}

fn detail(name: &String) -> Value {
    json!({ "type": "openid_credential", "credential_configuration_id": name, "credential_identifiers": [name] })
}

fn not_yet(transaction: &str, interval: Seconds) -> HttpResponse {
    let mut answer = uncached(&json!({ "transaction_id": transaction, "interval": interval.count().max(1) }));
    answer.status = 202;
    answer
}

fn uncached(body: &Value) -> HttpResponse {
    HttpResponse::ok(body).with_header("cache-control", "no-store")
}

fn error(status: u16, word: &str) -> HttpResponse {
    HttpResponse::new(status, JSON, json!({ "error": word }).to_string())
        .with_header("cache-control", "no-store")
}
