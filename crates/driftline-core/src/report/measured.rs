//! A report on which no policy has decided, for a host that lets one of its own decide: it carries no code to read alerts,
//! triggers and timelines, which is 21 KB less to download for the browser's reporter.

use alloc::{string::String, vec::Vec};

use serde::Deserialize;

use super::{
    ColumnReport, Drift, ErrorsReport, LatencyReport, LeftOut, PerformanceReport, Prediction,
    Problem, REPORT_SCHEMA, Report, Sample, SegmentReport, SpecNote, WindowReport,
};
use crate::{
    codec::{self, DecodeError},
    reference::ReferenceId,
    time::Timestamp,
    verdict::Severity,
};

/// The fields of [`Report`] in their order, but for those that a policy fills.
#[derive(Deserialize)]
struct Measured {
    schema: String,
    generated_at: Timestamp,
    baseline: Sample,
    current: Sample,
    reference_id: ReferenceId,
    spec: SpecNote,
    severity: Severity,
    drift: Drift,
    columns: Vec<ColumnReport>,
    left_out: Vec<LeftOut>,
    #[serde(default)]
    prediction: Option<Prediction>,
    #[serde(default)]
    performance: Option<PerformanceReport>,
    #[serde(default)]
    latency: Option<LatencyReport>,
    #[serde(default)]
    errors: Option<ErrorsReport>,
    #[serde(default)]
    windows: Vec<WindowReport>,
    #[serde(default)]
    segments: Vec<SegmentReport>,
    problems: Vec<Problem>,
}

impl Report {
    /// Reads a report as if no policy had decided on it.
    ///
    /// # Errors
    /// Text that is not a report of this version.
    pub fn from_measured_json(text: &str) -> Result<Report, DecodeError> {
        let measured: Measured = codec::from_json(text)?;
        if measured.schema != REPORT_SCHEMA {
            return Err(DecodeError::UnknownVersion);
        }
        Ok(Report {
            schema: measured.schema,
            generated_at: measured.generated_at,
            baseline: measured.baseline,
            current: measured.current,
            reference_id: measured.reference_id,
            spec: measured.spec,
            severity: measured.severity,
            drift: measured.drift,
            columns: measured.columns,
            left_out: measured.left_out,
            prediction: measured.prediction,
            performance: measured.performance,
            latency: measured.latency,
            errors: measured.errors,
            windows: measured.windows,
            segments: measured.segments,
            alerts: Vec::new(),
            triggers: Vec::new(),
            timeline: Vec::new(),
            replay: None,
            problems: measured.problems,
        })
    }
}
