//! What a store holds, and what is wrong with it, for people.

use driftline_charts::wording::printable;
use driftline_server::store::{Inspection, Verification};

/// The widest name.
const NAMES: usize = 18;

pub(crate) fn inspection(found: &Inspection) -> String {
    let mut text = format!("{}\n", printable(&found.dir));
    let mut line = |name: &str, said: String| {
        text += &format!("  {name:<NAMES$}{said}\n");
    };
    line(
        "last command",
        format!("{}; rows recorded through {}", found.last_seq, found.recorded_through),
    );
    let ended = if found.was_closed { "in order" } else { "not in order, or it still runs" };
    line(
        "in use",
        found.in_use_by.map_or_else(
            || format!("no; the last run ended {ended}"),
            |process| format!("by process {process}"),
        ),
    );
    line("database", format!("{} bytes, and {} of log", found.database_bytes, found.log_bytes));
    let journal = &found.journal;
    line(
        "journal",
        match journal.first {
            None => "empty".into(),
            Some(first) => {
                format!("{} entries from {first} on, {} bytes", journal.entries, journal.bytes)
            }
        },
    );
    for checkpoint in &found.checkpoints {
        let said =
            format!("at command {}, {}, {} bytes", checkpoint.seq, checkpoint.at, checkpoint.bytes);
        line("checkpoint", said);
    }
    if found.checkpoints.is_empty() {
        line("checkpoint", "none yet".into());
    }
    line("idempotency keys", found.idempotency_keys.to_string());
    for chain in &found.audit {
        let last = chain.last_at.map(|at| format!(", the last at {at}")).unwrap_or_default();
        line("audit", format!("{}: {} rows{last}", printable(&chain.chain), chain.rows));
    }
    let outbox = &found.outbox;
    let oldest = outbox.oldest_waiting.map(|at| format!(" (since {at})")).unwrap_or_default();
    line(
        "outbox",
        format!(
            "{} waiting{oldest}, {} delivered, {} dead",
            outbox.waiting, outbox.delivered, outbox.dead
        ),
    );
    line("history", format!("{} series, {} points", found.series, found.history_points));
    line("tables", format!("version {}, SQLite {}", found.version, found.sqlite));
    text
}

pub(crate) fn verification(found: &Verification) -> String {
    let mut text = String::new();
    for finding in &found.findings {
        text += &format!("{}: {}\n", printable(&finding.place), printable(&finding.why));
    }
    let checked = format!(
        "{} journal entries, {} checkpoints, {} audit rows, {} other rows",
        found.journal_entries, found.checkpoints, found.audit_rows, found.other_rows
    );
    text += &match found.findings.len() {
        0 => format!("sound: {checked}\n"),
        n => format!("{n} found; sound: {checked}\n"),
    };
    text
}
