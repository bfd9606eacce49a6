//! The wallet's side of an issuance: OpenID4VCI 1.0 from the offer to the notification.
//!
//! [`IssuanceSession::next`] says what to do and changes nothing. A request whose answer was lost is made anew by
//! [`IssuanceSession::renew`]: a server takes a proof of possession once.

use crate::dpop::{DpopKey, Target};
use crate::http::{self, Endpoint, HttpRequest, HttpResponse, JSON, Method, Reach};
use crate::pkce::CodeVerifier;
use crate::vci::metadata::{self, ConfigurationMetadata, IssuerMetadata, ServerMetadata};
use crate::vci::offer::{
    AuthorizationGrant, CredentialOffer, OfferError, OfferLink, PRE_AUTHORIZED, PreAuthorized,
};
use crate::vci::proof::{self, Audience};
use citizen_jose::{Jwk, UnsignedJwt, base64url};
use citizen_primitives::random::{CryptoRng, generate_array};
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use zeroize::Zeroizing;

/// How often a server may ask for another nonce before it is given up.
const MOST_RETRIES: u8 = 2;
/// The longest wait for a deferred credential.
const LONGEST_WAIT: u64 = 30 * 86_400;

/// The wallet as an OAuth client.
#[derive(Debug, Clone)]
pub struct Client {
    /// Which addresses it talks to.
    pub reach: Reach,
    /// Its identifier, for the authorization code flow.
    pub client_id: String,
    /// Where the browser comes back to.
    pub redirect_uri: String,
    /// How many copies of a credential it wants, each for a key of its own; the issuer may give fewer.
    pub copies: usize,
}

/// What the citizen decides on.
#[derive(Debug, Clone)]
pub struct OfferReview {
    /// The offer.
    pub offer: CredentialOffer,
    /// What the issuer says of itself and of what it issues.
    pub issuer: IssuerMetadata,
    /// Whether she can get it without signing in.
    pub pre_authorized: bool,
    /// Whether she can sign in.
    pub authorization: bool,
}

/// By which grant.
#[derive(Clone)]
pub enum Flow {
    /// The code of the offer, with what she typed.
    PreAuthorized(Option<Zeroizing<String>>),
    /// She signs in.
    Authorization,
}

/// What she accepts.
#[derive(Clone)]
pub struct Acceptance {
    /// Which of the credentials offered.
    pub configurations: Vec<String>,
    /// How.
    pub flow: Flow,
}

/// What a session waits for.
#[derive(Debug, Clone)]
pub enum Step {
    /// This is to be sent; the answer goes to [`IssuanceSession::answer`].
    Send(HttpRequest),
    /// The citizen decides: [`IssuanceSession::accept`], or the session is dropped.
    Review(Box<OfferReview>),
    /// The browser opens this; where it comes back to goes to [`IssuanceSession::returned`].
    Browse(Endpoint),
    /// So many fresh keys are wanted, of one of these algorithms: [`IssuanceSession::keys`].
    Keys {
        /// How many at most.
        most: usize,
        /// JOSE names of algorithms.
        algorithms: Vec<String>,
    },
    /// The keys are to sign these, in their order: [`IssuanceSession::sign`].
    Sign(Vec<Vec<u8>>),
    /// It takes so long; then [`IssuanceSession::renew`] asks.
    Wait(Seconds),
    /// This came. The wallet checks and stores it and says what became of it: [`IssuanceSession::settle`].
    Received(Vec<Issued>),
    /// The end.
    Done,
}

/// Credentials of one configuration.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// Which.
    pub configuration: String,
    /// As they came: unverified.
    pub credentials: Vec<String>,
    /// The keys that were proved; each credential is bound to one of them.
    pub keys: Vec<Jwk>,
    notification: Option<String>,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Issued({}, {} credentials)", self.configuration, self.credentials.len())
    }
}

/// What became of credentials (§11.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationEvent {
    /// They are stored.
    Accepted,
    /// They could not be.
    Failure,
    /// The citizen did not want them.
    Deleted,
}

impl NotificationEvent {
    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "credential_accepted",
            Self::Failure => "credential_failure",
            Self::Deleted => "credential_deleted",
        }
    }
}

/// Why an issuance ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssuanceError {
    /// The offer is refused.
    #[error("{0}")]
    Offer(#[source] OfferError),
    /// What issuer or server say of themselves breaks a rule, or is not about them.
    #[error("the issuer's metadata is not usable")]
    Metadata,
    /// What is offered, or how, is not done here.
    #[error("this wallet cannot take what is offered")]
    Unsupported,
    /// A choice that was not offered, or a code that cannot be it.
    #[error("not what was offered")]
    Choice,
    /// An answer is not what the standard says.
    #[error("the issuer's answer is not understood")]
    Answer,
    /// The server refuses, with its word.
    #[error("the issuer refuses")]
    Refused(String),
    /// The browser came back from elsewhere, or with another's answer.
    #[error("the sign-in is not the one that was begun")]
    Mixed,
    /// A key does not sign.
    #[error("a key cannot be used")]
    Key,
    /// The session is at another step.
    #[error("not the step that this session is at")]
    OutOfStep,
}

/// An issuance, from the offer to the notification.
pub struct IssuanceSession {
    client: Client,
    dpop: DpopKey,
    dpop_nonce: Option<String>,
    retries: u8,
    offer: Option<CredentialOffer>,
    issuer: Option<IssuerMetadata>,
    server: Option<ServerMetadata>,
    token: Option<Token>,
    sign_in: Option<SignIn>,
    waiting: VecDeque<Wanted>,
    issued: Vec<Issued>,
    state: State,
}

/// One credential to ask for.
#[derive(Clone)]
struct Wanted {
    configuration: String,
    /// `credential_identifier` of the token response.
    identifier: Option<String>,
}

struct Token {
    text: Zeroizing<String>,
    bound: bool,
}

struct SignIn {
    verifier: CodeVerifier,
    state: String,
    configurations: Vec<String>,
}

/// A request that can be made again.
#[derive(Clone)]
enum Call {
    Offer(Endpoint),
    Issuer(Endpoint),
    Server(Endpoint, String),
    Pushed(Vec<(&'static str, String)>),
    Token(Vec<(&'static str, String)>),
    Nonce,
    Credential { wanted: Wanted, keys: Vec<Jwk>, proofs: Vec<String> },
    Deferred { wanted: Wanted, keys: Vec<Jwk>, transaction: String },
    Notification { id: String, rest: Vec<String>, event: NotificationEvent },
}

enum State {
    Call { call: Call, request: HttpRequest },
    Review,
    Browse(Endpoint),
    Keys { nonce: Option<String> },
    Sign { keys: Vec<Jwk>, unsigned: Vec<UnsignedJwt> },
    Wait { seconds: Seconds, call: Call },
    Received,
    Done,
}

impl IssuanceSession {
    /// Reads the text of a QR code or a link.
    pub fn open(
        link: &str,
        client: Client,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, IssuanceError> {
        let link = OfferLink::parse(link, client.reach).map_err(IssuanceError::Offer)?;
        let mut session = Self {
            client,
            dpop: DpopKey::generate(rng),
            dpop_nonce: None,
            retries: 0,
            offer: None,
            issuer: None,
            server: None,
            token: None,
            sign_in: None,
            waiting: VecDeque::new(),
            issued: Vec::new(),
            state: State::Done,
        };
        match link {
            OfferLink::Reference(address) => session.call(Call::Offer(address), now, rng)?,
            OfferLink::Value(offer) => session.take_offer(*offer, now, rng)?,
        }
        Ok(session)
    }

    /// What to do now. Asking again gives the same, byte for byte.
    #[must_use]
    pub fn next(&self) -> Step {
        match &self.state {
            State::Call { request, .. } => Step::Send(request.clone()),
            State::Review => self.review().map_or(Step::Done, |review| Step::Review(Box::new(review))),
            State::Browse(address) => Step::Browse(address.clone()),
            State::Keys { .. } => self.wanted_keys(),
            State::Sign { unsigned, .. } => {
                Step::Sign(unsigned.iter().map(|token| token.signing_input().to_vec()).collect())
            }
            State::Wait { seconds, .. } => Step::Wait(*seconds),
            State::Received => Step::Received(self.issued.clone()),
            State::Done => Step::Done,
        }
    }

    /// Makes the request of now again, with a fresh proof of possession; after a wait, the request that was waited for.
    pub fn renew(&mut self, now: UnixTime, rng: &mut dyn CryptoRng) -> Result<(), IssuanceError> {
        match &self.state {
            State::Call { call, .. } | State::Wait { call, .. } => {
                let call = call.clone();
                self.call(call, now, rng)
            }
            _ => Err(IssuanceError::OutOfStep),
        }
    }

    /// What came back for what was sent.
    pub fn answer(
        &mut self,
        response: &HttpResponse,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let State::Call { call, .. } = &self.state else { return Err(IssuanceError::OutOfStep) };
        let call = call.clone();
        if self.wants_another_nonce(response, &call) {
            self.retries += 1;
            return self.call(call, now, rng);
        }
        match call {
            Call::Offer(_) => {
                let value = Value::Object(success(response)?);
                let offer =
                    CredentialOffer::from_value(&value, self.client.reach).map_err(IssuanceError::Offer)?;
                self.take_offer(offer, now, rng)
            }
            Call::Issuer(_) => self.take_issuer(&success(response)?, now, rng),
            Call::Server(_, issuer) => self.take_server(&success(response)?, &issuer),
            Call::Pushed(_) => self.take_pushed(&success(response)?),
            Call::Token(_) => self.take_token(&success(response)?, now, rng),
            Call::Nonce => self.take_nonce(&success(response)?),
            Call::Credential { wanted, keys, .. } => self.take_credential(wanted, keys, response, (now, rng)),
            Call::Deferred { wanted, keys, .. } => self.take_credential(wanted, keys, response, (now, rng)),
            Call::Notification { rest, event, .. } => self.notify(rest, event, now, rng),
        }
    }

    /// What the citizen accepts. A transaction code that cannot be the one is refused before anybody sees it.
    pub fn accept(
        &mut self,
        acceptance: &Acceptance,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let (State::Review, Some(offer)) = (&self.state, &self.offer) else {
            return Err(IssuanceError::OutOfStep);
        };
        let chosen = &acceptance.configurations;
        if chosen.is_empty() || chosen.iter().any(|name| !offer.configurations.contains(name)) {
            return Err(IssuanceError::Choice);
        }
        match (&acceptance.flow, &offer.pre_authorized, &offer.authorization) {
            (Flow::PreAuthorized(typed), Some(grant), _) => {
                let fields = token_fields(grant, typed.as_deref().map(String::as_str))?;
                self.waiting = wanted(chosen);
                self.call(Call::Token(fields), now, rng)
            }
            (Flow::Authorization, _, Some(grant)) => {
                let grant = grant.clone();
                self.begin_sign_in(chosen.clone(), &grant, now, rng)
            }
            _ => Err(IssuanceError::Choice),
        }
    }

    /// Where the browser came back to (RFC 6749 §4.1.2, RFC 9207).
    pub fn returned(
        &mut self,
        address: &str,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let (State::Browse(_), Some(sign_in), Some(server)) = (&self.state, &self.sign_in, &self.server)
        else {
            return Err(IssuanceError::OutOfStep);
        };
        let (base, query) = address.split_once('?').ok_or(IssuanceError::Mixed)?;
        let fields =
            http::decode_form(query.split('#').next().unwrap_or_default()).ok_or(IssuanceError::Mixed)?;
        // VCI-6
        let from = fields.get("iss").map_or(!server.names_itself, |iss| *iss == server.issuer);
        if base != self.client.redirect_uri || fields.get("state") != Some(&sign_in.state) || !from {
            return Err(IssuanceError::Mixed);
        }
        if let Some(error) = fields.get("error") {
            return Err(IssuanceError::Refused(word(error)));
        }
        let code = fields.get("code").ok_or(IssuanceError::Mixed)?;
        let form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.clone()),
            ("redirect_uri", self.client.redirect_uri.clone()),
            ("client_id", self.client.client_id.clone()),
            ("code_verifier", sign_in.verifier.expose().to_owned()),
        ];
        self.waiting = wanted(&sign_in.configurations);
        self.call(Call::Token(form), now, rng)
    }

    /// Fresh keys, at most as many as [`Step::Keys`] wants.
    pub fn keys(&mut self, keys: Vec<Jwk>, now: UnixTime) -> Result<(), IssuanceError> {
        let (State::Keys { nonce }, Some(issuer)) = (&self.state, &self.issuer) else {
            return Err(IssuanceError::OutOfStep);
        };
        let Step::Keys { most, .. } = self.wanted_keys() else { return Err(IssuanceError::OutOfStep) };
        if !(1..=most).contains(&keys.len()) {
            return Err(IssuanceError::Key);
        }
        let client = self.sign_in.is_some().then_some(self.client.client_id.as_str());
        let audience = Audience { issuer: issuer.issuer.as_str(), client, nonce: nonce.as_deref() };
        let unsigned: Option<Vec<_>> = keys.iter().map(|key| proof::unsigned(key, &audience, now)).collect();
        self.state = State::Sign { unsigned: unsigned.ok_or(IssuanceError::Key)?, keys };
        Ok(())
    }

    /// The signatures of [`Step::Sign`], in its order.
    pub fn sign(
        &mut self,
        signatures: &[[u8; 64]],
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let State::Sign { keys, unsigned } = &self.state else { return Err(IssuanceError::OutOfStep) };
        if unsigned.len() != signatures.len() {
            return Err(IssuanceError::Key);
        }
        let pairs = unsigned.iter().zip(signatures);
        let proofs = pairs.map(|(token, signature)| token.clone().with_signature(signature)).collect();
        let wanted = self.waiting.front().cloned().ok_or(IssuanceError::OutOfStep)?;
        let call = Call::Credential { wanted, keys: keys.clone(), proofs };
        self.call(call, now, rng)
    }

    /// What became of what was received; the issuer is told where it wants to hear it.
    pub fn settle(
        &mut self,
        event: NotificationEvent,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let State::Received = self.state else { return Err(IssuanceError::OutOfStep) };
        let wants = self.issuer.as_ref().is_some_and(|issuer| issuer.notification.is_some());
        let ids = self.issued.iter().filter_map(|issued| issued.notification.clone().filter(|_| wants));
        let ids = ids.collect();
        self.notify(ids, event, now, rng)
    }

    fn review(&self) -> Option<OfferReview> {
        let (offer, issuer, server) = (self.offer.clone()?, self.issuer.clone()?, self.server.as_ref()?);
        let authorization = offer.authorization.is_some() && server.authorization.is_some();
        Some(OfferReview { pre_authorized: offer.pre_authorized.is_some(), authorization, offer, issuer })
    }

    fn configuration(&self) -> Option<&ConfigurationMetadata> {
        self.issuer.as_ref()?.configurations.get(&self.waiting.front()?.configuration)
    }

    fn wanted_keys(&self) -> Step {
        let batch = self.issuer.as_ref().map_or(1, |issuer| issuer.batch);
        let algorithms =
            self.configuration().and_then(|known| known.proof_algorithms.clone()).unwrap_or_default();
        Step::Keys { most: batch.min(self.client.copies.max(1)), algorithms }
    }

    fn take_offer(
        &mut self,
        offer: CredentialOffer,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let address = metadata::well_known(&offer.issuer, "openid-credential-issuer", self.client.reach);
        self.offer = Some(offer);
        self.call(Call::Issuer(address.ok_or(IssuanceError::Metadata)?), now, rng)
    }

    fn take_issuer(
        &mut self,
        value: &Map<String, Value>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let offer = self.offer.as_ref().ok_or(IssuanceError::OutOfStep)?;
        let issuer = IssuerMetadata::from_value(value, &offer.issuer, self.client.reach);
        let issuer = issuer.ok_or(IssuanceError::Metadata)?;
        check_offer(offer, &issuer)?;
        let server = server_of(offer, &issuer)?;
        let base = Endpoint::parse(&server, self.client.reach).map_err(|_| IssuanceError::Metadata)?;
        let address = metadata::well_known(&base, "oauth-authorization-server", self.client.reach);
        self.issuer = Some(issuer);
        self.call(Call::Server(address.ok_or(IssuanceError::Metadata)?, server), now, rng)
    }

    fn take_server(&mut self, value: &Map<String, Value>, asked: &str) -> Result<(), IssuanceError> {
        let server = ServerMetadata::from_value(value, asked, self.client.reach);
        self.server = Some(server.ok_or(IssuanceError::Metadata)?);
        self.state = State::Review;
        Ok(())
    }

    /// RFC 9126 where the server has it; else the request stands in the browser's address.
    fn begin_sign_in(
        &mut self,
        configurations: Vec<String>,
        grant: &AuthorizationGrant,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let (Some(server), Some(issuer)) = (&self.server, &self.issuer) else {
            return Err(IssuanceError::OutOfStep);
        };
        let sign_in = SignIn {
            verifier: CodeVerifier::generate(rng),
            state: base64url::encode(generate_array::<32>(rng)),
            configurations,
        };
        let mut fields = vec![
            ("response_type", "code".to_owned()),
            ("client_id", self.client.client_id.clone()),
            ("redirect_uri", self.client.redirect_uri.clone()),
            ("state", sign_in.state.clone()),
            ("code_challenge", sign_in.verifier.challenge()),
            ("code_challenge_method", "S256".to_owned()),
            ("authorization_details", authorization_details(&sign_in.configurations, issuer).to_string()),
        ];
        fields.extend(grant.issuer_state.clone().map(|state| ("issuer_state", state)));
        let pushed = server.pushed.is_some();
        let authorization = server.authorization.clone().ok_or(IssuanceError::Unsupported)?;
        self.sign_in = Some(sign_in);
        if pushed {
            return self.call(Call::Pushed(fields), now, rng);
        }
        self.browse(&authorization, &borrowed(&fields))
    }

    fn take_pushed(&mut self, value: &Map<String, Value>) -> Result<(), IssuanceError> {
        let uri = text(value, "request_uri").ok_or(IssuanceError::Answer)?.to_owned();
        let authorization = self.server.as_ref().and_then(|server| server.authorization.clone());
        let client = self.client.client_id.clone();
        let authorization = authorization.ok_or(IssuanceError::Unsupported)?;
        self.browse(&authorization, &[("client_id", &client), ("request_uri", &uri)])
    }

    fn browse(&mut self, authorization: &Endpoint, fields: &[(&str, &str)]) -> Result<(), IssuanceError> {
        let joint = if authorization.as_str().contains('?') { '&' } else { '?' };
        let address = format!("{}{joint}{}", authorization.as_str(), http::encode_form(fields));
        let address = Endpoint::parse(&address, self.client.reach).map_err(|_| IssuanceError::Unsupported)?;
        self.state = State::Browse(address);
        Ok(())
    }

    fn take_token(
        &mut self,
        value: &Map<String, Value>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let token = text(value, "access_token")
            .filter(|token| token.len() <= 16 * 1024)
            .ok_or(IssuanceError::Answer)?;
        let kind = text(value, "token_type").ok_or(IssuanceError::Answer)?;
        let wants_bound = self.server.as_ref().is_some_and(|server| server.dpop);
        let bound = kind.eq_ignore_ascii_case("DPoP");
        // A server that binds tokens and gives one that is bound to nothing: somebody between took the proof out.
        if bound != wants_bound || !(bound || kind.eq_ignore_ascii_case("Bearer")) {
            return Err(IssuanceError::Answer);
        }
        self.token = Some(Token { text: Zeroizing::new(token.to_owned()), bound });
        if let Some(details) = value.get("authorization_details") {
            self.waiting = identified(&self.waiting, details).ok_or(IssuanceError::Answer)?;
        }
        self.retries = 0;
        self.ask_for_next(now, rng)
    }

    /// The next credential: with keys and a nonce, or without where it is bound to no key.
    fn ask_for_next(&mut self, now: UnixTime, rng: &mut dyn CryptoRng) -> Result<(), IssuanceError> {
        let Some(wanted) = self.waiting.front().cloned() else {
            self.state = State::Received;
            return Ok(());
        };
        let configuration = self.configuration().ok_or(IssuanceError::Unsupported)?;
        if configuration.proof_algorithms.is_none() {
            return self.call(Call::Credential { wanted, keys: Vec::new(), proofs: Vec::new() }, now, rng);
        }
        match self.issuer.as_ref().and_then(|issuer| issuer.nonce.as_ref()) {
            Some(_) => self.call(Call::Nonce, now, rng),
            None => {
                self.state = State::Keys { nonce: None };
                Ok(())
            }
        }
    }

    fn take_nonce(&mut self, value: &Map<String, Value>) -> Result<(), IssuanceError> {
        let nonce = text(value, "c_nonce").filter(|nonce| (1..=1024).contains(&nonce.len()));
        self.state = State::Keys { nonce: Some(nonce.ok_or(IssuanceError::Answer)?.to_owned()) };
        Ok(())
    }

    fn take_credential(
        &mut self,
        wanted: Wanted,
        keys: Vec<Jwk>,
        response: &HttpResponse,
        (now, rng): (UnixTime, &mut dyn CryptoRng),
    ) -> Result<(), IssuanceError> {
        if !response.is_success() {
            let error = refusal(response);
            let stale = error == IssuanceError::Refused("invalid_nonce".to_owned());
            if stale && self.retries < MOST_RETRIES {
                self.retries += 1;
                return self.call(Call::Nonce, now, rng);
            }
            return Err(error);
        }
        let value = success(response)?;
        if let Some(transaction) = text(&value, "transaction_id") {
            let seconds = value.get("interval").and_then(Value::as_u64).filter(|seconds| *seconds > 0);
            let seconds = Seconds::new(seconds.ok_or(IssuanceError::Answer)?.min(LONGEST_WAIT));
            let call = Call::Deferred { wanted, keys, transaction: transaction.to_owned() };
            self.state = State::Wait { seconds, call };
            return Ok(());
        }
        let credentials = credentials(&value, keys.len().max(1)).ok_or(IssuanceError::Answer)?;
        let notification = text(&value, "notification_id").map(str::to_owned);
        self.issued.push(Issued { configuration: wanted.configuration, credentials, keys, notification });
        self.waiting.pop_front();
        self.retries = 0;
        self.ask_for_next(now, rng)
    }

    fn notify(
        &mut self,
        mut ids: Vec<String>,
        event: NotificationEvent,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        if ids.is_empty() {
            self.state = State::Done;
            return Ok(());
        }
        let id = ids.remove(0);
        self.call(Call::Notification { id, rest: ids, event }, now, rng)
    }

    /// RFC 9449 §8 and §9: takes the server's nonce; whether the request is to be made again with it.
    fn wants_another_nonce(&mut self, response: &HttpResponse, call: &Call) -> bool {
        if let Some(nonce) = response.header("dpop-nonce").filter(|nonce| (1..=1024).contains(&nonce.len())) {
            self.dpop_nonce = Some(nonce.to_owned());
        } else {
            return false;
        }
        let proves = !matches!(call, Call::Offer(_) | Call::Issuer(_) | Call::Server(..) | Call::Nonce);
        let in_body = response.object().is_some_and(|value| text(&value, "error") == Some("use_dpop_nonce"));
        let in_header =
            response.header("www-authenticate").is_some_and(|words| words.contains("use_dpop_nonce"));
        proves && !response.is_success() && (in_body || in_header) && self.retries < MOST_RETRIES
    }

    fn call(&mut self, call: Call, now: UnixTime, rng: &mut dyn CryptoRng) -> Result<(), IssuanceError> {
        let request = self.request(&call, now, rng)?;
        self.state = State::Call { call, request };
        Ok(())
    }

    fn request(
        &self,
        call: &Call,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<HttpRequest, IssuanceError> {
        let lost = || IssuanceError::OutOfStep;
        let issuer = || self.issuer.as_ref().ok_or_else(lost);
        let server = || self.server.as_ref().ok_or_else(lost);
        match call {
            Call::Offer(address) | Call::Issuer(address) | Call::Server(address, _) => {
                Ok(HttpRequest::get(address, JSON))
            }
            Call::Nonce => Ok(HttpRequest::form(issuer()?.nonce.as_ref().ok_or_else(lost)?, JSON, &[])),
            Call::Pushed(fields) => {
                let address = server()?.pushed.as_ref().ok_or_else(lost)?;
                self.proved(HttpRequest::form(address, JSON, &borrowed(fields)), now, rng)
            }
            Call::Token(fields) => {
                self.proved(HttpRequest::form(&server()?.token, JSON, &borrowed(fields)), now, rng)
            }
            Call::Credential { wanted, proofs, .. } => {
                let request = HttpRequest::json(&issuer()?.credential, &credential_request(wanted, proofs));
                self.authorized(request, now, rng)
            }
            Call::Deferred { transaction, .. } => {
                let address = issuer()?.deferred.as_ref().ok_or(IssuanceError::Unsupported)?;
                self.authorized(
                    HttpRequest::json(address, &json!({ "transaction_id": transaction })),
                    now,
                    rng,
                )
            }
            Call::Notification { id, event, .. } => {
                let address = issuer()?.notification.as_ref().ok_or_else(lost)?;
                let body = json!({ "notification_id": id, "event": event.name() });
                self.authorized(HttpRequest::json(address, &body), now, rng)
            }
        }
    }

    /// With a proof of possession, where the server binds tokens.
    fn proved(
        &self,
        request: HttpRequest,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<HttpRequest, IssuanceError> {
        if !self.server.as_ref().is_some_and(|server| server.dpop) {
            return Ok(request);
        }
        self.with_proof(request, None, now, rng)
    }

    fn authorized(
        &self,
        request: HttpRequest,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<HttpRequest, IssuanceError> {
        let token = self.token.as_ref().ok_or(IssuanceError::OutOfStep)?;
        let text = token.text.as_str();
        if !token.bound {
            return Ok(request.with_header("authorization", format!("Bearer {text}")));
        }
        let request = request.with_header("authorization", format!("DPoP {text}"));
        self.with_proof(request, Some(text), now, rng)
    }

    fn with_proof(
        &self,
        request: HttpRequest,
        token: Option<&str>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<HttpRequest, IssuanceError> {
        let nonce = self.dpop_nonce.as_deref();
        let target = Target { method: Method::Post, url: &request.url, token, nonce };
        let proof = self.dpop.prove(&target, now, rng).map_err(|_| IssuanceError::Key)?;
        Ok(request.with_header("dpop", proof))
    }
}

fn borrowed<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

fn text<'a>(value: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// At most so much of a server's word.
fn word(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(64).collect()
}

fn success(response: &HttpResponse) -> Result<Map<String, Value>, IssuanceError> {
    if !response.is_success() {
        return Err(refusal(response));
    }
    response.object().filter(|_| response.is_of(JSON)).ok_or(IssuanceError::Answer)
}

fn refusal(response: &HttpResponse) -> IssuanceError {
    let value = response.object().unwrap_or_default();
    text(&value, "error").map_or(IssuanceError::Answer, |error| IssuanceError::Refused(word(error)))
}

/// Everything offered must be known to the issuer's metadata, and possible here.
fn check_offer(offer: &CredentialOffer, issuer: &IssuerMetadata) -> Result<(), IssuanceError> {
    if issuer.needs_encryption {
        return Err(IssuanceError::Unsupported);
    }
    for name in &offer.configurations {
        let known = issuer.configurations.get(name).ok_or(IssuanceError::Metadata)?;
        let provable = known.proof_algorithms.as_ref().is_none_or(|names| {
            names.iter().any(|name| matches!(name.as_str(), "ES256" | "EdDSA" | "Ed25519"))
        });
        if known.needs_attestation || !provable {
            return Err(IssuanceError::Unsupported);
        }
    }
    Ok(())
}

/// §4.1.1: the one that the grant names, which must be one of the issuer's; else its first, or itself.
fn server_of(offer: &CredentialOffer, issuer: &IssuerMetadata) -> Result<String, IssuanceError> {
    let pre_authorized = offer.pre_authorized.as_ref().and_then(|grant| grant.server.as_ref());
    let named = pre_authorized.or(offer.authorization.as_ref().and_then(|grant| grant.server.as_ref()));
    match named {
        Some(name) if issuer.servers.contains(name) => Ok(name.clone()),
        Some(_) => Err(IssuanceError::Metadata),
        None => Ok(issuer.servers.first().cloned().unwrap_or_else(|| issuer.issuer.as_str().to_owned())),
    }
}

fn token_fields(
    grant: &PreAuthorized,
    typed: Option<&str>,
) -> Result<Vec<(&'static str, String)>, IssuanceError> {
    let mut fields =
        vec![("grant_type", PRE_AUTHORIZED.to_owned()), ("pre-authorized_code", grant.code.clone())];
    match (&grant.transaction_code, typed) {
        (None, None) => Ok(fields),
        (Some(code), Some(typed)) if code.fits(typed) => {
            fields.push(("tx_code", typed.to_owned()));
            Ok(fields)
        }
        _ => Err(IssuanceError::Choice),
    }
}

fn wanted(configurations: &[String]) -> VecDeque<Wanted> {
    configurations.iter().map(|name| Wanted { configuration: name.clone(), identifier: None }).collect()
}

/// §6.2: for each that is wanted, the identifiers that the server gave; those that it did not grant are left out.
fn identified(wanted: &VecDeque<Wanted>, details: &Value) -> Option<VecDeque<Wanted>> {
    let mut all = VecDeque::new();
    for detail in details.as_array()? {
        let name = detail.get("credential_configuration_id")?.as_str()?;
        if !wanted.iter().any(|one| one.configuration == name) {
            return None;
        }
        for identifier in detail.get("credential_identifiers")?.as_array()? {
            let identifier = Some(identifier.as_str()?.to_owned());
            all.push_back(Wanted { configuration: name.to_owned(), identifier });
        }
    }
    (1..=64).contains(&all.len()).then_some(all)
}

/// RFC 9396, with `locations` where the issuer has servers of others (§5.1.1).
fn authorization_details(configurations: &[String], issuer: &IssuerMetadata) -> Value {
    let detail = |name: &String| {
        let mut detail = json!({ "type": "openid_credential", "credential_configuration_id": name });
        if let (false, Some(members)) = (issuer.servers.is_empty(), detail.as_object_mut()) {
            members.insert("locations".to_owned(), json!([issuer.issuer.as_str()]));
        }
        detail
    };
    configurations.iter().map(detail).collect()
}

/// §8.2: by identifier where the server gave one, else by configuration.
fn credential_request(wanted: &Wanted, proofs: &[String]) -> Value {
    let mut request = match &wanted.identifier {
        Some(identifier) => json!({ "credential_identifier": identifier }),
        None => json!({ "credential_configuration_id": wanted.configuration }),
    };
    if let (false, Some(members)) = (proofs.is_empty(), request.as_object_mut()) {
        members.insert("proofs".to_owned(), json!({ "jwt": proofs }));
    }
    request
}

/// §8.3: at least one and no more than there were keys; only those that are texts.
fn credentials(value: &Map<String, Value>, most: usize) -> Option<Vec<String>> {
    let list = value.get("credentials")?.as_array().filter(|list| (1..=most).contains(&list.len()))?;
    list.iter().map(|one| one.get("credential")?.as_str().map(str::to_owned)).collect()
}
