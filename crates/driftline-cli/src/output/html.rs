//! The report as one HTML file, the same that the page saves.

use driftline_core::report::Report;

pub(crate) fn render(report: &Report) -> String {
    driftline_charts::html::report(report)
}
