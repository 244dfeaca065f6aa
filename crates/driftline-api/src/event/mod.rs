//! Events as a command holds them: columns, whatever form they came in.
//!
//! | file | holds |
//! |---|---|
//! | `json` | one event, an array of them, or columns, from one JSON document, in one pass |
//! | `columns` | whole columns |
//! | `visit` | what is of the wrong type is one fault, and reading goes on |
//! | `lines` | one event a line |
//! | `scalar` | a value as JSON has it |
//! | `builder` | rows into columns, within the caps |
//! | `spelling` | how a column of categories writes truth values and numbers |
//! | `batch` | columns into a core [`Batch`](driftline_core::column::Batch), by the reference's schema |

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use driftline_core::time::Timestamp;
use serde::{Deserialize, Serialize};

#[macro_use]
mod visit;

pub(crate) mod batch;
mod builder;
mod columns;
mod json;
mod lines;
mod scalar;
pub(crate) mod spelling;

pub use builder::DEFAULT_MODEL;
pub(crate) use builder::check_name;
pub use builder::{Caps, Dropped};
pub(crate) use json::{FIELDS, MOST_ID, parse_document};
pub(crate) use lines::parse_lines;

/// What one request said, by model and version.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    /// The events, each model's and version's together, in the order in which these first came.
    pub parts: Vec<Part>,
    /// What the caps left out.
    pub dropped: Dropped,
}

impl Submission {
    /// How many events.
    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|part| u64::from(part.events.rows)).sum()
    }
}

/// Events of one model and version.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The model.
    pub model: String,
    /// Its version, where the events name one.
    pub version: Option<String>,
    /// The events.
    pub events: Events,
}

/// Some events as columns. A column that is shorter than `rows` holds nothing in the rest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Events {
    /// How many.
    pub rows: u32,
    /// When each was; absent for when it arrived.
    pub times: Vec<Option<Timestamp>>,
    /// Ids, for labels that come later.
    pub ids: Vec<Option<String>>,
    /// Inputs of the model, by name.
    pub features: BTreeMap<String, Cells>,
    /// What it answered.
    pub prediction: Cells,
    /// How sure it was.
    pub probability: Cells,
    /// How long it took, in milliseconds.
    pub latency_ms: Cells,
    /// What turned out to be true.
    pub label: Cells,
    /// Whether the request failed.
    pub error: Cells,
}

/// The values of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cells {
    /// Numbers alone; NaN, which JSON has not, where there is none.
    Numbers(Vec<f64>),
    /// Anything.
    Mixed {
        /// The values.
        slots: Vec<Slot>,
        /// The different texts.
        texts: Vec<String>,
    },
}

/// One value of a column.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Slot {
    /// Nothing.
    Absent,
    /// A number.
    Number(f64),
    /// A truth value.
    Truth(bool),
    /// A text, by its number.
    Text(u32),
}

/// One value, its text at hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Absent,
    Number(f64),
    Truth(bool),
    Text(&'a str),
}

impl Default for Cells {
    fn default() -> Cells {
        Cells::Numbers(Vec::new())
    }
}

impl Cells {
    /// Slots that are there.
    pub fn len(&self) -> usize {
        match self {
            Cells::Numbers(numbers) => numbers.len(),
            Cells::Mixed { slots, .. } => slots.len(),
        }
    }

    /// Whether no slot is there.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn get(&self, row: usize) -> Value<'_> {
        match self {
            Cells::Numbers(numbers) => match numbers.get(row) {
                Some(number) if !number.is_nan() => Value::Number(*number),
                _ => Value::Absent,
            },
            Cells::Mixed { slots, texts } => match slots.get(row) {
                None | Some(Slot::Absent) => Value::Absent,
                Some(Slot::Number(number)) => Value::Number(*number),
                Some(Slot::Truth(truth)) => Value::Truth(*truth),
                Some(Slot::Text(text)) => {
                    texts.get(*text as usize).map_or(Value::Absent, |text| Value::Text(text))
                }
            },
        }
    }
}
