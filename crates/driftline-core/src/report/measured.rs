//! A report on which no policy has decided, for a host that runs none: it carries no code to write alerts, triggers and
//! timelines, nor to read them. That is 7 KB less to download for the browser's worker, and 21 KB for its reporter.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

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
#[derive(Serialize, Deserialize)]
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prediction: Option<Prediction>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    performance: Option<PerformanceReport>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latency: Option<LatencyReport>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    errors: Option<ErrorsReport>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    windows: Vec<WindowReport>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    segments: Vec<SegmentReport>,
    problems: Vec<Problem>,
}

impl Report {
    /// As JSON, without what a policy decided: the bytes of [`to_json`](Report::to_json) where none has.
    pub fn into_measured_json(self) -> String {
        codec::to_json(&Measured {
            schema: self.schema,
            generated_at: self.generated_at,
            baseline: self.baseline,
            current: self.current,
            reference_id: self.reference_id,
            spec: self.spec,
            severity: self.severity,
            drift: self.drift,
            columns: self.columns,
            left_out: self.left_out,
            prediction: self.prediction,
            performance: self.performance,
            latency: self.latency,
            errors: self.errors,
            windows: self.windows,
            segments: self.segments,
            problems: self.problems,
        })
    }

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
