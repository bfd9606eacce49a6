//! The time, where the app knows it better than the system, or a test stops it.

use citizen_wallet::{Clock as CoreClock, SystemClock, UnixTime};
use std::sync::Arc;

/// The clock does not tell the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ClockError {
    /// It failed.
    #[error("failed")]
    Failed,
}

/// Says what time it is. Called often, on any thread: answer at once.
#[uniffi::export(foreign)]
pub trait Clock: Send + Sync {
    /// Seconds since 1970-01-01 00:00 UTC.
    fn now(&self) -> Result<u64, ClockError>;
}

impl From<uniffi::UnexpectedUniFFICallbackError> for ClockError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}

/// The app's clock; the system's while that one fails.
pub(crate) struct Foreign(pub(crate) Arc<dyn Clock>);

impl CoreClock for Foreign {
    fn now(&self) -> UnixTime {
        self.0.now().map_or_else(|_| SystemClock.now(), UnixTime::from_seconds)
    }
}
