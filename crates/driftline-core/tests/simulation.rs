//! Random lives of an engine: random windows, clocks that jump and run backwards, restarts at any tick, deployments, people
//! who approve and switch off. Whatever happens, what must never happen does not, by a ledger that knows nothing of how the
//! engine decides.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

extern crate alloc;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

use driftline_core::{
    engine::{Engine, Input, Outcome, State},
    evidence::{Evidence, Observed},
    metric::Metric,
    policy::Policy,
    policy::PolicySpec,
    rule::Rule,
    time::Timestamp,
    trigger::{
        Action, Effect, Order, Proposal, Trigger,
        audit::{AuditHead, AuditRow, verify},
    },
};

const SECOND: u64 = 1_000_000;

/// A small generator (Knuth's 64-bit linear congruential one): the same draws on every machine.
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

/// What can be measured, and where it is in a good and in a bad time.
const METRICS: [(&str, f64, f64); 6] = [
    ("psi_score{feature=\"a\"}", 0.02, 0.8),
    ("psi_score{feature=\"b\"}", 0.05, 0.3),
    ("prediction_psi", 0.01, 0.4),
    ("latency_p99", 0.2, 0.9),
    ("error_rate", 0.01, 0.2),
    ("missing_share{feature=\"a\"}", 0.0, 0.6),
];

fn random_spec(draws: &mut Draws) -> PolicySpec {
    let mode = draws.of(&["auto", "auto", "auto", "approve", "dry-run", "off"]);
    let cooldown = draws.of(&["5m", "30m", "1h"]);
    let settle = draws.of(&["", r#""settle": "1m","#, r#""settle": "20m","#]);
    let freeze = draws.of(&["", "", r#""freeze": ["Fri 16:00..Mon 08:00"],"#]);
    let inputs = draws.one_in(2);
    let max_rollbacks = 1 + draws.below(3);
    let semantics = draws.of(&["guarded", "guarded", "guarded", "compat"]);
    let mut spec: PolicySpec = serde_json::from_str(&format!(
        r#"{{"rails": {{"mode": "{mode}", "url": "https://deploy/{{action}}", "cooldown": "{cooldown}", {settle} {freeze}
             "on_inputs_alone": {inputs}, "max_rollbacks": {max_rollbacks}, "no_return_for": "6h", "period": "3h"}},
            "live": {{"semantics": "{semantics}"}}}}"#
    ))
    .unwrap();
    let more: Vec<Rule> = serde_json::from_str(
        r#"[{"name": "Errors", "metric": "error_rate", "threshold": 0.05, "for": "1m", "keep_firing_for": "2m",
             "severity": "critical", "action": "rollback", "exit_threshold": 0.03},
            {"name": "Slow", "metric": "latency_p99", "threshold": 0.5, "for": "3windows", "action": "scale_down"},
            {"name": "Silent", "metric": "missing_share", "threshold": 0.5, "no_data": "alert", "no_data_for": "5m"},
            {"name": "Mid", "metric": "psi_score", "threshold": 0.1, "until": 0.2, "no_data": "resolve"}]"#,
    )
    .unwrap();
    spec.rules.extend(more.into_iter().filter(|_| draws.one_in(2)));
    let more: Vec<Trigger> = serde_json::from_str(
        r#"[{"metric": "prediction_psi", "threshold": 0.2, "action": "rollback", "windows": 2, "of": 4},
            {"metric": "error_rate", "threshold": 0.1, "action": "scale_down", "cooldown": "10m"},
            {"metric": "psi_score{feature=\"a\"}", "threshold": 0.5, "action": "rollback", "cooldown": "2h"}]"#,
    )
    .unwrap();
    spec.triggers.extend(more.into_iter().filter(|_| draws.one_in(2)));
    spec
}

/// What the world does, step by step.
struct World {
    draws: Draws,
    now: Timestamp,
    id: u64,
    is_bad: bool,
    /// No window comes for a while.
    is_silent: bool,
    version: u64,
}

impl World {
    fn window(&mut self) -> Evidence {
        let draws = &mut self.draws;
        if draws.one_in(12) {
            self.is_bad = !self.is_bad;
        }
        if !draws.one_in(10) {
            self.id += 1;
        }
        let age = if draws.one_in(20) { draws.below(600) } else { draws.below(10) };
        let end = Timestamp::from_micros(self.now.micros() - (age * SECOND) as i64);
        let length = draws.of(&[15, 60, 60, 300, 3600]);
        let start = Timestamp::from_micros(end.micros() - (length * SECOND) as i64);
        let mut window = Evidence::new(self.id, start, end, 1000);
        for (name, good, bad) in METRICS {
            let is_odd = draws.one_in(8);
            let value = if self.is_bad != is_odd { bad } else { good };
            let rows = if draws.one_in(10) { draws.below(300) } else { 300 + draws.below(5000) };
            let mut observed = Observed::new(value, rows);
            match draws.below(20) {
                0 | 1 => continue,
                2 => observed.value = f64::NAN,
                3 => observed.value = f64::INFINITY,
                4 | 5 => observed.is_inconclusive = true,
                6..10 => observed.lower = Some(value * 0.9),
                10 => observed.lower = Some(0.0),
                _ => {}
            }
            window.values.insert(Metric::parse(name).unwrap(), observed);
        }
        window
    }

    /// The next input, and the instant at which it comes.
    fn input(&mut self, engine: &Engine, orders: &[Order]) -> Input {
        self.now = self.now.later(
            SECOND
                * match self.draws.below(40) {
                    0 => 3600 * (1 + self.draws.below(12)),
                    1 => 60 * self.draws.below(30),
                    _ => 15 * (1 + self.draws.below(4)),
                },
        );
        let draws = &mut self.draws;
        if draws.one_in(if self.is_silent { 20 } else { 40 }) {
            self.is_silent = !self.is_silent;
        }
        match draws.below(40) {
            0..7 => Input::Tick,
            7 => {
                self.version += 1;
                Input::TargetChanged { version: self.version.to_string() }
            }
            8 => {
                let known = 1 + draws.below(self.version.max(1));
                Input::TargetChanged { version: known.to_string() }
            }
            9 | 10 => match orders.last() {
                Some(order) if order.target_version.is_some() => {
                    Input::TargetChanged { version: order.target_version.clone().unwrap() }
                }
                _ => Input::Tick,
            },
            11 => match orders.last() {
                Some(order) => Input::EffectResult {
                    key: order.idempotency_key.clone(),
                    succeeded: draws.one_in(2),
                    detail: String::new(),
                },
                None => Input::Tick,
            },
            12..15 => {
                let incident = engine.state().incident.as_ref();
                let asked = incident.and_then(|incident| incident.proposal().cloned());
                let incident = incident.map_or("none".into(), |incident| incident.id.clone());
                let none = Proposal { action: Action::Rollback, target_version: None };
                let asked = asked.filter(|_| !draws.one_in(4)).unwrap_or(none);
                Input::Approve { incident, proposal: asked, by: "a person".into() }
            }
            15 => Input::KillSwitch { on: draws.one_in(3), by: "a person".into() },
            16 if draws.one_in(4) => Input::Unlatch { by: "a person".into() },
            _ if self.is_silent => Input::Tick,
            _ => Input::Window(self.window()),
        }
    }
}

/// What is known beside the engine: enough to say of an action that it should not have been.
#[derive(Default)]
struct Ledger {
    last: BTreeMap<String, Timestamp>,
    incidents: BTreeSet<String>,
    keys: BTreeSet<String>,
    rolled_back_from: BTreeMap<String, Timestamp>,
    version: Option<String>,
    changed_at: Option<Timestamp>,
    is_switched_off: bool,
    latest: Option<Evidence>,
    /// The latest windows, newest last, since the version changed.
    windows: VecDeque<Evidence>,
    audit: Vec<AuditRow>,
    orders: Vec<Order>,
    told: u64,
}

/// Whether a number of a window is certainly past a threshold.
fn is_certain(window: &Evidence, metric: &Metric, threshold: f64) -> bool {
    window.values.iter().any(|(other, observed)| {
        let is_it =
            other == metric || (metric.feature().is_none() && other.name() == metric.name());
        let lower = observed.lower.unwrap_or(observed.value);
        is_it
            && observed.value.is_finite()
            && !observed.is_inconclusive
            && observed.rows >= 300
            && lower > threshold
    })
}

impl Ledger {
    fn see(&mut self, input: &Input, outcome: &Outcome) {
        if let Input::KillSwitch { on, .. } = input {
            self.is_switched_off = *on;
        }
        // What happened is taken whatever the clock shows; a window or a look is not.
        if matches!(input, Input::Window(_)) && !outcome.problems.is_empty() {
            return;
        }
        match input {
            Input::Window(window) => {
                let is_new = self.latest.as_ref().is_none_or(|last| window.id > last.id);
                self.latest = Some(window.clone());
                let is_of_version = self.changed_at.is_none_or(|at| window.start >= at);
                if is_new && is_of_version {
                    self.windows.push_back(window.clone());
                }
                while self.windows.len() > 4 {
                    self.windows.pop_front();
                }
            }
            Input::TargetChanged { version } if self.version.as_ref() != Some(version) => {
                if self.version.is_some() {
                    self.changed_at = Some(outcome.at);
                    self.windows.clear();
                }
                self.version = Some(version.clone());
            }
            Input::EffectResult { key, succeeded: false, .. } => {
                let failed = self.orders.iter().find(|order| order.idempotency_key == *key);
                if let Some(order) = failed {
                    self.last.retain(|asker, _| !order.asked_by.contains(asker));
                    let version = order.expected_current_version.clone().unwrap_or_default();
                    self.rolled_back_from.remove(&version);
                }
            }
            _ => {}
        }
    }

    fn judge(&mut self, policy: &Policy, outcome: &Outcome, seed: u64) {
        self.audit.extend(outcome.audit.clone());
        let now = outcome.at;
        assert!(outcome.effects.iter().filter(|e| matches!(e, Effect::Request(_))).count() <= 1);
        for effect in &outcome.effects {
            let Effect::Request(request) = effect else {
                self.told += 1;
                continue;
            };
            let order = &request.order;
            let what = format!("seed {seed}, {now}: {order:?}");
            assert!(!self.is_switched_off, "{what}");
            assert!(order.not_after > now, "{what}");
            assert_eq!(order.expected_current_version, self.version, "{what}");
            assert!(self.incidents.insert(order.incident.clone()), "two actions: {what}");
            assert!(self.keys.insert(order.idempotency_key.clone()), "{what}");
            for asker in &order.asked_by {
                let trigger = policy.triggers.iter().find(|trigger| trigger.id() == *asker);
                let own = trigger.and_then(|trigger| trigger.cooldown);
                let cooldown = own.unwrap_or(policy.rails.cooldown).micros();
                let before = self.last.insert(asker.clone(), now);
                assert!(before.is_none_or(|at| now.since(at) >= cooldown), "cooldown: {what}");
                self.judge_evidence(policy, asker, now, &what);
            }
            if order.action == Action::Rollback {
                let to = order.target_version.clone().unwrap();
                assert_ne!(Some(&to), self.version.as_ref(), "{what}");
                let bad = self.rolled_back_from.get(&to);
                let no_return = policy.rails.no_return_for.micros();
                assert!(bad.is_none_or(|at| now.since(*at) >= no_return), "ping-pong: {what}");
                self.rolled_back_from.insert(self.version.clone().unwrap(), now);
            }
            assert!(!policy.rails.freeze.iter().any(|window| window.contains(now)), "{what}");
            self.orders.push(order.clone());
        }
    }

    /// Whoever asks is certain in the latest window, which is fresh, and in enough of the windows before.
    fn judge_evidence(&self, policy: &Policy, asker: &str, now: Timestamp, what: &str) {
        let rule = policy.rules.iter().find(|rule| rule.name == asker);
        let trigger = policy.triggers.iter().find(|trigger| trigger.id() == asker);
        let (metric, threshold, windows, of) = match (rule, trigger) {
            (Some(rule), _) => {
                let least = rule.exit_threshold.unwrap_or(rule.threshold);
                (&rule.metric, least, rule.windows_needed(), rule.windows_needed())
            }
            (_, Some(trigger)) => {
                (&trigger.metric, trigger.threshold, trigger.windows, trigger.looks_at())
            }
            _ => panic!("nobody asked: {what}"),
        };
        let latest = self.latest.as_ref().expect(what);
        assert!(now.since(latest.end) <= policy.live.max_age.micros(), "stale: {what}");
        assert!(is_certain(latest, metric, threshold), "doubt: {what}");
        // The latest may be a window that was looked at again, with other numbers: the first look counts.
        let seen = self.windows.iter().rev().take(of as usize);
        let certain = seen.filter(|window| is_certain(window, metric, threshold)).count();
        assert!(certain >= windows as usize, "{certain} windows of {windows}: {what}");
    }
}

struct Sum {
    orders: usize,
    told: u64,
    rows: usize,
    firing: usize,
}

fn live(seed: u64) -> Sum {
    let mut draws = Draws(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x00C0_FFEE);
    draws.below(2);
    let spec = random_spec(&mut draws);
    let policy = Policy::of(&spec).unwrap();
    let mut permuted = spec.clone();
    draws.shuffle(&mut permuted.rules);
    draws.shuffle(&mut permuted.triggers);
    let mut engine = Engine::new(policy.clone());
    let mut restarted = engine.clone();
    let mut permuted = Engine::new(Policy::of(&permuted).unwrap());
    let start = 1_705_000_000 + draws.below(7 * 24 * 3600);
    let mut world = World {
        now: Timestamp::EPOCH.later(start * SECOND),
        id: 0,
        is_bad: false,
        is_silent: false,
        version: 0,
        draws,
    };
    let mut ledger = Ledger::default();
    let mut firing = 0;
    for _ in 0..120 {
        let input = world.input(&engine, &ledger.orders);
        let runs_backwards = world.draws.one_in(50);
        let at = if runs_backwards {
            Timestamp::from_micros(world.now.micros() - (3600 * SECOND) as i64)
        } else {
            world.now
        };
        if world.draws.one_in(8) {
            restarted = Engine::restore(policy.clone(), &restarted.snapshot()).unwrap();
        }
        if world.draws.one_in(8) {
            let json = serde_json::to_string(restarted.state()).unwrap();
            let state: State = serde_json::from_str(&json).unwrap();
            restarted = Engine::resume(policy.clone(), state);
        }
        let outcome = engine.handle(input.clone(), at);
        assert_eq!(restarted.handle(input.clone(), at), outcome, "seed {seed}: a restart shows");
        assert_eq!(permuted.handle(input.clone(), at), outcome, "seed {seed}: the order shows");
        ledger.see(&input, &outcome);
        ledger.judge(&policy, &outcome, seed);
        firing += outcome.alerts.iter().filter(|alert| alert.state == "firing").count();
    }
    assert_eq!(restarted, engine, "seed {seed}");
    assert_eq!(verify(&ledger.audit, &AuditHead::default()).as_ref(), Ok(&engine.state().audit));
    let bound = most_bytes(&policy);
    assert!(engine.snapshot().len() <= bound, "{} bytes of {bound}", engine.snapshot().len());
    Sum { orders: ledger.orders.len(), told: ledger.told, rows: ledger.audit.len(), firing }
}

/// The bound that the engine's documentation states, with versions of up to 8 bytes.
fn most_bytes(policy: &Policy) -> usize {
    let names: Vec<usize> = policy.rules.iter().map(|rule| rule.name.len()).collect();
    let ids: Vec<usize> = policy.triggers.iter().map(|trigger| trigger.id().len()).collect();
    let flaps = policy.live.flap_count as usize;
    let askers: usize = names.iter().chain(&ids).map(|name| name + 112).sum();
    names.iter().map(|name| 2 * name + 200 + 32 * flaps).sum::<usize>()
        + policy
            .triggers
            .iter()
            .zip(&ids)
            .map(|(t, id)| id + 120 + t.looks_at() as usize)
            .sum::<usize>()
        + askers
        + 2 * 16 * (8 + 112)
        + 32 * policy.rails.max_rollbacks as usize
        + 200
        + askers
        + 3 * 8
        + 512
}

fn check_lives(seeds: core::ops::Range<u64>) {
    let started = Instant::now();
    let n = seeds.end - seeds.start;
    let mut sum = Sum { orders: 0, told: 0, rows: 0, firing: 0 };
    for seed in seeds {
        let one = live(seed);
        sum.orders += one.orders;
        sum.told += one.told;
        sum.rows += one.rows;
        sum.firing += one.firing;
    }
    println!(
        "{n} lives, {} orders, {} lines, {} audit rows, {} firing alerts seen, {:.1} s",
        sum.orders,
        sum.told,
        sum.rows,
        sum.firing,
        started.elapsed().as_secs_f64()
    );
    // Lives in which nothing happens prove nothing.
    assert!(sum.orders as u64 > n / 10, "{} orders in {n} lives", sum.orders);
}

#[test]
fn whatever_happens_nothing_is_done_twice_or_on_doubt() {
    check_lives(0..2000);
}

#[test]
#[ignore = "long: 10,000 lives"]
fn whatever_happens_nothing_is_done_twice_or_on_doubt_in_many_lives() {
    check_lives(100_000..110_000);
}
