//! The report as data: the contract of every front, byte for byte, and a line's end.

use driftline_core::report::Report;

pub(crate) fn render(report: &Report) -> String {
    report.to_json() + "\n"
}
