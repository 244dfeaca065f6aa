//! How often ten columns without drift raise an alarm, and how often a shift of half a standard deviation in one of them is
//! found: the tables of `docs/false-alarms.md`.
//!
//! `DRIFTLINE_WRITE_DOCS=1 cargo test -p driftline-core --test false_alarm_table` writes them anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{fs, path::Path, thread};

use driftline_core::{
    column::{Batch, Bitmap, Column, Values},
    correction::benjamini_hochberg,
    measure::Exact,
    monitor::{Comparands, Monitor},
    num::normal,
    reference::{DEFAULT_BUDGET_BYTES, ReferenceBuilder},
    report::ColumnReport,
    schema::{Field, Kind, Origin, Role, Schema},
    spec::CompareSpec,
    time::Timestamp,
    window::{Plan, WindowCounter},
};

/// Rows of the baseline.
const N: usize = 1000;

const COLUMNS: usize = 10;

/// Rows of the current file, and how many runs: more where they are short and the shares far from 0 and 100.
const LENGTHS: [(usize, u32); 5] = [(100, 2500), (200, 1500), (500, 700), (1000, 400), (2000, 250)];

/// Of these lengths at most one report in twenty without drift may be moderate or worse.
const JUDGED: [usize; 3] = [100, 200, 1000];

/// In standard deviations.
const SHIFT: f64 = 0.5;

/// Of all reports without drift at most this share has a finding by corrected p-values.
const RATE: f64 = 0.05;

/// The fixed rule on the bare PSI.
const FIXED: f64 = 0.1;

/// A test's p-value for a column.
type PValue = fn(&ColumnReport) -> f64;

const TESTS: [(&str, PValue); 5] = [
    ("KS", |column| column.measures.ks.as_ref().unwrap().p_value),
    ("PSI (χ²)", |column| column.measures.psi.as_ref().unwrap().p_value),
    ("Cramér–von Mises", |column| column.measures.cramer_von_mises.as_ref().unwrap().p_value),
    ("Anderson–Darling", |column| column.measures.anderson_darling.as_ref().unwrap().p_value),
    ("mean shift", |column| column.measures.mean_shift.as_ref().unwrap().p_value),
];

/// SplitMix64: the same draws on every machine.
struct Draws(u64);

impl Draws {
    fn normal(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let uniform = (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        normal::quantile(uniform)
    }

    fn column(&mut self, rows: usize) -> Vec<f64> {
        (0..rows).map(|_| self.normal()).collect()
    }
}

/// What the runs of one length gave, in runs or in columns.
#[derive(Default)]
struct Tally {
    rows: usize,
    runs: u32,
    fixed_columns: u32,
    fixed_reports: u32,
    moderate_columns: u32,
    moderate_reports: u32,
    /// Reports without drift that have a finding, by test.
    false_findings: [u32; TESTS.len()],
    /// Runs in which the shifted column is found, by test.
    found: [u32; TESTS.len()],
    found_fixed: u32,
    found_moderate: u32,
}

fn schema() -> Schema {
    let field = |at: usize| Field {
        name: at.to_string(),
        kind: Kind::Numeric,
        role: Role::Feature,
        role_from: Origin::Default,
        time_form: None,
    };
    Schema { fields: (0..=COLUMNS).map(field).collect() }
}

fn batch(columns: &[Vec<f64>]) -> Batch {
    let rows = columns[0].len();
    let column =
        |values: &Vec<f64>| Column::new(Values::Number(values.clone()), Bitmap::all_set(rows), 0);
    Batch::new(rows, columns.iter().map(column).collect()).unwrap()
}

/// Ten columns without drift, and the first of them once more with a shift, by the path that every front takes.
fn columns(monitor: &Monitor, schema: &Schema, draws: &mut Draws, m: usize) -> Vec<ColumnReport> {
    let mut baseline: Vec<Vec<f64>> = (0..COLUMNS).map(|_| draws.column(N)).collect();
    let mut current: Vec<Vec<f64>> = (0..COLUMNS).map(|_| draws.column(m)).collect();
    baseline.push(baseline[0].clone());
    current.push(current[0].iter().map(|value| value + SHIFT).collect());

    let mut builder = ReferenceBuilder::new("baseline.csv", schema, DEFAULT_BUDGET_BYTES);
    builder.push(&batch(&baseline));
    let (reference, of_baseline) = builder.finish();
    let plan = Plan { sample_bytes: DEFAULT_BUDGET_BYTES, ..Plan::default() };
    let mut counter = WindowCounter::new(&reference, schema, &plan);
    counter.count(&batch(&current));
    let counted = counter.finish();
    let (of_baseline, of_current) = (of_baseline.unwrap(), counted.samples.unwrap());
    let exact: Vec<Option<Exact>> = (0..=COLUMNS)
        .map(|at| Exact::of(of_baseline.column(at).unwrap(), of_current.column(at).unwrap()))
        .collect();
    let sides =
        Comparands { exact: &exact, ..Comparands::new(&reference, &counted.window, "current.csv") };
    monitor.report(&sides, Timestamp::EPOCH).columns
}

/// Which of ten columns the test finds.
fn findings<'a>(columns: impl Iterator<Item = &'a ColumnReport>, p: PValue) -> Vec<bool> {
    let p_values: Vec<Option<f64>> = columns.map(|column| Some(p(column))).collect();
    benjamini_hochberg(&p_values).into_iter().map(|p| p.unwrap() <= RATE).collect()
}

fn tally((m, runs): (usize, u32)) -> Tally {
    let monitor = CompareSpec::default().check().unwrap();
    let mut tally = Tally { rows: m, runs, ..Tally::default() };
    let (schema, mut draws) = (schema(), Draws(m as u64));
    for _ in 0..runs {
        let columns = columns(&monitor, &schema, &mut draws, m);
        let (without_drift, shifted) = columns.split_at(COLUMNS);
        let value = |column: &ColumnReport| column.measures.psi.as_ref().unwrap().value;
        let count = |which: &dyn Fn(&ColumnReport) -> bool| {
            without_drift.iter().filter(|column| which(column)).count() as u32
        };
        let fixed = count(&|column| value(column) >= FIXED);
        let moderate = count(&|column| column.severity.is_drift());
        tally.fixed_columns += fixed;
        tally.fixed_reports += u32::from(fixed > 0);
        tally.moderate_columns += moderate;
        tally.moderate_reports += u32::from(moderate > 0);
        tally.found_fixed += u32::from(value(&shifted[0]) >= FIXED);
        tally.found_moderate += u32::from(shifted[0].severity.is_drift());
        for (test, (_, p)) in TESTS.into_iter().enumerate() {
            let is_false = findings(without_drift.iter(), p).contains(&true);
            tally.false_findings[test] += u32::from(is_false);
            let with_shift = shifted.iter().chain(&without_drift[1..]);
            tally.found[test] += u32::from(findings(with_shift, p)[0]);
        }
    }
    tally
}

fn percent(count: u32, of: u32) -> String {
    format!("{:.1}", 100.0 * f64::from(count) / f64::from(of))
}

fn row(cells: impl IntoIterator<Item = String>) -> String {
    format!("| {} |\n", cells.into_iter().collect::<Vec<_>>().join(" | "))
}

/// The two tables, in percent.
fn tables(tallies: &[Tally]) -> String {
    let tests = || TESTS.iter().map(|(name, _)| (*name).to_string());
    let head = |names: Vec<String>| {
        let line = row(names.iter().map(|_| "---:".to_string()));
        row(names) + &line
    };
    let mut text =
        format!("### No drift in any of {COLUMNS} columns: how often there is an alarm\n\n");
    let rules = [
        "rows",
        "runs",
        "PSI ≥ 0.1, of columns",
        "of reports",
        "moderate or worse, of columns",
        "of reports",
    ];
    text += &head(rules.iter().map(|name| (*name).to_string()).chain(tests()).collect());
    for tally in tallies {
        let runs = tally.runs;
        let columns = runs * COLUMNS as u32;
        let of_rules = [
            tally.rows.to_string(),
            runs.to_string(),
            percent(tally.fixed_columns, columns),
            percent(tally.fixed_reports, runs),
            percent(tally.moderate_columns, columns),
            percent(tally.moderate_reports, runs),
        ];
        text +=
            &row(of_rules.into_iter().chain(tally.false_findings.map(|n| percent(n, tally.runs))));
    }
    text += &format!(
        "\n### A shift of {SHIFT} standard deviations in one of {COLUMNS} columns: how often that column is found\n\n"
    );
    let rules = ["rows".to_string()].into_iter().chain(tests());
    let last = ["moderate or worse".to_string(), "PSI ≥ 0.1".to_string()];
    text += &head(rules.chain(last).collect());
    for tally in tallies {
        let found = tally.found.into_iter().chain([tally.found_moderate, tally.found_fixed]);
        text +=
            &row([tally.rows.to_string()].into_iter().chain(found.map(|n| percent(n, tally.runs))));
    }
    text
}

const BEGIN: &str = "<!-- tables: crates/driftline-core/tests/false_alarm_table.rs -->\n";
const END: &str = "<!-- end of tables -->\n";

#[test]
fn false_alarms_are_rare_and_the_documented_tables_are_these() {
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let running = LENGTHS.map(|length| scope.spawn(move || tally(length)));
        running.into_iter().map(|length| length.join().unwrap()).collect()
    });
    let tables = tables(&tallies);

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/false-alarms.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the tables' beginning");
    let (_, after) = rest.split_once(END).expect("the tables' end");
    let expected = format!("{before}{BEGIN}\n{tables}\n{END}{after}");
    if std::env::var_os("DRIFTLINE_WRITE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
    } else {
        assert!(page == expected, "docs/false-alarms.md: expected the tables\n\n{tables}");
    }

    for tally in &tallies {
        let (m, runs) = (tally.rows, f64::from(tally.runs));
        let share = |count: u32| f64::from(count) / runs;
        if JUDGED.contains(&m) {
            assert!(share(tally.moderate_reports) <= RATE, "{m} rows\n{tables}");
        }
        // Four standard errors of a share of 5 %: there are 25 such shares.
        let most = RATE + 4.0 * (RATE * (1.0 - RATE) / runs).sqrt();
        for count in tally.false_findings {
            assert!(share(count) <= most, "{m} rows\n{tables}");
        }
        let [ks, _, cramer_von_mises, anderson_darling, mean_shift] = tally.found;
        for count in [cramer_von_mises, anderson_darling, mean_shift] {
            assert!(count >= ks, "{m} rows: found less often than by KS\n{tables}");
        }
    }
}
