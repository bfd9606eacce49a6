//! How many objects are alive: what the foreign side forgets to let go of stays here.

use std::sync::atomic::{AtomicU64, Ordering};

static ALIVE: AtomicU64 = AtomicU64::new(0);

/// One object that is alive; each exported object carries one.
#[derive(Debug)]
pub(crate) struct Live(());

impl Live {
    pub(crate) fn new() -> Self {
        ALIVE.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many objects of this library are alive in the process: for tests.
#[cfg(feature = "counting")]
#[uniffi::export]
#[must_use]
pub fn live_objects() -> u64 {
    ALIVE.load(Ordering::Relaxed)
}
