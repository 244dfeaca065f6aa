//! What a policy would have done: one sentence, the timeline, each alert, each trigger.

use std::{borrow::Cow, collections::BTreeMap};

use anstyle::{AnsiColor, Style};
use driftline_charts::wording;
use driftline_core::{
    duration::Duration,
    group::WindowSize,
    policy::Policy,
    replay::{AlertHistory, Decided, Moment, Replay, Sweep},
    report::Report,
    time::Timestamp,
    trigger::{Action, Mode, audit::AuditRow},
    verdict::Severity,
};

use super::{
    Layout,
    ink::{BOLD, DIM, Span, severity_ink},
    paragraph,
    section::{heading_line, indented, more},
    table::{Align, Table},
    windows,
    wrap::wrapped,
};

/// Entries of the timeline, unless all are wanted.
const LISTED: usize = 40;

pub(crate) fn render(replay: &Replay, report: &Report, policy: &Policy, layout: Layout) -> String {
    let ink = severity_ink(worst(replay));
    let mut text = String::from("\n");
    for line in wrapped(&sentence(replay, report), layout.prose_width(), [0, 2]) {
        text += &format!("{ink}{BOLD}{line}{ink:#}\n");
    }
    text += &paragraph(&detail(replay, report, policy), layout);
    text += &timeline(replay, report, layout);
    text += &alerts(replay, report, layout);
    text += &triggers(replay, report, layout);
    if let Some(sweep) = &replay.note.sweep {
        text += &thresholds(sweep, replay, layout);
    }
    text
}

/// All of it in one sentence.
pub(crate) fn sentence(replay: &Replay, report: &Report) -> String {
    let icon = wording::severity_icon(worst(replay));
    let count = wording::count(replay.note.windows);
    let windows = match windows::size(&report.windows) {
        Some(WindowSize::Rows(rows)) => {
            format!("{count} windows of {}", wording::counted(rows, "row"))
        }
        Some(size) => format!("{count} windows of {size}"),
        None => format!("{count} windows"),
    };
    let mut fired: Vec<&AlertHistory> =
        replay.alerts.iter().filter(|alert| !alert.episodes.is_empty()).collect();
    fired.sort_by_key(|alert| alert.episodes[0].fired_at);
    let mut said = match fired.first() {
        None if !replay.has_fired() && replay.is_mostly_too_small() => {
            let small = wording::count(replay.note.windows_too_small);
            return format!(
                "{icon} Nothing fired in {windows}, but {small} of them hold too few rows to decide anything."
            );
        }
        None if !replay.has_fired() => return format!("{icon} Nothing fired in {windows}."),
        None => format!("{icon} No alert fired in {windows}"),
        Some(first) => format!(
            "{icon} {} of {} fired in {windows}, first {} {}",
            wording::count(fired.len() as u64),
            wording::counted(replay.alerts.len() as u64, "alert"),
            first.alert.name,
            detected(first).map_or(String::new(), |after| format!("after {after}")),
        ),
    };
    for action in [Action::Rollback, Action::ScaleDown] {
        let of = |row: &&AuditRow| row.action == Some(action);
        let (acted, blocked) =
            (replay.acted().filter(of).count() as u64, replay.blocked().filter(of).count() as u64);
        let noun = action.name().replace('_', "-");
        if acted > 0 {
            said +=
                &format!("; {} {}", wording::counted(acted, &noun), acted_word(replay.note.mode));
        }
        if blocked > 0 {
            said += &format!("; {} stopped by a rail", wording::counted(blocked, &noun));
        }
    }
    said + "."
}

/// What was replayed.
fn detail(replay: &Replay, report: &Report, policy: &Policy) -> String {
    let (baseline, current) = (&report.baseline.source, &report.current.source);
    let span = match (replay.note.start, replay.note.end) {
        (Some(start), Some(end)) => format!(" from {} to {}", instant(start), instant(end)),
        _ => String::new(),
    };
    let mode = match replay.note.mode {
        Mode::DryRun => "Mode dry-run: actions are on paper.".to_string(),
        mode => format!("Mode {}, but nothing was done: this is a replay.", mode.name()),
    };
    let apart = match replay.note.start {
        None => format!(
            " Windows of rows are laid {} apart, which is what times in the policy count; for = \"3windows\" counts \
             windows.",
            policy.live.window
        ),
        Some(_) => String::new(),
    };
    format!("Replayed {current}{span} against {baseline}. {mode}{apart}")
}

fn acted_word(mode: Mode) -> &'static str {
    if mode == Mode::DryRun { "on paper" } else { "asked for" }
}

/// The worst alert that fired; a trigger that told or acted is at least moderate, and windows that decide nothing are no
/// pass.
fn worst(replay: &Replay) -> Severity {
    let fired = replay.alerts.iter().filter(|alert| !alert.episodes.is_empty());
    let worst = fired.map(|alert| alert.alert.severity).max();
    worst.unwrap_or(match (replay.has_fired(), replay.is_mostly_too_small()) {
        (true, _) => Severity::Moderate,
        (false, true) => Severity::Inconclusive,
        (false, false) => Severity::None,
    })
}

fn timeline(replay: &Replay, report: &Report, layout: Layout) -> String {
    // That an alert which has ended is forgotten is no news.
    let is_news = |moment: &&Moment| {
        moment.transition.to != "inactive" || moment.transition.from == "pending"
    };
    let moments: Vec<&Moment> = replay.timeline.iter().filter(is_news).collect();
    if moments.is_empty() {
        return String::new();
    }
    let shown = if layout.all { moments.len() } else { LISTED.min(moments.len()) };
    let shown_moments = &moments[..shown];
    let mut table = Table::default();
    let heading = if replay.note.start.is_some() { "At" } else { "After rows" };
    let at = |m: &&Moment| Span::plain(&place(replay, report, m.transition.at, m.window));
    table.column(heading, Align::Left, 0, shown_moments.iter().map(at));
    let what = |m: &&Moment| Span::plain(&subject(m));
    table.column("What", Align::Left, 0, shown_moments.iter().map(what));
    let became = |m: &&Moment| Span::inked(ink_of(m, replay), became(m));
    table.column("Became", Align::Left, 0, shown_moments.iter().map(became));
    let why = |m: &&Moment| Span::inked(DIM, why(replay, report, &m.transition.why));
    table.flexible_column("Why", shown_moments.iter().map(why));
    heading_line("Timeline", "") + &indented(table, layout) + &more(moments.len() - shown)
}

/// An incident's name is for programs.
fn subject(moment: &Moment) -> Cow<'_, str> {
    match moment.transition.what.split_once(' ') {
        Some(("incident", _)) => "incident".into(),
        _ => moment.transition.what.as_str().into(),
    }
}

fn became(moment: &Moment) -> String {
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

fn ink_of(moment: &Moment, replay: &Replay) -> Style {
    let transition = &moment.transition;
    let alert = replay.alerts.iter().find(|alert| alert.alert.name == transition.what);
    match (transition.to.as_str(), alert) {
        ("firing", Some(alert)) => severity_ink(alert.alert.severity),
        ("firing" | "on" | "on paper" | "asked for", _) => severity_ink(Severity::Critical),
        ("resolved" | "ended", _) => severity_ink(Severity::None),
        ("blocked", _) => AnsiColor::Yellow.on_default(),
        _ => DIM,
    }
}

fn alerts(replay: &Replay, report: &Report, layout: Layout) -> String {
    let alerts = &replay.alerts;
    if alerts.is_empty() {
        return String::new();
    }
    let mut table = Table::default();
    let name = |a: &AlertHistory| {
        let ink = if a.episodes.is_empty() { DIM } else { severity_ink(a.alert.severity) };
        Span::inked(ink, &a.alert.name)
    };
    table.flexible_column("Alert", alerts.iter().map(name));
    let pending = |a: &AlertHistory| number(a.times_pending);
    table.column("Pending", Align::Right, 2, alerts.iter().map(pending));
    let fired = |a: &AlertHistory| number(a.episodes.len() as u64);
    table.column("Fired", Align::Right, 0, alerts.iter().map(fired));
    let first = |a: &AlertHistory| {
        dash(a.episodes.first().map(|e| place(replay, report, e.fired_at, e.fired_window)))
    };
    let heading = if replay.note.start.is_some() { "First at" } else { "First after rows" };
    table.column(heading, Align::Left, 1, alerts.iter().map(first));
    let to_detect = |a: &AlertHistory| dash(detected(a));
    table.column("Time to detect", Align::Right, 0, alerts.iter().map(to_detect));
    if replay.note.start.is_some() {
        let firing =
            |a: &AlertHistory| dash(a.hours_firing.filter(|_| !a.episodes.is_empty()).map(hours));
        table.column("Hours in alert", Align::Right, 0, alerts.iter().map(firing));
    } else {
        let windows = |a: &AlertHistory| number(a.episodes.iter().map(|e| e.windows_firing).sum());
        table.column("Windows in alert", Align::Right, 0, alerts.iter().map(windows));
    }
    let state = |a: &AlertHistory| Span::inked(DIM, &a.alert.state);
    table.column("At the end", Align::Left, 3, alerts.iter().map(state));
    heading_line("Alerts", "") + &indented(table, layout)
}

/// From the beginning of the first window that was bad to the first alert.
fn detected(alert: &AlertHistory) -> Option<String> {
    let first = alert.episodes.first()?;
    Some(match alert.hours_to_detect {
        Some(_) => Duration::from_micros(first.fired_at.since(first.began))
            .map_or("0s".into(), |duration| duration.to_string()),
        None => wording::counted(first.windows_to_detect, "window"),
    })
}

/// Triggers, and rules that act: whoever may ask for something.
fn triggers(replay: &Replay, report: &Report, layout: Layout) -> String {
    struct Asker<'a> {
        name: &'a str,
        told: &'a [Timestamp],
        decisions: &'a [Decided],
    }
    let rules = replay.alerts.iter().filter(|alert| !alert.decisions.is_empty());
    let rules = rules.map(|a| Asker { name: &a.alert.name, told: &[], decisions: &a.decisions });
    let triggers = replay.triggers.iter();
    let triggers = triggers.map(|t| Asker { name: &t.id, told: &t.told, decisions: &t.decisions });
    let askers: Vec<Asker<'_>> = rules.chain(triggers).collect();
    if askers.is_empty() {
        return String::new();
    }
    let mut table = Table::default();
    let is_stop = |decided: &&Decided| decided.decision.is_stop();
    table.column("Who", Align::Left, 0, askers.iter().map(|a| Span::plain(a.name)));
    table.column("Told", Align::Right, 1, askers.iter().map(|a| number(a.told.len() as u64)));
    let acted = |a: &Asker<'_>| {
        number(a.decisions.iter().filter(|decided| decided.decision.is_action()).count() as u64)
    };
    let heading = if replay.note.mode == Mode::DryRun { "On paper" } else { "Asked for" };
    table.column(heading, Align::Right, 0, askers.iter().map(acted));
    let stopped = |a: &Asker<'_>| number(a.decisions.iter().filter(is_stop).count() as u64);
    table.column("Stopped", Align::Right, 0, askers.iter().map(stopped));
    let first = |a: &Asker<'_>| match (a.decisions.first(), a.told.first()) {
        (Some(decided), _) => {
            let place = place(replay, report, decided.at, decided.window);
            Span::inked(DIM, format!("{place}: {}", why(replay, report, &decided.why)))
        }
        (None, Some(told)) if replay.note.start.is_some() => Span::inked(DIM, instant(*told)),
        _ => dash(None),
    };
    table.flexible_column("First", askers.iter().map(first));
    heading_line("Triggers and actions", "") + &indented(table, layout)
}

fn thresholds(sweep: &Sweep, replay: &Replay, layout: Layout) -> String {
    let rows = &sweep.rows;
    let mut table = Table::default();
    let threshold = rows.iter().map(|row| Span::plain(&row.threshold.to_string()));
    table.column("Threshold", Align::Right, 0, threshold);
    let columns: [(&str, Vec<u64>); 5] = [
        ("Alerts fired", rows.iter().map(|row| row.alerts_fired).collect()),
        ("Windows in alert", rows.iter().map(|row| row.windows_firing).collect()),
        ("Triggers told", rows.iter().map(|row| row.triggers_told).collect()),
        (
            if replay.note.mode == Mode::DryRun {
                "Rollbacks on paper"
            } else {
                "Rollbacks asked for"
            },
            rows.iter().map(|row| row.rollbacks).collect(),
        ),
        ("Rollbacks stopped", rows.iter().map(|row| row.rollbacks_blocked).collect()),
    ];
    for (heading, numbers) in columns {
        table.column(heading, Align::Right, 0, numbers.into_iter().map(number));
    }
    let said = "every rule and trigger about it at each threshold";
    heading_line(&format!("Thresholds of {}", sweep.metric), said) + &indented(table, layout)
}

fn number(n: u64) -> Vec<Span> {
    if n == 0 { dash(None) } else { Span::plain(&wording::count(n)) }
}

fn dash(text: Option<String>) -> Vec<Span> {
    text.map_or_else(|| Span::inked(DIM, "–"), |text| Span::plain(&text))
}

/// The instant, or the rows of the window where there are none.
fn place(replay: &Replay, report: &Report, at: Timestamp, window: u64) -> String {
    if replay.note.start.is_some() {
        return instant(at);
    }
    let index = usize::try_from(window).ok().and_then(|n| n.checked_sub(1));
    index.and_then(|index| report.windows.get(index)).map_or(String::new(), |window| {
        let first = window.first_row.unwrap_or(0);
        wording::count(first.saturating_add(window.rows))
    })
}

/// A reason, with the rows of windows in place of instants that are none.
fn why<'a>(replay: &Replay, report: &Report, why: &'a str) -> Cow<'a, str> {
    if replay.note.start.is_some() {
        return why.into();
    }
    let ends = replay.timeline.iter().map(|moment| (moment.transition.at, moment.window));
    let ends: BTreeMap<Timestamp, u64> = ends.collect();
    let word = |word: &str| match Timestamp::parse(word).and_then(|at| Some((at, ends.get(&at)?))) {
        Some((at, window)) => format!("row {}", place(replay, report, at, *window)),
        None => word.into(),
    };
    why.split(' ').map(word).collect::<Vec<String>>().join(" ").into()
}

fn hours(hours: f64) -> String {
    if hours >= 1000.0 { wording::count(hours.round() as u64) } else { wording::significant(hours) }
}

fn instant(at: Timestamp) -> String {
    at.to_string().replace('T', " ").trim_end_matches('Z').into()
}
