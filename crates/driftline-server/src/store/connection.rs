//! Connections to the database: one that writes, others that read beside it.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

use super::{Options, StoreError, directory, journal::to_sql, schema};

/// Where a log was longer than this, the rest of its file is given back.
pub(crate) const LOG_BYTES: i64 = 64 << 20;

/// The connection that writes, and the version of the tables that it found.
pub(crate) fn writing(dir: &Path, options: &Options) -> Result<(Connection, i64), StoreError> {
    let path = directory::database(dir);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(&path, flags)?;
    db.busy_timeout(Duration::from_secs(5))?;
    // First of all: a database of another kind is not to be touched.
    let version = schema::version(&db, &path)?;
    if version == 0 {
        db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    let mode: String = db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        let why = format!(
            "expected a disk where SQLite can keep a log (WAL), found mode {mode}: a network disk?"
        );
        return Err(StoreError::damaged(path.display().to_string(), why));
    }
    // An fsync of the log before each COMMIT returns: what is acknowledged is on the disk.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    // Housekeeping copies the log back, all of it at once; SQLite's own way, a part of it at a commit, would leave a
    // database and a log that, were the log cut then, are of different times.
    db.pragma_update(None, "wal_autocheckpoint", 0)?;
    db.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    db.pragma_update(None, "cache_size", -16_384)?;
    db.set_prepared_statement_cache_capacity(64);
    schema::update(&mut db, version)?;
    if let Some(most) = options.max_bytes {
        let page: i64 = db.pragma_query_value(None, "page_size", |row| row.get(0))?;
        db.pragma_update(None, "max_page_count", (to_sql(most) / page.max(1)).max(1))?;
    }
    Ok((db, version))
}

/// A connection that only reads, and checks that the database is ours.
pub(crate) fn reading(dir: &Path) -> Result<Connection, StoreError> {
    let path = directory::database(dir);
    if !path.is_file() {
        return Err(StoreError::Missing(dir.into()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(&path, flags)?;
    db.busy_timeout(Duration::from_secs(5))?;
    match schema::version(&db, &path)? {
        0 => Err(StoreError::Missing(dir.into())),
        schema::VERSION => Ok(db),
        older => Err(StoreError::damaged(
            path.display().to_string(),
            format!(
                "expected tables of version {}, found version {older}; start the server once to bring them up to date",
                schema::VERSION
            ),
        )),
    }
}
