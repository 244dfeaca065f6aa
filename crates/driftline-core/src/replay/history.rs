//! What an engine did over windows that a host has kept, as a replay shows it: nothing is decided again.

use alloc::{borrow::ToOwned as _, collections::BTreeMap, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{Decided, Moment, Replay, ReplayNote, RulePast, TriggerHistory};
use crate::{
    engine::{Alert, Transition, TriggerStatus},
    policy::Policy,
    report::WindowReport,
    time::Timestamp,
    trigger::{
        Action,
        audit::{AuditHead, AuditRow},
    },
};

/// A window that a host has kept, and how rules and triggers stood after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeptWindow {
    /// When it was looked at.
    pub at: Timestamp,
    /// Rules by name and triggers by id; one that was `inactive` or `off` is left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub states: BTreeMap<String, String>,
    /// What was found.
    #[serde(flatten)]
    pub window: WindowReport,
}

/// States of rules and triggers in which nothing is told.
const QUIET: [&str; 2] = ["inactive", "off"];

impl KeptWindow {
    /// A window, with every rule and trigger that is not quiet as it stands.
    pub fn new(
        at: Timestamp,
        window: WindowReport,
        alerts: &[Alert],
        triggers: &[(String, String)],
    ) -> KeptWindow {
        let alerts = alerts.iter().map(|alert| (alert.name.clone(), alert.state.clone()));
        let states = alerts.chain(triggers.iter().cloned());
        let states = states.filter(|(_, state)| !QUIET.contains(&state.as_str())).collect();
        KeptWindow { at, states, window }
    }
}

/// As a host tells it: what it has kept, and how everything stands now.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// The earliest first.
    pub windows: Vec<KeptWindow>,
    /// Every rule.
    pub alerts: Vec<Alert>,
    /// Every trigger, in the policy's order.
    pub triggers: Vec<TriggerStatus>,
    /// What was decided.
    pub audit: Vec<AuditRow>,
}

impl Replay {
    /// What the engine of a host did, in the form of a replay. An alert's changes are as fine as the windows that were kept;
    /// decisions are at their own instants.
    pub fn of_history(policy: &Policy, history: History) -> Replay {
        let History { windows, alerts, triggers, audit } = history;
        let number_at = |at: Timestamp| {
            let before = windows.iter().take_while(|kept| kept.at < at).count() as u64;
            (before + 1).min(windows.len().max(1) as u64)
        };
        let mut decisions: BTreeMap<String, Vec<Decided>> = BTreeMap::new();
        for row in &audit {
            let Some(action) = row.action else { continue };
            for asker in &row.asked_by {
                decisions.entry(asker.clone()).or_default().push(Decided {
                    at: row.at,
                    window: number_at(row.at),
                    action,
                    decision: row.decision,
                    why: row.why.clone(),
                });
            }
        }
        let mut timeline = Vec::new();
        let mut rules: BTreeMap<String, RulePast> = BTreeMap::new();
        let nothing = BTreeMap::new();
        let mut before = &nothing;
        for (n, kept) in (1..).zip(&windows) {
            let start = kept.window.start.unwrap_or(kept.at);
            for transition in changes(before, kept, policy) {
                rules.entry(transition.what.clone()).or_default().take(&transition, start, n);
                timeline.push(Moment { transition, window: n });
            }
            before = &kept.states;
        }
        let too_small = |kept: &&KeptWindow| kept.window.rows < policy.live.min_samples;
        let n = windows.len() as u64;
        let end = windows.last().map(|kept| kept.at);
        let note = ReplayNote {
            policy_hash: policy.hash(),
            windows: n,
            windows_too_small: windows.iter().filter(too_small).count() as u64,
            start: windows.first().map(|kept| kept.window.start.unwrap_or(kept.at)),
            end,
            mode: policy.rails.mode,
            audit,
            audit_head: AuditHead::default(),
            sweep: None,
        };
        let alerts = alerts
            .into_iter()
            .map(|alert| {
                let past = rules.remove(&alert.name).unwrap_or_default();
                let decisions = decisions.remove(&alert.name).unwrap_or_default();
                past.history(alert, decisions, n, end)
            })
            .collect();
        let triggers = policy
            .triggers
            .iter()
            .zip(triggers)
            .map(|(trigger, status)| {
                let id = trigger.id();
                // One with an action tells people by that.
                let is_telling = |t: &&Transition| {
                    trigger.action == Action::Alert && t.what == id && t.to == "on"
                };
                let told = timeline.iter().map(|moment| &moment.transition);
                let told = told.filter(is_telling).map(|t| t.at).collect();
                let decisions = decisions.remove(&id).unwrap_or_default();
                TriggerHistory { id, status, told, decisions }
            })
            .collect();
        Replay { note, timeline, alerts, triggers, problems: Vec::new() }
    }
}

/// What stands otherwise than after the window before.
fn changes(
    before: &BTreeMap<String, String>,
    kept: &KeptWindow,
    policy: &Policy,
) -> Vec<Transition> {
    let is_trigger = |what: &str| policy.triggers.iter().any(|trigger| trigger.id() == what);
    let quiet = |what: &str| if is_trigger(what) { "off" } else { "inactive" }.to_owned();
    let of = |states: &BTreeMap<String, String>, what: &str| {
        states.get(what).cloned().unwrap_or_else(|| quiet(what))
    };
    let ended = before.keys().filter(|what| !kept.states.contains_key(*what));
    let names = kept.states.keys().chain(ended);
    names
        .map(|what| (what, of(before, what), of(&kept.states, what)))
        .filter(|(_, from, to)| from != to)
        .map(|(what, from, to)| Transition {
            at: kept.at,
            what: what.clone(),
            from,
            to,
            why: String::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::{
        duration::Duration,
        engine::{Engine, Input},
        evidence::{Evidence, Observed},
        metric::Metric,
        policy::PolicySpec,
        verdict::Severity,
    };

    fn minute(n: u64) -> Timestamp {
        Timestamp::EPOCH.later(n * Duration::MINUTE.micros())
    }

    fn evidence(n: u64, psi: f64) -> Evidence {
        let mut window = Evidence::new(n, minute(n - 1), minute(n), 1000);
        let metric = Metric::PsiScore { feature: Some("age".into()) };
        window.values.insert(metric, Observed::new(psi, 1000));
        window.values.insert(Metric::ErrorRate, Observed::new(psi / 4.0, 1000));
        window
    }

    fn kept(n: u64, rows: u64, alerts: &[Alert], triggers: &[(String, String)]) -> KeptWindow {
        let text = format!(
            r#"{{"start": "{}", "end": "{}", "rows": {rows}, "severity": "none", "drifted_features": [],
                 "inconclusive_features": [], "psi_scores": {{}}}}"#,
            minute(n - 1),
            minute(n)
        );
        let window: WindowReport = serde_json::from_str(&text).unwrap();
        assert_eq!(window.severity, Severity::None);
        KeptWindow::new(minute(n), window, alerts, triggers)
    }

    /// A host that keeps what its engine says tells the same story as a replay of the same windows.
    #[test]
    fn what_was_kept_is_what_a_replay_would_find() {
        let policy = PolicySpec::default().check().unwrap();
        let psi: Vec<f64> =
            [0.0; 4].into_iter().chain([0.4; 16]).chain([0.0; 8]).chain([0.15; 14]).collect();
        let numbered = || (1_u64..).zip(&psi);
        let replay =
            Replay::of(&policy, numbered().map(|(n, psi)| evidence(n, *psi)).collect(), true);

        let mut engine = Engine::new(policy.clone());
        let mut history = History {
            windows: Vec::new(),
            alerts: Vec::new(),
            triggers: Vec::new(),
            audit: Vec::new(),
        };
        for (n, psi) in numbered() {
            let outcome = engine.handle(Input::Window(evidence(n, *psi)), minute(n));
            let ids = policy.triggers.iter().map(|trigger| trigger.id());
            let states = outcome.triggers.iter().map(|status| status.state.clone());
            let triggers: Vec<(String, String)> = ids.zip(states).collect();
            history.windows.push(kept(n, 1000, &outcome.alerts, &triggers));
            history.audit.extend(outcome.audit);
            (history.alerts, history.triggers) = (outcome.alerts, outcome.triggers);
        }
        let found = Replay::of_history(&policy, history);
        assert!(replay.alerts.iter().filter(|alert| !alert.episodes.is_empty()).count() >= 3);
        assert!(replay.triggers.iter().any(|trigger| !trigger.decisions.is_empty()));
        assert_eq!(found.alerts, replay.alerts);
        assert_eq!(found.triggers, replay.triggers);
        assert_eq!((found.note.start, found.note.end), (replay.note.start, replay.note.end));
        assert_eq!(found.note.audit, replay.note.audit);
    }
}
