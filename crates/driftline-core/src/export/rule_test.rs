//! promtool unit tests of the exported rules: every alert on both sides of its threshold, its hold and its guards, so that
//! moving any of them fails a test.
//!
//! Alerts are tested on recorded series given as they are, to the last bit of a threshold; the recording rules on counters,
//! against what Driftline computes of the same counts.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    alert::{Alert, Atom, Guards, NoDataAlert, around, selector},
    exposition::{self, OUTCOMES, le},
    recording::{self, FEATURES, OUTPUTS, prometheus_duration},
    yaml::{number, quoted},
};
use crate::{
    duration::Duration,
    live::Live,
    measure::{CurrentCounts, Measure, Psi, ReferenceCounts, Sides},
    policy::Policy,
    rule::NoDataPolicy,
};

/// Steps that the longest hold may take: what promtool evaluates in a moment.
pub(super) const MOST_STEPS: u64 = 1500;

/// A model whose name is anything but plain: what is in a label must stay in it.
pub(super) const MODEL: &str = "a \"model\"";

/// How far apart evaluations are, so that the longest hold takes no more than so many.
pub(super) fn step_of(live: &Live, alerts: &[(Alert, Option<NoDataAlert>)]) -> Duration {
    let holds = alerts.iter().flat_map(|(alert, no_data)| {
        let of_no_data = no_data.as_ref().and_then(|no_data| no_data.alert.hold);
        [alert.hold, alert.keep_firing_for, of_no_data]
    });
    let longest = holds.flatten().max().map_or(0, Duration::micros);
    let least = longest.div_ceil(MOST_STEPS).div_ceil(1_000_000) * 1_000_000;
    let every = live.every.micros().div_ceil(1000) * 1000;
    Duration::from_micros(every.max(least)).unwrap_or(Duration::MINUTE)
}

/// One test: series, and what must fire when.
pub(super) struct Test<'a> {
    pub(super) name: String,
    /// From one value of the series to the next.
    pub(super) interval: Duration,
    /// From one evaluation to the next.
    pub(super) step: Duration,
    pub(super) series: Vec<(String, String)>,
    pub(super) checks: Vec<(u64, &'a Alert, bool)>,
}

impl Test<'_> {
    pub(super) fn yaml(&self) -> String {
        let mut out = format!(
            "- name: {}\n  interval: {}\n  input_series:\n",
            quoted(&self.name),
            prometheus_duration(self.interval)
        );
        for (series, values) in &self.series {
            out.push_str(&format!(
                "  - {{series: {}, values: {}}}\n",
                quoted(series),
                quoted(values)
            ));
        }
        out.push_str("  alert_rule_test:\n");
        for (step, alert, fires) in &self.checks {
            let at = at_step(self.step, *step);
            out.push_str(&format!("  - eval_time: {at}\n    alertname: {}\n", alert.name));
            if !fires {
                out.push_str("    exp_alerts: []\n");
                continue;
            }
            let pair = |(name, value): &(String, String)| format!("{name}: {}", quoted(value));
            let model = format!("model: {}", quoted(MODEL));
            // A label without a value is none.
            let labels = alert.labels.iter().filter(|(_, value)| !value.is_empty()).map(pair);
            let labels: Vec<String> = [model].into_iter().chain(labels).collect();
            let annotations: Vec<String> = alert.annotations.iter().map(pair).collect();
            out.push_str(&format!(
                "    exp_alerts:\n    - exp_labels: {{{}}}\n      exp_annotations: {{{}}}\n",
                labels.join(", "),
                annotations.join(", ")
            ));
        }
        out
    }
}

fn at_step(step: Duration, n: u64) -> String {
    if n == 0 { "0s".into() } else { prometheus_duration(step.times(n)) }
}

/// A value at so many steps.
type Run = (f64, u64);

fn notation(runs: &[Run]) -> String {
    let items = runs.iter().filter(|(_, n)| *n > 0);
    let items: Vec<String> =
        items.map(|(value, n)| format!("{}+0x{}", number(*value), n - 1)).collect();
    items.join(" ")
}

/// The series with `model`, and the columns that a series of cells has.
fn input(record: &str, labels: &[(&'static str, String)]) -> String {
    let mut all = alloc::vec![("model", MODEL.to_string())];
    all.extend(labels.iter().cloned());
    for (level, column) in [("model_feature:", "feature"), ("model_output:", "output")] {
        if record.starts_with(level) && !all.iter().any(|(name, _)| *name == column) {
            all.push((column, "any".into()));
        }
    }
    selector(record, &all)
}

/// Where each series of a condition stands.
type Stand = Vec<(String, f64)>;

/// Where a condition stands on either side of each of its thresholds.
struct Stands {
    /// True by a hair.
    r#true: Vec<Stand>,
    /// False by a hair.
    r#false: Vec<Stand>,
    /// False, but past the exit threshold.
    between: Option<Stand>,
    /// False past the exit threshold too, by a hair.
    clear: Stand,
}

fn stands(alert: &Alert) -> Stands {
    let series = |atom: &Atom| input(&atom.record, &atom.labels);
    let own = &alert.condition[0];
    let exit = alert.exit.as_ref().map(|exit| &exit[0]);
    let (trues, falses) = around(own);
    let own_false = falses[0];
    if alert.shown.is_none() {
        // One series stands on one side of all thresholds.
        let stand = |value: f64| alloc::vec![(series(own), value)];
        let mut stands = Stands {
            r#true: trues.into_iter().map(stand).collect(),
            r#false: falses.into_iter().map(stand).collect(),
            between: exit.map(|exit| stand(around(exit).0[0])),
            clear: stand(exit.map_or(own_false, |exit| around(exit).1[0])),
        };
        for band in &alert.condition[1..] {
            let (trues, falses) = around(band);
            stands.r#true.extend(trues.into_iter().map(stand));
            stands.r#false.extend(falses.into_iter().map(stand));
        }
        return stands;
    }
    // A percentile is shown; each threshold has a share of its own.
    let shown = alert.shown.as_ref().map(|shown| (input(shown, &[]), 1.0));
    let stand = |is_true: &dyn Fn(usize) -> bool, exit_is_true: bool| -> Stand {
        let mut stand: Stand = shown.clone().into_iter().collect();
        for (i, atom) in alert.condition.iter().enumerate() {
            let (trues, falses) = around(atom);
            stand.push((series(atom), if is_true(i) { trues[0] } else { falses[0] }));
        }
        if let Some(exit) = exit {
            let (trues, falses) = around(exit);
            stand.push((series(exit), if exit_is_true { trues[0] } else { falses[0] }));
        }
        stand
    };
    Stands {
        r#true: alloc::vec![stand(&|_| true, true)],
        r#false: (0..alert.condition.len()).map(|no| stand(&|i| i != no, true)).collect(),
        between: exit.map(|_| stand(&|i| i != 0, true)),
        clear: stand(&|i| i != 0, false),
    }
}

/// What stands beside the condition: enough rows, and none of them old.
fn guarded(guards: &Guards, step: Duration, rows: &[Run], ages: &[Run]) -> Vec<(String, String)> {
    let (record, labels) = &guards.rows;
    let seconds = step.micros() as f64 / 1e6;
    let (mut event, mut at) = (Vec::new(), 0);
    for (age, n) in ages.iter().filter(|(_, n)| *n > 0) {
        let first = at as f64 * seconds - age;
        event.push(format!("{}+{}x{}", number(first), number(seconds), n - 1));
        at += n;
    }
    let event = event.join(" ");
    alloc::vec![
        (input(record, labels), notation(rows)),
        (selector(exposition::LAST_EVENT.name, &[("model", MODEL.into())]), event),
    ]
}

/// The series of a condition that stands here, then there.
fn series(runs: &[(&Stand, u64)]) -> Vec<(String, String)> {
    let Some((first, _)) = runs.first() else { return Vec::new() };
    let values = |name: &str| -> Vec<Run> {
        runs.iter()
            .filter_map(|(stand, n)| {
                let found = stand.iter().find(|(other, _)| other == name)?;
                Some((found.1, *n))
            })
            .collect()
    };
    first.iter().map(|(name, _)| (name.clone(), notation(&values(name)))).collect()
}

/// What a test of an alert is made of.
struct Course<'a> {
    what: &'a str,
    /// Where the condition stands, and for how many steps.
    runs: &'a [(&'a Stand, u64)],
    /// Enough all the time where nothing is said.
    rows: Option<&'a [Run]>,
    /// In seconds; 0 all the time where nothing is said.
    ages: Option<&'a [Run]>,
    checks: Vec<(u64, bool)>,
}

impl<'a> Course<'a> {
    fn of(what: &'a str, runs: &'a [(&'a Stand, u64)], checks: Vec<(u64, bool)>) -> Course<'a> {
        Course { what, runs, rows: None, ages: None, checks }
    }
}

/// How old rows are that are only just too old, in seconds beyond the oldest that may be.
const TOO_OLD: f64 = 0.001;

/// How old rows may be in seconds, and the oldest age that is surely seen as such.
fn ages_of(guards: &Guards) -> (f64, f64) {
    let max_age = guards.max_age.micros() as f64 / 1e6;
    // Differences of whole seconds are exact; of others the last bit is not known.
    let is_whole = guards.max_age.micros().is_multiple_of(1_000_000);
    (max_age, if is_whole { max_age } else { max_age - TOO_OLD })
}

/// The tests of one alert.
pub(super) fn of_alert(alert: &Alert, no_data: Option<&NoDataAlert>, step: Duration) -> String {
    let steps_of = |duration: Option<Duration>| {
        duration.map_or(0, |duration| duration.micros().div_ceil(step.micros()))
    };
    let (hold, keep) = (steps_of(alert.hold), steps_of(alert.keep_firing_for));
    let Stands { r#true: trues, r#false: falses, between, clear } = stands(alert);
    let enough = alert.guards.as_ref().map_or(0, |guards| guards.min_samples) as f64;
    let mut out = String::new();
    let mut test = |course: Course<'_>| {
        let Course { what, runs, rows, ages, checks } = course;
        let steps: u64 = runs.iter().map(|(_, n)| n).sum();
        let mut all = series(runs);
        if let Some(guards) = &alert.guards {
            let (all_rows, all_ages) = ([(enough, steps)], [(0.0, steps)]);
            let (rows, ages) = (rows.unwrap_or(&all_rows), ages.unwrap_or(&all_ages));
            all.extend(guarded(guards, step, rows, ages));
        }
        let checks = checks.into_iter().map(|(at, fires)| (at, alert, fires)).collect();
        out.push_str(
            &Test {
                name: format!("{}: {what}", alert.name),
                interval: step,
                step,
                series: all,
                checks,
            }
            .yaml(),
        );
    };

    let is_false_from = hold + 2;
    let mut checks = Vec::new();
    if hold > 0 {
        checks.push((hold - 1, false));
    }
    checks.push((hold, true));
    if keep > 0 {
        checks.push((is_false_from + keep - 1, true));
    }
    checks.push((is_false_from + keep, false));
    let falls = [(&trues[0], is_false_from), (&clear, keep + 2)];
    test(Course::of("after its hold, and no longer than it is kept", &falls, checks));
    for stand in &trues[1..] {
        test(Course::of("on the other side", &[(stand, hold + 2)], alloc::vec![(hold, true)]));
    }
    for stand in &falses {
        let checks = alloc::vec![(hold, false), (hold + 3, false)];
        test(Course::of("not a hair before its threshold", &[(stand, hold + 4)], checks));
    }
    if let Some(between) = &between {
        let clears = is_false_from + keep + 3;
        let runs = [(&trues[0], is_false_from), (between, keep + 3), (&clear, keep + 3)];
        let checks = alloc::vec![(clears - 1, true), (clears + keep, false)];
        test(Course::of("until it passes the exit threshold", &runs, checks));
        let checks = alloc::vec![(hold + 3, false)];
        test(Course::of("not by the exit threshold alone", &[(between, hold + 4)], checks));
    }
    let Some(guards) = &alert.guards else { return out };
    let forever = [(&trues[0], hold + 4)];
    let never = alloc::vec![(hold + 3, false)];
    let too_few = [(enough - 1.0, hold + 4)];
    test(Course {
        rows: Some(&too_few),
        ..Course::of("not on one row too few", &forever, never.clone())
    });
    let (max_age, oldest) = ages_of(guards);
    let checks = alloc::vec![(hold, true)];
    let ages = [(oldest, hold + 4)];
    test(Course { ages: Some(&ages), ..Course::of("on rows as old as may be", &forever, checks) });
    let ages = [(max_age + TOO_OLD, hold + 4)];
    test(Course { ages: Some(&ages), ..Course::of("not on older rows", &forever, never) });

    // Longer than a series is seen after its end.
    let gap = Duration::MINUTE.times(6).micros().div_ceil(step.micros());
    let stays = alert.on_no_data != NoDataPolicy::Resolve;
    let rows = [(enough, is_false_from), (enough - 1.0, gap + keep), (enough, keep + 3)];
    let runs = [(&trues[0], is_false_from), (&clear, gap + keep), (&clear, keep + 3)];
    let (ends, back) = (is_false_from + gap + keep - 1, is_false_from + gap + keep);
    let checks = alloc::vec![(ends, stays), (back + keep, false)];
    test(Course { rows: Some(&rows), ..Course::of("where rows become too few", &runs, checks) });
    if let Some(between) = &between {
        let runs = [(&trues[0], is_false_from), (between, gap + keep), (&clear, keep + 3)];
        let checks = alloc::vec![(ends, stays), (back + keep, false)];
        let what = "where rows become too few before the exit threshold";
        test(Course { rows: Some(&rows), ..Course::of(what, &runs, checks) });
    }
    let ages = [(0.0, is_false_from), (max_age + TOO_OLD, gap + keep), (oldest, keep + 3)];
    let checks = alloc::vec![(ends, stays), (back + keep, false)];
    test(Course { ages: Some(&ages), ..Course::of("where rows become too old", &runs, checks) });

    if alert.decided.is_some() {
        let stops = is_false_from;
        let rows = [(enough, stops), (enough - 1.0, gap + keep), (enough, keep + 3)];
        let runs = [(&trues[0], stops), (&clear, gap + keep + keep + 3)];
        let all = of_stop(alert, guards, step, &rows, &runs, &[(&clear, ends + keep + 4)]);
        let checks = alloc::vec![(ends, true), (back + keep, false)];
        out.push_str(&test_of(alert, "where one column stops and others go on", step, all, checks));
        // What stops was not past the threshold; what was past it goes on, and comes back.
        let rows = [(enough, stops), (enough - 1.0, gap + keep + keep + 3)];
        let runs = [(&clear, ends + keep + 4)];
        let other = [(&trues[0], stops + 1), (&clear, gap + keep + keep + 2)];
        let all = of_stop(alert, guards, step, &rows, &runs, &other);
        let checks = alloc::vec![(stops, true), (stops + 1 + keep, false)];
        out.push_str(&test_of(alert, "not by a column that stops below", step, all, checks));
    }
    if let Some(no_data) = no_data {
        out.push_str(&of_no_data(no_data, guards, &clear, step));
    }
    out
}

fn of_no_data(no_data: &NoDataAlert, guards: &Guards, clear: &Stand, step: Duration) -> String {
    let alert = &no_data.alert;
    let hold = alert.hold.map_or(0, |hold| hold.micros().div_ceil(step.micros()));
    let enough = guards.min_samples as f64;
    let (had, steps) = (3, hold + 6);
    let (max_age, oldest) = ages_of(guards);
    let test = |what: &str, rows: f64, age: f64, fires: bool| {
        let mut all = series(&[(clear, steps)]);
        let rows = [(enough, had), (rows, steps - had)];
        all.extend(guarded(guards, step, &rows, &[(0.0, had), (age, steps - had)]));
        let labels = [("model", MODEL.into()), ("version", "1".into())];
        all.push((selector(exposition::MODEL_INFO.name, &labels), notation(&[(1.0, steps)])));
        let mut checks = alloc::vec![(had - 1, alert, false), (had + hold, alert, fires)];
        if hold > 0 {
            checks.push((had + hold - 1, alert, false));
        }
        let name = format!("{}: {what} of {}", alert.name, no_data.of);
        Test { name, interval: step, step, series: all, checks }.yaml()
    };
    [
        test("after so long on too few rows", enough - 1.0, 0.0, true),
        test("after so long on too old rows", enough, max_age + TOO_OLD, true),
        test("not on rows as old as may be", enough, oldest, false),
    ]
    .concat()
}

fn test_of(
    alert: &Alert,
    what: &str,
    step: Duration,
    series: Vec<(String, String)>,
    checks: Vec<(u64, bool)>,
) -> String {
    let name = format!("{}: {what}", alert.name);
    let checks = checks.into_iter().map(|(at, fires)| (at, alert, fires)).collect();
    Test { name, interval: step, step, series, checks }.yaml()
}

/// Two columns: one with these rows, another one with enough all the time; their reference stays.
fn of_stop(
    alert: &Alert,
    guards: &Guards,
    step: Duration,
    rows: &[Run],
    runs: &[(&Stand, u64)],
    other: &[(&Stand, u64)],
) -> Vec<(String, String)> {
    let steps: u64 = rows.iter().map(|(_, n)| n).sum();
    let enough = guards.min_samples as f64;
    let mut all = series(runs);
    let as_other = |name: &str| name.replace("=\"any\"", "=\"other\"");
    all.extend(series(other).into_iter().map(|(name, values)| (as_other(&name), values)));
    all.extend(guarded(guards, step, rows, &[(0.0, steps)]));
    let others = input(&guards.rows.0, &guards.rows.1);
    all.push((as_other(&others), notation(&[(enough, steps)])));
    if let Some(reference) = recording::reference_of(&alert.metric) {
        let column = if guards.on.contains("output") { "output" } else { "feature" };
        for name in ["any", "other"] {
            let labels = [("model", MODEL.into()), (column, name.into())];
            all.push((selector(reference, &labels), notation(&[(1.0, steps)])));
        }
    }
    all
}

/// A number that a query must return, to within what rounding may do.
struct Expected {
    query: String,
    value: f64,
    tolerance: f64,
}

/// The tests of the recording rules: counts of two replicas, of which one restarts, and what Driftline says of their sums.
pub(super) fn of_recordings(policy: &Policy, step: Duration) -> String {
    const REFERENCE: [u64; 5] = [400, 300, 200, 60, 40];
    const CURRENT: [u64; 5] = [900, 900, 1200, 600, 900];
    let sides = Sides::of_cells(ReferenceCounts(&REFERENCE), CurrentCounts(&CURRENT));
    let Some(psi) = Psi::default().compare(&sides) else { return String::new() };
    // Every counter grows by so much a step, so that shares over any window are those of the counts.
    let windows = recording::live_windows(policy);
    let longest = windows.last().map_or(1, |window| window.micros().div_ceil(step.micros()));
    let steps = longest.min(MOST_STEPS) + 4;
    let grows = |by: f64, n: u64| format!("0+{}x{n}", number(by));
    let model = ("model", MODEL.to_string());
    let mut all: Vec<(String, String)> = Vec::new();
    for (column, counts, shares, rows) in [
        (
            "feature",
            exposition::FEATURE_BIN,
            exposition::FEATURE_REFERENCE_RATIO,
            exposition::FEATURE_REFERENCE_ROWS,
        ),
        (
            "output",
            exposition::OUTPUT_BIN,
            exposition::OUTPUT_REFERENCE_RATIO,
            exposition::OUTPUT_REFERENCE_ROWS,
        ),
    ] {
        let labels = |more: &[(&'static str, String)]| {
            let mut labels =
                alloc::vec![model.clone(), (column, "a\\b".into()), ("reference", "r".into())];
            labels.extend(more.iter().cloned());
            labels
        };
        let n: u64 = REFERENCE.iter().sum();
        for (bin, (reference, current)) in REFERENCE.iter().zip(CURRENT).enumerate() {
            let bin = ("bin", bin.to_string());
            for (replica, part) in [("one", current / 3), ("two", current - current / 3)] {
                let labels = labels(&[bin.clone(), ("instance", replica.into())]);
                all.push((selector(counts.name, &labels), grows(part as f64, steps)));
            }
            let labels = labels(&[bin]);
            all.push((
                selector(shares.name, &labels),
                format!("{}+0x{steps}", number(*reference as f64 / n as f64)),
            ));
        }
        all.push((selector(rows.name, &labels(&[])), format!("{n}+0x{steps}")));
    }
    // One request in ten fails, and one in fifty takes longer than every threshold.
    for (outcome, by) in OUTCOMES.iter().zip([900.0, 100.0, 500.0]) {
        let labels = [model.clone(), ("outcome", (*outcome).into())];
        all.push((selector(exposition::PREDICTIONS.name, &labels), grows(by, steps)));
    }
    let thresholds = super::alert::bucket_thresholds(policy);
    let bucket = format!("{}_bucket", exposition::REQUEST_DURATION.name);
    for threshold in &thresholds {
        let labels = [model.clone(), ("le", le(*threshold))];
        all.push((selector(&bucket, &labels), grows(980.0, steps)));
    }
    let labels = [model, ("le", "+Inf".into())];
    all.push((selector(&bucket, &labels), grows(1000.0, steps)));

    let budget = policy.objectives.availability.budget();
    let mut expected = alloc::vec![
        Expected { query: FEATURES.psi(), value: psi.value, tolerance: 1e-9 },
        Expected { query: OUTPUTS.psi(), value: psi.value, tolerance: 1e-9 },
        Expected { query: recording::ERRORS.into(), value: 0.1, tolerance: 1e-9 },
        Expected { query: recording::BURN_RATE.into(), value: 0.1 / budget, tolerance: 1e-6 },
    ];
    for threshold in &thresholds {
        let query = selector(recording::WITHIN, &[("threshold", le(*threshold))]);
        expected.push(Expected { query, value: 0.98, tolerance: 1e-9 });
    }
    let mut out = format!(
        "- name: \"recorded numbers are Driftline's\"\n  interval: {}\n  input_series:\n",
        prometheus_duration(step)
    );
    for (series, values) in &all {
        out.push_str(&format!("  - {{series: {}, values: {}}}\n", quoted(series), quoted(values)));
    }
    out.push_str("  promql_expr_test:\n");
    let at = at_step(step, steps - 1);
    let mut check = |query: String| {
        out.push_str(&format!(
            "  - {{expr: {}, eval_time: {at}, exp_samples: [{{labels: \"{{}}\", value: 1}}]}}\n",
            quoted(&query)
        ));
    };
    for Expected { query, value, tolerance } in expected {
        check(format!("max(abs({query} - {}) < bool {})", number(value), number(tolerance)));
    }
    // The lower end in closed form is never above the exact one of as many rows, and not far below.
    let rows = format!("max({})", FEATURES.rows());
    check(format!("max({} < bool {})", FEATURES.psi_lower(), number(psi.value)));
    check(format!("max({} > bool 0)", FEATURES.psi_lower()));
    check(format!("{rows} >= bool {}", policy.live.min_samples.max(1)));
    out
}
