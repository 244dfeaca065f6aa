//! What a policy makes of the windows: a sentence, the timeline, and how every alert and every trigger stands.

use driftline_core::{
    metric::Metric,
    policy::Policy,
    replay::{AlertHistory, Replay, Sweep, TriggerHistory},
    report::Report,
    trigger::{Mode, Trigger},
    verdict::Severity,
};

use super::{
    gallery::{Across, Gallery},
    name, scrolling, table,
};
use crate::{escape::text, timeline, windows::are_files, wording, wording::replay as words};

/// What the policy made of the report's windows, with a timeline of this width in pixels. Without windows, why there are
/// none.
pub fn section(report: &Report, policy: &Policy, width: u32, gallery: &mut Gallery) -> String {
    parts(report, policy, |replay| history(report, replay, width, gallery))
}

/// The same without the timeline, which stands with the other charts over time.
pub(super) fn without_timeline(report: &Report, policy: &Policy) -> String {
    parts(report, policy, |_| String::new())
}

fn parts(report: &Report, policy: &Policy, history: impl FnOnce(&Replay) -> String) -> String {
    let Some(replay) = &report.replay() else {
        return format!("<p>{}</p>\n", text(&without_windows(report)));
    };
    let sentence = words::sentence(replay, report);
    let mut html = format!("<p class=\"found\"><strong>{}</strong></p>\n", text(&sentence));
    html += &notes(report, replay, policy);
    html += &history(replay);
    html += &alerts(report, replay, policy);
    html + &triggers(report, replay, policy)
}

/// Why nothing can be said of alerts.
fn without_windows(report: &Report) -> String {
    let why = match report.current.first {
        Some(_) => {
            "There are no windows, and alerts are decided window by window. Ask for windows of time, such as 1h."
        }
        None => {
            "Alerts are decided window by window, and these files have no column of instants to cut windows by. Ask for \
             windows of rows, such as 5000rows."
        }
    };
    why.into()
}

/// What the reader should know before reading on.
fn notes(report: &Report, replay: &Replay, policy: &Policy) -> String {
    let mut notes = vec![match replay.note.mode {
        Mode::DryRun => "Dry-run: everything is decided and nothing is done. An action below is one that would have \
                         been asked for."
            .to_string(),
        mode => words::mode(mode),
    }];
    if replay.note.start.is_none() {
        let why = match (are_files(&report.windows), report.current.first) {
            (true, Some(_)) => "The files are not in the order of their times",
            _ => "The rows have no instants",
        };
        notes.push(format!(
            "{why}: windows are taken to be {} apart, which is what the policy’s times count.",
            policy.live.window
        ));
    }
    if replay.note.windows_too_small > 0 {
        notes.push(format!(
            "{} of {} hold fewer than {} rows and decide nothing{}.",
            wording::count(replay.note.windows_too_small),
            wording::counted(replay.note.windows, "window"),
            wording::count(policy.live.min_samples),
            if replay.is_mostly_too_small() { ": take longer ones" } else { "" },
        ));
    }
    let metrics = || {
        let rules = policy.rules.iter().map(|rule| &rule.metric);
        rules.chain(policy.triggers.iter().map(|trigger| &trigger.metric))
    };
    let is_latency = |metric: &Metric| metric.name().starts_with("latency");
    if report.latency.is_none() && metrics().any(is_latency) {
        notes.push("No column holds latencies: what is about latency sees no data.".into());
    }
    if report.errors.is_none() && metrics().any(|metric| *metric == Metric::ErrorRate) {
        notes.push(
            "No column says which requests failed: what is about errors sees no data.".into(),
        );
    }
    let items = notes.iter().map(|note| format!("<li>{}</li>\n", text(note)));
    format!("<ul class=\"notes\">\n{}</ul>\n", items.collect::<String>())
}

/// The timeline as a picture and as a table.
pub(super) fn history(
    report: &Report,
    replay: &Replay,
    width: u32,
    gallery: &mut Gallery,
) -> String {
    gallery.show("alerts-timeline", timeline::draw(replay, report, width), Across::Anything)
}

/// An alert's name with its severity's sign and colour, where it has ever fired.
fn alert_name(alert: &AlertHistory) -> String {
    let severity = alert.alert.severity;
    let class = if alert.episodes.is_empty() { "quiet" } else { severity.name() };
    format!(
        "<span class=\"severity {class}\"><span class=\"icon\" role=\"img\" aria-label=\"{}\">{}</span> {}</span>",
        wording::severity_word(severity),
        wording::severity_icon(severity),
        name(&alert.alert.name),
    )
}

/// A remark below what it is about.
fn small_line(said: &str) -> String {
    format!("<small class=\"line\">{}</small>", text(said))
}

/// Every alert as it stands, worst first.
pub(super) fn alerts(report: &Report, replay: &Replay, policy: &Policy) -> String {
    if replay.alerts.is_empty() {
        return String::new();
    }
    let mut alerts: Vec<&AlertHistory> = replay.alerts.iter().collect();
    alerts.sort_by_key(|alert| {
        core::cmp::Reverse((alert.alert.severity, !alert.episodes.is_empty()))
    });
    let dash = |said: Option<String>| said.map_or("–".into(), |said| text(&said));
    let first = |alert: &AlertHistory| {
        let first = alert.episodes.first()?;
        Some(match replay.note.start {
            Some(_) => words::brief_instant(first.fired_at),
            None => words::place(replay, report, first.fired_at, first.fired_window),
        })
    };
    let rows = alerts.iter().map(|alert| {
        let rule = policy.rules.iter().find(|rule| rule.name == alert.alert.name);
        let class = match alert.alert.state.as_str() {
            "firing" => format!(" class=\"severity {}\"", alert.alert.severity.name()),
            _ => String::new(),
        };
        let mut state =
            format!("<span{class}>{}</span>", text(&words::alert_state(alert, replay, report)));
        let held_back = words::alert_held_back(alert);
        for said in held_back.into_iter().chain(words::decisions(&alert.decisions, replay, report))
        {
            state += &small_line(&said);
        }
        vec![
            alert_name(alert)
                + &rule.map_or(String::new(), |r| small_line(&words::rule_condition(r))),
            state,
            wording::count(alert.episodes.len() as u64),
            dash(first(alert)),
            dash(words::time_to_detect(alert)),
            dash(words::time_firing(alert)),
        ]
    });
    let first_at = match replay.note.start {
        Some(_) => "First (UTC)".into(),
        None => format!("First {}", words::after(report).to_lowercase()),
    };
    let header = ["Alert", "State", "Fired", &first_at, "To detect", "In alert"];
    let lines = table("alert-lines", "", &header, rows.collect());
    format!("<h3>Alerts</h3>\n{}", scrolling("Alerts", &lines))
}

/// Every trigger as it stands.
pub(super) fn triggers(report: &Report, replay: &Replay, policy: &Policy) -> String {
    if replay.triggers.is_empty() {
        return String::new();
    }
    let row = |history: &TriggerHistory| {
        let trigger = policy.triggers.iter().find(|trigger: &&Trigger| trigger.id() == history.id);
        let status = &history.status;
        let state = trigger.map_or(status.state.clone(), |t| words::trigger_state(status, t));
        let is_on = status.state == "on";
        let instant = |at| match replay.note.start {
            Some(_) => text(&words::brief_instant(at)),
            None => "yes".into(),
        };
        let past = words::trigger_past(history, replay, report);
        let past: Vec<String> = past.iter().map(|said| text(said)).collect();
        vec![
            name(&history.id),
            if is_on { "<strong>on</strong>".into() } else { text(&state) },
            status.last_fired.map_or("–".into(), instant),
            status.cooldown_until.map_or("–".into(), instant),
            if past.is_empty() { "–".into() } else { past.join("<br>") },
        ]
    };
    let header = ["Trigger", "State", "Last fired", "Cooldown until", "What it did"];
    let rows = replay.triggers.iter().map(row).collect();
    format!(
        "<h3>Triggers</h3>\n{}",
        scrolling("Triggers", &table("trigger-lines", "", &header, rows))
    )
}

/// What other thresholds would have done.
pub(super) fn thresholds(sweep: &Sweep, mode: Mode) -> String {
    let rows = sweep.rows.iter().map(|row| {
        let numbers = [
            row.alerts_fired,
            row.windows_firing,
            row.triggers_told,
            row.rollbacks,
            row.rollbacks_blocked,
        ];
        let mut cells = vec![text(&row.threshold.to_string())];
        cells.extend(numbers.map(wording::count));
        cells
    });
    let rollbacks = format!("Rollbacks {}", words::acted_word(mode));
    let header = [
        "Threshold",
        "Alerts fired",
        "Windows in alert",
        "Triggers told",
        rollbacks.as_str(),
        "Rollbacks blocked",
    ];
    let caption = format!(
        "Every rule and trigger about {} at each threshold.",
        text(&sweep.metric.to_string())
    );
    scrolling("Thresholds", &table("sweep-lines", &caption, &header, rows.collect()))
}

/// The severity that a replay's page is headed by.
pub(super) fn worst(replay: &Replay) -> Severity {
    words::worst(replay)
}
