//! What was found: the contract of every front. Plain, versioned data; the command line's JSON, an HTTP body, the value
//! a web page gets and a chart's input are this one type.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{
    codec::{self, DecodeError},
    convention::{Convention, ConventionOutcome, Decides},
    errors::Errors,
    latency::{LatencyHistogram, Micros},
    measure::Measures,
    note::Note,
    objective::{ObjectiveOutcome, Objectives},
    performance::Performance,
    reference::ReferenceId,
    replay::{AlertHistory, Moment, ReplayNote, TriggerHistory},
    schema::{Kind, Origin, Role},
    service::Service,
    time::Timestamp,
    verdict::{Ladder, Reason, Severity, Side},
};

mod finding;
mod measured;
mod mix;
#[cfg(feature = "schema")]
mod schema;
mod window;

pub use self::finding::LevelNames;
pub use self::mix::{MAX_MIXED_LEVELS, PredictionMix};
#[cfg(feature = "schema")]
pub use self::schema::contracts;

/// The version of the contract, in every report.
pub const REPORT_SCHEMA: &str = "driftline.report/v1";

/// What was found. Counts are whole numbers, times are RFC 3339 in UTC, and what is absent is absent: never NaN, never
/// null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// Always [`REPORT_SCHEMA`].
    pub schema: String,
    /// When the report was made, as its maker says.
    pub generated_at: Timestamp,
    /// The reference's rows.
    pub baseline: Sample,
    /// The rows compared with it.
    pub current: Sample,
    /// Which reference.
    pub reference_id: ReferenceId,
    /// Which spec.
    pub spec: SpecNote,
    /// The worst decided column's, columns of models and versions left aside; inconclusive where none is decided.
    pub severity: Severity,
    /// The features in brief.
    pub drift: Drift,
    /// Every compared column, in the reference's order.
    pub columns: Vec<ColumnReport>,
    /// Columns that were not compared, and why.
    pub left_out: Vec<LeftOut>,
    /// What the model answered, where the files have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prediction: Option<Prediction>,
    /// Predictions against labels, where the current rows hold both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performance: Option<PerformanceReport>,
    /// How long requests took, where the current rows say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<LatencyReport>,
    /// How many requests failed, where the current rows say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<ErrorsReport>,
    /// The current rows cut into windows, in their order, where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<WindowReport>,
    /// The comparison repeated for levels of some columns, where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<SegmentReport>,
    /// Every rule of a policy and what became of it over the windows, by name, where a policy was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<AlertHistory>,
    /// Every trigger of it, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<TriggerHistory>,
    /// What changed, in the order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<Moment>,
    /// What the policy was asked about, and what was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<ReplayNote>,
    /// What went wrong without stopping the comparison.
    pub problems: Vec<Problem>,
}

impl Report {
    /// The report as JSON. Equal counts and an equal spec give equal bytes on every target.
    pub fn to_json(&self) -> String {
        codec::to_json(self)
    }

    /// Reads a report.
    ///
    /// # Errors
    /// Text that is not a report of this version.
    pub fn from_json(text: &str) -> Result<Report, DecodeError> {
        let report: Report = codec::from_json(text)?;
        if report.schema == REPORT_SCHEMA { Ok(report) } else { Err(DecodeError::UnknownVersion) }
    }

    /// The columns in the order of how much they matter: by severity, undecided before undrifted, then by how far they
    /// moved for certain.
    pub fn worst_first(&self) -> Vec<&ColumnReport> {
        let rank = |column: &ColumnReport| match column.severity {
            Severity::None => Severity::Inconclusive,
            Severity::Inconclusive => Severity::None,
            severity => severity,
        };
        let moved = |column: &ColumnReport| {
            column.measures.psi.as_ref().map_or((-1.0, -1.0), |psi| (psi.lower, psi.value))
        };
        let mut columns: Vec<&ColumnReport> = self.columns.iter().collect();
        columns.sort_by(|a, b| {
            let ((a_lower, a_value), (b_lower, b_value)) = (moved(a), moved(b));
            rank(b)
                .cmp(&rank(a))
                .then(b_lower.total_cmp(&a_lower))
                .then(b_value.total_cmp(&a_value))
        });
        columns
    }

    /// The report on one column.
    pub fn column(&self, name: &str) -> Option<&ColumnReport> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// One of the two samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sample {
    /// How many rows.
    pub rows: u64,
    /// Base name of the file.
    pub source: String,
    /// The earliest instant in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
    /// The latest instant in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
}

/// The spec in brief.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SpecNote {
    /// Names it by its content.
    pub hash: String,
    /// Whose definitions the numbers follow.
    pub convention: Convention,
    /// PSI cells of equal mass.
    pub bins: u16,
    /// The ladder of severities.
    pub thresholds: Ladder,
    /// Share of false findings among the tests that the corrected p-values may find.
    pub false_discovery_rate: f64,
}

/// Some of the current rows, compared with the reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WindowReport {
    /// Base name of the file whose rows they are, where windows are files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Where it begins, of a window of time; of a file its first instant, where the files follow each other in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    /// Where the next one would begin; of a file its last instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    /// Its first row, counted from 0, of a run of rows; of a file counted over all files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_row: Option<u64>,
    /// How many rows.
    pub rows: u64,
    /// The worst decided column's.
    pub severity: Severity,
    /// Features of moderate severity or worse.
    pub drifted_features: Vec<String>,
    /// Features that could not be decided, mostly for want of rows.
    pub inconclusive_features: Vec<String>,
    /// Columns that are not among these and whose distribution could not be decided all the same: their severity stands on
    /// their missing share alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undecided: Vec<String>,
    /// PSI by column that decides.
    pub psi_scores: BTreeMap<String, f64>,
    /// The lower end of its interval, by column whose distribution could be decided.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub psi_lower: BTreeMap<String, f64>,
    /// Rows that hold a value, by column of `psi_scores` of which some hold none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub valued: BTreeMap<String, u64>,
    /// Kullback–Leibler divergence by feature, where it was asked for, in nats.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kl: BTreeMap<String, f64>,
    /// Jensen–Shannon divergence by feature, where it was asked for, in bits.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub js: BTreeMap<String, f64>,
    /// Share of rows that hold nothing by feature, where it was asked for, in \[0, 1\].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing_share: BTreeMap<String, f64>,
    /// The lower end of that share, by [Wilson](crate::num::wilson).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing_lower: BTreeMap<String, f64>,
    /// How long requests took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<LatencyFigures>,
    /// Share of requests that failed, in \[0, 1\].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<f64>,
    /// What it is the share of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<ErrorCount>,
    /// Predictions against labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performance: Option<Performance>,
    /// What the model answered, where it answers with levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prediction: Option<PredictionMix>,
}

/// Failed requests of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorCount {
    /// Rows that failed.
    pub count: u64,
    /// Rows that say whether they did.
    pub rows: u64,
}

impl ErrorCount {
    pub(crate) fn of(errors: &Errors) -> Option<ErrorCount> {
        (errors.rows > 0).then_some(ErrorCount { count: errors.errors, rows: errors.rows })
    }
}

/// Predictions against labels, on either side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PerformanceReport {
    /// The reference's rows; absent where they hold no labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Performance>,
    /// The current rows.
    pub current: Performance,
}

impl PerformanceReport {
    pub(crate) fn of(baseline: &Service, current: &Service) -> Option<PerformanceReport> {
        let figures = |service: &Service| {
            Some(service.performance.figures()).filter(|figures| figures.rows > 0)
        };
        Some(PerformanceReport { current: figures(current)?, baseline: figures(baseline) })
    }
}

/// Percentiles of latencies, in milliseconds: the smallest latency that so many hundredths of the requests do not exceed,
/// never understated and at most 0.8 % too large; each with the interval in which it lies at 95 % confidence.
///
/// **Lower ends.** The lower end of p95 is the longest latency for which it is certain that more than 5 % of requests take at
/// least as long: so p95 is certainly above a threshold exactly where the lower end, by [Wilson](crate::num::wilson), of the
/// share of requests slower than it exceeds 5 %. At thresholds that latencies are counted at that is exact, elsewhere it is
/// read from a bucket's lower end and at most 0.8 % too small. Of 300 requests, at least 168 (56 %) must be slower for the
/// median, 23 (7.7 %) for p95 and 7 (2.3 %) for p99: as if p44, p92.3 and p97.7 were asked about. Absent where not even all of the
/// requests are enough.
///
/// **Upper ends** are the same from the other side; absent where the requests are too few to say that p99 is anywhere below
/// the largest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LatencyFigures {
    /// How many requests.
    pub count: u64,
    /// The median.
    pub p50_ms: f64,
    /// The 95th percentile.
    pub p95_ms: f64,
    /// The 99th percentile.
    pub p99_ms: f64,
    /// The largest.
    pub max_ms: f64,
    /// The lower end of the median.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_lower_ms: Option<f64>,
    /// The lower end of the 95th percentile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_lower_ms: Option<f64>,
    /// The lower end of the 99th percentile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_lower_ms: Option<f64>,
    /// The upper end of the median.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_upper_ms: Option<f64>,
    /// The upper end of the 95th percentile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_upper_ms: Option<f64>,
    /// The upper end of the 99th percentile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_upper_ms: Option<f64>,
}

impl LatencyFigures {
    pub(crate) fn of(histogram: &LatencyHistogram) -> Option<LatencyFigures> {
        let percentile = |n| histogram.quantile(n, 100).map(Micros::as_ms);
        let lower = |n| histogram.quantile_lower(n, 100).map(Micros::as_ms);
        let upper = |n| histogram.quantile_upper(n, 100).map(Micros::as_ms);
        Some(LatencyFigures {
            count: histogram.count(),
            p50_ms: percentile(50)?,
            p95_ms: percentile(95)?,
            p99_ms: percentile(99)?,
            max_ms: histogram.max()?.as_ms(),
            p50_lower_ms: lower(50),
            p95_lower_ms: lower(95),
            p99_lower_ms: lower(99),
            p50_upper_ms: upper(50),
            p95_upper_ms: upper(95),
            p99_upper_ms: upper(99),
        })
    }
}

/// How long requests took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LatencyReport {
    /// The current rows'.
    #[serde(flatten)]
    pub current: LatencyFigures,
    /// Values that are no latency: negative ones, NaN, infinities.
    pub invalid: u64,
    /// Whether the current rows are as quick as was promised, each decided on exact counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<ObjectiveOutcome>,
    /// The reference's; absent where it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<LatencyFigures>,
}

impl LatencyReport {
    pub(crate) fn of(
        objectives: &Objectives,
        baseline: &Service,
        current: &Service,
    ) -> Option<LatencyReport> {
        Some(LatencyReport {
            objectives: objectives.judge(&current.latency),
            current: LatencyFigures::of(&current.latency)?,
            invalid: current.latency.invalid(),
            baseline: LatencyFigures::of(&baseline.latency),
        })
    }
}

/// How many requests failed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorsReport {
    /// Current rows that failed.
    pub count: u64,
    /// Current rows that say whether they did.
    pub rows: u64,
    /// Their share, in \[0, 1\].
    pub rate: f64,
    /// The reference's share; absent where it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_rate: Option<f64>,
    /// Rows of the reference that say whether they failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_rows: Option<u64>,
}

impl ErrorsReport {
    pub(crate) fn of(baseline: &Service, current: &Service) -> Option<ErrorsReport> {
        let errors = current.errors;
        Some(ErrorsReport {
            count: errors.errors,
            rows: errors.rows,
            rate: errors.rate()?,
            baseline_rate: baseline.errors.rate(),
            baseline_rows: Some(baseline.errors.rows).filter(|rows| *rows > 0),
        })
    }
}

/// The rows of one level of a column, compared with the reference's rows of the same level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SegmentReport {
    /// The column.
    pub column: String,
    /// The level.
    pub level: String,
    /// Rows of either side.
    pub rows: SidePair,
    /// The worst decided column's; a drift only where the p-value, corrected over all columns of all segments, finds it
    /// too.
    pub severity: Severity,
    /// Features of moderate severity or worse.
    pub drifted_features: Vec<String>,
    /// Features that could not be decided, mostly for want of rows.
    pub inconclusive_features: Vec<String>,
    /// PSI by column that decides.
    pub psi_scores: BTreeMap<String, f64>,
    /// Their p-values, corrected over all columns of all segments (Benjamini–Hochberg).
    pub p_adjusted: BTreeMap<String, f64>,
}

/// The features in brief.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Drift {
    /// Whether any feature drifted.
    pub drift_detected: bool,
    /// How many features were compared.
    pub features_monitored: u64,
    /// Features of moderate severity or worse.
    pub drifted_features: Vec<String>,
    /// Features that could not be decided.
    pub inconclusive_features: Vec<String>,
    /// PSI by feature.
    pub psi_scores: BTreeMap<String, f64>,
}

/// What was found about one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ColumnReport {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Why it has this role.
    pub role_from: Origin,
    /// How it was counted.
    pub kind: Kind,
    /// The verdict.
    pub severity: Severity,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The verdict in one sentence.
    pub explanation: String,
    /// What another tool says, where its convention was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_convention: Option<ConventionOutcome>,
    /// What is peculiar about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// What each measure found.
    pub measures: Measures,
    /// The cells with both sides' rows.
    pub bins: Vec<CellReport>,
    /// Rows of files that have the column.
    pub rows: SidePair,
    /// Rows that hold nothing.
    pub missing: SidePair,
    /// Rows that hold something which is not of the column's kind.
    pub unreadable: SidePair,
    /// Rows that hold NaN.
    pub nan: SidePair,
    /// Levels that the reference has never seen, most rows first, at most [`MAX_NEW_LEVELS_LISTED`].
    pub new_levels: Vec<NewLevel>,
    /// Whether the cells' edges are the reference's exact quantiles.
    pub exact: bool,
    /// Where they are not: the share of the reference by which an edge may lie beside its quantile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank_error: Option<f64>,
}

impl ColumnReport {
    /// Share of a side's rows that hold nothing, `None` where the side has no rows.
    pub fn missing_share(&self, side: Side) -> Option<f64> {
        let rows = self.rows.of(side);
        (rows > 0).then(|| self.missing.of(side) as f64 / rows as f64)
    }

    /// A side's rows that hold a value of the column's kind: those that its distribution is made of.
    pub fn rows_with_value(&self, side: Side) -> u64 {
        let absent = [self.missing, self.unreadable, self.nan];
        absent.iter().fold(self.rows.of(side), |rows, absent| rows.saturating_sub(absent.of(side)))
    }

    /// Whether the distribution alone is undecided, whatever severity the missing rows give the column.
    pub fn is_undecided(&self, spec: &SpecNote) -> bool {
        match (&self.measures.psi, spec.convention.decides()) {
            (Some(psi), Decides::PsiLowerEnd) => spec.thresholds.is_undecided(psi.lower, psi.upper),
            _ => self.severity == Severity::Inconclusive,
        }
    }

    /// Whether the column is counted by quantile cells.
    pub fn is_numeric(&self) -> bool {
        self.kind == Kind::Numeric
    }
}

/// How many never-seen levels a report lists by name.
pub const MAX_NEW_LEVELS_LISTED: usize = 20;

/// A number for each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SidePair {
    /// The reference's.
    pub baseline: u64,
    /// The current rows'.
    pub current: u64,
}

impl SidePair {
    /// One side's number.
    pub fn of(self, side: Side) -> u64 {
        match side {
            Side::Baseline => self.baseline,
            Side::Current => self.current,
        }
    }
}

/// One cell of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CellReport {
    /// What it holds, for people.
    pub label: String,
    /// Values are above this; absent at the open end and for levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    /// Values are at most this; absent at the open end and for levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
    /// The reference's rows in it.
    pub baseline: u64,
    /// The current rows in it.
    pub current: u64,
    /// What it adds to the PSI.
    pub psi: f64,
}

/// A level that the reference has never seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewLevel {
    /// Its text.
    pub level: String,
    /// Current rows that hold it.
    pub rows: u64,
}

/// A column that was not compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LeftOut {
    /// Its name.
    pub name: String,
    /// Why.
    pub why: LeftOutWhy,
    /// Who decided that; absent where the files did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_from: Option<Origin>,
}

/// Why a column was not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LeftOutWhy {
    /// It names rows.
    Id,
    /// It holds instants.
    Timestamp,
    /// Somebody said so.
    Ignored,
    /// Only the current file has it.
    NotInBaseline,
}

/// What the model answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Prediction {
    /// The column of the predicted class or number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The columns of probabilities.
    pub probabilities: Vec<String>,
    /// The worst of them.
    pub severity: Severity,
    /// PSI of each.
    pub psi_scores: BTreeMap<String, f64>,
    /// How sure the model was: both sides' probabilities by tenth, where one column holds them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confidence: Vec<ConfidenceBin>,
}

/// Probabilities of one tenth of \[0, 1\].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConfidenceBin {
    /// From here on.
    pub lower: f64,
    /// Up to here, the last one included.
    pub upper: f64,
    /// The reference's rows.
    pub baseline: u64,
    /// The current rows.
    pub current: u64,
}

/// Something that went wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// A file with row and column, or a path in the spec.
    #[serde(rename = "where")]
    pub place: String,
    /// What was expected, and what was found.
    pub message: String,
}
