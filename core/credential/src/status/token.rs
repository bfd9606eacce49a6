//! The signed list (5.1), the reference in a credential (6.2), and what is checked of both (8.3).

use super::list::{Bits, ListError, Status, StatusList};
use crate::sd_jwt::CLOCK_SKEW;
use citizen_jose::{
    CertificateChain, Header, Jwk, JwsError, SignError, Signer, Times, UnverifiedJwt, base64url, jwt,
};
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Map, Value, json};

/// The type of a status list token.
const TYPE: &str = "statuslist+jwt";

/// Why nothing can be said of a credential's status, and the credential does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatusError {
    /// `status` is there, and is no reference to a status list.
    #[error("no reference to a status list")]
    Reference,
    /// The token is no status list, or not signed by whom it should be.
    #[error("no status list of this issuer: {0}")]
    Token(#[source] JwsError),
    /// A claim is missing or of the wrong type.
    #[error("a status list without the claims it needs")]
    Claims,
    /// The list cannot be read, or ends before the index.
    #[error("{0}")]
    List(#[from] ListError),
    /// It is another list than the credential refers to: `sub`.
    #[error("another list than the credential refers to")]
    OtherList,
    /// It says itself that it is another issuer's: `iss`.
    #[error("the status list of another issuer")]
    OtherIssuer,
    /// Its `exp` is past.
    #[error("the status list has expired")]
    Expired,
    /// It is from the future.
    #[error("the status list is from the future")]
    Future,
    /// A fresh copy has to be fetched: its `ttl` is over, or it is older than is allowed here.
    #[error("the status list is too old")]
    Stale,
}

/// Where the status of a credential stands: its claim `status.status_list`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatusReference {
    index: usize,
    uri: String,
}

impl StatusReference {
    /// A reference.
    #[must_use]
    pub const fn new(index: usize, uri: String) -> Self {
        Self { index, uri }
    }

    /// Reads the claim `status`; nothing if it names another mechanism alone (STATUS-1).
    pub fn from_claim(status: &Value) -> Result<Option<Self>, StatusError> {
        let members =
            status.as_object().filter(|members| !members.is_empty()).ok_or(StatusError::Reference)?;
        let Some(list) = members.get("status_list") else { return Ok(None) };
        let index = list.get("idx").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
        let uri = list.get("uri").and_then(Value::as_str).filter(|uri| is_uri(uri));
        match (index, uri) {
            (Some(index), Some(uri)) => Ok(Some(Self { index, uri: uri.to_owned() })),
            _ => Err(StatusError::Reference),
        }
    }

    /// The claim `status`.
    #[must_use]
    pub fn to_claim(&self) -> Value {
        json!({ "status_list": { "idx": self.index, "uri": self.uri } })
    }

    /// The place in the list.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Which list.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }
}

/// An absolute URI, as far as its scheme shows it (RFC 3986, 3).
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || ['+', '-', '.'].contains(&c));
    is_scheme && !rest.is_empty() && rest.chars().all(|c| c.is_ascii_graphic())
}

/// What a list is asked to be.
#[derive(Debug, Clone, Copy)]
pub struct StatusExpected<'a> {
    /// The time.
    pub now: UnixTime,
    /// The issuer by name: `iss` must say so, if it says anything.
    pub issuer: Option<&'a str>,
    /// How old a list may be at most, whatever it says of itself.
    pub longest: Option<Seconds>,
}

/// When a list was fetched, for `ttl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched(pub UnixTime);

/// A status list as somebody sent it.
#[derive(Debug, Clone)]
pub struct UnverifiedStatusList(UnverifiedJwt);

/// A status list of a known issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedStatusList {
    uri: String,
    issued_at: UnixTime,
    expires: Option<UnixTime>,
    time_to_live: Option<Seconds>,
    list: StatusList,
}

impl UnverifiedStatusList {
    /// Reads a token.
    pub fn parse(token: &str) -> Result<Self, StatusError> {
        UnverifiedJwt::parse(token.trim()).map(Self).map_err(StatusError::Token)
    }

    /// The header, to look for the issuer's key.
    #[must_use]
    pub const fn header(&self) -> &Header {
        self.0.header()
    }

    /// **STATUS-6** Checks it as [`Self::verify`] does, under the certificate that has signed the credential: the leaf of the credential's chain,
    /// whom the caller knows by the registry. A list that brings certificates brings that one.
    pub fn verify_by(
        self,
        chain: &CertificateChain,
        expected: &StatusExpected<'_>,
    ) -> Result<VerifiedStatusList, StatusError> {
        let named = chain.leaf().thumbprint();
        let key = chain.registered_key(&named, expected.now).map_err(|_| StatusError::OtherIssuer)?;
        if self.header().x5c.as_ref().is_some_and(|own| own.leaf().thumbprint() != named) {
            return Err(StatusError::OtherIssuer);
        }
        self.verify(&key, expected)
    }

    /// Checks type, signature, claims and times, and unpacks the list (STATUS-2, STATUS-3, STATUS-4).
    pub fn verify(
        self,
        issuer: &Jwk,
        expected: &StatusExpected<'_>,
    ) -> Result<VerifiedStatusList, StatusError> {
        let jwt = self.0.verify(issuer, &citizen_jose::Expected::typ(TYPE)).map_err(StatusError::Token)?;
        let claims = jwt.claims();
        let times = Times::of(claims).map_err(|_| StatusError::Claims)?;
        let verified = VerifiedStatusList {
            uri: claims.get("sub").and_then(Value::as_str).ok_or(StatusError::Claims)?.to_owned(),
            issued_at: times.issued_at.ok_or(StatusError::Claims)?,
            expires: times.expires,
            time_to_live: time_to_live(claims)?,
            list: list(claims.get("status_list").ok_or(StatusError::Claims)?)?,
        };
        match (claims.get("iss"), expected.issuer) {
            (Some(said), Some(issuer)) if said.as_str() != Some(issuer) => {
                return Err(StatusError::OtherIssuer);
            }
            _ => {}
        }
        if times.not_before.is_some_and(|from| from > expected.now.plus(CLOCK_SKEW)) {
            return Err(StatusError::Future);
        }
        verified.check_times(expected.now, expected.longest)?;
        Ok(verified)
    }
}

impl VerifiedStatusList {
    /// What the list says of a credential (STATUS-2, STATUS-4): `fetched` is when this copy came.
    pub fn status_of(
        &self,
        reference: &StatusReference,
        fetched: Fetched,
        now: UnixTime,
    ) -> Result<Status, StatusError> {
        if self.uri != reference.uri {
            return Err(StatusError::OtherList);
        }
        self.check_times(now, None)?;
        if self.fresh_until(fetched).is_some_and(|until| until < now) {
            return Err(StatusError::Stale);
        }
        Ok(self.list.status(reference.index)?)
    }

    /// Until when this copy may be used; for ever if the list does not say.
    #[must_use]
    pub fn fresh_until(&self, fetched: Fetched) -> Option<UnixTime> {
        let until = self.time_to_live.map(|ttl| fetched.0.plus(ttl));
        [until, self.expires].into_iter().flatten().min()
    }

    /// Which list it is.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// When it was made.
    #[must_use]
    pub const fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    /// The statuses.
    #[must_use]
    pub const fn list(&self) -> &StatusList {
        &self.list
    }

    fn check_times(&self, now: UnixTime, longest: Option<Seconds>) -> Result<(), StatusError> {
        if self.issued_at > now.plus(CLOCK_SKEW) {
            return Err(StatusError::Future);
        }
        if self.expires.is_some_and(|expires| expires <= now) {
            return Err(StatusError::Expired);
        }
        let is_too_old = longest.is_some_and(|longest| now.since(self.issued_at) > longest);
        if is_too_old { Err(StatusError::Stale) } else { Ok(()) }
    }
}

/// A positive number of seconds.
fn time_to_live(claims: &Map<String, Value>) -> Result<Option<Seconds>, StatusError> {
    let Some(ttl) = claims.get("ttl") else { return Ok(None) };
    let seconds = ttl.as_u64().filter(|seconds| *seconds > 0).ok_or(StatusError::Claims)?;
    Ok(Some(Seconds::new(seconds)))
}

fn list(claim: &Value) -> Result<StatusList, StatusError> {
    let bits = claim.get("bits").and_then(Value::as_u64).ok_or(StatusError::Claims)?;
    let compressed = claim.get("lst").and_then(Value::as_str).ok_or(StatusError::Claims)?;
    let compressed = base64url::decode(compressed).map_err(|_| StatusError::Claims)?;
    Ok(StatusList::decompress(Bits::new(bits)?, &compressed)?)
}

/// What an issuer says of a list when it signs it.
#[derive(Debug, Clone)]
pub struct Publication {
    /// Where it is published: `sub`.
    pub uri: String,
    /// When it is made.
    pub issued_at: UnixTime,
    /// From when on it says nothing.
    pub expires: Option<UnixTime>,
    /// How long a copy may be kept.
    pub time_to_live: Option<Seconds>,
}

impl Publication {
    /// Signs the list.
    pub fn sign(&self, list: &StatusList, signer: &dyn Signer) -> Result<String, SignError> {
        let Self { uri, issued_at, expires, time_to_live } = self;
        let packed = base64url::encode(list.compress());
        let mut claims = json!({
            "sub": uri,
            "iat": issued_at.seconds(),
            "status_list": { "bits": list.bits().count(), "lst": packed },
        });
        if let Some(claims) = claims.as_object_mut() {
            claims.extend(expires.map(|expires| ("exp".to_owned(), Value::from(expires.seconds()))));
            claims.extend(time_to_live.map(|ttl| ("ttl".to_owned(), Value::from(ttl.count()))));
        }
        let mut header = Header::new(signer.algorithm()).with_typ(TYPE);
        header.kid = signer.jwk().kid;
        jwt::sign(&header, &claims, signer)
    }
}
