//! What stands before Prometheus' table by default: stale data, small samples, unseen time, flapping, the ladder.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use driftline_core::{
    duration::Duration,
    engine::{Engine, Input, Outcome},
    evidence::{Evidence, Finding, Observed},
    metric::Metric,
    policy::Policy,
    policy::PolicySpec,
    time::Timestamp,
};

const START: u64 = 1_700_000_000_000_000;

fn policy(json: &str) -> Policy {
    let spec: PolicySpec = serde_json::from_str(json).unwrap();
    Policy::of(&spec).unwrap()
}

/// An engine under one rule on PSI above 0.25, with more of its settings.
fn under(settings: &str) -> Engine {
    Engine::new(policy(&format!(
        r#"{{"triggers": [], "rules": [
            {{"name": "A", "metric": "psi_score", "threshold": 0.25, "severity": "critical" {settings}}}]}}"#
    )))
}

/// One step of `every`: `F` a window above the threshold, `w` one just below it, `.` one far below, `l` one above it whose
/// lower end is not, `?` one of too few rows, `=` the last window again, `_` nothing but the time, `'` nobody looks.
fn run(engine: &mut Engine, every: Duration, inputs: &str) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut now = engine.state().last_now.unwrap_or(Timestamp::EPOCH.later(START));
    let mut window = Evidence::new(0, now, now, 0);
    for (i, input) in inputs.split_whitespace().enumerate() {
        let before = now;
        now = now.later(every.micros());
        let mut see = |value: f64, lower: f64, rows: u64| {
            window = Evidence::new(START + i as u64 + now.micros() as u64, before, now, rows);
            let psi = Observed { lower: Some(lower), ..Observed::new(value, rows) };
            window.values.insert(Metric::PsiScore { feature: None }, psi);
        };
        match input {
            "F" => see(0.3, 0.3, 1000),
            "w" => see(0.22, 0.22, 1000),
            "." => see(0.01, 0.01, 1000),
            "l" => see(0.3, 0.05, 1000),
            "?" => see(0.3, 0.3, 100),
            _ => {}
        }
        match input {
            "'" => continue,
            "_" => outcomes.push(engine.handle(Input::Tick, now)),
            _ => outcomes.push(engine.handle(Input::Window(window.clone()), now)),
        }
        assert!(outcomes.last().unwrap().problems.is_empty());
    }
    outcomes
}

/// `I` inactive, `P` pending, `X` firing, `R` resolved.
fn letters(outcomes: &[Outcome]) -> String {
    let letters: Vec<&str> = outcomes
        .iter()
        .map(|outcome| match outcome.alerts[0].state.as_str() {
            "inactive" => "I",
            "pending" => "P",
            "firing" => "X",
            _ => "R",
        })
        .collect();
    letters.join(" ")
}

fn check_guarded(settings: &str, inputs: &str, expected: &str) {
    let outcomes = run(&mut under(settings), Duration::MINUTE, inputs);
    assert_eq!(letters(&outcomes), expected, "{settings}: {inputs}");
}

#[test]
fn a_hold_needs_distinct_windows_and_not_one_that_is_looked_at_again() {
    check_guarded(r#", "for": "2m""#, "F F F F", "P P X X");
    check_guarded(r#", "for": "2m""#, "F _ _ _ _ _ _ _", "P P P P P P P P");
    check_guarded(r#", "for": "2m""#, "F = = = =", "P P P P P");
    check_guarded(r#", "for": "2m""#, "F = F =", "P P X X");
    check_guarded(r#", "for": "2m", "min_windows": 4"#, "F F F F", "P P P X");
    check_guarded(r#", "for": "3windows""#, "F = F = F", "P P P P X");
    check_guarded("", "F", "X");
}

#[test]
fn what_is_inconclusive_is_neither_true_nor_false_and_serves_no_hold() {
    check_guarded(r#", "for": "2m""#, "F ? F F F", "P P P X X");
    check_guarded(r#", "for": "2m""#, "F F F ? ? ? .", "P P X X X X R");
    check_guarded(r#", "for": "2m", "min_samples": 100"#, "? ? ?", "P P X");
    check_guarded("", "? ? ?", "I I I");
}

#[test]
fn no_data_neither_clears_a_critical_alert_nor_serves_a_hold() {
    check_guarded("", "F _ _ _ _ _ _ _ _ .", "X X X X X X X X X R");
    // Five minutes a window is fresh; after that the time does not count.
    check_guarded(r#", "for": "8m""#, "F F _ _ _ _ _ _ _ _ _ F F", "P P P P P P P P P P P P X");
    check_guarded(r#", "for": "8m""#, "F F _ _ _ _ _ _ _ _ _ .", "P P P P P P P P P P P I");
}

#[test]
fn no_data_resolves_where_a_milder_rule_says_so() {
    let engine = policy(
        r#"{"triggers": [], "rules": [
            {"name": "A", "metric": "psi_score", "threshold": 0.25, "no_data": "resolve"}]}"#,
    );
    let outcomes = run(&mut Engine::new(engine), Duration::MINUTE, "F _ _ _ _ _ _ _");
    assert_eq!(letters(&outcomes), "X X X X X X R R");
}

#[test]
fn no_data_has_an_alert_of_its_own_where_the_rule_says_so() {
    let mut engine = under(r#", "no_data": "alert", "no_data_for": "3m""#);
    let outcomes = run(&mut engine, Duration::MINUTE, "F _ _ _ _ _ _ _ _ _ .");
    let changes: Vec<(usize, &str, &str)> = outcomes
        .iter()
        .enumerate()
        .flat_map(|(i, outcome)| outcome.transitions.iter().map(move |t| (i, t)))
        .filter(|(_, t)| t.what == "ANoData")
        .map(|(i, t)| (i, t.from.as_str(), t.to.as_str()))
        .collect();
    // Stale from the sixth minute on, told three minutes later.
    assert_eq!(changes, [(9, "inactive", "firing"), (10, "firing", "resolved")]);
    assert_eq!(outcomes[9].alerts[1].name, "ANoData");
}

#[test]
fn time_that_nobody_saw_serves_no_hold() {
    // Asleep for eight minutes: the hold of five has been seen for one.
    check_guarded(r#", "for": "5m""#, "F F ' ' ' ' ' ' ' ' F F F F", "P P P P P X");
    // A gap no longer than max_gap is Prometheus' missed evaluations.
    check_guarded(r#", "for": "5m""#, "F F ' ' ' F", "P P X");
    // A long window saw what nobody looked at.
    let mut engine = under(r#", "for": "5h""#);
    let hour = Duration::MINUTE.times(60);
    assert_eq!(letters(&run(&mut engine, hour, "F F F F F F")), "P P P P P X");
    // Keeping is no better served by a sleep than holding.
    check_guarded(r#", "keep_firing_for": "5m""#, "F . ' ' ' ' ' ' ' ' . . . .", "X X X X X X");
}

#[test]
fn a_clock_that_runs_backwards_is_refused_and_told() {
    let mut engine = under("");
    run(&mut engine, Duration::MINUTE, "F F");
    let before = engine.clone();
    let past = Timestamp::EPOCH.later(START);
    let outcome = engine.handle(Input::Tick, past);
    assert_eq!(outcome.problems[0].place, "now");
    assert_eq!(engine, before);
    // Whoever throws the switch is obeyed whatever the clock says.
    let outcome = engine.handle(Input::KillSwitch { on: true, by: "me".into() }, past);
    assert_eq!((outcome.audit.len(), engine.state().kill_switch), (1, true));
}

#[test]
fn windows_that_cannot_be_are_refused_and_told() {
    let mut engine = under("");
    run(&mut engine, Duration::MINUTE, "F F");
    let last = engine.state().window.clone().unwrap();
    let now = engine.state().last_now.unwrap();
    let later = now.later(60_000_000);
    for (id, start, end) in [
        (last.id - 1, last.start, last.end),
        (last.id + 1, last.start, last.start),
        (last.id + 1, later, now),
        (last.id + 1, now, later.later(1)),
    ] {
        let outcome = engine.handle(Input::Window(Evidence::new(id, start, end, 1)), later);
        assert_eq!(outcome.problems.len(), 1, "{id} {start} {end}");
    }
}

#[test]
fn what_fires_stays_until_the_exit_threshold_is_passed() {
    check_guarded(r#", "exit_threshold": 0.2"#, "w F w w . w", "I X X X R R");
    check_guarded("", "w F w w", "I X R R");
}

#[test]
fn psi_counts_by_its_lower_end_in_guarded_mode_and_by_its_value_in_compat_mode() {
    check_guarded("", "l l F", "I I X");
    let compat = policy(
        r#"{"triggers": [], "live": {"semantics": "compat"},
            "rules": [{"name": "A", "metric": "psi_score", "threshold": 0.25}]}"#,
    );
    assert_eq!(letters(&run(&mut Engine::new(compat), Duration::MINUTE, "l ? .")), "X X R");
}

#[test]
fn an_alert_that_comes_and_goes_is_marked() {
    let outcomes = run(&mut under(""), Duration::MINUTE, "F . F . F . F");
    let marked: Vec<bool> = outcomes.iter().map(|outcome| outcome.alerts[0].is_flapping).collect();
    assert_eq!(marked, [false, false, false, false, false, true, true]);
}

/// The worst of the shipped policy's PSI alerts that fires after each minute.
fn shipped_alerts(
    policy: Policy,
    psi: impl Fn(u64) -> f64,
    minutes: u64,
) -> Vec<Vec<(String, Option<String>)>> {
    let mut engine = Engine::new(policy);
    (0..minutes)
        .map(|n| {
            let at = |n: u64| Timestamp::EPOCH.later(START + n * 60_000_000);
            let mut window = Evidence::new(n, at(n), at(n + 1), 1000);
            let metric = Metric::PsiScore { feature: Some("age".into()) };
            window
                .values
                .insert(metric, Observed { lower: Some(psi(n)), ..Observed::new(psi(n), 1000) });
            let outcome = engine.handle(Input::Window(window), at(n + 1));
            outcome
                .alerts
                .into_iter()
                .filter(|alert| alert.state == "firing")
                .map(|alert| (alert.name, alert.inhibited_by))
                .collect()
        })
        .collect()
}

#[test]
fn a_psi_that_hops_between_two_bands_alerts() {
    let hopping = |n| if n % 2 == 0 { 0.19 } else { 0.21 };
    let firing = shipped_alerts(Policy::default(), hopping, 30);
    let first = firing.iter().position(|alerts| !alerts.is_empty());
    assert_eq!(first, Some(10));
    assert_eq!(firing[10], [("ModerateDataDrift".to_string(), None)]);
    // As exclusive bands too: above its band the lower step's condition is still true.
    let bands = r#"{"triggers": [], "rules": [
        {"name": "Mid", "metric": "psi_score", "comparison": ">=", "threshold": 0.1, "until": 0.2, "for": "10m"},
        {"name": "Top", "metric": "psi_score", "comparison": ">=", "threshold": 0.2, "for": "5m", "severity": "critical"}]
        MORE }"#;
    let alerts = |more: &str| {
        let firing = shipped_alerts(policy(&bands.replace("MORE", more)), hopping, 60);
        firing.iter().position(|alerts| !alerts.is_empty())
    };
    assert_eq!(alerts(""), Some(10));
    assert_eq!(alerts(r#", "live": {"semantics": "compat"}"#), None);
}

#[test]
fn a_worse_alert_inhibits_the_milder_ones_of_its_ladder_and_resolves_none() {
    let firing = shipped_alerts(Policy::default(), |_| 0.3, 15);
    let names = |alerts: &[(String, Option<String>)]| {
        let names: Vec<&str> = alerts.iter().map(|(name, _)| name.as_str()).collect();
        names.join(" ")
    };
    assert_eq!(names(&firing[1]), "");
    assert_eq!(names(&firing[2]), "CriticalDataDrift");
    assert_eq!(names(&firing[5]), "CriticalDataDrift SignificantDataDrift");
    assert_eq!(names(&firing[10]), "CriticalDataDrift ModerateDataDrift SignificantDataDrift");
    let inhibited: Vec<Option<&str>> = firing[10].iter().map(|(_, by)| by.as_deref()).collect();
    assert_eq!(inhibited, [None, Some("CriticalDataDrift"), Some("CriticalDataDrift")]);
}

/// A minute with a PSI for each feature named, and with some that are absent.
fn features(engine: &mut Engine, psi: &[(&str, f64)], absent: &[&str]) -> (String, Finding) {
    let start = engine.state().last_now.unwrap_or(Timestamp::EPOCH.later(START));
    let end = start.later(60_000_000);
    let mut window = Evidence::new(end.micros() as u64, start, end, 1000);
    for (name, psi) in psi {
        let metric = Metric::PsiScore { feature: Some((*name).into()) };
        window.values.insert(metric, Observed { lower: Some(*psi), ..Observed::new(*psi, 1000) });
    }
    window.absent = absent.iter().map(|name| (*name).into()).collect();
    let alert = engine.handle(Input::Window(window), end).alerts.remove(0);
    (alert.state, alert.finding)
}

#[test]
fn a_feature_that_vanishes_resolves_no_alert_that_it_caused() {
    let mut engine = under("");
    let mut see = |psi: &[(&str, f64)], absent: &[&str], state: &str, finding| {
        assert_eq!(features(&mut engine, psi, absent), (state.to_string(), finding), "{psi:?}");
    };
    // A column that there never was data for is not waited for.
    see(&[("age", 0.01), ("tax", 0.01)], &["never"], "inactive", Finding::False);
    see(&[("age", 5.12), ("tax", 0.01)], &["never"], "firing", Finding::True);
    see(&[("tax", 0.01)], &["age", "never"], "firing", Finding::Inconclusive);
    see(&[("tax", 0.4)], &["age"], "firing", Finding::True);
    see(&[("tax", 0.01)], &["age"], "firing", Finding::Inconclusive);
    see(&[("age", 0.01), ("tax", 0.01)], &["never"], "resolved", Finding::False);
    // What has been false since is not waited for again.
    see(&[("age", 0.01), ("tax", 0.9)], &[], "firing", Finding::True);
    see(&[("tax", 0.01)], &["age"], "resolved", Finding::False);
    // Nor is what the reference no longer has.
    see(&[("age", 0.9), ("tax", 0.01)], &[], "firing", Finding::True);
    see(&[("tax", 0.01)], &[], "resolved", Finding::False);
}

#[test]
fn what_only_keeps_an_alert_is_no_evidence_for_acting() {
    let mut engine = Engine::new(policy(
        r#"{"triggers": [], "rules": [{"name": "A", "metric": "error_rate", "threshold": 0.25,
            "exit_threshold": 0.05, "severity": "critical", "action": "rollback"}],
            "rails": {"mode": "auto", "url": "https://deploy/{action}"}}"#,
    ));
    let start = Timestamp::EPOCH.later(START);
    for version in ["1", "2"] {
        engine.handle(Input::TargetChanged { version: version.into() }, start);
    }
    let switch = |on| Input::KillSwitch { on, by: "me".into() };
    engine.handle(switch(true), start);
    let see = |engine: &mut Engine, rate: f64| {
        let start = engine.state().last_now.unwrap();
        let end = start.later(60_000_000);
        let mut window = Evidence::new(end.micros() as u64, start, end, 1000);
        window.values.insert(Metric::ErrorRate, Observed::new(rate, 1000));
        engine.handle(Input::Window(window), end)
    };
    (0..40).for_each(|_| _ = see(&mut engine, 0.3));
    (0..4).for_each(|_| _ = see(&mut engine, 0.06));
    let now = engine.state().last_now.unwrap();
    let mut effects = engine.handle(switch(false), now).effects;
    for _ in 0..10 {
        let outcome = see(&mut engine, 0.06);
        assert_eq!(outcome.alerts[0].state, "firing");
        effects.extend(outcome.effects);
    }
    assert!(effects.is_empty(), "{effects:?}");
    assert_eq!(engine.state().rules["A"].evidence, 0);
}

#[test]
fn burn_rates_over_the_same_time_are_one_piece_of_evidence() {
    let metric = r#"burn_rate{long=\"1h\",short=\"5m\"}"#;
    let acts = |start_of_version: u64| -> Option<u64> {
        let mut engine = Engine::new(policy(&format!(
            r#"{{"rules": [], "triggers": [{{"metric": "{metric}", "threshold": 14.4, "action": "rollback"}}],
                "rails": {{"mode": "auto", "url": "https://deploy/{{action}}", "settle": "1s"}}}}"#
        )));
        let at = |minute: u64| Timestamp::EPOCH.later(START + minute * 60_000_000);
        engine.handle(Input::TargetChanged { version: "1".into() }, at(0));
        (0..60).find(|minute| {
            if *minute == start_of_version {
                engine.handle(Input::TargetChanged { version: "2".into() }, at(*minute));
            }
            let mut window = Evidence::new(minute + 1, at(*minute), at(minute + 1), 1000);
            let over = Metric::parse(&metric.replace('\\', "")).unwrap();
            window.values.insert(over, Observed::new(20.0, 1000));
            !engine.handle(Input::Window(window), at(minute + 1)).effects.is_empty()
        })
    };
    // The first reading reaches back before the version and counts for nothing; then three, five minutes apart.
    assert_eq!(acts(0), Some(15));
    assert_eq!(acts(20), Some(35));
}
