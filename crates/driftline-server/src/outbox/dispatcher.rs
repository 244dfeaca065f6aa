//! Who is tried when.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use driftline_core::time::Timestamp;

use super::{Backoff, Deliver, Delivery};
use crate::store::{
    Attempt, NewEntry, OutboxState, Store, StoredOutboxRow,
    bell::Bell,
    outbox_rows::Checked,
    queue::{Queue, Settling},
};

/// What of an attempt the machine is to be told: the command is written in one transaction with the attempt, so that
/// neither is there without the other.
pub type Observe = Box<dyn Fn(&StoredOutboxRow, &Attempt) -> Option<NewEntry> + Send + Sync>;

/// The clock.
type Clock = Box<dyn Fn() -> Timestamp + Send + Sync>;

/// How delivery goes about it.
pub struct Settings {
    /// When to try again.
    pub backoff: Backoff,
    /// How many endpoints are sent to at the same time; one endpoint gets one row at a time.
    pub workers: usize,
    /// The time.
    pub clock: Clock,
    /// What the machine is to be told.
    pub observe: Observe,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("backoff", &self.backoff)
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}

/// How long a failing endpoint is left alone at most, so that its other rows do not each wait for its timeout.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How often to look where nobody rings.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Sends what is in a store's outbox, on threads of its own, until it is dropped.
pub struct Dispatcher {
    work: Arc<Delivering>,
    scheduler: Option<JoinHandle<()>>,
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatcher").finish_non_exhaustive()
    }
}

struct Delivering {
    deliver: Box<dyn Deliver>,
    settings: Settings,
    queue: Arc<Queue>,
    bell: Arc<Bell>,
    endpoints: Mutex<BTreeMap<String, Endpoint>>,
    is_ending: AtomicBool,
}

/// An endpoint that is being sent to, or has failed.
#[derive(Default)]
struct Endpoint {
    is_busy: bool,
    failures: u32,
    paused_until: Option<Instant>,
}

impl Dispatcher {
    /// Begins to send.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn start(
        store: &Store,
        deliver: impl Deliver,
        settings: Settings,
    ) -> std::io::Result<Dispatcher> {
        let workers = settings.workers.max(1);
        let work = Arc::new(Delivering {
            deliver: Box::new(deliver),
            settings,
            queue: Arc::clone(store.queue()),
            bell: Arc::clone(store.bell()),
            endpoints: Mutex::default(),
            is_ending: AtomicBool::new(false),
        });
        let (sender, receiver) = mpsc::channel();
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..workers {
            let (work, receiver) = (Arc::clone(&work), Arc::clone(&receiver));
            // Not joined: an attempt that has begun may take its time, and is made again at the next start.
            thread::Builder::new()
                .name(format!("outbox-{number}"))
                .spawn(move || work.run_worker(&receiver))?;
        }
        let scheduling = Arc::clone(&work);
        let reader = store.reader().clone();
        let scheduler = thread::Builder::new().name("outbox".into()).spawn(move || {
            while !scheduling.is_ending.load(Ordering::Acquire) {
                let now = (scheduling.settings.clock)();
                let latest = later(now, scheduling.settings.backoff.longest);
                // A database that cannot be read now can be in a moment; the store's health tells of it.
                let (due, next) = reader.due(now, latest).unwrap_or_default();
                let mut wait = match next.filter(|_| due.is_empty()) {
                    Some(next) => Duration::from_micros(next.since(now)).min(LOOK_EVERY),
                    None => LOOK_EVERY,
                };
                for checked in due {
                    wait = wait.min(scheduling.hand_out(checked, &sender));
                }
                scheduling.bell.wait(wait.max(Duration::from_millis(10)));
            }
        })?;
        Ok(Dispatcher { work, scheduler: Some(scheduler) })
    }
}

impl Drop for Dispatcher {
    fn drop(&mut self) {
        self.work.is_ending.store(true, Ordering::Release);
        self.work.bell.ring();
        if let Some(scheduler) = self.scheduler.take() {
            // A scheduler that panicked sends nothing more, and there is nobody to be told.
            let _ = scheduler.join();
        }
    }
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.later(u64::try_from(by.as_micros()).unwrap_or(u64::MAX))
}

impl Delivering {
    fn endpoints(&self) -> MutexGuard<'_, BTreeMap<String, Endpoint>> {
        self.endpoints.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a row to the workers where its endpoint is free; says when to look again.
    fn hand_out(&self, checked: Checked, sender: &Sender<Checked>) -> Duration {
        let mut endpoints = self.endpoints();
        let endpoint = endpoints.entry(checked.stored.row.endpoint.clone()).or_default();
        let until = endpoint.paused_until.unwrap_or_else(Instant::now);
        let pause = until.saturating_duration_since(Instant::now());
        if !endpoint.is_busy && pause.is_zero() {
            endpoint.is_busy = true;
            // The workers end with the scheduler only.
            let _ = sender.send(checked);
        }
        // Whoever is busy rings when done.
        if endpoint.is_busy { LOOK_EVERY } else { pause }
    }

    fn run_worker(self: &Arc<Delivering>, rows: &Mutex<Receiver<Checked>>) {
        loop {
            let next = rows.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(checked) = next else { return };
            if self.is_ending.load(Ordering::Acquire) {
                return;
            }
            let name = checked.stored.row.endpoint.clone();
            let (attempt, has_failed) = self.attempt(&checked);
            let entry = (self.settings.observe)(&checked.stored, &attempt);
            let work = Arc::clone(self);
            // Busy until it is on disk: read again before, it would be sent again.
            let done = Box::new(move || work.let_go(&name, has_failed));
            self.queue.settle(Settling { attempt, entry, done });
        }
    }

    fn let_go(&self, name: &str, has_failed: bool) {
        let mut endpoints = self.endpoints();
        if has_failed {
            let endpoint = endpoints.entry(name.into()).or_default();
            endpoint.is_busy = false;
            endpoint.failures = endpoint.failures.saturating_add(1);
            let pause = self.settings.backoff.whole(endpoint.failures).min(LONGEST_PAUSE);
            endpoint.paused_until = Instant::now().checked_add(pause);
        } else {
            // What is not known is not paused; the map holds endpoints in trouble only.
            endpoints.remove(name);
        }
        drop(endpoints);
        self.bell.ring();
    }

    /// Tries once, and says what became of the row, and whether the endpoint is in trouble.
    fn attempt(&self, checked: &Checked) -> (Attempt, bool) {
        let stored = &checked.stored;
        let row = &stored.row;
        let now = (self.settings.clock)();
        let backoff = &self.settings.backoff;
        let settled = |state, status, error| Attempt {
            id: stored.id,
            at: now,
            state,
            next_at: now,
            status,
            error,
        };
        let dead = |status, why: String| settled(OutboxState::Dead, status, Some(why));
        if !checked.is_whole {
            return (dead(None, "not sent: it was altered on disk".into()), false);
        }
        if row.not_after.is_some_and(|not_after| now >= not_after) {
            return (dead(None, "not sent: too late, it was good until then only".into()), false);
        }
        match self.deliver.deliver(row, now) {
            Delivery::Accepted { status } => (settled(OutboxState::Delivered, status, None), false),
            Delivery::Refused { status, why } => (dead(status, why), status.is_some()),
            Delivery::Failed { status, retry_after, why } => {
                // After the attempt: a receiver that took its time does not get less of a rest.
                let now = (self.settings.clock)();
                let attempts = stored.attempts.saturating_add(1);
                let next_at = later(now, backoff.delay(&row.event, attempts, retry_after));
                let age = Duration::from_micros(next_at.since(row.created));
                let attempt = if row.not_after.is_some_and(|not_after| next_at >= not_after) {
                    dead(status, format!("{why}; the next attempt would be too late"))
                } else if age >= backoff.give_up_after {
                    dead(status, format!("{why}; given up after {attempts} attempts"))
                } else {
                    let state = OutboxState::Waiting;
                    Attempt { id: stored.id, at: now, state, next_at, status, error: Some(why) }
                };
                (attempt, true)
            }
        }
    }
}
