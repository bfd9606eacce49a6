//! What is approved once: approving takes it (FFI-5).

use crate::live::Live;
use citizen_wallet::WalletError as Core;
use citizen_wallet::error::Subject;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// A review until it is approved.
pub(crate) struct Once<T> {
    review: Mutex<Option<T>>,
    _live: Live,
}

impl<T> Once<T> {
    pub(crate) fn new(review: T) -> Self {
        Self { review: Mutex::new(Some(review)), _live: Live::new() }
    }

    /// The review, the first time.
    pub(crate) fn take(&self) -> Result<T, Core> {
        let taken = self.review.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.ok_or(Core::Expired { what: Subject::Review })
    }
}

impl<T> fmt::Debug for Once<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Once")
    }
}
