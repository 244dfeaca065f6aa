//! What an engine answers.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::Engine;
use crate::{
    evidence::Finding,
    metric::Metric,
    report::Problem,
    rule::Rule,
    time::Timestamp,
    trigger::{Action, Effect, Rail, audit::AuditRow},
    verdict::Severity,
};

/// What an input led to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// When.
    pub at: Timestamp,
    /// What changed.
    pub transitions: Vec<Transition>,
    /// Every rule as it stands, by name.
    pub alerts: Vec<Alert>,
    /// Every trigger as it stands, by id.
    pub triggers: Vec<TriggerStatus>,
    /// What is to be done.
    pub effects: Vec<Effect>,
    /// What was decided.
    pub audit: Vec<AuditRow>,
    /// What was wrong with the input.
    pub problems: Vec<Problem>,
}

/// A change: an entry of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Transition {
    /// When.
    pub at: Timestamp,
    /// The rule, the trigger, the target or the incident.
    pub what: String,
    /// From which state.
    pub from: String,
    /// To which.
    pub to: String,
    /// Why, for people.
    pub why: String,
}

/// A rule as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Alert {
    /// The rule.
    pub name: String,
    /// `inactive`, `pending`, `firing` or `resolved`.
    pub state: String,
    /// How bad it is.
    pub severity: Severity,
    /// Since when it stands so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The metric's value when the condition was last true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Texts for people.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// What the condition comes to now.
    pub finding: Finding,
    /// The worse alert of the same ladder that fires, so that this one need not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inhibited_by: Option<String>,
    /// Whether it comes and goes too often: tell it once, not each time.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub is_flapping: bool,
}

/// A trigger as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TriggerStatus {
    /// What is compared.
    pub metric: Metric,
    /// With what.
    pub threshold: f64,
    /// What is to be done.
    pub action: Action,
    /// `off`, `counting` (some windows, not enough), or `on`.
    pub state: String,
    /// Windows in which the condition was true, of those it looks at.
    pub windows: u32,
    /// When it last led to an action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_fired: Option<Timestamp>,
    /// Until when it asks for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown_until: Option<Timestamp>,
    /// What stops its action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<Rail>,
}

/// The name of the alert on a rule's missing data.
pub(crate) fn no_data_name(rule: &Rule) -> String {
    format!("{}NoData", rule.name)
}

impl Outcome {
    pub(super) fn new(at: Timestamp) -> Outcome {
        Outcome {
            at,
            transitions: Vec::new(),
            alerts: Vec::new(),
            triggers: Vec::new(),
            effects: Vec::new(),
            audit: Vec::new(),
            problems: Vec::new(),
        }
    }

    pub(super) fn transition(&mut self, what: &str, from: &str, to: &str, why: String) {
        let (what, from, to) = (what.into(), from.into(), to.into());
        self.transitions.push(Transition { at: self.at, what, from, to, why });
    }
}

impl Engine {
    /// Every rule and every trigger as they stand.
    pub(super) fn describe(&self, outcome: &mut Outcome) {
        for rule in &self.policy.rules {
            self.describe_rule(rule, outcome);
        }
        let now = outcome.at;
        for trigger in &self.policy.triggers {
            let id = trigger.id();
            let Some(memory) = self.state.triggers.get(&id) else { continue };
            let windows = memory.n_true();
            let state = match (memory.is_on, windows) {
                (true, _) => "on",
                (false, 0) => "off",
                (false, _) => "counting",
            };
            let last_fired = self.state.starts.get(&id).map(|start| start.at);
            let cooldown = trigger.cooldown.unwrap_or(self.policy.rails.cooldown);
            let is_blocked = memory.is_on && trigger.action != Action::Alert;
            outcome.triggers.push(TriggerStatus {
                metric: trigger.metric.clone(),
                threshold: trigger.threshold,
                action: trigger.action,
                state: state.into(),
                windows,
                last_fired,
                cooldown_until: last_fired
                    .map(|at| at.later(cooldown.micros()))
                    .filter(|until| *until > now),
                blocked_by: self
                    .state
                    .last_blocked
                    .as_ref()
                    .filter(|_| is_blocked)
                    .map(|blocked| blocked.rail),
            });
        }
    }

    fn describe_rule(&self, rule: &Rule, outcome: &mut Outcome) {
        let Some(memory) = self.state.rules.get(&rule.name) else { return };
        let worse = self.policy.rules.iter().filter(|other| {
            let fires = |name: &str| {
                self.state.rules.get(name).is_some_and(|memory| memory.state.is_firing())
            };
            rule.is_below(other) && fires(&other.name)
        });
        let worst = worse.max_by(|a, b| a.severity.cmp(&b.severity).then(b.name.cmp(&a.name)));
        let finding = memory.finding.unwrap_or(Finding::NoData);
        outcome.alerts.push(Alert {
            name: rule.name.clone(),
            state: memory.state.name().into(),
            severity: rule.severity,
            since: memory.state.since(),
            value: memory.value,
            labels: rule.labels.clone(),
            annotations: rule.annotations.clone(),
            finding,
            inhibited_by: worst.map(|rule| rule.name.clone()),
            is_flapping: memory.is_flapping(&self.policy.live),
        });
        if let Some(since) = memory.no_data_since(rule, outcome.at) {
            outcome.alerts.push(Alert {
                name: no_data_name(rule),
                state: "firing".into(),
                severity: rule.severity,
                since: Some(since),
                value: None,
                labels: rule.labels.clone(),
                annotations: BTreeMap::new(),
                finding,
                inhibited_by: None,
                is_flapping: false,
            });
        }
    }
}
