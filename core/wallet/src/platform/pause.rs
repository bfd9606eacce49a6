//! Waiting between two questions, as an argument: a simulation moves its clock instead.

use async_trait::async_trait;
use std::time::Duration;

/// Waits.
#[async_trait]
pub trait Pause: Send + Sync {
    /// Waits so long. Must be safe to drop at any time.
    async fn pause(&self, duration: Duration);
}

/// Waits on tokio's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioPause;

#[async_trait]
impl Pause for TokioPause {
    async fn pause(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
