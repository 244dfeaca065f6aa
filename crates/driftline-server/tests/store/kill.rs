//! Kill −9 at any moment: what was acknowledged is there, once.

use std::{collections::BTreeMap, env, time::Duration};

use super::*;

/// Ten times here; `DRIFTLINE_KILL_CYCLES` says otherwise.
#[test]
fn kill_nine_loses_nothing_acknowledged_and_counts_nothing_twice() {
    let cycles = env::var("DRIFTLINE_KILL_CYCLES").map_or(10, |cycles| cycles.parse().unwrap());
    survive(cycles);
}

#[test]
#[ignore = "long: for the soak"]
fn kill_nine_five_hundred_times() {
    survive(500);
}

fn survive(cycles: u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut chance = Chance(0x5eed);
    // Every acknowledgement is an obligation: this number, under this number of its command.
    let mut obligations: BTreeMap<u64, u64> = BTreeMap::new();
    let (mut slowest, mut replayed, mut known) = (Duration::ZERO, 0, 0);
    for cycle in 1..=cycles {
        // What was tried last is tried again under its keys, as by a client that got no answer; then come new numbers.
        let tried = obligations.last_key_value().map_or(1000, |(number, _)| *number);
        let arguments = [tried + 40, 8, u64::from(u32::MAX)].map(|number| number.to_string());
        let arguments = [arguments.as_slice(), &[format!("retry={}", tried - 40)]].concat();
        let said =
            run_and_kill(dir.path(), &arguments, Duration::from_millis(20 + chance.below(500)));
        for (number, seq, was_known) in said.acknowledged {
            known += u64::from(was_known);
            let before = obligations.insert(number, seq);
            assert!(
                before.is_none_or(|before| before == seq),
                "{number} is {seq} and was {before:?}"
            );
        }
        slowest = slowest.max(said.opened_in);
        if cycle % 3 != 0 && cycle != cycles {
            // Killed again before anybody tidied up.
            continue;
        }
        let found = look(dir.path()).unwrap();
        slowest = slowest.max(found.took);
        replayed = replayed.max(found.replayed);
        assert_eq!(found.lost, None);
        assert_eq!(found.warnings, Vec::<String>::new());
        for (number, seq) in &obligations {
            assert_eq!(found.state.numbers.get(*seq as usize - 1), Some(number), "command {seq}");
        }
        for (number, times) in &found.state.counts {
            // The probe submits nothing twice but under its key.
            assert_eq!(*times, 1, "number {number}");
        }
        let verification = driftline_server::store::verify(dir.path()).unwrap();
        assert_eq!(verification.findings, [], "cycle {cycle}");
    }
    assert!(obligations.len() as u64 > cycles, "{} acknowledged", obligations.len());
    assert!(known > 0, "a retried number was known");
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
    println!(
        "{cycles} kills: {} acknowledged, 0 lost, 0 twice, {known} known again; longest start {slowest:?}, longest replay {replayed}",
        obligations.len()
    );
}
