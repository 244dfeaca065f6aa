//! Altered bytes: `verify` names the place, and what is altered is never used.

use std::fs;

use counting::submission;
use driftline_server::store::{set_aside, verify};
use rusqlite::Connection;

use super::*;

/// A store with two checkpoints, some journal after each, and rows of every kind; closed.
fn filled() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for part in 0..3 {
        let store = open(dir.path(), options()).unwrap();
        for number in 0..60 {
            store.submit(submission(part * 1000 + number, true)).unwrap().wait().unwrap();
        }
        store.close().unwrap();
    }
    dir
}

fn alter(dir: &Path, sql: &str) {
    let db = Connection::open(dir.join("driftline.db")).unwrap();
    assert!(db.execute(sql, []).unwrap() > 0, "{sql}");
}

#[test]
fn verify_names_what_was_altered() {
    let sound = filled();
    let verification = verify(sound.path()).unwrap();
    assert_eq!(verification.findings, []);
    assert_eq!((verification.checkpoints, verification.audit_rows), (2, 36));
    assert!(verification.journal_entries >= 60, "{verification:?}");
    assert_eq!(verification.other_rows, 180 + 180 / 7);
    for (sql, place) in [
        ("UPDATE journal SET bytes = zeroblob(128) WHERE seq = 150", "journal entry 150"),
        ("UPDATE journal SET at = at + 1 WHERE seq = 150", "journal entry 150"),
        ("DELETE FROM journal WHERE seq = 150", "journal entry 150"),
        ("UPDATE checkpoint SET bytes = substr(bytes, 2) WHERE seq = 180", "checkpoint 180"),
        ("UPDATE checkpoint SET at = at + 1 WHERE seq = 120", "checkpoint 120"),
        (
            "UPDATE audit SET json = replace(json, '\"model\"', '\"m0del\"') WHERE sequence = 7",
            "audit chain model",
        ),
        ("DELETE FROM audit WHERE sequence = 3", "audit chain model"),
        ("UPDATE outbox SET url = 'https://evil.example/' WHERE id = 3", "outbox row 3"),
        ("UPDATE outbox SET body = x'00' WHERE id = 4", "outbox row 4"),
        ("UPDATE idempotency SET response = x'00' WHERE seq = 9", "answer to command 9"),
    ] {
        let dir = filled();
        alter(dir.path(), sql);
        let findings = verify(dir.path()).unwrap().findings;
        assert_eq!(findings.len(), 1, "{sql}: {findings:?}");
        assert_eq!(findings[0].place, place, "{sql}");
    }
}

#[test]
fn a_damaged_checkpoint_is_passed_over_for_the_one_before() {
    let dir = filled();
    alter(dir.path(), "UPDATE checkpoint SET bytes = zeroblob(10) WHERE seq = 180");
    let found = look(dir.path()).unwrap();
    assert_eq!((found.last_seq, found.replayed), (180, 60));
    assert!(found.warnings[0].starts_with("checkpoint 180: "), "{:?}", found.warnings);
    assert_eq!(found.state.numbers.len(), 180);
}

#[test]
fn a_damaged_journal_is_refused_and_can_be_set_aside() {
    let dir = filled();
    alter(dir.path(), "DELETE FROM checkpoint WHERE seq = 180");
    alter(dir.path(), "UPDATE journal SET kind = 3 WHERE seq = 170");
    let error = open(dir.path(), options()).unwrap_err().to_string();
    assert!(error.starts_with("journal entry 170: "), "{error}");
    let to = set_aside(dir.path(), Timestamp::from_millis(5000)).unwrap();
    assert_eq!(to, dir.path().join("damaged-5"));
    assert_eq!(open(dir.path(), options()).unwrap().status().last_seq, 0);
    assert!(verify(&to).unwrap().findings.iter().any(|found| found.place == "journal entry 170"));
}

#[test]
fn a_byte_flipped_anywhere_is_found_or_changes_nothing_that_counts() {
    let sound = filled();
    let bytes = fs::read(sound.path().join("driftline.db")).unwrap();
    let expected = look(sound.path()).unwrap().state;
    let mut chance = Chance(99);
    let (mut found, mut harmless) = (0, 0);
    for _ in 0..60 {
        let dir = tempfile::tempdir().unwrap();
        let mut altered = bytes.clone();
        let place = chance.below(bytes.len() as u64) as usize;
        altered[place] ^= 1 << chance.below(8);
        fs::write(dir.path().join("driftline.db"), &altered).unwrap();
        let is_sound =
            verify(dir.path()).is_ok_and(|verification| verification.findings.is_empty());
        if !is_sound {
            found += 1;
        }
        // Whatever verify says: what is opened is the state, or nothing is.
        let Ok(recovered) = Store::open(dir.path(), options()) else { continue };
        let state = Counting::restore(recovered.checkpoint());
        drop(recovered);
        assert_eq!(state.numbers, expected.numbers[..state.numbers.len()], "byte {place}");
        if is_sound {
            assert_eq!(state, expected, "byte {place}");
            harmless += 1;
        }
    }
    println!("60 flips: {found} found, {harmless} in what is unused or only drawn");
    assert!(found > 20, "{found}");
}
