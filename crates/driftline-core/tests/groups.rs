//! Rows counted apart in one pass are what each group's rows give when they are counted alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

extern crate alloc;

use alloc::collections::{BTreeMap, BTreeSet};

use driftline_core::{
    bins::{BinCount, Bins, Cut, Resolution},
    column::{Batch, Bitmap, Column, Dictionary, Values},
    counts::Counts,
    duration::Duration,
    group::{GroupBy, GroupKey, Groups, WindowSize},
    reference::{DEFAULT_BUDGET_BYTES, Reference, ReferenceBuilder},
    schema::{Field, Kind, Origin, Role, Schema},
    spec::CompareSpec,
    time::Timestamp,
    window::{Plan, Window, WindowCounter},
};
use proptest::prelude::*;

/// One row; what is `None` is missing.
#[derive(Clone, Debug)]
struct Row {
    micros: Option<i64>,
    number: Option<f64>,
    level: Option<u8>,
    flag: Option<bool>,
}

const TIME: usize = 0;
const LEVEL: usize = 2;
const FLAG: usize = 3;

fn schema() -> Schema {
    let field = |name: &str, kind: Kind| Field {
        name: name.into(),
        kind,
        role: Role::Feature,
        role_from: Origin::Default,
        time_form: None,
    };
    Schema {
        fields: vec![
            field("time", Kind::Timestamp),
            field("number", Kind::Numeric),
            field("level", Kind::Categorical),
            field("flag", Kind::Categorical),
        ],
    }
}

fn batch(rows: &[Row]) -> Batch {
    let there =
        |is_there: fn(&Row) -> bool| Bitmap::from_fn(rows.len(), |row| is_there(&rows[row]));
    let micros = |row: &Row| Timestamp::from_micros(row.micros.unwrap_or(0));
    let mut dictionary = Dictionary::default();
    let mut seen = BTreeMap::new();
    let mut code = |row: &Row| {
        row.level.map_or(0, |level| {
            *seen.entry(level).or_insert_with(|| dictionary.push(&format!("level {level}")))
        })
    };
    let codes = rows.iter().map(&mut code).collect();
    let columns = vec![
        Column::new(
            Values::Timestamp(rows.iter().map(micros).collect()),
            there(|row| row.micros.is_some()),
            0,
        ),
        Column::new(
            Values::Number(rows.iter().map(|row| row.number.unwrap_or(0.0)).collect()),
            there(|row| row.number.is_some()),
            0,
        ),
        Column::new(Values::Text { codes, dictionary }, there(|row| row.level.is_some()), 0),
        Column::new(
            Values::Boolean(rows.iter().map(|row| row.flag.unwrap_or(false)).collect()),
            there(|row| row.flag.is_some()),
            0,
        ),
    ];
    Batch::new(rows.len(), columns).unwrap()
}

fn reference(rows: &[Row]) -> Reference {
    let mut builder = ReferenceBuilder::new("baseline.csv", &schema(), DEFAULT_BUDGET_BYTES);
    builder.push(&batch(rows));
    builder.finish().0
}

fn cut() -> Cut {
    Cut { bins: BinCount::DECILES, atoms: true }
}

/// Counts rows, in batches that end at the places `ends`.
fn count(
    reference: &Reference,
    rows: &[Row],
    ends: &[usize],
    keys: &[GroupKey],
) -> (Window, Vec<Groups>) {
    let groups = keys.iter().map(|key| GroupBy { key: *key, cut: cut() }).collect();
    let plan = Plan { groups, ..Plan::default() };
    let mut counter = WindowCounter::new(reference, &schema(), &plan);
    let mut ends: Vec<usize> = ends.iter().map(|end| end % (rows.len() + 1)).collect();
    ends.push(rows.len());
    ends.sort_unstable();
    let mut start = 0;
    for end in ends {
        counter.count(&batch(&rows[start..end]));
        start = end;
    }
    let counted = counter.finish();
    (counted.window, counted.groups)
}

/// The group of row `at` of the file, by the definition.
fn key_of(reference: &Reference, key: GroupKey, at: usize, row: &Row) -> Option<i64> {
    match key {
        GroupKey::Time { length, .. } => row.micros.map(|micros| {
            // The largest multiple of the length that is not after it, also before 1970.
            let length = i64::try_from(length).unwrap();
            let towards_zero = micros / length;
            if micros % length < 0 { towards_zero - 1 } else { towards_zero }
        }),
        GroupKey::Rows(size) => Some((at as u64 / size) as i64),
        // One counter that is told of no other file counts one.
        GroupKey::Files => Some(0),
        GroupKey::Level { column, top } => {
            let Bins::Levels(levels) = &reference.columns()[column].bins else { panic!("levels") };
            let name = match column {
                LEVEL => row.level.map(|level| format!("level {level}")),
                _ => row.flag.map(|flag| flag.to_string()),
            };
            let place = levels.kept().iter().take(top).position(|kept| Some(kept) == name.as_ref());
            place.map(|place| place as i64)
        }
    }
}

/// What a group's counts must be, by the counts of its rows alone on the whole grid.
fn check_counts(bins: &Bins, group: &Counts, alone: &Counts) {
    let cells: Vec<u64> = match bins {
        Bins::Grid(grid) => {
            let mut start = 0;
            let fold =
                |end: usize| alone.cells[core::mem::replace(&mut start, end)..end].iter().sum();
            grid.cut(cut()).into_iter().map(fold).collect()
        }
        _ => alone.cells.clone(),
    };
    assert_eq!((group.rows, &group.cells, &group.novel), (alone.rows, &cells, &alone.novel));
    if matches!(bins, Bins::Grid(_) | Bins::Levels(_)) {
        let others = |counts: &Counts| {
            [
                counts.missing,
                counts.unreadable,
                counts.nan,
                counts.negative_infinity,
                counts.positive_infinity,
            ]
        };
        assert_eq!(others(group), others(alone));
    }
}

fn check_groups(reference: &Reference, rows: &[Row], groups: &Groups) {
    let mut expected: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
    let mut left_over = 0;
    for (at, row) in rows.iter().enumerate() {
        match key_of(reference, groups.by.key, at, row) {
            Some(key) => expected.entry(key).or_default().push(row.clone()),
            None => left_over += 1,
        }
    }
    assert_eq!(groups.left_over, left_over);
    let keys = |keys: Vec<&i64>| keys.into_iter().copied().collect::<Vec<i64>>();
    assert_eq!(keys(groups.windows.keys().collect()), keys(expected.keys().collect()));
    for (key, rows) in &expected {
        let group = &groups.windows[key];
        let (alone, _) = count(reference, rows, &[], &[]);
        assert_eq!((group.rows(), group.resolution()), (alone.rows(), Resolution::Psi(cut())));
        for (at, column) in reference.columns().iter().enumerate() {
            check_counts(&column.bins, &group.columns()[at], &alone.columns()[at]);
        }
    }
}

fn rows(range: core::ops::Range<usize>) -> impl Strategy<Value = Vec<Row>> {
    let number = prop_oneof![
        8 => -20.0..20.0_f64,
        4 => (-3_i8..3).prop_map(f64::from),
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(-0.0)],
    ];
    let often = |some: bool| if some { 0.9 } else { 0.5 };
    let row = (
        prop::option::weighted(often(true), -5000_i64..5000),
        prop::option::weighted(often(true), number),
        prop::option::weighted(often(true), 0_u8..12),
        prop::option::weighted(often(false), any::<bool>()),
    );
    let row = row.prop_map(|(micros, number, level, flag)| Row { micros, number, level, flag });
    prop::collection::vec(row, range)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn groups_are_their_rows_counted_alone(
        baseline in rows(0..120),
        current in rows(0..200),
        ends in prop::collection::vec(any::<usize>(), 0..6),
        (length, size, top) in (1_u64..4000, 1_u64..70, 1_usize..9),
    ) {
        let reference = reference(&baseline);
        let keys = [
            GroupKey::Time { column: TIME, length, is_auto: false },
            GroupKey::Rows(size),
            GroupKey::Level { column: LEVEL, top },
            GroupKey::Level { column: FLAG, top },
        ];
        let (_, groups) = count(&reference, &current, &ends, &keys);
        for groups in &groups {
            check_groups(&reference, &current, groups);
        }
    }

    #[test]
    fn groups_add_up_in_any_order(
        baseline in rows(0..120),
        current in rows(0..200),
        parts in (any::<usize>(), any::<usize>()),
        length in 1_u64..4000,
    ) {
        let reference = reference(&baseline);
        let keys = [GroupKey::Time { column: TIME, length, is_auto: false }, GroupKey::Level { column: LEVEL, top: 5 }];
        let (a, b) = (parts.0 % (current.len() + 1), parts.1 % (current.len() + 1));
        let (a, b) = (a.min(b), a.max(b));
        let of = |rows: &[Row]| count(&reference, rows, &[], &keys);
        let parts = [of(&current[..a]), of(&current[a..b]), of(&current[b..])];
        let (whole, whole_groups) = of(&current);
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0], [2, 1, 0]] {
            let (mut window, mut groups) = parts[order[0]].clone();
            for at in &order[1..] {
                window.merge(&parts[*at].0).unwrap();
                for (own, other) in groups.iter_mut().zip(&parts[*at].1) {
                    own.merge(other.clone());
                }
            }
            prop_assert_eq!(window.encode(), whole.encode());
            prop_assert_eq!(&groups, &whole_groups);
        }
    }

    #[test]
    fn windows_of_no_given_length_are_as_long_as_the_rows_ask_for(
        baseline in rows(0..60),
        mut current in rows(0..300),
        ends in prop::collection::vec(any::<usize>(), 0..6),
        // From seconds to centuries between two rows.
        spread in prop_oneof![Just(1_000_i64), Just(60_000), Just(4_000_000), Just(700_000_000), Just(60_000_000_000)],
    ) {
        for row in &mut current {
            row.micros = row.micros.map(|micros| micros * spread);
        }
        let reference = reference(&baseline);
        let key = GroupKey::Time { column: TIME, length: 60_000_000, is_auto: true };
        let (_, groups) = count(&reference, &current, &ends, &[key]);
        check_groups(&reference, &current, &groups[0]);

        // The shortest of these that leaves at most 100 windows.
        let minutes = [1, 5, 15, 60, 360, 1440, 7 * 1440, 28 * 1440, 364 * 1440];
        let windows = |minutes: i64| {
            let keys = current.iter().filter_map(|row| row.micros);
            keys.map(|micros| micros.div_euclid(minutes * 60_000_000)).collect::<BTreeSet<i64>>().len()
        };
        let expected = minutes.into_iter().find(|m| windows(*m) <= 100).unwrap_or(364 * 1440);
        let GroupKey::Time { length, .. } = groups[0].by.key else { panic!("windows of time") };
        prop_assert_eq!(length, expected as u64 * 60_000_000);

        // Neither order nor parts matter.
        let half = current.len() / 2;
        let of = |rows: &[Row]| count(&reference, rows, &[], &[key]).1.remove(0);
        let mut merged = of(&current[half..]);
        merged.merge(of(&current[..half]));
        prop_assert_eq!(&merged, &groups[0]);
        current.reverse();
        prop_assert_eq!(&of(&current), &groups[0]);
    }
}

#[test]
fn windows_before_1970_begin_at_multiples_of_their_length_too() {
    let row = |micros| Row { micros: Some(micros), number: None, level: None, flag: None };
    let hour = 3_600_000_000_i64;
    let rows = [-2 * hour - 1, -2 * hour, -hour - 1, -hour, -1, 0, hour - 1, hour].map(row);
    let reference = reference(&rows);
    let key = GroupKey::Time { column: TIME, length: hour as u64, is_auto: false };
    let (_, groups) = count(&reference, &rows, &[], &[key]);
    let found: Vec<(i64, u64)> =
        groups[0].windows.iter().map(|(key, window)| (*key, window.rows())).collect();
    assert_eq!(found, [(-3, 1), (-2, 2), (-1, 2), (0, 2), (1, 1)]);
    let (start, end) = groups[0].span(-2).unwrap();
    assert_eq!(
        (start.to_string(), end.to_string()),
        ("1969-12-31T22:00:00Z".into(), "1969-12-31T23:00:00Z".into())
    );
    assert_eq!(WindowSize::parse("1h"), Some(WindowSize::Time(Duration::parse("1h").unwrap())));
}

#[test]
fn zero_of_either_sign_is_one_extreme() {
    let row = |number| Row { micros: None, number: Some(number), level: None, flag: None };
    let baseline: Vec<Row> = (-5..5).map(|i| row(f64::from(i))).collect();
    let reference = reference(&baseline);
    let window = |numbers: [f64; 2]| count(&reference, &numbers.map(row), &[], &[]).0.encode();
    assert_eq!(window([0.0, -0.0]), window([-0.0, 0.0]));
    let alone = count(&reference, &[row(-0.0)], &[], &[]).0;
    assert_eq!(Window::decode(&alone.encode(), &reference).unwrap(), alone);
}

/// What a summary says of a window beside what its report says.
fn check_summary(spec: &str, reference: &Reference, window: &Window) {
    let spec: CompareSpec = serde_json::from_str(spec).unwrap();
    let monitor = spec.check().unwrap();
    let report = monitor.compare(reference, window, "current.csv", Timestamp::EPOCH);
    let summary = monitor.summary(reference, window);
    assert_eq!(summary.severity, report.severity);
    assert_eq!(summary.drift, report.drift);
    let of_answers = report.prediction.map(|prediction| prediction.severity);
    assert_eq!(summary.prediction_severity, of_answers);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_summary_says_what_the_report_says(
        baseline in rows(0..120),
        current in rows(0..120),
        role in prop_oneof![Just("feature"), Just("prediction"), Just("probability"), Just("version")],
        convention in prop_oneof![
            Just("driftline"), Just("textbook"), Just("credit-risk"), Just("evidently"), Just("nannyml")
        ],
    ) {
        let reference = reference(&baseline);
        let (window, _) = count(&reference, &current, &[], &[]);
        let spec = format!(
            r#"{{"convention": "{convention}", "columns": {{"level": {{"role": "{role}"}}}}}}"#
        );
        check_summary(&spec, &reference, &window);
    }
}

/// Thousands of rows in ten cells that move by so much: verdicts of every kind, and ends of intervals close to their steps.
#[test]
fn a_summary_says_what_the_report_says_at_every_size_of_drift() {
    let row = |number: f64| Row { micros: None, number: Some(number), level: None, flag: None };
    let spread = |rows: usize, power: f64| -> Vec<Row> {
        (0..rows).map(|i| row(100.0 * ((i as f64 + 0.5) / rows as f64).powf(power))).collect()
    };
    let mut seen = BTreeSet::new();
    for baseline in [300, 5000] {
        let reference = reference(&spread(baseline, 1.0));
        for rows in [40, 150, 400, 1000, 4000] {
            for step in 0..60 {
                let current = spread(rows, 1.0 + f64::from(step) / 40.0);
                let (window, _) = count(&reference, &current, &[], &[]);
                check_summary("{}", &reference, &window);
                let monitor = CompareSpec::default().check().unwrap();
                let report = monitor.compare(&reference, &window, "", Timestamp::EPOCH);
                let number = report.columns.iter().find(|column| column.name == "number").unwrap();
                seen.insert(format!("{:?}", number.severity));
            }
        }
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
}
