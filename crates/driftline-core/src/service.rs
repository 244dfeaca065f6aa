//! What rows say of the service and its model: latencies, errors, confidence, and predictions against labels.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{
    column::{Batch, Column, Values},
    errors::{Errors, Outcomes},
    latency::{LatencyHistogram, Micros},
    performance::{DEFAULT_MAX_SCORES, Observations, PerformanceCounts, PositiveClass, Roles},
    schema::{Field, Role, Schema},
};

/// Equal bins of \[0, 1\] in which probabilities are counted.
pub const CONFIDENCE_BINS: usize = 10;

/// Different scores up to which the ROC AUC of a window or a segment is exact: there may be many of them.
const MAX_SCORES_OF_A_GROUP: u32 = 10_000;

/// Which columns say it, by name, and what of them is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceColumns {
    /// How long a request took, in milliseconds.
    pub latency: Option<String>,
    /// Whether it failed.
    pub error: Option<String>,
    /// What turned out to be true.
    pub label: Option<String>,
    /// What the model answered.
    pub prediction: Option<String>,
    /// The probability of the positive class; none where several columns hold one each.
    pub probability: Option<String>,
    /// Which class that is.
    pub positive: PositiveClass,
    /// How many requests take at most so long is counted exactly, for each of these.
    pub latency_thresholds: Vec<Micros>,
}

impl ServiceColumns {
    /// The first column of each role; `role_of` says what a column is for.
    pub fn of<'a>(
        fields: impl Iterator<Item = &'a Field> + Clone,
        role_of: impl Fn(&Field) -> Role,
        positive: PositiveClass,
    ) -> ServiceColumns {
        let named = |role: Role| {
            let mut found = fields.clone().filter(|field| role_of(field) == role);
            let first = found.next().map(|field| field.name.clone());
            (first, found.next().is_some())
        };
        let (probability, has_more) = named(Role::Probability);
        ServiceColumns {
            latency: named(Role::Latency).0,
            error: named(Role::Error).0,
            label: named(Role::Label).0,
            prediction: named(Role::Prediction).0,
            probability: probability.filter(|_| !has_more),
            positive,
            latency_thresholds: Vec::new(),
        }
    }
}

/// The same columns as positions in a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServicePlaces {
    latency: Option<usize>,
    error: Option<usize>,
    performance: Option<Roles>,
    probability: Option<usize>,
    positive: PositiveClass,
}

impl ServicePlaces {
    pub(crate) fn new(columns: &ServiceColumns, schema: &Schema) -> ServicePlaces {
        let place = |name: &Option<String>| schema.position(name.as_deref()?);
        let (prediction, probability) = (place(&columns.prediction), place(&columns.probability));
        ServicePlaces {
            latency: place(&columns.latency),
            error: place(&columns.error),
            performance: place(&columns.label)
                .filter(|_| prediction.is_some() || probability.is_some())
                .map(|label| Roles { label, prediction, probability }),
            probability,
            positive: columns.positive.clone(),
        }
    }

    /// Reads a batch: names are looked up once, rows are counted one by one.
    pub(crate) fn rows<'a>(&self, batch: &'a Batch) -> ServiceRows<'a> {
        let column = |at: Option<usize>| batch.columns().get(at?);
        ServiceRows {
            latency: column(self.latency),
            outcomes: column(self.error).map(Outcomes::of),
            probability: column(self.probability),
            observations: self
                .performance
                .map(|roles| Observations::of(batch, &roles, &self.positive)),
        }
    }

    /// Whether no column says anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.latency.is_none()
            && self.error.is_none()
            && self.performance.is_none()
            && self.probability.is_none()
    }
}

/// The rows of one batch.
pub(crate) struct ServiceRows<'a> {
    latency: Option<&'a Column>,
    outcomes: Option<Outcomes<'a>>,
    probability: Option<&'a Column>,
    observations: Option<Observations<'a>>,
}

/// What some rows say of the service. Merging is addition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Latencies.
    pub latency: LatencyHistogram,
    /// Errors.
    pub errors: Errors,
    /// Probabilities by tenth of \[0, 1\].
    pub confidence: [u64; CONFIDENCE_BINS],
    /// Predictions against labels.
    pub performance: PerformanceCounts,
}

impl Service {
    /// Of no rows.
    pub fn new(columns: &ServiceColumns) -> Service {
        Service::with_max_scores(columns, DEFAULT_MAX_SCORES)
    }

    pub(crate) fn of_group(columns: &ServiceColumns) -> Service {
        Service::with_max_scores(columns, MAX_SCORES_OF_A_GROUP)
    }

    fn with_max_scores(columns: &ServiceColumns, max_scores: u32) -> Service {
        let performance = PerformanceCounts::with_max_scores(columns.positive.clone(), max_scores);
        let latency = LatencyHistogram::with_thresholds(&columns.latency_thresholds);
        Service { latency, performance, ..Service::default() }
    }

    /// The same without counts at thresholds, which belong to a spec and not to rows.
    pub(crate) fn without_thresholds(&self) -> Service {
        let mut service = self.clone();
        service.latency.merge_common(&LatencyHistogram::new());
        service
    }

    /// Counts a whole batch.
    pub(crate) fn count(&mut self, batch: &Batch, places: &ServicePlaces) {
        if !places.is_empty() {
            let rows = places.rows(batch);
            (0..batch.rows()).for_each(|row| self.add(&rows, row));
        }
    }

    /// Counts one row of a batch.
    #[inline]
    pub(crate) fn add(&mut self, rows: &ServiceRows<'_>, row: usize) {
        if let Some(ms) = rows.latency.and_then(|column| number(column, row)) {
            self.latency.record_ms(ms);
        }
        if let Some(outcomes) = &rows.outcomes {
            self.errors.add(outcomes.row(row));
        }
        if let Some(probability) = rows.probability.and_then(|column| number(column, row))
            && (0.0..=1.0).contains(&probability)
        {
            let bin = (probability * CONFIDENCE_BINS as f64) as usize;
            self.confidence[bin.min(CONFIDENCE_BINS - 1)] += 1;
        }
        if let Some(observations) = &rows.observations
            && let Some(observation) = observations.row(row)
        {
            self.performance.add(observation, observations);
        }
    }

    /// Adds the other's rows; performance only where it is of the same positive class, and counts at latency thresholds
    /// only where both have them.
    pub(crate) fn merge(&mut self, other: &Service) {
        self.latency.merge_common(&other.latency);
        self.errors.merge(&other.errors);
        for (own, theirs) in self.confidence.iter_mut().zip(other.confidence) {
            *own = own.saturating_add(theirs);
        }
        let _ = self.performance.merge(&other.performance);
    }
}

fn number(column: &Column, row: usize) -> Option<f64> {
    match column.values() {
        Values::Number(values) if column.validity().get(row) => values.get(row).copied(),
        _ => None,
    }
}
