//! The wallet's side of a presentation: OpenID4VP 1.0 from the link to the verifier's answer.
//!
//! [`HolderSession::next`] says what to do and changes nothing: it may be asked again. Each answer moves the session on, once.

mod prepare;
mod sign_in;

use crate::dcql::{
    Approved, Candidate, CandidateId, Disclosure, Format, Options, Query, Selection, SelectionError,
};
use crate::http::{self, Endpoint, HttpRequest, HttpResponse, Reach};
use crate::vp::client_id::{ClientId, Prefix};
use crate::vp::error::{ErrorCode, RequestError};
use crate::vp::id_token::{SignInRequest, UnsignedIdToken};
use crate::vp::identity::{self, Authenticated, Known, Question, REQUEST_TYPE, Trust, Verifier};
use crate::vp::metadata::wallet_metadata;
use crate::vp::request::{self, AuthorizationRequest, Policy, Rejection};
use crate::vp::response::Reply;
use crate::vp::transaction::{TransactionData, TransactionType};
use citizen_jose::{UnverifiedJwt, base64url};
use citizen_primitives::UnixTime;
use citizen_primitives::random::{CryptoRng, generate_array};
pub use prepare::{Made, claim_path};
use prepare::{Prepared, authorise, to_sign, vp_token};
use serde_json::Value;

/// What is presented to a verifier that the registry does not prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownVerifiers {
    /// Nothing.
    #[default]
    Refuse,
    /// What the citizen insists on.
    IfInsisted,
}

/// Whether the citizen was warned and insists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Insistence {
    /// She does not.
    #[default]
    No,
    /// She does.
    Yes,
}

/// What the wallet is like.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Which addresses it talks to.
    pub reach: Reach,
    /// Which transaction data it can show.
    pub transactions: Vec<TransactionType>,
    /// What it does about unknown verifiers.
    pub unknown_verifiers: UnknownVerifiers,
    /// By which prefixes it can know who asks: these it tells verifiers, and others it refuses.
    pub prefixes: Vec<Prefix>,
    /// Formats that it presents, SD-JWT VC and W3C credentials with Data Integrity: these it tells verifiers, and for others it has nothing.
    pub formats: Vec<Format>,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            reach: Reach::default(),
            transactions: Vec::new(),
            unknown_verifiers: UnknownVerifiers::default(),
            prefixes: Prefix::ALL.into(),
            formats: vec![Format::SdJwtVc],
        }
    }
}

/// What a session waits for.
#[derive(Debug, Clone)]
pub enum Step {
    /// This is to be sent; the answer goes to [`HolderSession::answer`].
    Send(HttpRequest),
    /// This is to be looked up; the result goes to [`HolderSession::identify`].
    Identify(Question),
    /// The citizen decides: [`HolderSession::approve`] or [`HolderSession::decline`].
    Review(Box<Review>),
    /// She signs in, beside showing this: the key by which this verifier, and no other, knows her goes to [`HolderSession::be_known_by`].
    BeKnown(Vec<Disclosure>),
    /// Presentations of just this are to be made; they go to [`HolderSession::present`].
    Present(Vec<Disclosure>),
    /// The holder's keys are to sign these bytes; the signatures go to [`HolderSession::sign`], in this order.
    Sign(Vec<(CandidateId, Vec<u8>)>),
    /// The key of [`Step::BeKnown`] is to sign these bytes, the ID token; the signature goes to [`HolderSession::sign_in`].
    SignIn(Vec<u8>),
    /// The end.
    Done(Outcome),
}

/// What the citizen decides on.
#[derive(Debug, Clone)]
pub struct Review {
    /// Who asks.
    pub verifier: Verifier,
    /// What for: to evaluate over the credentials she holds. [`Query::nothing`] where she only signs in.
    pub query: Query,
    /// Whether she signs in, and what she is called then.
    pub sign_in: Option<SignInRequest>,
    /// What she would authorise.
    pub transactions: Vec<TransactionData>,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The verifier took the presentations, and may want her to go on at an address.
    Presented(Option<Endpoint>),
    /// The verifier was told that there are none.
    Refused(ErrorCode),
    /// The verifier did not take what was sent.
    NotTaken(u16),
}

/// Why a choice is not approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApproveError {
    /// The registry does not prove who asks, and she did not insist, or may not.
    #[error("an unknown verifier")]
    UnknownVerifier,
    /// It is not what was asked for.
    #[error("{0}")]
    Selection(#[source] SelectionError),
    /// No credential is chosen that could authorise a transaction.
    #[error("no credential is chosen for the transaction")]
    Transaction,
    /// The session is at another step.
    #[error("not the step that this session is at")]
    OutOfStep,
}

/// Why presentations are not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PresentError {
    /// Something is disclosed that was not approved.
    #[error("a presentation shows more than was approved")]
    TooMuch,
    /// A presentation of another format than was approved, or one that the verifier does not take: with proofs of other suites, or without a holder.
    #[error("not a presentation as it was asked for")]
    Format,
    /// The key is none that signs ID tokens.
    #[error("not a key that signs in")]
    Key,
    /// Not one presentation or signature for each that was asked for.
    #[error("not as many as were asked for")]
    Count,
    /// The verifier's key does not do.
    #[error("the answer could not be encrypted")]
    Encryption,
    /// The session is at another step.
    #[error("not the step that this session is at")]
    OutOfStep,
}

/// A presentation, from the link to the verifier's answer.
pub struct HolderSession {
    profile: Profile,
    state: State,
}

enum State {
    Fetch { request: HttpRequest, client: ClientId, wallet_nonce: Option<String> },
    Identify { token: Box<UnverifiedJwt>, client: ClientId, wallet_nonce: Option<String>, question: Question },
    Review { asked: Box<Asked> },
    BeKnown { asked: Box<Asked>, approved: Approved, authorised: Vec<Vec<usize>> },
    Present { asked: Box<Asked>, approved: Approved, authorised: Vec<Vec<usize>> },
    Sign { asked: Box<Asked>, unsigned: Vec<(Disclosure, Prepared)> },
    SignIn { asked: Box<Asked>, vp_token: Option<Value>, id_token: UnsignedIdToken },
    Send { request: HttpRequest, sent: Sent },
    Done(Outcome),
}

/// A request, who asked it, and where the answer goes.
struct Asked {
    verifier: Verifier,
    request: AuthorizationRequest,
    reply: Reply,
    /// Once it is known who she is here.
    id_token: Option<UnsignedIdToken>,
}

#[derive(Clone, Copy)]
enum Sent {
    Presentations,
    Refusal(ErrorCode),
}

/// The schemes of links that ask for a presentation.
const SCHEMES: [&str; 3] = ["openid4vp", "haip-vp", "https"];

impl HolderSession {
    /// Reads the text of a QR code or a link.
    pub fn open(link: &str, profile: Profile, rng: &mut dyn CryptoRng) -> Result<Self, RequestError> {
        let parameters = http::link_parameters(link, &SCHEMES).ok_or(RequestError::Link)?;
        let client = parameters.get("client_id").ok_or(RequestError::Link)?;
        let client = ClientId::parse(client).filter(|client| profile.prefixes.contains(&client.prefix()));
        let client = client.ok_or(RequestError::ClientId)?;
        let text = |name: &str| parameters.get(name).map(String::as_str);
        let state = match (text("request"), text("request_uri"), text("request_uri_method")) {
            (Some(_), Some(_), _) | (_, None, Some(_)) => return Err(RequestError::Link),
            (None, None, None) if client.prefix().is_signed() => return Err(RequestError::ClientId),
            (None, None, None) => {
                let found = identity::unsigned(&client, request::of_link(&parameters));
                return Self::review(profile, client, &found, rng);
            }
            (Some(token), None, None) => State::identify(token, client, None)?,
            (None, Some(uri), method) => State::fetch(uri, method, client, &profile, rng)?,
        };
        Ok(Self { profile, state })
    }

    /// What to do now. Asking again gives the same, byte for byte.
    #[must_use]
    pub fn next(&self) -> Step {
        match &self.state {
            State::Fetch { request, .. } | State::Send { request, .. } => Step::Send(request.clone()),
            State::Identify { question, .. } => Step::Identify(question.clone()),
            State::Review { asked } => Step::Review(Box::new(Review {
                verifier: asked.verifier.clone(),
                query: asked.request.query.clone(),
                sign_in: asked.request.sign_in,
                transactions: asked.request.transactions.clone(),
            })),
            State::BeKnown { approved, .. } => Step::BeKnown(approved.disclosures().to_vec()),
            State::Present { approved, .. } => Step::Present(approved.disclosures().to_vec()),
            State::Sign { unsigned, .. } => Step::Sign(unsigned.iter().filter_map(to_sign).collect()),
            State::SignIn { id_token, .. } => Step::SignIn(id_token.token.signing_input().to_vec()),
            State::Done(outcome) => Step::Done(outcome.clone()),
        }
    }

    /// What came back for what was sent. After an error of the request the session is to be dropped.
    pub fn answer(&mut self, response: &HttpResponse) -> Result<(), RequestError> {
        self.state = match &self.state {
            State::Fetch { client, wallet_nonce, .. } => {
                if response.status != 200 || !response.is_of("application/oauth-authz-req+jwt") {
                    return Err(RequestError::Fetch);
                }
                let token = response.text().ok_or(RequestError::Fetch)?.trim();
                State::identify(token, client.clone(), wallet_nonce.clone())?
            }
            State::Send { sent, .. } => State::Done(outcome(*sent, response, self.profile.reach)),
            _ => return Err(RequestError::OutOfStep),
        };
        Ok(())
    }

    /// What is known of whoever asks.
    pub fn identify(
        &mut self,
        known: Known,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), RequestError> {
        let State::Identify { token, client, wallet_nonce, .. } = &self.state else {
            return Err(RequestError::OutOfStep);
        };
        let found = identity::authenticate((**token).clone(), client, known, now)?;
        identity::check_claims(&found.claims, client, wallet_nonce.as_deref(), now)?;
        self.state = State::review(&self.profile, client.clone(), &found, rng)?;
        Ok(())
    }

    /// What the citizen agreed to show, of what she holds. Anything beyond what was asked for is refused.
    pub fn approve(
        &mut self,
        candidates: &[Candidate],
        selection: &Selection,
        insistence: Insistence,
    ) -> Result<(), ApproveError> {
        let State::Review { asked } = &self.state else { return Err(ApproveError::OutOfStep) };
        let insisted =
            self.profile.unknown_verifiers == UnknownVerifiers::IfInsisted && insistence == Insistence::Yes;
        // VP-6
        if asked.verifier.trust == Trust::Unknown && !insisted {
            return Err(ApproveError::UnknownVerifier);
        }
        let options: Options = asked.request.query.evaluate(candidates);
        let approved = options.approve(selection).map_err(ApproveError::Selection)?;
        let authorised = authorise(&asked.request, &approved).ok_or(ApproveError::Transaction)?;
        self.transition(|state| match state {
            State::Review { asked } if asked.request.sign_in.is_some() => {
                State::BeKnown { asked, approved, authorised }
            }
            State::Review { asked } => State::Present { asked, approved, authorised },
            other => other,
        });
        Ok(())
    }

    /// The citizen declines, or has not what is asked for: the verifier is told the same word in both cases.
    pub fn decline(&mut self, rng: &mut dyn CryptoRng) -> Result<(), ApproveError> {
        let asked = match &self.state {
            State::Review { asked }
            | State::BeKnown { asked, .. }
            | State::Present { asked, .. }
            | State::Sign { asked, .. }
            | State::SignIn { asked, .. } => asked,
            _ => return Err(ApproveError::OutOfStep),
        };
        self.state = State::refuse(&asked.reply, ErrorCode::AccessDenied, rng);
        Ok(())
    }

    /// One presentation for each disclosure of [`Step::Present`], in that order: of SD-JWTs with the algorithm of the holder's key.
    pub fn present<M: Into<Made>>(&mut self, made: Vec<M>, now: UnixTime) -> Result<(), PresentError> {
        let State::Present { asked, approved, authorised } = &self.state else {
            return Err(PresentError::OutOfStep);
        };
        if made.len() != approved.disclosures().len() {
            return Err(PresentError::Count);
        }
        let mut unsigned = Vec::new();
        for ((disclosure, authorised), made) in approved.disclosures().iter().zip(authorised).zip(made) {
            let prepared = asked.prepare(disclosure, authorised, made.into(), now)?;
            unsigned.push((disclosure.clone(), prepared));
        }
        self.transition(|state| match state {
            State::Present { asked, .. } => State::Sign { asked, unsigned },
            other => other,
        });
        Ok(())
    }

    /// The signatures for [`Step::Sign`], in its order.
    pub fn sign(&mut self, signatures: &[[u8; 64]], rng: &mut dyn CryptoRng) -> Result<(), PresentError> {
        let State::Sign { unsigned, .. } = &self.state else { return Err(PresentError::OutOfStep) };
        if unsigned.iter().filter_map(to_sign).count() != signatures.len() {
            return Err(PresentError::Count);
        }
        let State::Sign { mut asked, unsigned } =
            std::mem::replace(&mut self.state, State::Done(Outcome::NotTaken(0)))
        else {
            return Err(PresentError::OutOfStep);
        };
        let vp_token = (!asked.request.query.is_nothing()).then(|| vp_token(unsigned, signatures));
        match asked.id_token.take() {
            Some(id_token) => {
                self.state = State::SignIn { asked, vp_token, id_token };
                Ok(())
            }
            None => self.send(&asked.reply, (vp_token, None), rng),
        }
    }

    /// All that was asked for, in one answer.
    fn send(
        &mut self,
        reply: &Reply,
        (vp_token, id_token): (Option<Value>, Option<String>),
        rng: &mut dyn CryptoRng,
    ) -> Result<(), PresentError> {
        let Some(request) = reply.tokens(vp_token, id_token, rng) else {
            self.state = State::refuse(reply, ErrorCode::InvalidRequest, rng);
            return Err(PresentError::Encryption);
        };
        self.state = State::Send { request, sent: Sent::Presentations };
        Ok(())
    }

    fn review(
        profile: Profile,
        client: ClientId,
        found: &Authenticated,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, RequestError> {
        let state = State::review(&profile, client, found, rng)?;
        Ok(Self { profile, state })
    }

    fn transition(&mut self, to: impl FnOnce(State) -> State) {
        let state = std::mem::replace(&mut self.state, State::Done(Outcome::NotTaken(0)));
        self.state = to(state);
    }
}

impl State {
    /// §5.10: GET, or POST with what the wallet can do and a fresh nonce.
    fn fetch(
        uri: &str,
        method: Option<&str>,
        client: ClientId,
        profile: &Profile,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, RequestError> {
        if !client.prefix().is_signed() {
            return Err(RequestError::ClientId);
        }
        let url = Endpoint::parse(uri, profile.reach).map_err(|_| RequestError::Link)?;
        let accept = format!("application/{REQUEST_TYPE}");
        match method {
            None | Some("get") => {
                Ok(Self::Fetch { request: HttpRequest::get(&url, &accept), client, wallet_nonce: None })
            }
            Some("post") => {
                let nonce = base64url::encode(generate_array::<32>(rng));
                let metadata = wallet_metadata(&profile.formats, &profile.prefixes).to_string();
                let fields = [("wallet_metadata", metadata.as_str()), ("wallet_nonce", &nonce)];
                let request = HttpRequest::form(&url, &accept, &fields);
                Ok(Self::Fetch { request, client, wallet_nonce: Some(nonce) })
            }
            Some(_) => Err(RequestError::RequestUriMethod),
        }
    }

    fn identify(token: &str, client: ClientId, wallet_nonce: Option<String>) -> Result<Self, RequestError> {
        let token = UnverifiedJwt::parse(token).map_err(RequestError::Token)?;
        let question = identity::question(&token, &client)?;
        Ok(Self::Identify { token: Box::new(token), client, wallet_nonce, question })
    }

    fn review(
        profile: &Profile,
        client: ClientId,
        found: &Authenticated,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, RequestError> {
        let policy =
            Policy { reach: profile.reach, transactions: &profile.transactions, formats: &profile.formats };
        match request::read(&found.claims, &client, &found.addresses, &policy) {
            Err(Rejection::Silent(error)) => Err(error),
            Err(Rejection::Tell(reply, code)) => Ok(Self::refuse(&reply, code, rng)),
            Ok((request, reply)) => {
                let verifier = Verifier {
                    client_id: client,
                    trust: found.trust,
                    subject: found.subject.clone(),
                    claimed_name: request.metadata.name.as_ref().map(|name| name.as_str().to_owned()),
                    host: reply.to.host().to_owned(),
                };
                Ok(Self::Review { asked: Box::new(Asked { verifier, request, reply, id_token: None }) })
            }
        }
    }

    fn refuse(reply: &Reply, code: ErrorCode, rng: &mut dyn CryptoRng) -> Self {
        Self::Send { request: reply.refusal(code, rng), sent: Sent::Refusal(code) }
    }
}

/// §8.2: 200 is success; a redirect is none, and is not followed.
fn outcome(sent: Sent, response: &HttpResponse, reach: Reach) -> Outcome {
    match sent {
        Sent::Refusal(code) => Outcome::Refused(code),
        Sent::Presentations if response.status != 200 => Outcome::NotTaken(response.status),
        Sent::Presentations => Outcome::Presented(continuation(response, reach)),
    }
}

/// Where the citizen goes on. It may have a fragment (§8.2), and nothing but the browser sees it.
fn continuation(response: &HttpResponse, reach: Reach) -> Option<Endpoint> {
    let object = response.object()?;
    Endpoint::parse_for_browser(object.get("redirect_uri")?.as_str()?, reach).ok()
}
