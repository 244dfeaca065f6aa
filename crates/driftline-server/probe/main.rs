//! A program for the tests to kill: opens a store and submits numbers as fast as it can, and prints each that is
//! acknowledged.
//!
//! ```text
//! driftline-store-probe DIR FIRST THREADS COUNT [retry=FROM] [plain]
//! ```
//!
//! Numbers from FIRST on; three of four with an idempotency key. `retry` submits numbers from FROM to FIRST with their keys
//! again, as a client does that got no answer. It prints `open SEQ MICROS`, then `ack NUMBER SEQ new|again` for each.

#![expect(clippy::std_instead_of_core, reason = "a program of its own")]
#![expect(clippy::std_instead_of_alloc, reason = "a program of its own")]
#![expect(clippy::unwrap_used, reason = "what fails here fails a test")]
#![expect(unreachable_pub, reason = "the state is the tests' too, by its path")]
#![allow(missing_docs, dead_code, reason = "the state is the tests' too, by its path")]

mod counting;

use std::{
    env,
    io::Write as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use counting::{Counting, submission};
use driftline_server::store::{Options, Refusal, Reply, Store};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let dir = Path::new(&arguments[0]);
    let number = |i: usize| arguments[i].parse::<u64>().unwrap();
    let (first, threads, count) = (number(1), number(2), number(3));
    let retry = arguments.iter().find_map(|argument| argument.strip_prefix("retry="));
    let is_plain = arguments.iter().any(|argument| argument == "plain");

    let begun = Instant::now();
    let mut options = Options { min_free_bytes: 0, ..Options::default() };
    if is_plain {
        options.checkpoint_every = Duration::from_secs(3600);
    } else {
        options.checkpoint_every = Duration::from_millis(40);
    }
    let recovered = Store::open(dir, options).unwrap();
    let mut machine = Counting::restore(recovered.checkpoint());
    machine.is_plain = is_plain;
    let store = Arc::new(recovered.start(machine, |_| {}).unwrap());
    println!("open {} {}", store.status().last_seq, begun.elapsed().as_micros());

    if let Some(from) = retry {
        for number in from.parse::<u64>().unwrap()..first {
            if is_keyed(number) {
                let reply = store.submit(submission(number, true)).unwrap().wait().unwrap();
                acknowledge(number, &reply);
            }
        }
    }
    let next = Arc::new(AtomicU64::new(first));
    let threads: Vec<_> = (0..threads)
        .map(|_| {
            let (store, next) = (Arc::clone(&store), Arc::clone(&next));
            thread::spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= first + count {
                        return;
                    }
                    let key = !is_plain && is_keyed(number);
                    match store.submit(submission(number, key)) {
                        Ok(ticket) => acknowledge(number, &ticket.wait().unwrap()),
                        Err(Refusal::Overloaded) => thread::sleep(Duration::from_millis(1)),
                        Err(other) => panic!("{other}"),
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

fn is_keyed(number: u64) -> bool {
    !number.is_multiple_of(4)
}

fn acknowledge(number: u64, reply: &Reply) {
    assert_eq!(reply.response, format!("answer {}", reply.seq).into_bytes());
    let again = if reply.duplicate { "again" } else { "new" };
    // One write for each line: a killed process leaves whole lines only, and the trace shows each.
    let line = format!("ack {number} {} {again}\n", reply.seq);
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}
