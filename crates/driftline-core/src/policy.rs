//! The part of a spec that decides in time: objectives, rules, triggers, rails and the live window, checked.

use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{
    codec,
    latency::Micros,
    live::{Live, MAX_AHEAD, MAX_PANES},
    objective::Objectives,
    report::Problem,
    rule::{Hold, NoDataPolicy, Rule, shipped_rules},
    trigger::{
        Action, COMMAND_SCHEME, Mode, PLACEHOLDERS, Rails, Trigger, shipped_triggers, template,
    },
    verdict::Severity,
};

/// What is decided in time, as people write it. Every field has a default: the empty one is the shipped policy.
///
/// ```
/// use driftline_core::policy::PolicySpec;
/// let spec: PolicySpec = serde_json::from_str(
///     r#"{"triggers": [{"metric": "psi_score", "threshold": 0.5, "action": "rollback"}]}"#,
/// )
/// .unwrap();
/// assert!(spec.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicySpec {
    /// How quick and how reliable is enough.
    pub objectives: Objectives,
    /// When to alert.
    pub rules: Vec<Rule>,
    /// When to act.
    pub triggers: Vec<Trigger>,
    /// What an action must pass.
    pub rails: Rails,
    /// How live rows become windows, and how rules read them.
    pub live: Live,
}

impl Default for PolicySpec {
    fn default() -> PolicySpec {
        PolicySpec {
            objectives: Objectives::default(),
            rules: shipped_rules(),
            triggers: shipped_triggers(),
            rails: Rails::default(),
            live: Live::default(),
        }
    }
}

impl PolicySpec {
    /// The policy, checked.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its path.
    pub fn check(&self) -> Result<Policy, Vec<Problem>> {
        Policy::of(self)
    }
}

/// What an [`Engine`](crate::engine::Engine) runs on. Rules are in the order of their names and triggers of their ids, so
/// that the order in which people write them changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// What the service promises.
    pub objectives: Objectives,
    /// When to alert.
    pub rules: Vec<Rule>,
    /// When to act.
    pub triggers: Vec<Trigger>,
    /// What an action must pass.
    pub rails: Rails,
    /// How live rows are read.
    pub live: Live,
}

impl Default for Policy {
    /// The shipped policy.
    fn default() -> Policy {
        Policy {
            objectives: Objectives::default(),
            rules: shipped_rules(),
            triggers: shipped_triggers(),
            rails: Rails::default(),
            live: Live::default(),
        }
        .in_order()
    }
}

impl Policy {
    /// The policy of a spec.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its path.
    pub fn of(spec: &PolicySpec) -> Result<Policy, Vec<Problem>> {
        let mut problems = Vec::new();
        check(spec, &mut |place, message| problems.push(Problem { place, message }));
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Policy {
            objectives: spec.objectives.clone(),
            rules: spec.rules.clone(),
            triggers: spec.triggers.clone(),
            rails: spec.rails.clone(),
            live: spec.live.clone(),
        }
        .in_order())
    }

    /// Names the policy by its content: equal policies have equal hashes on every target.
    pub fn hash(&self) -> String {
        codec::hash_of_json(self)
    }

    /// Latencies are counted exactly at these: at the thresholds of objectives, rules and triggers, so that each is decided as
    /// it is written.
    pub fn latency_thresholds(&self) -> Vec<Micros> {
        let mut thresholds = latency_thresholds(&self.rules, &self.triggers);
        thresholds.extend(self.objectives.thresholds());
        thresholds.into_iter().collect()
    }

    /// The fewest rows that decide anything for one of its rules or triggers.
    pub(crate) fn least_samples(&self) -> u64 {
        let own = self.rules.iter().filter_map(|rule| rule.min_samples).min();
        own.map_or(self.live.min_samples, |own| own.min(self.live.min_samples))
    }

    fn in_order(mut self) -> Policy {
        self.rules.sort_by(|a, b| a.name.cmp(&b.name));
        self.triggers.sort_by_key(Trigger::id);
        self
    }

    /// Whether a higher step of the rule's ladder begins no later than where the rule's band ends.
    pub(crate) fn has_step_above(&self, rule: &Rule) -> bool {
        let continues = |until: f64, threshold: f64| match rule.comparison.direction() {
            Ordering::Less => threshold >= until,
            _ => threshold <= until,
        };
        rule.until.is_some_and(|until| {
            self.rules.iter().any(|other| rule.is_below(other) && continues(until, other.threshold))
        })
    }
}

/// The latencies that rules and triggers compare with.
pub(crate) fn latency_thresholds(rules: &[Rule], triggers: &[Trigger]) -> BTreeSet<Micros> {
    let of_rules = rules.iter().flat_map(|rule| {
        let thresholds = [Some(rule.threshold), rule.until, rule.exit_threshold];
        thresholds.into_iter().flatten().map(|threshold| (&rule.metric, threshold))
    });
    let of_triggers = triggers.iter().map(|trigger| (&trigger.metric, trigger.threshold));
    of_rules
        .chain(of_triggers)
        .filter_map(|(metric, threshold)| metric.latency_at(threshold))
        .collect()
}

/// How far back a trigger may look, and how many windows a hold may count.
const MOST_WINDOWS: u32 = 1000;

/// Calls `report` with the path and text of everything that is wrong.
pub(crate) fn check(spec: &PolicySpec, report: &mut impl FnMut(String, String)) {
    spec.objectives.check(report);
    let mut names = BTreeSet::new();
    for (i, rule) in spec.rules.iter().enumerate() {
        if !names.insert(&rule.name) {
            let message = format!("expected a name of its own, found {} again", rule.name);
            report(format!("rules[{i}].name"), message);
        }
        check_rule(rule, |key, message| report(format!("rules[{i}].{key}"), message));
    }
    let mut ids = BTreeSet::new();
    for (i, trigger) in spec.triggers.iter().enumerate() {
        let mut at = |key: &str, message: String| report(format!("triggers[{i}]{key}"), message);
        if !ids.insert(trigger.id()) {
            at("", format!("expected a trigger of its own, found \"{}\" again", trigger.id()));
        }
        if !trigger.threshold.is_finite() {
            at(".threshold", format!("expected a number, found {}", trigger.threshold));
        }
        if !(1..=MOST_WINDOWS).contains(&trigger.windows) {
            at(".windows", format!("expected 1 to {MOST_WINDOWS}, found {}", trigger.windows));
        }
        if let Some(of) = trigger.of.filter(|of| !(trigger.windows..=MOST_WINDOWS).contains(of)) {
            at(
                ".of",
                format!("expected {} (windows) to {MOST_WINDOWS}, found {of}", trigger.windows),
            );
        }
    }
    check_rails(&spec.rails, report);
    check_scale_down(spec, report);
    check_live(&spec.live, report);
}

fn check_rule(rule: &Rule, mut at: impl FnMut(&str, String)) {
    let mut chars = rule.name.chars();
    let begins = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if !begins || !chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        at("name", format!("expected letters, digits and _, found \"{}\"", rule.name));
    }
    for (key, value) in [
        ("threshold", Some(rule.threshold)),
        ("until", rule.until),
        ("exit_threshold", rule.exit_threshold),
    ] {
        if let Some(value) = value.filter(|value| !value.is_finite()) {
            at(key, format!("expected a number, found {value}"));
        }
    }
    let direction = rule.comparison.direction();
    if let Some(until) = rule.until
        && (direction == Ordering::Equal || until.partial_cmp(&rule.threshold) != Some(direction))
    {
        let message = format!("expected a number beyond {} {}", rule.comparison, rule.threshold);
        at("until", format!("{message}, found {until}"));
    }
    if let Some(exit) = rule.exit_threshold
        && (direction == Ordering::Equal || exit.partial_cmp(&rule.threshold) == Some(direction))
    {
        let message =
            format!("expected a number that {} {} does not reach", rule.comparison, rule.threshold);
        at("exit_threshold", format!("{message}, found {exit}"));
    }
    for (key, hold) in [("for", rule.hold), ("keep_firing_for", rule.keep_firing_for)] {
        if let Hold::Windows(n) = hold
            && n > MOST_WINDOWS
        {
            at(key, format!("expected at most {MOST_WINDOWS} windows, found {n}"));
        }
    }
    if let Some(n) = rule.min_windows.filter(|n| *n > MOST_WINDOWS) {
        at("min_windows", format!("expected at most {MOST_WINDOWS}, found {n}"));
    }
    if !rule.severity.is_drift() {
        let message = "expected \"moderate\", \"significant\" or \"critical\", found";
        at("severity", format!("{message} \"{}\"", rule.severity));
    }
    if rule.no_data == NoDataPolicy::Resolve && rule.on_no_data() != NoDataPolicy::Resolve {
        let why = if rule.severity == Severity::Critical { "is critical" } else { "acts" };
        at(
            "no_data",
            format!("expected \"hold\" or \"alert\" of a rule that {why}, found \"resolve\""),
        );
    }
}

/// Whether an address names a command of the host: letters, digits, `-` and `_`, so that nothing is filled into it.
fn is_command(url: &str) -> bool {
    url.strip_prefix(COMMAND_SCHEME).is_some_and(|name| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    })
}

/// A body of one's own says how to roll back, and nothing else.
fn check_scale_down(spec: &PolicySpec, report: &mut impl FnMut(String, String)) {
    let rules = spec.rules.iter().map(|rule| rule.action);
    let triggers = spec.triggers.iter().map(|trigger| Some(trigger.action));
    if spec.rails.body.is_some() && rules.chain(triggers).any(|a| a == Some(Action::ScaleDown)) {
        let message =
            "expected none where a rule or trigger asks for a scale-down: it says how to roll back";
        report("rails.body".into(), message.into());
    }
}

fn check_rails(rails: &Rails, report: &mut impl FnMut(String, String)) {
    let mut at = |key: &str, message: &str, found: &dyn ToString| {
        report(format!("rails.{key}"), format!("expected {message}, found {}", found.to_string()));
    };
    if rails.target.is_empty() {
        at("target", "a name", &"none");
    }
    match &rails.url {
        None if matches!(rails.mode, Mode::Auto | Mode::Approve) => {
            at("url", "an address to ask for actions in this mode", &"none");
        }
        Some(url)
            if !url.starts_with("https://") && !url.starts_with("http://") && !is_command(url) =>
        {
            let expected =
                "an address that begins with https:// or http://, or command: and a name";
            at("url", expected, url);
        }
        _ => {}
    }
    for (key, template) in [("url", &rails.url), ("body", &rails.body)] {
        if let Some(unknown) = template.as_deref().and_then(template::unknown) {
            let expected = format!("one of {{{}}}", PLACEHOLDERS.join("}, {"));
            at(key, &expected, &format!("{{{unknown}}}"));
        }
    }
    if let Some(body) = &rails.body {
        let sample = template::filled(body, |_| Some("x".into()));
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&sample) {
            at("body", "JSON once its placeholders are filled in", &error);
        }
        if rails.url.as_deref().is_some_and(is_command) {
            at("body", "none where a command is run: it is told the order", &"one");
        }
    }
    if !(1..=MOST_WINDOWS).contains(&rails.max_rollbacks) {
        at("max_rollbacks", "1 to 1000", &rails.max_rollbacks);
    }
    if !(1..=100).contains(&rails.scale_down.percent) {
        at("scale_down.percent", "1 to 100", &rails.scale_down.percent);
    }
    if rails.scale_down.min_replicas == 0 {
        at("scale_down.min_replicas", "at least 1", &0);
    }
}

fn check_live(live: &Live, report: &mut impl FnMut(String, String)) {
    if live.extend_to < live.window {
        let message = format!("expected at least live.window ({})", live.window);
        report("live.extend_to".into(), format!("{message}, found {}", live.extend_to));
    }
    if live.window < live.every {
        let message = format!("expected at least live.every ({})", live.every);
        report("live.window".into(), format!("{message}, found {}", live.window));
    }
    let panes = live.extend_to.micros().div_ceil(live.every.micros());
    if panes > MAX_PANES {
        let message = format!("expected at most {MAX_PANES} times live.every ({})", live.every);
        report("live.extend_to".into(), format!("{message}, found {}", live.extend_to));
    }
    if live.max_skew > MAX_AHEAD {
        let message = format!("expected at most {MAX_AHEAD}, found {}", live.max_skew);
        report("live.max_skew".into(), message);
    }
    if live.max_age < live.every {
        let message = format!("expected at least live.every ({})", live.every);
        report("live.max_age".into(), format!("{message}, found {}", live.max_age));
    }
    if !(2..=MOST_WINDOWS).contains(&live.flap_count) {
        let message = format!("expected 2 to {MOST_WINDOWS}, found {}", live.flap_count);
        report("live.flap_count".into(), message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_problems(json: &str, expected: &[&str]) {
        let spec: PolicySpec = serde_json::from_str(json).unwrap();
        let problems = spec.check().err().unwrap_or_default();
        let found: Vec<String> = problems
            .iter()
            .map(|problem| format!("{}: {}", problem.place, problem.message))
            .collect();
        assert_eq!(found, expected, "{json}");
    }

    #[test]
    fn a_body_of_ones_own_is_json_and_says_how_to_roll_back() {
        let rails = |rails: &str| format!(r#"{{"triggers": [], "rails": {{{rails}}}}}"#);
        check_problems(
            &rails(r#""url": "https://x/{target}", "body": "{\"version\": \"{target_version}\"}""#),
            &[],
        );
        check_problems(
            &rails(r#""url": "https://x/{tagret}", "body": "{\"version\": {target_version}}""#),
            &[
                "rails.url: expected one of {action}, {target}, {current_version}, {target_version}, {id}, {incident}, \
                 {reason}, {not_after}, found {tagret}",
                "rails.body: expected JSON once its placeholders are filled in, found expected value at line 1 column 13",
            ],
        );
        check_problems(
            r#"{"triggers": [{"metric": "error_rate", "threshold": 0.05, "action": "scale_down"}],
                "rails": {"url": "command:it", "body": "{}"}}"#,
            &[
                "rails.body: expected none where a command is run: it is told the order, found one",
                "rails.body: expected none where a rule or trigger asks for a scale-down: it says how to roll back",
            ],
        );
    }

    #[test]
    fn every_problem_of_a_policy_is_told_with_its_path() {
        check_problems("{}", &[]);
        check_problems(
            r#"{"rules": [
                {"name": "A", "metric": "psi_score", "threshold": 0.2, "until": 0.1},
                {"name": "A", "metric": "psi_score", "threshold": 0.2, "exit_threshold": 0.3, "severity": "none"},
                {"name": "no good", "metric": "error_rate", "threshold": 0.2, "no_data": "resolve", "action": "rollback"}],
               "triggers": [
                {"metric": "error_rate", "threshold": 0.05, "action": "rollback", "windows": 3, "of": 2},
                {"metric": "error_rate", "threshold": 0.05, "action": "rollback", "windows": 0}],
               "rails": {"mode": "auto", "max_rollbacks": 0},
               "live": {"window": "2h"}}"#,
            &[
                "rules[0].until: expected a number beyond > 0.2, found 0.1",
                "rules[1].name: expected a name of its own, found A again",
                "rules[1].exit_threshold: expected a number that > 0.2 does not reach, found 0.3",
                "rules[1].severity: expected \"moderate\", \"significant\" or \"critical\", found \"none\"",
                "rules[2].name: expected letters, digits and _, found \"no good\"",
                "rules[2].no_data: expected \"hold\" or \"alert\" of a rule that acts, found \"resolve\"",
                "triggers[0].of: expected 3 (windows) to 1000, found 2",
                "triggers[1]: expected a trigger of its own, found \"error_rate > 0.05: rollback\" again",
                "triggers[1].windows: expected 1 to 1000, found 0",
                "rails.url: expected an address to ask for actions in this mode, found none",
                "rails.max_rollbacks: expected 1 to 1000, found 0",
                "live.extend_to: expected at least live.window (2h), found 1h",
            ],
        );
    }

    #[test]
    fn what_is_not_known_is_refused_where_it_stands() {
        for json in [
            r#"{"rules": [{"name": "A", "metric": "psi", "threshold": 1}]}"#,
            r#"{"rules": [{"name": "A", "metric": "psi_score", "threshold": 1, "for": "10 mins"}]}"#,
            r#"{"triggers": [{"metric": "psi_score", "threshold": 1, "action": "explode"}]}"#,
            r#"{"triggers": [{"metric": "psi_score", "threshold": 1, "action": "alert", "cool": "1h"}]}"#,
            r#"{"rails": {"mode": "on"}}"#,
            r#"{"objectives": {"latency": [{"quantile": 95, "threshold": "100ms"}]}}"#,
        ] {
            assert!(serde_json::from_str::<PolicySpec>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn the_empty_spec_is_the_shipped_policy_and_survives_json() {
        let spec: PolicySpec = serde_json::from_str("{}").unwrap();
        assert_eq!(spec.check().unwrap(), Policy::default());
        let back: PolicySpec =
            serde_json::from_str(&serde_json::to_string(&spec).unwrap()).unwrap();
        assert_eq!(back, spec);
    }
}
