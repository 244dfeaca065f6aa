//! The sentences that every front says.

use driftline_charts::wording::{sample_size_note, verdict_detail, verdict_sentence};
use driftline_core::{
    report::ColumnReport,
    schema::{Kind, Role},
    verdict::Severity,
};

use crate::fixture;

/// Columns as `name role severity`, and what is said about them.
fn check_sentence(columns: &[(&str, Role, Severity)], expected: &str) {
    let columns: Vec<ColumnReport> = columns
        .iter()
        .map(|(name, role, severity)| {
            let mut column =
                fixture::column(name, *role, Kind::Numeric, &[("a", 500, 500), ("b", 500, 500)]);
            column.severity = *severity;
            column
        })
        .collect();
    assert_eq!(verdict_sentence(&fixture::report(columns)), expected);
}

#[test]
fn the_verdict_counts_features_and_names_what_drifted() {
    use Role::{Feature, Latency, Prediction};
    use Severity::{Critical, Inconclusive, Moderate, None};
    check_sentence(
        &[("distance_from_home", Feature, Critical), ("b", Feature, None), ("c", Feature, None)],
        "Critical drift: 1 of 3 features drifted (distance_from_home).",
    );
    check_sentence(
        &[("a", Feature, Critical), ("b", Feature, Moderate), ("latency_ms", Latency, Moderate)],
        "Critical drift: 2 of 2 features drifted (a, b), and so did latency_ms (latency).",
    );
    check_sentence(
        &[("a", Feature, None), ("b", Feature, Inconclusive), ("prediction", Prediction, Moderate)],
        "Moderate drift: none of 2 features drifted, but prediction did; 1 could not be decided (b).",
    );
    check_sentence(&[("y", Prediction, Critical)], "Critical drift: y (prediction) drifted.");
    check_sentence(
        &[("a", Feature, None), ("b", Feature, None)],
        "No drift: none of 2 features drifted.",
    );
    check_sentence(&[("a", Feature, None)], "No drift in the one feature.");
    check_sentence(&[("y", Prediction, None)], "No drift in 1 column.");
    check_sentence(
        &[("a", Feature, Inconclusive), ("y", Prediction, None)],
        "No drift outside the features; 1 could not be decided (a).",
    );
    check_sentence(
        &[("a", Feature, Inconclusive)],
        "Inconclusive: the one column could not be decided.",
    );
    check_sentence(&[], "Nothing was compared: the files share no column that can be.");
}

#[test]
fn many_names_are_counted_and_hostile_ones_are_written_out() {
    let names = ["a", "b", "c", "d", "e\u{202e}\u{1b}[2J", "f", "g"];
    let columns: Vec<_> =
        names.iter().map(|name| (*name, Role::Feature, Severity::Critical)).collect();
    check_sentence(
        &columns,
        "Critical drift: 7 of 7 features drifted (a, b, c, d, e\\u{202e}\\u{1b}[2J, 2 more).",
    );
}

#[test]
fn the_detail_names_both_files_and_the_column_that_moved_furthest() {
    let report = fixture::payments();
    let detail = verdict_detail(&report);
    let expected = "Compared 5,000 rows of current data (current.csv) with 20,000 rows of baseline (baseline.csv). \
                    distance_from_home moved furthest: PSI 0.233, and anything from ";
    assert!(detail.starts_with(expected), "{detail}");
    assert!(sample_size_note(&report).is_some());
    assert!(sample_size_note(&fixture::report(Vec::new())).is_none());
}
