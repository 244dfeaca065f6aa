//! The order of things, by the kernel's own account: the log is written, then flushed, then somebody is told.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
};

#[test]
fn every_acknowledgement_comes_after_a_flush_of_what_it_acknowledges() {
    let dir = tempfile::tempdir().unwrap();
    let trace = dir.path().join("trace");
    let traced = Command::new("strace")
        .args(["-f", "-e", "trace=openat,pwrite64,pwritev,fdatasync,fsync,write,close", "-o"])
        .arg(&trace)
        .arg(env!("CARGO_BIN_EXE_driftline-store-probe"))
        .arg(dir.path().join("store"))
        .args(["1", "1", "50", "plain"])
        .output();
    let Ok(output) = traced else {
        println!("SKIPPED: no strace here; install it to see the order of writes and flushes");
        return;
    };
    if !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("ptrace") {
        println!("SKIPPED: strace may not trace here");
        return;
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(&trace).unwrap();
    let mut logs: BTreeSet<String> = BTreeSet::new();
    // What a thread began and has not ended: strace parts the line of a call where another thread's comes between.
    let mut begun: BTreeMap<&str, String> = BTreeMap::new();
    let (mut dirty, mut flushed, mut acknowledged) = (false, 0, 0);
    for line in text.lines() {
        let (thread, call) = line.split_once(' ').unwrap();
        let mut call = call.trim_start().to_string();
        if let Some((first, _)) = call.split_once(" <unfinished") {
            // A write dirties when it begins; a flush cleans when it ends.
            dirty |= first.starts_with("pwrite") && logs.contains(descriptor(first));
            begun.insert(thread, first.into());
            continue;
        }
        if let Some((_, last)) = call.split_once(" resumed>") {
            call = begun.remove(thread).unwrap() + last;
        }
        let is_log = logs.contains(descriptor(&call));
        let result = call.rsplit_once("= ").map_or("", |(_, result)| result.trim());
        if call.starts_with("openat") && call.contains("driftline.db-wal\"") {
            logs.insert(result.to_string());
        } else if call.starts_with("close") {
            logs.remove(descriptor(&call));
        } else if call.starts_with("pwrite") && is_log {
            dirty = true;
        } else if (call.starts_with("fdatasync") || call.starts_with("fsync")) && is_log {
            assert_eq!(result, "0", "{call}");
            dirty = false;
            flushed += 1;
        } else if call.starts_with("write(1, \"ack ") {
            acknowledged += 1;
            assert!(!dirty, "acknowledged before it was flushed: {call}");
            assert!(
                flushed >= acknowledged,
                "{flushed} flushes for {acknowledged} acknowledgements"
            );
        }
    }
    assert_eq!(acknowledged, 50);
    println!("50 acknowledgements, each after its own flush; {flushed} flushes of the log in all");
}

/// The file that a call is about: its first argument.
fn descriptor(call: &str) -> &str {
    call.split_once('(').map_or("", |(_, rest)| rest.split([',', ')', ' ']).next().unwrap_or(""))
}
