//! What a store holds, told without changing it; and a copy of it, made while it is in use.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use driftline_core::time::Timestamp;
use rusqlite::{Connection, backup::Backup};
use serde::Serialize;

use super::{
    StoreError, audit, connection,
    directory::{self, Acknowledged, Lock},
    journal::{self, from_sql},
    outbox_rows, schema, verification,
};

/// What a store holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspection {
    /// `driftline.store/v1`.
    pub schema: &'static str,
    /// The folder.
    pub dir: String,
    /// The version of its tables.
    pub version: i64,
    /// SQLite's version.
    pub sqlite: String,
    /// The process that works on it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_use_by: Option<u32>,
    /// Bytes of the database.
    pub database_bytes: u64,
    /// Bytes of its log.
    pub log_bytes: u64,
    /// The last command on disk.
    pub last_seq: u64,
    /// The last that was acknowledged, as far as is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<u64>,
    /// The last whose rows are recorded.
    pub recorded_through: u64,
    /// Whether the last run was ended in order.
    pub was_closed: bool,
    /// Commands since the older checkpoint.
    pub journal: JournalInspection,
    /// The states that are kept, newest first.
    pub checkpoints: Vec<CheckpointInspection>,
    /// Idempotency keys that are known.
    pub idempotency_keys: u64,
    /// The audit chains.
    pub audit: Vec<ChainInspection>,
    /// What is to be sent.
    pub outbox: OutboxInspection,
    /// Series of history.
    pub series: u64,
    /// Points of history, over all resolutions.
    pub history_points: u64,
}

/// Commands that are kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JournalInspection {
    /// How many.
    pub entries: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The first's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// When the last came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
}

/// A state that is kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckpointInspection {
    /// The last command in it.
    pub seq: u64,
    /// When that came.
    pub at: Timestamp,
    /// Its bytes.
    pub bytes: u64,
}

/// An audit chain.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChainInspection {
    /// Its name.
    pub chain: String,
    /// Rows that are kept.
    pub rows: u64,
    /// When the last was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
}

/// What is to be sent, and was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutboxInspection {
    /// Rows to be sent.
    pub waiting: u64,
    /// Rows that were.
    pub delivered: u64,
    /// Rows given up.
    pub dead: u64,
    /// Since when the oldest waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_waiting: Option<Timestamp>,
}

/// Says what the store in a folder holds, whether or not a server works on it.
///
/// # Errors
/// There is none, it is of another version, or it cannot be read.
pub fn inspect(dir: &Path) -> Result<Inspection, StoreError> {
    let db = connection::reading(dir)?;
    // One transaction: all figures are of one instant.
    let transaction = db.unchecked_transaction()?;
    let inspection = read(dir, &db)?;
    drop(transaction);
    Ok(inspection)
}

fn read(dir: &Path, db: &Connection) -> Result<Inspection, StoreError> {
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).map(from_sql);
    let maybe = |sql: &str| db.query_row(sql, [], |row| row.get::<_, Option<i64>>(0));
    let instant = |sql: &str| maybe(sql).map(|at| at.map(Timestamp::from_micros));
    let bytes = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
    let last_seq = journal::last(db)?;
    let (waiting, delivered, dead) = outbox_rows::counts(db)?;
    let checkpoints = db
        .prepare("SELECT seq, at, length(bytes) FROM checkpoint ORDER BY seq DESC")?
        .query_map([], |row| {
            Ok(CheckpointInspection {
                seq: from_sql(row.get(0)?),
                at: Timestamp::from_micros(row.get(1)?),
                bytes: from_sql(row.get(2)?),
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut chains = Vec::new();
    for chain in audit::chains(db)? {
        chains.push(db.query_row(
            "SELECT count(*), max(at) FROM audit WHERE chain = ?1",
            [&chain],
            |row| {
                Ok(ChainInspection {
                    chain: chain.clone(),
                    rows: from_sql(row.get(0)?),
                    last_at: row.get::<_, Option<i64>>(1)?.map(Timestamp::from_micros),
                })
            },
        )?);
    }
    Ok(Inspection {
        schema: "driftline.store/v1",
        dir: dir.display().to_string(),
        version: db.pragma_query_value(None, "user_version", |row| row.get(0))?,
        sqlite: rusqlite::version().into(),
        in_use_by: Lock::holder(dir),
        database_bytes: bytes(&directory::database(dir)),
        log_bytes: bytes(&directory::log(dir)),
        last_seq,
        acknowledged: Acknowledged::read(dir),
        recorded_through: schema::meta(db, schema::RECORDED_THROUGH)?.map_or(0, from_sql),
        was_closed: schema::meta(db, schema::CLOSED)?.is_some_and(|seq| from_sql(seq) == last_seq),
        journal: JournalInspection {
            entries: number("SELECT count(*) FROM journal")?,
            bytes: number("SELECT coalesce(sum(length(bytes)), 0) FROM journal")?,
            first: maybe("SELECT min(seq) FROM journal")?.map(from_sql),
            last_at: instant("SELECT at FROM (SELECT max(seq), at FROM journal)")?,
        },
        checkpoints,
        idempotency_keys: number("SELECT count(*) FROM idempotency")?,
        audit: chains,
        outbox: OutboxInspection {
            waiting,
            delivered,
            dead,
            oldest_waiting: instant("SELECT min(created) FROM outbox WHERE state = 0")?,
        },
        series: number("SELECT count(*) FROM series")?,
        history_points: number("SELECT count(*) FROM history")?,
    })
}

/// Copies the store into one new file, readable by its owner alone, while a server may work on it. The copy is checked,
/// and is there whole or not at all; put into an empty folder as `driftline.db` it is a store.
///
/// Gives back the copy's bytes.
///
/// # Errors
/// There is no store, the file exists, or it cannot be written or is not sound.
pub fn backup(dir: &Path, to: &Path) -> Result<u64, StoreError> {
    let db = connection::reading(dir)?;
    if to.exists() {
        return Err(StoreError::damaged(
            to.display().to_string(),
            "expected a new file, found one",
        ));
    }
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(partial)
        .map_err(StoreError::file(partial))?;
    let copied = copy(&db, partial).and_then(|()| {
        file.sync_all().map_err(StoreError::file(partial))?;
        // Not renamed: a file that came to be there in the meantime would be replaced.
        fs::hard_link(partial, to).map_err(StoreError::file(to))?;
        let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty());
        directory::sync(parent.unwrap_or(Path::new(".")))?;
        fs::metadata(to).map(|file| file.len()).map_err(StoreError::file(to))
    });
    let removed = fs::remove_file(partial).map_err(StoreError::file(partial));
    let bytes = copied?;
    removed?;
    Ok(bytes)
}

fn copy(db: &Connection, to: &Path) -> Result<(), StoreError> {
    let mut copy = Connection::open(to)?;
    // In one step: a copy in parts begins anew whenever the writer writes.
    Backup::new(db, &mut copy)?.step(-1)?;
    // The copy is a file by itself: no log beside it that could be forgotten.
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0))?;
    verification::of_structure(&copy)?;
    copy.close().map_err(|(_, error)| StoreError::from(error))
}
