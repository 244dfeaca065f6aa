//! A report as HTML: what the dashboard shows and what people save.

use driftline_charts::html;
use driftline_core::{report::Report, spec::Checked};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{failure::Failure, spec::checked};

/// The report as one self-contained HTML file.
///
/// # Errors
/// Text that is no report; a spec that cannot be used.
#[wasm_bindgen(js_name = reportFile)]
pub fn report_file(report: &str, spec: Option<String>) -> Result<String, JsValue> {
    let (report, Checked { policy, .. }) = (read(report)?, checked(spec.as_deref())?);
    Ok(html::report(&report, Some(&policy)))
}

/// The same report as markup for a place in a page: an article, without a style.
///
/// # Errors
/// As for [`report_file`].
#[wasm_bindgen(js_name = reportBody)]
pub fn report_body(report: &str, spec: Option<String>) -> Result<String, JsValue> {
    let (report, Checked { policy, .. }) = (read(report)?, checked(spec.as_deref())?);
    Ok(html::body(&report, Some(&policy)))
}

/// The style of that markup, for a shadow root.
#[wasm_bindgen(js_name = reportStyle)]
pub fn report_style() -> String {
    html::style()
}

fn read(report: &str) -> Result<Report, Failure> {
    Report::from_json(report).map_err(|error| Failure::stored("report", error))
}
