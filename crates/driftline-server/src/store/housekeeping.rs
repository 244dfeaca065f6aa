//! What keeps the files small: forgetting what is old, a little at a time, between the transactions that somebody waits
//! for.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use driftline_core::time::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::{
    Options, StoreError, audit, checkpoint, history, journal::to_sql, outbox_rows, writer::before,
};

/// Rows that one transaction forgets: commands wait no longer than that takes.
const AT_ONCE: u64 = 1000;
/// How often, when nothing else says so.
const EVERY: Duration = Duration::from_secs(1);
/// The log is copied back and begun again when it is so long.
const LOG_BYTES: u64 = 16 << 20;
/// The busy writer waits at most so long for somebody who reads.
const WAIT_FOR_READERS: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(crate) struct Housekeeping {
    log: PathBuf,
    last: Instant,
    turn: usize,
    history_after: i64,
    /// The journal up to here is in the older checkpoint.
    prunable: Option<u64>,
}

impl Housekeeping {
    pub(crate) fn new(log: PathBuf) -> Housekeeping {
        Housekeeping { log, last: Instant::now(), turn: 0, history_after: 0, prunable: Some(0) }
    }

    /// A checkpoint was written: there is journal to forget.
    pub(crate) fn after_checkpoint(&mut self) {
        self.prunable = Some(0);
    }

    /// Does one thing, where it is time or nobody waits.
    pub(crate) fn run(&mut self, db: &Connection, options: &Options, now: Timestamp, idle: bool) {
        if fs::metadata(&self.log).is_ok_and(|log| log.len() >= LOG_BYTES) {
            // A reader in the way is no error; the next time will do.
            let _ = self.empty_log(db);
        }
        if self.prunable.is_some() {
            // What cannot be forgotten now, on a full disk perhaps, is tried again.
            let _ = self.prune_journal(db);
        }
        if !idle && self.last.elapsed() < EVERY {
            return;
        }
        self.last = Instant::now();
        let _ = self.forget(db, options, now);
    }

    /// Copies the log into the database and begins it again, in one go.
    ///
    /// Never in part: a log that is half copied and then cut would leave pages of two different times.
    pub(crate) fn empty_log(&self, db: &Connection) -> rusqlite::Result<()> {
        db.busy_timeout(WAIT_FOR_READERS)?;
        let done = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        db.busy_timeout(Duration::from_secs(5))?;
        done
    }

    fn prune_journal(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let kept = checkpoint::numbers(db)?;
        let older = match kept.as_slice() {
            [_, older, ..] => *older,
            // The only checkpoint may turn out damaged: all of the journal is needed then.
            _ => {
                self.prunable = None;
                return Ok(());
            }
        };
        let transaction = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
        let forgotten = db
            .prepare_cached(
                "DELETE FROM journal WHERE seq IN (SELECT seq FROM journal WHERE seq <= ?1 ORDER BY seq LIMIT ?2)",
            )?
            .execute(params![to_sql(older), to_sql(AT_ONCE)])?;
        transaction.commit()?;
        if (forgotten as u64) < AT_ONCE {
            self.prunable = None;
        }
        Ok(())
    }

    /// One kind of rows at a time, in turn.
    fn forget(
        &mut self,
        db: &Connection,
        options: &Options,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let turn = self.turn % 5;
        self.turn = self.turn.wrapping_add(1);
        let transaction = Transaction::new_unchecked(db, TransactionBehavior::Deferred)?;
        match turn {
            0 => forget_keys(db, options, now)?,
            1 => audit::prune(db, options.audit_rows, AT_ONCE)?,
            2 => outbox_rows::prune(
                db,
                before(now, options.outbox_retention),
                options.outbox_rows,
                AT_ONCE,
            )?,
            3 => self.history_after = history::prune(db, self.history_after, 20)?,
            _ => {
                drop(transaction);
                return Ok(give_back_pages(db)?);
            }
        }
        Ok(transaction.commit()?)
    }
}

fn forget_keys(db: &Connection, options: &Options, now: Timestamp) -> rusqlite::Result<()> {
    // In the order of their numbers, up to the first that is young enough: no look at all the others.
    let old = before(now, options.idempotency_retention);
    let first_young: Option<i64> = db
        .prepare_cached("SELECT seq FROM idempotency WHERE at >= ?1 ORDER BY seq LIMIT 1")?
        .query_row([old.micros()], |row| row.get(0))
        .map(Some)
        .or_else(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Ok(None),
            other => Err(other),
        })?;
    let first_kept: Option<i64> = db
        .prepare_cached("SELECT seq FROM idempotency ORDER BY seq DESC LIMIT 1 OFFSET ?1")?
        .query_row([to_sql(options.idempotency_rows.saturating_sub(1))], |row| row.get(0))
        .map(Some)
        .or_else(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Ok(None),
            other => Err(other),
        })?;
    let before = first_young.unwrap_or(i64::MAX).max(first_kept.unwrap_or(0));
    db.prepare_cached(
        "DELETE FROM idempotency WHERE seq IN \
         (SELECT seq FROM idempotency WHERE seq < ?1 AND response IS NOT NULL ORDER BY seq LIMIT ?2)",
    )?
    .execute(params![before, to_sql(AT_ONCE)])?;
    Ok(())
}

/// Gives pages back to the file system where more than a quarter are unused.
fn give_back_pages(db: &Connection) -> rusqlite::Result<()> {
    let number = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (all, unused) = (number("page_count")?, number("freelist_count")?);
    if unused > 1024 && unused > all / 4 {
        // Each row that this statement gives back is one page.
        let mut statement = db.prepare("PRAGMA incremental_vacuum(512)")?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
    }
    Ok(())
}
