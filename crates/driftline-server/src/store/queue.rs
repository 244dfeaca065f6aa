//! What waits for the writer: commands from outside, bounded, and what the store itself has to write.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    Attempt, Health, NewEntry, Options, Refusal, Reply, Rows, Status, Submission,
    checkpoint::Checkpoint,
};

/// Called once, with what became of a command.
pub(crate) type Answer = Box<dyn FnOnce(Result<Reply, Refusal>) + Send>;

/// A command, and who waits for its answer.
pub(crate) struct Waiting {
    pub(crate) submission: Submission,
    pub(crate) answer: Answer,
}

/// What followed from the commands up to a number.
#[derive(Debug, Default)]
pub(crate) struct Derived {
    pub(crate) through: u64,
    pub(crate) responses: Vec<(u64, Vec<u8>)>,
    pub(crate) rows: Vec<Rows>,
}

impl Derived {
    pub(crate) fn is_empty(&self) -> bool {
        self.responses.is_empty() && self.rows.is_empty()
    }

    pub(crate) fn is_urgent(&self) -> bool {
        self.rows.iter().any(Rows::is_urgent)
    }
}

/// What came of a delivery, a command that tells the machine of it, and whom to tell once it is on disk.
pub(crate) struct Settling {
    pub(crate) attempt: Attempt,
    pub(crate) entry: Option<NewEntry>,
    pub(crate) done: Box<dyn Fn() + Send>,
}

/// What the store itself has to write.
#[derive(Default)]
pub(crate) struct Inside {
    pub(crate) derived: Vec<Derived>,
    pub(crate) settling: Vec<Settling>,
    pub(crate) revivals: Vec<i64>,
    /// Only the newest counts.
    pub(crate) checkpoint: Option<Checkpoint>,
}

impl Inside {
    pub(crate) fn is_empty(&self) -> bool {
        self.derived.is_empty()
            && self.settling.is_empty()
            && self.revivals.is_empty()
            && self.checkpoint.is_none()
    }

    pub(crate) fn append(&mut self, mut later: Inside) {
        self.derived.append(&mut later.derived);
        self.settling.append(&mut later.settling);
        self.revivals.append(&mut later.revivals);
        self.checkpoint = later.checkpoint.or(self.checkpoint.take());
    }
}

/// What the writer is to do.
pub(crate) struct Work {
    pub(crate) submissions: Vec<Waiting>,
    pub(crate) inside: Inside,
    /// Nothing more will come.
    pub(crate) is_last: bool,
}

#[derive(Default)]
struct Lanes {
    submissions: VecDeque<Waiting>,
    bytes: usize,
    inside: Inside,
    /// Since when rows wait that may wait a little.
    lingering_since: Option<Instant>,
    urgent: bool,
    full_until: Option<Instant>,
    broken: Option<String>,
    closing: Option<bool>,
    applier_ended: bool,
    last_seq: u64,
    transactions: u64,
    dropped_points: u64,
}

/// The queue before the writer.
pub(crate) struct Queue {
    lanes: Mutex<Lanes>,
    changed: Condvar,
    options: Options,
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("status", &self.status()).finish()
    }
}

fn bytes_of(waiting: &Waiting) -> usize {
    let key = waiting.submission.key.as_ref().map_or(0, |key| key.key.len());
    waiting.submission.entry.bytes.len().saturating_add(key)
}

impl Queue {
    pub(crate) fn new(options: Options, last_seq: u64) -> Queue {
        let lanes = Lanes { last_seq, ..Lanes::default() };
        Queue { lanes: Mutex::new(lanes), changed: Condvar::new(), options }
    }

    fn lock(&self) -> MutexGuard<'_, Lanes> {
        // Nothing that can panic runs under the lock.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn submit(&self, waiting: Waiting) -> Result<(), Refusal> {
        let mut lanes = self.lock();
        if let Some(why) = &lanes.broken {
            return Err(Refusal::Broken(why.clone()));
        }
        if lanes.closing.is_some() {
            return Err(Refusal::Closed);
        }
        if lanes.full_until.is_some_and(|until| Instant::now() < until) {
            return Err(Refusal::Full);
        }
        let bytes = lanes.bytes.saturating_add(bytes_of(&waiting));
        if lanes.submissions.len() >= self.options.queue_entries || bytes > self.options.queue_bytes
        {
            return Err(Refusal::Overloaded);
        }
        lanes.bytes = bytes;
        lanes.submissions.push_back(waiting);
        self.changed.notify_all();
        Ok(())
    }

    /// Adds what followed from commands.
    pub(crate) fn derive(&self, derived: Derived) {
        if derived.is_empty() {
            return;
        }
        let mut lanes = self.lock();
        lanes.urgent |= derived.is_urgent();
        lanes.lingering_since.get_or_insert_with(Instant::now);
        lanes.inside.derived.push(derived);
        self.changed.notify_all();
    }

    pub(crate) fn checkpoint(&self, checkpoint: Checkpoint) {
        let mut lanes = self.lock();
        lanes.inside.checkpoint = Some(checkpoint);
        lanes.urgent = true;
        self.changed.notify_all();
    }

    pub(crate) fn settle(&self, settling: Settling) {
        let mut lanes = self.lock();
        lanes.inside.settling.push(settling);
        lanes.urgent = true;
        self.changed.notify_all();
    }

    pub(crate) fn revive(&self, id: i64) {
        let mut lanes = self.lock();
        lanes.inside.revivals.push(id);
        lanes.urgent = true;
        self.changed.notify_all();
    }

    pub(crate) fn close(&self, with_checkpoint: bool) {
        self.lock().closing.get_or_insert(with_checkpoint);
        self.changed.notify_all();
    }

    /// Whether the queue was closed, and with a last checkpoint.
    pub(crate) fn closing(&self) -> Option<bool> {
        self.lock().closing
    }

    /// The applier has given back all it had.
    pub(crate) fn applier_ended(&self) {
        self.lock().applier_ended = true;
        self.changed.notify_all();
    }

    pub(crate) fn status(&self) -> Status {
        let lanes = self.lock();
        let health = match (&lanes.broken, lanes.full_until, lanes.closing) {
            (Some(why), _, _) => Health::Broken(why.clone()),
            (None, Some(_), _) => Health::Full,
            (None, None, Some(_)) => Health::Closed,
            (None, None, None) => Health::Ready,
        };
        Status {
            health,
            last_seq: lanes.last_seq,
            waiting: lanes.submissions.len(),
            waiting_bytes: lanes.bytes,
            transactions: lanes.transactions,
            dropped_points: lanes.dropped_points,
        }
    }

    /// A transaction is on disk.
    pub(crate) fn committed(&self, last_seq: u64, dropped_points: u64) {
        let mut lanes = self.lock();
        lanes.last_seq = last_seq;
        lanes.transactions = lanes.transactions.saturating_add(1);
        lanes.dropped_points = lanes.dropped_points.saturating_add(dropped_points);
        lanes.full_until = None;
    }

    /// There is no room: whoever waits is told, and nothing is taken for a while.
    pub(crate) fn full(&self) {
        let mut lanes = self.lock();
        lanes.full_until = Instant::now().checked_add(self.options.retry_full);
        refuse_all(lanes, &Refusal::Full);
    }

    /// The store writes no more.
    pub(crate) fn broken(&self, why: String) {
        let mut lanes = self.lock();
        let refusal = Refusal::Broken(why.clone());
        lanes.broken.get_or_insert(why);
        self.changed.notify_all();
        refuse_all(lanes, &refusal);
    }

    /// Waits until there is something to do, or `idle` has passed. `None`: the store is broken.
    pub(crate) fn take(&self, idle: Duration) -> Option<Work> {
        let mut lanes = self.lock();
        let begun = Instant::now();
        loop {
            if lanes.broken.is_some() {
                return None;
            }
            let now = Instant::now();
            let waited = now.duration_since(begun);
            let is_closing = lanes.closing.is_some();
            let linger = if is_closing { Duration::ZERO } else { self.options.linger };
            let wait = if let Some(until) = lanes.full_until.filter(|until| *until > now) {
                // Closing does not wait for room: what is not recorded is made again at the next start.
                if is_closing { Duration::ZERO } else { until.duration_since(now) }
            } else if lanes.full_until.is_some()
                || !lanes.submissions.is_empty()
                || lanes.urgent
                || (is_closing && lanes.applier_ended)
            {
                Duration::ZERO
            } else {
                let lingered = lanes.lingering_since.map(|since| now.duration_since(since));
                let until_idle = idle.saturating_sub(waited);
                lingered
                    .map_or(until_idle, |lingered| until_idle.min(linger.saturating_sub(lingered)))
            };
            if wait.is_zero() {
                return Some(self.drain(&mut lanes));
            }
            lanes = match self.changed.wait_timeout(lanes, wait) {
                Ok((lanes, _)) => lanes,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    fn drain(&self, lanes: &mut Lanes) -> Work {
        let mut submissions = Vec::new();
        let mut bytes = 0usize;
        while submissions.len() < self.options.group_entries && bytes < self.options.group_bytes {
            let Some(waiting) = lanes.submissions.pop_front() else { break };
            bytes = bytes.saturating_add(bytes_of(&waiting));
            submissions.push(waiting);
        }
        lanes.bytes = lanes.bytes.saturating_sub(bytes);
        lanes.urgent = false;
        lanes.lingering_since = None;
        let is_last = lanes.closing.is_some() && lanes.submissions.is_empty();
        Work { submissions, inside: std::mem::take(&mut lanes.inside), is_last }
    }

    /// Whether the applier has given back all it had and it was taken.
    pub(crate) fn is_drained(&self) -> bool {
        let lanes = self.lock();
        lanes.applier_ended && lanes.inside.is_empty() && lanes.submissions.is_empty()
    }
}

/// Answers everybody who waits, not under the lock.
fn refuse_all(mut lanes: MutexGuard<'_, Lanes>, refusal: &Refusal) {
    lanes.bytes = 0;
    let waiting = std::mem::take(&mut lanes.submissions);
    drop(lanes);
    for one in waiting {
        (one.answer)(Err(refusal.clone()));
    }
}
