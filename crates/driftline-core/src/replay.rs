//! Replay: the engine over windows that have been, so that people see what a policy would have done before they switch it
//! on.
//!
//! Every window of a report becomes [`Evidence`] and is handled at the instant at which it ends, in the order of time.
//! Windows of rows have no instants: they are laid one [`window`](crate::live::Live::window) of the policy apart, and holds
//! had better count windows. Nothing is looked at between two windows, and nothing is done: what an action would have been
//! is told, whatever the mode. Burn rates over two windows are summed over the report's windows: `burn_rate{long="1h",short="5m"}`
//! of windows of an hour reads the latest of them both times, and says nothing before the first is over. In the modes that need a version to go back to, one is taken to be known.
//!
//! ```
//! use driftline_core::{
//!     duration::Duration, evidence::{Evidence, Observed}, metric::Metric, policy::Policy, replay::Replay, time::Timestamp,
//! };
//! let minute = |n: u64| Timestamp::EPOCH.later(n * Duration::MINUTE.micros());
//! let window = |n: u64| {
//!     let mut window = Evidence::new(n, minute(n - 1), minute(n), 1000);
//!     window.values.insert(Metric::LatencyP95, Observed::new(if n > 5 { 0.2 } else { 0.01 }, 1000));
//!     window
//! };
//! let replay = Replay::of(&Policy::default(), (1..=20).map(window).collect(), true);
//! let alert = replay.alerts.iter().find(|alert| alert.alert.name == "HighP95Latency").unwrap();
//! // Slow from the fifth minute on, seen after the sixth, certain for five minutes after the eleventh.
//! assert_eq!((alert.episodes[0].began, alert.episodes[0].fired_at), (minute(5), minute(11)));
//! ```

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use crate::{
    duration::Duration,
    engine::{Alert, Engine, Input, Outcome, Transition, TriggerStatus},
    errors::Errors,
    evidence::{Evidence, Observed},
    metric::{BurnWindows, Metric},
    policy::{Policy, PolicySpec},
    report::{Problem, Report, WindowReport},
    time::Timestamp,
    trigger::{
        Action, Mode,
        audit::{AuditHead, AuditRow, Decision},
    },
};

mod difference;
mod history;
mod sweep;

pub use difference::{Apart, Change, Changed, Counts, Difference, Instant, Span, Subject};
pub use history::{History, KeptWindow};
pub use sweep::{Sweep, SweepRow};

const MICROS_PER_HOUR: f64 = 3_600_000_000.0;

/// What a policy would have done. It travels in a [`Report`]: see [`Report::decided_by`].
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// What was replayed, and what was decided.
    pub note: ReplayNote,
    /// What changed, in the order of time.
    pub timeline: Vec<Moment>,
    /// Every rule, by name.
    pub alerts: Vec<AlertHistory>,
    /// Every trigger, by id.
    pub triggers: Vec<TriggerHistory>,
    /// Windows that the engine did not take.
    pub problems: Vec<Problem>,
}

/// What was replayed, and what was decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReplayNote {
    /// Names the policy by its content.
    pub policy_hash: String,
    /// How many windows there were.
    pub windows: u64,
    /// Of these, how many held fewer rows than the policy asks of a window that decides.
    pub windows_too_small: u64,
    /// Where the first begins; absent for windows of rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    /// Where the last ends; absent for windows of rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    /// Who decides about actions.
    pub mode: Mode,
    /// What was decided and why, as a chain of hashes.
    pub audit: Vec<AuditRow>,
    /// The end of that chain.
    pub audit_head: AuditHead,
    /// What other thresholds would have done, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Sweep>,
}

/// An entry of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Moment {
    /// What changed.
    #[serde(flatten)]
    pub transition: Transition,
    /// After which window, counted from 1.
    pub window: u64,
}

/// What became of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlertHistory {
    /// As it stands after the last window.
    #[serde(flatten)]
    pub alert: Alert,
    /// How often its condition became true.
    pub times_pending: u64,
    /// Each time it fired.
    pub episodes: Vec<Episode>,
    /// From the beginning of the first window in which the condition was true to the first alert; absent where it never
    /// fired, and for windows of rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours_to_detect: Option<f64>,
    /// How long it fired altogether; absent for windows of rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours_firing: Option<f64>,
    /// What became of the action that it asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decided>,
}

/// An alert from its beginning to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Episode {
    /// Where the first window begins in which the condition was true.
    pub began: Timestamp,
    /// When it fired.
    pub fired_at: Timestamp,
    /// When it ended; absent where it still fires after the last window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
    /// After which window it fired, counted from 1.
    pub fired_window: u64,
    /// Windows from the first in which the condition was true to the one after which it fired, both counted.
    pub windows_to_detect: u64,
    /// Windows after which it fired.
    pub windows_firing: u64,
}

/// What became of a trigger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TriggerHistory {
    /// Its name.
    pub id: String,
    /// As it stands after the last window.
    #[serde(flatten)]
    pub status: TriggerStatus,
    /// When people were told, of a trigger that only alerts.
    pub told: Vec<Timestamp>,
    /// What became of the action that it asked for.
    pub decisions: Vec<Decided>,
}

/// An action that was asked for, or the rail that stopped it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Decided {
    /// When.
    pub at: Timestamp,
    /// After which window, counted from 1.
    pub window: u64,
    /// Which action.
    pub action: Action,
    /// What was decided.
    pub decision: Decision,
    /// Why, for people.
    pub why: String,
}

impl Replay {
    /// The policy over the windows of a report.
    pub fn of_report(policy: &Policy, report: &Report) -> Replay {
        let (windows, has_clock) = windows_of(policy, report);
        Replay::of(policy, windows, has_clock)
    }

    /// The policy over windows in the order of time. `has_clock` says whether their instants are those of the rows.
    pub fn of(policy: &Policy, windows: Vec<Evidence>, has_clock: bool) -> Replay {
        let mut engine = Engine::new(policy.clone());
        let mut replay = Replay {
            note: ReplayNote {
                policy_hash: policy.hash(),
                windows: windows.len() as u64,
                windows_too_small: 0,
                start: windows.first().map(|window| window.start).filter(|_| has_clock),
                end: windows.last().map(|window| window.end).filter(|_| has_clock),
                mode: policy.rails.mode,
                audit: Vec::new(),
                audit_head: AuditHead::default(),
                sweep: None,
            },
            timeline: Vec::new(),
            alerts: Vec::new(),
            triggers: Vec::new(),
            problems: Vec::new(),
        };
        if let Some(first) = windows.first() {
            replay.tell_versions(&mut engine, first.start);
        }
        let mut last = None;
        let mut rules: BTreeMap<String, RulePast> = BTreeMap::new();
        let mut decisions: BTreeMap<String, Vec<Decided>> = BTreeMap::new();
        for (n, window) in (1..).zip(windows) {
            let (start, end) = (window.start, window.end);
            replay.note.windows_too_small += u64::from(window.rows < policy.live.min_samples);
            let outcome = engine.handle(Input::Window(window), end);
            for transition in &outcome.transitions {
                rules.entry(transition.what.clone()).or_default().take(transition, start, n);
            }
            replay.take(&outcome, n, &mut decisions);
            last = Some(outcome);
        }
        // Without a window, everything as it stands before the first.
        let Outcome { alerts, triggers, at, .. } =
            last.unwrap_or_else(|| engine.handle(Input::Tick, Timestamp::EPOCH));
        let span = has_clock.then_some(at);
        replay.alerts = alerts
            .into_iter()
            .map(|alert| {
                let past = rules.remove(&alert.name).unwrap_or_default();
                let decisions = decisions.remove(&alert.name).unwrap_or_default();
                past.history(alert, decisions, replay.note.windows, span)
            })
            .collect();
        // An alert on missing data is only listed while it fires; one that has ended is told of by the timeline.
        replay.triggers = engine
            .policy()
            .triggers
            .iter()
            .zip(triggers)
            .map(|(trigger, status)| {
                let id = trigger.id();
                let told = replay.timeline.iter().map(|moment| &moment.transition);
                let told = told.filter(|t| t.what == id && t.to == "on").map(|t| t.at).collect();
                let decisions = decisions.remove(&id).unwrap_or_default();
                TriggerHistory { id, status, told, decisions }
            })
            .collect();
        replay.note.audit_head = engine.state().audit.clone();
        replay
    }

    /// Data does not say which version served. So that not every rollback stops for want of one to go back to, two are
    /// told of in the modes that ask for one, so long before the first window that no settling is left of it.
    fn tell_versions(&mut self, engine: &mut Engine, start: Timestamp) {
        const LONG_BEFORE_MICROS: i64 = 3650 * 24 * 3600 * 1_000_000;
        if !matches!(self.note.mode, Mode::Auto | Mode::Approve) {
            return;
        }
        let at = Timestamp::from_micros(start.micros().saturating_sub(LONG_BEFORE_MICROS));
        for version in ["the version before", "the version that serves"] {
            let told = engine.handle(Input::TargetChanged { version: version.into() }, at);
            self.note.audit.extend(told.audit);
        }
    }

    fn take(&mut self, outcome: &Outcome, n: u64, decisions: &mut BTreeMap<String, Vec<Decided>>) {
        let moment = |transition: &Transition| Moment { transition: transition.clone(), window: n };
        self.timeline.extend(outcome.transitions.iter().map(moment));
        for row in &outcome.audit {
            let Some(action) = row.action else { continue };
            for asker in &row.asked_by {
                decisions.entry(asker.clone()).or_default().push(Decided {
                    at: row.at,
                    window: n,
                    action,
                    decision: row.decision,
                    why: row.why.clone(),
                });
            }
        }
        self.note.audit.extend(outcome.audit.iter().cloned());
        self.problems.extend(outcome.problems.iter().map(|problem| Problem {
            place: format!("window {n}"),
            message: problem.message.clone(),
        }));
    }

    /// Whether any alert fired, or any trigger told people or asked for an action.
    pub fn has_fired(&self) -> bool {
        self.alerts.iter().any(|alert| !alert.episodes.is_empty())
            || self.triggers.iter().any(|t| !t.told.is_empty() || !t.decisions.is_empty())
            || self.timeline.iter().any(|moment| moment.transition.to == "firing")
    }

    /// Actions that were asked for, on paper or not.
    pub fn acted(&self) -> impl Iterator<Item = &AuditRow> {
        let is_acted = |row: &&AuditRow| row.decision.is_action();
        self.note.audit.iter().filter(is_acted)
    }

    /// Actions that a rail stopped. That an incident has had its one action stops none.
    pub fn blocked(&self) -> impl Iterator<Item = &AuditRow> {
        self.note.audit.iter().filter(|row| row.decision.is_stop())
    }

    /// Whether most windows hold too few rows to decide anything: that nothing fired says nothing then.
    pub fn is_mostly_too_small(&self) -> bool {
        self.note.windows_too_small > self.note.windows / 2
    }
}

impl Report {
    /// The report, with what a policy would have done over its windows: `alerts`, `triggers`, `timeline` and `replay`. As
    /// it is where it has no windows.
    #[must_use]
    pub fn decided_by(self, policy: &Policy) -> Report {
        if self.windows.is_empty() {
            return self;
        }
        let replay = Replay::of_report(policy, &self);
        self.with_replay(replay)
    }

    /// The report, with what a policy did.
    #[must_use]
    pub fn with_replay(mut self, replay: Replay) -> Report {
        self.alerts = replay.alerts;
        self.triggers = replay.triggers;
        self.timeline = replay.timeline;
        self.replay = Some(replay.note);
        self.problems.extend(replay.problems);
        self
    }

    /// What a policy did, where the report tells it.
    pub fn replay(&self) -> Option<Replay> {
        Some(Replay {
            note: self.replay.clone()?,
            timeline: self.timeline.clone(),
            alerts: self.alerts.clone(),
            triggers: self.triggers.clone(),
            problems: Vec::new(),
        })
    }
}

/// What a policy is about that the windows of a report do not say: these rules and triggers see no data.
pub fn unmeasured(policy: &PolicySpec, report: &Report) -> Vec<Problem> {
    let objectives = &policy.objectives;
    let span = (Timestamp::EPOCH, Timestamp::EPOCH);
    let measured: BTreeSet<Metric> = report
        .windows
        .iter()
        .flat_map(|window| Evidence::of_window(report, window, objectives, 1, span).values)
        .map(|(metric, _)| metric)
        .collect();
    let (start, end) = (
        report.windows.iter().map(|window| window.start).min().flatten(),
        report.windows.iter().map(|window| window.end).max().flatten(),
    );
    let lasted = start.zip(end).map_or(0, |(start, end)| end.since(start));
    let is_measured = |metric: &Metric| {
        if let Metric::BurnRate { over: Some(over) } = metric {
            let longest = over.long.max(over.short).micros();
            return measured.contains(&Metric::BurnRate { over: None }) && longest <= lasted;
        }
        measured.contains(metric)
            || (metric.feature().is_none() && measured.iter().any(|m| m.name() == metric.name()))
    };
    let rules =
        policy.rules.iter().enumerate().map(|(i, rule)| (format!("rules[{i}]"), &rule.metric));
    let triggers =
        policy.triggers.iter().enumerate().map(|(i, t)| (format!("triggers[{i}]"), &t.metric));
    rules
        .chain(triggers)
        .filter(|(_, metric)| !is_measured(metric))
        .map(|(place, metric)| Problem {
            place: format!("{place}.metric"),
            message: format!(
                "expected a number that the windows have, found {metric}: it sees no data"
            ),
        })
        .collect()
}

/// The windows of a report, numbered from 1, and whether their instants are those of the rows.
fn windows_of(policy: &Policy, report: &Report) -> (Vec<Evidence>, bool) {
    let has_clock = report.windows.iter().all(|w| w.start.is_some() && w.end.is_some());
    let length = policy.live.window.micros();
    let evidence = |(n, window)| {
        let window: &WindowReport = window;
        let n: u64 = n;
        let span = match (window.start, window.end) {
            (Some(start), Some(end)) if has_clock => (start, end),
            _ => {
                let start = Timestamp::EPOCH.later(length.saturating_mul(n - 1));
                (start, start.later(length))
            }
        };
        Evidence::of_window(report, window, &policy.objectives, n, span)
    };
    let mut windows: Vec<Evidence> = (1..).zip(&report.windows).map(evidence).collect();
    if has_clock {
        let spent = burnt(policy, report, &windows);
        for (window, values) in windows.iter_mut().zip(spent) {
            window.values.extend(values);
        }
    }
    (windows, has_clock)
}

/// The burn rates that the policy asks for over a long and a short time, as each window ends: of all windows that lie in that
/// time, wholly or in part, so that the time is at most one window longer. There is none before the windows go back so far,
/// and none without a clock.
fn burnt(policy: &Policy, report: &Report, windows: &[Evidence]) -> Vec<Vec<(Metric, Observed)>> {
    let errors: Vec<Errors> = report.windows.iter().map(errors_of).collect();
    let Some(first) = windows.iter().map(|window| window.start).min() else { return Vec::new() };
    let pairs = policy.burn_windows();
    let over = |last: usize, length: Duration| {
        let end = windows[last].end;
        let start = Timestamp::from_micros(end.micros().saturating_sub(length.micros() as i64));
        (first <= start).then(|| {
            let mut sum = Errors::default();
            let latest = windows[..=last].iter().zip(&errors).rev();
            let within = latest.take_while(|(window, _)| window.end > start);
            within.for_each(|(_, errors)| sum.merge(errors));
            sum
        })
    };
    let rates = |last: usize| {
        let rate = |pair: &BurnWindows| {
            let (long, short) = (over(last, pair.long)?, over(last, pair.short)?);
            let observed = pair.observed(&policy.objectives.availability, &long, &short)?;
            Some((Metric::BurnRate { over: Some(*pair) }, observed))
        };
        pairs.iter().filter_map(rate).collect()
    };
    (0..windows.len()).map(rates).collect()
}

/// Failed requests of a window; of none where its report does not count them.
fn errors_of(window: &WindowReport) -> Errors {
    window.errors.map_or_else(Errors::default, |errors| Errors {
        rows: errors.rows,
        errors: errors.count.min(errors.rows),
        unreadable: 0,
    })
}

/// What has become of a rule so far.
#[derive(Debug, Default)]
struct RulePast {
    times_pending: u64,
    /// The first window of the condition that is true now: where it begins, and its number.
    first: Option<(Timestamp, u64)>,
    episodes: Vec<Episode>,
}

impl RulePast {
    fn take(&mut self, transition: &Transition, window_start: Timestamp, window: u64) {
        if transition.from == "firing"
            && let Some(episode) = self.episodes.last_mut()
        {
            episode.resolved_at = Some(transition.at);
            episode.windows_firing = window - episode.fired_window;
        }
        match transition.to.as_str() {
            "pending" => {
                self.times_pending += 1;
                self.first = Some((window_start, window));
            }
            "firing" => {
                let (began, first) = self.first.take().unwrap_or((window_start, window));
                self.episodes.push(Episode {
                    began,
                    fired_at: transition.at,
                    resolved_at: None,
                    fired_window: window,
                    windows_to_detect: window - first + 1,
                    windows_firing: 0,
                });
            }
            _ => self.first = None,
        }
    }

    /// `end` is the last instant, where there is a clock.
    fn history(
        mut self,
        alert: Alert,
        decisions: Vec<Decided>,
        windows: u64,
        end: Option<Timestamp>,
    ) -> AlertHistory {
        if let Some(episode) = self.episodes.last_mut()
            && episode.resolved_at.is_none()
        {
            episode.windows_firing = windows - episode.fired_window + 1;
        }
        let hours = |micros: u64| micros as f64 / MICROS_PER_HOUR;
        let first = self.episodes.first();
        let to_detect = first.map(|episode| hours(episode.fired_at.since(episode.began)));
        let firing = |end: Timestamp| {
            let until = |episode: &Episode| episode.resolved_at.unwrap_or(end);
            hours(self.episodes.iter().map(|e| until(e).since(e.fired_at)).sum())
        };
        AlertHistory {
            alert,
            times_pending: self.times_pending,
            hours_to_detect: to_detect.filter(|_| end.is_some()),
            hours_firing: end.map(firing),
            episodes: self.episodes,
            decisions,
        }
    }
}

#[cfg(test)]
mod tests;
