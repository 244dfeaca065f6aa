//! Idempotency keys: the same request again is answered again and has no effect; another one under the key is refused.

use std::sync::Arc;

use counting::submission;
use driftline_server::store::{IdempotencyKey, Refusal};

use super::*;

#[test]
fn the_same_key_again_is_answered_again_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), options()).unwrap();
    let first = store.submit(submission(1, true)).unwrap().wait().unwrap();
    let again = store.submit(submission(1, true)).unwrap().wait().unwrap();
    assert_eq!((first.seq, first.duplicate), (1, false));
    assert_eq!((again.seq, again.duplicate, &again.response), (1, true, &first.response));
    // Without a key nobody can tell.
    let without = store.submit(submission(1, false)).unwrap().wait().unwrap();
    assert_eq!((without.seq, without.duplicate), (2, false));
    drop(store);

    let store = open(dir.path(), options()).unwrap();
    let after = store.submit(submission(1, true)).unwrap().wait().unwrap();
    assert_eq!((after.seq, after.duplicate, &after.response), (1, true, &first.response));
    let mut other = submission(2, true);
    other.key = Some(IdempotencyKey { key: "key-1".into(), ..other.key.unwrap() });
    assert_eq!(store.submit(other).unwrap().wait(), Err(Refusal::KeyReused { seq: 1 }));
    assert_eq!(store.status().last_seq, 2);
}

#[test]
fn one_of_many_at_the_same_time_has_an_effect() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(open(dir.path(), options()).unwrap());
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                (0..200)
                    .map(|number| store.submit(submission(number, true)).unwrap().wait().unwrap())
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let replies: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    for number in 0..200 {
        let new = replies.iter().filter(|replies| !replies[number].duplicate).count();
        assert_eq!(new, 1, "number {number}");
        assert!(replies.iter().all(|of| of[number].response == replies[0][number].response));
    }
    assert_eq!(store.status().last_seq, 200);
}

#[test]
fn a_key_is_forgotten_after_its_time_and_not_before() {
    let dir = tempfile::tempdir().unwrap();
    let day = 24 * 3600 * 1000;
    let later = |by: u64| {
        let mut later = submission(1, true);
        later.entry.at = Timestamp::from_millis((1_700_006_400_001 + by) as i64);
        later
    };
    let submit = |by: u64| {
        let store = open(dir.path(), options()).unwrap();
        store.submit(later(by)).unwrap().wait().unwrap()
    };
    assert_eq!(submit(0).seq, 1);
    assert_eq!(submit(day - 120_000).seq, 1, "within a day");
    assert_eq!(submit(day + 120_000).seq, 2, "after a day");

    // A clock that is set ahead while the store runs makes nothing old.
    let store = open(dir.path(), options()).unwrap();
    assert_eq!(store.submit(submission(7, true)).unwrap().wait().unwrap().seq, 3);
    let mut jumped = submission(8, false);
    jumped.entry.at = Timestamp::from_millis(1_900_000_000_000);
    store.submit(jumped).unwrap().wait().unwrap();
    let again = store.submit(submission(7, true)).unwrap().wait().unwrap();
    assert!(again.duplicate);
}
