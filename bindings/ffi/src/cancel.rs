//! Stopping a call that is under way.

use crate::live::Live;
use std::sync::Arc;
use tokio::sync::watch;

/// Stops the calls it was handed to: they answer [`WalletError::Cancelled`](crate::WalletError::Cancelled) at once.
///
/// What the citizen had approved stays approved: a signed order lies in the outbox, and the next synchronisation sends it. What a
/// stopped call had begun may end behind its back; nothing is half done.
#[derive(Debug, uniffi::Object)]
pub struct CancelToken {
    stopped: watch::Sender<bool>,
    _live: Live,
}

#[uniffi::export]
impl CancelToken {
    /// Not cancelled.
    #[uniffi::constructor]
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self { stopped: watch::Sender::new(false), _live: Live::new() })
    }

    /// Stops every call that has this token, now and later.
    pub fn cancel(&self) {
        self.stopped.send_replace(true);
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.stopped.borrow()
    }
}

impl CancelToken {
    /// Ends once it is cancelled.
    pub(crate) async fn cancelled(&self) {
        // The sender is `self`: it cannot be gone.
        let _ = self.stopped.subscribe().wait_for(|stopped| *stopped).await;
    }
}
