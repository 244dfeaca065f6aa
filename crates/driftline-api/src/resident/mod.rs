//! A whole service in memory, for hosts that have a clock and a place for bytes and nothing else: a worker at the edge, a
//! component, a function.
//!
//! The [`Station`] with what a server keeps beside it: the windows and decisions of the past, answers under their idempotency
//! keys, orders on their way. What it does with a request it does at once; what has changed thereby comes back as an *entry*,
//! which the host keeps before it answers.
//!
//! ```text
//! Request ─handle(request, now)─▶ Handled { response, entry }   the host keeps the entry, then sends the response
//! entry, entry, …  ─snapshot()─▶ bytes                          now and then, in place of the entries so far
//! bytes, entry, …  ─restore(bytes), replay(entry)─▶ Resident    after a restart: as if there had been none
//! orders_due(now)  ─(the host sends)─▶ delivered(…, now)        at least once, under one key
//! ```
//!
//! # What holds
//!
//! 1. **One answer.** A request is answered with the bytes that the server answers with, where both were told the same.
//! 2. **Restarts change nothing.** What [`restore`](Resident::restore) and [`replay`](Resident::replay) lead to has the same
//!    [`snapshot`](Resident::snapshot) as what wrote them. An entry counts once, however often it is replayed, and one that
//!    is missing is told.
//! 3. **Looks need no timer.** One that is due is made before a request is answered. A host that can wake itself calls
//!    [`tick`](Resident::tick) all the same, because an alert should not wait for somebody to ask.
//! 4. **Bounded.** [`MOST_WINDOWS`] windows, [`MOST_DECISIONS`] decisions, [`MOST_KEYS`] keys, each also in bytes, and
//!    [`MOST_ORDERS`] orders; the oldest go first, but for orders, which are refused.
//!
//! A stream (`/v1/live`) needs a connection that stays, which such hosts do not promise: it is refused (406).
//!
//! ```
//! use driftline_api::{Host, Request, Resident};
//! use driftline_core::time::Timestamp;
//!
//! let mut resident = Resident::new(Host::default());
//! let event = r#"{"features": {"amount": 150.0}, "prediction": "legitimate", "latency_ms": 12.5}"#;
//! let request = Request::new("POST", "/monitor").with_body("application/json", event);
//! let handled = resident.handle(&request, Timestamp::EPOCH);
//! assert_eq!(handled.response.text(), "{\"accepted\":1}\n");
//!
//! let mut other = Resident::new(Host::default());
//! other.replay(&handled.entry.expect("an event changes the state"))?;
//! assert_eq!(other.snapshot(), resident.snapshot());
//! # Ok::<(), driftline_api::resident::ReplayError>(())
//! ```

use alloc::{format, string::ToString, vec::Vec};

use driftline_core::{
    engine::Transition, report::Problem as Fault, time::Timestamp, trigger::Effect,
};

use crate::{
    applied::{Applied, Of},
    command::{Command, Settings},
    endpoint::{Commit, Fetch, Handling, Host, IdempotencyKey, route},
    problem::{Kind, Problem},
    request::Request,
    response::Response,
    station::Station,
};

mod entry;
mod kept;
mod outbox;
mod stored;

pub use entry::ReplayError;
use entry::{Change, Entry, What};
use kept::{Claimed, Kept};
pub use kept::{MOST_DECISIONS, MOST_KEYS, MOST_WINDOWS};
use outbox::Outbox;
pub use outbox::{Delivery, MOST_ORDERS, WaitingOrder};

/// A whole service in memory. See the [module](self).
#[derive(Clone, Debug)]
pub struct Resident {
    station: Station,
    host: Host,
    kept: Kept,
    outbox: Outbox,
    /// When it was looked last.
    looked: Option<Timestamp>,
    /// Entries so far.
    entries: u64,
}

/// What came of a request, or of time passing.
#[derive(Clone, Debug, PartialEq)]
pub struct Handled {
    /// The answer: to be sent once `entry` is kept.
    pub response: Response,
    /// What has changed, as bytes for [`Resident::replay`]; absent where nothing has.
    pub entry: Option<Vec<u8>>,
    /// What is to be told to people. Orders among these are also in [`Resident::orders_due`], which goes by what was
    /// delivered: they are sent from there.
    pub effects: Vec<Of<Effect>>,
    /// What changed: alerts, triggers, incidents.
    pub transitions: Vec<Of<Transition>>,
    /// What an engine did not take.
    pub problems: Vec<Of<Fault>>,
}

/// What happens while a request is handled.
struct Happening {
    changes: Vec<Change>,
    effects: Vec<Of<Effect>>,
    transitions: Vec<Of<Transition>>,
    problems: Vec<Of<Fault>>,
}

impl Resident {
    /// A service that has seen nothing, on a host that tells this of itself.
    pub fn new(host: Host) -> Resident {
        Resident {
            station: Station::new(),
            host,
            kept: Kept::default(),
            outbox: Outbox::default(),
            looked: None,
            entries: 0,
        }
    }

    /// The state behind it.
    pub fn station(&self) -> &Station {
        &self.station
    }

    /// What its host tells of itself: not a part of the state, and free to change.
    pub fn host_mut(&mut self) -> &mut Host {
        &mut self.host
    }

    /// How many entries it has given so far.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Answers a request. Who asks is what the headers `driftline-actor` and [`driftline-models`](crate::endpoint::MODELS_HEADER)
    /// say: a host takes them out of what clients send, and puts in what it has found out.
    pub fn handle(&mut self, request: &Request, now: Timestamp) -> Handled {
        let mut happening = Happening::new();
        self.look_where_due(now, &mut happening);
        let response = match route(&self.station, &self.host, request, now) {
            Handling::Respond(response) => response,
            // Never from `route`; computed here all the same.
            Handling::Read(reading) => reading.response(),
            Handling::Commit(commit) => self.commit(commit, request, now, &mut happening),
            Handling::Fetch(fetch) => {
                let response = match fetch {
                    Fetch::History(query) => self.kept.history(&query),
                    Fetch::Audit(query) => self.kept.audit(&query),
                };
                if request.method == "HEAD" { response.without_body() } else { response }
            }
            Handling::Stream(_) => {
                let detail = "expected a request with one answer: this host keeps no connection open. Ask for /drift, \
                              /latency or /alerts again";
                let refused = Problem::new(Kind::NOT_ACCEPTABLE, detail).response(&request.path);
                if request.method == "HEAD" { refused.without_body() } else { refused }
            }
        };
        self.finish(response, happening)
    }

    /// Time passed: looks at what came, where a look is due. The response is empty.
    pub fn tick(&mut self, now: Timestamp) -> Handled {
        let mut happening = Happening::new();
        self.look_where_due(now, &mut happening);
        self.finish(Response::empty(204), happening)
    }

    /// When there is something to do again: the next look, or the next attempt to send an order; absent for nothing.
    pub fn next_due(&self) -> Option<Timestamp> {
        let look = self.station.tick_every().map(|every| match self.looked {
            Some(looked) => looked.later(every.micros()),
            None => Timestamp::EPOCH,
        });
        look.into_iter().chain(self.outbox.next_due()).min()
    }

    /// Tells what holds from this start on, where it is something else than before.
    pub fn configure(&mut self, settings: Settings, now: Timestamp) -> Handled {
        let mut happening = Happening::new();
        let mut response = Response::empty(204);
        if *self.station.settings() != settings {
            let what = What::Command { bytes: Command::Configure(settings).encode(), key: None };
            response = self.happen(Change { at: now, what }, &mut happening);
        }
        self.finish(response, happening)
    }

    /// The orders to send now. Each comes again until it was [delivered](Resident::delivered) or refused, or is too late.
    pub fn orders_due(&self, now: Timestamp) -> impl Iterator<Item = &WaitingOrder> {
        self.outbox.due(now)
    }

    /// What came of an attempt to send an order. One that failed is tried again; the last attempt is told to the engine.
    /// An order that is not there (any more) changes nothing.
    pub fn delivered(&mut self, key: &str, delivery: Delivery, now: Timestamp) -> Handled {
        let mut happening = Happening::new();
        if self.outbox.holds(key) {
            let what = What::Attempt { key: key.into(), delivery };
            self.happen(Change { at: now, what }, &mut happening);
        }
        self.finish(Response::empty(204), happening)
    }

    /// Does again what an entry says. `false` where it is known already.
    ///
    /// # Errors
    /// Bytes that are no entry, or one that does not follow on the latest: nothing has changed then.
    pub fn replay(&mut self, entry: &[u8]) -> Result<bool, ReplayError> {
        let entry = Entry::decode(entry)?;
        if entry.number < self.entries {
            return Ok(false);
        }
        if entry.number > self.entries {
            return Err(ReplayError::Missing { expected: self.entries, found: entry.number });
        }
        let mut happening = Happening::new();
        for change in entry.changes {
            self.happen(change, &mut happening);
        }
        self.entries += 1;
        Ok(true)
    }

    fn commit(
        &mut self,
        commit: Commit,
        request: &Request,
        now: Timestamp,
        happening: &mut Happening,
    ) -> Response {
        let Commit { command, idempotency_key } = commit;
        let mut key = None;
        if let Some(asked) = idempotency_key {
            // Two clients' keys are kept apart.
            let actor = request.header("driftline-actor").unwrap_or_default();
            let name = format!("{actor}\n{}", asked.key);
            match self.kept.claimed(&name, &asked, now) {
                Claimed::Not => key = Some((name, asked.request_hash)),
                Claimed::Answered(answer) => {
                    return answer.with_header("idempotency-replayed", "true");
                }
                Claimed::ByAnother => return IdempotencyKey::reused().response(&request.path),
            }
        }
        let what = What::Command { bytes: command.encode(), key };
        self.happen(Change { at: now, what }, happening)
    }

    fn look_where_due(&mut self, now: Timestamp, happening: &mut Happening) {
        for key in self.outbox.expired(now) {
            let delivery = Delivery::Refused {
                status: None,
                why: "not sent: too late, it was good until then only".into(),
            };
            self.happen(Change { at: now, what: What::Attempt { key, delivery } }, happening);
        }
        let Some(every) = self.station.tick_every() else { return };
        // Set back, a clock has us look now rather than not for long.
        let is_due = self.looked.is_none_or(|at| now < at || at.later(every.micros()) <= now);
        if is_due {
            let what = What::Command { bytes: Command::Tick.encode(), key: None };
            self.happen(Change { at: now, what }, happening);
        }
    }

    /// Makes a change: the one way in which anything changes, now or in replay.
    fn happen(&mut self, change: Change, happening: &mut Happening) -> Response {
        let at = change.at;
        let response = match &change.what {
            What::Command { bytes, key } => match Command::decode(bytes) {
                Ok(command) => {
                    if matches!(command, Command::Tick) {
                        self.looked = Some(at);
                    }
                    let response = self.apply(command, at, happening);
                    if let Some((name, hash)) = key {
                        self.kept.claim(name.clone(), *hash, &response, at);
                    }
                    response
                }
                Err(error) => Problem::new(Kind::INTERNAL, error.to_string()).response(""),
            },
            What::Attempt { key, delivery } => {
                if let Some(result) = self.outbox.settle(key, delivery, at) {
                    self.apply(result, at, happening);
                }
                Response::empty(204)
            }
        };
        happening.changes.push(change);
        response
    }

    fn apply(&mut self, command: Command, at: Timestamp, happening: &mut Happening) -> Response {
        let Applied { response, audit, effects, transitions, history, problems } =
            self.station.apply(command, at);
        self.kept.keep(audit, history);
        let mut refused = Vec::new();
        for of in &effects {
            if let Effect::Request(request) = &of.what
                && !self.outbox.take(&of.model, request, at)
            {
                refused.push((of.model.clone(), request.order.idempotency_key.clone()));
            }
        }
        happening.effects.extend(effects);
        happening.transitions.extend(transitions);
        happening.problems.extend(problems);
        for (model, key) in refused {
            let detail = "not sent: too many orders wait".into();
            let result = Command::EffectResult { model, key, succeeded: false, detail };
            self.apply(result, at, happening);
        }
        response
    }

    fn finish(&mut self, response: Response, happening: Happening) -> Handled {
        let Happening { changes, effects, transitions, problems } = happening;
        let entry = (!changes.is_empty()).then(|| {
            let entry = Entry { number: self.entries, changes };
            self.entries += 1;
            entry.encode()
        });
        Handled { response, entry, effects, transitions, problems }
    }
}

impl Happening {
    fn new() -> Happening {
        Happening {
            changes: Vec::new(),
            effects: Vec::new(),
            transitions: Vec::new(),
            problems: Vec::new(),
        }
    }
}
