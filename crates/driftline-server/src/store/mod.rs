//! What the service keeps on disk: one SQLite database, which holds a journal of commands, checkpoints of the state that
//! they lead to, and the rows that follow from them (audit, outbox, history, answers under an idempotency key).
//!
//! The state itself is in memory, in a [`Machine`]: a pure function of the commands so far. The store knows commands,
//! checkpoints and answers as bytes only.
//!
//! # The contract
//! *A command whose [`Reply`] was given is on stable storage, takes effect exactly once for its idempotency key, and
//! survives kill −9 and power loss, given a disk that honours a flush.* Without a key, a client that repeats a command
//! because no reply reached it may have it counted twice: nobody can tell the two apart.
//!
//! # The protocol, and why it is exactly-once
//! 1. [`Store::submit`] puts the command into a bounded queue.
//! 2. **Journal.** One writer thread takes all commands that wait, numbers them without a gap, and writes them with their
//!    idempotency keys in one transaction (SQLite, WAL, `synchronous=FULL`: an fsync before `COMMIT` returns).
//! 3. **Apply.** Only then is each command, in the order of its number, given to the machine, on a thread of its own, so
//!    that one group is applied while the next is being written. Its answer goes to whoever submitted it.
//! 4. **Record.** The rows that the machine gave back (alert's audit row and outbox row, history, the answer under the
//!    key) are written in the next transaction, all rows of a command in the same one, together with the watermark
//!    `recorded_through`: the last command whose rows are there.
//!
//! *Nothing in memory is ever ahead of the disk:* a command is applied after it is durable, so a transaction that fails
//! leaves nothing to be taken back. All submitters of a failed group are told, its numbers are given to the next group,
//! and the machine never saw it.
//!
//! *A crash before 2 is complete:* the transaction is not there, nobody was answered. *Between 2 and 4:* the command is
//! in the journal once (its number and its key are unique); recovery replays it, the machine, being pure, gives the same
//! rows and the same answer as before, and those above the watermark are recorded. *After 4:* the watermark says that its
//! rows are there; replay gives them again and they are dropped. In each case the command has taken effect once, and
//! each row is there once.
//!
//! *A checkpoint* of the state at a number is written by itself, after all rows up to it. Two are kept, and the journal
//! from the older one on: should the newer be damaged, the older and a longer replay lead to the same state.
//!
//! *The same key again* is found in the transaction of step 2, by the unique key, and takes its turn behind the first
//! command: the first answer is there by then, on disk or in the applying thread's memory. So two requests at the same
//! time under one key get one effect and one answer.
//!
//! # When the disk fails
//! - **Full** (`ENOSPC`, or the quota [`Options::max_bytes`]): SQLite takes the transaction back; its submitters are told
//!   [`Refusal::Full`], for them nothing has happened. Reading goes on. Every [`Options::retry_full`] the writer tries
//!   again by itself, rows that are still to be recorded first. It refuses before the disk is quite full
//!   ([`Options::min_free_bytes`]), so that there is room for a checkpoint.
//! - **An error of the device** (`EIO`, a failed fsync): what a failed fsync leaves on disk is unknown, and a second fsync
//!   that succeeds says nothing about the first. The submitters are told [`Refusal::Broken`] — here, and only here, the
//!   command may or may not be there after a restart — and the store writes no more: the process is to end.
//! - **The log cut or the files of yesterday put back**: SQLite opens with the transactions that are whole, a prefix. The
//!   last acknowledged number is also in the file `acknowledged`, so that [`Recovered::lost`] tells what is missing.
//! - **Bytes altered**: journal entries, checkpoints, answers and outbox rows carry checksums, audit rows a chain of
//!   hashes. What does not fit is never used: the older checkpoint is, or opening is refused with the place.
//!
//! # How large it becomes
//! ```text
//! database ≤ 2 × (checkpoint + journal between two checkpoints)      checkpoint_bytes (32 MiB) or checkpoint_every (30 s)
//!          + 400 KiB × series                                        history, 5,440 points each with the retention given
//!          + answers of idempotency_retention (24 h), at most idempotency_rows (1,000,000): ~150 bytes each + the answer
//!          + audit rows, at most audit_rows (1,000,000): ~1 KiB each
//!          + outbox rows, at most 2 × outbox_rows (10,000) of at most 64 KiB each
//! log      ≤ 16 MiB + the largest transaction (4 MiB of commands, or one checkpoint); more while a backup reads
//! ```
//! Pages that pruning frees are used again, and given back to the file system a few at a time.

mod applier;
mod audit;
pub(crate) mod bell;
mod checkpoint;
mod connection;
mod directory;
mod entry;
mod error;
mod history;
mod housekeeping;
mod inspection;
mod journal;
mod machine;
mod options;
pub(crate) mod outbox_rows;
pub(crate) mod queue;
mod reader;
mod recovery;
mod schema;
mod verification;
mod writer;

use std::{
    fmt,
    sync::{Arc, mpsc},
    thread::JoinHandle,
};

pub use audit::AuditQuery;
pub use directory::set_aside;
pub use entry::{Entry, IdempotencyKey, NewEntry, Reply, Submission};
pub use error::{Refusal, StoreError};
pub use history::{HistoryBucket, HistoryPoint, HistoryQuery, RESOLUTIONS, Resolution};
pub use inspection::{
    ChainInspection, CheckpointInspection, Inspection, JournalInspection, OutboxInspection, backup,
    inspect,
};
pub use machine::{AuditLine, Machine, Output, Rows};
pub use options::Options;
pub use outbox_rows::{Attempt, OutboxRow, OutboxState, StoredOutboxRow};
pub use reader::Reader;
pub use recovery::{Lost, Recovered, Replayed};
pub use verification::{Finding, Verification, verify};

use queue::{Queue, Waiting};

/// Whether the store takes commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Ready,
    /// There is no room on the disk; it tries again by itself.
    Full,
    /// The disk failed; the process is to end.
    Broken(String),
    /// It was closed.
    Closed,
}

/// Figures of a running store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Whether it takes commands.
    pub health: Health,
    /// The last command on disk; 0 before the first.
    pub last_seq: u64,
    /// Commands that wait for the writer.
    pub waiting: usize,
    /// Their bytes.
    pub waiting_bytes: usize,
    /// Transactions since the start.
    pub transactions: u64,
    /// Points of history that were dropped because there were too many series.
    pub dropped_points: u64,
}

/// A store that runs: takes commands, and answers what is on disk.
///
/// Dropped, it writes what waits and closes, without a last checkpoint; [`Store::close`] makes one.
pub struct Store {
    queue: Arc<Queue>,
    reader: Reader,
    options: Arc<Options>,
    bell: Arc<bell::Bell>,
    writer: Option<JoinHandle<()>>,
    applier: Option<JoinHandle<()>>,
    // Held until the end: two servers on one folder would each believe the journal to be theirs.
    _lock: directory::Lock,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("options", &self.options).finish_non_exhaustive()
    }
}

/// A reply to come.
#[derive(Debug)]
pub struct Ticket(mpsc::Receiver<Result<Reply, Refusal>>);

impl Ticket {
    /// Waits until the command is on disk and applied.
    ///
    /// # Errors
    /// Why it was not.
    pub fn wait(self) -> Result<Reply, Refusal> {
        self.0.recv().unwrap_or(Err(Refusal::Closed))
    }
}

impl Store {
    /// Opens or makes the database in the folder `dir`, and finds where it was left.
    ///
    /// # Errors
    /// The folder is in use by another process, cannot be read or written, holds a database of a newer version or of
    /// something else, or is damaged beyond its older checkpoint.
    pub fn open(dir: &std::path::Path, options: Options) -> Result<Recovered, StoreError> {
        Recovered::open(dir, options)
    }

    /// Submits a command. Never waits: where the queue is full, it says so.
    ///
    /// # Errors
    /// Why the command is not taken. Nothing has happened then.
    pub fn submit(&self, submission: Submission) -> Result<Ticket, Refusal> {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.submit_with(submission, move |reply| {
            // Whoever asked may have gone.
            let _ = sender.send(reply);
        })?;
        Ok(Ticket(receiver))
    }

    /// Submits a command, and calls `answer` once it is on disk and applied, or is known not to be.
    ///
    /// `answer` is called on a thread of the store and must not wait.
    ///
    /// # Errors
    /// Why the command is not taken. Nothing has happened then, and `answer` is not called.
    pub fn submit_with(
        &self,
        submission: Submission,
        answer: impl FnOnce(Result<Reply, Refusal>) + Send + 'static,
    ) -> Result<(), Refusal> {
        let bytes = submission.entry.bytes.len();
        if bytes > self.options.max_entry_bytes {
            return Err(Refusal::TooLarge { bytes, most: self.options.max_entry_bytes });
        }
        self.queue.submit(Waiting { submission, answer: Box::new(answer) })
    }

    /// Figures of now.
    pub fn status(&self) -> Status {
        self.queue.status()
    }

    /// Answers what is on disk, beside the writer.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Tries to deliver a row again that was given up, or delivered.
    pub fn deliver_again(&self, id: i64) {
        self.queue.revive(id);
    }

    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    pub(crate) fn bell(&self) -> &Arc<bell::Bell> {
        &self.bell
    }

    /// Writes what waits, makes a checkpoint, empties the log and closes, so that the next start replays nothing.
    ///
    /// # Errors
    /// What could not be written; everything that was acknowledged is on disk all the same.
    pub fn close(mut self) -> Result<(), Refusal> {
        self.end(true)
    }

    fn end(&mut self, with_checkpoint: bool) -> Result<(), Refusal> {
        self.queue.close(with_checkpoint);
        let mut ended = Ok(());
        for thread in [self.writer.take(), self.applier.take()].into_iter().flatten() {
            if thread.join().is_err() {
                ended = Err(Refusal::Broken("a thread of the store panicked".into()));
            }
        }
        match self.queue.status().health {
            Health::Broken(why) => Err(Refusal::Broken(why)),
            Health::Full => Err(Refusal::Full),
            Health::Ready | Health::Closed => ended,
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.end(false);
    }
}
