//! The self-issued ID token: how a citizen is known again. Self-Issued OpenID Provider v2, draft 13 (SIOPv2), as OpenID4VP 1.0 §8 has it
//! beside presentations.
//!
//! The issuer of such a token is its subject: a key that this wallet has for this verifier alone.

use crate::vp::client_id::ClientId;
use crate::vp::error::ErrorCode;
use citizen_did::Did;
use citizen_jose::{
    Algorithm, Expected, Header, Jwk, JwsError, Thumbprint, Times, UnsignedJwt, UnverifiedJwt,
};
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Map, Value, json};

/// The only kind of ID token here: the citizen signs it (SIOPv2, "Self-Issued OpenID Provider Authorization Request").
pub(crate) const SELF_SIGNED: &str = "subject_signed_id_token";
/// What the wallet signs with: keys of phones are of P-256.
pub(crate) const ALGORITHM: Algorithm = Algorithm::Es256;
/// The scope of every request for an ID token (OpenID Connect Core 1.0, section 3.1.2.1).
pub(crate) const SCOPE: &str = "openid";
/// The claim of a key binding JWT that names the subject of the ID token beside it (RFC 7519, section 4.1.2).
pub(crate) const SUBJECT: &str = "sub";
/// How long a token counts.
const LIFE: Seconds = Seconds::new(300);
/// How far clocks may be apart.
const LEEWAY: Seconds = Seconds::new(60);

/// What a citizen is called in an ID token (SIOPv2, "Subject Syntax Types").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubjectSyntax {
    /// `did:jwk`: the key itself, in a DID.
    DidJwk,
    /// The key's thumbprint (RFC 7638), with the key in `sub_jwk`.
    Thumbprint,
}

impl SubjectSyntax {
    /// All of them, the wallet's first choice first.
    pub const ALL: [Self; 2] = [Self::DidJwk, Self::Thumbprint];

    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DidJwk => "did:jwk",
            Self::Thumbprint => "urn:ietf:params:oauth:jwk-thumbprint",
        }
    }

    /// What the holder of a key is called; `None` if a DID cannot be made of it.
    fn id(self, key: &Jwk) -> Option<String> {
        match self {
            Self::DidJwk => Some(citizen_did::jwk::did(&key.key).ok()?.as_str().to_owned()),
            Self::Thumbprint => Some(key.thumbprint().to_string()),
        }
    }
}

/// A verifier asks the citizen to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInRequest {
    /// What she will be called.
    pub syntax: SubjectSyntax,
}

impl SignInRequest {
    /// **VP-10** Reads what a request says of the ID token that it asks for: scope `openid`, a token that the citizen signs, a kind of
    /// identifier and an algorithm that the wallet has. An unsigned request is nobody's, and nobody can know her again.
    pub(crate) fn read(claims: &Map<String, Value>, client: &ClientId) -> Result<Self, ErrorCode> {
        let invalid = ErrorCode::InvalidRequest;
        let has_word = |name: &str, wanted: &str| {
            let text = claims.get(name).and_then(Value::as_str);
            text.is_some_and(|text| text.split(' ').any(|word| word == wanted))
        };
        let is_self_signed = !claims.contains_key("id_token_type") || has_word("id_token_type", SELF_SIGNED);
        if !client.prefix().is_signed() || !has_word("scope", SCOPE) || !is_self_signed {
            return Err(invalid);
        }
        let metadata = claims.get("client_metadata").ok_or(invalid)?;
        if metadata.get("id_token_signed_response_alg").is_some_and(|name| *name != ALGORITHM.name()) {
            return Err(invalid);
        }
        let taken = metadata.get("subject_syntax_types_supported").and_then(Value::as_array);
        let taken = taken.ok_or(invalid)?;
        let syntax = SubjectSyntax::ALL.into_iter().find(|syntax| taken.contains(&syntax.name().into()));
        Ok(Self { syntax: syntax.ok_or(ErrorCode::SubjectSyntaxTypesNotSupported)? })
    }
}

/// A token that waits for its signature.
pub(crate) struct UnsignedIdToken {
    pub(crate) subject: String,
    pub(crate) token: UnsignedJwt,
}

impl UnsignedIdToken {
    /// **VP-11** A token by which the holder of the key is known to the audience (SIOPv2, "Self-Issued ID Token"): `iss` and `sub` are the
    /// key, and `nonce` is the request's. `None` if the key is of another kind than the wallet signs with.
    pub(crate) fn new(
        asked: SignInRequest,
        key: &Jwk,
        (nonce, audience): (&str, &str),
        now: UnixTime,
    ) -> Option<Self> {
        key.key.algorithm().filter(|algorithm| *algorithm == ALGORITHM)?;
        let subject = asked.syntax.id(key)?;
        let mut claims = json!({
            "iss": subject, "sub": subject, "aud": audience, "nonce": nonce,
            "iat": now.seconds(), "exp": now.plus(LIFE).seconds(),
        });
        let header = Header::new(ALGORITHM).with_typ("JWT");
        let header = match asked.syntax {
            SubjectSyntax::DidJwk => header.with_kid(&key_url(&subject)),
            SubjectSyntax::Thumbprint => {
                claims.as_object_mut()?.insert("sub_jwk".to_owned(), Value::Object(key.key.to_members()));
                header
            }
        };
        Some(Self { token: UnsignedJwt::new(&header, &claims), subject })
    }
}

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// As the token calls her: `sub`.
    pub id: String,
    /// Her key, by which she is known again whatever the token calls her.
    pub key: Jwk,
}

impl Subject {
    /// The key's name (RFC 7638): one for a key, where a DID can be written in more than one way.
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        self.key.thumbprint()
    }
}

/// Why an ID token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// It is no token, or not signed by its subject's key; `none` signs nothing.
    #[error("not signed by its subject: {0}")]
    Token(#[source] JwsError),
    /// `iss` is not `sub`: somebody else's word on her.
    #[error("not self-issued")]
    NotSelfIssued,
    /// `sub` is neither a `did:jwk` whose key `kid` names, nor the thumbprint of `sub_jwk`.
    #[error("the subject is no key")]
    Subject,
    /// It is for somebody else.
    #[error("for another audience")]
    Audience,
    /// It was made for another request.
    #[error("for another request")]
    Nonce,
    /// It has no times, or they are over or yet to come.
    #[error("not valid now")]
    Time,
}

/// What a verifier holds a token against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) nonce: &'a str,
    pub(crate) audience: &'a str,
    /// The oldest that is taken.
    pub(crate) longest: Seconds,
}

/// **VP-12** Who signed in, by the steps of SIOPv2, "Self-Issued ID Token Validation".
pub(crate) fn verify(token: &str, asked: &Asked<'_>, now: UnixTime) -> Result<Subject, IdTokenError> {
    let token = UnverifiedJwt::parse(token).map_err(IdTokenError::Token)?;
    let subject = subject(&token)?;
    // Whatever type it says: the key is its subject's own, and nobody's who signs other things for this audience with these claims.
    let verified = token.verify(&subject.key, &Expected::any()).map_err(IdTokenError::Token)?;
    let claims = verified.claims();
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("aud") != Some(asked.audience) {
        return Err(IdTokenError::Audience);
    }
    if text("nonce") != Some(asked.nonce) {
        return Err(IdTokenError::Nonce);
    }
    let times =
        Times::of(claims).and_then(|times| times.check(now, LEEWAY)).map_err(|_| IdTokenError::Time)?;
    let is_fresh = times.issued_at.is_some_and(|made| now <= made.plus(asked.longest));
    if is_fresh && times.expires.is_some() { Ok(subject) } else { Err(IdTokenError::Time) }
}

/// Whose key it has to be, by what the token says: the signature is still to be checked under it.
fn subject(token: &UnverifiedJwt) -> Result<Subject, IdTokenError> {
    let claims = token.claims_unverified();
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let (Some(issuer), Some(id)) = (text("iss"), text("sub")) else {
        return Err(IdTokenError::NotSelfIssued);
    };
    if issuer != id {
        return Err(IdTokenError::NotSelfIssued);
    }
    let key = match claims.get("sub_jwk") {
        None => of_did(id, token.header().kid.as_deref()),
        Some(key) => Jwk::from_value(key).ok().filter(|key| is_thumbprint(id, &key.thumbprint())),
    };
    Ok(Subject { id: id.to_owned(), key: key.ok_or(IdTokenError::Subject)? })
}

/// The key of a `did:jwk`, if it is the one that `kid` names.
fn of_did(id: &str, kid: Option<&str>) -> Option<Jwk> {
    kid.filter(|kid| *kid == key_url(id))?;
    citizen_did::jwk::key(&Did::parse(id).ok()?).ok()
}

/// As it is, or as a URI (RFC 9278).
fn is_thumbprint(id: &str, thumbprint: &Thumbprint) -> bool {
    id == thumbprint.to_string() || id == thumbprint.to_uri()
}

/// The one key of a `did:jwk`.
fn key_url(did: &str) -> String {
    format!("{did}#0")
}
