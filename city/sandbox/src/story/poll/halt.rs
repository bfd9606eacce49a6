//! Why a poll of the story is not told to its end. Only one thing passes by holding another poll with longer windows: that it was too
//! late. A disk that is full, or a phone that believes nobody, is so in the next poll as well.

use crate::admin::AdminError;
use crate::failure::Failure;
use citizen_wallet::WalletError;
use std::io;

/// What ended a poll before its end.
#[derive(Debug)]
pub(super) enum Halt {
    /// Its time was over.
    TooLate,
    /// Anything else.
    Failed(Failure),
}

impl From<WalletError> for Halt {
    fn from(error: WalletError) -> Self {
        match error {
            // A review whose poll is over, and a poll that is.
            WalletError::Expired { .. } => Self::TooLate,
            WalletError::Refused { reason, .. } if reason.word() == "poll-time" => Self::TooLate,
            error => Self::Failed(error.into()),
        }
    }
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<AdminError> for Halt {
    fn from(error: AdminError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::narrator::Line;

    #[test]
    fn another_poll_is_held_only_where_more_time_helps() {
        let disk = WalletError::StorageFull;
        assert!(matches!(Halt::from(disk), Halt::Failed(_)));
        assert!(matches!(Halt::from(WalletError::Offline { can_queue: true }), Halt::Failed(_)));
        assert!(matches!(Halt::from(Failure(Line::of("disk-full"))), Halt::Failed(_)));
        assert!(matches!(Halt::from(AdminError::NoPoll), Halt::Failed(_)));
    }
}
