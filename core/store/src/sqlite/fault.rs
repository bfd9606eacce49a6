//! What SQLite's result codes mean to whoever keeps something in a store (STORE-7).

use crate::store::StoreError;
use rusqlite::{Error, ErrorCode, ffi};

/// Reading failed although the file is there: the page is gone.
const UNREADABLE: [i32; 4] = [
    ffi::SQLITE_IOERR_READ,
    ffi::SQLITE_IOERR_SHORT_READ,
    ffi::SQLITE_IOERR_DATA,
    ffi::SQLITE_IOERR_CORRUPTFS,
];

#[allow(clippy::needless_pass_by_value)] // for `map_err(fault)`
pub(super) fn fault(error: Error) -> StoreError {
    // An error without a code is about a value that is not of the type that was written.
    let Some(inner) = error.sqlite_error() else { return StoreError::Damaged };
    match inner.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
        ErrorCode::DiskFull => StoreError::Full,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Damaged,
        ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied => StoreError::Unwritable,
        ErrorCode::SystemIoFailure if UNREADABLE.contains(&inner.extended_code) => StoreError::Damaged,
        ErrorCode::SystemIoFailure => StoreError::Unwritable,
        // Our statements never change: an error in one is in the schema or the header that it meets.
        _ if inner.extended_code == ffi::SQLITE_ERROR => StoreError::Damaged,
        _ => StoreError::Failed { code: inner.extended_code },
    }
}
