//! What the conventions of other tools say against what the tools themselves computed, on every pair of CSV files that has
//! golden values: `tests/golden/README.md` says where those come from.

extern crate alloc;

use alloc::collections::{BTreeMap, BTreeSet};
use std::{fs, io::Write, path::Path};

use driftline_core::{
    convention::{Convention, ConventionOutcome},
    monitor::Monitor,
    report::Report,
    schema::{Kind, Role},
    spec::{ColumnSpec, CompareSpec},
    time::Timestamp,
    verdict::Severity,
};
use driftline_data::Intake;
use driftline_tests::{
    pair::{Pieces, read_again, read_pair},
    sets,
};
use serde::Deserialize;

/// Closed forms differ by rounding alone.
const RELATIVE: f64 = 1e-9;

/// P-values differ by the way in which their laws are computed.
const RELATIVE_OF_P: f64 = 1e-6;

/// Where a tool takes a p-value as one minus a distribution function, this is all it knows.
const ABSOLUTE_OF_P: f64 = 1e-15;

/// SciPy's series for the law of Kolmogorov–Smirnov's statistic is off by this at some tens of thousands of rows, ours by
/// less than 1e-8.
const RELATIVE_OF_KS_P: f64 = 2e-6;

/// Evidently's own series for the Cramér–von Mises law ends at terms of 1e-7; "not expected to be accurate for large" values,
/// where what it leaves out is more than the p-value.
const ABSOLUTE_OF_CRAMER_VON_MISES: f64 = 1e-8;
const TAIL_OF_CRAMER_VON_MISES: f64 = 2e-6;

/// Distances whose square is one minus nearly one, or a difference that cancels: what rounding leaves of the square.
const ABSOLUTE_OF_SQUARE: f64 = 1e-14;

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
    evidently: GoldenEvidently,
}

#[derive(Deserialize)]
struct GoldenFiles {
    baseline: GoldenFile,
    current: GoldenFile,
}

#[derive(Deserialize)]
struct GoldenFile {
    file: String,
}

#[derive(Deserialize)]
struct GoldenColumn {
    kind: Kind,
    role: String,
    textbook: GoldenTextbook,
    evidently: BTreeMap<String, Option<f64>>,
    nannyml: GoldenNannyml,
}

#[derive(Deserialize)]
struct GoldenTextbook {
    psi_zero_only: Option<f64>,
}

#[derive(Deserialize)]
struct GoldenNannyml {
    whole: BTreeMap<String, f64>,
    upper_threshold: BTreeMap<String, Option<f64>>,
}

#[derive(Deserialize)]
struct GoldenEvidently {
    data_drift_preset: Option<BTreeMap<String, GoldenPreset>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum GoldenPreset {
    Column { method: String, value: f64, threshold: f64 },
    Drifted { count: f64 },
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
    mismatches: Vec<String>,
}

impl Findings {
    fn check(
        &mut self,
        column: &str,
        what: &str,
        golden: f64,
        ours: Option<f64>,
        is_distance: bool,
    ) {
        self.compared += 1;
        if !ours.is_some_and(|ours| agrees(what, golden, ours, is_distance)) {
            let ours = ours.map_or("nothing".into(), |ours| format!("{ours:e}"));
            self.mismatches
                .push(format!("{} {column}: {what}: golden {golden:e}, ours {ours}", self.pair));
        }
    }

    fn check_equal(&mut self, column: &str, what: &str, golden: &str, ours: &str) {
        self.compared += 1;
        if golden != ours {
            let pair = &self.pair;
            self.mismatches.push(format!("{pair} {column}: {what}: golden {golden}, ours {ours}"));
        }
    }
}

fn agrees(what: &str, golden: f64, ours: f64, is_distance: bool) -> bool {
    let difference = (golden - ours).abs();
    let larger = golden.abs().max(ours.abs());
    let (relative, absolute) = match what {
        "cramer_von_mises_p" if larger < TAIL_OF_CRAMER_VON_MISES => return true,
        "cramer_von_mises_p" => (RELATIVE_OF_P, ABSOLUTE_OF_CRAMER_VON_MISES),
        "ks_p" => (RELATIVE_OF_KS_P, ABSOLUTE_OF_P),
        _ if what.ends_with("_p") => (RELATIVE_OF_P, ABSOLUTE_OF_P),
        _ => (RELATIVE, 0.0),
    };
    difference <= relative * larger
        || difference <= absolute
        || is_distance && difference * (golden + ours) <= ABSOLUTE_OF_SQUARE
}

fn monitor(pair: &GoldenPair, convention: Convention) -> Monitor {
    let columns = pair.columns.iter().map(|(name, column)| (name.clone(), column.spec())).collect();
    let spec = CompareSpec { convention, columns, ..CompareSpec::default() };
    spec.check().expect("a spec without problems")
}

/// The pair's reports by some conventions, from files that are read again where need be; `None` where they are nowhere.
fn reports<const N: usize>(
    set: &str,
    pair: &GoldenPair,
    conventions: [Convention; N],
) -> Option<[Report; N]> {
    let bytes = |file: &GoldenFile| {
        let path = sets::data_file(set, &file.file)?;
        Some(fs::read(path).expect("a file that can be read"))
    };
    let (baseline, current) = (bytes(&pair.files.baseline)?, bytes(&pair.files.current)?);
    let baseline = Pieces::whole(&pair.files.baseline.file, &baseline);
    let current = Pieces::whole(&pair.files.current.file, &current);
    let first = read_pair(&baseline, &current, &monitor(pair, Convention::Driftline));
    let mut intake: Intake = first.expect("files without a fatal mistake");
    Some(conventions.map(|convention| {
        let monitor = monitor(pair, convention);
        read_again(&mut intake, &baseline, &current, &monitor).expect("files as they were");
        intake.report(&monitor, Timestamp::from_micros(0))
    }))
}

fn outcome<'a>(report: &'a Report, column: &str) -> Option<&'a ConventionOutcome> {
    report.column(column)?.by_convention.as_ref()
}

fn compare_pair(name: String, golden: &GoldenPair, reports: &[Report; 3]) -> Findings {
    let [evidently, nannyml, credit_risk] = reports;
    let mut findings = Findings { pair: name, ..Findings::default() };
    for (name, column) in &golden.columns {
        let ours = |report, number: &str| outcome(report, name)?.numbers.get(number).copied();
        let is_distance = |number: &str| number == "jensenshannon" || number == "hellinger";
        for (number, golden) in &column.evidently {
            let Some(golden) = golden else {
                // A test that says nothing there: NaN is no number of ours.
                let ours = ours(evidently, number).map_or("nothing".into(), |v| v.to_string());
                findings.check_equal(name, number, "nothing", &ours);
                continue;
            };
            findings.check(name, number, *golden, ours(evidently, number), is_distance(number));
        }
        for (number, golden) in &column.nannyml.whole {
            let is_distance = number == "jensen_shannon";
            findings.check(name, number, *golden, ours(nannyml, number), is_distance);
        }
        for (number, golden) in &column.nannyml.upper_threshold {
            if let Some(golden) = golden {
                let number = format!("{number}_upper_threshold");
                findings.check(name, &number, *golden, ours(nannyml, &number), false);
            }
        }
        if let Some(golden) = column.textbook.psi_zero_only {
            findings.check(name, "psi_zero_only", golden, ours(credit_risk, "psi"), false);
        }
    }
    let preset = golden.evidently.data_drift_preset.iter().flatten();
    for (name, column) in preset.clone() {
        compare_preset(&mut findings, name, column, evidently);
    }
    let drifts = |name: &str| outcome(evidently, name).is_some_and(|ours| ours.drift);
    let drifted = preset.clone().filter(|(name, _)| drifts(name)).count();
    for (_, column) in preset {
        if let GoldenPreset::Drifted { count } = column {
            findings.check_equal("", "drifted columns", &count.to_string(), &drifted.to_string());
        }
    }
    findings
}

fn compare_preset(findings: &mut Findings, name: &str, golden: &GoldenPreset, report: &Report) {
    let GoldenPreset::Column { method, value, threshold } = golden else { return };
    let by = match method.as_str() {
        "Wasserstein distance (normed)" => "wasserstein_norm",
        "Jensen-Shannon distance" => "jensenshannon",
        "K-S p_value" => "ks_p",
        "chi-square p_value" => "chisquare_p",
        "Z-test p_value" => "z_p",
        other => other,
    };
    let ours = outcome(report, name);
    findings.check_equal(name, "method", by, ours.map_or("nothing", |ours| &ours.decided_by));
    findings.check(name, by, *value, ours.map(|ours| ours.value), true);
    findings.check(name, "threshold", *threshold, ours.map(|ours| ours.threshold), false);
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
fn every_pair_of_csv_files_has_the_tools_own_numbers() {
    let conventions = [Convention::Evidently, Convention::Nannyml, Convention::CreditRisk];
    let mut mismatches = Vec::new();
    let mut sets_compared = BTreeSet::new();
    for path in sets::golden_files().expect("the folder of golden files") {
        let set = golden_set(&path);
        for (pair_name, pair) in &set.pairs {
            let name = format!("{} {pair_name}", set.dataset);
            let Some(reports) = reports(&set.dataset, pair, conventions) else {
                say(&format!(
                    "SKIPPED {name}: its files are neither in tests/data nor in shared/data beside the checkout"
                ));
                continue;
            };
            let findings = compare_pair(name, pair, &reports);
            let differ = findings.mismatches.len();
            say(&format!(
                "{:<28} {:>6} numbers compared, {differ} differ",
                findings.pair, findings.compared
            ));
            mismatches.extend(findings.mismatches);
            sets_compared.insert(set.dataset.clone());
        }
    }
    assert!(sets_compared.len() >= SETS_HERE, "only {sets_compared:?} were found");
    assert!(mismatches.is_empty(), "{} differ\n{}", mismatches.len(), mismatches.join("\n"));
}

/// A column of two samples that a formula or a table of counts gives, as two CSV files.
struct Vector {
    baseline: String,
    current: String,
    kind: Kind,
}

impl Vector {
    fn of_numbers(
        baseline: impl Iterator<Item = f64>,
        current: impl Iterator<Item = f64>,
    ) -> Vector {
        let file = |values: &mut dyn Iterator<Item = f64>| {
            values.fold(String::from("v,w\n"), |text, value| text + &format!("{value},x\n"))
        };
        Vector {
            baseline: file(&mut { baseline }),
            current: file(&mut { current }),
            kind: Kind::Numeric,
        }
    }

    fn of_levels(baseline: &[(&str, usize)], current: &[(&str, usize)]) -> Vector {
        let file = |levels: &[(&str, usize)]| {
            let rows = levels.iter().map(|(level, rows)| format!("{level},x\n").repeat(*rows));
            String::from("v,w\n") + &rows.collect::<String>()
        };
        Vector { baseline: file(baseline), current: file(current), kind: Kind::Categorical }
    }

    fn report(&self, convention: Convention) -> Report {
        self.report_within(convention, CompareSpec::default().budget_bytes)
    }

    fn report_within(&self, convention: Convention, budget_bytes: u64) -> Report {
        let column = ColumnSpec { role: Some(Role::Feature), kind: Some(self.kind) };
        let columns = [(String::from("v"), column)].into();
        let monitor = CompareSpec { convention, columns, budget_bytes, ..CompareSpec::default() };
        let monitor = monitor.check().expect("a spec without problems");
        let baseline = Pieces::whole("baseline.csv", self.baseline.as_bytes());
        // In pieces of any size, as files come.
        let current = Pieces::of_size("current.csv", self.current.as_bytes(), 101);
        let intake = read_pair(&baseline, &current, &monitor).expect("files without a mistake");
        intake.report(&monitor, Timestamp::from_micros(0))
    }

    fn check(&self, name: &str, convention: Convention, golden: &[(&str, f64)]) {
        let report = self.report(convention);
        for (number, golden) in golden {
            let ours = outcome(&report, "v").and_then(|ours| ours.numbers.get(*number).copied());
            let ours = ours.unwrap_or_else(|| panic!("{name}: no {number} by {convention:?}"));
            assert!(agrees(number, *golden, ours, false), "{name} {number}: {golden} {ours}");
        }
    }

    fn textbook(&self) -> (f64, f64) {
        let report = self.report(Convention::Textbook);
        let measures = &report.column("v").expect("the column").measures;
        let psi = measures.psi.as_ref().expect("a PSI").value;
        (psi, measures.js.as_ref().expect("a divergence").value)
    }
}

/// N1 to N3 of the reference on the peers (numpy 2.4.6, scipy 1.17.1): vectors that a formula gives in any language.
#[test]
fn numbers_given_by_a_formula_have_the_tools_numbers() {
    let of = |i: u32, factor: u32, modulus: u32| f64::from(factor * i % modulus);
    let cube = |x: f64| x * x * x;
    let n1 = Vector::of_numbers(
        (0..1000).map(|i| of(i, 7919, 1009) / 100.0),
        (0..800).map(|i| 1.5 + of(i, 6271, 1013) / 90.0),
    );
    let n2 = Vector::of_numbers(
        (0..500).map(|i| cube(of(i, 37, 500) / 50.0)),
        (0..300).map(|i| cube(of(i, 41, 300) / 25.0)),
    );
    let n3 = Vector::of_numbers(
        (0..210_u32).map(|i| f64::from(i % 7)),
        (0..180_u32).map(|i| f64::from(i * i % 9)),
    );
    #[rustfmt::skip]
    let golden = [
        ("N1", &n1, Some(1.001147269474465), [
            ("psi", 2.082904787671108), ("kl_div", 0.8407053308472129), ("jensenshannon", 0.3296099276464269),
            ("hellinger", 0.3923510722708965), ("wasserstein_norm", 0.6911281110270282), ("ks_p", 2.797344716643756e-22),
        ], [
            ("jensen_shannon", 0.4197857348857007), ("hellinger", 0.4141073601846987),
            ("wasserstein", 2.0136644444444443), ("kolmogorov_smirnov", 0.2365),
        ]),
        ("N2", &n2, Some(0.16479184330021648), [
            ("psi", 0.8616789338287469), ("kl_div", 0.15870509658156498), ("jensenshannon", 0.23227218835809055),
            ("hellinger", 0.2746804570330702), ("wasserstein_norm", 0.6374011638162791), ("ks_p", 5.218662249129831e-05),
        ], [
            ("jensen_shannon", 0.2980570013721525), ("hellinger", 0.2952145006555043),
            ("wasserstein", 180.12380022400004), ("kolmogorov_smirnov", 0.16666666666666666),
        ]),
        // Its PSI there is of pandas.qcut's cells, which have no edge at the smallest value; the textbook's have.
        ("N3", &n3, None, [
            ("psi", 6.091451721063898), ("kl_div", 3.9029615363820795), ("jensenshannon", 0.5507680739200125),
            ("hellinger", 0.41405312091658936), ("wasserstein_norm", 0.4841269841269841), ("ks_p", 1.0554374109839178e-06),
        ], [
            ("jensen_shannon", 0.6615398756294788), ("hellinger", 0.652252855274784),
            ("wasserstein", 0.9682539682539681), ("kolmogorov_smirnov", 0.2698412698412698),
        ]),
    ];
    for (name, vector, psi, evidently, nannyml) in golden {
        vector.check(name, Convention::Evidently, &evidently);
        vector.check(name, Convention::Nannyml, &nannyml);
        if let Some(psi) = psi {
            assert!(agrees("psi", psi, vector.textbook().0, false), "{name}");
        }
    }
    // A constant that moved.
    let constant = |value: f64| core::iter::repeat_n(value, 50);
    let moved = Vector::of_numbers(constant(5.0), constant(6.0));
    let golden = [
        ("psi", 18.41883867587797),
        ("jensenshannon", 0.8325546111576977),
        ("wasserstein_norm", 1000.0),
    ];
    moved.check("5 to 6", Convention::Evidently, &golden);
    let stayed = Vector::of_numbers(constant(5.0), constant(5.0));
    let golden = [("psi", 0.0), ("jensenshannon", 0.0), ("wasserstein_norm", 0.0)];
    stayed.check("5 to 5", Convention::Evidently, &golden);
}

/// C1 to C3 of the same.
#[test]
fn tables_of_levels_have_the_tools_numbers() {
    let c1 = Vector::of_levels(
        &[("A", 540), ("B", 320), ("C", 140)],
        &[("A", 480), ("B", 300), ("C", 150), ("D", 70)],
    );
    let c2 = Vector::of_levels(&[("A", 50), ("B", 50), ("C", 20)], &[("A", 60), ("B", 40)]);
    let c3 = Vector::of_levels(&[("bad", 370), ("good", 130)], &[("bad", 260), ("good", 240)]);
    #[rustfmt::skip]
    let golden = [
        ("C1", &c1, 0.036630829394270904, [
            ("psi", 0.46696819669653794), ("kl_div", 0.0738336676101981), ("jensenshannon", 0.15934414365206914),
            ("hellinger", 0.1900807259750394), ("chisquare_p", 0.0),
        ], [
            ("jensen_shannon", 0.1913918216493873), ("hellinger", 0.1900807259750394), ("chi2", 74.51940064123535),
            ("l_infinity", 0.07),
        ]),
        ("C2", &c2, 0.0954454133748831, [
            ("psi", 1.3032198964342006), ("kl_div", 1.1016046791801652), ("jensenshannon", 0.257211428941598),
            ("hellinger", 0.3029054465276862), ("chisquare_p", 4.118588707535716e-06),
        ], [
            ("jensen_shannon", 0.30894241109773696), ("hellinger", 0.3029054465276862), ("chi2", 20.370370370370374),
            ("l_infinity", 0.6 - 5.0 / 12.0),
        ]),
        ("C3", &c3, 0.03787613844315605, [
            ("psi", 0.21250368645201323), ("kl_div", 0.10168065427036307), ("jensenshannon", 0.1620300545342492),
            ("hellinger", 0.16250251867602916), ("chisquare_p", 3.435970806299783e-29),
        ], [
            ("jensen_shannon", 0.19461792939797723), ("hellinger", 0.16250251867602916), ("chi2", 50.96954096954097),
            ("l_infinity", 0.22),
        ]),
    ];
    for (name, vector, js_divergence, evidently, nannyml) in golden {
        vector.check(name, Convention::Evidently, &evidently);
        vector.check(name, Convention::Nannyml, &nannyml);
        assert!(agrees("js", js_divergence, vector.textbook().1, false), "{name}");
    }
    c3.check("C3", Convention::Evidently, &[("z_p", 5.81312775693732e-13)]);
}

/// `feature-engine`'s own tests of its PSI (`tests/test_selection/test_drop_high_psi_features.py`).
#[test]
fn credit_risk_has_feature_engines_numbers() {
    let of = |rows: core::ops::Range<u32>, value: fn(u32) -> u32| {
        rows.map(move |i| f64::from(value(i))).collect::<Vec<f64>>().into_iter()
    };
    let sixes = |i: u32| i % 6 + 1;
    let cases = [
        (Vector::of_numbers(of(0..15, |i| i), of(15..30, |i| i)), 7.745116608833365),
        (Vector::of_numbers(of(0..15, sixes), of(15..30, sixes)), 0.1621860432432658),
        (Vector::of_numbers(of(0..10, |i| i), of(10..20, |i| i)), 8.283089355027482),
    ];
    for (vector, golden) in cases {
        vector.check("feature-engine", Convention::CreditRisk, &[("psi", golden)]);
    }
}

#[test]
fn how_a_file_is_cut_does_not_show() {
    let bytes = |file| {
        let path = sets::data_file("flights_20k", file).expect("a set that is copied here");
        fs::read(path).expect("a file that can be read")
    };
    let (baseline, current) = (bytes("baseline.csv"), bytes("current.csv"));
    for convention in [Convention::Evidently, Convention::Nannyml] {
        let monitor = CompareSpec { convention, ..CompareSpec::default() };
        let monitor = monitor.check().expect("a spec without problems");
        let read = |piece_bytes| {
            let intake = read_pair(
                &Pieces::of_size("baseline.csv", &baseline, piece_bytes),
                &Pieces::of_size("current.csv", &current, piece_bytes),
                &monitor,
            );
            let report = intake.expect("files without a mistake");
            report.report(&monitor, Timestamp::from_micros(0)).to_json()
        };
        assert_eq!(read(usize::MAX), read(4099));
    }
}

#[test]
fn values_beyond_the_memory_budget_are_estimated_and_the_outcome_says_so() {
    let hundredths = |rows: u32, factor: u32| {
        (0..rows).map(move |i| f64::from(i.wrapping_mul(factor) % 10_007) / 100.0)
    };
    // 80,000 numbers a side are more than half a MiB.
    let vector = Vector::of_numbers(
        hundredths(80_000, 7919),
        hundredths(80_000, 6271).map(|x| x * 0.99 + 4.0),
    );
    for (convention, counted_again, estimated) in [
        (
            Convention::Evidently,
            ["psi", "kl_div", "jensenshannon", "hellinger", "t_test_p"].as_slice(),
            ["wasserstein_norm"].as_slice(),
        ),
        (
            Convention::Nannyml,
            &[
                "jensen_shannon",
                "jensen_shannon_upper_threshold",
                "kolmogorov_smirnov",
                "wasserstein",
            ],
            &[],
        ),
    ] {
        let read = |budget_bytes| {
            let report = vector.report_within(convention, budget_bytes);
            outcome(&report, "v").expect("an outcome").clone()
        };
        let (ample, tight) = (read(256 << 20), read(1 << 20));
        assert!(ample.exact && tight.exact == estimated.is_empty(), "{convention:?}");
        assert_eq!((ample.drift, &ample.decided_by), (tight.drift, &tight.decided_by));
        // What the second reading counts does not depend on the budget.
        for number in counted_again {
            let (ample, tight) = (ample.numbers[*number], tight.numbers[*number]);
            assert!(agrees(number, ample, tight, false), "{number}: {ample} {tight}");
        }
        // What comes from the fine grid is near: a cell of it holds a thousandth of the rows.
        for number in estimated {
            let difference = (ample.numbers[*number] - tight.numbers[*number]).abs();
            assert!(difference < 0.002, "{number}: {difference}");
        }
    }
}

#[test]
fn without_a_second_reading_there_is_no_verdict() {
    let vector = Vector::of_levels(&[("a", 40), ("b", 60)], &[("a", 50), ("b", 50)]);
    let read = |convention| {
        let monitor = CompareSpec { convention, ..CompareSpec::default() };
        monitor.check().expect("a spec without problems")
    };
    let baseline = Pieces::whole("baseline.csv", vector.baseline.as_bytes());
    let current = Pieces::whole("current.csv", vector.current.as_bytes());
    let mut intake = read_pair(&baseline, &current, &read(Convention::Driftline))
        .expect("files without a mistake");
    let evidently = read(Convention::Evidently);
    let severity = |intake: &Intake| {
        intake.report(&evidently, Timestamp::from_micros(0)).column("v").map(|v| v.severity)
    };
    assert!(intake.convention_plan(read(Convention::Driftline).counting()).is_none());
    assert_eq!(severity(&intake), Some(Severity::Inconclusive));
    read_again(&mut intake, &baseline, &current, &evidently).expect("files as they were");
    // z = 1.42: Evidently's default for two values.
    assert_eq!(severity(&intake), Some(Severity::None));
    // Each convention counts its own: the other's counts are not taken for them.
    assert!(intake.convention_plan(evidently.counting()).is_none());
    assert!(intake.convention_plan(read(Convention::Nannyml).counting()).is_some());
    // A file that is no longer what it was the first time says nothing.
    intake.recount = None;
    let longer = format!("{}a,x\n", vector.current);
    let longer = Pieces::whole("current.csv", longer.as_bytes());
    read_again(&mut intake, &baseline, &longer, &evidently).expect("a file");
    assert_eq!(severity(&intake), Some(Severity::Inconclusive));
}

#[test]
fn nannyml_needs_ten_rows_for_its_chunks() {
    let few = |rows: u32| {
        let numbers = |shift: f64| (0..rows).map(move |i| f64::from(i) + shift);
        let vector = Vector::of_numbers(numbers(0.0), numbers(0.5));
        outcome(&vector.report(Convention::Nannyml), "v").is_some()
    };
    assert_eq!([9, 10, 19, 25].map(few), [false, true, true, true]);
}
