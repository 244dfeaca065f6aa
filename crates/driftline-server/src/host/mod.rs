//! The state behind the service: commands go to the store and come back applied, orders go to the outbox, and what came of
//! them comes back as commands.
//!
//! ```text
//! Commit ─▶ Store::submit_with ─(fsync)─▶ StationMachine::apply ─▶ answer
//!                                              │ audit, outbox and history rows, in one transaction
//!                                              ▼
//!                                         Dispatcher ─▶ receiver ─▶ EffectResult, journaled with the attempt
//! ```
//!
//! Reads take the station's lock for reading, and only to copy what they are about; the store's applying thread alone takes it
//! for writing, one command at a time.

mod clock;
mod history;
mod machine;
mod orders;

use std::{
    fmt,
    path::Path,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use driftline_api::{
    Command, IdempotencyKey, Kind, Of, Problem, Response, Station, endpoint::Fetch,
};
use tokio::sync::{oneshot, watch};

use crate::{
    log::Log,
    outbox::{Backoff, ByAddress, DeliverySettings, Dispatcher, Settings},
    store::{
        self, AuditQuery, Health, NewEntry, Refusal, Replayed, Status, Store, StoreError,
        Submission,
    },
};
pub use clock::now;
use machine::{KIND, StationMachine, decode_answer};

/// How many endpoints are sent to at the same time.
const DELIVERIES: usize = 4;

/// The state behind the service.
pub struct Host {
    station: Arc<RwLock<Station>>,
    // Dropped before the store: it ends first.
    dispatcher: Dispatcher,
    store: Store,
    looks: watch::Receiver<u64>,
    /// What whoever runs the service should know.
    warnings: Vec<String>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("store", &self.store).finish_non_exhaustive()
    }
}

/// An answer, and whether it is the one that the same key got before.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What is answered.
    pub response: Response,
    /// The command's number.
    pub seq: u64,
    /// Nothing has happened this time: the key was known.
    pub duplicate: bool,
}

impl Host {
    /// Opens the folder `dir`, replays what is not in its last checkpoint, and begins to take commands.
    ///
    /// # Errors
    /// The store cannot be opened, or holds a state that this program cannot read.
    pub fn open(
        dir: &Path,
        options: store::Options,
        delivery: DeliverySettings,
        log: &Log,
        observe: impl FnMut(Replayed),
    ) -> Result<Host, StoreError> {
        let recovered = Store::open(dir, options)?;
        let station = match recovered.checkpoint() {
            None => Station::new(),
            Some((seq, bytes)) => Station::restore(bytes).map_err(|error| {
                StoreError::damaged(format!("checkpoint {seq}"), error.to_string())
            })?,
        };
        let mut warnings = recovered.warnings().to_vec();
        let station = Arc::new(RwLock::new(station));
        let (looked, looks) = watch::channel(0);
        let speaks = Arc::new(AtomicBool::new(false));
        let machine =
            StationMachine::new(Arc::clone(&station), looked, log.clone(), Arc::clone(&speaks));
        let machine = machine.telling(delivery.alertmanager.as_deref());
        let store = recovered.start(machine, observe)?;
        let latest = station.read().unwrap_or_else(PoisonError::into_inner).now();
        if let Some(ahead) = latest.and_then(clock::go_on_from) {
            warnings.push(format!(
                "the system's clock is {} s behind what is stored: time goes on from there",
                ahead.as_secs()
            ));
        }
        // What was replayed was told when it happened.
        speaks.store(true, Ordering::Release);
        let settings = Settings {
            backoff: Backoff::default(),
            workers: DELIVERIES,
            clock: Box::new(now),
            observe: Box::new(orders::result_of),
        };
        let dispatcher =
            Dispatcher::start(&store, ByAddress::new(delivery.http, delivery.commands), settings)
                .map_err(StoreError::file(dir))?;
        Ok(Host { station, dispatcher, store, looks, warnings })
    }

    /// The state, to be read. Commands wait meanwhile.
    pub fn station(&self) -> RwLockReadGuard<'_, Station> {
        // A machine that panicked ends the store, which then refuses commands; what can be read is read.
        self.station.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the looks: whoever waits for a change of it learns of each.
    pub fn looks(&self) -> watch::Receiver<u64> {
        self.looks.clone()
    }

    /// Figures of the store.
    pub fn status(&self) -> Status {
        self.store.status()
    }

    /// How many orders wait, are delivered, are given up.
    pub fn outbox(&self) -> Option<(u64, u64, u64)> {
        self.store.reader().outbox_counts().ok()
    }

    /// What whoever runs the service should know of the start.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Submits a command; the receiver gets its answer once it is on disk and applied. `namespace` keeps the idempotency
    /// keys of two clients apart.
    ///
    /// # Errors
    /// Why it is not taken; nothing has happened then.
    pub fn submit(
        &self,
        command: &Command,
        key: Option<IdempotencyKey>,
        namespace: &str,
    ) -> Result<oneshot::Receiver<Result<Answer, Refusal>>, Refusal> {
        let (sender, receiver) = oneshot::channel();
        let key = key.map(|IdempotencyKey { key, request_hash }| store::IdempotencyKey {
            key: format!("{namespace}\n{key}"),
            request_hash,
        });
        let entry = NewEntry { at: now(), kind: KIND, bytes: command.encode() };
        self.store.submit_with(Submission { entry, key }, move |reply| {
            let answer = reply.and_then(|reply| {
                let response = decode_answer(&reply.response)
                    .ok_or_else(|| Refusal::Broken("an answer is not what was written".into()))?;
                Ok(Answer { response, seq: reply.seq, duplicate: reply.duplicate })
            });
            // Whoever asked may have gone.
            let _ = sender.send(answer);
        })?;
        Ok(receiver)
    }

    /// Submits a command and waits for its answer, on a thread that may wait.
    ///
    /// # Errors
    /// Why it has no effect.
    pub fn commit(&self, command: &Command) -> Result<Answer, Refusal> {
        let receiver = self.submit(command, None, "host")?;
        receiver.blocking_recv().unwrap_or(Err(Refusal::Closed))
    }

    /// Looks rows up, on a thread that may wait.
    ///
    /// # Errors
    /// The database cannot be read; the reason is for the log and not for clients.
    pub fn fetch(&self, fetch: &Fetch) -> Result<Response, StoreError> {
        let reader = self.store.reader();
        match fetch {
            Fetch::History(query) => Ok(query.response(&history::read(reader, query)?)),
            Fetch::Audit(query) => {
                let rows = reader.audit(&AuditQuery {
                    chain: Some(query.model.clone()),
                    after: query.after,
                    oldest_first: true,
                    limit: u32::try_from(query.limit).unwrap_or(u32::MAX),
                    ..AuditQuery::default()
                })?;
                let rows: Vec<_> =
                    rows.into_iter().map(|line| Of { model: line.chain, what: line.row }).collect();
                Ok(query.response(&rows))
            }
        }
    }

    /// How long until the next look, where there is anything to look at.
    pub fn tick_every(&self) -> Option<Duration> {
        self.station().tick_every().map(|every| Duration::from_micros(every.micros()))
    }

    /// Writes what waits and a checkpoint, and closes.
    ///
    /// # Errors
    /// What could not be written; what was acknowledged is on disk all the same.
    pub fn close(self) -> Result<(), Refusal> {
        let Host { dispatcher, store, .. } = self;
        drop(dispatcher);
        store.close()
    }
}

/// Why a store takes no commands, in words for clients; nothing where it does.
pub fn not_ready(health: &Health) -> Option<&'static str> {
    match health {
        Health::Ready => None,
        Health::Full => Some(
            "there is no room on the disk; reading goes on, and writing when there is room again",
        ),
        Health::Broken(_) => Some("the disk failed; the server has to be started again"),
        Health::Closed => Some("the server is stopping"),
    }
}

/// A refusal as a client is told it.
pub fn problem_of(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::Overloaded => Problem::new(Kind::TOO_MANY, "more is sent than can be written")
            .with_header("retry-after", 1),
        Refusal::Full => Problem::new(Kind::STORAGE_FULL, "there is no room on the disk")
            .with_header("retry-after", 10),
        Refusal::Busy => Problem::new(Kind::NOT_READY, "another program holds the database")
            .with_header("retry-after", 1),
        Refusal::TooLarge { bytes, most } => Problem::new(
            Kind::TOO_LARGE,
            format!("expected at most {most} bytes to store, found {bytes}"),
        ),
        Refusal::KeyReused { .. } => IdempotencyKey::reused(),
        Refusal::Closed => {
            Problem::new(Kind::NOT_READY, "the server is stopping").with_header("retry-after", 5)
        }
        Refusal::Broken(_) => {
            // 500: here alone it is not known whether the command counts.
            Problem::new(Kind::INTERNAL, "the disk failed; whether this was stored is not known")
        }
    }
}
