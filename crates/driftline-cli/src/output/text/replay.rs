//! What a policy would have done: one sentence, the timeline, each alert, each trigger.

use anstyle::{AnsiColor, Style};
use driftline_charts::wording::{
    self,
    replay::{
        after, became, detail, hours, instant, news, place, sentence, subject, time_to_detect, why,
        worst,
    },
};
use driftline_core::{
    policy::Policy,
    replay::{AlertHistory, Decided, Moment, Replay, Sweep},
    report::Report,
    time::Timestamp,
    trigger::Mode,
    verdict::Severity,
};

use super::{
    Layout,
    ink::{BOLD, DIM, Span, severity_ink},
    paragraph,
    section::{heading_line, indented, more},
    table::{Align, Table},
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

fn timeline(replay: &Replay, report: &Report, layout: Layout) -> String {
    let moments: Vec<&Moment> = news(replay).collect();
    if moments.is_empty() {
        return String::new();
    }
    let shown = if layout.all { moments.len() } else { LISTED.min(moments.len()) };
    let shown_moments = &moments[..shown];
    let mut table = Table::default();
    let heading = if replay.note.start.is_some() { "At" } else { after(report) };
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
    let heading = match replay.note.start {
        Some(_) => "First at".into(),
        None => format!("First {}", after(report).to_lowercase()),
    };
    table.column(&heading, Align::Left, 1, alerts.iter().map(first));
    let to_detect = |a: &AlertHistory| dash(time_to_detect(a));
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
