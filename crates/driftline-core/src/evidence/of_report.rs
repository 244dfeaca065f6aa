//! From a report to the numbers that rules are about.

use super::{Evidence, Observed, Output};
use crate::{
    metric::Metric,
    num,
    objective::Objectives,
    performance::Performance,
    report::{ColumnReport, ErrorsReport, LatencyFigures, Report, WindowReport},
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
            evidence.add_column(column);
        }
        if let Some(latency) = &report.latency {
            evidence.add_latency(&latency.current);
            if has_become_slow(latency.baseline.as_ref(), &latency.current, objectives) {
                evidence.moved.insert(Output::Latency);
            }
        }
        if let Some(errors) = &report.errors {
            evidence.add_errors(errors.rate, errors.rows, objectives);
            if has_become_unreliable(errors) {
                evidence.moved.insert(Output::Errors);
            }
        }
        if report.performance.as_ref().is_some_and(|performance| {
            let now = &performance.current;
            performance.baseline.as_ref().is_some_and(|was| has_become_wrong(was, now))
        }) {
            evidence.moved.insert(Output::Performance);
        }
        evidence
    }

    /// The numbers of one window of a report: PSI by column that decides, latency and errors.
    ///
    /// Reports of earlier versions list the PSI of a window's columns without the lower ends, but the window's severity and
    /// its drifted features were judged on them. So no lower end is taken to be above the step that the window stands on, nor
    /// that of a feature which is not among the drifted ones above the lowest step.
    pub fn of_window(
        report: &Report,
        window: &WindowReport,
        objectives: &Objectives,
        id: u64,
        (start, end): (Timestamp, Timestamp),
    ) -> Evidence {
        let mut evidence = Evidence::new(id, start, end, window.rows);
        for (name, psi) in &window.psi_scores {
            let Some(column) = report.column(name) else { continue };
            let (lower, is_inconclusive) = match window.psi_lower.get(name) {
                Some(lower) => (*lower, false),
                None if window.psi_lower.is_empty() => guessed_lower(report, window, column, *psi),
                None => (*psi, true),
            };
            let observed = Observed {
                lower: Some(lower),
                is_inconclusive,
                ..Observed::new(*psi, window.rows)
            };
            evidence.add_psi(column, observed);
        }
        let mut add = |name: &str, value: f64, metric: Metric| {
            let is_inconclusive = window.inconclusive_features.iter().any(|other| other == name);
            let observed = Observed { is_inconclusive, ..Observed::new(value, window.rows) };
            evidence.values.insert(metric, observed);
        };
        for (name, value) in &window.kl {
            add(name, *value, Metric::KlDivergence { feature: Some(name.clone()) });
        }
        for (name, value) in &window.js {
            add(name, *value, Metric::JsDivergence { feature: Some(name.clone()) });
        }
        // A share is plain counting: that a distribution is undecided does not make it uncertain.
        for (name, share) in &window.missing_share {
            let metric = Metric::MissingShare { feature: Some(name.clone()) };
            evidence.values.insert(metric, Observed::new(*share, window.rows));
        }
        if let Some(latency) = &window.latency {
            evidence.add_latency(latency);
            let baseline = report.latency.as_ref().and_then(|latency| latency.baseline);
            if has_become_slow(baseline.as_ref(), latency, objectives) {
                evidence.moved.insert(Output::Latency);
            }
        }
        if let Some(rate) = window.error_rate {
            evidence.add_errors(rate, window.rows, objectives);
            let baseline_rate = report.errors.and_then(|errors| errors.baseline_rate);
            let count = num::round(rate * window.rows as f64) as u64;
            let errors = ErrorsReport { count, rows: window.rows, rate, baseline_rate };
            if has_become_unreliable(&errors) {
                evidence.moved.insert(Output::Errors);
            }
        }
        evidence
    }

    fn add_column(&mut self, column: &ColumnReport) {
        let rows = column.rows.of(Side::Current);
        if let Some(psi) = &column.measures.psi {
            self.add_psi(
                column,
                Observed {
                    value: psi.value,
                    lower: Some(psi.lower),
                    rows,
                    is_inconclusive: column.severity == Severity::Inconclusive,
                },
            );
        }
        if column.role != Role::Feature {
            return;
        }
        let feature = || Some(column.name.clone());
        let undecided = column.severity == Severity::Inconclusive;
        let observed =
            |value| Observed { is_inconclusive: undecided, ..Observed::new(value, rows) };
        if let Some(kl) = &column.measures.kl {
            self.values.insert(Metric::KlDivergence { feature: feature() }, observed(kl.value));
        }
        if let Some(js) = &column.measures.js {
            self.values.insert(Metric::JsDivergence { feature: feature() }, observed(js.value));
        }
        // A share is plain counting: that a distribution is undecided does not make it uncertain.
        if let Some(share) = column.missing_share(Side::Current) {
            let metric = Metric::MissingShare { feature: feature() };
            self.values.insert(metric, Observed::new(share, rows));
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
        for (metric, ms) in [
            (Metric::LatencyP50, figures.p50_ms),
            (Metric::LatencyP95, figures.p95_ms),
            (Metric::LatencyP99, figures.p99_ms),
        ] {
            self.values.insert(metric, Observed::new(ms / 1000.0, figures.count));
        }
    }

    fn add_errors(&mut self, rate: f64, rows: u64, objectives: &Objectives) {
        self.values.insert(Metric::ErrorRate, Observed::new(rate, rows));
        let burn_rate = objectives.availability.burn_rate_of(rate);
        self.values.insert(Metric::BurnRate { over: None }, Observed::new(burn_rate, rows));
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

/// A loss of accuracy or of area under the curve that counts as moved.
const PERFORMANCE_LOST: f64 = 0.02;

/// A rise of the share of failed requests that counts as moved, and how many standard errors it must be.
const ERRORS_GAINED: (f64, f64) = (0.01, 3.0);

/// Whether an objective is missed that the reference met; of a reference that says nothing, whether one is missed.
fn has_become_slow(
    baseline: Option<&LatencyFigures>,
    current: &LatencyFigures,
    objectives: &Objectives,
) -> bool {
    objectives.latency.iter().any(|objective| {
        let is_missed = |figures: &LatencyFigures| objective.is_missed_by(figures);
        is_missed(current) == Some(true)
            && baseline.is_none_or(|baseline| is_missed(baseline) != Some(true))
    })
}

fn has_become_wrong(was: &Performance, now: &Performance) -> bool {
    let fell = |was: Option<f64>, now: Option<f64>| {
        was.zip(now).is_some_and(|(was, now)| was - now >= PERFORMANCE_LOST)
    };
    fell(was.accuracy, now.accuracy) || fell(was.roc_auc, now.roc_auc)
}

fn has_become_unreliable(errors: &ErrorsReport) -> bool {
    let (least, standard_errors) = ERRORS_GAINED;
    let was = errors.baseline_rate.unwrap_or(0.0);
    let deviation = num::sqrt(errors.rate * (1.0 - errors.rate) / (errors.rows.max(1)) as f64);
    errors.rate - was >= least && errors.rate - was >= standard_errors * deviation
}
