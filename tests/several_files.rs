//! Several current files: each is what it is alone, and all of them are what they are in one file.

use std::fs;

use driftline_core::{
    report::{MAX_MIXED_LEVELS, Report, WindowReport},
    spec::CompareSpec,
    time::Timestamp,
};
use driftline_data::{Baseline, Intake};
use driftline_tests::{
    pair::{Pieces, read_baseline, read_files},
    sets,
};

fn flights(file: &str) -> String {
    let path = sets::data_file("flights_20k", file).expect("a set of this repository");
    fs::read_to_string(path).expect("text")
}

/// The header with each third of the rows.
fn thirds(csv: &str) -> [String; 3] {
    let (header, rows) = csv.split_once('\n').expect("a header");
    let rows: Vec<&str> = rows.lines().collect();
    let third = rows.len().div_ceil(3);
    [0, 1, 2].map(|n| {
        let rows = &rows[n * third..rows.len().min((n + 1) * third)];
        format!("{header}\n{}\n", rows.join("\n"))
    })
}

fn spec(json: &str) -> CompareSpec {
    serde_json::from_str(json).expect("a spec")
}

/// A report on files, whose names are their places in the list but for a first letter.
fn report(baseline: &Baseline, files: &[(&str, &str)], spec: &CompareSpec) -> Report {
    let monitor = spec.check().expect("a sound spec");
    let counting = monitor.counting();
    let plan = counting.plan_of_files(&baseline.reference, files.len()).expect("columns are there");
    let files: Vec<Pieces<'_>> =
        files.iter().map(|(name, csv)| Pieces::whole(name, csv.as_bytes())).collect();
    let current = read_files(&files, &baseline.reference, plan).expect("data");
    Intake::new(baseline.clone(), current, Vec::new()).report(&monitor, Timestamp::EPOCH)
}

fn baseline() -> Baseline {
    let monitor = CompareSpec::default().check().expect("the shipped policy");
    let csv = flights("baseline.csv");
    read_baseline(&Pieces::whole("baseline.csv", csv.as_bytes()), &monitor).expect("data")
}

const NAMES: [&str; 3] = ["monday.csv", "tuesday.csv", "wednesday.csv"];

#[test]
fn each_file_is_what_it_is_alone_and_all_are_what_they_are_in_one() {
    let (baseline, csv) = (baseline(), flights("current.csv"));
    let parts = thirds(&csv);
    let files: Vec<(&str, &str)> =
        NAMES.into_iter().zip(parts.iter().map(String::as_str)).collect();
    for json in [
        "{}",
        r#"{"window": "auto", "window_measures": ["kl", "js", "missing_share"]}"#,
        r#"{"columns": {"origin": {"role": "prediction"}}}"#,
    ] {
        let spec = spec(json);
        let found = report(&baseline, &files, &spec);

        let one_file = CompareSpec { window: None, ..spec.clone() };
        let whole = report(&baseline, &[("whole.csv", &csv)], &one_file);
        let mut as_whole = found.clone();
        as_whole.windows.clear();
        as_whole.current.source = "whole.csv".into();
        as_whole.spec.hash = whole.spec.hash.clone();
        assert_eq!(as_whole.to_json(), whole.to_json());
        assert_eq!(found.current.source, "monday.csv, tuesday.csv, wednesday.csv");

        assert_eq!(found.windows.len(), 3);
        let mut first_row = 0;
        for (window, file) in found.windows.iter().zip(&files) {
            let alone = report(&baseline, &[*file], &one_file);
            let span =
                (alone.current.first.expect("instants"), alone.current.last.expect("instants"));
            let expected = WindowReport {
                source: Some(file.0.into()),
                first_row: Some(first_row),
                ..WindowReport::of_report(&alone, span, &spec.window_measures)
            };
            assert_eq!(*window, expected, "{json}");
            first_row += window.rows;
        }
        assert_eq!(first_row, found.current.rows);
    }
}

#[test]
fn a_window_counts_the_most_frequent_answers_apart_and_every_row_once() {
    let (baseline, csv) = (baseline(), flights("current.csv"));
    let parts = thirds(&csv);
    let files: Vec<(&str, &str)> =
        NAMES.into_iter().zip(parts.iter().map(String::as_str)).collect();
    let found =
        report(&baseline, &files, &spec(r#"{"columns": {"origin": {"role": "prediction"}}}"#));
    for (window, part) in found.windows.iter().zip(&parts) {
        let mix = window.prediction.as_ref().expect("a column of answers");
        assert_eq!(mix.levels.len(), MAX_MIXED_LEVELS);
        let origin = |line: &str| line.split(',').nth(3).map(String::from);
        for (level, rows) in &mix.levels {
            let said = part.lines().filter(|line| origin(line).as_deref() == Some(level)).count();
            assert_eq!(*rows, said as u64, "{level}");
        }
        assert!(mix.other > 0);
        assert_eq!(mix.levels.values().sum::<u64>() + mix.other + mix.new, window.rows);
    }
    // A number is no level.
    let delay =
        report(&baseline, &files, &spec(r#"{"columns": {"delay": {"role": "prediction"}}}"#));
    assert!(delay.windows.iter().all(|window| window.prediction.is_none()));
}

#[test]
fn windows_that_are_asked_for_are_cut_of_all_files_as_of_one() {
    let (baseline, csv) = (baseline(), flights("current.csv"));
    let parts = thirds(&csv);
    let files: Vec<(&str, &str)> =
        NAMES.into_iter().zip(parts.iter().map(String::as_str)).collect();
    for json in [r#"{"window": "1d"}"#, r#"{"window": "700rows"}"#] {
        let spec = spec(json);
        let whole = report(&baseline, &[("whole.csv", &csv)], &spec);
        assert!(whole.windows.len() > 3, "{json}");
        assert_eq!(report(&baseline, &files, &spec).windows, whole.windows, "{json}");
    }
}

#[test]
fn files_in_another_order_than_their_times_have_none() {
    let (baseline, csv) = (baseline(), flights("current.csv"));
    let [first, second, _] = thirds(&csv);
    let files = [("b.csv", second.as_str()), ("a.csv", first.as_str())];
    let found = report(&baseline, &files, &CompareSpec::default());
    let named: Vec<_> = found.windows.iter().map(|w| (w.source.as_deref(), w.start)).collect();
    assert_eq!(named, [(Some("b.csv"), None), (Some("a.csv"), None)]);
    let problem = found.problems.iter().find(|problem| problem.place == "a.csv").expect("told");
    assert!(
        problem.message.starts_with("expected files in the order of their times"),
        "{problem:?}"
    );
}

#[test]
fn columns_that_differ_from_the_first_files_are_told_with_the_file() {
    let baseline = baseline();
    let csv = flights("current.csv");
    let without_delay = |csv: &str| -> String {
        let line = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            [&cells[..1], &cells[2..]].concat().join(",") + "\n"
        };
        csv.lines().map(line).collect()
    };
    let [first, second, _] = thirds(&csv);
    let short = without_delay(&second);
    let told = |files: &[(&str, &str)]| -> Vec<String> {
        let found = report(&baseline, files, &CompareSpec::default());
        found.problems.iter().map(|p| format!("{}: {}", p.place, p.message)).collect()
    };
    assert_eq!(
        told(&[("a.csv", &first), ("b.csv", &short)]),
        ["b.csv: expected the columns of a.csv, did not find delay"]
    );
    assert_eq!(
        told(&[("a.csv", &without_delay(&first)), ("b.csv", &second)]),
        ["b.csv: expected the columns of a.csv, found beside them delay"]
    );
    // The column is compared over the rows of the files that have it, and absent in the window of the other.
    let found = report(&baseline, &[("a.csv", &first), ("b.csv", &short)], &CompareSpec::default());
    let alone = report(&baseline, &[("a.csv", &first)], &CompareSpec::default());
    let psi = |report: &Report| report.drift.psi_scores["delay"];
    assert_eq!(psi(&found).to_bits(), psi(&alone).to_bits());
    assert!(!found.windows[1].psi_scores.contains_key("delay"));
    assert_eq!(found.windows[1].inconclusive_features, ["delay"]);
}
