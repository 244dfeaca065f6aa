//! More than can be written: refused at once and in bounded memory, and what is taken is written in groups.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use counting::submission;
use driftline_server::store::Refusal;

use super::*;

#[test]
fn what_is_too_much_is_refused_and_what_is_taken_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let few = Options { queue_entries: 50, ..options() };
    let store = open(dir.path(), few).unwrap();
    let (mut taken, mut refused) = (Vec::new(), 0);
    for number in 0..20_000 {
        match store.submit(submission(number, false)) {
            Ok(ticket) => taken.push(ticket),
            Err(Refusal::Overloaded) => refused += 1,
            Err(other) => panic!("{other}"),
        }
        assert!(store.status().waiting <= 50);
    }
    assert!(refused > 0, "all of {} taken", taken.len());
    let count = taken.len() as u64;
    for ticket in taken {
        ticket.wait().unwrap();
    }
    assert_eq!(store.status().last_seq, count);
    let most = options().max_entry_bytes;
    let mut large = submission(1, false);
    large.entry.bytes = vec![0; most + 1];
    assert_eq!(store.submit(large).unwrap_err(), Refusal::TooLarge { bytes: most + 1, most });
    println!("{count} taken, {refused} refused");
}

/// What sixty-four clients get that each wait for their answer; said, not judged: other tests run beside it.
#[test]
fn many_clients_share_a_flush() {
    const EACH: u64 = 200;
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(open(dir.path(), options()).unwrap());
    let slowest = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let clients: Vec<_> = (0..64)
        .map(|client| {
            let (store, slowest) = (Arc::clone(&store), Arc::clone(&slowest));
            thread::spawn(move || {
                for number in 0..EACH {
                    let begun = Instant::now();
                    store
                        .submit(submission(client * EACH + number, false))
                        .unwrap()
                        .wait()
                        .unwrap();
                    slowest.fetch_max(begun.elapsed().as_micros() as u64, Ordering::Relaxed);
                }
            })
        })
        .collect();
    clients.into_iter().for_each(|client| client.join().unwrap());
    let (took, status) = (begun.elapsed(), store.status());
    assert_eq!(status.last_seq, 64 * EACH);
    let share = status.last_seq as f64 / status.transactions as f64;
    println!(
        "{:.0} commands a second, {share:.1} in a transaction, the slowest answer after {:.1} ms",
        status.last_seq as f64 / took.as_secs_f64(),
        slowest.load(Ordering::Relaxed) as f64 / 1000.0
    );
    assert!(share > 4.0, "{share} commands share a flush");
}
