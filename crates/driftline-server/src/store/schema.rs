//! The tables, and their versions.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::StoreError;

/// "Drft": says that a database is ours.
const APPLICATION_ID: i64 = 0x4472_6674;

/// One step for each version of the tables; a store of version n is brought up to date by the steps from n on.
const STEPS: &[&str] = &[
    "
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE journal (
  seq   INTEGER PRIMARY KEY,
  at    INTEGER NOT NULL, -- microseconds since 1970, here and below
  kind  INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  crc   INTEGER NOT NULL
);

CREATE TABLE checkpoint (
  seq    INTEGER PRIMARY KEY,
  at     INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  bytes  BLOB NOT NULL
);

CREATE TABLE idempotency (
  seq          INTEGER PRIMARY KEY,
  key          TEXT NOT NULL UNIQUE,
  request_hash BLOB NOT NULL,
  at           INTEGER NOT NULL,
  response     BLOB,    -- NULL until it is recorded
  crc          INTEGER
);

CREATE TABLE audit (
  chain    TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  json     TEXT NOT NULL,
  PRIMARY KEY (chain, sequence)
) WITHOUT ROWID;
CREATE INDEX audit_at ON audit (at);

CREATE TABLE audit_base ( -- where a chain begins whose first rows are gone
  chain TEXT PRIMARY KEY,
  rows  INTEGER NOT NULL,
  hash  TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE outbox (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  event       TEXT NOT NULL,
  endpoint    TEXT NOT NULL,
  subject     TEXT NOT NULL,
  url         TEXT NOT NULL,
  headers     TEXT NOT NULL, -- JSON
  body        BLOB NOT NULL,
  crc         INTEGER NOT NULL,
  created     INTEGER NOT NULL,
  not_after   INTEGER,
  attempts    INTEGER NOT NULL DEFAULT 0,
  next_at     INTEGER NOT NULL,
  state       INTEGER NOT NULL DEFAULT 0, -- 0 waits, 1 delivered, 2 dead
  settled_at  INTEGER,
  last_status INTEGER,
  last_error  TEXT,
  UNIQUE (event, endpoint)
);
CREATE INDEX outbox_waiting ON outbox (next_at) WHERE state = 0;
CREATE INDEX outbox_settled ON outbox (settled_at) WHERE state > 0;

CREATE TABLE series (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

CREATE TABLE history (
  series     INTEGER NOT NULL,
  resolution INTEGER NOT NULL, -- seconds
  at         INTEGER NOT NULL, -- the bucket's start
  n          INTEGER NOT NULL,
  sum        REAL NOT NULL,
  min        REAL NOT NULL,
  max        REAL NOT NULL,
  last       REAL NOT NULL,
  PRIMARY KEY (series, resolution, at)
) WITHOUT ROWID;
",
    "
ALTER TABLE outbox ADD COLUMN method TEXT NOT NULL DEFAULT 'POST';
",
];

/// The version of the tables that this program writes.
pub(crate) const VERSION: i64 = STEPS.len() as i64;

/// Checks that a database is ours and not newer than we are, and says its version; 0 is a new one.
pub(crate) fn version(db: &Connection, path: &Path) -> Result<i64, StoreError> {
    let not_ours = |error| match error {
        rusqlite::Error::SqliteFailure(failure, _)
            if failure.code == rusqlite::ErrorCode::NotADatabase =>
        {
            StoreError::Foreign(path.into())
        }
        other => StoreError::Database(other),
    };
    let id: i64 =
        db.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(not_ours)?;
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (id, version) {
        (0, 0) if tables == 0 => Ok(0),
        (APPLICATION_ID, found) if found > VERSION => {
            Err(StoreError::Newer { path: path.into(), found, known: VERSION })
        }
        (APPLICATION_ID, found) if found > 0 => Ok(found),
        _ => Err(StoreError::Foreign(path.into())),
    }
}

/// Makes the tables, or brings them up to date, in one transaction.
pub(crate) fn update(db: &mut Connection, from: i64) -> Result<(), StoreError> {
    let steps = usize::try_from(from).ok().and_then(|from| STEPS.get(from..)).unwrap_or_default();
    if steps.is_empty() {
        return Ok(());
    }
    let transaction = db.transaction()?;
    for step in steps {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}

/// A number that the store keeps about itself.
pub(crate) fn meta(db: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

pub(crate) fn set_meta(db: &Connection, name: &str, value: i64) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?
    .execute(params![name, value])?;
    Ok(())
}

/// The last command whose rows are recorded.
pub(crate) const RECORDED_THROUGH: &str = "recorded_through";
/// 1 after [`Store::close`](super::Store::close).
pub(crate) const CLOSED: &str = "closed";
/// Written to see whether there is room again.
pub(crate) const TRIED_AT: &str = "tried_at";
