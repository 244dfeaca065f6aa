//! Predictions against labels, latencies and errors: our figures against scikit-learn's and NumPy's, on every set that has
//! them, whole files and windows; `tests/golden/README.md` says how those are defined.

extern crate alloc;

use alloc::collections::BTreeMap;
use std::{fs, io::Write};

use driftline_core::{
    group::WindowSize,
    performance::Performance,
    report::{LatencyFigures, Report},
    schema::{Kind, Role},
    spec::{ColumnSpec, CompareSpec},
    time::Timestamp,
};
use driftline_tests::{
    pair::{Pieces, read_pair},
    sets,
};
use serde::Deserialize;
use serde_json::Value;

/// Ratios, areas and means are sums of the same numbers in another order.
const RELATIVE: f64 = 1e-9;

/// A percentile is never understated, and at most this much too large.
const LATENCY_RELATIVE: f64 = 1.0 / 128.0;

/// Pairs with golden figures; fewer means that some were lost.
const PAIRS: usize = 11;

#[derive(Deserialize)]
struct GoldenPair {
    files: BTreeMap<String, GoldenFile>,
    prediction_kind: Option<String>,
    columns: BTreeMap<String, GoldenColumn>,
    performance: Option<BTreeMap<String, Value>>,
    latency: Option<BTreeMap<String, Value>>,
    error_rate: Option<BTreeMap<String, Value>>,
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
}

/// What was compared, and what differs.
#[derive(Default)]
struct Findings {
    compared: u64,
    mismatches: Vec<String>,
}

impl Findings {
    fn check(&mut self, what: &str, golden: f64, ours: Option<f64>, agrees: impl Fn(f64) -> bool) {
        self.compared += 1;
        if !ours.is_some_and(agrees) {
            self.mismatches.push(format!("{what}: golden {golden}, ours {ours:?}"));
        }
    }

    fn check_performance(&mut self, place: &str, golden: &Value, ours: Option<&Performance>) {
        let number = |key: &str| golden.get(key).and_then(Value::as_f64);
        let ours = ours.cloned().unwrap_or_default();
        for (key, ours) in [
            ("rows", Some(ours.rows as f64)),
            ("accuracy", ours.accuracy),
            ("precision", ours.precision),
            ("recall", ours.recall),
            ("f1", ours.f1),
            ("macro_f1", ours.macro_f1),
            ("roc_auc", ours.roc_auc),
            ("brier", ours.brier),
            ("ece10", ours.calibration_error),
            ("mae", ours.mae),
            ("rmse", ours.rmse),
            ("mean_error", ours.mean_error),
        ] {
            let Some(golden) = number(key) else { continue };
            // A mean of signed errors cancels.
            let scale = if key == "mean_error" { number("mae").unwrap_or(golden) } else { golden };
            let near = |ours: f64| (ours - golden).abs() <= RELATIVE * scale.abs() + 1e-15;
            self.check(&format!("{place}: {key}"), golden, ours, near);
        }
    }

    fn check_latency(&mut self, place: &str, golden: &Value, ours: Option<&LatencyFigures>) {
        let number = |path: [&str; 2]| golden.get(path[0]).and_then(|g| g.get(path[1]));
        for (percentile, ours) in [
            ("p50", ours.map(|ours| ours.p50_ms)),
            ("p95", ours.map(|ours| ours.p95_ms)),
            ("p99", ours.map(|ours| ours.p99_ms)),
        ] {
            // The nearest rank, which ours is too.
            let golden =
                number(["inverted_cdf", percentile]).and_then(Value::as_f64).expect("a number");
            let near = |ours: f64| {
                // Latencies are whole microseconds.
                ours >= golden - 5e-4 && ours <= golden * (1.0 + LATENCY_RELATIVE) + 5e-4
            };
            self.check(&format!("{place}: {percentile}"), golden, ours, near);
        }
        let max = golden.get("max").and_then(Value::as_f64).expect("a number");
        self.check(&format!("{place}: max"), max, ours.map(|ours| ours.max_ms), |ours| {
            (ours - max).abs() <= 5e-4
        });
        let count = golden.get("count").and_then(Value::as_f64).expect("a number");
        self.check(&format!("{place}: count"), count, ours.map(|ours| ours.count as f64), |ours| {
            (ours - count).abs() < 0.5
        });
    }

    fn check_pair(&mut self, name: &str, pair: &GoldenPair, report: &Report) {
        if let Some(golden) = &pair.performance {
            let ours = report.performance.as_ref();
            let baseline = ours.and_then(|ours| ours.baseline.as_ref());
            self.check_performance(&format!("{name}, baseline"), &golden["baseline"], baseline);
            let current = ours.map(|ours| &ours.current);
            self.check_performance(&format!("{name}, current"), &golden["current"], current);
            let chunks = golden.get("current_chunks10").and_then(Value::as_array);
            for (at, golden) in chunks.into_iter().flatten().enumerate() {
                let window = report.windows.get(at).filter(|_| !golden.is_null());
                if let Some(window) = window {
                    let place = format!("{name}, window {at}");
                    self.check_performance(&place, golden, window.performance.as_ref());
                }
            }
        }
        if let Some(golden) = &pair.latency {
            let ours = report.latency.as_ref();
            let baseline = ours.and_then(|ours| ours.baseline.as_ref());
            self.check_latency(&format!("{name}, baseline"), &golden["baseline"], baseline);
            let current = ours.map(|ours| &ours.current);
            self.check_latency(&format!("{name}, current"), &golden["current"], current);
            let chunks = golden.get("current_chunks10").and_then(Value::as_array);
            for (at, golden) in chunks.into_iter().flatten().enumerate() {
                if let Some(window) = report.windows.get(at) {
                    let place = format!("{name}, window {at}");
                    self.check_latency(&place, golden, window.latency.as_ref());
                }
            }
        }
        if let Some(golden) = &pair.error_rate {
            let near = |golden: f64| move |ours: f64| (ours - golden).abs() <= RELATIVE * golden;
            let of = |key: &str| golden.get(key).and_then(Value::as_f64).expect("a number");
            let ours = report.errors;
            let baseline = ours.and_then(|errors| errors.baseline_rate);
            self.check(
                &format!("{name}: baseline errors"),
                of("baseline"),
                baseline,
                near(of("baseline")),
            );
            let current = ours.map(|errors| errors.rate);
            self.check(
                &format!("{name}: current errors"),
                of("current"),
                current,
                near(of("current")),
            );
        }
    }
}

fn spec(pair: &GoldenPair) -> CompareSpec {
    let column = |(name, column): (&String, &GoldenColumn)| {
        let role = Role::from_name(&column.role);
        let role = role.or((column.role == "latency_ms").then_some(Role::Latency));
        // Regression is told by its numbers.
        let kind = Some(column.kind);
        (name.clone(), ColumnSpec { role, kind })
    };
    // The golden chunks are numpy.array_split's: equal ones where the rows divide by ten.
    let rows = pair.files["current"].rows;
    let window = rows.is_multiple_of(10).then_some(WindowSize::Rows(rows / 10));
    CompareSpec {
        columns: pair.columns.iter().map(column).collect(),
        window,
        ..CompareSpec::default()
    }
}

#[test]
fn performance_latency_and_errors_are_scikit_learns_and_numpys() {
    let path = sets::workspace().join("tests/golden/service/service.json");
    let text = fs::read_to_string(path).expect("the golden figures");
    let golden: BTreeMap<String, BTreeMap<String, GoldenPair>> =
        serde_json::from_str(&text).expect("golden figures");
    let mut findings = Findings::default();
    let (mut pairs, mut skipped) = (0, Vec::new());
    for (set, of_set) in &golden {
        for (name, pair) in of_set {
            pairs += 1;
            let name = format!("{set}/{name}");
            let bytes = |side: &str| {
                let path = sets::data_file(set, &pair.files[side].file)?;
                Some(fs::read(path).expect("a file that can be read"))
            };
            let Some((baseline, current)) = bytes("baseline").zip(bytes("current")) else {
                skipped.push(name);
                continue;
            };
            assert!(pair.prediction_kind.is_some() || pair.performance.is_none(), "{name}");
            let monitor = spec(pair).check().expect("a spec without problems");
            let intake = read_pair(
                &Pieces::whole("baseline.csv", &baseline),
                &Pieces::whole("current.csv", &current),
                &monitor,
            );
            let report = intake.expect("data").report(&monitor, Timestamp::EPOCH);
            findings.check_pair(&name, pair, &report);
        }
    }
    let mut out = std::io::stderr();
    for name in &skipped {
        writeln!(out, "SKIPPED {name}: its files are not beside the checkout")
            .expect("standard error");
    }
    writeln!(out, "{} figures compared", findings.compared).expect("standard error");
    assert_eq!(pairs, PAIRS);
    assert!(findings.mismatches.is_empty(), "{:#?}", findings.mismatches);
    assert!(findings.compared >= 60, "{}", findings.compared);
}
