//! Awkward columns end to end: each is a named outcome of that one column, and the rest of the report stands.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

extern crate alloc;

use alloc::collections::BTreeMap;

use driftline_core::{
    column::{Batch, Bitmap, Column, Dictionary, Values},
    convention::Convention,
    reference::{DEFAULT_BUDGET_BYTES, Reference, ReferenceBuilder},
    report::{ColumnReport, Report},
    schema::{Evidence, Field, Kind, Origin, Role, Schema, infer},
    spec::{ColumnSpec, CompareSpec},
    time::Timestamp,
    verdict::{Reason, Severity, Side},
    window::{Plan, Window, WindowCounter},
};

/// One column's values, `None` where it holds nothing.
enum Given {
    Numbers(Vec<Option<f64>>),
    Texts(Vec<Option<String>>),
    /// Text where numbers were asked for.
    Unreadable(usize),
}

use Given::{Numbers, Texts, Unreadable};

fn numbers(values: impl IntoIterator<Item = f64>) -> Given {
    Numbers(values.into_iter().map(Some).collect())
}

fn texts(values: impl IntoIterator<Item = String>) -> Given {
    Texts(values.into_iter().map(Some).collect())
}

fn column(given: &Given) -> Column {
    let validity = |slots: &mut dyn Iterator<Item = bool>| {
        let mut bits = Bitmap::new();
        slots.for_each(|bit| bits.push(bit));
        bits
    };
    match given {
        Numbers(values) => {
            let numbers = values.iter().map(|v| v.unwrap_or(0.0)).collect();
            Column::new(
                Values::Number(numbers),
                validity(&mut values.iter().map(Option::is_some)),
                0,
            )
        }
        Texts(values) => {
            let mut dictionary = Dictionary::default();
            let mut seen = BTreeMap::new();
            let codes = values
                .iter()
                .map(|v| {
                    v.as_ref().map_or(0, |v| *seen.entry(v).or_insert_with(|| dictionary.push(v)))
                })
                .collect();
            Column::new(
                Values::Text { codes, dictionary },
                validity(&mut values.iter().map(Option::is_some)),
                0,
            )
        }
        Unreadable(rows) => Column::new(
            Values::Number(vec![0.0; *rows]),
            validity(&mut (0..*rows).map(|_| false)),
            *rows as u64,
        ),
    }
}

fn field(kind: Kind) -> Field {
    Field {
        name: "x".into(),
        kind,
        role: Role::Feature,
        role_from: Origin::Default,
        time_form: None,
    }
}

fn schema(kind: Kind) -> Schema {
    Schema { fields: vec![field(kind)] }
}

fn kind(given: &Given) -> Kind {
    if matches!(given, Texts(_)) { Kind::Categorical } else { Kind::Numeric }
}

fn batch(given: &Given) -> Batch {
    let column = column(given);
    Batch::new(column.len(), vec![column]).unwrap()
}

fn reference(baseline: &Given) -> Reference {
    let mut builder =
        ReferenceBuilder::new("baseline.csv", &schema(kind(baseline)), DEFAULT_BUDGET_BYTES);
    builder.push(&batch(baseline));
    builder.finish().0
}

fn window(reference: &Reference, current: &Given) -> Window {
    let mut counter = WindowCounter::new(reference, &schema(Kind::Numeric), &Plan::default());
    counter.count(&batch(current));
    counter.finish().window
}

fn report_by(spec: &CompareSpec, baseline: &Given, current: &Given) -> Report {
    let reference = reference(baseline);
    let window = window(&reference, current);
    spec.check().unwrap().compare(&reference, &window, "current.csv", Timestamp::EPOCH)
}

fn compare(baseline: &Given, current: &Given) -> ColumnReport {
    report_by(&CompareSpec::default(), baseline, current).columns.remove(0)
}

fn check_outcome(
    name: &str,
    baseline: &Given,
    current: &Given,
    severity: Severity,
    reason: Option<Reason>,
) {
    let found = compare(baseline, current);
    assert_eq!(
        (found.severity, &found.reason),
        (severity, &reason),
        "{name}: {}",
        found.explanation
    );
    assert!(found.explanation.ends_with('.'), "{name}: {}", found.explanation);
    for (_, outcome) in found.measures.iter() {
        assert!(outcome.is_none_or(|(value, _)| value.is_finite()), "{name}");
    }
}

fn ramp(rows: u32) -> Given {
    numbers((0..rows).map(f64::from))
}

#[test]
fn every_awkward_numeric_column_is_a_named_outcome() {
    let missing = Numbers(vec![None; 500]);
    let half_missing = Numbers((0..1000).map(|i| (i % 2 == 0).then_some(f64::from(i))).collect());
    let constant = numbers([5.0; 1000]);
    let constant_below = numbers([4.0; 1000]);
    let infinite = numbers((0..1000).map(|i| if i < 500 { f64::INFINITY } else { f64::from(i) }));
    let not_numbers = numbers([f64::NAN; 300]);
    for (name, baseline, current, severity, reason) in [
        ("the same values", &ramp(1000), &ramp(1000), Severity::None, None),
        ("all missing now", &ramp(1000), &missing, Severity::Critical, None),
        ("all missing before", &missing, &ramp(1000), Severity::Critical, None),
        ("half missing now", &ramp(1000), &half_missing, Severity::Critical, None),
        ("a constant that stays", &constant, &constant, Severity::None, None),
        ("a constant that moves down", &constant, &constant_below, Severity::Critical, None),
        ("a constant that comes alive", &constant, &ramp(1000), Severity::Critical, None),
        ("half infinite now", &ramp(1000), &infinite, Severity::Critical, None),
        ("all NaN now", &ramp(1000), &not_numbers, Severity::Critical, None),
        (
            "text where numbers were",
            &ramp(1000),
            &Unreadable(400),
            Severity::Inconclusive,
            Some(Reason::KindChanged {
                side: Side::Current,
                expected: Kind::Numeric,
                unreadable: 400,
            }),
        ),
        (
            "no rows now",
            &ramp(1000),
            &numbers([]),
            Severity::Inconclusive,
            Some(Reason::NoRows { side: Side::Current }),
        ),
        (
            "no rows before",
            &numbers([]),
            &ramp(1000),
            Severity::Inconclusive,
            Some(Reason::NoRows { side: Side::Baseline }),
        ),
    ] {
        check_outcome(name, baseline, current, severity, reason);
    }
}

#[test]
fn every_awkward_categorical_column_is_a_named_outcome() {
    let ids =
        |rows: u32, prefix: &'static str| texts((0..rows).map(move |i| format!("{prefix}{i}")));
    let cities = texts((0..1000).map(|i| ["Oslo", "Bergen", "Moss"][i % 3].to_owned()));
    let other_cities = texts((0..1000).map(|i| ["Turku", "Vaasa"][i % 2].to_owned()));
    let identifier = |side| Some(Reason::Identifier { side });
    for (name, baseline, current, severity, reason) in [
        ("the same levels", &cities, &cities, Severity::None, None),
        ("nothing but new levels", &cities, &other_cities, Severity::Critical, None),
        (
            "ids before",
            &ids(10_001, "a"),
            &ids(50, "a"),
            Severity::Inconclusive,
            identifier(Side::Baseline),
        ),
        ("ids now", &cities, &ids(1001, "a"), Severity::Inconclusive, identifier(Side::Current)),
    ] {
        check_outcome(name, baseline, current, severity, reason);
    }
}

#[test]
fn a_move_of_everything_is_never_called_no_drift() {
    let above = |rows: u32, from: f64| numbers((0..rows).map(move |i| from + f64::from(i)));
    let level = |rows: usize, level: &'static str| texts((0..rows).map(move |_| level.to_owned()));
    for (name, baseline, current) in [
        ("a short baseline", &ramp(100), &above(10_000, 1000.0)),
        ("a constant in a short current file", &numbers([5.0; 10_000]), &numbers([4.0; 100])),
        ("one level for another", &level(100_000, "A"), &level(300, "B")),
    ] {
        check_outcome(name, baseline, current, Severity::Critical, None);
    }
    // Every value once on either side: another vocabulary, or an open one? Nobody can tell.
    let names = |prefix: &'static str| {
        texts((0..900).map(move |i| format!("{prefix}{}", i / 2 * (i % 3).min(1))))
    };
    let found = compare(&names("a"), &names("b"));
    assert_ne!(found.severity, Severity::None, "{}", found.explanation);
}

#[test]
fn a_few_rows_in_many_new_levels_leave_the_rest_to_be_judged() {
    let city = |i: u32| ["Oslo", "Bergen", "Moss"][i as usize % 3].to_owned();
    let baseline = texts((0..30_000).map(city));
    let current =
        texts((0..30_000).map(|i| if i % 20 == 0 { format!("stray {i}") } else { city(i) }));
    let found = compare(&baseline, &current);
    assert_eq!((found.bins.len(), found.bins[3].current), (4, 1500));
    assert_eq!(found.severity, Severity::Critical, "{}", found.explanation);
}

#[test]
fn a_class_written_in_two_ways_is_one_class() {
    let of =
        |a: &'static str, b: &'static str| texts((0..500).map(move |i| [a, b][i % 2].to_owned()));
    check_outcome("whole numbers", &of("0", "1"), &of("0.0", "1.0"), Severity::None, None);
    check_outcome("truth values", &of("False", "True"), &of("false", "true"), Severity::None, None);
}

#[test]
fn the_name_of_the_file_is_not_part_of_the_reference() {
    let build = |source: &str| {
        let mut builder =
            ReferenceBuilder::new(source, &schema(Kind::Numeric), DEFAULT_BUDGET_BYTES);
        builder.push(&batch(&ramp(100)));
        builder.finish().0
    };
    let (one, other) = (build("baseline.csv"), build("baseline (1).csv"));
    assert_eq!(one.id(), other.id());
    assert_eq!(Reference::decode(&other.encode()).unwrap().source(), "baseline (1).csv");
}

#[test]
fn too_few_rows_decide_nothing_and_say_how_many_would() {
    let found = compare(&ramp(1000), &numbers((0..25).map(|i| f64::from(i) * 30.0)));
    let Some(Reason::TooFewRows { side: Side::Current, found: 25, needed: Some(needed) }) =
        found.reason
    else {
        panic!("{:?}", found.reason);
    };
    assert!((26..1000).contains(&needed), "{needed}");
    assert!(
        found.explanation.contains(&format!("about {needed} would tell")),
        "{}",
        found.explanation
    );
}

#[test]
fn a_textbook_verdict_is_the_values() {
    let spec = CompareSpec { convention: Convention::Textbook, ..CompareSpec::default() };
    let current = numbers((0..25).map(|i| f64::from(i) * 30.0));
    let column = report_by(&spec, &ramp(1000), &current).columns.remove(0);
    let psi = column.measures.psi.unwrap();
    assert_eq!(column.severity, spec.thresholds.step(psi.value));
    assert!(psi.lower < psi.value);
}

#[test]
fn never_seen_levels_are_listed_with_their_rows() {
    let baseline = texts((0..1000).map(|i| format!("level {}", i % 10)));
    let current = texts(
        (0..1000).map(|i| if i % 100 == 0 { "gold".into() } else { format!("level {}", i % 10) }),
    );
    let found = compare(&baseline, &current);
    assert_eq!(
        found.new_levels.iter().map(|new| (new.level.as_str(), new.rows)).collect::<Vec<_>>(),
        [("gold", 10)]
    );
    assert_eq!(found.bins.len(), 11);
    assert_eq!((found.bins[10].baseline, found.bins[10].current), (0, 10));
}

#[test]
fn a_column_that_only_one_side_has_is_named() {
    let reference = reference(&ramp(100));
    let mut other = schema(Kind::Numeric);
    other.fields[0].name = "y".into();
    let mut counter = WindowCounter::new(&reference, &other, &Plan::default());
    counter.count(&batch(&ramp(100)));
    let report = CompareSpec::default().check().unwrap().compare(
        &reference,
        &counter.finish().window,
        "c.csv",
        Timestamp::EPOCH,
    );
    assert_eq!(report.columns[0].reason, Some(Reason::Absent { side: Side::Current }));
    assert_eq!(report.left_out[0].name, "y");
    assert_eq!(report.severity, Severity::Inconclusive);
    assert_eq!(report.problems.len(), 1);
}

#[test]
fn a_role_that_is_given_decides_what_is_compared() {
    let mut spec = CompareSpec::default();
    spec.columns.insert("x".into(), ColumnSpec { role: Some(Role::Ignore), kind: None });
    spec.columns.insert("nowhere".into(), ColumnSpec::default());
    let report = report_by(&spec, &ramp(100), &ramp(100));
    assert_eq!((report.columns.len(), report.left_out.len()), (0, 1));
    assert_eq!(report.left_out[0].role_from, Some(Origin::Given));
    assert_eq!(report.problems[0].place, "columns.nowhere");
}

#[test]
fn other_bins_need_no_second_reading() {
    let reference = reference(&ramp(5000));
    let window = window(&reference, &ramp(5000));
    for bins in [2, 10, 20, 100] {
        let monitor = CompareSpec { bins, ..CompareSpec::default() }.check().unwrap();
        let report = monitor.compare(&reference, &window, "c.csv", Timestamp::EPOCH);
        assert_eq!(report.columns[0].bins.len(), usize::from(bins));
    }
}

#[test]
fn a_report_survives_json() {
    let report = report_by(
        &CompareSpec::default(),
        &ramp(1000),
        &numbers((0..1000).map(|i| f64::from(i) * 1.7)),
    );
    let json = report.to_json();
    assert!(json.starts_with(
        "{\n  \"schema\": \"driftline.report/v1\",\n  \"generated_at\": \"1970-01-01T00:00:00Z\","
    ));
    assert!(!json.contains("null"));
    assert_eq!(Report::from_json(&json).unwrap(), report);
}

#[test]
fn swapped_files_are_noticed_by_their_names() {
    let mut builder =
        ReferenceBuilder::new("current.csv", &schema(Kind::Numeric), DEFAULT_BUDGET_BYTES);
    builder.push(&batch(&ramp(100)));
    let reference = builder.finish().0;
    let window = window(&reference, &ramp(100));
    let report = CompareSpec::default().check().unwrap().compare(
        &reference,
        &window,
        "baseline.csv",
        Timestamp::EPOCH,
    );
    assert!(report.problems.iter().any(|problem| problem.message.contains("swapped")));
}

#[test]
fn a_column_of_nothing_has_a_kind_all_the_same() {
    let field = infer("x", &Evidence::default());
    assert_eq!((field.kind, field.role), (Kind::Numeric, Role::Feature));
}
