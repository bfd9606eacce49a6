//! How bytes reach the city, where the app has an HTTP stack of its own.

use citizen_wallet::{
    LONGEST_ANSWER, Method, Request, Response, Transport as CoreTransport, TransportError as CoreError,
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
            Ok(_) | Err(TransportError::Broken) => Err(CoreError::Broken),
            Err(TransportError::Offline) => Err(CoreError::Offline),
            Err(TransportError::Cancelled) => Err(CoreError::Stopped),
        }
    }
}
