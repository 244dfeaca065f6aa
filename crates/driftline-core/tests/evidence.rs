//! From a report to the numbers that rules are about.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

extern crate alloc;

use alloc::collections::BTreeMap;

use driftline_core::{
    column::{Batch, Bitmap, Column, Values},
    engine::{Engine, Input},
    evidence::{Evidence, Observed, Output},
    metric::Metric,
    monitor::Comparands,
    objective::Objectives,
    policy::Policy,
    reference::{DEFAULT_BUDGET_BYTES, ReferenceBuilder},
    report::{ErrorCount, ErrorsReport, LatencyFigures, LatencyReport, Report, WindowReport},
    schema::{self, Schema, infer},
    spec::{CompareSpec, WindowMeasure},
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
    let figures = |p95_ms: f64, p99_ms: f64| LatencyFigures {
        count: 900,
        p50_ms: 20.0,
        p95_ms,
        p99_ms,
        max_ms: 1e4,
        p95_lower_ms: Some(p95_ms - 10.0),
        p99_lower_ms: Some(p99_ms - 50.0),
        p95_upper_ms: Some(p95_ms + 10.0),
        p99_upper_ms: Some(p99_ms + 50.0),
        ..LatencyFigures::default()
    };
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
            baseline_rows: Some(5000),
        });
        let evidence = Evidence::of_report(&report, &Objectives::default(), 1, SPAN);
        assert_eq!(evidence.moved.iter().copied().collect::<Vec<_>>(), moved);
        evidence
    };
    let quick = figures(80.0, 300.0);
    let slow = figures(80.0, 700.0);
    let evidence = check(Some(quick), slow, (0.01, 0.05), &[Output::Errors, Output::Latency]);
    let p99 = Observed { lower: Some(0.65), ..Observed::new(0.7, 900) };
    assert_eq!(observed(&evidence, "latency_p99"), Some(p99));
    // Wilson's interval of 50 in 1000, computed apart.
    let errors = observed(&evidence, "error_rate").unwrap();
    assert_eq!((errors.value, errors.rows), (0.05, 1000));
    assert!((errors.lower.unwrap() - 0.0377).abs() < 5e-5, "{errors:?}");
    // 5 % of failures where 0.1 % are allowed.
    let burn = observed(&evidence, "burn_rate").unwrap();
    assert!((burn.value - 50.0).abs() < 1e-9, "{burn:?}");
    assert!((burn.lower.unwrap() - 1000.0 * errors.lower.unwrap()).abs() < 1e-9);
    check(Some(quick), quick, (0.01, 0.012), &[]);
    check(Some(slow), slow, (0.05, 0.05), &[]);
    check(None, slow, (0.01, 0.01), &[Output::Latency]);
    // Above the objective, but not certainly; and certainly above it, but not above what the reference may have been.
    check(None, figures(80.0, 540.0), (0.01, 0.01), &[]);
    check(Some(figures(80.0, 640.0)), slow, (0.01, 0.01), &[]);
    // Twice as many failures as the reference's, whose own share is known no better.
    check(None, quick, (0.02, 0.03), &[]);
    check(None, quick, (0.02, 0.04), &[Output::Errors]);
}

#[test]
fn a_handful_of_requests_proves_nothing() {
    let mut report = report(1000, 0.0);
    let check = |report: &Report, moved: &[Output]| {
        let evidence = Evidence::of_report(report, &Objectives::default(), 1, SPAN);
        assert_eq!(evidence.moved.iter().copied().collect::<Vec<_>>(), moved);
    };
    let errors = |count: u64, rows: u64, baseline: (f64, u64)| ErrorsReport {
        count,
        rows,
        rate: count as f64 / rows as f64,
        baseline_rate: Some(baseline.0),
        baseline_rows: Some(baseline.1),
    };
    report.errors = Some(errors(1, 1, (0.0, 5000)));
    check(&report, &[]);
    report.errors = Some(errors(99, 99, (0.0, 5000)));
    check(&report, &[]);
    report.errors = Some(errors(10, 100, (0.0, 5000)));
    check(&report, &[Output::Errors]);
    // A reference of 40 rows does not know its own share that well.
    report.errors = Some(errors(10, 100, (0.0, 40)));
    check(&report, &[]);
}

#[test]
fn a_window_claims_no_more_than_the_severity_it_was_given() {
    let report = report(1000, 0.2);
    let check = |psi: f64, severity, drifted: bool, lower: f64, is_inconclusive: bool| {
        let window = WindowReport {
            severity,
            inconclusive_features: if is_inconclusive { vec!["moved".into()] } else { Vec::new() },
            drifted_features: if drifted { vec!["moved".into()] } else { Vec::new() },
            psi_scores: BTreeMap::from([("moved".into(), psi)]),
            ..WindowReport::of_rows(500)
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
            severity: Severity::Moderate,
            psi_scores: BTreeMap::from([("moved".into(), 0.4)]),
            psi_lower: lower.iter().map(|(name, lower)| ((*name).into(), *lower)).collect(),
            ..WindowReport::of_rows(500)
        };
        let evidence = Evidence::of_window(&report, &window, &Objectives::default(), 1, SPAN);
        let found = observed(&evidence, r#"psi_score{feature="moved"}"#).unwrap();
        assert_eq!((found.lower.unwrap(), found.is_inconclusive), expected, "{lower:?}");
    };
    check(&[("moved", 0.31)], (0.31, false));
    // Others were decided, this one was not.
    check(&[("other", 0.31)], (0.4, true));
}

/// A feature of which all but every `nth` row holds nothing, in windows of 300 rows.
fn mostly_missing(nth: usize) -> Report {
    let seen =
        schema::Evidence { present: 2000, numbers: 2000, distinct: 2000, ..Default::default() };
    let schema = Schema { fields: ["silent", "gone"].map(|name| infer(name, &seen)).to_vec() };
    let even =
        |rows: u32| -> Vec<f64> { (0..rows).map(|i| f64::from(i) / f64::from(rows)).collect() };
    let mut builder = ReferenceBuilder::new("a.csv", &schema, DEFAULT_BUDGET_BYTES);
    builder.push(&batch(&[even(5000), even(5000)]));
    let (reference, _) = builder.finish();
    let spec: CompareSpec = serde_json::from_str(
        r#"{"window": "300rows", "window_measures": ["kl", "js", "missing_share"]}"#,
    )
    .unwrap();
    let monitor = spec.check().unwrap();
    let mut counter = WindowCounter::new(&reference, &schema, &monitor.plan(&reference).unwrap());
    let column = |there: &dyn Fn(usize) -> bool| {
        Column::new(Values::Number(even(300)), Bitmap::from_fn(300, there), 0)
    };
    let columns = vec![column(&|row| row % nth == 0), column(&|_| false)];
    counter.count(&Batch::new(300, columns).unwrap());
    let counted = counter.finish();
    let sides = Comparands {
        groups: &counted.groups,
        ..Comparands::new(&reference, &counted.window, "b.csv")
    };
    monitor.report(&sides, Timestamp::EPOCH)
}

/// Evidence without the lower ends of what is undecided anyway: nothing compares them.
fn decisive(evidence: &Evidence) -> Evidence {
    let mut evidence = evidence.clone();
    let undecided = evidence.values.values_mut().filter(|observed| observed.is_inconclusive);
    undecided.for_each(|observed| observed.lower = None);
    evidence
}

#[test]
fn missing_rows_decide_nothing_about_the_values_of_the_others() {
    let report = mostly_missing(37);
    let column = report.column("silent").unwrap();
    assert_eq!((column.severity, column.rows_with_value(Side::Current)), (Severity::Critical, 9));
    let of_report = Evidence::of_report(&report, &Objectives::default(), 1, SPAN);
    let of_window =
        Evidence::of_window(&report, &report.windows[0], &Objectives::default(), 1, SPAN);
    assert_eq!(decisive(&of_report), decisive(&of_window));
    for metric in ["psi_score", "kl_divergence", "js_divergence"] {
        let found = observed(&of_report, &format!(r#"{metric}{{feature="silent"}}"#)).unwrap();
        assert!(
            found.is_inconclusive && found.rows == 9 && found.value > 0.0,
            "{metric} {found:?}"
        );
        assert_eq!(observed(&of_report, &format!(r#"{metric}{{feature="gone"}}"#)), None);
    }
    assert_eq!(of_report.absent.iter().collect::<Vec<_>>(), ["gone"]);
    // 291 of 300 hold nothing: Wilson's lower end, computed apart.
    let missing = observed(&of_report, r#"missing_share{feature="silent"}"#).unwrap();
    assert_eq!((missing.value, missing.rows, missing.is_inconclusive), (0.97, 300, false));
    assert!((missing.lower.unwrap() - 0.94185).abs() < 5e-5, "{missing:?}");
    // Kept as one window of many it says the same.
    let measures = [WindowMeasure::Kl, WindowMeasure::Js, WindowMeasure::MissingShare].into();
    let kept = WindowReport::of_report(&report, SPAN, &measures);
    let kept = Evidence::of_window(&report, &kept, &Objectives::default(), 1, SPAN);
    assert_eq!(decisive(&kept), decisive(&of_report));
}

#[test]
fn an_error_rate_is_of_the_rows_that_say_whether_they_failed() {
    let report = report(300, 0.0);
    let mut window = WindowReport::of_report(&report, SPAN, &Default::default());
    window.error_rate = Some(1.0);
    let read = |window: &WindowReport| {
        let evidence = Evidence::of_window(&report, window, &Objectives::default(), 1, SPAN);
        observed(&evidence, "error_rate").unwrap()
    };
    // A report of an earlier version does not say of how many.
    assert!(read(&window).is_inconclusive);
    window.errors = Some(ErrorCount { count: 2, rows: 2 });
    let found = read(&window);
    assert_eq!((found.value, found.rows, found.is_inconclusive), (1.0, 2, false));
    assert!(found.lower.unwrap() < 0.3);
}
