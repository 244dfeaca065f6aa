//! The report as one HTML file: no script, no network, readable in ten years.

use driftline_core::report::Report;

use crate::{escape::text, wording};

/// The report as one self-contained HTML file.
pub fn report(report: &Report) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><title>Driftline</title><p>{}</p></html>\n",
        text(&wording::verdict_sentence(report))
    )
}
