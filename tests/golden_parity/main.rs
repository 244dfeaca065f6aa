//! Our numbers against NumPy's and SciPy's, on every pair of CSV files that has golden values: `tests/golden/README.md`
//! says how those are defined and how closely to agree.

extern crate alloc;

mod one_by_one;

use alloc::collections::{BTreeMap, BTreeSet};
use core::fmt::Display;
use std::{fs, io::Write, path::Path};

use driftline_core::{
    bins::Bins,
    convention::Convention,
    group::WindowSize,
    measure::{Kl, KlDirection, MeasureSettings},
    monitor::Monitor,
    report::{ColumnReport, Report},
    schema::{Kind, Role},
    spec::{ColumnSpec, CompareSpec},
    time::Timestamp,
};
use driftline_data::Intake;
use driftline_tests::{
    pair::{Pieces, read_baseline, read_current},
    sets,
};
use one_by_one::{OneByOne, Summary};
use serde::Deserialize;

/// PSI, KL and JS of the same counts differ by rounding alone.
const RELATIVE: f64 = 1e-9;

/// Edges are interpolated by another formula than NumPy's, which differs by a rounding or two.
const EDGE_RELATIVE: f64 = 1e-12;

/// Below this Jensen-Shannon divergence its terms cancel, and golden and ours agree to 1e-9 absolute.
const NEARLY_EQUAL: f64 = 1e-6;

/// Golden files of CSV pairs; fewer means that some were lost.
const GOLDEN_SETS: usize = 12;

/// Numbers that the sets of this repository have; fewer means that a name is no longer found.
const LEAST_NUMBERS: u64 = 12_000;

/// Sets that are copied into this repository: these are never skipped.
const SETS_HERE: usize = 7;

#[derive(Deserialize)]
struct GoldenSet {
    dataset: String,
    pairs: BTreeMap<String, GoldenPair>,
}

#[derive(Deserialize)]
struct GoldenPair {
    files: GoldenFiles,
    columns: BTreeMap<String, GoldenColumn>,
}

#[derive(Deserialize)]
struct GoldenFiles {
    baseline: GoldenFile,
    current: GoldenFile,
}

#[derive(Deserialize)]
struct GoldenFile {
    file: String,
    rows: u64,
}

#[derive(Deserialize)]
struct GoldenColumn {
    kind: Kind,
    role: String,
    baseline: Summary,
    current: Summary,
    textbook: Textbook,
    scipy: one_by_one::Scipy,
    chunks10: Chunks,
}

/// The current rows in ten runs.
#[derive(Deserialize)]
struct Chunks {
    rows: Vec<u64>,
    psi: Vec<Option<f64>>,
}

#[derive(Deserialize)]
struct Textbook {
    #[serde(default)]
    edges: Vec<f64>,
    #[serde(default)]
    categories: Vec<String>,
    baseline_counts: Vec<u64>,
    current_counts: Vec<u64>,
    psi: f64,
    kl_current_baseline: f64,
    kl_baseline_current: f64,
    js_divergence: f64,
    js_distance: f64,
    hellinger: f64,
    tvd: f64,
}

impl GoldenColumn {
    fn spec(&self) -> ColumnSpec {
        let role =
            Role::from_name(&self.role).or((self.role == "latency_ms").then_some(Role::Latency));
        ColumnSpec { role: Some(role.expect("a role we know")), kind: Some(self.kind) }
    }
}

/// What was compared in one pair, and what differs.
#[derive(Default)]
struct Findings {
    pair: String,
    compared: u64,
    without_atoms: u64,
    mismatches: Vec<[String; 5]>,
}

impl Findings {
    fn check<T: Display>(&mut self, column: &str, what: &str, golden: T, ours: T, agrees: bool) {
        self.compared += 1;
        if !agrees {
            self.mismatches.push([
                self.pair.clone(),
                column.into(),
                what.into(),
                golden.to_string(),
                ours.to_string(),
            ]);
        }
    }

    fn check_equal<T: Display + PartialEq>(
        &mut self,
        column: &str,
        what: &str,
        golden: T,
        ours: T,
    ) {
        let agrees = golden == ours;
        self.check(column, what, golden, ours, agrees);
    }

    fn check_close(&mut self, column: &str, what: &str, golden: f64, ours: Option<f64>) {
        let Some(ours) = ours else {
            return self.check(column, what, golden.to_string(), "nothing".into(), false);
        };
        self.check(column, what, golden, ours, is_close(golden, ours, RELATIVE));
    }
}

fn is_close(golden: f64, ours: f64, relative: f64) -> bool {
    (golden - ours).abs() <= relative * golden.abs().max(ours.abs())
}

fn monitor(pair: &GoldenPair, convention: Convention, direction: KlDirection) -> Monitor {
    let measures =
        MeasureSettings { kl: Kl { direction, ..Kl::default() }, ..MeasureSettings::default() };
    let columns = pair.columns.iter().map(|(name, column)| (name.clone(), column.spec())).collect();
    let window = WindowSize::Rows(longest_run(pair.files.current.rows));
    let spec = CompareSpec {
        convention,
        measures,
        columns,
        window: Some(window),
        ..CompareSpec::default()
    };
    spec.check().expect("a spec without problems")
}

/// Of ten runs of rows as NumPy cuts them: the first ones are one row longer where they are not all alike.
fn longest_run(rows: u64) -> u64 {
    rows.div_ceil(10).max(1)
}

/// What was counted of both files, and of each column what only its values one by one say; `None` where the set's files are
/// nowhere.
fn read(set: &str, pair: &GoldenPair) -> Option<(Intake, BTreeMap<String, OneByOne>)> {
    let bytes = |file: &GoldenFile| {
        let path = sets::data_file(set, &file.file)?;
        Some(fs::read(path).expect("a file that can be read"))
    };
    let (baseline, current) = (bytes(&pair.files.baseline)?, bytes(&pair.files.current)?);
    let monitor = monitor(pair, Convention::Textbook, KlDirection::default());
    let baseline = read_baseline(&Pieces::whole(&pair.files.baseline.file, &baseline), &monitor)
        .expect("a baseline without a fatal mistake");
    let plan = monitor.plan(&baseline.reference).expect("windows of rows need no column");
    let current = Pieces::whole(&pair.files.current.file, &current);
    let counted = read_current(&current, &baseline.reference, plan)
        .expect("a current file without a fatal mistake");
    let mut values = BTreeMap::new();
    for (at, column) in baseline.reference.columns().iter().enumerate() {
        let samples = baseline.samples.as_ref().zip(counted.counted.samples.as_ref());
        let sides = samples.and_then(|(b, c)| Some((b.column(at)?, c.column(at)?)));
        if let Some(found) = sides.and_then(|(b, c)| OneByOne::of(b, c)) {
            values.insert(column.field.name.clone(), found);
        }
    }
    Some((Intake::new(baseline, counted, Vec::new()), values))
}

fn compare_pair(
    name: String,
    golden: &GoldenPair,
    intake: &Intake,
    values: &BTreeMap<String, OneByOne>,
) -> Findings {
    let report = |convention, direction| {
        intake.report(&monitor(golden, convention, direction), Timestamp::from_micros(0))
    };
    let current_baseline = report(Convention::Textbook, KlDirection::CurrentFromReference);
    let baseline_current = report(Convention::Textbook, KlDirection::ReferenceFromCurrent);
    let default = report(Convention::Driftline, KlDirection::default());

    let mut findings = Findings { pair: name, ..Findings::default() };
    let rows = |report: &Report| [report.baseline.rows, report.current.rows];
    let [baseline_rows, current_rows] = rows(&current_baseline);
    findings.check_equal("", "baseline rows", golden.files.baseline.rows, baseline_rows);
    findings.check_equal("", "current rows", golden.files.current.rows, current_rows);
    for (name, column) in &golden.columns {
        let Some(ours) = current_baseline.column(name) else {
            findings.check_equal(name, "column", "compared", "left out");
            continue;
        };
        compare_column(&mut findings, name, column, ours);
        one_by_one::compare(&mut findings, name, column, ours, values.get(name));
        compare_runs(&mut findings, name, column, &current_baseline);
        let kl = |report: &Report| report.column(name)?.measures.kl.as_ref().map(|kl| kl.value);
        let textbook = &column.textbook;
        findings.check_close(
            name,
            "kl current‖baseline",
            textbook.kl_current_baseline,
            kl(&current_baseline),
        );
        findings.check_close(
            name,
            "kl baseline‖current",
            textbook.kl_baseline_current,
            kl(&baseline_current),
        );
        if !has_atoms(intake, name) {
            findings.without_atoms += 1;
            let psi = default.column(name).and_then(|column| column.measures.psi.as_ref());
            findings.check_close(
                name,
                "psi, default convention",
                textbook.psi,
                psi.map(|psi| psi.value),
            );
        }
    }
    findings
}

/// As many runs from the first one on as are as long as the first: windows of that many rows are these runs.
fn compare_runs(findings: &mut Findings, name: &str, golden: &GoldenColumn, report: &Report) {
    let Chunks { rows, psi } = &golden.chunks10;
    let alike = rows.iter().take_while(|run| **run == rows[0]).count();
    for (at, (window, golden)) in report.windows.iter().zip(psi).take(alike).enumerate() {
        findings.check_equal(name, &format!("rows of run {at}"), rows[at], window.rows);
        // Labels decide nothing, and have no score there.
        let decides = report.column(name).is_some_and(|column| column.role.decides());
        if let Some(golden) = golden.filter(|_| decides) {
            let ours = window.psi_scores.get(name).copied();
            findings.check_close(name, &format!("psi of run {at}"), golden, ours);
        }
    }
}

fn has_atoms(intake: &Intake, name: &str) -> bool {
    let at = intake.reference.position(name).expect("a column of the baseline");
    match &intake.reference.columns()[at].bins {
        Bins::Grid(grid) => !grid.atoms().is_empty(),
        _ => false,
    }
}

fn compare_column(findings: &mut Findings, name: &str, golden: &GoldenColumn, ours: &ColumnReport) {
    findings.check_equal(name, "kind", golden.kind.name(), ours.kind.name());
    findings.check_equal(name, "baseline missing", golden.baseline.missing, ours.missing.baseline);
    findings.check_equal(name, "current missing", golden.current.missing, ours.missing.current);
    findings.check_equal(name, "baseline unreadable", 0, ours.unreadable.baseline);
    findings.check_equal(name, "current unreadable", 0, ours.unreadable.current);
    match golden.kind {
        Kind::Numeric => compare_cells(findings, name, &golden.textbook, ours),
        Kind::Categorical => compare_levels(findings, name, &golden.textbook, ours),
        Kind::Timestamp => {
            findings.check_equal(name, "kind", "numeric or categorical", "timestamp")
        }
    }
    let textbook = &golden.textbook;
    let psi = ours.measures.psi.as_ref().map(|psi| psi.value);
    findings.check_close(name, "psi", textbook.psi, psi);
    let hellinger = ours.measures.hellinger.as_ref().map(|hellinger| hellinger.value);
    findings.check_close(name, "hellinger", textbook.hellinger, hellinger);
    let total_variation = ours.measures.total_variation.as_ref().map(|total| total.value);
    findings.check_close(name, "total variation", textbook.tvd, total_variation);
    let js = ours.measures.js.as_ref();
    if textbook.js_divergence < NEARLY_EQUAL {
        let difference = js.map_or(f64::INFINITY, |js| (js.value - textbook.js_divergence).abs());
        findings.check(name, "js divergence, difference", 1e-9, difference, difference <= 1e-9);
        let difference = js.map_or(f64::INFINITY, |js| (js.distance - textbook.js_distance).abs());
        findings.check(name, "js distance, difference", 1e-9, difference, difference <= 1e-9);
    } else {
        findings.check_close(name, "js divergence", textbook.js_divergence, js.map(|js| js.value));
        findings.check_close(name, "js distance", textbook.js_distance, js.map(|js| js.distance));
    }
}

fn compare_cells(findings: &mut Findings, name: &str, golden: &Textbook, ours: &ColumnReport) {
    let edges: Vec<f64> = ours.bins.iter().filter_map(|cell| cell.upper).collect();
    findings.check_equal(name, "number of edges", golden.edges.len(), edges.len());
    findings.check_equal(name, "number of cells", golden.baseline_counts.len(), ours.bins.len());
    for (i, (golden, ours)) in golden.edges.iter().zip(&edges).enumerate() {
        let agrees = is_close(*golden, *ours, EDGE_RELATIVE);
        findings.check(name, &format!("edge {}", i + 1), golden, ours, agrees);
    }
    for (i, cell) in ours.bins.iter().enumerate() {
        let at = |counts: &[u64]| counts.get(i).copied().unwrap_or(0);
        let label = &cell.label;
        findings.check_equal(
            name,
            &format!("baseline {label}"),
            at(&golden.baseline_counts),
            cell.baseline,
        );
        findings.check_equal(
            name,
            &format!("current {label}"),
            at(&golden.current_counts),
            cell.current,
        );
    }
}

fn compare_levels(findings: &mut Findings, name: &str, golden: &Textbook, ours: &ColumnReport) {
    let sides = golden.baseline_counts.iter().zip(&golden.current_counts);
    let golden: BTreeMap<&str, (u64, u64)> = golden
        .categories
        .iter()
        .zip(sides)
        .map(|(level, (baseline, current))| (level.as_str(), (*baseline, *current)))
        .collect();
    let ours: BTreeMap<&str, (u64, u64)> =
        ours.bins.iter().map(|cell| (cell.label.as_str(), (cell.baseline, cell.current))).collect();
    let levels: BTreeSet<&str> = golden.keys().chain(ours.keys()).copied().collect();
    for level in levels {
        let [golden, ours] =
            [&golden, &ours].map(|side| side.get(level).copied().unwrap_or((0, 0)));
        findings.check_equal(name, &format!("baseline \"{level}\""), golden.0, ours.0);
        findings.check_equal(name, &format!("current \"{level}\""), golden.1, ours.1);
    }
}

/// Says it on standard error even where the test passes: the macros' output would be captured.
fn say(text: &str) {
    writeln!(std::io::stderr(), "{text}").expect("an open standard error");
}

fn golden_set(path: &Path) -> GoldenSet {
    let text = fs::read_to_string(path).expect("a golden file that can be read");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_pair_of_csv_files_has_the_golden_numbers() {
    let files = sets::golden_files().expect("the folder of golden files");
    assert_eq!(files.len(), GOLDEN_SETS, "golden files");
    let mut mismatches = Vec::new();
    let mut sets_compared = BTreeSet::new();
    let mut compared = 0;
    for path in files {
        let set = golden_set(&path);
        for (pair_name, pair) in &set.pairs {
            let name = format!("{} {pair_name}", set.dataset);
            let Some((intake, values)) = read(&set.dataset, pair) else {
                say(&format!(
                    "SKIPPED {name}: its files are neither in tests/data nor in shared/data beside the checkout"
                ));
                continue;
            };
            let findings = compare_pair(name, pair, &intake, &values);
            say(&format!(
                "{:<28} {:>6} numbers compared, {:>3} of {:>3} columns without atoms, {} differ",
                findings.pair,
                findings.compared,
                findings.without_atoms,
                pair.columns.len(),
                findings.mismatches.len()
            ));
            compared += findings.compared;
            mismatches.extend(findings.mismatches);
            sets_compared.insert(set.dataset.clone());
        }
    }
    say(&format!("{compared} numbers compared in all"));
    assert!(sets_compared.len() >= SETS_HERE, "only {sets_compared:?} were found");
    assert!(compared >= LEAST_NUMBERS, "only {compared} numbers were compared");
    assert!(mismatches.is_empty(), "{}", table(&mismatches));
}

fn table(mismatches: &[[String; 5]]) -> String {
    let head = ["pair", "column", "number", "golden", "ours"].map(String::from);
    let rows: Vec<&[String; 5]> = [&head].into_iter().chain(mismatches).collect();
    let width = |i: usize| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    let mut text = format!("{} numbers differ\n", mismatches.len());
    for row in rows {
        for (cell, width) in row.iter().zip(&widths) {
            text += &format!("{cell:<width$}  ");
        }
        text = text.trim_end().to_string() + "\n";
    }
    text
}
