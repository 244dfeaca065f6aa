//! What is shared of a report: some columns, as [`Report::finding`] leaves of them what may be seen without the data.

use driftline_core::report::{LevelNames, Report};

/// A finding as JSON: the named columns, or those that drifted, worst first; the worst one where none did.
pub(super) fn of(report: &Report, columns: &[String], most: u32, levels: bool) -> String {
    let levels = if levels { LevelNames::Told } else { LevelNames::Numbered };
    let most = most.max(1) as usize;
    if !columns.is_empty() {
        let named = &columns[..columns.len().min(most)];
        return report.finding(named, levels).to_json();
    }
    let worst = report.worst_first();
    let drifted = worst.iter().take_while(|column| column.severity.is_drift()).count();
    let names: Vec<&str> =
        worst.iter().take(drifted.clamp(1, most)).map(|column| column.name.as_str()).collect();
    report.finding(&names, levels).to_json()
}
