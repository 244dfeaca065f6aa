//! Scenarios: unit tests of a policy, as promtool has them for rules. Series in promtool's notation go through the real
//! engine, and at given times alerts, triggers and effects must be as expected.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use crate::{
    duration::Duration,
    engine::{Engine, Input, Outcome},
    evidence::{Evidence, Observed},
    metric::Metric,
    policy::Policy,
    report::Problem,
    rule::{PromSample, PromSeries},
    time::Timestamp,
    trigger::Effect,
};

/// A file of scenarios.
///
/// ```
/// use driftline_core::{policy::Policy, scenario::Scenarios};
/// let file: Scenarios = serde_json::from_str(
///     r#"{"scenarios": [{
///         "name": "two minutes of slow answers",
///         "series": {"latency_p99": "0.6+0x4"},
///         "expect": [{"at": "1m", "alerts": {"CriticalP99Latency": "pending"}},
///                    {"at": "2m", "alerts": {"CriticalP99Latency": "firing"}, "effects": ["scale_down"]}]}]}"#,
/// ).unwrap();
/// let failures = file.run(&Policy::default());
/// assert_eq!(failures[0].place, "scenarios[0].expect[1].effects");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenarios {
    /// Each by itself, on an engine that has seen nothing.
    pub scenarios: Vec<Scenario>,
}

/// What happens, and what must come of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// For people.
    #[serde(default)]
    pub name: String,
    /// How long a window is, and how far apart evaluations are.
    #[serde(default = "minute")]
    pub interval: Duration,
    /// Rows in each window.
    #[serde(default = "thousand")]
    pub rows: u64,
    /// Values by metric in promtool's notation, the first at `0s`. Where a series has none (`_`, `stale`, its end) the window
    /// does not say that metric; where none has one there is no window, only time.
    pub series: BTreeMap<Metric, String>,
    /// Lower ends of the same metrics; the values themselves by default.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lower: BTreeMap<Metric, String>,
    /// What else happens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// What must be, and when.
    pub expect: Vec<Expectation>,
}

/// Something that happens beside the windows, before the one of the same instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When, since the beginning.
    pub at: Offset,
    /// This version serves from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// All actions are switched off (`true`) or on again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kill_switch: Option<bool>,
    /// This person agrees to the action that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
}

/// What must be at an instant, after its window. What is not said may be anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// When, since the beginning; between two evaluations the earlier one counts.
    pub at: Offset,
    /// States by alert: `inactive`, `pending`, `firing`, `resolved` (for 15 minutes after it fired).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub alerts: BTreeMap<String, String>,
    /// States by trigger (`error_rate > 0.05: rollback`): `off`, `counting`, `on`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub triggers: BTreeMap<String, String>,
    /// All effects since the expectation before, in their order: a part of each one's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effects: Option<Vec<String>>,
    /// The rail that stops an action: `cooldown`, `evidence`, `not_expected_to_help`, … or `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<String>,
}

fn minute() -> Duration {
    Duration::MINUTE
}

fn thousand() -> u64 {
    1000
}

/// A time since the beginning: `0s`, `2m30s`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Offset(Option<Duration>);

impl Offset {
    fn micros(self) -> u64 {
        self.0.map_or(0, Duration::micros)
    }
}

impl From<Offset> for String {
    fn from(offset: Offset) -> String {
        offset.0.map_or("0s".into(), |duration| duration.to_string())
    }
}

impl TryFrom<String> for Offset {
    type Error = String;

    fn try_from(text: String) -> Result<Offset, String> {
        match text.as_str() {
            "0" | "0s" | "0m" | "0h" => Ok(Offset(None)),
            text => match Duration::parse(text) {
                Some(duration) => Ok(Offset(Some(duration))),
                None => {
                    Err(format!("expected a time such as \"0s\" or \"2m30s\", found \"{text}\""))
                }
            },
        }
    }
}

/// Evaluations that one scenario may have.
const MOST_EVALUATIONS: u64 = 100_000;

impl Scenarios {
    /// Everything that is not as expected, with its path, what was expected and what was found; and what cannot be run.
    pub fn run(&self, policy: &Policy) -> Vec<Problem> {
        let mut failures = Vec::new();
        if self.scenarios.is_empty() {
            let message = "expected at least one scenario, found none".into();
            failures.push(Problem { place: "scenarios".into(), message });
        }
        for (i, scenario) in self.scenarios.iter().enumerate() {
            let failed = scenario.run(policy).into_iter().map(|Problem { place, message }| {
                Problem { place: format!("scenarios[{i}].{place}"), message }
            });
            failures.extend(failed);
        }
        failures
    }
}

/// A metric's values, and their lower ends where they have their own.
struct Values<'a> {
    metric: &'a Metric,
    values: PromSeries,
    lower: Option<PromSeries>,
}

impl Scenario {
    /// Everything that is not as expected.
    pub fn run(&self, policy: &Policy) -> Vec<Problem> {
        let mut failures = Vec::new();
        let series = self.series(&mut failures);
        if self.expect.is_empty() {
            let message = "expected at least one expectation, found none".into();
            failures.push(Problem { place: "expect".into(), message });
        }
        let last = self.expect.iter().map(|expected| expected.at.micros()).max().unwrap_or(0);
        let evaluations = last / self.interval.micros() + 1;
        if evaluations > MOST_EVALUATIONS {
            failures.push(Problem {
                place: "expect".into(),
                message: format!(
                    "expected at most {MOST_EVALUATIONS} evaluations, found {evaluations}: one every {}",
                    self.interval
                ),
            });
        }
        if failures.is_empty() {
            self.play(policy, &series, evaluations, &mut failures);
        }
        failures
    }

    fn series(&self, failures: &mut Vec<Problem>) -> Vec<Values<'_>> {
        let mut parse = |key: &str, metric: &Metric, notation: &str| {
            PromSeries::parse(notation, self.interval)
                .map_err(|message| {
                    failures.push(Problem { place: format!("{key}.{metric}"), message })
                })
                .ok()
        };
        let mut series = Vec::new();
        for (metric, notation) in &self.series {
            let values = parse("series", metric, notation);
            let lower =
                self.lower.get(metric).and_then(|notation| parse("lower", metric, notation));
            series.extend(values.map(|values| Values { metric, values, lower }));
        }
        for metric in self.lower.keys().filter(|metric| !self.series.contains_key(*metric)) {
            let message = "expected a metric that has a series, found one that has none".into();
            failures.push(Problem { place: format!("lower.{metric}"), message });
        }
        series
    }

    fn play(
        &self,
        policy: &Policy,
        series: &[Values<'_>],
        evaluations: u64,
        failures: &mut Vec<Problem>,
    ) {
        let mut engine = Engine::new(policy.clone());
        let mut events: Vec<&Event> = self.events.iter().collect();
        events.sort_by_key(|event| event.at);
        let mut events = events.into_iter().peekable();
        let mut expected: Vec<(usize, &Expectation)> = self.expect.iter().enumerate().collect();
        expected.sort_by_key(|(_, expectation)| expectation.at);
        let mut expected = expected.into_iter().peekable();
        let mut effects: Vec<String> = Vec::new();
        for step in 0..evaluations {
            let at = step * self.interval.micros();
            let now = Timestamp::EPOCH.later(at);
            while let Some(event) = events.next_if(|event| event.at.micros() <= at) {
                let when = Timestamp::EPOCH.later(event.at.micros());
                for input in inputs(event, &engine) {
                    effects.extend(engine.handle(input, when).effects.iter().map(words));
                }
            }
            let input = self.window(series, step).map_or(Input::Tick, Input::Window);
            let outcome = engine.handle(input, now);
            effects.extend(outcome.effects.iter().map(words));
            let next = at + self.interval.micros();
            while let Some((i, expectation)) =
                expected.next_if(|(_, expectation)| expectation.at.micros() < next)
            {
                let at = String::from(expectation.at);
                let mut report = |key: String, wanted: &str, found: &str| {
                    failures.push(Problem {
                        place: format!("expect[{i}].{key}"),
                        message: format!("expected {wanted} at {at}, found {found}"),
                    });
                };
                expectation.compare(&engine, &outcome, &effects, &mut report);
                effects.clear();
            }
        }
    }

    /// The window that ends at a step.
    fn window(&self, series: &[Values<'_>], step: u64) -> Option<Evidence> {
        let end = Timestamp::EPOCH.later(step * self.interval.micros());
        let length = i64::try_from(self.interval.micros()).unwrap_or(i64::MAX);
        let start = Timestamp::from_micros(end.micros().saturating_sub(length));
        let mut window = Evidence::new(step + 1, start, end, self.rows);
        for Values { metric, values, lower } in series {
            if let Some(PromSample::Value(value)) = values.sample_at(end) {
                let lower = lower.as_ref().and_then(|lower| match lower.sample_at(end)? {
                    PromSample::Value(lower) => Some(lower),
                    PromSample::Stale => None,
                });
                let observed = Observed { lower, ..Observed::new(value, self.rows) };
                window.values.insert((*metric).clone(), observed);
            }
        }
        (!window.values.is_empty()).then_some(window)
    }
}

fn inputs(event: &Event, engine: &Engine) -> Vec<Input> {
    let by = || "scenario".to_string();
    // Whoever approves in a scenario agrees to what is asked for by then.
    let asked = engine.state().incident.as_ref();
    let asked = asked.and_then(|it| Some((it.id.clone(), it.proposal()?.clone())));
    [
        event.version.clone().map(|version| Input::TargetChanged { version }),
        event.kill_switch.map(|on| Input::KillSwitch { on, by: by() }),
        event.approved_by.clone().and_then(|by| {
            let (incident, proposal) = asked?;
            Some(Input::Approve { incident, proposal, by })
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn words(effect: &Effect) -> String {
    match effect {
        Effect::Request(request) => {
            format!("{} {}: {}", request.method, request.url, request.order.in_words())
        }
        Effect::Line(line) => line.clone(),
    }
}

impl Expectation {
    fn compare(
        &self,
        engine: &Engine,
        outcome: &Outcome,
        effects: &[String],
        report: &mut dyn FnMut(String, &str, &str),
    ) {
        for (name, wanted) in &self.alerts {
            let found = outcome.alerts.iter().find(|alert| alert.name == *name);
            match found {
                Some(alert) if alert.state == *wanted => {}
                Some(alert) => report(format!("alerts.{name}"), wanted, &alert.state),
                // The alert on missing data is only there while it fires.
                None if name.ends_with("NoData") && wanted == "inactive" => {}
                None => report(format!("alerts.{name}"), wanted, "no such alert"),
            }
        }
        let ids: Vec<String> =
            engine.policy().triggers.iter().map(|trigger| trigger.id()).collect();
        for (id, wanted) in &self.triggers {
            let found = ids.iter().zip(&outcome.triggers).find(|(other, _)| *other == id);
            match found {
                Some((_, status)) if status.state == *wanted => {}
                Some((_, status)) => report(format!("triggers.{id}"), wanted, &status.state),
                None => report(format!("triggers.{id}"), wanted, "no such trigger"),
            }
        }
        if let Some(wanted) = &self.effects {
            let are_as_wanted = wanted.len() == effects.len()
                && wanted.iter().zip(effects).all(|(part, words)| words.contains(part.as_str()));
            if !are_as_wanted {
                report("effects".into(), &list(wanted), &list(effects));
            }
        }
        if let Some(wanted) = &self.blocked_by {
            let found = engine.state().last_blocked.as_ref().map_or("none", |it| it.rail.name());
            if found != wanted {
                report("blocked_by".into(), wanted, found);
            }
        }
    }
}

fn list(texts: &[String]) -> String {
    if texts.is_empty() { "none".into() } else { texts.join("; ") }
}

#[cfg(test)]
mod tests;
