//! From a report to the numbers that rules are about.

use alloc::string::String;

use super::{Evidence, Observed, Output};
use crate::{
    metric::Metric,
    num::{self, wilson},
    objective::Objectives,
    report::{ColumnReport, ErrorCount, ErrorsReport, LatencyFigures, Report, WindowReport},
    schema::Role,
    time::Timestamp,
    verdict::{Severity, Side},
};

impl Evidence {
    /// The numbers of a whole report: PSI, KL, JS and missing share by feature, PSI of the predictions, latency, errors,
    /// and what moved beside the inputs.
    pub fn of_report(
        report: &Report,
        objectives: &Objectives,
        id: u64,
        (start, end): (Timestamp, Timestamp),
    ) -> Evidence {
        let mut evidence = Evidence::new(id, start, end, report.current.rows);
        for column in &report.columns {
            evidence.add_column(column, report);
        }
        if let Some(latency) = &report.latency {
            evidence.add_latency(&latency.current);
            if has_become_slow(latency.baseline.as_ref(), &latency.current, objectives) {
                evidence.moved.insert(Output::Latency);
            }
        }
        if let Some(errors) = &report.errors {
            evidence.add_errors(errors, objectives);
        }
        evidence
    }

    /// The numbers of one window of a report: PSI by column that decides, latency and errors.
    ///
    /// Reports of earlier versions list the PSI of a window's columns without the lower ends, but the window's severity and
    /// its drifted features were judged on them. So no lower end is taken to be above the step that the window stands on, nor
    /// that of a feature which is not among the drifted ones above the lowest step. They tell neither the rows of an error
    /// rate nor the lower ends of latencies: these decide nothing.
    pub fn of_window(
        report: &Report,
        window: &WindowReport,
        objectives: &Objectives,
        id: u64,
        (start, end): (Timestamp, Timestamp),
    ) -> Evidence {
        let mut evidence = Evidence::new(id, start, end, window.rows);
        let is_undecided = |name: &String| {
            window.inconclusive_features.contains(name) || window.undecided.contains(name)
        };
        let valued = |name: &String| window.valued.get(name).copied().unwrap_or(window.rows);
        for (name, psi) in &window.psi_scores {
            let Some(column) = report.column(name) else { continue };
            let (lower, is_inconclusive) = match window.psi_lower.get(name) {
                Some(lower) => (*lower, false),
                None if window.psi_lower.is_empty() => {
                    let (lower, is_inconclusive) = guessed_lower(report, window, column, *psi);
                    (lower, is_inconclusive || is_undecided(name))
                }
                None => (*psi, true),
            };
            let observed = Observed {
                lower: Some(lower),
                is_inconclusive,
                ..Observed::new(*psi, valued(name))
            };
            evidence.add_psi(column, observed);
        }
        let mut add = |name: &String, value: f64, metric: Metric| {
            let is_inconclusive = is_undecided(name);
            let observed = Observed { is_inconclusive, ..Observed::new(value, valued(name)) };
            evidence.values.insert(metric, observed);
        };
        for (name, value) in &window.kl {
            add(name, *value, Metric::KlDivergence { feature: Some(name.clone()) });
        }
        for (name, value) in &window.js {
            add(name, *value, Metric::JsDivergence { feature: Some(name.clone()) });
        }
        for (name, share) in &window.missing_share {
            let counted = || wilson::lower(count_of(*share, window.rows), window.rows);
            let lower = window.missing_lower.get(name).copied().unwrap_or_else(counted);
            let metric = Metric::MissingShare { feature: Some(name.clone()) };
            let observed = Observed { lower: Some(lower), ..Observed::new(*share, window.rows) };
            evidence.values.insert(metric, observed);
        }
        let features = report.columns.iter().filter(|column| column.role == Role::Feature);
        let absent = features.filter(|column| !window.psi_scores.contains_key(&column.name));
        evidence.absent.extend(absent.map(|column| column.name.clone()));
        if let Some(latency) = &window.latency {
            evidence.add_latency(latency);
            let baseline = report.latency.as_ref().and_then(|latency| latency.baseline);
            if has_become_slow(baseline.as_ref(), latency, objectives) {
                evidence.moved.insert(Output::Latency);
            }
        }
        match (window.errors, window.error_rate) {
            (Some(ErrorCount { count, rows }), _) if rows > 0 => {
                let rate = count as f64 / rows as f64;
                let (baseline_rate, baseline_rows) =
                    report.errors.map_or((None, None), |e| (e.baseline_rate, e.baseline_rows));
                let errors = ErrorsReport { count, rows, rate, baseline_rate, baseline_rows };
                evidence.add_errors(&errors, objectives);
            }
            (_, Some(rate)) => {
                let undecided =
                    |value| Observed { is_inconclusive: true, ..Observed::new(value, window.rows) };
                let burn_rate = objectives.availability.burn_rate_of(rate);
                evidence.values.insert(Metric::ErrorRate, undecided(rate));
                evidence.values.insert(Metric::BurnRate { over: None }, undecided(burn_rate));
            }
            _ => {}
        }
        evidence
    }

    fn add_column(&mut self, column: &ColumnReport, report: &Report) {
        let valued = column.rows_with_value(Side::Current);
        let is_inconclusive = column.is_undecided(&report.spec);
        if let Some(psi) = &column.measures.psi {
            let lower = Some(psi.lower);
            let observed = Observed { lower, is_inconclusive, ..Observed::new(psi.value, valued) };
            self.add_psi(column, observed);
        }
        if column.role != Role::Feature {
            return;
        }
        let feature = || Some(column.name.clone());
        let observed = |value| Observed { is_inconclusive, ..Observed::new(value, valued) };
        if let Some(kl) = &column.measures.kl {
            self.values.insert(Metric::KlDivergence { feature: feature() }, observed(kl.value));
        }
        if let Some(js) = &column.measures.js {
            self.values.insert(Metric::JsDivergence { feature: feature() }, observed(js.value));
        }
        if column.measures.psi.is_none() {
            self.absent.insert(column.name.clone());
        }
        // A share is plain counting: that a distribution is undecided does not make it uncertain.
        if let Some(missing) = &column.measures.missing_share {
            let rows = column.rows.of(Side::Current);
            let lower = Some(wilson::lower(rows.saturating_sub(valued), rows));
            let metric = Metric::MissingShare { feature: feature() };
            self.values.insert(metric, Observed { lower, ..Observed::new(missing.current, rows) });
        }
    }

    fn add_psi(&mut self, column: &ColumnReport, observed: Observed) {
        match column.role {
            Role::Feature => {
                let metric = Metric::PsiScore { feature: Some(column.name.clone()) };
                self.values.insert(metric, observed);
            }
            Role::Prediction | Role::Probability => {
                let certain = |observed: &Observed| {
                    (!observed.is_inconclusive, observed.lower.unwrap_or(observed.value))
                };
                let largest = self.values.get(&Metric::PredictionPsi);
                if largest.is_none_or(|largest| certain(largest) < certain(&observed)) {
                    self.values.insert(Metric::PredictionPsi, observed);
                }
            }
            _ => {}
        }
    }

    fn add_latency(&mut self, figures: &LatencyFigures) {
        for (metric, ms, lower_ms) in [
            (Metric::LatencyP50, figures.p50_ms, figures.p50_lower_ms),
            (Metric::LatencyP95, figures.p95_ms, figures.p95_lower_ms),
            (Metric::LatencyP99, figures.p99_ms, figures.p99_lower_ms),
        ] {
            let observed = Observed {
                lower: lower_ms.map(|ms| ms / 1000.0),
                is_inconclusive: lower_ms.is_none(),
                ..Observed::new(ms / 1000.0, figures.count)
            };
            self.values.insert(metric, observed);
        }
    }

    fn add_errors(&mut self, errors: &ErrorsReport, objectives: &Objectives) {
        let lower = wilson::lower(errors.count, errors.rows);
        let burn_rate = |rate| objectives.availability.burn_rate_of(rate);
        for (metric, value, lower) in [
            (Metric::ErrorRate, errors.rate, lower),
            (Metric::BurnRate { over: None }, burn_rate(errors.rate), burn_rate(lower)),
        ] {
            let observed = Observed { lower: Some(lower), ..Observed::new(value, errors.rows) };
            self.values.insert(metric, observed);
        }
        if has_become_unreliable(errors) {
            self.moved.insert(Output::Errors);
        }
    }
}

/// The highest lower end that a column's PSI can have had in a window, and whether it was undecided.
fn guessed_lower(
    report: &Report,
    window: &WindowReport,
    column: &ColumnReport,
    psi: f64,
) -> (f64, bool) {
    let ladder = &report.spec.thresholds;
    let name = &column.name;
    let has_drifted = column.role != Role::Feature || window.drifted_features.contains(name);
    let most = match window.severity {
        _ if !has_drifted => ladder.moderate.next_down(),
        Severity::Critical => psi,
        Severity::Significant => ladder.critical,
        Severity::Moderate => ladder.significant.next_down(),
        Severity::None | Severity::Inconclusive => ladder.moderate.next_down(),
    };
    let is_inconclusive =
        window.severity == Severity::Inconclusive || window.inconclusive_features.contains(name);
    (psi.min(most), is_inconclusive)
}

/// The count that is a share of some rows.
fn count_of(share: f64, rows: u64) -> u64 {
    num::round(share * rows as f64) as u64
}

/// Rows below which neither latency nor errors have moved, whatever they say: p99 of fewer is the largest of them.
const LEAST_ROWS_TO_MOVE: u64 = 100;

/// A rise of the share of failed requests that counts as moved.
const ERRORS_GAINED: f64 = 0.01;

/// Whether a quantile is certainly longer than its objective, and than the reference's: their intervals have nothing in
/// common. Of a reference that says nothing, whether it is longer than its objective.
fn has_become_slow(
    baseline: Option<&LatencyFigures>,
    current: &LatencyFigures,
    objectives: &Objectives,
) -> bool {
    let certainly_longer =
        |least: f64, threshold_ms: f64, upper: fn(&LatencyFigures) -> Option<f64>| {
            let is_above = |baseline| upper(baseline).is_some_and(|upper| least > upper);
            least > threshold_ms && baseline.is_none_or(is_above)
        };
    current.count >= LEAST_ROWS_TO_MOVE
        && objectives.latency.iter().any(|objective| {
            let Some((lower, upper)) = objective.ends_of() else { return false };
            lower(current)
                .is_some_and(|least| certainly_longer(least, objective.threshold().as_ms(), upper))
        })
}

/// Whether the share of failed requests has risen, and its interval has nothing in common with the reference's. A reference
/// that says nothing is taken for one without failures.
fn has_become_unreliable(errors: &ErrorsReport) -> bool {
    let lower = wilson::lower(errors.count, errors.rows);
    let is_above = match (errors.baseline_rate, errors.baseline_rows) {
        (None, _) => lower >= ERRORS_GAINED,
        // A share of unknown rows proves nothing.
        (Some(_), None) => false,
        (Some(was), Some(rows)) => {
            errors.rate - was >= ERRORS_GAINED
                && lower > wilson::interval(count_of(was, rows), rows).1
        }
    };
    errors.rows >= LEAST_ROWS_TO_MOVE && is_above
}
