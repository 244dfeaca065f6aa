//! How much a store keeps, and when it refuses.

use std::time::Duration;

/// How much a store keeps, and when it refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Commands that may wait for the writer.
    pub queue_entries: usize,
    /// Bytes of commands that may wait for the writer.
    pub queue_bytes: usize,
    /// Bytes of one command.
    pub max_entry_bytes: usize,
    /// Commands in one transaction.
    pub group_entries: usize,
    /// Bytes of commands after which a transaction takes no more.
    pub group_bytes: usize,
    /// How long answers and history may wait for the next transaction. Audit and outbox rows never wait, and nothing does
    /// when commands come.
    pub linger: Duration,
    /// A checkpoint is made after so many bytes of commands …
    pub checkpoint_bytes: u64,
    /// … or so long after the last, if there was a command.
    pub checkpoint_every: Duration,
    /// How long an idempotency key is known.
    pub idempotency_retention: Duration,
    /// At most so many keys are known; the oldest go first.
    pub idempotency_rows: u64,
    /// At most so many audit rows of each chain are kept; the oldest go first.
    pub audit_rows: u64,
    /// How many outbox rows may wait to be delivered, and how many that are settled are kept.
    pub outbox_rows: u64,
    /// How long settled outbox rows are kept.
    pub outbox_retention: Duration,
    /// Different series of history; points of more are dropped and counted.
    pub series: u64,
    /// Nothing is written while less than this is free on the disk.
    pub min_free_bytes: u64,
    /// The largest the database may become, beside its log; none is no limit.
    pub max_bytes: Option<u64>,
    /// How often writing is tried while there is no room.
    pub retry_full: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            queue_entries: 4096,
            queue_bytes: 64 << 20,
            max_entry_bytes: 16 << 20,
            group_entries: 512,
            group_bytes: 4 << 20,
            linger: Duration::from_millis(20),
            checkpoint_bytes: 32 << 20,
            checkpoint_every: Duration::from_secs(30),
            idempotency_retention: Duration::from_secs(24 * 3600),
            idempotency_rows: 1_000_000,
            audit_rows: 1_000_000,
            outbox_rows: 10_000,
            outbox_retention: Duration::from_secs(7 * 24 * 3600),
            series: 20_000,
            min_free_bytes: 64 << 20,
            max_bytes: None,
            retry_full: Duration::from_millis(500),
        }
    }
}
