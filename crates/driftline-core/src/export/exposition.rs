//! The names under which a Driftline server tells Prometheus what it counts: one constant and one row of [`FAMILIES`] each.
//!
//! Counters are what is certain and adds up over replicas: the exported rules compute every share, percentile and
//! divergence from sums of counters, never from averages. The gauges say what one replica found by itself; they are for
//! dashboards.
//!
//! - Every counter of a model exists from the start with 0, one for each value of its labels: a counter whose first sample
//!   is above 0 is undercounted by `increase()` until its window has passed.
//! - `reference` is the content hash of the reference, so that counts on the bins of another baseline never mix. The series
//!   of a reference that is no longer compared with are no longer exposed.
//! - `bin` is the position of a PSI cell in the reference's order, from `0`. Infinities and never-seen levels are cells, with
//!   a reference share of 0 where the reference had none; missing values and NaN are no cells.
//! - A number that does not exist (no rows, nothing to divide by) is exposed as NaN, so that its series stays.

use alloc::{collections::BTreeSet, vec::Vec};

use crate::{metric::Metric, num, policy::Policy};

/// What a family is to Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FamilyType {
    /// Only grows, from 0.
    Counter,
    /// Goes up and down.
    Gauge,
    /// A classic histogram: `_bucket{le}`, `_sum` and `_count`.
    Histogram,
}

impl FamilyType {
    /// The word behind `# TYPE`.
    pub fn name(self) -> &'static str {
        match self {
            FamilyType::Counter => "counter",
            FamilyType::Gauge => "gauge",
            FamilyType::Histogram => "histogram",
        }
    }
}

/// One metric family of `/metrics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// As it stands in the text format: a counter's ends in `_total`.
    pub name: &'static str,
    /// Counter, gauge or histogram.
    pub kind: FamilyType,
    /// What it counts; for OpenMetrics' `# UNIT`, so always a suffix of the name without `_total`.
    pub unit: Option<&'static str>,
    /// The names of its labels, in the order in which they are written; a histogram's `le` comes after them.
    pub labels: &'static [&'static str],
    /// For `# HELP`.
    pub help: &'static str,
}

/// Shortens the table below.
const fn family(
    name: &'static str,
    kind: FamilyType,
    unit: Option<&'static str>,
    labels: &'static [&'static str],
    help: &'static str,
) -> Family {
    Family { name, kind, unit, labels, help }
}

macro_rules! families {
    ($($(#[$doc:meta])* $id:ident = $name:literal $kind:ident $unit:expr, $labels:expr, $help:literal;)*) => {
        $($(#[$doc])* pub const $id: Family = family($name, FamilyType::$kind, $unit, &$labels, $help);)*

        /// Every family, in the order in which `/metrics` lists them.
        pub const FAMILIES: &[Family] = &[$($id),*];
    };
}

families! {
    /// Which build this is.
    BUILD_INFO = "driftline_build_info" Gauge None, ["version"],
        "1; the version of this Driftline.";
    /// Which model, and what it is compared with.
    MODEL_INFO = "driftline_model_info" Gauge None, ["model", "version", "reference"],
        "1 for the version of a model that serves and the reference it is compared with.";
    /// Predictions by outcome: `ok`, `error`, or `unknown` where nobody said.
    PREDICTIONS = "driftline_predictions_total" Counter None, ["model", "outcome"],
        "Predictions that were counted, by outcome: ok, error, or unknown where nobody said.";
    /// What was sent and not counted.
    REJECTED = "driftline_rejected_observations_total" Counter None, ["model", "reason"],
        "Observations that were not counted, by reason.";
    /// How long requests took; see [`latency_buckets`].
    REQUEST_DURATION = "driftline_request_duration_seconds" Histogram Some("seconds"), ["model"],
        "How long requests took; a bucket ends at every threshold of the policy.";
    /// Rows by PSI cell.
    FEATURE_BIN = "driftline_feature_bin_total" Counter None, ["model", "feature", "reference", "bin"],
        "Rows of a feature in each cell of the reference; missing values are in none.";
    /// The reference's shares of the same cells.
    FEATURE_REFERENCE_RATIO = "driftline_feature_reference_bin_ratio" Gauge Some("ratio"),
        ["model", "feature", "reference", "bin"],
        "Share of the reference's rows in each cell.";
    /// How many rows those are.
    FEATURE_REFERENCE_ROWS = "driftline_feature_reference_rows" Gauge Some("rows"),
        ["model", "feature", "reference"],
        "Rows of the reference in all cells together: how sure its shares are.";
    /// Rows with and without a value: `present`, `missing` (NaN too).
    FEATURE_VALUES = "driftline_feature_values_total" Counter None, ["model", "feature", "state"],
        "Rows of a feature by state: present, or missing.";
    /// As [`FEATURE_BIN`], of predictions and probabilities.
    OUTPUT_BIN = "driftline_output_bin_total" Counter None, ["model", "output", "reference", "bin"],
        "Rows of a column of predictions or probabilities in each cell of the reference.";
    /// As [`FEATURE_REFERENCE_RATIO`], of predictions and probabilities.
    OUTPUT_REFERENCE_RATIO = "driftline_output_reference_bin_ratio" Gauge Some("ratio"),
        ["model", "output", "reference", "bin"],
        "Share of the reference's rows of a prediction or probability in each cell.";
    /// As [`FEATURE_REFERENCE_ROWS`], of predictions and probabilities.
    OUTPUT_REFERENCE_ROWS = "driftline_output_reference_rows" Gauge Some("rows"),
        ["model", "output", "reference"],
        "Rows of the reference's prediction or probability in all cells together.";
    /// Features beyond the bound on series.
    FEATURES_LEFT_OUT = "driftline_features_left_out" Gauge None, ["model"],
        "Features without series of their own, because there would be too many.";
    /// When a row was last counted.
    LAST_EVENT = "driftline_last_event_timestamp_seconds" Gauge Some("seconds"), ["model"],
        "When a prediction was last counted, in seconds since 1970.";
    /// The end of the window that the gauges below are of.
    WINDOW_END = "driftline_window_end_timestamp_seconds" Gauge Some("seconds"), ["model"],
        "Where the live window of this replica ends, in seconds since 1970.";
    /// Its rows.
    WINDOW_ROWS = "driftline_window_rows" Gauge Some("rows"), ["model"],
        "Rows in the live window of this replica.";
    /// PSI by feature.
    PSI = "driftline_psi" Gauge None, ["model", "feature"],
        "PSI of a feature in the live window of this replica, as the textbook has it.";
    /// Its lower end.
    PSI_LOWER = "driftline_psi_lower" Gauge None, ["model", "feature"],
        "Lower end of that PSI, one-sided 95 %: what is certain at this sample size.";
    /// PSI of predictions.
    PREDICTION_PSI = "driftline_prediction_psi" Gauge None, ["model"],
        "The largest PSI of predictions and probabilities in the live window of this replica.";
    /// Its lower end.
    PREDICTION_PSI_LOWER = "driftline_prediction_psi_lower" Gauge None, ["model"],
        "Lower end of that PSI, one-sided 95 %.";
    /// KL by feature.
    KL = "driftline_kl_divergence" Gauge None, ["model", "feature"],
        "KL divergence of a feature in the live window of this replica, in nats.";
    /// JS by feature.
    JS = "driftline_js_divergence" Gauge None, ["model", "feature"],
        "JS divergence of a feature in the live window of this replica, in bits.";
    /// Missing share by feature.
    MISSING_RATIO = "driftline_missing_ratio" Gauge Some("ratio"), ["model", "feature"],
        "Share of rows without a value in a feature, in the live window of this replica.";
    /// Latency by quantile: `0.5`, `0.95`, `0.99`. The label is not `quantile`, which belongs to summaries (promtool says
    /// so).
    LATENCY_QUANTILE = "driftline_latency_quantile_seconds" Gauge Some("seconds"), ["model", "q"],
        "A quantile of latency in the live window of this replica.";
    /// Share of failed requests.
    ERROR_RATIO = "driftline_error_ratio" Gauge Some("ratio"), ["model"],
        "Share of requests that failed in the live window of this replica.";
    /// What is promised: latency.
    OBJECTIVE_THRESHOLD = "driftline_objective_threshold_seconds" Gauge Some("seconds"), ["model", "q"],
        "How long the quantile of an objective may be.";
    /// What is promised: success.
    OBJECTIVE_SUCCESS = "driftline_objective_success_ratio" Gauge Some("ratio"), ["model"],
        "Share of requests that must succeed.";
    /// Where an alert stands: `inactive`, `pending`, `firing`, `resolved`; one of them is 1.
    ALERT_STATE = "driftline_alert_state" Gauge None, ["model", "alert", "severity", "state"],
        "1 for the state in which an alert of this replica is, 0 for the others.";
    /// How often it went there.
    ALERT_TRANSITIONS = "driftline_alert_transitions_total" Counter None, ["model", "alert", "to"],
        "Changes of an alert's state.";
    /// What was done, by mode: `dry-run`, `approve`, `auto`.
    ACTIONS = "driftline_actions_total" Counter None, ["model", "action", "mode"],
        "Actions that were asked for, or would have been in a dry run.";
    /// What was not.
    ACTIONS_BLOCKED = "driftline_actions_blocked_total" Counter None, ["model", "action", "rail"],
        "Actions that a rail stopped.";
    /// Whether actions are off.
    KILL_SWITCH = "driftline_kill_switch" Gauge None, ["model"],
        "1 where all actions are switched off.";
}

/// The values of [`PREDICTIONS`]' label `outcome`.
pub const OUTCOMES: [&str; 3] = ["ok", "error", "unknown"];

/// The values of [`FEATURE_VALUES`]' label `state`.
pub const VALUE_STATES: [&str; 2] = ["present", "missing"];

/// Where buckets end besides the thresholds, in microseconds: from 1 ms to a minute in steps of 2 and 2.5.
const LADDER_MICROS: [u64; 15] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000, 30_000_000, 60_000_000,
];

/// The longest latency that is told apart from longer ones, in microseconds.
const HOUR_MICROS: u64 = 3_600_000_000;

/// Where the buckets of [`REQUEST_DURATION`] end, in whole microseconds, ascending, without `+Inf`: a fixed ladder, and the
/// threshold of every latency objective, rule and trigger of the policy, so that each is decided by counting and not by
/// interpolation. Where a comparison tells a threshold itself from what is below it (`>=`, `<`), the microsecond before it
/// is an end as well. `le` is written by [`le`].
///
/// A percentile that interpolation finds in the last bucket is that bucket's end, so there is always one beyond the largest
/// threshold.
pub fn latency_buckets(policy: &Policy) -> Vec<u64> {
    let mut ends: BTreeSet<u64> = LADDER_MICROS.into_iter().collect();
    ends.extend(policy.objectives.latency.iter().map(|objective| objective.threshold().0));
    let rules = policy.rules.iter().flat_map(|rule| {
        [Some(rule.threshold), rule.until, rule.exit_threshold]
            .into_iter()
            .flatten()
            .map(|threshold| (&rule.metric, threshold))
    });
    let triggers = policy.triggers.iter().map(|trigger| (&trigger.metric, trigger.threshold));
    for (metric, seconds) in rules.chain(triggers) {
        if matches!(metric, Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99) {
            ends.extend(up_to(seconds));
            ends.extend(below(seconds));
        }
    }
    ends.retain(|end| (1..=HOUR_MICROS).contains(end));
    if let Some(last) = ends.last().copied()
        && last > 60_000_000
    {
        ends.insert((last.saturating_mul(2)).min(2 * HOUR_MICROS));
    }
    ends.into_iter().collect()
}

/// The largest whole number of microseconds that is not above a time in seconds: a latency is at or below the one exactly
/// where it is at or below the other. `None` below 0 and past any latency.
pub(super) fn up_to(seconds: f64) -> Option<u64> {
    let micros = exact_micros(seconds)?;
    Some(num::floor(micros) as u64)
}

/// The largest whole number of microseconds below a time in seconds.
pub(super) fn below(seconds: f64) -> Option<u64> {
    let micros = exact_micros(seconds)?;
    (num::ceil(micros) as u64).checked_sub(1)
}

/// In microseconds; a decimal number of them that the binary fraction only just misses counts as that number.
fn exact_micros(seconds: f64) -> Option<f64> {
    let micros = seconds * 1e6;
    if !(0.0..=2.0 * HOUR_MICROS as f64).contains(&micros) {
        return None;
    }
    let whole = num::round(micros);
    Some(if num::abs(micros - whole) <= whole * 4.0 * f64::EPSILON { whole } else { micros })
}

/// An end of a bucket as the label `le` has it, in seconds: `0.1`, `1`, `2.5`.
///
/// ```
/// use driftline_core::export::exposition::le;
/// assert_eq!([100_000, 99_999, 1_000_000, 1].map(le), ["0.1", "0.099999", "1", "0.000001"]);
/// ```
pub fn le(micros: u64) -> alloc::string::String {
    let (whole, rest) = (micros / 1_000_000, micros % 1_000_000);
    if rest == 0 {
        return alloc::format!("{whole}");
    }
    let text = alloc::format!("{whole}.{rest:06}");
    text.trim_end_matches('0').into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_conventions_of_prometheus() {
        let mut names = BTreeSet::new();
        for family in FAMILIES {
            assert!(names.insert(family.name), "{} twice", family.name);
            assert!(family.name.starts_with("driftline_"));
            assert!(family.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            assert_eq!(family.name.ends_with("_total"), family.kind == FamilyType::Counter);
            if let Some(unit) = family.unit {
                assert!(family.name.trim_end_matches("_total").ends_with(unit), "{}", family.name);
            }
            assert!(family.help.ends_with('.') && !family.help.contains(['\n', '\\']));
            assert!(!family.labels.contains(&"le"));
        }
    }

    #[test]
    fn buckets_end_at_every_threshold_and_beyond_the_largest() {
        let ends = latency_buckets(&Policy::default());
        assert!(ends.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ends.contains(&100_000) && ends.contains(&500_000));
        assert!(ends.last().is_some_and(|last| *last > 500_000));
    }

    #[test]
    fn a_threshold_in_seconds_is_a_whole_number_of_microseconds_or_lies_between_two() {
        for (seconds, at_most, less) in [
            (0.1, Some(100_000), Some(99_999)),
            (0.5, Some(500_000), Some(499_999)),
            (0.000_001_5, Some(1), Some(1)),
            (0.0, Some(0), None),
            (-1.0, None, None),
            (1e9, None, None),
            (f64::NAN, None, None),
        ] {
            assert_eq!((up_to(seconds), below(seconds)), (at_most, less), "{seconds}");
        }
        // Every decimal number of milliseconds and microseconds is that number.
        for micros in (1..20_000_u64).chain((1..4000).map(|ms| ms * 1000)) {
            let seconds: f64 = le(micros).parse().unwrap_or(f64::NAN);
            assert_eq!(up_to(seconds), Some(micros), "{seconds}");
        }
    }
}
