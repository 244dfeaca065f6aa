//! Two files' bytes to a report, for JavaScript: what the npm package exports.
//!
//! All of a file is given at once; files too large for that are the worker's business. A spec is an object or its JSON
//! text, and goes through JSON either way: an unknown key is an error here as on every front. What fails throws an
//! `Error` named `DriftlineError` with a `code` (`spec`, `read`, `argument`), a `place` and, of a spec, all `problems`.

use driftline_core::{
    report::{Problem, Report},
    spec::{Checked, MonitorSpec},
    time::Timestamp,
    window::Plan,
};
use driftline_data::{BaselineIntake, Current, CurrentIntake, Intake, ReadError, ReadOptions};
use js_sys::{ArrayBuffer, Error, JSON, Reflect, Uint8Array};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

/// Bytes copied into this module's memory at a time.
const CHUNK_BYTES: u32 = 4 << 20;

#[wasm_bindgen(typescript_custom_section)]
const TYPESCRIPT: &str = r#"
/** A whole file: its bytes, or its text. */
export type Content = Uint8Array | ArrayBuffer | string;

/** Something that is wrong, and where: a file with row and column, or a path in the spec. */
export interface Problem { where: string; message: string }

/** What every function here throws. */
export interface DriftlineError extends Error {
  name: "DriftlineError";
  code: "spec" | "read" | "argument";
  place: string;
  /** Everything that is wrong, where `code` is "spec". */
  problems: Problem[];
}

/** How to judge; absent is the shipped policy. */
export type MonitorSpec = Record<string, unknown>;

export type Severity = "none" | "moderate" | "significant" | "critical" | "inconclusive";

/** What one measure found; each has more numbers of its own. */
export interface Outcome {
  /** Corrected over all columns, of a measure that tests. */
  p_value?: number;
  p_adjusted?: number;
  /** Whether it comes from the values one by one; else `error` bounds how far it is off. */
  exact?: boolean;
  error?: number;
  drift: boolean;
  [more: string]: unknown;
}

/** One column. */
export interface ColumnReport {
  name: string;
  role: string;
  kind: "numeric" | "categorical" | "timestamp";
  severity: Severity;
  explanation: string;
  measures: Record<string, Outcome>;
  notes?: { code: string; [more: string]: unknown }[];
  /** What another tool says, where its convention was asked for. */
  by_convention?: {
    decided_by: string;
    value: number;
    threshold: number;
    drift: boolean;
    severity: Severity;
    numbers: Record<string, number>;
  };
  bins: { label: string; lower?: number; upper?: number; baseline: number; current: number; psi: number }[];
  [more: string]: unknown;
}

export interface LatencyFigures { count: number; p50_ms: number; p95_ms: number; p99_ms: number; max_ms: number; [more: string]: number }

/** Predictions against labels; what is absent is explained by `why_not`. */
export interface Performance {
  rows: number;
  positive_class?: string;
  accuracy?: number;
  precision?: number;
  recall?: number;
  f1?: number;
  macro_f1?: number;
  roc_auc?: number;
  brier?: number;
  calibration_error?: number;
  mae?: number;
  rmse?: number;
  mean_error?: number;
  why_not: { code: string; [more: string]: unknown }[];
  [more: string]: unknown;
}

/** What was found: `driftline.report/v1`. */
export interface Report {
  schema: "driftline.report/v1";
  severity: Severity;
  drift: {
    drift_detected: boolean;
    features_monitored: number;
    drifted_features: string[];
    inconclusive_features: string[];
    psi_scores: Record<string, number>;
  };
  columns: ColumnReport[];
  prediction?: {
    class?: string;
    probabilities: string[];
    severity: Severity;
    psi_scores: Record<string, number>;
    confidence?: { lower: number; upper: number; baseline: number; current: number }[];
  };
  performance?: { baseline?: Performance; current: Performance };
  latency?: LatencyFigures & { invalid: number; baseline?: LatencyFigures };
  errors?: { count: number; rows: number; rate: number; baseline_rate?: number };
  /** Where `window` was asked for. */
  windows?: {
    start?: string;
    end?: string;
    first_row?: number;
    rows: number;
    severity: Severity;
    drifted_features: string[];
    inconclusive_features: string[];
    psi_scores: Record<string, number>;
    psi_lower?: Record<string, number>;
    latency?: LatencyFigures;
    error_rate?: number;
    performance?: Performance;
  }[];
  /** Where `segments.by` was asked for. */
  segments?: {
    column: string;
    level: string;
    rows: { baseline: number; current: number };
    severity: Severity;
    drifted_features: string[];
    inconclusive_features: string[];
    psi_scores: Record<string, number>;
    p_adjusted: Record<string, number>;
  }[];
  problems: Problem[];
  [more: string]: unknown;
}
"#;

/// Why a call threw.
struct Failure {
    code: &'static str,
    place: String,
    message: String,
    problems: Vec<Problem>,
}

impl Failure {
    fn argument(place: &str, message: &str) -> Failure {
        Failure {
            code: "argument",
            place: place.into(),
            message: message.into(),
            problems: Vec::new(),
        }
    }

    fn spec(problems: Vec<Problem>) -> Failure {
        let Some(Problem { place, message }) = problems.first().cloned() else {
            unreachable!("a spec is refused for a reason")
        };
        Failure { code: "spec", place, message, problems }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        let (place, message) = (error.place().to_string(), error.message().into());
        Failure { code: "read", place, message, problems: Vec::new() }
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> JsValue {
        let error = Error::new(&format!("{}: {}", failure.place, failure.message));
        error.set_name("DriftlineError");
        // Properties of a fresh error can be set.
        for (key, value) in [
            ("code", failure.code.into()),
            ("place", failure.place.into()),
            ("problems", to_js(&failure.problems)),
        ] {
            let _ = Reflect::set(&error, &key.into(), &value);
        }
        error.into()
    }
}

/// The report on `current` compared with `baseline`, as an object.
///
/// `spec` may be undefined or null: the shipped policy. `nowMillis` is `Date.now()`, or whatever the report shall carry.
///
/// # Errors
/// Throws a `DriftlineError`: a spec or a file that cannot be used.
#[wasm_bindgen(unchecked_return_type = "Report")]
pub fn compare(
    #[wasm_bindgen(unchecked_param_type = "Content")] baseline: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "Content")] current: &JsValue,
    #[wasm_bindgen(js_name = baselineName)] baseline_name: &str,
    #[wasm_bindgen(js_name = currentName)] current_name: &str,
    #[wasm_bindgen(unchecked_param_type = "MonitorSpec | string | null | undefined")]
    spec: &JsValue,
    #[wasm_bindgen(js_name = nowMillis)] now_millis: f64,
) -> Result<JsValue, JsValue> {
    Ok(to_js(&report(baseline, current, [baseline_name, current_name], spec, now_millis)?))
}

/// The same report as JSON: the bytes that every front writes for these files.
///
/// # Errors
/// As for `compare`.
#[wasm_bindgen(js_name = compareToJson)]
pub fn compare_to_json(
    #[wasm_bindgen(unchecked_param_type = "Content")] baseline: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "Content")] current: &JsValue,
    #[wasm_bindgen(js_name = baselineName)] baseline_name: &str,
    #[wasm_bindgen(js_name = currentName)] current_name: &str,
    #[wasm_bindgen(unchecked_param_type = "MonitorSpec | string | null | undefined")]
    spec: &JsValue,
    #[wasm_bindgen(js_name = nowMillis)] now_millis: f64,
) -> Result<String, JsValue> {
    Ok(report(baseline, current, [baseline_name, current_name], spec, now_millis)?.to_json())
}

/// Everything that is wrong with a spec; an empty list where nothing is.
///
/// # Errors
/// Never; a spec that cannot even be read is a problem in the list.
#[wasm_bindgen(js_name = checkSpec, unchecked_return_type = "Problem[]")]
pub fn check_spec(
    #[wasm_bindgen(unchecked_param_type = "MonitorSpec | string | null | undefined")]
    spec: &JsValue,
) -> JsValue {
    let problems = match read_spec(spec) {
        Ok(spec) => spec.check().err().unwrap_or_default(),
        Err(failure) => failure.problems,
    };
    to_js(&problems)
}

/// The version of the package.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

fn report(
    baseline: &JsValue,
    current: &JsValue,
    names: [&str; 2],
    spec: &JsValue,
    now_millis: f64,
) -> Result<Report, Failure> {
    let spec = read_spec(spec)?;
    let Checked { monitor, policy } = spec.check().map_err(Failure::spec)?;
    let baseline = Content::of(baseline, "baseline")?;
    let current = Content::of(current, "current")?;
    if now_millis.fract() != 0.0 || !now_millis.is_finite() {
        let message = format!("expected whole milliseconds, found {now_millis}");
        return Err(Failure::argument("nowMillis", &message));
    }
    let options = ReadOptions::default();

    let mut intake = BaselineIntake::new(names[0], options.clone(), monitor.counting());
    baseline.push_to(|bytes| intake.push(bytes))?;
    let read = intake.finish()?;

    let plan = monitor.counting().plan(&read.reference).map_err(Failure::spec)?;
    let count = |name: &str, content: &Content, plan: Plan| -> Result<Current, Failure> {
        let mut intake = CurrentIntake::new(name, options.clone(), &read.reference, plan);
        content.push_to(|bytes| intake.push(bytes))?;
        Ok(intake.finish()?)
    };
    let counted = count(names[1], &current, plan)?;
    let again = monitor.counting().plan_of_baseline(&read.reference);
    let segments = match again.groups.is_empty() {
        true => Vec::new(),
        false => count(names[0], &baseline, again)?.counted.groups,
    };
    let intake = Intake::new(read, counted, names[1], segments);
    Ok(intake.report(&monitor, Timestamp::from_millis(now_millis as i64)).decided_by(&policy))
}

/// A whole file.
enum Content {
    Bytes(Uint8Array),
    Text(String),
}

impl Content {
    fn of(value: &JsValue, place: &str) -> Result<Content, Failure> {
        if let Some(text) = value.as_string() {
            return Ok(Content::Text(text));
        }
        if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
            return Ok(Content::Bytes(bytes.clone()));
        }
        if value.is_instance_of::<ArrayBuffer>() {
            return Ok(Content::Bytes(Uint8Array::new(value)));
        }
        let found = value.js_typeof().as_string().unwrap_or_default();
        let message = format!("expected a Uint8Array, an ArrayBuffer or a string, found {found}");
        Err(Failure::argument(place, &message))
    }

    fn push_to(
        &self,
        mut push: impl FnMut(&[u8]) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        match self {
            Content::Text(text) => push(text.as_bytes()),
            Content::Bytes(bytes) => {
                let mut chunk = Vec::new();
                let mut start = 0;
                while start < bytes.length() {
                    let end = bytes.length().min(start + CHUNK_BYTES);
                    chunk.resize((end - start) as usize, 0);
                    bytes.subarray(start, end).copy_to(&mut chunk);
                    push(&chunk)?;
                    start = end;
                }
                Ok(())
            }
        }
    }
}

fn read_spec(spec: &JsValue) -> Result<MonitorSpec, Failure> {
    if spec.is_undefined() || spec.is_null() {
        return Ok(MonitorSpec::default());
    }
    let text = match spec.as_string() {
        Some(text) => Some(text),
        None => JSON::stringify(spec).ok().and_then(|text| text.as_string()),
    };
    // A cycle, or a function, has no JSON.
    let text = text.unwrap_or_else(|| "a value without JSON".into());
    serde_json::from_str(&text).map_err(|error| {
        Failure::spec(vec![Problem { place: "spec".into(), message: error.to_string() }])
    })
}

fn to_js(value: &impl Serialize) -> JsValue {
    // Plain data with text keys; counts are below 2^53.
    value.serialize(&Serializer::json_compatible()).expect("plain data becomes objects")
}
