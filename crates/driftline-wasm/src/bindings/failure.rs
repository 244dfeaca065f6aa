//! Why a call threw.

use driftline_core::report::Problem;
use serde::Serialize;
use wasm_bindgen::JsValue;

/// Why a call threw.
#[derive(Debug)]
pub enum Failure {
    /// For a reason of ours.
    Told(Box<Told>),
    /// JavaScript threw this while its bytes were asked for: it goes through as it is.
    Thrown(JsValue),
}

/// What is told of a failure. It travels as JSON text; the package makes a `DriftlineError` of it.
#[derive(Debug, Serialize)]
pub struct Told {
    /// `spec`, `read`, `argument`, `stored`, or the name of a refused request's problem.
    pub code: String,
    /// A file with row and column, a path in the spec, or the argument.
    pub place: String,
    /// What was expected, and what was found.
    pub message: String,
    /// Base name of the file, where one is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The row as a spreadsheet shows it, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// Name of the column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// All that is wrong with a spec; one entry of anything else.
    pub problems: Vec<Problem>,
}

impl Told {
    fn new(code: &str, place: impl Into<String>, message: impl Into<String>) -> Told {
        let (place, message) = (place.into(), message.into());
        Told {
            code: code.into(),
            problems: vec![Problem { place: place.clone(), message: message.clone() }],
            place,
            message,
            file: None,
            row: None,
            column: None,
        }
    }
}

impl Failure {
    /// Of this code, at a place.
    pub fn new(code: &str, place: impl Into<String>, message: impl Into<String>) -> Failure {
        Failure::Told(Box::new(Told::new(code, place, message)))
    }

    /// An argument is at fault.
    pub fn argument(place: &str, message: impl Into<String>) -> Failure {
        Failure::new("argument", place, message)
    }

    /// Bytes are not what was stored.
    pub fn stored(what: &str, error: impl core::fmt::Display) -> Failure {
        Failure::new("stored", what, error.to_string())
    }

    /// A spec cannot be run.
    pub fn spec(problems: Vec<Problem>) -> Failure {
        Failure::of_problems("spec", problems)
    }

    /// Several things are wrong, each at its place.
    pub fn of_problems(code: &str, problems: Vec<Problem>) -> Failure {
        let first = problems.first().cloned();
        let Problem { place, message } = first.unwrap_or_else(|| Problem {
            place: code.into(),
            message: "expected something else".into(),
        });
        Failure::Told(Box::new(Told { problems, ..Told::new(code, place, message) }))
    }
}

#[cfg(feature = "bindings")]
impl From<driftline_data::ReadError> for Failure {
    fn from(error: driftline_data::ReadError) -> Failure {
        let place = error.place();
        Failure::Told(Box::new(Told {
            file: Some(place.source.clone()),
            row: place.row,
            column: place.column.clone(),
            ..Told::new("read", place.to_string(), error.message())
        }))
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> JsValue {
        match failure {
            Failure::Told(told) => serde_json::to_string(&told).unwrap_or_default().into(),
            Failure::Thrown(thrown) => thrown,
        }
    }
}
