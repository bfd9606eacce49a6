//! How bytes reach the city, where the app has an HTTP stack of its own.

use citizen_wallet::{
    Connections as CoreConnections, LONGEST_ANSWER, Method, Request, Response, Transport as CoreTransport,
    TransportError as CoreError, WebRequest, WebResponse,
};
use std::fmt;
use std::sync::Arc;

/// What is done to the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum HttpMethod {
    /// `GET`: asks; changes nothing.
    Get,
    /// `POST`: hands over; may change something.
    Post,
}

/// A header.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpHeader {
    /// Its name; in a request in lower case.
    pub name: String,
    /// What it says.
    pub value: String,
}

/// It may hold a token.
impl fmt::Debug for HttpHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpHeader({})", self.name)
    }
}

/// One request. Without headers it goes to the city, and a body is JSON, `content-type: application/json`. With headers it goes to an issuer
/// or a verifier: these are sent and no others that name anybody.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpRequest {
    /// What is done.
    pub method: HttpMethod,
    /// To what.
    pub url: String,
    /// The body; empty for a `GET`.
    pub body: Vec<u8>,
    /// The headers; none for the city.
    #[uniffi(default = [])]
    pub headers: Vec<HttpHeader>,
}

/// One answer.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// All its headers. Whoever asks the city needs none; issuers and verifiers say with them what comes next.
    #[uniffi(default = [])]
    pub headers: Vec<HttpHeader>,
}

/// What is sent to an issuer or a verifier is the citizen's.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpRequest({:?}, {} bytes)", self.method, self.body.len())
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpResponse({}, {} bytes)", self.status, self.body.len())
    }
}

/// Why there is no answer. The request may have arrived: the wallet never takes this for a refusal. Anything else an
/// implementation throws counts as `Broken`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum TransportError {
    /// No connection, or none in time.
    #[error("offline")]
    Offline,
    /// The answer broke off or is larger than 4 MiB.
    #[error("broken")]
    Broken,
    /// The app stopped it.
    #[error("cancelled")]
    Cancelled,
}

/// Carries requests to the city, and with their headers to issuers and verifiers: `https:` alone, no redirects, no cookies, a timeout of
/// about 30 seconds. One that answers issuers and verifiers without headers is taken for one that carries none: the wallet says
/// `transport-needed` and receives and shows nothing.
#[uniffi::export(foreign)]
#[async_trait::async_trait]
pub trait Transport: Send + Sync {
    /// Sends and waits for the answer, whatever its status.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}

impl From<uniffi::UnexpectedUniFFICallbackError> for TransportError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Broken
    }
}

impl From<TransportError> for CoreError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Offline => Self::Offline,
            TransportError::Broken => Self::Broken,
            TransportError::Cancelled => Self::Stopped,
        }
    }
}

/// Opens transports that have nothing in common, neither with one another nor with the wallet's own: no connection, no cookie, no session
/// of TLS, no proxy that is logged in to. Ballots leave over them, each over one of its own, so that nobody can say whose they are; and so does all
/// that names an issuer or a verifier.
#[uniffi::export(foreign)]
pub trait Connections: Send + Sync {
    /// A transport that nothing was sent over, made for this one question. It is let go of when all is said.
    fn fresh(&self) -> Result<Arc<dyn Transport>, TransportError>;
}

/// The app's transport as the wallet uses it.
pub(crate) struct Foreign(pub(crate) Arc<dyn Transport>);

#[async_trait::async_trait]
impl CoreTransport for Foreign {
    async fn send(&self, request: Request) -> Result<Response, CoreError> {
        let Request { place: _, method, url, body } = request;
        let request = HttpRequest { method: method.into(), url: url.into(), body, headers: Vec::new() };
        let HttpResponse { status, body, headers: _ } = self.ask(request).await?;
        Ok(Response { status, body })
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, CoreError> {
        let WebRequest { place: _, method, url, headers, body } = request;
        let headers = headers.into_iter().map(|(name, value)| HttpHeader { name, value }).collect();
        let request = HttpRequest { method: method.into(), url: url.into(), body, headers };
        let HttpResponse { status, body, headers } = self.ask(request).await?;
        if headers.is_empty() {
            return Err(CoreError::Unsupported);
        }
        let headers = headers.into_iter().map(|HttpHeader { name, value }| (name, value)).collect();
        Ok(WebResponse { status, headers, body })
    }
}

impl Foreign {
    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, CoreError> {
        match self.0.send(request).await {
            Ok(answer) if answer.body.len() <= LONGEST_ANSWER => Ok(answer),
            Ok(_) => Err(CoreError::Broken),
            Err(error) => Err(error.into()),
        }
    }
}

impl From<Method> for HttpMethod {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::Get,
            Method::Post => Self::Post,
        }
    }
}

/// The app's connections as the wallet uses them.
pub(crate) struct ForeignConnections(pub(crate) Arc<dyn Connections>);

impl CoreConnections for ForeignConnections {
    fn open(&self) -> Option<Arc<dyn CoreTransport>> {
        Some(match self.0.fresh() {
            Ok(transport) => Arc::new(Foreign(transport)),
            // The ballot lies in the outbox and is sent later; that the app has none for good is never said of one that fails.
            Err(error) => Arc::new(Unopened(error.into())),
        })
    }
}

/// A connection that the app could not open.
struct Unopened(CoreError);

#[async_trait::async_trait]
impl CoreTransport for Unopened {
    async fn send(&self, _: Request) -> Result<Response, CoreError> {
        Err(self.0)
    }

    async fn send_web(&self, _: WebRequest) -> Result<WebResponse, CoreError> {
        Err(self.0)
    }
}
