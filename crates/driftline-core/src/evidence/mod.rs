//! What one window of rows says: the numbers that rules and triggers are about, each with how sure it is.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
};

use serde::{Deserialize, Serialize};

use crate::{metric::Metric, rule::Comparison, time::Timestamp};

mod of_report;

/// The numbers of one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Names the window; a later one has a larger number. The same number again is the same window, looked at again.
    pub id: u64,
    /// Where its rows begin.
    pub start: Timestamp,
    /// Where they end.
    pub end: Timestamp,
    /// How many there are.
    pub rows: u64,
    /// What was measured; what is absent has no data.
    pub values: BTreeMap<Metric, Observed>,
    /// Features that the reference has and of which the window says nothing: they vanished, or hold no value.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub absent: BTreeSet<String>,
    /// What moved beside the inputs, as far as the maker of the evidence can tell.
    pub moved: BTreeSet<Output>,
}

/// Something that a model does, beside what it is fed with: where one of these moved, a rollback may help. How often it is
/// right is none of these: labels come long after the rows they belong to, too late for a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// What it answers.
    Predictions,
    /// How often it fails.
    Errors,
    /// How long it takes.
    Latency,
}

/// One number of a window.
///
/// | number | lower end |
/// |---|---|
/// | PSI | its interval's |
/// | error rate, burn rate, missing share | of the share that was counted, by [Wilson](crate::num::wilson) |
/// | p50, p95, p99 of latency | where the share of slower requests is certainly too large: see [`LatencyFigures`] |
/// | KL, JS | none; undecided where PSI is |
///
/// [`LatencyFigures`]: crate::report::LatencyFigures
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// The number.
    pub value: f64,
    /// The lower end of its interval, where it has one.
    pub lower: Option<f64>,
    /// Rows it is made of.
    pub rows: u64,
    /// Whether its interval is too wide to decide anything.
    pub is_inconclusive: bool,
}

impl Observed {
    /// A number without an interval.
    pub fn new(value: f64, rows: u64) -> Observed {
        Observed { value, lower: None, rows, is_inconclusive: false }
    }

    /// Where large is bad: what is certain.
    fn for_certain(&self) -> f64 {
        self.lower.unwrap_or(self.value)
    }
}

impl Evidence {
    /// A window without numbers.
    pub fn new(id: u64, start: Timestamp, end: Timestamp, rows: u64) -> Evidence {
        Evidence {
            id,
            start,
            end,
            rows,
            values: BTreeMap::new(),
            absent: BTreeSet::new(),
            moved: BTreeSet::new(),
        }
    }

    /// The numbers that a metric is about: its own, or those of all features where it is the largest of them and is not
    /// itself given.
    fn of_metric<'a>(&'a self, metric: &'a Metric) -> impl Iterator<Item = &'a Observed> {
        let own = self.values.get(metric);
        let is_of_all = own.is_none() && metric.feature().is_none();
        let of_features = self.values.iter().filter(move |(other, _)| {
            is_of_all && other.feature().is_some() && other.name() == metric.name()
        });
        own.into_iter().chain(of_features.map(|(_, observed)| observed))
    }

    /// What the window says about a metric. Features that have too few rows or too wide an interval are kept apart from
    /// those that decide.
    pub(crate) fn read(&self, metric: &Metric, min_samples: u64) -> Reading {
        let mut reading = Reading::default();
        for observed in self.of_metric(metric) {
            let (value, lower) = (observed.value, observed.for_certain());
            if value.is_nan() {
                reading.is_nan = true;
                continue;
            }
            // JSON has no infinity; to any threshold the largest number is the same.
            reading.as_given = larger(reading.as_given, value.clamp(f64::MIN, f64::MAX));
            if !value.is_finite() || !lower.is_finite() {
                continue;
            }
            reading.value = larger(reading.value, value);
            if observed.is_inconclusive || observed.rows < min_samples {
                reading.undecided = larger(reading.undecided, value);
            } else {
                reading.decided = larger(reading.decided, lower);
                reading.decided_value = larger(reading.decided_value, value);
            }
        }
        reading
    }
}

/// A condition as a window is read for it.
pub(crate) struct Condition<'a> {
    pub(crate) metric: &'a Metric,
    pub(crate) comparison: Comparison,
    /// What makes it true.
    pub(crate) threshold: f64,
    /// What keeps it true.
    pub(crate) exit_threshold: f64,
    pub(crate) min_samples: u64,
}

impl Evidence {
    /// What the window says of a condition. `held_by` remembers the features that certainly made it true and have not
    /// certainly made it false since. While one of them is [absent](Evidence::absent), the reading says so, and the condition
    /// is not false: no alert ends because what it was about has vanished. A feature that was never seen, or that made
    /// nothing true, is not waited for; nor is one that the reference no longer has.
    ///
    /// Only of the largest over all features, where large is bad: the number of one feature that is absent is no data, and
    /// where small is bad a largest number does not grow by an absence.
    pub(crate) fn read_for(
        &self,
        condition: &Condition<'_>,
        held_by: &mut BTreeSet<String>,
    ) -> Reading {
        let Condition { metric, comparison, threshold, exit_threshold, min_samples } = *condition;
        let mut reading = self.read(metric, min_samples);
        let is_of_largest = metric.feature().is_none()
            && matches!(comparison, Comparison::Greater | Comparison::GreaterOrEqual);
        if !is_of_largest {
            return reading;
        }
        let has_number = |feature: &String| {
            let is_its = |other: &Metric| {
                other.name() == metric.name() && other.feature() == Some(feature.as_str())
            };
            self.values.keys().any(is_its)
        };
        held_by.retain(|feature| self.absent.contains(feature) || has_number(feature));
        for (other, observed) in &self.values {
            let Some(feature) = other.feature().filter(|_| other.name() == metric.name()) else {
                continue;
            };
            let lower = observed.for_certain();
            if observed.is_inconclusive || observed.rows < min_samples || !lower.is_finite() {
                continue;
            }
            if comparison.compare(lower, threshold) {
                held_by.insert(feature.into());
            } else if !comparison.compare(lower, exit_threshold) {
                held_by.remove(feature);
            }
        }
        reading.lacks_a_feature = held_by.iter().any(|feature| !has_number(feature));
        reading
    }
}

fn larger(most: Option<f64>, value: f64) -> Option<f64> {
    Some(most.map_or(value, |most| most.max(value)))
}

/// What a window says about one metric; all numbers are finite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The largest that is certain: a lower end, or a value that has none.
    pub decided: Option<f64>,
    /// The largest value among those that decide.
    pub decided_value: Option<f64>,
    /// The largest value among those that decide nothing.
    pub undecided: Option<f64>,
    /// The largest value: for people.
    pub value: Option<f64>,
    /// The largest value, whatever it is worth: what Prometheus would compare.
    pub as_given: Option<f64>,
    /// Whether a number was NaN.
    pub is_nan: bool,
    /// Whether a feature that made the condition true has no number now.
    pub lacks_a_feature: bool,
}

/// What a condition comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// It is certainly true.
    True,
    /// It is not.
    False,
    /// Too few rows, or too wide an interval.
    Inconclusive,
    /// Nothing was said, or too long ago.
    NoData,
}

impl Finding {
    /// Whether it says something.
    pub fn is_decided(self) -> bool {
        matches!(self, Finding::True | Finding::False)
    }
}

impl Reading {
    /// What a condition comes to. One that large numbers make true is asked of what is certain, one that small numbers make
    /// true of the value. What is undecided stands in the way of `False` only where it could be true, what is absent only
    /// where it had been true.
    pub(crate) fn find(&self, comparison: Comparison, holds_for: impl Fn(f64) -> bool) -> Finding {
        let compared = match comparison {
            Comparison::Greater | Comparison::GreaterOrEqual => self.decided,
            _ => self.decided_value.or(self.decided),
        };
        match (compared, self.undecided) {
            (Some(value), _) if holds_for(value) => Finding::True,
            (Some(_), Some(value)) if holds_for(value) => Finding::Inconclusive,
            (None, Some(_)) => Finding::Inconclusive,
            (Some(_), _) if self.lacks_a_feature => Finding::Inconclusive,
            (Some(_), _) => Finding::False,
            (None, None) => Finding::NoData,
        }
    }

    /// What Prometheus would have been given.
    pub(crate) fn compat_value(&self) -> Option<f64> {
        self.as_given.or(self.is_nan.then_some(f64::NAN))
    }
}
