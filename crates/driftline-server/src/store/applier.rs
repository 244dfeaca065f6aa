//! The one thread that applies commands, in the order of their numbers, once they are on disk.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use driftline_core::time::Timestamp;

use super::{
    Entry, Machine, Options, Output, Refusal, Reply,
    checkpoint::Checkpoint,
    queue::{Derived, Queue},
    writer::{Group, Item, Taken},
};

pub(crate) struct Applier<M> {
    pub(crate) machine: M,
    pub(crate) queue: Arc<Queue>,
    pub(crate) options: Arc<Options>,
    /// The last command that was applied.
    pub(crate) seq: u64,
    pub(crate) at: Timestamp,
    /// Commands and bytes applied since the last checkpoint.
    pub(crate) since_checkpoint: (u64, u64),
    /// Answers under a key that are not on disk yet.
    pub(crate) unrecorded: BTreeMap<u64, Vec<u8>>,
}

impl<M: Machine> Applier<M> {
    pub(crate) fn run(mut self, groups: &Receiver<Group>) {
        let every = self.options.checkpoint_every;
        let mut last_checkpoint = Instant::now();
        loop {
            let wait =
                every.saturating_sub(last_checkpoint.elapsed()).max(Duration::from_millis(1));
            match groups.recv_timeout(wait) {
                Ok(group) => {
                    if self.apply(group).is_err() {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    if self.queue.closing() == Some(true) {
                        self.checkpoint();
                    }
                    break;
                }
            }
            let (_, bytes) = self.since_checkpoint;
            if bytes >= self.options.checkpoint_bytes || last_checkpoint.elapsed() >= every {
                self.checkpoint();
                last_checkpoint = Instant::now();
            }
        }
        self.queue.applier_ended();
    }

    fn checkpoint(&mut self) {
        if self.since_checkpoint.0 == 0 {
            return;
        }
        let bytes = self.machine.checkpoint();
        self.queue.checkpoint(Checkpoint { seq: self.seq, at: self.at, bytes });
        self.since_checkpoint = (0, 0);
    }

    fn apply(&mut self, group: Group) -> Result<(), ()> {
        // What was on disk when these were written is found there from now on.
        self.unrecorded = self.unrecorded.split_off(&group.recorded_through.saturating_add(1));
        let mut derived = Derived::default();
        let mut items = group.items.into_iter();
        for item in &mut items {
            let Item { taken, answer } = item;
            let reply = match taken {
                Taken::Refused(refusal) => Err(refusal),
                Taken::Again { seq, response } => response
                    .or_else(|| self.unrecorded.get(&seq).cloned())
                    .map(|response| Reply { seq, response, duplicate: true })
                    // Cannot be: it is on disk or in memory.
                    .ok_or_else(|| Refusal::Broken(format!("the answer to command {seq} is lost"))),
                Taken::Command { entry, is_keyed } => match applied(&mut self.machine, &entry) {
                    Ok(output) => {
                        let response = output.response.clone();
                        self.note(&entry, is_keyed, output, &mut derived);
                        Ok(Reply { seq: entry.seq, response, duplicate: false })
                    }
                    Err(why) => {
                        self.queue.broken(why.clone());
                        Err(Refusal::Broken(why))
                    }
                },
            };
            let is_broken = matches!(reply, Err(Refusal::Broken(_)));
            if let Some(answer) = answer {
                answer(reply);
            }
            if is_broken {
                break;
            }
        }
        self.queue.derive(derived);
        if items.len() == 0 {
            return Ok(());
        }
        for Item { answer, .. } in items {
            if let Some(answer) = answer {
                answer(Err(Refusal::Broken(
                    "a command before this one could not be applied".into(),
                )));
            }
        }
        Err(())
    }

    fn note(&mut self, entry: &Entry, is_keyed: bool, output: Output, derived: &mut Derived) {
        self.seq = entry.seq;
        self.at = entry.at;
        let (commands, bytes) = self.since_checkpoint;
        self.since_checkpoint =
            (commands.saturating_add(1), bytes.saturating_add(entry.bytes.len() as u64));
        if is_keyed {
            self.unrecorded.insert(entry.seq, output.response.clone());
        }
        take_over(derived, entry.seq, is_keyed, output);
    }
}

/// Adds what follows from a command to what is to be recorded.
pub(crate) fn take_over(derived: &mut Derived, seq: u64, is_keyed: bool, output: Output) {
    derived.through = seq;
    if is_keyed {
        derived.responses.push((seq, output.response));
    }
    if !output.rows.is_empty() {
        derived.rows.push(output.rows);
    }
}

/// Applies one command. A machine that panics would do so at every start: it is told as what it is, and nothing after it
/// is applied.
pub(crate) fn applied<M: Machine>(machine: &mut M, entry: &Entry) -> Result<Output, String> {
    catch_unwind(AssertUnwindSafe(|| machine.apply(entry))).map_err(|panic| {
        let why = panic
            .downcast_ref::<&str>()
            .map(|why| (*why).to_string())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".into());
        format!("command {} of kind {} cannot be applied: panic: {why}", entry.seq, entry.kind)
    })
}
