//! What stands before every route: how often a caller may ask, how many requests at once, how long one may take.

mod rate;
mod receiving;

pub use rate::{Rate, RateLimiter};

use crate::refusal::Refusal;
use axum::body::{Bytes, HttpBody as _};
use axum::extract::{ConnectInfo, FromRequest as _, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use receiving::Receiving;
use std::any::Any;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// The limits of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests at once, of all callers.
    pub at_once: usize,
    /// How long one may take.
    pub longest: Duration,
    /// Bodies on their way in at once, of all callers, before they take a place among the requests.
    pub receiving: usize,
    /// The same, of one caller.
    pub receiving_each: usize,
    /// How long one may be on its way.
    pub longest_body: Duration,
    /// How often one caller may ask.
    pub rate: Rate,
    /// How many callers are remembered.
    pub callers: usize,
}

impl Default for Limits {
    /// For one machine with the city's parties behind it, which all call from the same address.
    fn default() -> Self {
        Self {
            at_once: 512,
            longest: Duration::from_secs(20),
            receiving: 1_024,
            receiving_each: 128,
            longest_body: Duration::from_secs(10),
            rate: Rate { burst: 2_000, per_second: 1_000 },
            callers: 10_000,
        }
    }
}

/// The guard's memory.
pub(crate) struct Guard {
    limits: Limits,
    places: Arc<Semaphore>,
    receiving: Receiving,
    rate: RateLimiter,
    began: Instant,
}

impl Guard {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            places: Arc::new(Semaphore::new(limits.at_once)),
            receiving: Receiving::new(limits.receiving_each, limits.receiving),
            rate: RateLimiter::new(limits.rate, limits.callers),
            began: Instant::now(),
        }
    }

    async fn serve(&self, request: Request, next: Next) -> Result<Response, Refusal> {
        // In-process callers have no address and are not counted.
        let caller = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        if caller.is_some_and(|caller| !self.rate.admit(caller, self.began.elapsed())) {
            return Err(Refusal::TooMany);
        }
        let request = self.received(request, caller).await?;
        let _place = self.places.try_acquire().map_err(|_| Refusal::Busy)?;
        tokio::time::timeout(self.limits.longest, next.run(request)).await.map_err(|_| Refusal::TooSlow)
    }

    /// The request with all of its body: only then does it take a place from others.
    async fn received(&self, request: Request, caller: Option<IpAddr>) -> Result<Request, Refusal> {
        if request.body().is_end_stream() {
            return Ok(request);
        }
        let _turn = self.receiving.begin(caller)?;
        let (parts, body) = request.into_parts();
        let reading = Bytes::from_request(Request::from_parts(parts.clone(), body), &());
        let read = tokio::time::timeout(self.limits.longest_body, reading);
        match read.await.map_err(|_| Refusal::TooSlow)? {
            Ok(bytes) => Ok(Request::from_parts(parts, bytes.into())),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(Refusal::TooLarge),
            Err(_) => Err(Refusal::Malformed),
        }
    }
}

/// Lets a request through, or refuses it (GATEWAY-4, GATEWAY-5).
pub(crate) async fn guard(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    guard.serve(request, next).await.unwrap_or_else(|refusal| refusal.into_response())
}

/// What a panic becomes (GATEWAY-6). Its text may hold anything, so it is not logged.
pub(crate) fn caught(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request panicked");
    Refusal::Internal.into_response()
}
