//! A report as far as the page itself shows it. Windows, segments, alerts and what the model answered are the reporter's to
//! show: the page carries no code to read them.

use driftline_core::{
    reference::ReferenceId,
    report::{ColumnReport, Drift, LeftOut, Problem, REPORT_SCHEMA, Report, Sample, SpecNote},
    time::Timestamp,
    verdict::Severity,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Shown {
    schema: String,
    generated_at: Timestamp,
    baseline: Sample,
    current: Sample,
    reference_id: ReferenceId,
    spec: SpecNote,
    severity: Severity,
    columns: Vec<ColumnReport>,
    left_out: Vec<LeftOut>,
    problems: Vec<Problem>,
}

/// The report of a text, without the parts that the page does not show itself.
///
/// # Errors
/// Text that is not a report of this version.
pub fn read(text: &str) -> Result<Report, String> {
    let shown: Shown = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if shown.schema != REPORT_SCHEMA {
        return Err(format!("expected a report {REPORT_SCHEMA}, found {}", shown.schema));
    }
    Ok(Report {
        schema: shown.schema,
        generated_at: shown.generated_at,
        baseline: shown.baseline,
        current: shown.current,
        reference_id: shown.reference_id,
        spec: shown.spec,
        severity: shown.severity,
        drift: Drift::default(),
        columns: shown.columns,
        left_out: shown.left_out,
        prediction: None,
        performance: None,
        latency: None,
        errors: None,
        windows: Vec::new(),
        segments: Vec::new(),
        alerts: Vec::new(),
        triggers: Vec::new(),
        timeline: Vec::new(),
        replay: None,
        problems: shown.problems,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;

    #[test]
    fn what_the_page_shows_is_read_as_it_was_written() {
        let report = sample::report();
        let read = read(&report.to_json()).unwrap();
        assert_eq!(read.columns, report.columns);
        assert_eq!(read, Report { drift: Drift::default(), ..report });
    }

    #[test]
    fn what_is_no_report_is_refused() {
        assert!(read("{}").is_err());
        let other = sample::report().to_json().replace(REPORT_SCHEMA, "driftline.report/v9");
        assert!(read(&other).unwrap_err().contains("found driftline.report/v9"));
    }
}
