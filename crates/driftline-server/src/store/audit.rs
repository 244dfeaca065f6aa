//! Audit rows on disk: one chain of hashes for each engine.

use driftline_core::{
    time::Timestamp,
    trigger::audit::{self, AuditHead, AuditRow},
};
use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter, types::Value};

use super::{
    AuditLine, StoreError,
    journal::{from_sql, to_sql},
};

/// Which audit rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Of this chain; none is all.
    pub chain: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Only those before this sequence number (with `chain`), to page backwards.
    pub before: Option<u64>,
    /// Only those after this sequence number (with `chain`), to page forwards.
    pub after: Option<u64>,
    /// The oldest first; else the newest.
    pub oldest_first: bool,
    /// At most so many, the first of them.
    pub limit: u32,
}

/// Appends a row, which must follow the last of its chain.
pub(crate) fn append(db: &Connection, line: &AuditLine) -> Result<(), StoreError> {
    let head = head(db, &line.chain)?;
    if let Err(broken) = audit::verify(std::slice::from_ref(&line.row), &head) {
        return Err(StoreError::damaged(format!("audit chain {}", line.chain), broken.to_string()));
    }
    let json = serde_json::to_string(&line.row).map_err(|error| {
        StoreError::damaged(format!("audit chain {}", line.chain), error.to_string())
    })?;
    db.prepare_cached("INSERT INTO audit (chain, sequence, at, json) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![line.chain, to_sql(line.row.sequence), line.row.at.micros(), json])?;
    Ok(())
}

/// Where a chain ends, on disk.
fn head(db: &Connection, chain: &str) -> Result<AuditHead, StoreError> {
    let last: Option<String> = db
        .prepare_cached("SELECT json FROM audit WHERE chain = ?1 ORDER BY sequence DESC LIMIT 1")?
        .query_row([chain], |row| row.get(0))
        .optional()?;
    match last {
        None => base(db, chain),
        Some(json) => {
            let row = parse(chain, &json)?;
            Ok(AuditHead { rows: row.sequence.saturating_add(1), hash: row.hash })
        }
    }
}

/// Where the rows of a chain begin that are still there.
fn base(db: &Connection, chain: &str) -> Result<AuditHead, StoreError> {
    let found = db
        .prepare_cached("SELECT rows, hash FROM audit_base WHERE chain = ?1")?
        .query_row([chain], |row| Ok(AuditHead { rows: from_sql(row.get(0)?), hash: row.get(1)? }))
        .optional()?;
    Ok(found.unwrap_or_default())
}

fn parse(chain: &str, json: &str) -> Result<AuditRow, StoreError> {
    serde_json::from_str(json)
        .map_err(|error| StoreError::damaged(format!("audit chain {chain}"), error.to_string()))
}

pub(crate) fn chains(db: &Connection) -> rusqlite::Result<Vec<String>> {
    db.prepare("SELECT DISTINCT chain FROM audit UNION SELECT chain FROM audit_base ORDER BY 1")?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// Checks a chain: all of it, or its last rows. Says where it ends.
pub(crate) fn check(
    db: &Connection,
    chain: &str,
    last_rows: Option<u64>,
) -> Result<AuditHead, StoreError> {
    let mut after = base(db, chain)?;
    if let Some(rows) = last_rows {
        let end = head(db, chain)?.rows;
        let first = end.saturating_sub(rows);
        if first > after.rows {
            let json: String = db.query_row(
                "SELECT json FROM audit WHERE chain = ?1 AND sequence = ?2",
                params![chain, to_sql(first.saturating_sub(1))],
                |row| row.get(0),
            )?;
            after = AuditHead { rows: first, hash: parse(chain, &json)?.hash };
        }
    }
    let mut statement =
        db.prepare("SELECT json FROM audit WHERE chain = ?1 AND sequence >= ?2 ORDER BY sequence")?;
    let mut rows = statement.query(params![chain, to_sql(after.rows)])?;
    while let Some(row) = rows.next()? {
        let json: String = row.get(0)?;
        let row = parse(chain, &json)?;
        after = audit::verify(&[row], &after).map_err(|broken| {
            StoreError::damaged(format!("audit chain {chain}"), broken.to_string())
        })?;
    }
    Ok(after)
}

/// The rows that are asked for.
pub(crate) fn query(db: &Connection, query: &AuditQuery) -> Result<Vec<AuditLine>, StoreError> {
    let mut sql = String::from("SELECT chain, json FROM audit WHERE 1");
    let mut values: Vec<Value> = Vec::new();
    let mut and = |condition: &str, value: Value| {
        sql.push_str(condition);
        values.push(value);
    };
    if let Some(chain) = &query.chain {
        and(" AND chain = ?", Value::Text(chain.clone()));
    }
    if let Some(from) = query.from {
        and(" AND at >= ?", Value::Integer(from.micros()));
    }
    if let Some(to) = query.to {
        and(" AND at < ?", Value::Integer(to.micros()));
    }
    if let Some(before) = query.before {
        and(" AND sequence < ?", Value::Integer(to_sql(before)));
    }
    if let Some(after) = query.after {
        and(" AND sequence > ?", Value::Integer(to_sql(after)));
    }
    let order = if query.oldest_first {
        "at, chain, sequence"
    } else if query.chain.is_some() {
        "sequence DESC"
    } else {
        "at DESC, chain, sequence DESC"
    };
    and(&format!(" ORDER BY {order} LIMIT ?"), Value::Integer(i64::from(query.limit)));
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let chain: String = row.get(0)?;
        let json: String = row.get(1)?;
        let row = parse(&chain, &json)?;
        found.push(AuditLine { chain, row });
    }
    Ok(found)
}

/// Forgets the oldest rows of each chain, a few at a time, and remembers where the others begin.
pub(crate) fn prune(db: &Connection, keep: u64, at_most: u64) -> Result<(), StoreError> {
    for chain in chains(db)? {
        let begin = base(db, &chain)?.rows;
        let excess = head(db, &chain)?.rows.saturating_sub(begin).saturating_sub(keep);
        let Some(last) = begin.saturating_add(excess.min(at_most)).checked_sub(1) else { continue };
        if last < begin {
            continue;
        }
        let json: String = db.query_row(
            "SELECT json FROM audit WHERE chain = ?1 AND sequence = ?2",
            params![chain, to_sql(last)],
            |row| row.get(0),
        )?;
        db.execute(
            "INSERT OR REPLACE INTO audit_base (chain, rows, hash) VALUES (?1, ?2, ?3)",
            params![chain, to_sql(last.saturating_add(1)), parse(&chain, &json)?.hash],
        )?;
        db.execute(
            "DELETE FROM audit WHERE chain = ?1 AND sequence <= ?2",
            params![chain, to_sql(last)],
        )?;
    }
    Ok(())
}
