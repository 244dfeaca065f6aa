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
        Action, Effect, Order, Rail,
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

    let incident = approve.engine.state().incident.clone().unwrap().id;
    let wrong = approve.take(Input::Approve { incident: "other".into(), by: "me".into() });
    assert_eq!(wrong.problems.len(), 1);
    approve.take(Input::Approve { incident: incident.clone(), by: "me".into() });
    assert_eq!(approve.orders.len(), 1);
    let again = approve.take(Input::Approve { incident, by: "me".into() });
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
    let incident = life.engine.state().incident.clone().unwrap().id;
    // Agreed to while nothing may be changed: by the time it may, the approval is too old.
    life.minutes(1);
    life.take(Input::Approve { incident, by: "me".into() });
    life.errors(&[0.2; 70]);
    assert!(life.orders.is_empty());
    assert_eq!(life.blocked(), [Rail::Approval, Rail::Freeze, Rail::Approval]);
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
    let incident = life.engine.state().incident.clone().unwrap().id;
    life.take(Input::Approve { incident, by: "me".into() });
    assert_eq!(life.orders.len(), 3);
    assert!(life.engine.state().target.is_latched);
    life.take(Input::Unlatch { by: "me".into() });
    assert!(!life.engine.state().target.is_latched);
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
