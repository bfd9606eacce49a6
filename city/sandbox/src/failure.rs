//! Why a command failed, in words for people.

use crate::city::CityError;
use crate::folder::FolderError;
use crate::keeping::KeepingError;
use crate::narrator::Line;
use city_chain::ChainError;
use city_services::DbError;
use city_storage::StorageError;
use std::io;

/// Why a command failed, for people.
#[derive(Debug)]
pub struct Failure(pub Line);

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(Line::same(error))
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        let line = Line::of(error.code()).with("path", error.path().display());
        Self(match error {
            // What the system says is in its own language.
            FolderError::Disk { source, .. } => line.with("reason", source),
            _ => line,
        })
    }
}

impl From<KeepingError> for Failure {
    fn from(error: KeepingError) -> Self {
        let line = Line::of(error.code());
        Self(match error {
            KeepingError::Folder(error) => return error.into(),
            KeepingError::NoCity(path) | KeepingError::NotEmpty(path) => line.with("path", path.display()),
            KeepingError::NotWhole(what) => line.with("path", what),
            KeepingError::Node(error) => line.with("path", error),
            KeepingError::Audit(error) => line.with("path", error),
        })
    }
}

impl From<CityError> for Failure {
    fn from(error: CityError) -> Self {
        match error {
            CityError::Folder(error) | CityError::Genesis(crate::genesis::OpenError::Folder(error)) => {
                error.into()
            }
            CityError::Database(DbError::Full)
            | CityError::Stopped(ChainError::Storage(StorageError::Full)) => Self(Line::of("disk-full")),
            error => Self(Line::same(error)),
        }
    }
}
