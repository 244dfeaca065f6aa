//! The one thread that writes: takes what waits, writes it in one transaction, and passes on what is then on disk.

use std::{
    path::PathBuf,
    sync::{Arc, mpsc::SyncSender},
    time::{Duration, Instant},
};

use driftline_core::time::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{
    Entry, Health, Options, Refusal, StoreError, Submission, audit,
    bell::Bell,
    directory::{self, Acknowledged},
    history,
    housekeeping::Housekeeping,
    journal::{self, KnownKey, to_sql},
    outbox_rows,
    queue::{Answer, Derived, Inside, Queue, Work},
    schema,
};

/// How long the writer sleeps at most: then it tidies up.
const IDLE: Duration = Duration::from_millis(500);
/// How old the last look at the free space may be.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Commands that are on disk, in the order of their numbers, for the machine.
pub(crate) struct Group {
    pub(crate) items: Vec<Item>,
    /// The rows up to this command were recorded in this transaction or before.
    pub(crate) recorded_through: u64,
}

/// A command on disk, and who waits for its answer.
pub(crate) struct Item {
    pub(crate) taken: Taken,
    /// Nobody, where the store itself tells the machine something.
    pub(crate) answer: Option<Answer>,
}

/// What became of a submission in the transaction.
pub(crate) enum Taken {
    /// It is in the journal.
    Command { entry: Entry, is_keyed: bool },
    /// Its key is known: the answer, where it was recorded.
    Again { seq: u64, response: Option<Vec<u8>> },
    /// It has no effect.
    Refused(Refusal),
}

#[derive(Default)]
struct Written {
    last_seq: u64,
    recorded_through: u64,
    dropped_points: u64,
    changed_outbox: bool,
}

pub(crate) struct Writer {
    pub(crate) db: Connection,
    pub(crate) dir: PathBuf,
    pub(crate) options: Arc<Options>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) acknowledged: Acknowledged,
    pub(crate) last_seq: u64,
    pub(crate) recorded_through: u64,
    pub(crate) clock: SteadyClock,
    /// What is still to be written.
    pub(crate) inside: Inside,
    pub(crate) housekeeping: Housekeeping,
    pub(crate) looked: Option<(Instant, bool)>,
    /// Rung when outbox rows were added or changed.
    pub(crate) bell: Arc<Bell>,
}

impl Writer {
    pub(crate) fn run(mut self, groups: SyncSender<Group>) {
        let mut groups = Some(groups);
        while let Some(work) = self.queue.take(IDLE) {
            let is_last = work.is_last;
            let was_idle = work.submissions.is_empty() && work.inside.is_empty();
            let Ok(group) = self.write(work) else {
                if self.queue.closing().is_some() {
                    break;
                }
                continue;
            };
            if !group.items.is_empty()
                && let Some(groups) = &groups
                && groups.send(group).is_err()
            {
                self.queue.broken("the thread that applies commands has ended".into());
                break;
            }
            if is_last {
                // Tells the applier to give back what it has.
                groups = None;
                if self.queue.is_drained() && self.inside.is_empty() {
                    break;
                }
            }
            self.housekeeping.run(&self.db, &self.options, self.clock.now(), was_idle);
        }
        // The applier waits for this to end.
        drop(groups);
        self.end();
    }

    fn end(&self) {
        if self.queue.closing() == Some(true) && self.inside.is_empty() {
            // A convenience for the next start; everything is on disk without it.
            let _ = schema::set_meta(&self.db, schema::CLOSED, to_sql(self.last_seq));
        }
        let _ = self.housekeeping.empty_log(&self.db);
    }

    /// Writes commands and all that is still to be recorded; tells the submitters where it cannot.
    fn write(&mut self, work: Work) -> Result<Group, ()> {
        self.inside.append(work.inside);
        let mut submissions = work.submissions;
        let has_room = self.has_room();
        if !has_room {
            // The reserve is for what follows from commands that were acknowledged.
            self.queue.full();
            submissions.drain(..).for_each(|waiting| (waiting.answer)(Err(Refusal::Full)));
        }
        if has_room
            && submissions.is_empty()
            && self.inside.is_empty()
            && self.queue.status().health == Health::Ready
        {
            return Ok(Group { items: Vec::new(), recorded_through: self.recorded_through });
        }
        let (commands, answers): (Vec<_>, Vec<_>) =
            submissions.into_iter().map(|waiting| (waiting.submission, waiting.answer)).unzip();
        match self.transact(commands) {
            Ok((written, told, taken)) => {
                self.after_commit(&written);
                if !has_room {
                    self.queue.full();
                }
                self.write_checkpoint();
                let told = told.into_iter().map(|entry| Item {
                    taken: Taken::Command { entry, is_keyed: false },
                    answer: None,
                });
                let taken = taken.into_iter().zip(answers);
                let taken = taken.map(|(taken, answer)| Item { taken, answer: Some(answer) });
                let items = told.chain(taken).collect();
                Ok(Group { items, recorded_through: self.recorded_through })
            }
            Err(error) => {
                let refusal = Refusal::from(&error);
                // The store's health first: whoever is told can rely on it.
                self.tell(refusal.clone());
                answers.into_iter().for_each(|answer| answer(Err(refusal.clone())));
                Err(())
            }
        }
    }

    fn after_commit(&mut self, written: &Written) {
        self.last_seq = written.last_seq;
        self.recorded_through = written.recorded_through;
        self.acknowledged.write(self.last_seq);
        self.inside.derived.clear();
        self.inside.revivals.clear();
        for settled in self.inside.settling.drain(..) {
            (settled.done)();
        }
        if written.changed_outbox {
            self.bell.ring();
        }
        self.queue.committed(self.last_seq, written.dropped_points);
    }

    fn tell(&self, refusal: Refusal) {
        match refusal {
            Refusal::Full => self.queue.full(),
            // Somebody reads or copies the database with a lock: the next attempt is as good.
            Refusal::Busy if self.db.is_autocommit() => {}
            other => self.queue.broken(other.to_string()),
        }
    }

    /// One transaction: first what is to be recorded, then what comes. Gives back what the machine is to be told of
    /// deliveries, and what became of each submission.
    fn transact(
        &mut self,
        submissions: Vec<Submission>,
    ) -> Result<(Written, Vec<Entry>, Vec<Taken>), StoreError> {
        // Rolled back where it is dropped before the commit, or where the commit fails.
        let transaction = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
        let mut written = Written {
            last_seq: self.last_seq,
            recorded_through: self.recorded_through,
            ..Written::default()
        };
        if self.queue.status().health == Health::Full {
            // A transaction that writes nothing would succeed on any disk.
            schema::set_meta(&self.db, schema::TRIED_AT, to_sql(self.last_seq))?;
        }
        for derived in &self.inside.derived {
            written.dropped_points =
                written.dropped_points.saturating_add(record(&self.db, derived, &self.options)?);
            written.changed_outbox |= derived.rows.iter().any(|rows| !rows.outbox.is_empty());
            written.recorded_through = derived.through;
        }
        for id in &self.inside.revivals {
            written.changed_outbox |= outbox_rows::revive(&self.db, *id, self.clock.now())?;
        }
        let mut told = Vec::new();
        for settling in &self.inside.settling {
            outbox_rows::record(&self.db, &settling.attempt)?;
            written.changed_outbox = true;
            if let Some(new) = &settling.entry {
                written.last_seq = written.last_seq.saturating_add(1);
                let entry = Entry::new(written.last_seq, new.clone());
                journal::append(&self.db, &entry)?;
                told.push(entry);
            }
        }
        let mut taken = Vec::with_capacity(submissions.len());
        for submission in submissions {
            self.clock.see(submission.entry.at);
            let expired = self.clock.before_now(self.options.idempotency_retention);
            let known = match &submission.key {
                None => KnownKey::New,
                Some(key) => journal::known(&self.db, key, expired)?,
            };
            taken.push(match known {
                KnownKey::New => {
                    written.last_seq = written.last_seq.saturating_add(1);
                    let entry = Entry::new(written.last_seq, submission.entry);
                    journal::append(&self.db, &entry)?;
                    if let Some(key) = &submission.key {
                        journal::remember(&self.db, key, entry.seq, entry.at)?;
                    }
                    Taken::Command { entry, is_keyed: submission.key.is_some() }
                }
                KnownKey::Same { seq, response } => Taken::Again { seq, response },
                KnownKey::Other { seq } => Taken::Refused(Refusal::KeyReused { seq }),
                KnownKey::Damaged { seq } => Taken::Refused(Refusal::Broken(format!(
                    "the answer to command {seq} does not fit its checksum: it was altered"
                ))),
            });
        }
        transaction.commit()?;
        Ok((written, told, taken))
    }

    fn has_room(&mut self) -> bool {
        let now = Instant::now();
        if let Some((at, had_room)) = self.looked
            && now.duration_since(at) < LOOK_EVERY
        {
            return had_room;
        }
        let least = self.options.min_free_bytes;
        let was_full = self.looked.is_some_and(|(_, had_room)| !had_room);
        // Once too little, a tenth more is wanted, or it would go back and forth.
        let least = if was_full { least.saturating_add(least / 10) } else { least };
        let has_room = directory::free_bytes(&self.dir).is_none_or(|free| free >= least);
        self.looked = Some((now, has_room));
        has_room
    }

    fn write_checkpoint(&mut self) {
        let Some(checkpoint) = self.inside.checkpoint.take() else { return };
        let write = || -> rusqlite::Result<()> {
            let transaction = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
            checkpoint.write(&self.db)?;
            transaction.commit()
        };
        match write() {
            Ok(()) => self.housekeeping.after_checkpoint(),
            Err(error) => {
                // Nothing is lost without it: the journal is kept until it is there. The next one comes by itself.
                self.tell(Refusal::from(&StoreError::from(error)));
            }
        }
    }
}

/// Records what followed from commands; says how many points of history had no place.
pub(crate) fn record(
    db: &Connection,
    derived: &Derived,
    options: &Options,
) -> Result<u64, StoreError> {
    let mut dropped = 0u64;
    for (seq, response) in &derived.responses {
        journal::record_response(db, *seq, response)?;
    }
    for rows in &derived.rows {
        for line in &rows.audit {
            audit::append(db, line)?;
        }
        for row in &rows.outbox {
            outbox_rows::add(db, row, options.outbox_rows)?;
        }
        for point in &rows.history {
            dropped = dropped.saturating_add(u64::from(!history::add(db, point, options.series)?));
        }
    }
    schema::set_meta(db, schema::RECORDED_THROUGH, to_sql(derived.through))?;
    Ok(dropped)
}

/// The commands' own time, which never runs ahead faster than time passes here: a clock that is set a year ahead must not
/// make keys of this morning old.
#[derive(Debug)]
pub(crate) struct SteadyClock {
    begun: Option<(Instant, Timestamp)>,
    now: Timestamp,
}

/// By how much it may.
const LEEWAY: Duration = Duration::from_secs(60);

impl SteadyClock {
    pub(crate) fn new() -> SteadyClock {
        SteadyClock { begun: None, now: Timestamp::EPOCH }
    }

    fn see(&mut self, at: Timestamp) {
        let (since, base) = *self.begun.get_or_insert_with(|| (Instant::now(), at));
        let passed = since.elapsed().saturating_add(LEEWAY).as_micros();
        let latest = base.later(u64::try_from(passed).unwrap_or(u64::MAX));
        self.now = self.now.max(at.min(latest));
    }

    /// 1970 before the first command: nothing is old then.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn before_now(&self, span: Duration) -> Timestamp {
        before(self.now, span)
    }
}

pub(crate) fn before(now: Timestamp, span: Duration) -> Timestamp {
    let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.micros().saturating_sub(micros))
}
