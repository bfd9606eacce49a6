//! A party's background work in a loop.

use crate::error::ServiceError;
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// What one step did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stepped {
    /// How many things moved on.
    pub moved: u32,
    /// How many are not at their end.
    pub open: u32,
}

/// Work that goes on by itself, one deterministic step at a time.
#[async_trait]
pub trait Steps: Send + Sync {
    /// Moves everything on as far as it goes now.
    async fn step(&self) -> Result<Stepped, ServiceError>;
}

/// Steps until told to stop; a step that has begun is brought to its end. What fails is tried again at the next step.
pub async fn run(party: Arc<dyn Steps>, pace: Duration, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow_and_update() {
        match party.step().await {
            Ok(stepped) if stepped.moved > 0 => {
                tracing::debug!(moved = stepped.moved, open = stepped.open, "stepped")
            }
            Ok(_) => {}
            Err(ServiceError::Stopped) => return,
            Err(error) => tracing::warn!(%error, "a step failed"),
        }
        let wait = tokio::time::timeout(pace, stop.changed()).await;
        // The sender is gone: nobody could say stop any more.
        if matches!(wait, Ok(Err(_))) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    struct Counting(AtomicU32);

    #[async_trait]
    impl Steps for Counting {
        async fn step(&self) -> Result<Stepped, ServiceError> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Err(ServiceError::Unavailable)
        }
    }

    #[tokio::test]
    async fn a_loop_survives_a_failed_step_and_ends_when_told() {
        let party = Arc::new(Counting(AtomicU32::new(0)));
        let (stop, told) = watch::channel(false);
        let running = tokio::spawn(run(party.clone(), Duration::from_millis(1), told));
        while party.0.load(Ordering::SeqCst) < 3 {
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.send(true).unwrap();
        running.await.unwrap();
    }
}
