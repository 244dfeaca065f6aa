//! The store against what happens to stores: kill −9, a log that was cut, a full disk, altered bytes, another server.

#![expect(clippy::std_instead_of_core, reason = "tests with files and processes")]
#![expect(clippy::std_instead_of_alloc, reason = "tests with files and processes")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]
#![allow(missing_docs, unreachable_pub, reason = "the state is the probe's too, by its path")]

#[path = "../../probe/counting.rs"]
mod counting;
mod damage;
mod flush;
mod folder;
mod full;
mod keys;
mod kill;
mod load;
mod log_cut;
mod rows;

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use counting::{AUDIT_EVERY, Counting, OUTBOX_EVERY};
use driftline_core::time::Timestamp;
use driftline_server::store::{
    AuditQuery, HistoryQuery, Lost, Options, OutboxState, Store, StoreError,
};

fn options() -> Options {
    Options { min_free_bytes: 0, ..Options::default() }
}

/// A store over a state that nobody but the store sees.
fn open(dir: &Path, options: Options) -> Result<Store, StoreError> {
    let recovered = Store::open(dir, options)?;
    let machine = Counting::restore(recovered.checkpoint());
    recovered.start(machine, |_| {})
}

/// What is in a store: everything that was applied, found by opening it and closing it with a checkpoint, and what was
/// recorded of it.
#[derive(Debug)]
struct Found {
    state: Counting,
    last_seq: u64,
    lost: Option<Lost>,
    warnings: Vec<String>,
    replayed: u64,
    took: Duration,
}

fn look(dir: &Path) -> Result<Found, StoreError> {
    let begun = std::time::Instant::now();
    let recovered = Store::open(dir, options())?;
    let (last_seq, lost) = (recovered.last_seq(), recovered.lost());
    let warnings = recovered.warnings().to_vec();
    let machine = Counting::restore(recovered.checkpoint());
    let mut replayed = 0;
    let store = recovered.start(machine, |progress| replayed = progress.commands)?;
    let took = begun.elapsed();
    check_rows(&store, last_seq);
    store.close().unwrap();
    // Closed, the last checkpoint is the state.
    let recovered = Store::open(dir, options())?;
    assert!(recovered.was_closed() || last_seq == 0);
    let state = Counting::restore(recovered.checkpoint());
    assert_eq!(state.numbers.len() as u64 + state.deliveries, last_seq, "no number is missing");
    Ok(Found { state, last_seq, lost, warnings, replayed, took })
}

/// What follows from commands is there for each of them once.
fn check_rows(store: &Store, last_seq: u64) {
    let reader = store.reader();
    let (from, to) = (Timestamp::EPOCH, Timestamp::from_millis(4_000_000_000_000));
    let query = HistoryQuery { series: "all".into(), from, to, points: 1 };
    let counted: u64 = reader.history(&query).unwrap().iter().map(|bucket| bucket.count).sum();
    assert_eq!(counted, last_seq, "points of history");
    let audit = reader.audit(&AuditQuery { limit: u32::MAX, ..AuditQuery::default() }).unwrap();
    assert_eq!(audit.len() as u64, last_seq / AUDIT_EVERY, "audit rows");
    let (waiting, delivered, dead) = reader.outbox_counts().unwrap();
    assert_eq!((waiting + dead, delivered), (last_seq / OUTBOX_EVERY, 0), "outbox rows");
    let newest = reader.outbox(Some(OutboxState::Waiting), 1).unwrap();
    let expected = last_seq / OUTBOX_EVERY * OUTBOX_EVERY;
    assert_eq!(newest.first().map_or(0, |row| row.row.event[6..].parse().unwrap()), expected);
}

/// What a killed probe said.
#[derive(Debug, Default)]
struct Said {
    opened_in: Duration,
    /// Number, its command's number, and whether it was known.
    acknowledged: Vec<(u64, u64, bool)>,
}

/// Runs the probe and kills it after a while.
fn run_and_kill(dir: &Path, arguments: &[String], after: Duration) -> Said {
    let mut child = Command::new(env!("CARGO_BIN_EXE_driftline-store-probe"))
        .arg(dir)
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let reading = thread::spawn(move || {
        let mut said = Said::default();
        for line in output.lines() {
            let line = line.unwrap();
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["open", _, micros] => {
                    said.opened_in = Duration::from_micros(micros.parse().unwrap())
                }
                ["ack", number, seq, known] => said.acknowledged.push((
                    number.parse().unwrap(),
                    seq.parse().unwrap(),
                    *known == "again",
                )),
                _ => panic!("{line:?}"),
            }
        }
        said
    });
    thread::sleep(after);
    // SIGKILL.
    child.kill().unwrap();
    child.wait().unwrap();
    reading.join().unwrap()
}

/// Numbers that look like chance, the same ones each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}
