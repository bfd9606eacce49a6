//! The verifier's side of a presentation: OpenID4VP 1.0 §5 (asking) and §8.6 (checking the answer). One session, one answer.

mod address;
mod document;

pub use address::AnswerAddress;
pub use document::DocumentIssuer;

use crate::dcql::{Authority, Candidate, CandidateId, Format, Presented, Query, QueryId, ResponseError};
use crate::http::{self, Endpoint};
use crate::vp::client_id::ClientId;
use crate::vp::id_token::{self, IdTokenError, SCOPE, SELF_SIGNED, SUBJECT, Subject, SubjectSyntax};
use crate::vp::identity::{ANY_WALLET, REQUEST_TYPE};
use crate::vp::metadata::{ECDH_ES, supported};
use crate::vp::request::{ResponseMode, ResponseType, is_url_safe};
use crate::vp::transaction::{SHA_256, TransactionData, TransactionType};
use citizen_credential::integrity::VerifiedDocument;
use citizen_credential::sd_jwt::{Expected, KeyBinding, KeyBound, Kind, Transaction, UnverifiedSdJwt};
use citizen_credential::vc::{self, VerifiedCredential};
use citizen_jose::jwe::{Curve, KeyAgreement as _, SoftwareKeyAgreement, UnverifiedJwe};
use citizen_jose::{Header, Jwk, KeyUse, SignError, Signer, base64url, json, jwt};
use citizen_primitives::random::{CryptoRng, generate_array};
use citizen_primitives::{Seconds, UnixTime};
use document::Shown;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The most presentations of an answer.
const MOST: usize = 64;
/// The oldest key binding that is taken.
const LONGEST_BINDING: Seconds = Seconds::new(600);

/// How a verifier says who it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Identification {
    /// Its identifier.
    pub client_id: ClientId,
    /// The header of its requests: `x5c`, `kid` or the attestation in `jwt`, as its prefix asks. The type is set here.
    pub header: Header,
}

/// What it asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// What for; [`Query::nothing`] for an ID token alone.
    pub query: Query,
    /// What the citizen is to authorise, as [`TransactionData::encode`] writes it.
    pub transactions: Vec<String>,
    /// Where the answer goes.
    pub response_uri: Endpoint,
    /// How.
    pub mode: ResponseMode,
    /// What the verifier calls itself.
    pub name: Option<String>,
    /// How long an answer is waited for.
    pub valid_for: Seconds,
}

/// What makes ID token and presentations of one answer one person's (VP-13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// Each presentation's key binding names the subject of the ID token, in `sub`: whoever holds the credential has signed that she
    /// is this subject. A wallet of this house does so.
    Bound,
    /// They answer the same request in the same encrypted answer, and no key binding names another subject. The standards ask no more.
    AsStandard,
}

/// The keys of issuers that a verifier trusts.
pub trait IssuerKeys {
    /// The key that the issuer of a credential signs with, and who vouches for it; `None` if the verifier does not trust it. Everything in
    /// the credential is unverified.
    fn key(&self, credential: &UnverifiedSdJwt) -> Option<(Jwk, Vec<Authority>)>;

    /// The same for a W3C credential with Data Integrity; whoever says nothing trusts none.
    fn of_document(&self, _credential: &Map<String, Value>) -> Option<DocumentIssuer> {
        None
    }
}

/// What a wallet answered.
#[derive(Debug)]
pub enum Answer {
    /// Presentations that answer the request, those of SD-JWTs; W3C credentials are with the session ([`VerifierSession::documents`]).
    Presented(Vec<(QueryId, VerifiedCredential)>),
    /// None, with the word of §8.5.
    Refused(String),
}

/// Why an answer is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The session has its answer, or its time is over.
    #[error("this request is not open any more")]
    Closed,
    /// Not an answer in the form that was asked for.
    #[error("not an authorization response as it was asked for")]
    Malformed,
    /// It belongs to another request.
    #[error("the answer belongs to another request")]
    State,
    /// A credential whose issuer is not trusted, or that breaks a rule, or is bound to another request.
    #[error("a presentation under query {0} does not verify")]
    Presentation(QueryId),
    /// It does not answer the query.
    #[error("{0}")]
    Query(#[source] ResponseError),
    /// A transaction is not authorised, or another one is.
    #[error("the transaction is not authorised")]
    Transaction,
    /// The ID token does not say who signs in.
    #[error("the ID token: {0}")]
    IdToken(#[source] IdTokenError),
    /// A presentation is not that of whoever signs in.
    #[error("the presentation under query {0} is not by the subject of the ID token")]
    Mixed(QueryId),
}

/// One request of a verifier.
pub struct VerifierSession {
    identification: Identification,
    ask: Ask,
    nonce: String,
    state: String,
    key: Option<SoftwareKeyAgreement>,
    sign_in: Option<SignIn>,
    subject: Option<Subject>,
    documents: Vec<(QueryId, VerifiedDocument)>,
    until: UnixTime,
    closed: bool,
}

impl VerifierSession {
    /// A session with a fresh nonce, state and encryption key.
    #[must_use]
    pub fn start(identification: Identification, ask: Ask, now: UnixTime, rng: &mut dyn CryptoRng) -> Self {
        let key = (ask.mode == ResponseMode::DirectPostJwt).then(|| response_key(rng));
        // DCQL-5
        let ask = Ask { query: ask.query.with_values_in_nfc(), ..ask };
        Self {
            nonce: base64url::encode(generate_array::<32>(rng)),
            state: base64url::encode(generate_array::<32>(rng)),
            until: now.plus(ask.valid_for),
            key,
            sign_in: None,
            subject: None,
            documents: Vec::new(),
            closed: false,
            identification,
            ask,
        }
    }

    /// Asks the citizen to sign in as well, with an ID token (SIOPv2). The answer is encrypted, whatever mode the question named: nobody
    /// between can take it apart (VP-13).
    #[must_use]
    pub fn with_sign_in(mut self, sign_in: SignIn, rng: &mut dyn CryptoRng) -> Self {
        self.ask.mode = ResponseMode::DirectPostJwt;
        self.key.get_or_insert_with(|| response_key(rng));
        self.sign_in = Some(sign_in);
        self
    }

    /// Who signed in, once an answer was taken.
    #[must_use]
    pub const fn subject(&self) -> Option<&Subject> {
        self.subject.as_ref()
    }

    /// The W3C credentials that were shown, once an answer was taken: each whole.
    #[must_use]
    pub fn documents(&self) -> &[(QueryId, VerifiedDocument)] {
        &self.documents
    }

    /// The state, by which an answer finds its session.
    #[must_use]
    pub fn state(&self) -> &str {
        &self.state
    }

    /// The link to show as a QR code; the wallet fetches the request from `request_uri`.
    #[must_use]
    pub fn link(&self, request_uri: &Endpoint, by_post: bool) -> String {
        let mut fields = vec![
            ("client_id", self.identification.client_id.as_str()),
            ("request_uri", request_uri.as_str()),
        ];
        if by_post {
            fields.push(("request_uri_method", "post"));
        }
        format!("openid4vp://?{}", http::encode_form(&fields))
    }

    /// The link with the whole request in it, unsigned: for `redirect_uri` identifiers.
    #[must_use]
    pub fn unsigned_link(&self) -> String {
        let parameters = self.parameters().into_iter();
        let texts: Vec<(String, String)> = parameters.map(|(name, value)| (name, plain(value))).collect();
        let fields: Vec<_> = texts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        format!("openid4vp://?{}", http::encode_form(&fields))
    }

    /// The signed request object (§5), with the nonce of a wallet that posted one (§5.10).
    pub fn request_object(
        &self,
        wallet_nonce: Option<&str>,
        signer: &dyn Signer,
        now: UnixTime,
    ) -> Result<String, SignError> {
        let mut claims = self.parameters();
        claims.insert("aud".to_owned(), ANY_WALLET.into());
        claims.insert("iat".to_owned(), now.seconds().into());
        claims.insert("exp".to_owned(), self.until.seconds().into());
        claims.extend(wallet_nonce.map(|nonce| ("wallet_nonce".to_owned(), Value::from(nonce))));
        let header = self.identification.header.clone().with_typ(REQUEST_TYPE);
        jwt::sign(&header, &Value::Object(claims), signer)
    }

    /// Whether an answer says that it is for this session: by the key that it is encrypted to (OpenID4VP 1.0, section 8.3), or by its state where it is in
    /// the clear. For a verifier whose answers all come to one address; it proves nothing, [`Self::verify`] does.
    #[must_use]
    pub fn is_addressed_by(&self, address: &AnswerAddress) -> bool {
        match address {
            AnswerAddress::Key(kid) => {
                self.key.as_ref().is_some_and(|key| key.jwk().kid.as_deref() == Some(kid))
            }
            AnswerAddress::State(state) => *state == self.state,
        }
    }

    /// The nonce in the body of a wallet's POST to the request's address.
    #[must_use]
    pub fn wallet_nonce(body: &str) -> Option<String> {
        http::decode_form(body)?.remove("wallet_nonce").filter(|nonce| is_url_safe(nonce))
    }

    /// **VP-9** Checks what a wallet posted to the response's address. A session is answered once.
    pub fn verify(
        &mut self,
        body: &str,
        issuers: &dyn IssuerKeys,
        now: UnixTime,
    ) -> Result<Answer, VerifyError> {
        if self.closed || now > self.until {
            return Err(VerifyError::Closed);
        }
        let answer = self.open(body)?;
        if answer.get("state").and_then(Value::as_str) != Some(&self.state) {
            return Err(VerifyError::State);
        }
        if let Some(error) = answer.get("error") {
            self.closed = true;
            let word = error.as_str().ok_or(VerifyError::Malformed)?;
            return Ok(Answer::Refused(word.chars().take(100).collect()));
        }
        let subject = self.signed_in(&answer, now)?;
        let presentations = match answer.get("vp_token") {
            Some(token) if !self.ask.query.is_nothing() => presentations(token)?,
            None if self.ask.query.is_nothing() => Vec::new(),
            _ => return Err(VerifyError::Malformed),
        };
        let (mut verified, mut documents) = (Vec::new(), Vec::new());
        for (query, shown) in &presentations {
            match shown {
                Value::Object(shown) => {
                    let trusted = |credential: &Map<String, Value>| issuers.of_document(credential);
                    documents.push(self.verify_document(query, shown, &trusted, now)?);
                }
                shown => {
                    let text = shown.as_str().ok_or(VerifyError::Malformed)?;
                    verified.push(self.verify_one(query, text, issuers, now)?);
                }
            }
        }
        let shown = verified.iter().map(presented).chain(documents.iter().map(Shown::presented));
        self.ask.query.check_response(&shown.collect::<Vec<_>>()).map_err(VerifyError::Query)?;
        self.check_transactions(&verified)?;
        self.check_subject(subject.as_ref(), (&verified, &documents))?;
        self.subject = subject;
        self.documents = documents.into_iter().map(|shown| (shown.query, shown.document)).collect();
        self.closed = true;
        Ok(Answer::Presented(
            verified.into_iter().map(|(query, credential, _)| (query, credential)).collect(),
        ))
    }

    fn parameters(&self) -> Map<String, Value> {
        let Ask { query, transactions, response_uri, mode, .. } = &self.ask;
        let mut claims = Map::new();
        let mut insert = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        insert("client_id", self.identification.client_id.as_str().into());
        insert("response_type", self.response_type().name().into());
        insert("response_mode", mode.name().into());
        insert("response_uri", response_uri.as_str().into());
        insert("nonce", self.nonce.as_str().into());
        insert("state", self.state.as_str().into());
        insert("client_metadata", self.metadata());
        if !query.is_nothing() {
            insert("dcql_query", query.to_value().clone());
        }
        if self.sign_in.is_some() {
            insert("scope", SCOPE.into());
            insert("id_token_type", SELF_SIGNED.into());
        }
        if !transactions.is_empty() {
            insert("transaction_data", transactions.iter().map(String::as_str).collect());
        }
        claims
    }

    const fn response_type(&self) -> ResponseType {
        ResponseType { presentations: !self.ask.query.is_nothing(), id_token: self.sign_in.is_some() }
    }

    fn metadata(&self) -> Value {
        let asks = |format: &Format| self.ask.query.credentials().iter().any(|one| one.format == *format);
        let mut formats = vec![Format::SdJwtVc];
        formats.extend(Some(Format::LdpVc).filter(asks));
        let mut metadata = serde_json::json!({ "vp_formats_supported": supported(&formats) });
        let Some(members) = metadata.as_object_mut() else { return metadata };
        members
            .extend(self.ask.name.iter().map(|name| ("client_name".to_owned(), Value::from(name.as_str()))));
        if let Some(key) = &self.key {
            let jwk = Jwk { alg: Some(ECDH_ES.to_owned()), usage: Some(KeyUse::Encryption), ..key.jwk() };
            members.insert("jwks".to_owned(), serde_json::json!({ "keys": [jwk.to_value()] }));
            let enc = serde_json::json!(["A256GCM", "A128GCM"]);
            members.insert("encrypted_response_enc_values_supported".to_owned(), enc);
        }
        if self.sign_in.is_some() {
            let syntaxes = serde_json::json!(SubjectSyntax::ALL.map(SubjectSyntax::name));
            members.insert("subject_syntax_types_supported".to_owned(), syntaxes);
            members.insert("id_token_signed_response_alg".to_owned(), id_token::ALGORITHM.name().into());
        }
        metadata
    }

    /// The parameters of the answer. Presentations that should be encrypted are not taken in the clear.
    fn open(&self, body: &str) -> Result<Map<String, Value>, VerifyError> {
        let fields = http::decode_form(body).ok_or(VerifyError::Malformed)?;
        match (&self.key, fields.get("response")) {
            (Some(key), Some(token)) => {
                let token = UnverifiedJwe::parse(token).map_err(|_| VerifyError::Malformed)?;
                let decrypted = token.decrypt(key).map_err(|_| VerifyError::Malformed)?;
                json::parse_object(decrypted.plaintext()).map_err(|_| VerifyError::Malformed)
            }
            (None, None) => Ok(clear(&fields)),
            (Some(_), None) if !["vp_token", "id_token"].iter().any(|name| fields.contains_key(*name)) => {
                Ok(clear(&fields))
            }
            _ => Err(VerifyError::Malformed),
        }
    }

    /// Who signs in, if that was asked. An answer has both tokens or counts for nothing, and one that nobody asked for is none.
    fn signed_in(&self, answer: &Map<String, Value>, now: UnixTime) -> Result<Option<Subject>, VerifyError> {
        match (self.sign_in, answer.get("id_token").map(Value::as_str)) {
            (None, None) => Ok(None),
            (Some(_), Some(Some(token))) => {
                let asked = id_token::Asked {
                    nonce: &self.nonce,
                    audience: self.identification.client_id.as_str(),
                    longest: LONGEST_BINDING,
                };
                id_token::verify(token, &asked, now).map(Some).map_err(VerifyError::IdToken)
            }
            _ => Err(VerifyError::Malformed),
        }
    }

    /// **VP-13** Presentations beside an ID token are its subject's: by her word, where the verifier asks for that, and by nobody's against.
    fn check_subject(
        &self,
        subject: Option<&Subject>,
        (verified, documents): (&[Verified], &[Shown]),
    ) -> Result<(), VerifyError> {
        let Some((sign_in, subject)) = self.sign_in.zip(subject) else { return Ok(()) };
        // A proof of Data Integrity names no subject but the credential's own.
        if let (SignIn::Bound, Some(shown)) = (sign_in, documents.first()) {
            return Err(VerifyError::Mixed(shown.query.clone()));
        }
        for (query, credential, _) in verified {
            let named = credential.token().key_bound().and_then(|bound| bound.claims().get(SUBJECT));
            let is_hers = match named {
                Some(named) => named.as_str() == Some(subject.id.as_str()),
                None => sign_in == SignIn::AsStandard,
            };
            if !is_hers {
                return Err(VerifyError::Mixed(query.clone()));
            }
        }
        Ok(())
    }

    fn verify_one(
        &self,
        query: &QueryId,
        text: &str,
        issuers: &dyn IssuerKeys,
        now: UnixTime,
    ) -> Result<Verified, VerifyError> {
        let refused = || VerifyError::Presentation(query.clone());
        let asked = self.ask.query.credential(query).ok_or(VerifyError::Query(ResponseError::Unrequested))?;
        let credential = UnverifiedSdJwt::parse_compact(text).map_err(|_| refused())?;
        let (key, authorities) = issuers.key(&credential).ok_or_else(refused)?;
        let session = Transaction {
            nonce: &self.nonce,
            audience: self.identification.client_id.as_str(),
            longest: LONGEST_BINDING,
        };
        let key_binding =
            if asked.holder_binding { KeyBinding::Required(session) } else { KeyBinding::NotRequired };
        let expected = Expected { now, kind: Kind::Credential, key_binding, ..Expected::default() };
        let verified = vc::verify(&credential, &key, &expected).map_err(|_| refused())?;
        Ok((query.clone(), verified, authorities))
    }

    /// Each transaction by exactly one presentation that may, and no other hash anywhere.
    fn check_transactions(&self, verified: &[Verified]) -> Result<(), VerifyError> {
        let mut hashes: Vec<(&QueryId, String)> = Vec::new();
        for (query, credential, _) in verified {
            let Some(claims) = credential.token().key_bound().map(KeyBound::claims) else { continue };
            let Some(list) = claims.get("transaction_data_hashes") else { continue };
            let named = claims.get("transaction_data_hashes_alg").is_none_or(|name| *name == SHA_256);
            let list = list.as_array().filter(|_| named).ok_or(VerifyError::Transaction)?;
            for hash in list {
                hashes.push((query, hash.as_str().ok_or(VerifyError::Transaction)?.to_owned()));
            }
        }
        for encoded in &self.ask.transactions {
            let data = self.transaction(encoded).ok_or(VerifyError::Transaction)?;
            let found = hashes
                .iter()
                .position(|(query, hash)| *hash == data.hash() && data.credentials.contains(query));
            hashes.swap_remove(found.ok_or(VerifyError::Transaction)?);
        }
        if hashes.is_empty() { Ok(()) } else { Err(VerifyError::Transaction) }
    }

    fn transaction(&self, encoded: &str) -> Option<TransactionData> {
        let own = TransactionType::of(encoded)?;
        TransactionData::read(&serde_json::json!([encoded]), &[own], &self.ask.query)?.pop()
    }
}

/// A key of its own for one answer, of a name that no other has: an answer says by it which request it is for.
fn response_key(rng: &mut dyn CryptoRng) -> SoftwareKeyAgreement {
    let key = SoftwareKeyAgreement::generate(Curve::P256, rng);
    let kid = key.jwk().thumbprint().to_string();
    key.with_kid(&kid)
}

/// A presentation under its query, and who vouches for its issuer.
type Verified = (QueryId, VerifiedCredential, Vec<Authority>);

fn presented((query, credential, authorities): &Verified) -> Presented {
    let token = credential.token();
    Presented {
        query: query.clone(),
        credential: Candidate {
            id: CandidateId::new(query.as_str()),
            format: Format::SdJwtVc,
            types: credential.types().into_iter().map(str::to_owned).collect(),
            claims: token.claims().clone(),
            authorities: authorities.clone(),
            key_bound: token.key_bound().is_some(),
        },
    }
}

/// §8.1: an object of non-empty lists of presentations, texts or objects.
fn presentations(token: &Value) -> Result<Vec<(QueryId, Value)>, VerifyError> {
    let mut all = Vec::new();
    for (id, list) in token.as_object().ok_or(VerifyError::Malformed)? {
        let id = QueryId::new(id).ok_or(VerifyError::Malformed)?;
        let list = list.as_array().filter(|list| !list.is_empty()).ok_or(VerifyError::Malformed)?;
        for presentation in list {
            all.push((id.clone(), presentation.clone()));
        }
    }
    if (1..=MOST).contains(&all.len()) { Ok(all) } else { Err(VerifyError::Malformed) }
}

/// The fields of a form that is not encrypted; `vp_token` is JSON.
fn clear(fields: &BTreeMap<String, String>) -> Map<String, Value> {
    let value = |name: &str, text: &str| match json::parse(text.as_bytes()) {
        Ok(value) if name == "vp_token" => value,
        _ => Value::from(text),
    };
    fields.iter().map(|(name, text)| (name.clone(), value(name, text))).collect()
}

fn plain(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
