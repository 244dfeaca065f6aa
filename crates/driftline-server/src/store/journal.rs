//! Commands and keys on disk.

use driftline_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Entry, IdempotencyKey, StoreError};

/// Numbers are far from what SQLite's integers hold: a million commands a second for 290,000 years.
pub(crate) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn from_sql(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

pub(crate) fn append(db: &Connection, entry: &Entry) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO journal (seq, at, kind, bytes, crc) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        to_sql(entry.seq),
        entry.at.micros(),
        entry.kind,
        entry.bytes,
        entry.crc()
    ])?;
    Ok(())
}

/// The number of the last command.
pub(crate) fn last(db: &Connection) -> rusqlite::Result<u64> {
    // The journal may be empty, where a checkpoint holds all of it.
    let last: Option<i64> = db.query_row(
        "SELECT max(seq) FROM (SELECT max(seq) AS seq FROM journal UNION ALL SELECT max(seq) FROM checkpoint)",
        [],
        |row| row.get(0),
    )?;
    Ok(last.map_or(0, from_sql))
}

/// Calls `visit` with each command after `after`, one at a time, checked: sum right, no number missing.
pub(crate) fn each_after(
    db: &Connection,
    after: u64,
    mut visit: impl FnMut(Entry) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let mut statement =
        db.prepare("SELECT seq, at, kind, bytes, crc FROM journal WHERE seq > ?1 ORDER BY seq")?;
    let mut rows = statement.query([to_sql(after)])?;
    let mut expected = after.saturating_add(1);
    while let Some(row) = rows.next()? {
        let (entry, crc) = read(row).map_err(|error| unreadable(expected, &error))?;
        let found = entry.seq;
        if found != expected {
            return Err(StoreError::damaged(
                format!("journal entry {expected}"),
                format!("expected the next command, found number {found}: commands are missing"),
            ));
        }
        if entry.crc() != crc {
            return Err(StoreError::damaged(
                format!("journal entry {found}"),
                "its content does not fit its checksum: it was altered",
            ));
        }
        visit(entry)?;
        expected = expected.saturating_add(1);
    }
    Ok(expected.saturating_sub(1))
}

/// A row that is not what was written: a value of another type, or pages that do not hang together.
pub(crate) fn unreadable(seq: u64, error: &rusqlite::Error) -> StoreError {
    StoreError::damaged(format!("journal entry {seq}"), format!("cannot be read: {error}"))
}

fn read(row: &Row<'_>) -> rusqlite::Result<(Entry, u32)> {
    let entry = Entry {
        seq: from_sql(row.get(0)?),
        at: Timestamp::from_micros(row.get(1)?),
        kind: row.get(2)?,
        bytes: row.get(3)?,
    };
    Ok((entry, row.get(4)?))
}

/// What is known of a key.
#[derive(Debug)]
pub(crate) enum KnownKey {
    /// Nothing.
    New,
    /// The same request: its command's number, and the answer where it is recorded.
    Same { seq: u64, response: Option<Vec<u8>> },
    /// Another request.
    Other { seq: u64 },
    /// The same request, whose answer was altered.
    Damaged { seq: u64 },
}

/// Looks up a key; one that is older than `expired` is forgotten.
pub(crate) fn known(
    db: &Connection,
    key: &IdempotencyKey,
    expired: Timestamp,
) -> rusqlite::Result<KnownKey> {
    let found = db
        .prepare_cached(
            "SELECT seq, request_hash, at, response, crc FROM idempotency WHERE key = ?1",
        )?
        .query_row([&key.key], |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, Vec<u8>>(1)?,
                row.get::<_, i64>(2)?,
                row.get::<_, Option<Vec<u8>>>(3)?,
                row.get::<_, Option<u32>>(4)?,
            ))
        })
        .optional()?;
    let Some((seq, hash, at, response, crc)) = found else { return Ok(KnownKey::New) };
    if at < expired.micros() {
        db.prepare_cached("DELETE FROM idempotency WHERE seq = ?1")?.execute([seq])?;
        return Ok(KnownKey::New);
    }
    let seq = from_sql(seq);
    if hash != key.request_hash {
        return Ok(KnownKey::Other { seq });
    }
    match &response {
        Some(response) if crc != Some(crc32fast::hash(response)) => Ok(KnownKey::Damaged { seq }),
        _ => Ok(KnownKey::Same { seq, response }),
    }
}

pub(crate) fn remember(
    db: &Connection,
    key: &IdempotencyKey,
    seq: u64,
    at: Timestamp,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO idempotency (seq, key, request_hash, at) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![to_sql(seq), key.key, key.request_hash, at.micros()])?;
    Ok(())
}

/// Records the answer to a command with a key.
pub(crate) fn record_response(db: &Connection, seq: u64, response: &[u8]) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE idempotency SET response = ?2, crc = ?3 WHERE seq = ?1")?
        .execute(params![to_sql(seq), response, crc32fast::hash(response)])?;
    Ok(())
}

/// Commands with a key whose answer is not recorded.
pub(crate) fn unanswered(db: &Connection, after: u64) -> rusqlite::Result<Vec<u64>> {
    db.prepare("SELECT seq FROM idempotency WHERE seq > ?1 AND response IS NULL ORDER BY seq")?
        .query_map([to_sql(after)], |row| row.get(0).map(from_sql))?
        .collect()
}
