//! References and windows of parts add up to those of the whole.

use std::fs;

use driftline_core::{
    reference::{OtherBins, Reference},
    spec::CompareSpec,
    time::Timestamp,
    window::Plan,
};
use driftline_tests::{
    pair::{Pieces, read_baseline, read_current},
    sets,
};

fn set(file: &str) -> Vec<u8> {
    let path = sets::data_file("bike_sharing", file).expect("a set of this repository");
    fs::read(path).expect("a file that can be read")
}

/// The header with each half of the rows.
fn halves(csv: &[u8]) -> [Vec<u8>; 2] {
    let text = core::str::from_utf8(csv).expect("text");
    let (header, rows) = text.split_once('\n').expect("a header");
    let rows: Vec<&str> = rows.lines().collect();
    let (first, second) = rows.split_at(rows.len() / 2);
    [first, second].map(|rows| format!("{header}\n{}\n", rows.join("\n")).into_bytes())
}

fn reference_of(csv: &[u8]) -> Reference {
    let monitor = CompareSpec::default().check().expect("the shipped policy");
    read_baseline(&Pieces::whole("whole.csv", csv), &monitor).expect("data").reference
}

fn on(bins: &Reference, csv: &[u8]) -> Reference {
    let monitor = CompareSpec::default().check().expect("the shipped policy");
    let plan =
        Plan { sample_bytes: 0, ..monitor.counting().plan(bins).expect("nothing asked for") };
    let counted = read_current(&Pieces::whole("half.csv", csv), bins, plan).expect("data").counted;
    bins.with_rows_of("whole.csv", &counted.window).expect("a window on these bins")
}

#[test]
fn references_of_two_halves_on_the_whole_ones_bins_are_the_whole() {
    let csv = set("baseline.csv");
    let whole = reference_of(&csv);
    let [first, second] = halves(&csv).map(|half| on(&whole, &half));
    let merged = first.merge(&second).expect("the same bins");
    assert_eq!(merged, whole);
    assert_eq!(second.merge(&first).expect("the same bins").id(), whole.id());
    assert_eq!(Reference::decode(&merged.encode()), Ok(whole));
}

#[test]
fn references_on_other_bins_do_not_merge() {
    let [baseline, current] = ["baseline.csv", "current.csv"].map(|file| reference_of(&set(file)));
    let error = baseline.merge(&current).unwrap_err();
    assert!(matches!(&error, OtherBins { column: Some(_) }), "{error}");
    assert!(error.to_string().contains("driftline profile --on"), "{error}");
}

#[test]
fn a_reference_of_other_rows_compares_as_those_rows() {
    // Current rows as what is normal, on the baseline's bins: nothing has drifted from itself, new levels included.
    let baseline = reference_of(&set("baseline.csv"));
    let monitor = CompareSpec::default().check().expect("the shipped policy");
    let current = set("current.csv");
    let plan = monitor.counting().plan(&baseline).expect("nothing asked for");
    let window =
        read_current(&Pieces::whole("current.csv", &current), &baseline, plan).expect("data");
    let normal = baseline.with_rows_of("current.csv", &window.counted.window).expect("its window");
    let plan = monitor.counting().plan(&normal).expect("nothing asked for");
    let again = read_current(&Pieces::whole("current.csv", &current), &normal, plan).expect("data");
    let report = monitor.compare(&normal, &again.counted.window, "current.csv", Timestamp::EPOCH);
    for column in &report.columns {
        let psi = column.measures.psi.as_ref().map(|psi| psi.value);
        assert!(psi.is_none_or(|psi| psi < 1e-12), "{}: {psi:?}", column.name);
        assert!(column.new_levels.is_empty(), "{}", column.name);
    }
}
