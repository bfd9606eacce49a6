//! Why the ledger's storage fails: said so that an operator knows what to do.

use citizen_primitives::{Cut, DecodeError, Height};
use std::io::ErrorKind;

/// Why storage fails.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Another process has the file open.
    #[error("the ledger's file is in use by another process")]
    InUse,
    /// No room is left; nothing of the block was written.
    #[error("the disk is full")]
    Full,
    /// The file is not the ledger's, or parts of it are destroyed.
    #[error("the ledger's file is damaged: {0}")]
    Damaged(String),
    /// The file is of another ledger or another format.
    #[error("the ledger's file is of another ledger or format")]
    AnotherLedger,
    /// A block does not follow the last one.
    #[error("block {found} does not follow block {last}")]
    OutOfOrder {
        /// The last block written.
        last: Height,
        /// The block that was to be written.
        found: Height,
    },
    /// The state after a height is not kept any more, or not yet there.
    #[error("the state after block {0} is not kept")]
    NotKept(Height),
    /// The disk failed.
    #[error("the disk failed")]
    Disk(#[source] Box<redb::Error>),
    /// The party was cut off by the harness.
    #[error(transparent)]
    Cut(#[from] Cut),
}

impl StorageError {
    fn from_redb(error: redb::Error) -> Self {
        match error {
            redb::Error::DatabaseAlreadyOpen => Self::InUse,
            redb::Error::Corrupted(what) => Self::Damaged(what),
            redb::Error::Io(io) if is_full(io.kind()) => Self::Full,
            redb::Error::Io(io) if is_damage(io.kind()) => Self::Damaged(io.to_string()),
            redb::Error::TableTypeMismatch { .. } | redb::Error::UpgradeRequired(_) => Self::AnotherLedger,
            other => Self::Disk(Box::new(other)),
        }
    }
}

const fn is_full(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

/// The file says something impossible, or ends before what it says it holds.
const fn is_damage(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::InvalidData | ErrorKind::UnexpectedEof)
}

macro_rules! from_redb {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for StorageError {
            fn from(error: $error) -> Self {
                Self::from_redb(error.into())
            }
        })+
    };
}

from_redb!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    redb::SetDurabilityError,
);

impl From<DecodeError> for StorageError {
    fn from(error: DecodeError) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl From<std::io::Error> for StorageError {
    fn from(error: std::io::Error) -> Self {
        Self::from_redb(redb::Error::Io(error))
    }
}

/// What the tree says of an error that reading it has caused.
pub(crate) fn damaged(error: anyhow::Error) -> StorageError {
    match error.downcast::<redb::StorageError>() {
        Ok(error) => error.into(),
        Err(error) => StorageError::Damaged(error.to_string()),
    }
}
