//! What stands before every route: how often a caller may ask, how many requests at once, how long one may take.

mod rate;

pub use rate::{Rate, RateLimiter};

use crate::refusal::Refusal;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::any::Any;
use std::net::SocketAddr;
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
            rate: Rate { burst: 2_000, per_second: 1_000 },
            callers: 10_000,
        }
    }
}

/// The guard's memory.
pub(crate) struct Guard {
    limits: Limits,
    places: Arc<Semaphore>,
    rate: RateLimiter,
    began: Instant,
}

impl Guard {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            places: Arc::new(Semaphore::new(limits.at_once)),
            rate: RateLimiter::new(limits.rate, limits.callers),
            began: Instant::now(),
        }
    }

    async fn serve(&self, request: Request, next: Next) -> Result<Response, Refusal> {
        // In-process callers have no address and are not counted.
        if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>()
            && !self.rate.admit(peer.ip(), self.began.elapsed())
        {
            return Err(Refusal::TooMany);
        }
        let _place = self.places.try_acquire().map_err(|_| Refusal::Busy)?;
        tokio::time::timeout(self.limits.longest, next.run(request)).await.map_err(|_| Refusal::TooSlow)
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
