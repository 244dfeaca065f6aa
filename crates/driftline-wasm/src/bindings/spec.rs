//! A spec's text, checked.

use driftline_core::{
    report::Problem,
    spec::{Checked, MonitorSpec},
    time::Timestamp,
};
use wasm_bindgen::prelude::wasm_bindgen;

use super::failure::Failure;

/// The longest time in milliseconds that a `Date` can hold, either way from 1970.
const MOST_MILLIS: f64 = 8.64e15;

/// The version of the package.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

/// Everything that is wrong with a spec, as a JSON list of problems; empty where nothing is. Absent is the shipped one.
#[wasm_bindgen(js_name = checkSpec)]
pub fn check_spec(spec: Option<String>) -> String {
    let problems = match parsed(spec.as_deref()) {
        Ok(spec) => spec.check().err().unwrap_or_default(),
        Err(problem) => vec![problem],
    };
    serde_json::to_string(&problems).unwrap_or_default()
}

/// A spec ready to run.
///
/// # Errors
/// Text that is no spec, or one that cannot be run.
pub fn checked(spec: Option<&str>) -> Result<Checked, Failure> {
    let spec = parsed(spec).map_err(|problem| Failure::spec(vec![problem]))?;
    spec.check().map_err(Failure::spec)
}

fn parsed(spec: Option<&str>) -> Result<MonitorSpec, Problem> {
    let Some(text) = spec else { return Ok(MonitorSpec::default()) };
    serde_json::from_str(text)
        .map_err(|error| Problem { place: "spec".into(), message: error.to_string() })
}

/// An instant as JavaScript counts them.
///
/// # Errors
/// A number that is no instant.
pub fn instant(millis: f64) -> Result<Timestamp, Failure> {
    if millis.fract() != 0.0 || !(-MOST_MILLIS..=MOST_MILLIS).contains(&millis) {
        let message = format!("expected whole milliseconds since 1970, found {millis}");
        return Err(Failure::argument("now", message));
    }
    Ok(Timestamp::from_millis(millis as i64))
}
