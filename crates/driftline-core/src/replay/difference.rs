//! Two replays side by side: what one does and the other does not, and what comes earlier, later, or lasts longer.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};

use super::{AlertHistory, Episode, Replay, TriggerHistory};
use crate::{
    duration::Duration,
    time::Timestamp,
    trigger::{Action, Rail, audit::AuditRow},
    verdict::Severity,
};

/// How what a policy does differs from what another does, or from what was really done.
///
/// Alerts are told apart by name. Two times that an alert fires are the same one where they overlap, from the first window
/// in which the condition was true to the alert's end: one that fires earlier is no other. Tellings, actions and stops
/// are instants: those at the same time are the same, and of what is left between two of these the first belongs to the
/// first. A trigger whose threshold changed is still the one about that metric with that action.
///
/// ```
/// use driftline_core::{
///     duration::Duration, evidence::{Evidence, Observed}, metric::Metric, policy::Policy,
///     replay::{Change, Difference, Replay}, time::Timestamp,
/// };
/// let minute = |n: u64| Timestamp::EPOCH.later(n * Duration::MINUTE.micros());
/// let window = |n: u64| {
///     let mut window = Evidence::new(n, minute(n - 1), minute(n), 1000);
///     window.values.insert(Metric::LatencyP95, Observed::new(if n > 5 { 0.2 } else { 0.01 }, 1000));
///     window
/// };
/// let replay = |policy: &Policy| Replay::of(policy, (1..=20).map(window).collect(), true);
/// let shipped = Policy::default();
/// let mut patient = shipped.clone();
/// let late = patient.rules.iter_mut().find(|rule| rule.name == "HighP95Latency").unwrap();
/// late.hold = driftline_core::rule::Hold::parse("8m").unwrap();
/// let difference = Difference::of(&replay(&shipped), &replay(&patient), None);
/// assert_eq!(difference.changes.len(), 1);
/// assert_eq!(difference.changes[0].change(), Change::Later);
/// assert_eq!(difference.changes[0].apart().unwrap().to_string(), "3m");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// What happened by the one, in numbers.
    pub before: Counts,
    /// And by the other.
    pub after: Counts,
    /// What differs, in the order of time.
    pub changes: Vec<Changed>,
}

/// What happened, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How often alerts fired.
    pub alerts: u64,
    /// How often triggers told people.
    pub told: u64,
    /// Actions that were asked for, on paper or not.
    pub actions: u64,
    /// Actions that a rail stopped.
    pub blocked: u64,
}

/// Something that is not the same in both.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// What it is.
    pub what: Subject,
    /// In the one; absent where it did not happen.
    pub before: Option<Span>,
    /// In the other.
    pub after: Option<Span>,
    has_clock: bool,
}

/// What may happen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An alert fires.
    Alert {
        /// Its name.
        name: String,
        /// How bad it is.
        severity: Severity,
    },
    /// A trigger tells people.
    Told {
        /// Its name.
        id: String,
    },
    /// An action is asked for, on paper or not.
    Action(Action),
    /// A rail stops an action.
    Blocked(Action, Rail),
}

/// From when to when it lasts; an instant ends where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The beginning: when an alert fires.
    pub from: Instant,
    /// The end; absent where it lasts past the last window.
    pub to: Option<Instant>,
    /// Where its cause began: the first window in which an alert's condition was true.
    cause: Timestamp,
}

/// By the clock, and after which window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant {
    /// When.
    pub at: Timestamp,
    /// After which window, counted from 1.
    pub window: u64,
}

/// In what way something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It did not happen before.
    New,
    /// It no longer happens.
    Gone,
    /// It begins sooner.
    Earlier,
    /// It begins later.
    Later,
    /// It ends later.
    Longer,
    /// It ends sooner.
    Shorter,
}

/// How far apart two moments are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// By the clock.
    Time(Duration),
    /// In windows, where there is no clock.
    Windows(u64),
}

impl core::fmt::Display for Apart {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Apart::Time(duration) => duration.fmt(f),
            Apart::Windows(1) => f.write_str("1 window"),
            Apart::Windows(n) => write!(f, "{n} windows"),
        }
    }
}

impl Difference {
    /// From the one to the other. What differs by no more than `tolerance` is the same: a host looks at other instants
    /// than a replay of its windows does.
    pub fn of(before: &Replay, after: &Replay, tolerance: Option<Duration>) -> Difference {
        let has_clock = before.note.start.is_some() && after.note.start.is_some();
        let clock = Clock { is_there: has_clock, tolerance: tolerance.map_or(0, Duration::micros) };
        let mut changes = Vec::new();
        alerts(before, after, clock, &mut changes);
        tellings(before, after, clock, &mut changes);
        decisions(before, after, clock, &mut changes);
        changes.sort_by_key(|changed: &Changed| {
            let span = changed.after.or(changed.before);
            span.map(|span| (clock.position(span.from), span.from.window))
        });
        Difference { before: Counts::of(before), after: Counts::of(after), changes }
    }

    /// Whether both do the same.
    pub fn is_none(&self) -> bool {
        self.changes.is_empty() && self.before == self.after
    }
}

impl Counts {
    /// Of a replay.
    pub fn of(replay: &Replay) -> Counts {
        Counts {
            alerts: replay.alerts.iter().map(|alert| alert.episodes.len() as u64).sum(),
            told: replay.triggers.iter().map(|trigger| trigger.told.len() as u64).sum(),
            actions: replay.acted().count() as u64,
            blocked: replay.blocked().count() as u64,
        }
    }
}

impl Changed {
    /// In what way it differs; where both ends do, by its beginning.
    pub fn change(&self) -> Change {
        match (self.before, self.after) {
            (None, _) => Change::New,
            (_, None) => Change::Gone,
            (Some(before), Some(after)) => {
                let position = |moment: Instant| match self.has_clock {
                    true => moment.at.micros(),
                    false => moment.window as i64,
                };
                match (before.to, after.to) {
                    _ if position(after.from) < position(before.from) => Change::Earlier,
                    _ if position(after.from) > position(before.from) => Change::Later,
                    (Some(_), None) => Change::Longer,
                    (Some(before), Some(after)) if position(after) > position(before) => {
                        Change::Longer
                    }
                    _ => Change::Shorter,
                }
            }
        }
    }

    /// By how much: the beginnings, or where these are the same the ends. `None` for what happens in one alone, and where
    /// one does not end.
    pub fn apart(&self) -> Option<Apart> {
        let (before, after) = (self.before?, self.after?);
        let between = |a: Instant, b: Instant| match self.has_clock {
            true => Duration::from_micros(a.at.since(b.at).max(b.at.since(a.at))).map(Apart::Time),
            false => Some(a.window.abs_diff(b.window)).filter(|n| *n > 0).map(Apart::Windows),
        };
        between(before.from, after.from).or_else(|| between(before.to?, after.to?))
    }
}

/// How two moments are compared.
#[derive(Clone, Copy)]
struct Clock {
    is_there: bool,
    tolerance: u64,
}

impl Clock {
    /// Windows that were cut otherwise have other numbers, and windows without instants have none to compare.
    fn position(self, moment: Instant) -> i64 {
        if self.is_there { moment.at.micros() } else { moment.window as i64 }
    }

    fn is_same(self, a: Instant, b: Instant) -> bool {
        match self.is_there {
            true => a.at.micros().abs_diff(b.at.micros()) <= self.tolerance,
            false => a.window == b.window,
        }
    }

    fn is_same_span(self, a: &Span, b: &Span) -> bool {
        let ends = match (a.to, b.to) {
            (Some(a), Some(b)) => self.is_same(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        ends && self.is_same(a.from, b.from)
    }

    /// Tells what differs of two spans that are one thing, or of one that is there alone.
    fn tell(self, what: &Subject, pair: (Option<Span>, Option<Span>), changes: &mut Vec<Changed>) {
        if let (Some(before), Some(after)) = pair
            && self.is_same_span(&before, &after)
        {
            return;
        }
        let (before, after) = pair;
        changes.push(Changed { what: what.clone(), before, after, has_clock: self.is_there });
    }
}

fn alerts(before: &Replay, after: &Replay, clock: Clock, changes: &mut Vec<Changed>) {
    let by_name = |replay| -> BTreeMap<String, AlertHistory> {
        let Replay { alerts, .. }: &Replay = replay;
        alerts.iter().map(|alert| (alert.alert.name.clone(), alert.clone())).collect()
    };
    let (before, after) = (by_name(before), by_name(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let Some(alert) = after.get(name).or(before.get(name)) else { continue };
        let what = Subject::Alert { name: name.clone(), severity: alert.alert.severity };
        let spans = |of: &BTreeMap<String, AlertHistory>| -> Vec<Span> {
            of.get(name).into_iter().flat_map(|alert| &alert.episodes).map(Span::of).collect()
        };
        overlapping(&what, &spans(&before), &spans(&after), clock, changes);
    }
}

impl Span {
    fn of(episode: &Episode) -> Span {
        let window = episode.fired_window;
        Span {
            from: Instant { at: episode.fired_at, window },
            to: episode
                .resolved_at
                .map(|at| Instant { at, window: window + episode.windows_firing }),
            cause: episode.began,
        }
    }

    fn instant(at: Timestamp, window: u64) -> Span {
        let moment = Instant { at, window };
        Span { from: moment, to: Some(moment), cause: at }
    }
}

/// Pairs spans that overlap, both in the order of time.
fn overlapping(
    what: &Subject,
    before: &[Span],
    after: &[Span],
    clock: Clock,
    changes: &mut Vec<Changed>,
) {
    // Without a clock instants are as long apart as a policy says: windows alone can be compared.
    let begins = |span: &Span| match clock.is_there {
        true => span.cause.micros(),
        false => span.from.window as i64,
    };
    let ends = |span: &Span| span.to.map_or(i64::MAX, |to| clock.position(to));
    let (mut old, mut new) = (before.iter().peekable(), after.iter().peekable());
    loop {
        let pair = match (old.peek(), new.peek()) {
            (None, None) => return,
            (Some(a), Some(b)) if begins(a) <= ends(b) && begins(b) <= ends(a) => {
                (old.next(), new.next())
            }
            (Some(a), Some(b)) if begins(b) < begins(a) => (None, new.next()),
            (None, Some(_)) => (None, new.next()),
            _ => (old.next(), None),
        };
        clock.tell(what, (pair.0.copied(), pair.1.copied()), changes);
    }
}

fn tellings(before: &Replay, after: &Replay, clock: Clock, changes: &mut Vec<Changed>) {
    let is_in = |id: &str, replay: &Replay| replay.triggers.iter().any(|other| other.id == id);
    let mut left: Vec<&TriggerHistory> = before.triggers.iter().collect();
    let mut pairs: Vec<(Option<&TriggerHistory>, Option<&TriggerHistory>)> = Vec::new();
    for trigger in &after.triggers {
        let is_it = |old: &&TriggerHistory| match is_in(&trigger.id, before) {
            true => old.id == trigger.id,
            false => !is_in(&old.id, after) && stem(&old.id) == stem(&trigger.id),
        };
        let at = left.iter().position(is_it);
        pairs.push((at.map(|at| left.remove(at)), Some(trigger)));
    }
    pairs.extend(left.into_iter().map(|old| (Some(old), None)));
    for (old, new) in pairs {
        let Some(named) = new.or(old) else { continue };
        let what = Subject::Told { id: named.id.clone() };
        let spans = |replay: &Replay, trigger: Option<&TriggerHistory>| -> Vec<Span> {
            let told = trigger.into_iter().flat_map(|trigger| {
                trigger.told.iter().map(|at| {
                    let is_it = |moment: &&super::Moment| {
                        moment.transition.at == *at && moment.transition.what == trigger.id
                    };
                    let window = replay.timeline.iter().find(is_it).map_or(0, |m| m.window);
                    Span::instant(*at, window)
                })
            });
            told.collect()
        };
        instants(&what, &spans(before, old), &spans(after, new), clock, changes);
    }
}

/// What a trigger is about, without its threshold.
fn stem(id: &str) -> Option<(&str, &str)> {
    let (condition, action) = id.rsplit_once(": ")?;
    Some((condition.rsplitn(3, ' ').last()?, action))
}

fn decisions(before: &Replay, after: &Replay, clock: Clock, changes: &mut Vec<Changed>) {
    let by_subject = |replay: &Replay| {
        let window_at = |row: &AuditRow| {
            let rules = replay.alerts.iter().flat_map(|alert| &alert.decisions);
            let triggers = replay.triggers.iter().flat_map(|trigger| &trigger.decisions);
            let mut decided = rules.chain(triggers);
            decided.find(|decided| decided.at == row.at).map_or(0, |decided| decided.window)
        };
        let mut spans: BTreeMap<Subject, Vec<Span>> = BTreeMap::new();
        for row in replay.note.audit.iter() {
            let what = match (row.action, row.decision.rail()) {
                (Some(action), None) if row.decision.is_action() => Subject::Action(action),
                (Some(action), Some(rail)) if row.decision.is_stop() => {
                    Subject::Blocked(action, rail)
                }
                _ => continue,
            };
            spans.entry(what).or_default().push(Span::instant(row.at, window_at(row)));
        }
        spans
    };
    let (before, after) = (by_subject(before), by_subject(after));
    let subjects: BTreeSet<&Subject> = before.keys().chain(after.keys()).collect();
    for what in subjects {
        let of =
            |spans: &BTreeMap<Subject, Vec<Span>>| spans.get(what).cloned().unwrap_or_default();
        instants(what, &of(&before), &of(&after), clock, changes);
    }
}

/// Pairs instants: those at the same time, and of the others between two such pairs the first with the first.
fn instants(
    what: &Subject,
    before: &[Span],
    after: &[Span],
    clock: Clock,
    changes: &mut Vec<Changed>,
) {
    let same = |old: &Span| after.iter().position(|new| clock.is_same(old.from, new.from));
    // Where the next pair at the same time stands on both sides, the end of both for none.
    let (mut i, mut j) = (0, 0);
    while i < before.len() || j < after.len() {
        let next =
            before.iter().enumerate().skip(i).find_map(|(at, old)| {
                same(old).filter(|there| *there >= j).map(|there| (at, there))
            });
        let (until, there) = next.unwrap_or((before.len(), after.len()));
        let longest = (until - i).max(there - j);
        for n in 0..longest {
            let old = before[i..until].get(n).copied();
            let new = after[j..there].get(n).copied();
            clock.tell(what, (old, new), changes);
        }
        (i, j) = (until + 1, there + 1);
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::*;
    use crate::{
        evidence::{Evidence, Observed},
        metric::Metric,
        policy::PolicySpec,
    };

    fn hour(n: u64) -> Timestamp {
        Timestamp::EPOCH.later(n * Duration::MINUTE.times(60).micros())
    }

    /// Hours of 1,000 rows, one for each PSI.
    fn windows(psi: &[f64]) -> Vec<Evidence> {
        let window = |(n, psi): (u64, &f64)| {
            let mut window = Evidence::new(n, hour(n - 1), hour(n), 1000);
            let metric = Metric::PsiScore { feature: Some("age".into()) };
            window.values.insert(metric, Observed::new(*psi, 1000));
            window
        };
        (1_u64..).zip(psi).map(window).collect()
    }

    fn replay(json: &str, psi: &[f64], has_clock: bool) -> Replay {
        let policy = serde_json::from_str::<PolicySpec>(json).unwrap().check().unwrap();
        Replay::of(&policy, windows(psi), has_clock)
    }

    fn check(psi: &[f64], before: &str, after: &str, expected: &[&str]) {
        for has_clock in [true, false] {
            let (before, after) = (replay(before, psi, has_clock), replay(after, psi, has_clock));
            let difference = Difference::of(&before, &after, None);
            let told: Vec<String> = difference.changes.iter().map(|c| said(c, has_clock)).collect();
            assert_eq!(told, expected, "{psi:?}, clock: {has_clock}");
            assert!(Difference::of(&after, &after, None).is_none());
        }
    }

    /// One hour is one window here, so that both clocks tell the same.
    fn said(changed: &Changed, has_clock: bool) -> String {
        let what = match &changed.what {
            Subject::Alert { name, .. } => name.clone(),
            Subject::Told { id } => format!("told by {id}"),
            Subject::Action(action) => action.to_string(),
            Subject::Blocked(action, rail) => format!("{action} blocked ({})", rail.name()),
        };
        let by = changed.apart().map_or(String::new(), |apart| match (apart, has_clock) {
            (Apart::Time(time), true) => {
                format!(" by {}", time.micros() / Duration::MINUTE.times(60).micros())
            }
            (Apart::Windows(n), false) => format!(" by {n}"),
            other => panic!("{other:?}"),
        });
        let window = |span: Option<Span>| span.map_or("-".into(), |s| s.from.window.to_string());
        let (before, after) = (window(changed.before), window(changed.after));
        format!("{what}: {:?}{by}, {before} -> {after}", changed.change())
    }

    fn rule(threshold: f64, more: &str) -> String {
        format!(
            r#"{{"triggers": [], "rules": [{{"name": "Drift", "metric": "psi_score", "threshold": {threshold},
                "severity": "significant"{more}}}]}}"#
        )
    }

    const PSI: [f64; 9] = [0.0, 0.3, 0.0, 0.15, 0.3, 0.3, 0.3, 0.0, 0.0];

    #[test]
    fn the_same_policy_differs_in_nothing() {
        check(&PSI, &rule(0.2, ""), &rule(0.2, ""), &[]);
    }

    #[test]
    fn a_hold_takes_short_alerts_away_and_puts_long_ones_off() {
        // Without a hold it fires after windows 2 and 5; where three windows must agree, only after 7.
        let patient = rule(0.2, r#", "for": "3windows""#);
        check(
            &PSI,
            &rule(0.2, ""),
            &patient,
            &["Drift: Gone, 2 -> -", "Drift: Later by 2, 5 -> 7"],
        );
        check(
            &PSI,
            &patient,
            &rule(0.2, ""),
            &["Drift: New, - -> 2", "Drift: Earlier by 2, 7 -> 5"],
        );
    }

    #[test]
    fn a_lower_threshold_fires_earlier() {
        check(&PSI, &rule(0.2, ""), &rule(0.1, ""), &["Drift: Earlier by 1, 5 -> 4"]);
    }

    #[test]
    fn an_alert_that_is_kept_lasts_longer() {
        let kept = rule(0.2, r#", "keep_firing_for": "1windows""#);
        let found =
            Difference::of(&replay(&rule(0.2, ""), &PSI, true), &replay(&kept, &PSI, true), None);
        assert!(
            found.changes.iter().all(|changed| changed.change() == Change::Longer),
            "{found:?}"
        );
        assert_eq!((found.before, found.after), (found.after, found.before));
    }

    #[test]
    fn another_name_is_another_alert() {
        let other = rule(0.2, "").replace("Drift", "Shift");
        check(&PSI[..4], &rule(0.2, ""), &other, &["Drift: Gone, 2 -> -", "Shift: New, - -> 2"]);
    }

    fn trigger(threshold: f64, rails: &str) -> String {
        format!(
            r#"{{"rules": [], "rails": {{{rails}}}, "triggers": [
                {{"metric": "psi_score", "threshold": {threshold}, "action": "rollback"}}]}}"#
        )
    }

    #[test]
    fn an_order_takes_the_place_of_what_a_rail_stopped() {
        let psi = [0.0, 0.6, 0.6, 0.6, 0.6, 0.0];
        check(
            &psi,
            &trigger(0.5, ""),
            &trigger(0.5, r#""on_inputs_alone": true"#),
            &["rollback: New, - -> 4", "rollback blocked (not_expected_to_help): Gone, 4 -> -"],
        );
    }

    #[test]
    fn a_trigger_with_another_threshold_is_the_same_trigger() {
        let tells = |threshold: f64| {
            format!(
                r#"{{"rules": [], "triggers": [
                    {{"metric": "psi_score", "threshold": {threshold}, "action": "alert"}}]}}"#
            )
        };
        let psi = [0.3, 0.3, 0.6, 0.6, 0.6, 0.6];
        check(
            &psi,
            &tells(0.25),
            &tells(0.5),
            &["told by psi_score > 0.5: alert: Later by 2, 3 -> 5"],
        );
    }

    #[test]
    fn instants_at_the_same_time_are_the_same() {
        let at = |windows: &[u64]| -> Vec<Span> {
            windows.iter().map(|n| Span::instant(hour(*n), *n)).collect()
        };
        let clock = Clock { is_there: true, tolerance: 0 };
        let check = |before: &[u64], after: &[u64], expected: &[&str]| {
            let mut changes = Vec::new();
            let what = Subject::Action(Action::Rollback);
            instants(&what, &at(before), &at(after), clock, &mut changes);
            let found: Vec<String> = changes.iter().map(|c| said(c, true)).collect();
            assert_eq!(found, expected, "{before:?} {after:?}");
        };
        check(&[1, 5], &[1, 5], &[]);
        check(&[1, 5], &[5], &["rollback: Gone, 1 -> -"]);
        check(&[5], &[1, 5], &["rollback: New, - -> 1"]);
        check(&[2, 5, 9], &[3, 5], &["rollback: Later by 1, 2 -> 3", "rollback: Gone, 9 -> -"]);
        check(&[], &[4, 6], &["rollback: New, - -> 4", "rollback: New, - -> 6"]);
    }

    #[test]
    fn what_a_host_saw_a_moment_later_is_the_same() {
        let alert = |seconds: u64| Span::instant(hour(1).later(seconds * 1_000_000), 1);
        let what = Subject::Action(Action::Rollback);
        let told = |tolerance: u64, after: u64| {
            let clock = Clock { is_there: true, tolerance: tolerance * 1_000_000 };
            let mut changes = Vec::new();
            instants(&what, &[alert(0)], &[alert(after)], clock, &mut changes);
            changes.len()
        };
        assert_eq!((told(15, 10), told(15, 20), told(0, 10)), (0, 1, 1));
    }
}
