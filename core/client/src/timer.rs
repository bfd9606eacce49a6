//! Waiting as an argument: nothing below an app chooses its runtime, and a simulation moves its clock instead.

use async_trait::async_trait;
use std::time::Duration;

/// Waits.
#[async_trait]
pub trait Timer: Send + Sync {
    /// Waits so long. Must be safe to drop at any time.
    async fn sleep(&self, duration: Duration);
}

/// Does not wait at all: for simulations whose clock is moved by hand.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoWait;

#[async_trait]
impl Timer for NoWait {
    async fn sleep(&self, _: Duration) {}
}

/// Waits on tokio's clock.
#[cfg(feature = "reqwest")]
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioTimer;

#[cfg(feature = "reqwest")]
#[async_trait]
impl Timer for TokioTimer {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
