//! The parts of a report that a page shows as the HTML report does.

use driftline_charts::html::gallery::Gallery;
use driftline_charts::html::{
    self,
    findings::{self, Explained},
    model, segments, windows,
};
use driftline_core::{
    convention::ConventionOutcome,
    note::Note,
    performance::{Performance, WhyNot},
    report::{
        ErrorsReport, LatencyFigures, LatencyReport, PerformanceReport, Report, SegmentReport,
        SidePair, WindowReport,
    },
    time::Timestamp,
    verdict::{Severity, Side},
};

use crate::fixture;

const FEATURE: &str = "distance_from_home";

fn window(day: i64, psi: f64, drifted: &[&str], undecided: &[&str]) -> WindowReport {
    const DAY_MILLIS: i64 = 86_400_000;
    WindowReport {
        start: Some(Timestamp::from_millis(day * DAY_MILLIS)),
        end: Some(Timestamp::from_millis((day + 1) * DAY_MILLIS)),
        severity: if drifted.is_empty() { Severity::None } else { Severity::Critical },
        drifted_features: drifted.iter().map(|name| (*name).into()).collect(),
        inconclusive_features: undecided.iter().map(|name| (*name).into()).collect(),
        psi_scores: [(FEATURE.to_string(), psi)].into(),
        error_rate: Some(0.25),
        ..WindowReport::of_rows(400)
    }
}

fn with_windows(windows: Vec<WindowReport>) -> Report {
    Report { windows, ..fixture::payments() }
}

#[test]
fn windows_are_a_map_a_table_and_a_line_each() {
    let report = with_windows(vec![
        window(0, 0.01, &[], &[]),
        window(1, 0.15, &[FEATURE], &[]),
        window(2, 0.9, &[FEATURE], &[]),
        window(3, 0.9, &[], &[]),
        window(4, 0.9, &[], &[FEATURE]),
    ]);
    let markup = windows::section(&report, 960, &mut Gallery::of_a_file());
    for text in [
        "<title>1 column over 5 windows</title>",
        "Worst is distance_from_home: critical in 1 window, first in 1970-01-03.",
        "<th scope=\"row\">1970-01-03</th>",
        "<title>Error rate over 5 windows</title>",
        "25 %",
    ] {
        assert!(markup.contains(text), "{text} in {markup}");
    }
    assert!(!markup.contains("p95"), "no window has a latency");
}

#[test]
fn of_many_windows_the_last_have_lines_and_all_are_on_the_map() {
    let drifts = |day| if day == 77 { vec![FEATURE] } else { vec![] };
    let windows = (0..500).map(|day| window(day, 0.9, &drifts(day), &[])).collect();
    let markup = windows::section(&with_windows(windows), 960, &mut Gallery::of_a_file());
    assert!(markup.contains("<title>1 column over 500 windows</title>"));
    assert!(markup.contains("critical in 1 window, first in 1970-03-19"));
    assert!(markup.contains("300 before them"));
}

#[test]
fn segments_come_worst_first() {
    let segment = |level: &str, severity| SegmentReport {
        column: "merchant".into(),
        level: level.into(),
        rows: SidePair { baseline: 1000, current: 10 },
        severity,
        drifted_features: Vec::new(),
        inconclusive_features: Vec::new(),
        psi_scores: Default::default(),
        p_adjusted: Default::default(),
    };
    let segments = vec![segment("fuel", Severity::None), segment("<b>", Severity::Critical)];
    let markup = segments::section(&Report { segments, ..fixture::payments() });
    let at = |text: &str| markup.find(text).unwrap_or_else(|| panic!("no {text:?}"));
    assert!(at("&lt;b&gt;") < at("fuel"));
}

#[test]
fn figures_stand_beside_the_baselines_with_their_change() {
    let figures = |accuracy| Performance {
        rows: 900,
        accuracy: Some(accuracy),
        why_not: vec![WhyNot::OneClass { positive: false }],
        ..Performance::default()
    };
    let latency = |p95_ms| LatencyFigures {
        count: 1,
        p50_ms: 10.0,
        p95_ms,
        p99_ms: 200.0,
        max_ms: 300.0,
        ..LatencyFigures::default()
    };
    let report = Report {
        performance: Some(PerformanceReport {
            baseline: Some(figures(0.9)),
            current: figures(0.75),
        }),
        latency: Some(LatencyReport {
            current: latency(90.0),
            invalid: 0,
            objectives: Vec::new(),
            baseline: Some(latency(60.0)),
        }),
        errors: Some(ErrorsReport {
            count: 9,
            rows: 900,
            rate: 0.01,
            baseline_rate: None,
            baseline_rows: None,
        }),
        ..fixture::payments()
    };
    let markup = model::section(&report, 600, &mut Gallery::of_a_file());
    for text in [
        "<th scope=\"row\">Accuracy</th><td>0.9</td><td>0.75</td><td>−0.15</td>",
        "no row is of the positive class",
        "<th scope=\"row\">Latency p95</th><td>60 ms</td><td>90 ms</td><td>+30 ms</td>",
        "<th scope=\"row\">Error rate</th><td>–</td><td>1 %</td><td></td>",
        "9 errors in 900 rows",
    ] {
        assert!(markup.contains(text), "{text} in {markup}");
    }
    assert!(html::report(&report, None).contains(&markup[..200]));
}

#[test]
fn a_column_tells_its_measures_notes_and_what_another_tool_says() {
    let mut report = fixture::payments();
    report.spec.convention = driftline_core::convention::Convention::CreditRisk;
    let column = &mut report.columns[0];
    column.notes = vec![Note::AllMissing { side: Side::Current }];
    column.by_convention = Some(ConventionOutcome {
        decided_by: "psi".into(),
        value: 0.13,
        threshold: 0.1,
        drift: true,
        severity: Severity::Moderate,
        exact: true,
        numbers: [("psi".into(), 0.13)].into(),
    });
    let column = &report.columns[0];
    let measures = findings::measures(column, Explained::InPlace);
    assert_eq!(measures.matches("<summary>").count(), column.measures.findings().count());
    assert!(measures.contains("▲ drift") && measures.contains("Drift above 0.2 (Siddiqi 2006)."));
    assert!(findings::notes(column).contains("No value at all in the current data"));
    let says = findings::convention(column, &report.spec);
    assert!(says.contains("Credit risk says: psi 0.13, threshold 0.1: drift."), "{says}");
    assert_eq!(findings::convention(&report.columns[1], &report.spec), "");
}
