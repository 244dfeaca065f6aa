//! A log that was cut anywhere: the store opens with a prefix of what was there, and says what is missing.

use std::fs;

use super::*;

#[test]
fn a_log_cut_anywhere_leaves_a_prefix_and_says_what_is_lost() {
    // Longer where the machine is busy: until there is a log that is worth cutting.
    let (dir, said, log) = [400, 1600, 6400]
        .into_iter()
        .find_map(|millis| {
            let dir = tempfile::tempdir().unwrap();
            let arguments = ["1", "4", "1000000"].map(String::from);
            let said = run_and_kill(dir.path(), &arguments, Duration::from_millis(millis));
            let log = fs::read(dir.path().join("driftline.db-wal")).unwrap_or_default();
            (log.len() > 200_000 && !said.acknowledged.is_empty()).then_some((dir, said, log))
        })
        .expect("a log of 200 kB in 6 s");
    let last_acknowledged = said.acknowledged.iter().map(|(_, seq, _)| *seq).max().unwrap();

    let full = look(&copy(dir.path(), &log)).unwrap();
    assert!(full.last_seq >= last_acknowledged);

    let mut chance = Chance(7);
    let frame = 24 + 4096;
    let mut cuts = vec![0, 1, 31, 32, 33, 32 + frame, 32 + frame - 1, log.len() as u64 - 1];
    cuts.extend((0..30).map(|_| chance.below(log.len() as u64)));
    // At the ends of frames, where a cut looks like the end.
    cuts.extend((0..10).map(|_| 32 + frame * chance.below(log.len() as u64 / frame)));
    let (mut opened, mut shortest) = (0, u64::MAX);
    for cut in cuts {
        let cut_dir = copy(dir.path(), &log[..cut as usize]);
        let found = match look(&cut_dir) {
            Ok(found) => found,
            Err(error) => panic!("cut at {cut} of {}: {error}", log.len()),
        };
        let numbers = &found.state.numbers;
        assert_eq!(numbers.as_slice(), &full.state.numbers[..numbers.len()], "cut at {cut}");
        assert_eq!(found.last_seq, numbers.len() as u64);
        let mark = last_acknowledged.max(acknowledged(&cut_dir));
        if found.last_seq < last_acknowledged {
            let lost = found.lost.unwrap();
            assert_eq!(lost.first, found.last_seq + 1, "cut at {cut}");
            assert!(lost.last >= last_acknowledged && lost.last <= full.last_seq, "{lost:?}");
            assert!(found.warnings.iter().any(|line| line.contains("are not there")));
        } else {
            assert!(found.lost.is_none_or(|lost| lost.last <= mark), "cut at {cut}");
        }
        opened += 1;
        shortest = shortest.min(found.last_seq);
    }
    println!(
        "{opened} cuts opened, each with a prefix of {}; the shortest of {shortest}",
        full.last_seq
    );
}

/// What the file beside the database says.
fn acknowledged(dir: &Path) -> u64 {
    let bytes = fs::read(dir.join("acknowledged")).unwrap();
    u64::from_le_bytes(bytes[..8].try_into().unwrap())
}

/// The store with another log, in a folder of its own.
fn copy(dir: &Path, log: &[u8]) -> std::path::PathBuf {
    let to = tempfile::tempdir().unwrap().keep();
    for name in ["driftline.db", "acknowledged"] {
        fs::copy(dir.join(name), to.join(name)).unwrap();
    }
    fs::write(to.join("driftline.db-wal"), log).unwrap();
    to
}
