//! What stands before every action, rail by rail; one incident, one action; and the trail of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use driftline_core::{
    engine::{Engine, Input, Outcome},
    evidence::{Evidence, Observed, Output},
    metric::Metric,
    policy::Policy,
    policy::PolicySpec,
    time::Timestamp,
    trigger::{
        Action, CLAIMS_LAPSE_AFTER, CLAIMS_REPEAT_EVERY, Claim, Effect, Order, Proposal, Rail,
        audit::{AuditHead, AuditRow, Decision, verify},
    },
};

/// Monday, 2024-01-15, 10:00 UTC.
const START: u64 = 1_705_312_800_000_000;
const MINUTE: u64 = 60_000_000;

/// A life of an engine, a window a minute.
struct Life {
    engine: Engine,
    now: Timestamp,
    id: u64,
    audit: Vec<AuditRow>,
    orders: Vec<Order>,
    lines: Vec<String>,
}

const ERRORS: &str = r#""rules": [], "triggers": [{"metric": "error_rate", "threshold": 0.05, "action": "rollback"}]"#;

impl Life {
    /// Under triggers and rules, with more settings of the rails; versions 1 and 2 were told, 2 serves.
    fn new(policy: &str, rails: &str) -> Life {
        let rails =
            format!(r#""rails": {{"mode": "auto", "url": "https://deploy/{{action}}" {rails}}}"#);
        let mut life = Life::without_versions(policy, &rails);
        life.take(Input::TargetChanged { version: "1".into() });
        life.minutes(60);
        life.take(Input::TargetChanged { version: "2".into() });
        life.minutes(60);
        life
    }

    fn without_versions(policy: &str, rails: &str) -> Life {
        let spec: PolicySpec = serde_json::from_str(&format!("{{{policy}, {rails}}}")).unwrap();
        Life {
            engine: Engine::new(Policy::of(&spec).unwrap()),
            now: Timestamp::EPOCH.later(START - 120 * MINUTE),
            id: 0,
            audit: Vec::new(),
            orders: Vec::new(),
            lines: Vec::new(),
        }
    }

    fn take(&mut self, input: Input) -> Outcome {
        let outcome = self.engine.handle(input, self.now);
        self.audit.extend(outcome.audit.clone());
        for effect in &outcome.effects {
            match effect {
                Effect::Request(request) => self.orders.push(request.order.clone()),
                Effect::Line(line) => self.lines.push(line.clone()),
            }
        }
        outcome
    }

    fn minutes(&mut self, n: u64) {
        self.now = self.now.later(n * MINUTE);
    }

    /// A minute passes and its window is seen.
    fn window(&mut self, values: &[(&str, f64)]) -> Outcome {
        let start = self.now;
        self.minutes(1);
        self.id += 1;
        let mut window = Evidence::new(self.id, start, self.now, 1000);
        for (metric, value) in values {
            window.values.insert(Metric::parse(metric).unwrap(), Observed::new(*value, 1000));
        }
        self.take(Input::Window(window))
    }

    fn errors(&mut self, rates: &[f64]) {
        for rate in rates {
            self.window(&[("error_rate", *rate)]);
        }
    }

    /// A person agrees to an action of the incident.
    fn approve(&mut self, action: Action, target_version: Option<&str>) -> Outcome {
        let incident = self.engine.state().incident.as_ref();
        let incident = incident.map_or("none".into(), |incident| incident.id.clone());
        let target_version = target_version.map(String::from);
        let proposal = Proposal { action, target_version };
        self.take(Input::Approve { incident, proposal, by: "me".into() })
    }

    /// The rails that blocked, in the order in which they were told.
    fn blocked(&self) -> Vec<Rail> {
        let rail = |row: &AuditRow| match row.decision {
            Decision::Blocked(rail) => Some(rail),
            _ => None,
        };
        self.audit.iter().filter_map(rail).collect()
    }

    fn decisions(&self) -> Vec<Decision> {
        self.audit.iter().map(|row| row.decision).collect()
    }
}

#[test]
fn three_bad_windows_in_a_row_roll_back_once_and_say_why() {
    let mut life = Life::new(ERRORS, "");
    life.errors(&[0.2, 0.2]);
    assert!(life.orders.is_empty());
    life.errors(&[0.2; 30]);
    assert_eq!(life.orders.len(), 1);
    let order = &life.orders[0];
    assert_eq!((order.action, order.target.as_str()), (Action::Rollback, "model"));
    assert_eq!(order.expected_current_version.as_deref(), Some("2"));
    assert_eq!(order.target_version.as_deref(), Some("1"));
    assert_eq!(order.not_after.to_string(), "2024-01-15T10:13:00Z");
    assert_eq!(order.evidence.get("error_rate"), Some(&0.2));
    assert_eq!(
        order.reason,
        "error_rate is 0.2 against 0.05 in 3 distinct windows (error_rate > 0.05: rollback)"
    );
    assert_eq!(verify(&life.audit, &AuditHead::default()).as_ref(), Ok(&life.engine.state().audit));
}

#[test]
fn one_spike_rolls_nothing_back() {
    let mut life = Life::new(ERRORS, "");
    for _ in 0..20 {
        life.errors(&[0.9, 0.9, 0.0, 0.9, 0.0]);
    }
    assert!(life.orders.is_empty() && life.blocked().is_empty());
    // One window, looked at for a long time.
    life.errors(&[0.9]);
    for _ in 0..100 {
        life.now = life.now.later(MINUTE / 4);
        life.take(Input::Tick);
    }
    assert!(life.orders.is_empty());
}

#[test]
fn k_of_n_windows_are_enough_where_the_trigger_says_so() {
    let two_of_four = r#""rules": [], "triggers": [
        {"metric": "error_rate", "threshold": 0.05, "action": "rollback", "windows": 2, "of": 4}]"#;
    let mut life = Life::new(two_of_four, "");
    life.errors(&[0.9, 0.0, 0.0, 0.0, 0.9]);
    assert!(life.orders.is_empty());
    life.errors(&[0.0, 0.9]);
    assert_eq!(life.orders.len(), 1);
}

#[test]
fn every_rail_blocks_by_its_name() {
    let check = |rails: &str, before: fn(&mut Life), expected: Rail| {
        let mut life = Life::new(ERRORS, rails);
        before(&mut life);
        life.errors(&[0.2; 10]);
        assert_eq!(life.blocked(), [expected], "{rails}");
        assert!(life.orders.is_empty(), "{rails}");
    };
    let nothing = |_: &mut Life| {};
    check(r#", "freeze": ["Mon 09:00..Mon 17:00"]"#, nothing, Rail::Freeze);
    check(r#", "settle": "3h""#, nothing, Rail::Settle);
    check(
        "",
        |life| drop(life.take(Input::KillSwitch { on: true, by: "me".into() })),
        Rail::KillSwitch,
    );
}

#[test]
fn a_mode_that_does_not_act_blocks_or_only_tells() {
    let life = |mode: &str| {
        let rails = format!(r#""rails": {{"mode": "{mode}", "url": "https://deploy"}}"#);
        let mut life = Life::without_versions(ERRORS, &rails);
        life.take(Input::TargetChanged { version: "1".into() });
        life.minutes(60);
        life.take(Input::TargetChanged { version: "2".into() });
        life.minutes(60);
        life.errors(&[0.2; 10]);
        life
    };
    let off = life("off");
    assert_eq!((off.blocked(), off.lines.len(), off.orders.len()), (vec![Rail::Mode], 0, 0));
    let on_paper = life("dry-run");
    assert_eq!((on_paper.blocked(), on_paper.orders.len()), (vec![Rail::OneAction], 0));
    assert!(
        on_paper.lines[0].starts_with("dry run: rollback of model from 2 to 1: error_rate is 0.2")
    );
    let mut approve = life("approve");
    assert_eq!((approve.blocked(), approve.orders.len()), (vec![Rail::Approval], 0));

    let proposal = Proposal { action: Action::Rollback, target_version: Some("1".into()) };
    let other = Input::Approve { incident: "other".into(), proposal, by: "me".into() };
    assert_eq!(approve.take(other).problems.len(), 1);
    approve.approve(Action::Rollback, Some("1"));
    assert_eq!(approve.orders.len(), 1);
    let again = approve.approve(Action::Rollback, Some("1"));
    assert_eq!((again.problems.len(), approve.orders.len()), (1, 1));
}

#[test]
fn an_approval_does_not_stand_for_ever() {
    let rails = r#", "mode": "approve", "freeze": ["Mon 10:30..Mon 11:30"]"#;
    let spec = format!(r#""rails": {{"url": "https://deploy" {rails}}}"#);
    let mut life = Life::without_versions(ERRORS, &spec);
    life.take(Input::TargetChanged { version: "1".into() });
    life.minutes(60);
    life.take(Input::TargetChanged { version: "2".into() });
    life.minutes(60);
    life.errors(&[0.2; 29]);
    // Agreed to while nothing may be changed: by the time it may, the approval is too old.
    life.minutes(1);
    life.approve(Action::Rollback, Some("1"));
    life.errors(&[0.2; 70]);
    assert!(life.orders.is_empty());
    assert_eq!(life.blocked(), [Rail::Approval, Rail::Freeze, Rail::Approval]);
}

#[test]
fn a_yes_to_a_scale_down_is_none_to_the_rollback_that_takes_its_place() {
    let both = r#""rules": [], "triggers": [{"metric": "latency_p99", "threshold": 0.5, "action": "scale_down"},
                     {"metric": "error_rate", "threshold": 0.05, "action": "rollback"}]"#;
    let escalated = || {
        let mut life = Life::new(both, "");
        let spec: PolicySpec = serde_json::from_str(&format!(
            r#"{{{both}, "rails": {{"mode": "approve", "url": "https://deploy"}}}}"#
        ))
        .unwrap();
        let state = life.engine.state().clone();
        life.engine = Engine::resume(Policy::of(&spec).unwrap(), state);
        (0..3).for_each(|_| drop(life.window(&[("latency_p99", 2.0), ("error_rate", 0.0)])));
        life
    };
    let bad = [("latency_p99", 2.0), ("error_rate", 0.2)];
    let mut life = escalated();
    assert_eq!(life.blocked(), [Rail::Approval]);
    assert_eq!(life.audit.last().unwrap().action, Some(Action::ScaleDown));
    (0..3).for_each(|_| drop(life.window(&bad)));
    // The rollback is told too, with the version that it would go back to.
    assert_eq!(life.blocked(), [Rail::Approval, Rail::Approval]);
    let told = life.audit.last().unwrap();
    assert_eq!((told.action, told.to_version.as_deref()), (Some(Action::Rollback), Some("1")));
    for (action, version) in
        [(Action::ScaleDown, None), (Action::Rollback, None), (Action::Rollback, Some("0"))]
    {
        assert_eq!(life.approve(action, version).problems.len(), 1, "{action} {version:?}");
        assert!(life.orders.is_empty(), "{action} {version:?}");
    }
    assert!(life.approve(Action::Rollback, Some("1")).problems.is_empty());
    assert_eq!(life.orders[0].action, Action::Rollback);

    // Nor does one that was given before the rollback was asked for.
    let mut life = escalated();
    life.take(Input::KillSwitch { on: true, by: "me".into() });
    assert!(life.approve(Action::ScaleDown, None).problems.is_empty());
    (0..3).for_each(|_| drop(life.window(&bad)));
    life.take(Input::KillSwitch { on: false, by: "me".into() });
    assert!(life.orders.is_empty(), "{:?}", life.orders);
    assert_eq!(life.blocked().last(), Some(&Rail::Approval));
}

#[test]
fn there_must_be_a_version_to_go_back_to() {
    let rails = r#""rails": {"mode": "auto", "url": "https://deploy"}"#;
    let mut life = Life::without_versions(ERRORS, rails);
    life.take(Input::TargetChanged { version: "1".into() });
    life.errors(&[0.2; 10]);
    assert_eq!((life.blocked(), life.orders.len()), (vec![Rail::NoTarget], 0));
}

#[test]
fn a_drift_of_the_inputs_alone_is_not_expected_to_be_helped() {
    let psi = r#""rules": [], "triggers": [{"metric": "psi_score", "threshold": 0.5, "action": "rollback"}]"#;
    let run = |rails: &str, values: &[(&str, f64)], moved: Option<Output>| {
        let mut life = Life::new(psi, rails);
        for _ in 0..5 {
            let start = life.now;
            life.minutes(1);
            life.id += 1;
            let mut window = Evidence::new(life.id, start, life.now, 1000);
            window.moved.extend(moved);
            for (metric, value) in values {
                window.values.insert(Metric::parse(metric).unwrap(), Observed::new(*value, 1000));
            }
            life.take(Input::Window(window));
        }
        (life.blocked().first().copied(), life.orders.len())
    };
    let psi = ("psi_score{feature=\"age\"}", 0.9);
    assert_eq!(run("", &[psi], None), (Some(Rail::NotExpectedToHelp), 0));
    assert_eq!(run("", &[psi, ("prediction_psi", 0.05)], None), (Some(Rail::NotExpectedToHelp), 0));
    assert_eq!(run("", &[psi, ("prediction_psi", 0.15)], None).1, 1);
    for output in [Output::Errors, Output::Latency] {
        assert_eq!(run("", &[psi], Some(output)).1, 1);
    }
    assert_eq!(run(r#", "on_inputs_alone": true"#, &[psi], None).1, 1);
}

#[test]
fn several_asks_are_one_incident_and_a_rollback_outranks_a_scale_down() {
    let both = r#""rules": [{"name": "Slow", "metric": "latency_p99", "threshold": 0.5, "for": "2m", "action": "rollback"}],
        "triggers": [{"metric": "latency_p99", "threshold": 0.5, "action": "scale_down"},
                     {"metric": "error_rate", "threshold": 0.05, "action": "rollback"}]"#;
    let mut life = Life::new(both, "");
    for _ in 0..30 {
        life.window(&[("latency_p99", 2.0), ("error_rate", 0.2)]);
    }
    assert_eq!(life.orders.len(), 1);
    assert_eq!(life.orders[0].action, Action::Rollback);
    assert_eq!(life.orders[0].asked_by, ["Slow", "error_rate > 0.05: rollback"]);

    // A scale-down that came first is the incident's one action, until it has had its time.
    let mut life = Life::new(both, "");
    for n in 0..80 {
        let errors = if n > 10 { 0.2 } else { 0.0 };
        life.window(&[("latency_p99", if n < 10 { 0.4 } else { 2.0 }), ("error_rate", errors)]);
    }
    assert_eq!(
        life.orders.iter().map(|order| order.action).collect::<Vec<_>>(),
        [Action::Rollback]
    );

    let scale = r#""rules": [], "triggers": [{"metric": "latency_p99", "threshold": 0.5, "action": "scale_down"},
                     {"metric": "error_rate", "threshold": 0.05, "action": "rollback"}]"#;
    let mut life = Life::new(scale, "");
    for n in 0..90 {
        life.window(&[("latency_p99", 2.0), ("error_rate", if n < 10 { 0.0 } else { 0.2 })]);
    }
    let actions: Vec<Action> = life.orders.iter().map(|order| order.action).collect();
    assert_eq!(actions, [Action::ScaleDown, Action::Rollback]);
    assert!(life.orders[1].not_after.since(life.orders[0].not_after) >= 60 * MINUTE);
    assert_eq!(life.orders[0].scale.map(|scale| scale.min_replicas), Some(1));
}

/// Rolls back as asked, one minute later.
fn carry_out(life: &mut Life) {
    let order = life.orders.last().unwrap().clone();
    life.minutes(1);
    life.take(Input::EffectResult {
        key: order.idempotency_key,
        succeeded: true,
        detail: "200".into(),
    });
    life.take(Input::TargetChanged { version: order.target_version.unwrap() });
}

#[test]
fn a_rollback_that_helps_is_the_only_one() {
    let mut life = Life::new(ERRORS, "");
    life.errors(&[0.2; 5]);
    carry_out(&mut life);
    life.errors(&[0.0; 300]);
    assert_eq!(life.orders.len(), 1);
    assert!(life.engine.state().incident.is_none());
}

#[test]
fn a_version_is_not_judged_by_rows_of_the_one_before() {
    let mut life = Life::new(ERRORS, "");
    life.errors(&[0.2; 5]);
    carry_out(&mut life);
    // Windows that begin before the change are no evidence, however many there are.
    let changed_at = life.now;
    for _ in 0..30 {
        life.minutes(1);
        life.id += 1;
        let start = Timestamp::from_micros(changed_at.micros() - 1);
        let mut window = Evidence::new(life.id, start, life.now, 1000);
        window.values.insert(Metric::ErrorRate, Observed::new(0.2, 1000));
        life.take(Input::Window(window));
    }
    assert_eq!(life.orders.len(), 1);
    assert!(life.engine.state().incident.is_none());
}

#[test]
fn it_never_goes_back_to_a_version_it_rolled_back_from_and_stops_after_some() {
    let mut life = Life::new(ERRORS, r#", "cooldown": "5m""#);
    life.errors(&[0.2; 5]);
    carry_out(&mut life); // 2 → 1
    life.errors(&[0.2; 30]);
    // 1 is as bad, and 2 was just rolled back from.
    assert_eq!((life.orders.len(), life.blocked().last()), (1, Some(&Rail::PingPong)));
    // Somebody deploys 3, as bad again: back to where the rollback stays within what is allowed …
    life.take(Input::TargetChanged { version: "3".into() });
    life.errors(&[0.2; 30]);
    assert_eq!(life.orders.len(), 2);
    assert_eq!(life.orders[1].target_version.as_deref(), Some("1"));
    carry_out(&mut life);
    // … and then a person decides, from now on.
    life.take(Input::TargetChanged { version: "4".into() });
    life.errors(&[0.2; 30]);
    assert_eq!((life.orders.len(), life.blocked().last()), (2, Some(&Rail::Budget)));
    life.errors(&[0.0; 5]);
    life.minutes(3 * 24 * 60);
    life.errors(&[0.2; 5]);
    assert_eq!((life.orders.len(), life.blocked().last()), (2, Some(&Rail::Budget)));
    // A yes does not give rollbacks back.
    assert_eq!(life.approve(Action::Rollback, Some("1")).problems.len(), 1);
    assert_eq!((life.orders.len(), life.engine.state().target.is_latched), (2, true));
    life.take(Input::Unlatch { by: "me".into() });
    assert_eq!((life.orders.len(), life.engine.state().target.is_latched), (3, false));
    assert_eq!(verify(&life.audit, &AuditHead::default()).as_ref(), Ok(&life.engine.state().audit));
}

#[test]
fn whoever_had_an_action_waits_and_a_failed_one_costs_no_wait() {
    let scale = r#""rules": [], "triggers": [{"metric": "latency_p99", "threshold": 0.5, "action": "scale_down", "cooldown": "30m"}]"#;
    let bad = [("latency_p99", 2.0)];
    let good = [("latency_p99", 0.1)];
    let mut life = Life::new(scale, "");
    let mut life_of = |windows: &[(usize, bool)]| {
        for (n, is_bad) in windows {
            for _ in 0..*n {
                life.window(if *is_bad { &bad } else { &good });
            }
        }
        (life.orders.len(), life.blocked().last().copied())
    };
    assert_eq!(life_of(&[(4, true), (3, false)]), (1, Some(Rail::OneAction)));
    assert_eq!(life_of(&[(4, true), (3, false)]), (1, Some(Rail::Cooldown)));
    assert_eq!(life_of(&[(20, false), (3, true)]).0, 2);

    let mut life = Life::new(scale, "");
    for _ in 0..3 {
        life.window(&bad);
    }
    let key = life.orders[0].idempotency_key.clone();
    life.take(Input::EffectResult { key, succeeded: false, detail: "503".into() });
    life.window(&good);
    for _ in 0..3 {
        life.window(&bad);
    }
    assert_eq!(life.orders.len(), 2);
    assert_ne!(life.orders[0].idempotency_key, life.orders[1].idempotency_key);
}

/// Says of an order that it was not carried out.
fn fail(life: &mut Life, order: usize) {
    let key = life.orders[order].idempotency_key.clone();
    life.take(Input::EffectResult { key, succeeded: false, detail: "503".into() });
}

const CLAIMED: &str = r#""triggers": [], "rules": [
    {"name": "A", "metric": "error_rate", "threshold": 0.05, "for": "2m", "severity": "critical", "action": "rollback"}]"#;

/// An alert elsewhere fires since an instant.
fn claim(since: Timestamp) -> Input {
    Input::External { rule: "A".into(), claim: Some(Claim { since, value: Some(0.125) }) }
}

#[test]
fn an_alert_elsewhere_is_of_the_version_under_which_it_began() {
    let mut life = Life::new(CLAIMED, r#", "cooldown": "5m""#);
    let since = life.now;
    life.take(claim(since));
    assert_eq!(life.orders.len(), 1);
    let reason =
        "error_rate is 0.125 against 0.05, judged by Prometheus since 2024-01-15T10:00:00Z (A)";
    assert_eq!(life.orders[0].reason, reason);
    assert_eq!(life.orders[0].evidence.get("error_rate"), Some(&0.125));
    // It is not told that the alert ended, then told of the alert again: another version serves by now.
    carry_out(&mut life);
    life.take(Input::TargetChanged { version: "3".into() });
    assert!(life.engine.state().claims.is_empty());
    let changed_at = life.now;
    for _ in 0..120 {
        life.minutes(1);
        assert_eq!(life.take(claim(since)).problems.len(), 1);
    }
    // Nor is one from before the version had settled: a window of a minute, a hold of two.
    let at = |minutes: u64, micros: i64| {
        Timestamp::from_micros(changed_at.later(minutes * MINUTE).micros() + micros)
    };
    assert_eq!(life.take(claim(at(3, -1))).problems.len(), 1);
    assert_eq!(life.take(claim(at(200, 0))).problems.len(), 1, "from the future");
    assert_eq!((life.orders.len(), life.engine.state().incident.is_some()), (1, false));
    assert!(life.take(claim(at(3, 0))).problems.is_empty());
    assert_eq!(life.orders.len(), 2);
}

#[test]
fn an_alert_elsewhere_lapses_where_nobody_repeats_it() {
    let mut life = Life::new(CLAIMED, "");
    let since = life.now;
    // Told again as often as the exported route does, it is one incident, though one message in two is lost.
    for hour in 0..48 {
        if hour % 2 == 0 {
            life.take(claim(since));
        }
        life.now = life.now.later(CLAIMS_REPEAT_EVERY.micros());
        life.take(Input::Tick);
    }
    assert_eq!((life.orders.len(), life.engine.state().claims.len()), (1, 1));
    assert!(life.engine.state().incident.is_some());
    // Then it is forgotten, with the incident, though nobody says that it ended.
    life.now = life.now.later(CLAIMS_LAPSE_AFTER.micros() - CLAIMS_REPEAT_EVERY.micros());
    let lapsed = life.take(Input::Tick);
    assert!(lapsed.transitions.iter().any(|it| it.what == "A" && it.to == "inactive"));
    assert!(life.engine.state().claims.is_empty() && life.engine.state().incident.is_none());
    assert!(CLAIMS_LAPSE_AFTER.micros() > 2 * CLAIMS_REPEAT_EVERY.micros());
}

#[test]
fn an_alert_elsewhere_asks_for_nothing_that_the_rows_here_contradict() {
    let mut life = Life::new(CLAIMED, "");
    life.errors(&[0.01, 0.01]);
    life.take(claim(life.now));
    life.errors(&[0.01; 5]);
    assert_eq!((life.orders.len(), life.blocked()), (0, vec![Rail::Evidence]));
    let why = &life.audit.last().unwrap().why;
    assert!(why.contains("certainly does not"), "{why}");
    assert!(life.engine.state().incident.is_none());
    // Once nobody here can say, it is believed; its value is its own, not the last one that was read here.
    life.minutes(30);
    life.take(Input::Tick);
    assert_eq!(life.orders.len(), 1);
    assert_eq!(life.orders[0].evidence.get("error_rate"), Some(&0.125));
    // And what is seen here needs no claim.
    let mut life = Life::new(CLAIMED, "");
    life.take(Input::KillSwitch { on: true, by: "me".into() });
    life.errors(&[0.2; 6]);
    life.take(claim(life.now));
    life.take(Input::KillSwitch { on: false, by: "me".into() });
    let reason = &life.orders[0].reason;
    assert!(reason.starts_with("error_rate is 0.2 against 0.05 in 6 distinct windows"), "{reason}");
}

#[test]
fn what_happened_is_not_lost_where_the_clock_ran_back() {
    let mut life = Life::new(ERRORS, "");
    life.errors(&[0.2, 0.2, 0.2]);
    let latest = life.now;
    let late = Timestamp::from_micros(latest.micros() - 1000);
    let order = life.orders[0].clone();
    for (input, is_done) in [
        (
            Input::EffectResult {
                key: order.idempotency_key,
                succeeded: false,
                detail: String::new(),
            },
            true,
        ),
        (Input::TargetChanged { version: "1".into() }, true),
        (Input::Unlatch { by: "me".into() }, true),
        (Input::KillSwitch { on: true, by: "me".into() }, true),
        (Input::Tick, false),
        (Input::Window(Evidence::new(99, latest, latest, 1000)), false),
    ] {
        let what = format!("{input:?}");
        let before = life.engine.clone();
        let outcome = life.engine.handle(input, late);
        assert_eq!(outcome.problems.len(), 1, "{what}");
        assert!(outcome.problems[0].message.contains("time ran backwards"), "{what}");
        assert_eq!(life.engine != before, is_done, "{what}");
        assert_eq!(outcome.at, if is_done { latest } else { late }, "{what}");
    }
    let state = life.engine.state();
    assert_eq!(
        (state.target.current.as_deref(), state.target.changed_at),
        (Some("1"), Some(latest))
    );
    assert!(state.kill_switch && state.starts.is_empty() && state.incident.is_none());
    assert_eq!(state.last_now, Some(latest));
}

#[test]
fn a_failure_concerns_those_who_asked_for_that_order_alone() {
    let both = r#""rules": [], "triggers": [
        {"metric": "psi_score", "threshold": 0.25, "action": "alert"},
        {"metric": "latency_p99", "threshold": 0.5, "action": "scale_down"}]"#;
    let bad = [("psi_score", 0.3), ("latency_p99", 2.0)];
    let good = [("psi_score", 0.0), ("latency_p99", 0.1)];
    let mut life = Life::new(both, "");
    (0..3).for_each(|_| drop(life.window(&bad)));
    // Told and ordered in the same look; only the order failed.
    assert_eq!((life.orders.len(), life.lines.len()), (1, 1));
    fail(&mut life, 0);
    life.window(&good);
    (0..3).for_each(|_| drop(life.window(&bad)));
    assert_eq!((life.orders.len(), life.lines.len()), (2, 1), "{:?}", life.lines);
}

#[test]
fn a_failure_that_is_told_after_the_incident_ended_costs_no_wait_either() {
    let mut life = Life::new(ERRORS, "");
    life.errors(&[0.2, 0.2, 0.2, 0.0]);
    assert!(life.engine.state().incident.is_none());
    assert_eq!(life.engine.state().target.rolled_back_from[0].version, "2");
    fail(&mut life, 0);
    assert!(life.engine.state().target.rolled_back_from.is_empty());
    life.errors(&[0.2, 0.2, 0.2]);
    assert_eq!(life.orders.len(), 2, "{:?}", life.blocked());
    // The failure of the first order, told again, takes nothing from the second.
    fail(&mut life, 0);
    assert_eq!(life.engine.state().target.rolled_back_from.len(), 1);
    assert_eq!(life.engine.state().starts.len(), 1);
}

#[test]
fn a_rule_that_fires_without_evidence_asks_and_is_told_so() {
    let rule = r#""triggers": [], "rules": [
        {"name": "A", "metric": "error_rate", "threshold": 0.05, "for": "1m", "action": "rollback", "min_windows": 1, "keep_firing_for": "10m"}]"#;
    let mut life = Life::new(rule, "");
    life.take(Input::KillSwitch { on: true, by: "me".into() });
    life.errors(&[0.2; 4]);
    life.take(Input::KillSwitch { on: false, by: "me".into() });
    assert_eq!(life.orders.len(), 1);
    // It goes on firing without data, and asks for nothing.
    let mut life = Life::new(rule, r#", "settle": "1m""#);
    life.take(Input::KillSwitch { on: true, by: "me".into() });
    life.errors(&[0.2; 4]);
    life.minutes(10);
    life.take(Input::KillSwitch { on: false, by: "me".into() });
    assert_eq!((life.orders.len(), life.blocked().last()), (0, Some(&Rail::Evidence)));
}

#[test]
fn an_alert_is_told_once_until_it_was_off_and_has_cooled() {
    let alert = r#""rules": [], "triggers": [{"metric": "psi_score", "threshold": 0.25, "action": "alert"}]"#;
    let mut life = Life::new(alert, "");
    for _ in 0..100 {
        life.window(&[("psi_score", 0.3)]);
    }
    assert_eq!(life.lines, ["alert: psi_score of model is 0.3, > 0.25"]);
    for _ in 0..5 {
        life.window(&[("psi_score", 0.1)]);
    }
    for _ in 0..5 {
        life.window(&[("psi_score", 0.3)]);
    }
    assert_eq!(life.lines.len(), 2);
}

#[test]
fn what_was_done_on_paper_holds_nothing_up_once_it_is_for_real() {
    let paper = r#""rails": {"mode": "dry-run", "max_rollbacks": 1}"#;
    let mut life = Life::without_versions(ERRORS, paper);
    life.errors(&[0.2; 5]);
    assert_eq!(life.lines.len(), 1);
    assert_eq!(life.decisions()[0], Decision::ActedOnPaper);
    let spec: PolicySpec = serde_json::from_str(&format!(
        r#"{{{ERRORS}, "rails": {{"mode": "auto", "max_rollbacks": 1, "url": "https://deploy"}}}}"#
    ))
    .unwrap();
    let snapshot = life.engine.snapshot();
    life.engine = Engine::restore(Policy::of(&spec).unwrap(), &snapshot).unwrap();
    life.take(Input::TargetChanged { version: "1".into() });
    life.take(Input::TargetChanged { version: "2".into() });
    life.errors(&[0.2; 10]);
    assert_eq!(life.orders.len(), 1);
}

#[test]
fn a_state_that_was_cut_short_altered_or_is_of_another_kind_is_refused() {
    let mut life = Life::new(ERRORS, "");
    life.errors(&[0.2; 10]);
    let policy = life.engine.policy().clone();
    let bytes = life.engine.snapshot();
    assert_eq!(Engine::restore(policy.clone(), &bytes).as_ref(), Ok(&life.engine));
    for length in 0..bytes.len() {
        assert!(Engine::restore(policy.clone(), &bytes[..length]).is_err(), "{length} bytes");
    }
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        assert!(Engine::restore(policy.clone(), &altered).is_err(), "byte {at}");
    }
}

#[test]
fn a_state_of_another_policy_keeps_what_both_know() {
    let mut life = Life::new(ERRORS, "");
    life.errors(&[0.2; 10]);
    let other: PolicySpec = serde_json::from_str(
        r#"{"rules": [], "triggers": [{"metric": "error_rate", "threshold": 0.5, "action": "rollback"}],
            "rails": {"mode": "auto", "url": "https://deploy"}}"#,
    )
    .unwrap();
    let state = life.engine.state().clone();
    life.engine = Engine::resume(Policy::of(&other).unwrap(), state);
    assert_eq!(life.engine.state().target.current.as_deref(), Some("2"));
    let ids: Vec<&String> = life.engine.state().triggers.keys().collect();
    assert_eq!(ids, ["error_rate > 0.5: rollback"]);
    life.errors(&[0.9; 2]);
    assert_eq!(life.orders.len(), 1);
    life.errors(&[0.9]);
    assert_eq!(life.orders.len(), 2);
}
