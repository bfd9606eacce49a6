//! The wallet's side of an issuance: OpenID4VCI 1.0 from the offer to the notification.
//!
//! [`IssuanceSession::next`] says what to do and changes nothing. A request whose answer was lost is made anew by
//! [`IssuanceSession::renew`]: a server takes a proof of possession once.

mod again;
mod answers;
mod refresh;
mod requests;
mod sign_in;

pub use sign_in::SignIn;

pub use refresh::KeptGrant;

use crate::dpop::DpopKey;
use crate::http::{Endpoint, HttpRequest, HttpResponse, Reach};
use crate::vci::metadata::{ConfigurationMetadata, IssuerMetadata, ServerMetadata};
use crate::vci::offer::{CredentialOffer, OfferError, OfferLink};
use crate::vci::proof::{self, Audience};
use answers::success;
use citizen_jose::{Jwk, UnsignedJwt};
use citizen_primitives::random::CryptoRng;
use citizen_primitives::{Seconds, UnixTime};
use requests::token_fields;
use serde_json::{Map, Value};
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
    /// The browser opens this; where it comes back to goes to [`IssuanceSession::returned`], of this session or of one that took up
    /// [`IssuanceSession::begun_sign_in`].
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
    /// As they came, those that are W3C credentials with Data Integrity (`ldp_vc`): of one configuration all are, or none.
    pub documents: Vec<Map<String, Value>>,
    /// The keys that were proved; each credential is bound to one of them.
    pub keys: Vec<Jwk>,
    notification: Option<String>,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = self.credentials.len().saturating_add(self.documents.len());
        write!(f, "Issued({}, {count} credentials)", self.configuration)
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
    /// The transaction code is wrong, by a server that says how often another may be typed for this offer.
    #[error("the transaction code is wrong")]
    WrongCode {
        /// How often; never 0.
        tries_left: u64,
    },
    /// The browser came back from elsewhere, or with another's answer.
    #[error("the sign-in is not the one that was begun")]
    Mixed,
    /// The answer to a sign-in is another server's than was asked, or does not say whose it is (RFC 9207 §2.4).
    #[error("another server answers the sign-in")]
    AnotherServer,
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
    /// Whether the proofs that are sent now were made before.
    repeats: bool,
    offer: Option<CredentialOffer>,
    issuer: Option<IssuerMetadata>,
    server: Option<ServerMetadata>,
    token: Option<Token>,
    sign_in: Option<SignIn>,
    kept: Option<KeptGrant>,
    kept_server: Option<String>,
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
        let mut session = Self::new(client, DpopKey::generate(rng));
        match link {
            OfferLink::Reference(address) => session.call(Call::Offer(address), now, rng)?,
            OfferLink::Value(offer) => session.take_offer(*offer, now, rng)?,
        }
        Ok(session)
    }

    fn new(client: Client, dpop: DpopKey) -> Self {
        Self {
            client,
            dpop,
            dpop_nonce: None,
            retries: 0,
            repeats: false,
            offer: None,
            issuer: None,
            server: None,
            token: None,
            sign_in: None,
            kept: None,
            kept_server: None,
            waiting: VecDeque::new(),
            issued: Vec::new(),
            state: State::Done,
        }
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
            Call::Pushed(_) => self.take_pushed(&success(response)?, now),
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

    /// Fresh keys, at most as many as [`Step::Keys`] wants.
    pub fn keys(&mut self, keys: Vec<Jwk>, now: UnixTime) -> Result<(), IssuanceError> {
        let (State::Keys { nonce }, Some(issuer)) = (&self.state, &self.issuer) else {
            return Err(IssuanceError::OutOfStep);
        };
        let Step::Keys { most, .. } = self.wanted_keys() else { return Err(IssuanceError::OutOfStep) };
        if !(1..=most).contains(&keys.len()) {
            return Err(IssuanceError::Key);
        }
        let client = self.is_named().then_some(self.client.client_id.as_str());
        let audience = Audience { issuer: issuer.issuer.as_str(), client, nonce: nonce.as_deref() };
        let name = self.configuration().and_then(|known| known.key_name).ok_or(IssuanceError::Key)?;
        let proof = |key: &Jwk| proof::unsigned_as(name, key, &audience, now);
        let unsigned: Option<Vec<_>> = keys.iter().map(proof).collect();
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
}

fn wanted(configurations: &[String]) -> VecDeque<Wanted> {
    configurations.iter().map(|name| Wanted { configuration: name.clone(), identifier: None }).collect()
}
