//! The data sets of this repository as CSV, as an object a line and as one array: the same rows give the same report.

use std::{fs, path::Path};

use driftline_core::{report::Report, spec::CompareSpec, time::Timestamp};
use driftline_data::Intake;
use driftline_tests::{
    pair::{Pieces, read_baseline, read_files},
    sets,
};

/// A cell as JSON: numbers as they are written, nothing as `null`, else a string.
fn value(cell: &str) -> String {
    let is_number = serde_json::from_str::<serde_json::Number>(cell).is_ok();
    match cell {
        "" => "null".into(),
        number if is_number => number.into(),
        text => serde_json::to_string(text).expect("a text is JSON"),
    }
}

fn objects(csv: &[u8]) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().from_reader(csv);
    let names: Vec<String> = reader
        .headers()
        .expect("a header")
        .iter()
        .map(|name| serde_json::to_string(name).expect("a text is JSON"))
        .collect();
    let object = |record: csv::StringRecord| {
        let members = names.iter().zip(record.iter());
        let members: Vec<String> =
            members.map(|(name, cell)| format!("{name}:{}", value(cell))).collect();
        format!("{{{}}}", members.join(","))
    };
    reader.records().map(|record| object(record.expect("a sound set"))).collect()
}

/// The file in each format, with a name that says so.
fn formats(path: &Path) -> [(&'static str, Vec<u8>); 3] {
    let csv = fs::read(path).expect("a set of this repository");
    let objects = objects(&csv);
    let lines = objects.join("\n").into_bytes();
    let array = format!("[\n  {}\n]\n", objects.join(",\n  ")).into_bytes();
    [("a.csv", csv), ("a.ndjson", lines), ("a.json", array)]
}

fn report(baseline: (&str, &[u8]), current: (&str, &[u8])) -> Report {
    let monitor = CompareSpec::default().check().expect("the shipped policy");
    let counting = monitor.counting();
    let baseline =
        read_baseline(&Pieces::of_size(baseline.0, baseline.1, 65_537), &monitor).expect("data");
    let plan = counting.plan_of_files(&baseline.reference, 1).expect("columns are there");
    let file = Pieces::of_size(current.0, current.1, 65_537);
    let current = read_files(&[file], &baseline.reference, plan).expect("data");
    let intake = Intake::new(baseline, current, Vec::new());
    let mut report = intake.report(&monitor, Timestamp::EPOCH);
    report.baseline.source = String::new();
    report.current.source = String::new();
    report
}

#[test]
fn the_sets_give_the_same_report_in_every_format() {
    let mut n_sets = 0;
    for set in fs::read_dir(sets::workspace().join("tests/data")).expect("it is there") {
        let set = set.expect("it is readable").file_name().to_string_lossy().into_owned();
        let Some(baseline) = sets::data_file(&set, "baseline.csv") else { continue };
        let Some(current) = sets::data_file(&set, "current.csv") else { continue };
        let (baseline, current) = (formats(&baseline), formats(&current));
        let of = |b: usize, c: usize| {
            report((baseline[b].0, &baseline[b].1), (current[c].0, &current[c].1))
        };
        let expected = of(0, 0);
        assert!(expected.current.rows > 0, "{set}");
        for (b, c) in [(1, 0), (0, 1), (0, 2), (2, 1), (1, 2)] {
            let found = of(b, c);
            // Field by field first: a report is long.
            assert_eq!(found.problems, expected.problems, "{set} {b} {c}");
            for (found, expected) in found.columns.iter().zip(&expected.columns) {
                assert_eq!(found, expected, "{set} {b} {c}");
            }
            assert_eq!(found.to_json(), expected.to_json(), "{set} {b} {c}");
        }
        n_sets += 1;
    }
    assert!(n_sets >= 5, "the sets are there");
}
