//! What is on disk, read beside the writer.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use driftline_core::time::Timestamp;
use rusqlite::Connection;

use super::{
    AuditLine, AuditQuery, HistoryBucket, HistoryQuery, OutboxState, StoreError, StoredOutboxRow,
    audit, connection, history,
    outbox_rows::{self, Checked},
};

/// Connections that wait for the next question.
const KEPT: usize = 4;

/// Reads what is on disk, from any thread, without waiting for the writer. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    dir: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Reader {
    pub(crate) fn new(dir: PathBuf) -> Reader {
        Reader { dir, idle: Arc::default() }
    }

    fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let db = match idle {
            Some(db) => db,
            None => connection::reading(&self.dir)?,
        };
        let found = read(&db);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(db);
        }
        found
    }

    /// Part of a series, in at most as many buckets as asked for.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn history(&self, query: &HistoryQuery) -> Result<Vec<HistoryBucket>, StoreError> {
        self.with(|db| Ok(history::query(db, query)?))
    }

    /// The names of series that begin with `prefix`, in order.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn series(&self, prefix: &str, limit: u32) -> Result<Vec<String>, StoreError> {
        self.with(|db| Ok(history::names(db, prefix, limit)?))
    }

    /// Audit rows, in the order that is asked for.
    ///
    /// # Errors
    /// The database cannot be read, or a row is not what was written.
    pub fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditLine>, StoreError> {
        self.with(|db| audit::query(db, query))
    }

    /// Outbox rows, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn outbox(
        &self,
        state: Option<OutboxState>,
        limit: u32,
    ) -> Result<Vec<StoredOutboxRow>, StoreError> {
        let rows = self.with(|db| Ok(outbox_rows::query(db, state, limit)?))?;
        Ok(rows.into_iter().map(|checked| checked.stored).collect())
    }

    /// How many outbox rows wait, are delivered, are dead.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn outbox_counts(&self) -> Result<(u64, u64, u64), StoreError> {
        self.with(|db| Ok(outbox_rows::counts(db)?))
    }

    pub(crate) fn due(
        &self,
        now: Timestamp,
        latest: Timestamp,
    ) -> Result<(Vec<Checked>, Option<Timestamp>), StoreError> {
        self.with(|db| Ok((outbox_rows::due(db, now, latest)?, outbox_rows::next_due(db)?)))
    }
}
