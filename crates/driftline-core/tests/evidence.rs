//! From a report to the numbers that rules are about.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

extern crate alloc;

use alloc::collections::BTreeMap;

use driftline_core::{
    column::{Batch, Bitmap, Column, Values},
    engine::{Engine, Input},
    evidence::{Evidence, Observed, Output},
    metric::Metric,
    objective::Objectives,
    policy::Policy,
    reference::{DEFAULT_BUDGET_BYTES, ReferenceBuilder},
    report::{ErrorsReport, LatencyFigures, LatencyReport, Report, WindowReport},
    schema::{self, Schema, infer},
    spec::CompareSpec,
    time::Timestamp,
    verdict::{Severity, Side},
    window::{Plan, WindowCounter},
};

fn batch(columns: &[Vec<f64>]) -> Batch {
    let rows = columns[0].len();
    let column =
        |values: &Vec<f64>| Column::new(Values::Number(values.clone()), Bitmap::all_set(rows), 0);
    Batch::new(rows, columns.iter().map(column).collect()).unwrap()
}

/// A feature that moved by `shift` of its range and one that did not, over `rows` rows.
fn report(rows: u32, shift: f64) -> Report {
    let seen =
        schema::Evidence { present: 2000, numbers: 2000, distinct: 2000, ..Default::default() };
    let fields = ["moved", "still"].map(|name| infer(name, &seen)).to_vec();
    let schema = Schema { fields };
    let even = |rows: u32, shift: f64| -> Vec<f64> {
        (0..rows).map(|i| f64::from(i) / f64::from(rows) + shift).collect()
    };
    let mut builder = ReferenceBuilder::new("a.csv", &schema, DEFAULT_BUDGET_BYTES);
    builder.push(&batch(&[even(5000, 0.0), even(5000, 0.0)]));
    let (reference, _) = builder.finish();
    let mut counter = WindowCounter::new(&reference, &schema, &Plan::default());
    counter.count(&batch(&[even(rows, shift), even(rows, 0.0)]));
    let monitor = CompareSpec::default().check().unwrap();
    monitor.compare(&reference, &counter.finish().window, "b.csv", Timestamp::EPOCH)
}

const SPAN: (Timestamp, Timestamp) = (Timestamp::EPOCH, Timestamp::from_millis(60_000));

fn observed(evidence: &Evidence, metric: &str) -> Option<Observed> {
    evidence.values.get(&Metric::parse(metric).unwrap()).copied()
}

#[test]
fn a_report_speaks_of_every_feature_with_what_is_certain() {
    let report = report(1000, 0.2);
    let evidence = Evidence::of_report(&report, &Objectives::default(), 7, SPAN);
    let column = report.column("moved").unwrap();
    let psi = column.measures.psi.as_ref().unwrap();
    let expected = Observed {
        lower: Some(psi.lower),
        ..Observed::new(psi.value, column.rows.of(Side::Current))
    };
    assert_eq!(observed(&evidence, r#"psi_score{feature="moved"}"#), Some(expected));
    for name in ["kl_divergence", "js_divergence", "missing_share"] {
        assert!(observed(&evidence, &format!(r#"{name}{{feature="still"}}"#)).is_some(), "{name}");
    }
    assert_eq!((evidence.id, evidence.rows, evidence.moved.len()), (7, 1000, 0));
    for absent in ["prediction_psi", "latency_p99", "error_rate", "burn_rate"] {
        assert_eq!(observed(&evidence, absent), None, "{absent}");
    }
}

#[test]
fn what_a_report_could_not_decide_starts_no_alert() {
    let states = |report: &Report| -> Vec<(String, String)> {
        let mut engine = Engine::new(Policy::default());
        let mut alerts = Vec::new();
        for n in 1..40 {
            let end = Timestamp::from_millis(n * 60_000);
            let start = Timestamp::from_millis((n - 1) * 60_000);
            let evidence =
                Evidence::of_report(report, &Objectives::default(), n as u64, (start, end));
            alerts = engine.handle(Input::Window(evidence), end).alerts;
        }
        let psi = alerts.into_iter().filter(|alert| alert.name.ends_with("Drift"));
        psi.map(|alert| (alert.name, alert.state)).collect()
    };
    assert!(states(&report(1000, 0.3)).iter().all(|(_, state)| state == "firing"));
    assert!(states(&report(1000, 0.0)).iter().all(|(_, state)| state == "inactive"));
    let small = report(40, 0.1);
    assert_eq!(small.column("moved").unwrap().severity, Severity::Inconclusive);
    assert!(states(&small).iter().all(|(_, state)| state == "inactive"));
}

#[test]
fn latency_and_errors_are_in_seconds_and_shares_and_move_against_the_baseline() {
    let figures =
        |p95_ms, p99_ms| LatencyFigures { count: 900, p50_ms: 20.0, p95_ms, p99_ms, max_ms: 1e4 };
    let check = |baseline: Option<LatencyFigures>, current, rates: (f64, f64), moved: &[Output]| {
        let (baseline_rate, rate) = rates;
        let mut report = report(1000, 0.0);
        report.latency =
            Some(LatencyReport { current, invalid: 0, objectives: Vec::new(), baseline });
        report.errors = Some(ErrorsReport {
            count: (rate * 1000.0) as u64,
            rows: 1000,
            rate,
            baseline_rate: Some(baseline_rate),
        });
        let evidence = Evidence::of_report(&report, &Objectives::default(), 1, SPAN);
        assert_eq!(evidence.moved.iter().copied().collect::<Vec<_>>(), moved);
        evidence
    };
    let quick = figures(80.0, 300.0);
    let slow = figures(80.0, 700.0);
    let evidence = check(Some(quick), slow, (0.01, 0.05), &[Output::Errors, Output::Latency]);
    assert_eq!(observed(&evidence, "latency_p99"), Some(Observed::new(0.7, 900)));
    assert_eq!(observed(&evidence, "error_rate"), Some(Observed::new(0.05, 1000)));
    // 5 % of failures where 0.1 % are allowed.
    let burn = observed(&evidence, "burn_rate").unwrap().value;
    assert!((burn - 50.0).abs() < 1e-9, "{burn}");
    check(Some(quick), quick, (0.01, 0.012), &[]);
    check(Some(slow), slow, (0.05, 0.05), &[]);
    check(None, slow, (0.01, 0.01), &[Output::Latency]);
}

#[test]
fn a_window_claims_no_more_than_the_severity_it_was_given() {
    let report = report(1000, 0.2);
    let check = |psi: f64, severity, drifted: bool, lower: f64, is_inconclusive: bool| {
        let window = WindowReport {
            start: None,
            end: None,
            first_row: None,
            rows: 500,
            severity,
            inconclusive_features: if is_inconclusive { vec!["moved".into()] } else { Vec::new() },
            drifted_features: if drifted { vec!["moved".into()] } else { Vec::new() },
            psi_scores: BTreeMap::from([("moved".into(), psi)]),
            psi_lower: BTreeMap::new(),
            kl: BTreeMap::new(),
            js: BTreeMap::new(),
            missing_share: BTreeMap::new(),
            latency: None,
            error_rate: None,
            performance: None,
        };
        let evidence = Evidence::of_window(&report, &window, &Objectives::default(), 1, SPAN);
        let found = observed(&evidence, r#"psi_score{feature="moved"}"#).unwrap();
        assert_eq!((found.lower, found.is_inconclusive), (Some(lower), is_inconclusive), "{psi}");
    };
    check(0.9, Severity::Critical, true, 0.9, false);
    check(0.9, Severity::Significant, true, 0.25, false);
    check(0.9, Severity::Moderate, true, 0.2_f64.next_down(), false);
    check(0.9, Severity::Critical, false, 0.1_f64.next_down(), false);
    check(0.9, Severity::Critical, false, 0.1_f64.next_down(), true);
    check(0.3, Severity::Inconclusive, false, 0.1_f64.next_down(), true);
    check(0.05, Severity::None, false, 0.05, false);
}

#[test]
fn a_window_that_knows_its_lower_ends_is_judged_by_them() {
    let report = report(1000, 0.2);
    let check = |lower: &[(&str, f64)], expected: (f64, bool)| {
        let window = WindowReport {
            start: None,
            end: None,
            first_row: None,
            rows: 500,
            severity: Severity::Moderate,
            inconclusive_features: Vec::new(),
            drifted_features: Vec::new(),
            psi_scores: BTreeMap::from([("moved".into(), 0.4)]),
            psi_lower: lower.iter().map(|(name, lower)| ((*name).into(), *lower)).collect(),
            kl: BTreeMap::new(),
            js: BTreeMap::new(),
            missing_share: BTreeMap::new(),
            latency: None,
            error_rate: None,
            performance: None,
        };
        let evidence = Evidence::of_window(&report, &window, &Objectives::default(), 1, SPAN);
        let found = observed(&evidence, r#"psi_score{feature="moved"}"#).unwrap();
        assert_eq!((found.lower.unwrap(), found.is_inconclusive), expected, "{lower:?}");
    };
    check(&[("moved", 0.31)], (0.31, false));
    // Others were decided, this one was not.
    check(&[("other", 0.31)], (0.4, true));
}
