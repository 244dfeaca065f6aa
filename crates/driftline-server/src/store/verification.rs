//! Whether a store holds what was written: every page, sum, hash and chain.

use std::path::Path;

use rusqlite::Connection;
use serde::Serialize;

use super::{
    StoreError, audit, checkpoint, connection,
    directory::Acknowledged,
    journal::{self, from_sql},
    outbox_rows, schema,
};

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which row, table or file.
    pub place: String,
    /// What was expected and what was found.
    pub why: String,
}

/// What was checked, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Journal entries whose sums are right.
    pub journal_entries: u64,
    /// Checkpoints whose hashes are right.
    pub checkpoints: u64,
    /// Audit rows whose chains hold.
    pub audit_rows: u64,
    /// Outbox rows and answers whose sums are right.
    pub other_rows: u64,
    /// What is wrong; empty where the store is sound.
    pub findings: Vec<Finding>,
}

impl Verification {
    fn find(&mut self, error: StoreError) {
        let (place, why) = match error {
            StoreError::Damaged { place, why } => (place, why),
            other => ("database".into(), other.to_string()),
        };
        self.findings.push(Finding { place, why });
    }
}

/// Looks at one kind of rows.
type Check = fn(&Connection, &mut Verification) -> Result<(), StoreError>;

/// Checks everything in the store of a folder, whether or not a server works on it.
///
/// # Errors
/// There is none, it is of another version, or it cannot be opened; what is wrong inside is a [`Finding`].
pub fn verify(dir: &Path) -> Result<Verification, StoreError> {
    // Read first: the server may acknowledge more in the meantime.
    let acknowledged = Acknowledged::read(dir);
    let db = connection::reading(dir)?;
    let transaction = db.unchecked_transaction()?;
    let mut verification = Verification::default();
    let found = &mut verification;
    let checks: [Check; 6] =
        [|db, _| of_structure(db), of_checkpoints, of_journal, of_chains, of_outbox, of_answers];
    for check in checks {
        // Each says what it can, whatever the one before found.
        if let Err(error) = check(&db, found) {
            found.find(error);
        }
    }
    match journal::last(&db) {
        Ok(last) => {
            if let Some(acknowledged) = acknowledged.filter(|acknowledged| *acknowledged > last) {
                found.find(StoreError::damaged(
                    "journal",
                    format!("expected commands up to {acknowledged}, which was acknowledged, found them up to {last}"),
                ));
            }
        }
        Err(error) => found.find(error.into()),
    }
    drop(transaction);
    Ok(verification)
}

/// SQLite's own check of every page and index.
pub(crate) fn of_structure(db: &Connection) -> Result<(), StoreError> {
    let lines: Vec<String> = db
        .prepare("PRAGMA integrity_check(20)")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()
        .map_err(|error| StoreError::damaged("database", error.to_string()))?;
    match lines.as_slice() {
        [ok] if ok == "ok" => Ok(()),
        wrong => Err(StoreError::damaged("database", wrong.join("; "))),
    }
}

fn of_checkpoints(db: &Connection, found: &mut Verification) -> Result<(), StoreError> {
    for seq in checkpoint::numbers(db)? {
        match checkpoint::read(db, seq) {
            Ok(_) => found.checkpoints += 1,
            Err(error) => found.find(error),
        }
    }
    Ok(())
}

fn of_journal(db: &Connection, found: &mut Verification) -> Result<(), StoreError> {
    // Begins no later than after the older checkpoint; where there is none, at 1.
    let first: Option<i64> = db.query_row("SELECT min(seq) FROM journal", [], |row| row.get(0))?;
    let newest = checkpoint::numbers(db)?.into_iter().min().unwrap_or(0);
    let begin = first.map_or(newest, |first| from_sql(first).saturating_sub(1)).min(newest);
    let end = journal::each_after(db, begin, |_| {
        found.journal_entries += 1;
        Ok(())
    })?;
    let recorded = schema::meta(db, schema::RECORDED_THROUGH)?.map_or(0, from_sql);
    let last = end.max(journal::last(db)?);
    if recorded > last {
        let why = format!("expected rows of commands up to {last}, found rows up to {recorded}");
        return Err(StoreError::damaged("recorded_through", why));
    }
    Ok(())
}

fn of_chains(db: &Connection, found: &mut Verification) -> Result<(), StoreError> {
    for chain in audit::chains(db)? {
        match audit::check(db, &chain, None) {
            Ok(_) => {
                let rows: i64 =
                    db.query_row("SELECT count(*) FROM audit WHERE chain = ?1", [&chain], |row| {
                        row.get(0)
                    })?;
                found.audit_rows += from_sql(rows);
            }
            Err(error) => found.find(error),
        }
    }
    Ok(())
}

fn of_outbox(db: &Connection, found: &mut Verification) -> Result<(), StoreError> {
    for checked in outbox_rows::query(db, None, u32::MAX)? {
        if checked.is_whole {
            found.other_rows += 1;
        } else {
            let why = "its content does not fit its checksum: it was altered";
            found.find(StoreError::damaged(format!("outbox row {}", checked.stored.id), why));
        }
    }
    Ok(())
}

fn of_answers(db: &Connection, found: &mut Verification) -> Result<(), StoreError> {
    let mut statement =
        db.prepare("SELECT seq, response, crc FROM idempotency WHERE response IS NOT NULL")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (seq, response): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
        if row.get::<_, Option<u32>>(2)? == Some(crc32fast::hash(&response)) {
            found.other_rows += 1;
        } else {
            let why = "its content does not fit its checksum: it was altered";
            found.find(StoreError::damaged(format!("answer to command {seq}"), why));
        }
    }
    Ok(())
}
