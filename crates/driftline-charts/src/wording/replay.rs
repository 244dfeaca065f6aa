//! The words about a policy in time: what fired, what was done or stopped, and how everything stands.

use alloc::{borrow::Cow, collections::BTreeMap};

use driftline_core::{
    duration::Duration,
    engine::TriggerStatus,
    evidence::Finding,
    group::WindowSize,
    policy::Policy,
    replay::{AlertHistory, Decided, Moment, Replay, TriggerHistory},
    report::{Report, WindowReport},
    rule::Rule,
    time::Timestamp,
    trigger::{Action, Mode, Rail, Trigger, audit::AuditRow},
    verdict::Severity,
};

use super::{count, counted, printable, severity_icon, significant};
use crate::windows::are_files;

/// All of it in one sentence.
pub fn sentence(replay: &Replay, report: &Report) -> String {
    let icon = severity_icon(worst(replay));
    let windows = windows_phrase(replay, report);
    let mut fired: Vec<&AlertHistory> =
        replay.alerts.iter().filter(|alert| !alert.episodes.is_empty()).collect();
    fired.sort_by_key(|alert| alert.episodes[0].fired_at);
    let mut said = match fired.first() {
        None if !replay.has_fired() && replay.is_mostly_too_small() => {
            let small = count(replay.note.windows_too_small);
            return format!(
                "{icon} Nothing fired in {windows}, but {small} of them hold too few rows to decide anything."
            );
        }
        None if !replay.has_fired() => return format!("{icon} Nothing fired in {windows}."),
        None => format!("{icon} No alert fired in {windows}"),
        Some(first) => format!(
            "{icon} {} of {} fired in {windows}, first {} {}",
            count(fired.len() as u64),
            counted(replay.alerts.len() as u64, "alert"),
            first.alert.name,
            time_to_detect(first).map_or(String::new(), |after| format!("after {after}")),
        ),
    };
    for action in [Action::Rollback, Action::ScaleDown] {
        let of = |row: &&AuditRow| row.action == Some(action);
        let (acted, blocked) =
            (replay.acted().filter(of).count() as u64, replay.blocked().filter(of).count() as u64);
        let noun = action.name().replace('_', "-");
        if acted > 0 {
            said += &format!("; {} {}", counted(acted, &noun), acted_word(replay.note.mode));
        }
        if blocked > 0 {
            said += &format!("; {} stopped by a rail", counted(blocked, &noun));
        }
    }
    said + "."
}

/// What was replayed.
pub fn detail(replay: &Replay, report: &Report, policy: &Policy) -> String {
    let (baseline, current) = (&report.baseline.source, &report.current.source);
    let span = match (replay.note.start, replay.note.end) {
        (Some(start), Some(end)) => format!(" from {} to {}", instant(start), instant(end)),
        _ => String::new(),
    };
    format!(
        "Replayed {}{span} against {}. {}{}",
        printable(current),
        printable(baseline),
        mode(replay.note.mode),
        spacing(replay, policy)
    )
}

/// How many windows there were, and of what length.
pub fn windows_phrase(replay: &Replay, report: &Report) -> String {
    let noun = if are_files(&report.windows) { "file" } else { "window" };
    let windows = counted(replay.note.windows, noun);
    match window_size(&report.windows) {
        Some(WindowSize::Rows(rows)) => format!("{windows} of {}", counted(rows, "row")),
        Some(size) => format!("{windows} of {size}"),
        None => windows,
    }
}

/// Whether anything was done.
pub fn mode(mode: Mode) -> String {
    match mode {
        Mode::DryRun => "Mode dry-run: actions are on paper.".into(),
        mode => format!("Mode {}, but nothing was done: this is a replay.", mode.name()),
    }
}

/// What an action came to in a mode, where no rail stopped it.
pub fn acted_word(mode: Mode) -> &'static str {
    if mode == Mode::DryRun { "on paper" } else { "asked for" }
}

/// How windows without instants are laid, as a sentence with a space before it; empty for windows of time.
fn spacing(replay: &Replay, policy: &Policy) -> String {
    match replay.note.start {
        None => format!(
            " Windows without times are laid {} apart, which is what times in the policy count; for = \"3windows\" counts \
             windows.",
            policy.live.window
        ),
        Some(_) => String::new(),
    }
}

/// The length that windows were cut to; files have none.
pub fn window_size(windows: &[WindowReport]) -> Option<WindowSize> {
    let first = windows.first().filter(|first| first.source.is_none())?;
    match (first.start, first.end) {
        (Some(start), Some(end)) => {
            let micros = u64::try_from(end.micros().saturating_sub(start.micros())).ok()?;
            Duration::from_micros(micros).map(WindowSize::Time)
        }
        // All but the last are full.
        _ => Some(WindowSize::Rows(first.rows)),
    }
}

/// The worst alert that fired; a trigger that told or acted is at least moderate, and windows that decide nothing are no
/// pass.
pub fn worst(replay: &Replay) -> Severity {
    let fired = replay.alerts.iter().filter(|alert| !alert.episodes.is_empty());
    let worst = fired.map(|alert| alert.alert.severity).max();
    worst.unwrap_or(match (replay.has_fired(), replay.is_mostly_too_small()) {
        (true, _) => Severity::Moderate,
        (false, true) => Severity::Inconclusive,
        (false, false) => Severity::None,
    })
}

/// The entries that people want: that an alert which has ended is forgotten is no news.
pub fn news(replay: &Replay) -> impl Iterator<Item = &Moment> {
    replay
        .timeline
        .iter()
        .filter(|moment| moment.transition.to != "inactive" || moment.transition.from == "pending")
}

/// What an entry is about. An incident's name is for programs.
pub fn subject(moment: &Moment) -> Cow<'_, str> {
    match moment.transition.what.split_once(' ') {
        Some(("incident", _)) => "incident".into(),
        _ => moment.transition.what.as_str().into(),
    }
}

/// What it became.
pub fn became(moment: &Moment) -> String {
    let transition = &moment.transition;
    match transition.to.as_str() {
        // Of the target: which action.
        "on paper" | "asked for" | "blocked" => {
            let action = transition.from.replace('_', "-");
            let to = if transition.to == "blocked" { "stopped" } else { &transition.to };
            format!("{action} {to}")
        }
        "inactive" => "not for long enough".into(),
        to => to.into(),
    }
}

/// What [`place`] tells where there are no instants.
pub fn after(report: &Report) -> &'static str {
    if are_files(&report.windows) { "After file" } else { "After rows" }
}

/// The instant, or the rows or the file of the window where there are none.
pub fn place(replay: &Replay, report: &Report, at: Timestamp, window: u64) -> String {
    if replay.note.start.is_some() {
        return instant(at);
    }
    let index = usize::try_from(window).ok().and_then(|n| n.checked_sub(1));
    index.and_then(|index| report.windows.get(index)).map_or(String::new(), |window| {
        if let Some(source) = &window.source {
            return printable(source).into_owned();
        }
        let first = window.first_row.unwrap_or(0);
        count(first.saturating_add(window.rows))
    })
}

/// A reason, with the rows of windows in place of instants that are none.
pub fn why<'a>(replay: &Replay, report: &Report, why: &'a str) -> Cow<'a, str> {
    if replay.note.start.is_some() {
        return why.into();
    }
    let ends = replay.timeline.iter().map(|moment| (moment.transition.at, moment.window));
    let ends: BTreeMap<Timestamp, u64> = ends.collect();
    let word = |word: &str| match Timestamp::parse(word).and_then(|at| Some((at, ends.get(&at)?))) {
        Some((at, window)) => brief_place(replay, report, at, *window),
        None => word.into(),
    };
    why.split(' ').map(word).collect::<Vec<String>>().join(" ").into()
}

/// From the beginning of the first window that was bad to the first alert; `None` where it never fired.
pub fn time_to_detect(alert: &AlertHistory) -> Option<String> {
    let first = alert.episodes.first()?;
    Some(match alert.hours_to_detect {
        Some(_) => Duration::from_micros(first.fired_at.since(first.began))
            .map_or("0s".into(), |duration| duration.to_string()),
        None => counted(first.windows_to_detect, "window"),
    })
}

/// How long it fired: in hours, or in windows where there are no instants; `None` where it never fired.
pub fn time_firing(alert: &AlertHistory) -> Option<String> {
    if alert.episodes.is_empty() {
        return None;
    }
    Some(match alert.hours_firing {
        Some(hours) => format!("{} h", self::hours(hours)),
        None => counted(alert.episodes.iter().map(|e| e.windows_firing).sum(), "window"),
    })
}

/// Hours, with no more digits than are of use.
pub fn hours(hours: f64) -> String {
    if hours >= 1000.0 { count(hours.round() as u64) } else { significant(hours) }
}

/// An instant to the second, in UTC.
pub fn instant(at: Timestamp) -> String {
    at.to_string().replace('T', " ").trim_end_matches('Z').into()
}

/// An instant in UTC, without seconds that are none.
pub fn brief_instant(at: Timestamp) -> String {
    let instant = instant(at);
    match instant.strip_suffix(":00") {
        Some(brief) => brief.into(),
        None => instant,
    }
}

/// The instant, or after which row or file where there are none: for the middle of a sentence.
pub fn brief_place(replay: &Replay, report: &Report, at: Timestamp, window: u64) -> String {
    match replay.note.start {
        Some(_) => brief_instant(at),
        None if are_files(&report.windows) => place(replay, report, at, window),
        None => format!("row {}", place(replay, report, at, window)),
    }
}

/// How an alert stands after the last window.
pub fn alert_state(alert: &AlertHistory, replay: &Replay, report: &Report) -> String {
    let now = &alert.alert;
    let place = |at, window| brief_place(replay, report, at, window);
    match (now.state.as_str(), now.finding) {
        (state @ ("firing" | "pending"), _) => {
            let about = replay.timeline.iter().rev().find(|m| m.transition.what == now.name);
            match (now.since, about) {
                (Some(at), Some(moment)) => format!("{state} since {}", place(at, moment.window)),
                _ => state.into(),
            }
        }
        ("inactive" | "resolved", _) if !alert.episodes.is_empty() => {
            let last = alert.episodes.last().and_then(|episode| {
                let at = episode.resolved_at?;
                Some(place(at, episode.fired_window + episode.windows_firing))
            });
            last.map_or("resolved".into(), |at| format!("resolved at {at}"))
        }
        (_, Finding::NoData) => "inactive: no data".into(),
        (_, Finding::Inconclusive) => "inactive: undecided, mostly for want of rows".into(),
        (state, _) => state.into(),
    }
}

/// What keeps an alert from being told.
pub fn alert_held_back(alert: &AlertHistory) -> Vec<String> {
    let now = &alert.alert;
    let mut said = Vec::new();
    if let Some(worse) = &now.inhibited_by {
        said.push(format!("inhibited by {worse}"));
    }
    if now.is_flapping {
        said.push("comes and goes too often: told once".into());
    }
    said
}

/// How a trigger stands after the last window.
pub fn trigger_state(status: &TriggerStatus, trigger: &Trigger) -> String {
    match status.state.as_str() {
        "counting" => format!("{} of {} windows", status.windows, trigger.windows),
        state => state.into(),
    }
}

/// When an alert's condition is true, and for how long.
pub fn rule_condition(rule: &Rule) -> String {
    let until = rule.until.map(|until| format!(", up to {until}")).unwrap_or_default();
    let hold = match rule.hold {
        hold if hold.is_none() => String::new(),
        hold => format!(" for {hold}"),
    };
    format!("{} {} {}{until}{hold}", rule.metric, rule.comparison, rule.threshold)
}

/// What became of an asker's actions: those that were taken, on paper or not, and those that a rail stopped.
pub fn decisions(decided: &[Decided], replay: &Replay, report: &Report) -> Vec<String> {
    let at = |decided: &Decided| brief_place(replay, report, decided.at, decided.window);
    let mut said = Vec::new();
    let acted: Vec<&Decided> = decided.iter().filter(|d| d.decision.is_action()).collect();
    if let Some(first) = acted.first() {
        let verb = match (first.action, replay.note.mode) {
            (Action::Rollback, Mode::DryRun) => "would have rolled back",
            (Action::Rollback, _) => "asked for a rollback",
            (Action::ScaleDown, Mode::DryRun) => "would have scaled down",
            (Action::ScaleDown, _) => "asked for a scale-down",
            (Action::Alert, _) => "told",
        };
        said.push(format!("{verb} {}, first at {}", times(acted.len()), at(first)));
    }
    let stopped: Vec<&Decided> = decided.iter().filter(|d| d.decision.is_stop()).collect();
    if let Some(first) = stopped.first() {
        let action = first.action.name().replace('_', "-");
        let rail = first.decision.rail().map_or("a rail", Rail::words);
        said.push(format!(
            "{action} blocked {} ({rail}), first at {}: {}",
            times(stopped.len()),
            at(first),
            why(replay, report, &first.why),
        ));
    }
    said
}

/// What became of a trigger: whom it told, what it asked for, what stopped it.
pub fn trigger_past(trigger: &TriggerHistory, replay: &Replay, report: &Report) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(first) = trigger.told.first() {
        let is_told = |m: &&Moment| m.transition.what == trigger.id && m.transition.to == "on";
        let window = replay.timeline.iter().find(is_told).map_or(0, |m| m.window);
        let at = brief_place(replay, report, *first, window);
        said.push(format!("told {}, first at {at}", times(trigger.told.len())));
    }
    said.extend(decisions(&trigger.decisions, replay, report));
    said
}

fn times(n: usize) -> String {
    match n {
        1 => "once".into(),
        2 => "twice".into(),
        n => format!("{} times", count(n as u64)),
    }
}
