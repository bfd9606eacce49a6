//! How bytes reach a party. An app may bring its own stack; `reqwest` is the default.

use async_trait::async_trait;
use citizen_primitives::Place;
use std::fmt;
use url::Url;

/// What is done to the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Asks; changes nothing.
    Get,
    /// Hands over; may change something.
    Post,
}

/// One request. Bodies are JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The place in the program from which it is sent.
    pub place: Place,
    /// What is done.
    pub method: Method,
    /// To what.
    pub url: Url,
    /// The body; empty for a `Get`.
    pub body: Vec<u8>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// One request to somebody who is no party of the ledger: issuers and verifiers of credentials speak in forms and headers.
#[derive(Clone, PartialEq, Eq)]
pub struct WebRequest {
    /// The place in the program from which it is sent.
    pub place: Place,
    /// What is done.
    pub method: Method,
    /// To what.
    pub url: Url,
    /// Names in lower case, values. Nothing that names a citizen is added to them.
    pub headers: Vec<(String, String)>,
    /// The body; empty for a `Get`.
    pub body: Vec<u8>,
}

/// One answer to a [`WebRequest`].
#[derive(Clone, PartialEq, Eq)]
pub struct WebResponse {
    /// The HTTP status.
    pub status: u16,
    /// Names in any case, values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Headers and body hold tokens and personal data.
impl fmt::Debug for WebRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebRequest({}, {:?}, {} bytes)", self.place, self.url.host_str(), self.body.len())
    }
}

impl fmt::Debug for WebResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebResponse({}, {} bytes)", self.status, self.body.len())
    }
}

/// Why there is no answer. Nothing is known then: the request may have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection, or none in time.
    #[error("no connection")]
    Offline,
    /// The answer broke off or is larger than [`LONGEST_ANSWER`].
    #[error("the answer broke off")]
    Broken,
    /// The caller stopped: the app closes, the injection harness kills.
    #[error("stopped")]
    Stopped,
    /// This transport carries nothing of the kind; nothing was sent.
    #[error("not carried")]
    Unsupported,
}

/// The most bytes of an answer that are read.
pub const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// Carries requests to parties.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends and waits for the answer. Must be safe to drop at any await point.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;

    /// Sends to an issuer or a verifier of credentials, with just these headers, and follows no redirect. A transport that does not
    /// carry such requests need not have this: its wallet takes and shows no credentials.
    async fn send_web(&self, _request: WebRequest) -> Result<WebResponse, TransportError> {
        Err(TransportError::Unsupported)
    }
}
