//! What became of a database that takes nothing any more. Its party can only answer that it cannot; whoever runs it can say so and stop.

use super::DbError;
use std::sync::{Arc, OnceLock};

/// Whether a database has failed: after a write that failed it takes nothing until its file is opened again.
#[derive(Debug, Clone, Default)]
pub struct Fault(Arc<OnceLock<DbError>>);

impl Fault {
    /// The first error, if there was one.
    #[must_use]
    pub fn error(&self) -> Option<DbError> {
        self.0.get().cloned()
    }

    pub(super) fn note(&self, error: &DbError) {
        // A party that the harness cut off is dead, not its disk. The first error says most.
        if !matches!(error, DbError::Cut(_)) {
            let _ = self.0.set(error.clone());
        }
    }
}
