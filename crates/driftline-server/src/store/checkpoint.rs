//! Checkpoints on disk: the last two states.

use driftline_core::time::Timestamp;
use rusqlite::{Connection, params};
use sha2::{Digest as _, Sha256};

use super::{
    StoreError,
    journal::{from_sql, to_sql},
};

/// How many are kept.
const KEPT: i64 = 2;

/// A state, and the last command that is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub(crate) seq: u64,
    pub(crate) at: Timestamp,
    pub(crate) bytes: Vec<u8>,
}

impl Checkpoint {
    fn sha256(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seq.to_le_bytes());
        hash.update(self.at.micros().to_le_bytes());
        hash.update(&self.bytes);
        hash.finalize().into()
    }

    /// Writes it, and forgets those before the last two.
    pub(crate) fn write(&self, db: &Connection) -> rusqlite::Result<()> {
        db.prepare_cached(
            "INSERT OR REPLACE INTO checkpoint (seq, at, sha256, bytes) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            to_sql(self.seq),
            self.at.micros(),
            self.sha256(),
            self.bytes
        ])?;
        db.prepare_cached(
            "DELETE FROM checkpoint WHERE seq NOT IN (SELECT seq FROM checkpoint ORDER BY seq DESC LIMIT ?1)",
        )?
        .execute([KEPT])?;
        Ok(())
    }
}

/// The numbers of the checkpoints there are, the newest first.
pub(crate) fn numbers(db: &Connection) -> rusqlite::Result<Vec<u64>> {
    db.prepare_cached("SELECT seq FROM checkpoint ORDER BY seq DESC")?
        .query_map([], |row| row.get(0).map(from_sql))?
        .collect()
}

/// Reads one, checked.
pub(crate) fn read(db: &Connection, seq: u64) -> Result<Checkpoint, StoreError> {
    let place = || format!("checkpoint {seq}");
    let (checkpoint, hash) = db
        .query_row(
            "SELECT at, bytes, sha256 FROM checkpoint WHERE seq = ?1",
            [to_sql(seq)],
            |row| {
                let at = Timestamp::from_micros(row.get(0)?);
                let bytes: Vec<u8> = row.get(1)?;
                Ok((Checkpoint { seq, at, bytes }, row.get::<_, Vec<u8>>(2)?))
            },
        )
        .map_err(|error| StoreError::damaged(place(), format!("cannot be read: {error}")))?;
    if hash != checkpoint.sha256() {
        let why = "its content does not fit its hash: it was altered";
        return Err(StoreError::damaged(place(), why));
    }
    Ok(checkpoint)
}

/// The newest that is whole, with what is wrong with newer ones; an error where all are damaged.
pub(crate) fn newest(db: &Connection) -> Result<(Option<Checkpoint>, Vec<StoreError>), StoreError> {
    let mut wrong = Vec::new();
    for seq in numbers(db)? {
        match read(db, seq) {
            Ok(checkpoint) => return Ok((Some(checkpoint), wrong)),
            Err(error) => wrong.push(error),
        }
    }
    match wrong.pop() {
        // Without any, the journal reaches back to the first command, or it would have been pruned by one.
        None => Ok((None, wrong)),
        Some(error) => Err(error),
    }
}
