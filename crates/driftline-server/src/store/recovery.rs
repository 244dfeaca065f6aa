//! Finding where a store was left, and going on from there.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::Instant,
};

use driftline_core::time::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{
    Machine, Options, Reader, Refusal, Store, StoreError,
    applier::{self, Applier},
    audit,
    bell::Bell,
    checkpoint::{self, Checkpoint},
    connection,
    directory::{self, Acknowledged, Lock},
    housekeeping::Housekeeping,
    journal::{self, from_sql},
    queue::{Derived, Inside, Queue},
    schema, verification,
    writer::{self, SteadyClock, Writer},
};

/// Commands that are replayed before what follows from them is recorded.
const AT_ONCE: u64 = 1000;
/// Rows at the end of each audit chain that are checked at every start; `verify` checks all.
const AUDIT_ROWS_CHECKED: u64 = 1000;
/// Groups that may wait for the machine while the next is written.
const GROUPS_AHEAD: usize = 2;

/// Commands that were acknowledged and are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

/// How far a replay is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Commands applied again so far.
    pub commands: u64,
    /// All that are to be.
    pub of: u64,
}

/// A store that was opened, before it runs: the state of its last checkpoint is here, and the commands since are to be
/// applied again.
pub struct Recovered {
    db: Connection,
    lock: Lock,
    dir: PathBuf,
    options: Options,
    checkpoint: Option<Checkpoint>,
    last_seq: u64,
    recorded_through: u64,
    lost: Option<Lost>,
    was_closed: bool,
    warnings: Vec<String>,
}

impl std::fmt::Debug for Recovered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recovered")
            .field("dir", &self.dir)
            .field("checkpoint", &self.checkpoint.as_ref().map(|checkpoint| checkpoint.seq))
            .field("last_seq", &self.last_seq)
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}

impl Recovered {
    pub(crate) fn open(dir: &Path, options: Options) -> Result<Recovered, StoreError> {
        directory::make(dir)?;
        let lock = Lock::take(dir)?;
        let acknowledged = Acknowledged::read(dir);
        let (db, _) = connection::writing(dir, &options)?;
        let (checkpoint, damaged) = checkpoint::newest(&db)?;
        let last_seq = journal::last(&db)?;
        let recorded_through = schema::meta(&db, schema::RECORDED_THROUGH)?.map_or(0, from_sql);
        let was_closed =
            schema::meta(&db, schema::CLOSED)?.is_some_and(|closed| from_sql(closed) == last_seq);
        let mut warnings: Vec<String> = damaged
            .iter()
            .map(|error| {
                format!("{error}; the one before is used, and more of the journal replayed")
            })
            .collect();
        let lost = acknowledged
            .filter(|acknowledged| *acknowledged > last_seq)
            .map(|last| Lost { first: last_seq.saturating_add(1), last });
        if let Some(Lost { first, last }) = lost {
            // Pages of two different times are possible now: nothing is taken on trust.
            verification::of_structure(&db)?;
            if recorded_through > last_seq {
                let why = format!(
                    "expected rows of commands up to {last_seq}, found rows up to {recorded_through}: the files are of different times"
                );
                return Err(StoreError::damaged(dir.display().to_string(), why));
            }
            warnings.push(format!(
                "commands {first} to {last} were acknowledged and are not there: the log was cut, or files of an earlier time put back"
            ));
        }
        for chain in audit::chains(&db)? {
            audit::check(&db, &chain, lost.is_none().then_some(AUDIT_ROWS_CHECKED))?;
        }
        Ok(Recovered {
            db,
            lock,
            dir: dir.into(),
            options,
            checkpoint,
            last_seq,
            recorded_through,
            lost,
            was_closed,
            warnings,
        })
    }

    /// The state to begin with, and the last command in it; none where there is no checkpoint yet.
    pub fn checkpoint(&self) -> Option<(u64, &[u8])> {
        self.checkpoint.as_ref().map(|checkpoint| (checkpoint.seq, checkpoint.bytes.as_slice()))
    }

    /// The last command on disk; 0 where there is none.
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// Commands that were acknowledged and are not there: none, unless files were altered or the disk lies.
    pub fn lost(&self) -> Option<Lost> {
        self.lost
    }

    /// Whether [`Store::close`] ended the last run.
    pub fn was_closed(&self) -> bool {
        self.was_closed
    }

    /// What whoever runs the service should know.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Applies the commands since the checkpoint to `machine`, which is in the checkpoint's state, records what had not
    /// been recorded of them, and begins to take commands.
    ///
    /// # Errors
    /// The journal is damaged, or cannot be read, or a command cannot be applied.
    pub fn start<M: Machine>(
        self,
        mut machine: M,
        observe: impl FnMut(Replayed),
    ) -> Result<Store, StoreError> {
        let replay = self.replay(&mut machine, observe)?;
        let Recovered { db, lock, dir, options, last_seq, .. } = self;
        let queue = Arc::new(Queue::new(options.clone(), last_seq));
        let options = Arc::new(options);
        let bell = Arc::new(Bell::default());
        let (sender, receiver) = mpsc::sync_channel(GROUPS_AHEAD);
        let applier = Applier {
            machine,
            queue: Arc::clone(&queue),
            options: Arc::clone(&options),
            seq: last_seq,
            at: replay.at,
            since_checkpoint: replay.since_checkpoint,
            unrecorded: replay.unrecorded,
        };
        let writer = Writer {
            db,
            acknowledged: Acknowledged::open(&dir)?,
            housekeeping: Housekeeping::new(directory::log(&dir)),
            dir: dir.clone(),
            options: Arc::clone(&options),
            queue: Arc::clone(&queue),
            last_seq,
            recorded_through: replay.recorded_through,
            clock: SteadyClock::new(),
            inside: Inside { derived: replay.left, ..Inside::default() },
            looked: None,
            bell: Arc::clone(&bell),
        };
        writer.acknowledged.write(last_seq);
        let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
            thread::Builder::new().name(name.into()).spawn(run).map_err(StoreError::file(&dir))
        };
        let applier = spawn("store-applier", Box::new(move || applier.run(&receiver)))?;
        let writer = spawn("store-writer", Box::new(move || writer.run(sender)))?;
        Ok(Store {
            queue,
            reader: Reader::new(dir),
            options,
            bell,
            writer: Some(writer),
            applier: Some(applier),
            _lock: lock,
        })
    }

    fn replay<M: Machine>(
        &self,
        machine: &mut M,
        mut observe: impl FnMut(Replayed),
    ) -> Result<Replay, StoreError> {
        let from = self.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.seq);
        let of = self.last_seq.saturating_sub(from);
        let mut unanswered: BTreeSet<u64> =
            journal::unanswered(&self.db, self.recorded_through)?.into_iter().collect();
        let mut replay = Replay {
            at: self.checkpoint.as_ref().map_or(Timestamp::EPOCH, |checkpoint| checkpoint.at),
            since_checkpoint: (0, 0),
            recorded_through: self.recorded_through,
            unrecorded: BTreeMap::new(),
            left: Vec::new(),
        };
        let mut derived = Derived::default();
        let mut commands = 0u64;
        let mut told = Instant::now();
        // Rows are recorded on a connection of their own while this one reads: one that writes while it reads would
        // not know which of its own rows it sees.
        let (writing, _) = connection::writing(&self.dir, &self.options)?;
        let end = journal::each_after(&self.db, from, |entry| {
            let output = applier::applied(machine, &entry)
                .map_err(|why| StoreError::damaged(format!("journal entry {}", entry.seq), why))?;
            commands = commands.saturating_add(1);
            replay.at = entry.at;
            replay.since_checkpoint =
                (commands, replay.since_checkpoint.1.saturating_add(entry.bytes.len() as u64));
            if entry.seq > self.recorded_through {
                let is_keyed = unanswered.remove(&entry.seq);
                if is_keyed {
                    replay.unrecorded.insert(entry.seq, output.response.clone());
                }
                applier::take_over(&mut derived, entry.seq, is_keyed, output);
            }
            if commands.is_multiple_of(AT_ONCE) {
                replay.record(&writing, &self.options, std::mem::take(&mut derived))?;
            }
            if told.elapsed().as_millis() >= 100 {
                told = Instant::now();
                observe(Replayed { commands, of });
            }
            Ok(())
        })?;
        replay.record(&writing, &self.options, derived)?;
        if end < self.last_seq {
            let why = format!("expected commands up to {}, found them up to {end}", self.last_seq);
            return Err(StoreError::damaged("journal", why));
        }
        observe(Replayed { commands, of });
        Ok(replay)
    }
}

/// What a replay leaves to the threads.
struct Replay {
    at: Timestamp,
    since_checkpoint: (u64, u64),
    recorded_through: u64,
    unrecorded: BTreeMap<u64, Vec<u8>>,
    /// What could not be recorded, for want of room.
    left: Vec<Derived>,
}

impl Replay {
    fn record(
        &mut self,
        db: &Connection,
        options: &Options,
        derived: Derived,
    ) -> Result<(), StoreError> {
        if derived.is_empty() {
            return Ok(());
        }
        if self.left.is_empty() {
            let through = derived.through;
            let write = || -> Result<(), StoreError> {
                let transaction = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
                writer::record(db, &derived, options)?;
                Ok(transaction.commit()?)
            };
            match write() {
                Ok(()) => {
                    self.recorded_through = through;
                    self.unrecorded = self.unrecorded.split_off(&through.saturating_add(1));
                    return Ok(());
                }
                // A start on a full disk: what is there can be read, and the writer goes on when there is room.
                Err(error) if Refusal::from(&error) == Refusal::Full => {}
                Err(error) => return Err(error),
            }
        }
        self.left.push(derived);
        Ok(())
    }
}
