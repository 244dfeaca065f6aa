//! The engine: rules, triggers and rails in time. `handle(input, now)` is all there is; whoever hosts it brings the clock,
//! the windows and the hands.
//!
//! # The data's path
//!
//! ```text
//! Input::Window(Evidence) ── read once per rule and trigger ──▶ Reading    (what is certain, what is not, what is shown)
//! Reading ── threshold, age, rows ──▶ Finding                              (true, false, inconclusive, no data)
//! Finding × RuleState ── guards, then Prometheus' table ──▶ RuleState      (inactive, pending, firing, resolved)
//! Finding × TriggerMemory ── k of n distinct windows ──▶ on or off
//! firing rules with an action, triggers that are on ──▶ Ask                (who, what, on how much evidence)
//! Asks ── one target ──▶ Incident ── the rails in their order ──▶ Effect, or the rail that blocked
//! every decision ──▶ AuditRow in a chain of hashes
//! ```
//!
//! Every input is also a look at the clock: all rules take a step, on the window they last saw. A window is evidence once,
//! however often it is looked at.
//!
//! # What holds
//!
//! 1. **Pure.** The same state, input and `now` give the same outcome and the same next state, on every target. Where time
//!    runs backwards, looks and windows are refused, and what happened is taken as of the latest instant; both are told.
//! 2. **Order does not matter.** Rules are taken by name and triggers by id, and none sees what another does, but for the
//!    ladder's inhibition, which is a mark on the alert and changes no state.
//! 3. **Nothing is done on doubt.** An ask needs a condition that is certainly true *now*, in a fresh window, and in enough
//!    distinct windows of the version that serves. What is inconclusive or missing starts nothing, and ends nothing that is
//!    critical or acts. An alert that was judged elsewhere is a claim: it stands for the version under which it began, not
//!    against the engine's own windows, and not for long.
//! 4. **One incident, one action.** An incident begins with the first ask that stands on evidence and ends when every asker's
//!    condition was certainly false (for rules: when the alert resolved), or when another version serves. A scale-down's
//!    incident also ends with its cooldown, so that a rollback can follow if that did not help. Rollback outranks scale-down:
//!    while a rollback is asked for and blocked, nothing less is done in its place. A person who agrees does so to one
//!    action of one incident and one version to go back to; once the incident asks for another, they are asked again.
//!    Rollbacks that are used up only an unlatch gives back.
//! 5. **Restarts change nothing.** The whole state is data: [`Engine::snapshot`] and [`Engine::restore`] at any tick leave
//!    the future as it would have been.
//!
//! # Memory
//!
//! The state holds, whatever comes in, at most
//!
//! ```text
//! R·(2·name + 200 + 32·flap_count) + T·(id + 120 + looks_at) + A·(name + 112)
//!   + 2·16·(version + 112) + 32·max_rollbacks + incident(200 + Σ names) + 3·version + 512   bytes in its compact form
//! ```
//!
//! for R rules, T triggers and A = R + T askers; names, ids, versions and who approved count with their own bytes. Windows
//! are not kept: each is read once, into one [`Reading`](crate::evidence::Reading) for each rule and trigger.
//!
//! ```
//! use driftline_core::{
//!     duration::Duration, engine::{Engine, Input}, evidence::{Evidence, Observed}, metric::Metric, policy::Policy,
//!     time::Timestamp,
//! };
//!
//! let mut engine = Engine::new(Policy::default());
//! let minute = |n: u64| Timestamp::EPOCH.later(n * Duration::MINUTE.micros());
//! let mut told = Vec::new();
//! for n in 1..=4 {
//!     let mut window = Evidence::new(n, minute(n - 1), minute(n), 1000);
//!     window.values.insert(Metric::ErrorRate, Observed::new(0.2, 1000));
//!     let outcome = engine.handle(Input::Window(window), minute(n));
//!     told.extend(outcome.effects);
//! }
//! // Three distinct windows, one order; on paper, because that is the default.
//! assert_eq!(told.len(), 1);
//! ```

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    codec::{self, Content, DecodeError},
    duration::Duration,
    evidence::{Condition, Evidence, Finding, Output},
    live::Semantics,
    metric::Metric,
    num,
    policy::Policy,
    report::Problem,
    rule::{
        LOOKBACK, Rule,
        guarded::{self, Sight},
    },
    time::Timestamp,
    trigger::{CLAIMS_LAPSE_AFTER, Claim, Mode, Standing, Trigger, TriggerMemory},
};

mod decide;
mod input;
mod outcome;
mod state;

pub use input::Input;
pub(crate) use outcome::no_data_name;
pub use outcome::{Alert, Outcome, Transition, TriggerStatus};
pub use state::{LastBlocked, RolledBack, Start, State, TargetMemory, WindowSeen};

/// Rules, triggers and rails in time. See the [module](self).
#[derive(Clone, Debug, PartialEq)]
pub struct Engine {
    policy: Policy,
    state: State,
}

impl Engine {
    /// An engine that has seen nothing.
    pub fn new(policy: Policy) -> Engine {
        let state = State::new(&policy);
        Engine { policy, state }
    }

    /// What it runs on.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// All it remembers.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// All it remembers, in the compact form.
    pub fn snapshot(&self) -> Vec<u8> {
        codec::encode(Content::Engine, &self.state)
    }

    /// An engine that remembers. Rules and triggers that the policy no longer has are forgotten, new ones begin anew; what a
    /// dry run did on paper counts for nothing once the mode is another.
    ///
    /// # Errors
    /// Bytes that are no snapshot of this version.
    pub fn restore(policy: Policy, snapshot: &[u8]) -> Result<Engine, DecodeError> {
        let state: State = codec::decode(Content::Engine, snapshot)?;
        Ok(Engine::resume(policy, state))
    }

    /// As [`restore`](Engine::restore), from a state that was kept in another form.
    pub fn resume(policy: Policy, state: State) -> Engine {
        let state = state.fitted_to(&policy);
        Engine { policy, state }
    }

    /// Takes an input at an instant. Where that is before the latest one, a look or a window is refused; everything else
    /// happened, and is taken as of the latest instant: a switch that only works while the clock is right is none, and a
    /// version that changed unheard would be judged by the rows of another. Either is told as a problem.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Outcome {
        let mut outcome = Outcome::new(now);
        let latest = self.state.last_now.map_or(now, |last| last.max(now));
        if now < latest {
            let is_refused = matches!(input, Input::Tick | Input::Window(_));
            let taken = if is_refused { "" } else { "; taken as of the later one" };
            let message = format!("expected {latest} or later, found {now}: time ran backwards");
            outcome.problem("now", format!("{message}{taken}"));
            if is_refused {
                self.describe(&mut outcome);
                return outcome;
            }
            outcome.at = latest;
        }
        let now = latest;
        let elapsed = self.state.last_now.map_or(0, |last| now.since(last));
        let mut unseen = elapsed;
        let mut is_new_window = false;
        match input {
            Input::Tick => {}
            Input::Window(window) => match self.refusal(&window, now) {
                Some(why) => outcome.problem("window", why),
                None => {
                    is_new_window = self.is_new(&window);
                    // What the window's rows cover was seen, however long ago the last look was.
                    let last = self.state.last_now.unwrap_or(window.start);
                    unseen = window.start.since(last).min(elapsed);
                    self.read(&window, is_new_window);
                }
            },
            Input::TargetChanged { version } => self.change_version(version, now, &mut outcome),
            Input::Approve { incident, proposal, by } => {
                self.approve(&incident, proposal, &by, now, &mut outcome);
            }
            Input::Unlatch { by } => self.unlatch(&by, now, &mut outcome),
            Input::KillSwitch { on, by } => self.switch(on, &by, now, &mut outcome),
            Input::External { rule, claim } => self.hear(rule, claim, now, &mut outcome),
            Input::EffectResult { key, succeeded, detail } => {
                self.take_result(&key, succeeded, detail, now, &mut outcome);
            }
        }
        self.step_rules(elapsed, unseen, is_new_window, now, &mut outcome);
        self.step_triggers(unseen, is_new_window, now);
        self.state.last_now = Some(now);
        self.lapse(now, &mut outcome);
        self.decide(now, &mut outcome);
        self.describe(&mut outcome);
        outcome
    }

    /// An alert that is judged elsewhere fires, or does no longer.
    fn hear(&mut self, rule: String, claim: Option<Claim>, now: Timestamp, outcome: &mut Outcome) {
        let own = self.policy.rules.iter().find(|own| own.name == rule && own.acts());
        let Some(own) = own else {
            outcome.problem("rule", format!("expected a rule with an action, found {rule}"));
            return;
        };
        let was = self.state.claims.contains_key(&rule);
        let Some(Claim { since, value }) = claim else {
            if self.state.claims.remove(&rule).is_some() {
                outcome.transition(&rule, "firing", "inactive", "as an alert elsewhere".into());
            }
            return;
        };
        if since > now.later(self.policy.live.max_skew.micros()) {
            let message = format!("expected an alert that fires by {now}, found one from {since}");
            return outcome.problem("since", message);
        }
        // One that began earlier was judged, at least in part, by rows of the version before.
        let window = self.state.window.as_ref().map_or(0, |window| window.end.since(window.start));
        let window = window.max(self.policy.live.window.micros());
        let hold = own.hold.duration().map_or(0, Duration::micros);
        let settle = self.policy.rails.settle_micros(window, hold);
        let settled_at = self.state.target.changed_at.map(|at| at.later(settle));
        if let Some(settled_at) = settled_at.filter(|at| since < *at) {
            let message = format!(
                "expected an alert that fires since {settled_at} or later, when the version that serves had settled, \
                 found one since {since}"
            );
            return outcome.problem("since", message);
        }
        let claim = Claim { since: since.min(now), value: value.filter(|value| value.is_finite()) };
        let until = now.later(CLAIMS_LAPSE_AFTER.micros());
        self.state.claims.insert(rule.clone(), Standing { claim, until });
        if !was {
            let why = format!("as an alert elsewhere, since {since}");
            outcome.transition(&rule, "inactive", "firing", why);
        }
    }

    /// Forgets claims that nobody has repeated for too long.
    fn lapse(&mut self, now: Timestamp, outcome: &mut Outcome) {
        self.state.claims.retain(|rule, standing| {
            let stands = standing.until > now;
            if !stands {
                let why = format!("as an alert elsewhere, not repeated for {CLAIMS_LAPSE_AFTER}");
                outcome.transition(rule, "firing", "inactive", why);
            }
            stands
        });
    }

    /// Why a window is not taken.
    fn refusal(&self, window: &Evidence, now: Timestamp) -> Option<String> {
        if window.start > window.end {
            return Some(format!(
                "expected a start before the end ({}), found {}",
                window.end, window.start
            ));
        }
        if window.end > now {
            return Some(format!("expected a window that ends by {now}, found {}", window.end));
        }
        let last = self.state.window.as_ref()?;
        if window.id < last.id || (window.id > last.id && window.end < last.end) {
            return Some(format!(
                "expected a window after number {} (until {}), found number {} (until {})",
                last.id, last.end, window.id, window.end
            ));
        }
        None
    }

    fn is_new(&self, window: &Evidence) -> bool {
        self.state.window.as_ref().is_none_or(|last| window.id > last.id)
    }

    /// Reads a window, once for every rule and trigger, and keeps nothing else of it.
    fn read(&mut self, window: &Evidence, is_new_window: bool) {
        let min_samples = self.policy.live.min_samples;
        for rule in &self.policy.rules {
            let memory = self.state.rules.entry(rule.name.clone()).or_default();
            let condition = Condition {
                metric: &rule.metric,
                comparison: rule.comparison,
                threshold: rule.threshold,
                exit_threshold: rule.exit_threshold.unwrap_or(rule.threshold),
                min_samples: rule.min_samples.unwrap_or(min_samples),
            };
            memory.reading = window.read_for(&condition, &mut memory.held_by);
        }
        for trigger in &self.policy.triggers {
            let memory = self.state.triggers.entry(trigger.id()).or_default();
            let condition = Condition {
                metric: &trigger.metric,
                comparison: trigger.comparison,
                threshold: trigger.threshold,
                exit_threshold: trigger.threshold,
                min_samples,
            };
            memory.reading = window.read_for(&condition, &mut memory.held_by);
        }
        if is_new_window {
            self.state.outputs_moved = window.moved.clone();
            // Predictions move where their PSI is certainly a drift: the lowest step of the ladder.
            let predictions = window.read(&Metric::PredictionPsi, min_samples);
            if predictions.decided.is_some_and(|psi| psi >= PREDICTIONS_MOVE_AT) {
                self.state.outputs_moved.insert(Output::Predictions);
            }
        }
        self.state.window =
            Some(WindowSeen { id: window.id, start: window.start, end: window.end });
    }

    fn step_rules(
        &mut self,
        elapsed: u64,
        unseen: u64,
        is_new_window: bool,
        now: Timestamp,
        outcome: &mut Outcome,
    ) {
        let sight = self.sight(elapsed, unseen, is_new_window, now);
        let last_now = self.state.last_now.unwrap_or(now);
        for rule in &self.policy.rules {
            let memory = self.state.rules.entry(rule.name.clone()).or_default();
            let before = memory.state;
            let had_no_data = memory.no_data_since(rule, last_now).is_some();
            match self.policy.live.semantics {
                Semantics::Guarded => {
                    let has_step_above = self.policy.has_step_above(rule);
                    guarded::step(rule, memory, sight, &self.policy.live, has_step_above);
                }
                Semantics::Compat => guarded::step_compat(rule, memory, sight, &self.policy.live),
            }
            let why = words_of(rule, memory.reading.value);
            if before.name() != memory.state.name() {
                outcome.transition(&rule.name, before.name(), memory.state.name(), why);
            }
            let has_no_data = memory.no_data_since(rule, now).is_some();
            if had_no_data != has_no_data {
                let (from, to) =
                    if has_no_data { ("inactive", "firing") } else { ("firing", "resolved") };
                let why = format!("no decided {} for {}", rule.metric, rule.no_data_for);
                outcome.transition(&outcome::no_data_name(rule), from, to, why);
            }
        }
    }

    fn sight(&self, elapsed: u64, unseen: u64, is_new_window: bool, now: Timestamp) -> Sight {
        let window = self.state.window.as_ref();
        Sight {
            now,
            elapsed,
            unseen,
            is_fresh: self.is_fresh(now),
            is_in_lookback: window.is_some_and(|window| now.since(window.end) < LOOKBACK.micros()),
            is_new_window,
            window: window.map(|window| (window.start, window.end)),
            changed_at: self.state.target.changed_at,
        }
    }

    fn step_triggers(&mut self, unseen: u64, is_new_window: bool, now: Timestamp) {
        let is_gap = unseen > self.policy.live.max_gap.micros();
        let sight = self.sight(0, unseen, is_new_window, now);
        for trigger in &self.policy.triggers {
            let memory = self.state.triggers.entry(trigger.id()).or_default();
            if is_gap {
                memory.forget_windows();
            }
            let finding = memory.find(trigger);
            if sight.is_distinct(&trigger.metric, finding, memory.counted_until) {
                memory.take(trigger, sight.is_of_this_version(&trigger.metric));
                if finding == Finding::True && trigger.metric.own_span().is_some() {
                    memory.counted_until = sight.window.map(|(_, end)| end);
                }
            }
        }
    }

    /// Whether there is a window, and it is not too old.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let max_age = self.policy.live.max_age.micros();
        self.state.window.as_ref().is_some_and(|window| now.since(window.end) <= max_age)
    }

    /// What a trigger's condition comes to now.
    fn finding_of(&self, trigger: &Trigger, memory: &TriggerMemory, now: Timestamp) -> Finding {
        if self.is_fresh(now) { memory.find(trigger) } else { Finding::NoData }
    }

    fn is_on_paper(&self) -> bool {
        self.policy.rails.mode == Mode::DryRun
    }
}

/// The PSI of predictions from which on they have moved: the ladder's lowest step.
const PREDICTIONS_MOVE_AT: f64 = 0.1;

fn words_of(rule: &Rule, value: Option<f64>) -> String {
    let value = value.map_or("no data".to_string(), |value| num::significant(value, 6));
    format!("{} is {value}, the rule says {} {}", rule.metric, rule.comparison, rule.threshold)
}

impl Outcome {
    fn problem(&mut self, place: &str, message: String) {
        self.problems.push(Problem { place: place.into(), message });
    }
}
