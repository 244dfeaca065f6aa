//! How much live windows keep, whatever comes in: by the bytes of the compact form and by the memory of the process.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

extern crate alloc;

#[expect(dead_code, reason = "the tests of live windows use the rest")]
#[path = "live/rows.rs"]
mod rows;

use driftline_core::{
    bins::Bins,
    live::{LiveWindows, MAX_FOREIGN_COLUMNS, MAX_PANE_LEVELS},
    policy::Policy,
};

use rows::{Draws, Row, at, batch, plan, reference, schema};

/// Memory of this process, where the system tells.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

#[test]
fn hostile_rows_do_not_make_it_grow_past_its_formula() {
    let reference = reference();
    let plan = plan(&reference, &Policy::default());
    let bound = plan.max_bytes(&reference);
    let levels = |bins: &Bins| matches!(bins, Bins::Levels(_));
    assert!(reference.columns().iter().any(|column| levels(&column.bins)));
    let mut live = LiveWindows::new(&reference, plan.clone());
    let mut draws = Draws(9);
    let mut most = 0;
    let before = resident_bytes();
    let mut long_schema = schema();
    for round in 0..600_u64 {
        let now = round * 15;
        // Names nobody has seen, of any length, latencies of every size, instants all over what is kept and beyond.
        let rows: Vec<Row> = (0..400)
            .map(|i| {
                let instant = (now + 90).saturating_sub(draws.below(4000));
                let mut row = Row::new(Some(at(instant)), &mut draws);
                row.city = format!("{}{round}-{i}", "x".repeat(draws.below(3000) as usize));
                row.latency_ms = f64::from_bits(draws.below(u64::MAX >> 31) << 31).abs();
                row.latency_ms = if draws.below(3) == 0 {
                    1.5_f64.powi(draws.below(40) as i32)
                } else {
                    row.latency_ms
                };
                row.failed = draws.below(2) == 0;
                row
            })
            .collect();
        // Columns that the reference has not, under ever new names.
        long_schema.fields[4].name = format!("{}{round}", "column".repeat(100));
        let schema = if round % 2 == 0 { schema() } else { long_schema.clone() };
        live.count(&reference, &schema, &batch(&rows), at(now)).unwrap();
        if round % 50 == 49 {
            most = most.max(live.encode().len() as u64);
        }
    }
    let panes = live.panes();
    assert!(panes.panes().count() as u64 <= plan.max_panes());
    assert!(panes.panes().count() > 240);
    for (_, window) in panes.panes() {
        for counts in window.columns() {
            assert!(counts.novel.by_rows().len() <= MAX_PANE_LEVELS);
            assert!(counts.novel.by_rows().iter().all(|(level, _)| level.len() <= 200));
        }
    }
    assert_eq!(panes.foreign_columns().len(), MAX_FOREIGN_COLUMNS);
    assert!(most > bound / 8, "hostile enough to say something: {most} of {bound} bytes");
    assert!(most <= bound, "{most} of {bound} bytes");
    if let (Some(before), Some(after)) = (before, resident_bytes()) {
        let grown = after.saturating_sub(before);
        println!("formula {bound} bytes, compact form {most}, the process grew by {grown}");
        // The rows themselves, a batch and the compact form come and go, and an allocator keeps some of it.
        assert!(grown <= bound + (24 << 20), "{grown} of {bound} bytes");
    }
    // An hour later nothing of it is left but the errors by the minute and by the hour.
    live.window(&reference, at(600 * 15 + 3700));
    assert_eq!(live.panes().panes().count(), 0);
    assert!(live.encode().len() < 80_000, "{}", live.encode().len());
}
