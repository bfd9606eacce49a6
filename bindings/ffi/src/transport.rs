//! How bytes reach the city, where the app has an HTTP stack of its own.

use citizen_wallet::{
    Connections as CoreConnections, LONGEST_ANSWER, Method, Request, Response, Transport as CoreTransport,
    TransportError as CoreError,
};
use std::sync::Arc;

/// What is done to the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum HttpMethod {
    /// `GET`: asks; changes nothing.
    Get,
    /// `POST`: hands over; may change something.
    Post,
}

/// One request. A body is JSON, `content-type: application/json`.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpRequest {
    /// What is done.
    pub method: HttpMethod,
    /// To what.
    pub url: String,
    /// The body; empty for a `GET`.
    pub body: Vec<u8>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
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

/// Carries requests to the city: `https:` alone, no redirects, no cookies, a timeout of about 30 seconds.
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
/// of TLS, no proxy that is logged in to. Ballots leave over them, each over one of its own, so that nobody can say whose they are.
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
        let method = match method {
            Method::Get => HttpMethod::Get,
            Method::Post => HttpMethod::Post,
        };
        match self.0.send(HttpRequest { method, url: url.into(), body }).await {
            Ok(HttpResponse { status, body }) if body.len() <= LONGEST_ANSWER => {
                Ok(Response { status, body })
            }
            Ok(_) => Err(CoreError::Broken),
            Err(error) => Err(error.into()),
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
}
