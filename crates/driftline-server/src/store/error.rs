//! Why a store cannot be opened, and why a command is not taken.

use std::{fmt, io, path::PathBuf};

use rusqlite::{ErrorCode, ffi};

/// Why a store cannot be opened or read.
#[derive(Debug)]
pub enum StoreError {
    /// Another process has it open.
    InUse {
        /// The folder.
        dir: PathBuf,
        /// Its process id, where it could be read.
        process: Option<u32>,
    },
    /// There is none.
    Missing(PathBuf),
    /// It was written by a newer version of Driftline.
    Newer {
        /// The database.
        path: PathBuf,
        /// The version of its tables.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// It is a database of something else.
    Foreign(PathBuf),
    /// It does not hold what was written.
    Damaged {
        /// Which row or file.
        place: String,
        /// What was expected and what was found.
        why: String,
    },
    /// A file or folder.
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The database.
    Database(rusqlite::Error),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::InUse { dir, process: Some(process) } => write!(
                f,
                "{}: in use by process {process}; one server works on one folder",
                dir.display()
            ),
            StoreError::InUse { dir, process: None } => {
                write!(
                    f,
                    "{}: in use by another process; one server works on one folder",
                    dir.display()
                )
            }
            StoreError::Missing(path) => {
                write!(f, "{}: expected a store, found none", path.display())
            }
            StoreError::Newer { path, found, known } => write!(
                f,
                "{}: expected tables of version {known} or older, found version {found}: a newer Driftline wrote it",
                path.display()
            ),
            StoreError::Foreign(path) => {
                write!(
                    f,
                    "{}: expected a store of Driftline, found another file or database",
                    path.display()
                )
            }
            StoreError::Damaged { place, why } => write!(f, "{place}: {why}"),
            StoreError::File { path, error } => write!(f, "{}: {error}", path.display()),
            StoreError::Database(error) => write!(f, "database: {error}"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StoreError::File { error, .. } => Some(error),
            StoreError::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        StoreError::Database(error)
    }
}

impl StoreError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> StoreError {
        let path = path.into();
        |error| StoreError::File { path, error }
    }

    pub(crate) fn damaged(place: impl Into<String>, why: impl Into<String>) -> StoreError {
        StoreError::Damaged { place: place.into(), why: why.into() }
    }
}

/// Why a command has no effect, or may have none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Too many commands wait (HTTP 429). Nothing has happened.
    Overloaded,
    /// There is no room on the disk (HTTP 507). Nothing has happened.
    Full,
    /// Somebody else holds the database (HTTP 503). Nothing has happened.
    Busy,
    /// The command is too large (HTTP 413). Nothing has happened.
    TooLarge {
        /// Its bytes.
        bytes: usize,
        /// The most that is taken.
        most: usize,
    },
    /// The key was used for another command (HTTP 422). Nothing has happened.
    KeyReused {
        /// The number of that command.
        seq: u64,
    },
    /// The store is closed (HTTP 503). Nothing has happened.
    Closed,
    /// The disk failed (HTTP 500). The command may or may not be there after a restart.
    Broken(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Overloaded => write!(f, "too many commands wait to be written"),
            Refusal::Full => write!(f, "there is no room on the disk"),
            Refusal::Busy => write!(f, "another program holds the database"),
            Refusal::TooLarge { bytes, most } => {
                write!(f, "expected a command of at most {most} bytes, found {bytes}")
            }
            Refusal::KeyReused { seq } => {
                write!(f, "the idempotency key was used for another request, command {seq}")
            }
            Refusal::Closed => write!(f, "the store is closed"),
            Refusal::Broken(why) => write!(f, "the disk failed: {why}"),
        }
    }
}

impl std::error::Error for Refusal {}

/// What a failed transaction means.
impl From<&StoreError> for Refusal {
    fn from(error: &StoreError) -> Refusal {
        let StoreError::Database(rusqlite::Error::SqliteFailure(failure, _)) = error else {
            return Refusal::Broken(error.to_string());
        };
        match (failure.code, failure.extended_code) {
            // The shared index of the log cannot grow: no room either, and nothing was written to the log.
            (ErrorCode::DiskFull, _) | (_, ffi::SQLITE_IOERR_SHMSIZE) => Refusal::Full,
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Refusal::Busy,
            _ => Refusal::Broken(error.to_string()),
        }
    }
}
