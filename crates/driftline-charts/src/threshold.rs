//! Lines that a value should not cross, and what people call them.

use driftline_core::verdict::{Ladder, Severity};

use crate::{Ink, wording};

/// A line that a value should not cross.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// Where it is.
    pub value: f64,
    /// What people call it.
    pub name: String,
    /// Its colour.
    pub ink: Ink,
}

impl Threshold {
    /// The steps of a ladder, mildest first.
    pub fn of_ladder(ladder: &Ladder) -> Vec<Threshold> {
        let steps = [
            (ladder.moderate, Severity::Moderate),
            (ladder.significant, Severity::Significant),
            (ladder.critical, Severity::Critical),
        ];
        let step = |(value, severity): (f64, Severity)| {
            let icon = wording::severity_icon(severity);
            Threshold { value, name: format!("{icon} {}", severity.name()), ink: severity.into() }
        };
        steps.map(step).into()
    }
}

/// What a value counts, and so how it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Nothing: a measure's own number.
    #[default]
    Number,
    /// A share of a whole, in \[0, 1\].
    Share,
    /// Milliseconds.
    Milliseconds,
}

impl Unit {
    /// A value for people.
    pub fn say(self, value: f64) -> String {
        match self {
            Unit::Number => wording::brief(value),
            Unit::Share => wording::share(value),
            Unit::Milliseconds => format!("{} ms", wording::significant(value)),
        }
    }

    /// A mark of an axis.
    pub(crate) fn mark(self, value: f64) -> String {
        match self {
            Unit::Number => wording::significant(value),
            Unit::Share => format!("{} %", wording::significant(value * 100.0)),
            Unit::Milliseconds if value >= 1000.0 => {
                format!("{} s", wording::significant(value / 1000.0))
            }
            Unit::Milliseconds => format!("{} ms", wording::significant(value)),
        }
    }
}
