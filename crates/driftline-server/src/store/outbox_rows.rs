//! What is to be sent, on disk.

use driftline_core::time::Timestamp;
use rusqlite::{Connection, Row, params};
use serde::Serialize;

use super::{
    StoreError,
    journal::{from_sql, to_sql},
};

/// The largest body, in bytes: receivers of webhooks expect less than 20 KB.
pub(crate) const MAX_BODY: usize = 64 << 10;

/// Something to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Names the event, for good: the receiver's key against doing a thing twice (`webhook-id`).
    pub event: String,
    /// Which of the configured endpoints it goes to: its secret is looked up by this name and is never stored here.
    pub endpoint: String,
    /// What it is about: an incident, an alert.
    pub subject: String,
    /// The HTTP method.
    pub method: String,
    /// Where to.
    pub url: String,
    /// Headers beside those of the signature.
    pub headers: Vec<(String, String)>,
    /// What is sent, at most 64 KiB.
    pub body: Vec<u8>,
    /// Since when.
    pub created: Timestamp,
    /// Not sent from then on: an order that is delivered a day late is an incident.
    pub not_after: Option<Timestamp>,
    /// Whether it takes the place of what still waits for the same endpoint on the same subject, because it says how
    /// things stand now. Not stored.
    pub replaces: bool,
}

impl OutboxRow {
    fn crc(&self, headers: &str) -> u32 {
        let mut crc = crc32fast::Hasher::new();
        for part in [&self.event, &self.endpoint, &self.subject, &self.url, headers] {
            crc.update(&(part.len() as u64).to_le_bytes());
            crc.update(part.as_bytes());
        }
        crc.update(&self.body);
        crc.update(&self.created.micros().to_le_bytes());
        crc.update(&self.not_after.map_or(0, Timestamp::micros).to_le_bytes());
        // Rows of the tables' first version had no other.
        if self.method != "POST" {
            crc.update(self.method.as_bytes());
        }
        crc.finalize()
    }
}

/// How far a row has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// To be sent, or sent again.
    Waiting,
    /// The receiver has it.
    Delivered,
    /// Given up: too old, refused for good, or one of too many.
    Dead,
}

impl OutboxState {
    const ALL: [OutboxState; 3] = [OutboxState::Waiting, OutboxState::Delivered, OutboxState::Dead];

    fn code(self) -> i64 {
        self as i64
    }

    fn from_code(code: i64) -> OutboxState {
        // An unknown state is not sent.
        OutboxState::ALL.into_iter().find(|state| state.code() == code).unwrap_or(OutboxState::Dead)
    }
}

/// A row with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOutboxRow {
    /// Its number, in the order in which rows came.
    pub id: i64,
    /// What is to be sent.
    pub row: OutboxRow,
    /// How far it has come.
    pub state: OutboxState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub next_at: Timestamp,
    /// Since when it is delivered or dead.
    pub settled_at: Option<Timestamp>,
    /// The last HTTP status.
    pub last_status: Option<u16>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// What came of trying to deliver a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The row.
    pub id: i64,
    /// When it was tried.
    pub at: Timestamp,
    /// How far it has come now.
    pub state: OutboxState,
    /// When it is tried next, where it waits.
    pub next_at: Timestamp,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// Why it failed.
    pub error: Option<String>,
}

/// Adds a row, once for each event and endpoint; the oldest that waits makes room where there are too many.
pub(crate) fn add(db: &Connection, row: &OutboxRow, most: u64) -> Result<(), StoreError> {
    // Told as what it is, and not a reason to stop: the machine would give the same row at every start.
    let oversize = (row.body.len() > MAX_BODY).then(|| {
        format!("not sent: expected a body of at most {MAX_BODY} bytes, found {}", row.body.len())
    });
    let kept = match oversize {
        Some(_) => &OutboxRow { body: Vec::new(), ..row.clone() },
        None => row,
    };
    let headers = serde_json::to_string(&kept.headers).map_err(|error| {
        StoreError::damaged(format!("outbox row {}", row.event), error.to_string())
    })?;
    let added = db
        .prepare_cached(
            "INSERT INTO outbox (event, endpoint, subject, url, headers, body, crc, created, not_after, next_at, \
             state, settled_at, last_error, method) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?8, ?10, iif(?11 IS NULL, NULL, ?8), ?11, ?12) ON CONFLICT (event, endpoint) DO NOTHING",
        )?
        .execute(params![
            kept.event,
            kept.endpoint,
            kept.subject,
            kept.url,
            headers,
            kept.body,
            kept.crc(&headers),
            kept.created.micros(),
            kept.not_after.map(Timestamp::micros),
            if oversize.is_some() { OutboxState::Dead } else { OutboxState::Waiting }.code(),
            oversize,
            kept.method,
        ])?;
    if added > 0 && row.replaces {
        db.prepare_cached(
            "UPDATE outbox SET state = 2, settled_at = ?1, last_error = 'not sent: a later one took its place' \
             WHERE state = 0 AND endpoint = ?2 AND subject = ?3 AND event <> ?4",
        )?
        .execute(params![row.created.micros(), row.endpoint, row.subject, row.event])?;
    }
    if added > 0 && counts(db)?.0 > most {
        db.prepare_cached(
            "UPDATE outbox SET state = 2, settled_at = ?1, last_error = 'given up: too many rows wait' \
             WHERE id = (SELECT min(id) FROM outbox WHERE state = 0)",
        )?
        .execute([row.created.micros()])?;
    }
    Ok(())
}

/// Writes what came of an attempt. A row that was given up meanwhile stays so, unless the receiver has it.
pub(crate) fn record(db: &Connection, attempt: &Attempt) -> rusqlite::Result<()> {
    let settled = (attempt.state != OutboxState::Waiting).then(|| attempt.at.micros());
    db.prepare_cached(
        "UPDATE outbox SET attempts = attempts + 1, state = ?2, next_at = ?3, settled_at = ?4, last_status = ?5, \
         last_error = ?6 WHERE id = ?1 AND (state = 0 OR ?2 = 1)",
    )?
    .execute(params![
        attempt.id,
        attempt.state.code(),
        attempt.next_at.micros(),
        settled,
        attempt.status,
        attempt.error,
    ])?;
    Ok(())
}

/// Puts a dead or delivered row among those that wait again.
pub(crate) fn revive(db: &Connection, id: i64, now: Timestamp) -> rusqlite::Result<bool> {
    let changed = db
        .prepare_cached(
            "UPDATE outbox SET state = 0, settled_at = NULL, next_at = ?2, not_after = not_after WHERE id = ?1 AND state > 0",
        )?
        .execute(params![id, now.micros()])?;
    Ok(changed > 0)
}

/// How many rows wait, are delivered, are dead.
pub(crate) fn counts(db: &Connection) -> rusqlite::Result<(u64, u64, u64)> {
    let count = |sql| db.prepare_cached(sql)?.query_row([], |row| row.get(0).map(from_sql));
    Ok((
        count("SELECT count(*) FROM outbox WHERE state = 0")?,
        count("SELECT count(*) FROM outbox WHERE state > 0 AND state = 1")?,
        count("SELECT count(*) FROM outbox WHERE state > 0 AND state = 2")?,
    ))
}

const COLUMNS: &str = "id, event, endpoint, subject, url, headers, body, crc, created, not_after, state, attempts, next_at, \
                       settled_at, last_status, last_error, method";

/// The first row of each endpoint that is due.
///
/// A row that is due later than `latest` is due now: the clock was set back since it was put off.
pub(crate) fn due(
    db: &Connection,
    now: Timestamp,
    latest: Timestamp,
) -> rusqlite::Result<Vec<Checked>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM outbox WHERE id IN \
         (SELECT min(id) FROM outbox WHERE state = 0 AND (next_at <= ?1 OR next_at > ?2) GROUP BY endpoint) ORDER BY id"
    );
    db.prepare_cached(&sql)?.query_map(params![now.micros(), latest.micros()], read)?.collect()
}

/// When the next row is due.
pub(crate) fn next_due(db: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    let next: Option<i64> = db
        .prepare_cached("SELECT min(next_at) FROM outbox WHERE state = 0")?
        .query_row([], |row| row.get(0))?;
    Ok(next.map(Timestamp::from_micros))
}

/// The newest rows, or those in one state.
pub(crate) fn query(
    db: &Connection,
    state: Option<OutboxState>,
    limit: u32,
) -> rusqlite::Result<Vec<Checked>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM outbox WHERE ?1 IS NULL OR state = ?1 ORDER BY id DESC LIMIT ?2"
    );
    db.prepare_cached(&sql)?
        .query_map(params![state.map(OutboxState::code), limit], read)?
        .collect()
}

/// A row, and whether it is what was written.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) stored: StoredOutboxRow,
    pub(crate) is_whole: bool,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Checked> {
    let headers: String = row.get(5)?;
    let sent = OutboxRow {
        event: row.get(1)?,
        endpoint: row.get(2)?,
        subject: row.get(3)?,
        method: row.get(16)?,
        url: row.get(4)?,
        headers: serde_json::from_str(&headers).unwrap_or_default(),
        body: row.get(6)?,
        created: Timestamp::from_micros(row.get(8)?),
        not_after: row.get::<_, Option<i64>>(9)?.map(Timestamp::from_micros),
        replaces: false,
    };
    let crc: u32 = row.get(7)?;
    Ok(Checked {
        is_whole: crc == sent.crc(&headers),
        stored: StoredOutboxRow {
            id: row.get(0)?,
            row: sent,
            state: OutboxState::from_code(row.get(10)?),
            attempts: row.get(11)?,
            next_at: Timestamp::from_micros(row.get(12)?),
            settled_at: row.get::<_, Option<i64>>(13)?.map(Timestamp::from_micros),
            last_status: row.get(14)?,
            last_error: row.get(15)?,
        },
    })
}

/// Forgets settled rows that are too old or too many, a few at a time.
pub(crate) fn prune(
    db: &Connection,
    before: Timestamp,
    keep: u64,
    at_most: u64,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state > 0 AND settled_at < ?1 \
         ORDER BY settled_at LIMIT ?2)",
    )?
    .execute(params![before.micros(), to_sql(at_most)])?;
    let (_, delivered, dead) = counts(db)?;
    let excess = delivered.saturating_add(dead).saturating_sub(keep).min(at_most);
    if excess > 0 {
        db.prepare_cached(
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state > 0 ORDER BY settled_at LIMIT ?1)",
        )?
        .execute([to_sql(excess)])?;
    }
    Ok(())
}
