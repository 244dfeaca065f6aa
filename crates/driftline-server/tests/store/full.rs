//! A full disk: commands are refused and told so, reading goes on, and writing begins again by itself.

use std::{
    fs,
    process::{Command, Stdio},
    time::Instant,
};

use counting::submission;
use driftline_server::store::{Health, Refusal};

use super::*;

/// Submits until the disk is full; gives back what was acknowledged.
fn fill(store: &Store, from: u64) -> Vec<(u64, u64)> {
    let mut acknowledged = Vec::new();
    let begun = Instant::now();
    for number in from.. {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never becomes full");
        match store.submit(submission(number, true)).and_then(|ticket| ticket.wait()) {
            Ok(reply) => acknowledged.push((number, reply.seq)),
            Err(Refusal::Full) => break,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(store.status().health, Health::Full);
    acknowledged
}

fn wait_until_ready(store: &Store) {
    let begun = Instant::now();
    while store.status().health != Health::Ready {
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", store.status());
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_quota_refuses_and_a_larger_one_takes_again() {
    let dir = tempfile::tempdir().unwrap();
    let small = Options { max_bytes: Some(1 << 20), ..options() };
    let store = open(dir.path(), small.clone()).unwrap();
    let acknowledged = fill(&store, 0);
    assert!(acknowledged.len() > 500, "{}", acknowledged.len());
    // Reading goes on, and refusing is quick.
    assert!(store.reader().series("", 10).is_ok());
    let begun = Instant::now();
    assert_eq!(
        store.submit(submission(9_999_999, false)).and_then(|ticket| ticket.wait()),
        Err(Refusal::Full)
    );
    assert!(begun.elapsed() < Duration::from_millis(500));
    assert_eq!(store.close(), Err(Refusal::Full));

    // Also where it is full at the start.
    drop(open(dir.path(), small).unwrap());
    let found = look(dir.path()).unwrap();
    for (number, seq) in &acknowledged {
        assert_eq!(found.state.numbers[*seq as usize - 1], *number);
    }
    assert_eq!(found.state.numbers.len(), acknowledged.len(), "what was refused is not there");
}

#[test]
fn too_little_free_space_refuses_before_the_disk_is_full() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Options { min_free_bytes: u64::MAX / 4, ..options() }).unwrap();
    assert_eq!(
        store.submit(submission(1, true)).and_then(|ticket| ticket.wait()),
        Err(Refusal::Full)
    );
    assert_eq!(store.status().health, Health::Full);
    assert_eq!(store.status().last_seq, 0);
}

/// A file system of its own, gone with the test.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Option<SmallDisk> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "none"])
            .arg(dir.path())
            .stderr(Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(SmallDisk(dir))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_refuses_and_recovers_by_itself_when_there_is_room() {
    let Some(disk) = SmallDisk::mount("4m") else {
        println!("SKIPPED: no right to mount a small disk; the quota's test stands for it");
        return;
    };
    let dir = disk.0.path().join("store");
    let ballast = disk.0.path().join("ballast");
    fs::write(&ballast, vec![1; 2 << 20]).unwrap();
    let store = open(&dir, options()).unwrap();
    let mut acknowledged = fill(&store, 0);
    assert!(store.reader().series("", 10).is_ok(), "reading goes on");
    let before = store.status().last_seq;
    fs::remove_file(&ballast).unwrap();
    wait_until_ready(&store);
    let reply = store.submit(submission(1_000_000, true)).unwrap().wait().unwrap();
    assert_eq!(reply.seq, before + 1, "no number was lost to what was refused");
    acknowledged.push((1_000_000, reply.seq));
    // And full again, and killed in this state as it were: nothing is closed in order.
    acknowledged.extend(fill(&store, 2_000_000));
    drop(store);
    let larger = tempfile::tempdir().unwrap();
    for name in ["driftline.db", "driftline.db-wal", "acknowledged"] {
        if dir.join(name).exists() {
            fs::copy(dir.join(name), larger.path().join(name)).unwrap();
        }
    }
    let found = look(larger.path()).unwrap();
    for (number, seq) in &acknowledged {
        assert_eq!(found.state.numbers[*seq as usize - 1], *number);
    }
    assert_eq!(found.state.numbers.len(), acknowledged.len(), "what was refused is not there");
    assert!(found.state.counts.values().all(|times| *times == 1));
}
