//! Waiting on tokio's clock, also without the default HTTP stack.

use async_trait::async_trait;
use citizen_client::Timer;
use std::time::Duration;

/// Waits on tokio's clock. The app's runtime must have its time driver on.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemTimer;

#[async_trait]
impl Timer for SystemTimer {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
