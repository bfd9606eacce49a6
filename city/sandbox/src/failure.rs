//! Why a command failed, in words for people.

use crate::admin::AdminError;
use crate::city::CityError;
use crate::folder::FolderError;
use crate::keeping::KeepingError;
use crate::narrator::Line;
use city_chain::ChainError;
use city_services::DbError;
use city_storage::StorageError;
use std::fmt::Display;
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

impl From<AdminError> for Failure {
    fn from(error: AdminError) -> Self {
        let because = |key: &str, reason: &dyn Display| Line::of(key).with("reason", reason);
        Self(match error {
            AdminError::City(error) => return error.into(),
            AdminError::Folder(error) => return error.into(),
            AdminError::File { path, reason } => because("admin.file", &reason).with("path", path.display()),
            AdminError::Https(error) => because("admin.gateway", &error),
            AdminError::Gateway(error) => because("admin.gateway", &error),
            AdminError::Compose(error) => because("admin.compose", &error),
            AdminError::Manifest(error) => because("admin.compose", &error),
            AdminError::NoAddress => Line::of("admin.no-address"),
            AdminError::Refused(rejection) => because("admin.refused", &rejection),
            AdminError::NoPoll => Line::of("admin.no-poll"),
            AdminError::Publish(error) => because("admin.not-published", &error),
            AdminError::Service(error) => because("admin.gateway", &error),
        })
    }
}
