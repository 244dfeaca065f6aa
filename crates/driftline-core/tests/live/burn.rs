//! Burn rates over long and short times, live and in replay.

use driftline_core::{
    duration::Duration,
    engine::{Engine, Input},
    live::LiveWindows,
    metric::{BurnWindows, Metric},
    objective::Availability,
    policy::{Policy, PolicySpec},
    replay::{Replay, unmeasured},
    report::{ErrorCount, Report, WindowReport},
    rule::burn_rate_rules,
};

use crate::rows::{Draws, Row, at, batch, monitor, plan, policy, reference, schema};

const HOUR: u64 = 3600;

fn watching() -> PolicySpec {
    PolicySpec {
        rules: burn_rate_rules(&Availability::default()),
        triggers: Vec::new(),
        ..PolicySpec::default()
    }
}

fn pair(long: &str, short: &str) -> BurnWindows {
    let read = |text| Duration::parse(text).unwrap();
    BurnWindows { long: read(long), short: read(short) }
}

#[test]
fn a_reading_is_of_the_rows_of_its_time_and_at_most_one_slot_more() {
    let reference = reference();
    let policy = Policy::default();
    let mut live = LiveWindows::new(&reference, plan(&reference, &policy));
    let mut draws = Draws(11);
    let mut all: Vec<(u64, bool)> = Vec::new();
    let end = 4 * 24 * HOUR;
    for n in 0..end / 40 {
        let second = n * 40;
        let mut row = Row::new(Some(at(second)), &mut draws);
        row.failed = draws.below(7) == 0;
        row.latency_ms = if draws.below(11) == 0 { 200.0 } else { 5.0 };
        all.push((second, row.failed));
        live.count(&reference, &schema(), &batch(&[row]), at(second)).unwrap();
    }
    let history = live.panes().history();
    for (length, slot) in [("5m", 60), ("30m", 60), ("1h", 60), ("6h", 60), ("3d", HOUR)] {
        let length = Duration::parse(length).unwrap();
        let span = history.over(length, at(end)).unwrap();
        let rows = |seconds: u64| {
            let within = all.iter().filter(move |(second, _)| *second >= end - seconds);
            within
                .fold((0, 0), |(rows, errors), (_, failed)| (rows + 1, errors + u64::from(*failed)))
        };
        let exact = rows(length.micros() / 1_000_000);
        let most = rows(length.micros() / 1_000_000 + slot);
        // The end is the end of a slot of both lengths, so that nothing is over.
        assert_eq!((span.errors.rows, span.errors.errors), exact, "{length}");
        assert_eq!((span.latencies, span.slow.len()), (exact.0, 2));
        // 1 in 11 takes 200 ms: too long for one objective, not for the other.
        let expected = span.latencies as f64 / 11.0;
        assert!((span.slow[0] as f64 - expected).abs() <= 4.0 * expected.sqrt(), "{length}");
        assert_eq!(span.slow[1], 0);
        // 59 s before, it begins up to a slot earlier.
        let earlier = at(end - 59);
        let span = history.over(length, earlier).unwrap();
        assert!((exact.0..=most.0).contains(&span.errors.rows), "{length}");
    }
    assert!(history.over(Duration::parse("4d").unwrap(), at(end)).is_some());
    assert!(history.over(Duration::parse("4d1s").unwrap(), at(end)).is_none());
    assert!(history.over(Duration::parse("31d").unwrap(), at(end)).is_none());
    // 1 in 11 is slow where 1 in 20 may be.
    let objective = policy.objectives.latency[0];
    let hour = Duration::parse("6h").unwrap();
    let burn = live.latency_burn_rate(&objective, hour, at(end)).unwrap();
    assert!((burn.value - 20.0 / 11.0).abs() < 0.5, "{burn:?}");
}

/// One request a second; fails in the given seconds of every hundred. The alerts that fire after each minute.
fn run(failing: impl Fn(u64) -> u64, minutes: u64) -> Vec<Vec<String>> {
    let reference = reference();
    let policy = Policy::of(&watching()).unwrap();
    let mut live = LiveWindows::new(&reference, plan(&reference, &policy));
    let mut engine = Engine::new(policy.clone());
    let mut draws = Draws(2);
    let mut firing = Vec::new();
    for minute in 0..minutes {
        let rows: Vec<Row> = (minute * 60..minute * 60 + 60)
            .map(|second| {
                let mut row = Row::new(Some(at(second)), &mut draws);
                row.failed = second % 100 < failing(minute);
                row
            })
            .collect();
        let now = at(minute * 60 + 60);
        live.count(&reference, &schema(), &batch(&rows), now).unwrap();
        let window = live.window(&reference, now).unwrap();
        let report = monitor().compare(&reference, &window.window, "live", now);
        let evidence = live.evidence(&window, &report, &policy);
        let outcome = engine.handle(Input::Window(evidence), now);
        assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
        let alerts = outcome.alerts.into_iter().filter(|alert| alert.state == "firing");
        firing.push(alerts.map(|alert| alert.name).collect());
    }
    firing
}

#[test]
fn the_workbooks_page_comes_after_an_hour_and_ends_soon_after_the_errors() {
    // 2 % fail for an hour and a half: 20 times as many as may.
    let firing = run(|minute| if minute < 90 { 2 } else { 0 }, 120);
    let fires = |minute: usize| firing[minute].iter().any(|name| name == "ErrorBudgetBurn1h");
    let first = firing.iter().position(|alerts| !alerts.is_empty());
    // Counting began with the first minute's end: an hour later it is known what an hour held.
    assert_eq!(first, Some(60));
    assert!((60..90).all(fires));
    // At 2 % in the hour it would go on for long; the short window ends it.
    assert!(!fires(97), "{:?}", &firing[88..100]);
    // 1 % is ten times as many as may: a page after six hours, none after one.
    let firing = run(|_| 1, 375);
    assert!(firing[..360].iter().all(Vec::is_empty));
    assert_eq!(firing[374], ["ErrorBudgetBurn6h"]);
}

#[test]
fn a_burn_rate_needs_both_windows() {
    let reference = reference();
    let policy = policy(r#"{"rules": [], "triggers": []}"#);
    let mut live = LiveWindows::new(&reference, plan(&reference, &policy));
    let mut draws = Draws(2);
    for minute in 0..120 {
        let rows: Vec<Row> = (0..20)
            .map(|i| {
                let mut row = Row::new(Some(at(minute * 60 + i)), &mut draws);
                row.failed = minute >= 115 && i < 10;
                row
            })
            .collect();
        live.count(&reference, &schema(), &batch(&rows), at(minute * 60 + 20)).unwrap();
    }
    let end = at(120 * 60);
    let read = |long, short| live.burn_rate(pair(long, short), end, &policy);
    // 50 of 1200 within the hour, half of the last five minutes: by a budget of 0.1 %.
    let both = read("1h", "5m").unwrap();
    assert!((both.value - 1000.0 * 50.0 / 1200.0).abs() < 1e-9, "{both:?}");
    assert_eq!(both.rows, 100);
    let short = read("5m", "5m").unwrap();
    assert!((short.value - 500.0).abs() < 1e-9);
    assert!(read("3d", "5m").is_none());
}

fn hourly(rates: &[f64]) -> Report {
    let reference = reference();
    let window =
        driftline_core::window::Window::empty(&reference, driftline_core::bins::Resolution::Grid);
    let mut report = monitor().compare(&reference, &window, "current", at(0));
    report.windows = (0..)
        .zip(rates)
        .map(|(n, rate)| WindowReport {
            start: Some(at(n * HOUR)),
            end: Some(at((n + 1) * HOUR)),
            severity: driftline_core::verdict::Severity::None,
            errors: Some(ErrorCount { count: (rate * 1000.0).round() as u64, rows: 1000 }),
            error_rate: Some(*rate),
            ..WindowReport::of_rows(1000)
        })
        .collect();
    report
}

#[test]
fn replay_sums_the_errors_of_the_windows_within() {
    let mut spec = watching();
    // The third hour burns 30 times too fast.
    let mut rates = [0.0; 12];
    rates[2] = 0.03;
    let report = hourly(&rates);
    let replay = Replay::of_report(&Policy::of(&spec).unwrap(), &report);
    let fired = |name: &str| -> Vec<u64> {
        let alert = replay.alerts.iter().find(|alert| alert.alert.name == name).unwrap();
        alert.episodes.iter().map(|episode| episode.fired_window).collect()
    };
    assert_eq!(fired("ErrorBudgetBurn1h"), [3]);
    // 30 of 6000 in six hours are 5 times as many as may: below 6.
    assert!(fired("ErrorBudgetBurn6h").is_empty());
    // Twelve hours say nothing of three days, which is told.
    let problems: Vec<String> =
        unmeasured(&spec, &report).into_iter().map(|problem| problem.place).collect();
    assert_eq!(problems, ["rules[2].metric"]);
    assert!(fired("ErrorBudgetBurn3d").is_empty());
    // Of windows without instants no burn rate over a time is known.
    let mut timeless = report.clone();
    timeless.windows.iter_mut().for_each(|window| (window.start, window.end) = (None, None));
    let replay = Replay::of_report(&Policy::of(&spec).unwrap(), &timeless);
    assert!(!replay.has_fired());
    assert_eq!(unmeasured(&spec, &timeless).len(), 3);
    // Triggers read it too.
    spec.rules.clear();
    spec.triggers = serde_json::from_str(
        r#"[{"metric": "burn_rate{long=\"1h\",short=\"5m\"}", "threshold": 14.4, "action": "rollback", "windows": 1}]"#,
    )
    .unwrap();
    assert_eq!(spec.triggers[0].metric, Metric::BurnRate { over: Some(pair("1h", "5m")) });
    let replay = Replay::of_report(&Policy::of(&spec).unwrap(), &report);
    assert_eq!(replay.acted().count(), 1);
}
