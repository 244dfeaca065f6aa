//! How what a policy makes of the windows differs from what was made of them before.

use driftline_core::{
    policy::Policy,
    replay::{Changed, Counts, Difference, Replay, Subject},
    report::Report,
};

use super::{alerts, charted, name, scrolling, table};
use crate::{
    escape::text,
    timeline, wording,
    wording::{difference as words, replay as replay_words},
};

/// Changes that are listed.
const MOST_CHANGES: usize = 60;

/// What a replay is held against.
#[derive(Clone, Copy, Debug)]
pub struct Against<'a> {
    /// What was made of the windows.
    pub replay: &'a Replay,
    /// What that was, after “compared with”.
    pub name: &'a str,
    /// Time below which nothing can be told apart, for people; empty for none.
    pub within: &'a str,
}

/// What a policy makes of a report's windows, how that differs, and every alert and trigger, with a timeline of this width
/// in pixels.
pub fn section(
    report: &Report,
    policy: &Policy,
    difference: &Difference,
    against: Against<'_>,
    width: u32,
) -> String {
    let Some(replay) = &report.replay() else { return String::new() };
    let mut html = format!("<p class=\"note about\">{}</p>\n", text(&about(report, replay)));
    html += &changes(report, replay, difference, against);
    html += &alerts::section(report, policy, width);
    if !difference.changes.is_empty() {
        let chart = timeline::draw(against.replay, report, width);
        html += &format!(
            "<details class=\"before\" id=\"replay-before\"><summary>Timeline of {}</summary>\n{}</details>\n",
            text(against.name),
            charted(&chart, &chart.table)
        );
    }
    html
}

/// How to have windows, where there are none to replay a policy over.
pub fn without_windows(report: &Report, is_told: bool) -> String {
    if is_told {
        return "<p class=\"empty\">The server has kept no window yet in the time that is shown.</p>".into();
    }
    let (said, value) = match report.current.first {
        Some(_) => (
            "A policy is replayed window by window, and the files are not cut into windows.",
            "auto".into(),
        ),
        None => {
            let rows = (report.current.rows / 20).max(1);
            (
                "A policy is replayed window by window, and the files have no column of instants to cut windows by.",
                format!("{rows}rows"),
            )
        }
    };
    let what = match value.as_str() {
        "auto" => "Cut into windows of time".into(),
        _ => format!(
            "Cut into windows of {}",
            wording::counted((report.current.rows / 20).max(1), "row")
        ),
    };
    format!(
        "<p class=\"empty\">{said} <button type=\"button\" data-act=\"set\" data-path=\"window\" data-value=\"{value}\">{what}\
         </button></p>"
    )
}

/// The history in a line.
fn about(report: &Report, replay: &Replay) -> String {
    let span = match (replay.note.start, replay.note.end) {
        (Some(start), Some(end)) => format!(
            ", {} to {}",
            replay_words::brief_instant(start),
            replay_words::brief_instant(end)
        ),
        _ => String::new(),
    };
    format!(
        "Over {} of {}{span}, against {}.",
        replay_words::windows_phrase(replay, report),
        report.current.source,
        report.baseline.source,
    )
}

/// The difference alone: a sentence, the counts, and every change.
pub fn changes(
    report: &Report,
    replay: &Replay,
    difference: &Difference,
    against: Against<'_>,
) -> String {
    let class = if difference.is_none() { "same" } else { "differs" };
    let mut html = format!(
        "<p class=\"found difference {class}\"><strong>{}</strong> <small>Compared with {}.{}</small></p>\n",
        text(&words::sentence(difference)),
        text(against.name),
        match against.within {
            "" => String::new(),
            within => format!(" Less than {} apart is taken to be the same.", text(within)),
        },
    );
    html += &counts(&difference.before, &difference.after);
    if difference.changes.is_empty() {
        return html;
    }
    let mode = replay.note.mode;
    let rows = difference.changes.iter().take(MOST_CHANGES).map(|changed| {
        vec![
            what(changed, mode),
            format!(
                "<span class=\"change {}\"><span class=\"icon\" aria-hidden=\"true\">{}</span> {}</span>",
                words::word(changed.change()),
                words::icon(changed.change()),
                text(&words::said(changed))
            ),
            text(&words::span(changed.before, against.replay, report)),
            text(&words::span(changed.after, replay, report)),
        ]
    });
    let caption = match difference.changes.len().saturating_sub(MOST_CHANGES) {
        0 => String::new(),
        more => format!("The first {MOST_CHANGES}; {more} more."),
    };
    let header = ["What", "Change", "Before", "Now"];
    let lines = table("change-lines", &caption, &header, rows.collect());
    html + &scrolling("Changes", &lines)
}

fn what(changed: &Changed, mode: driftline_core::trigger::Mode) -> String {
    let said = name(&words::subject(&changed.what, mode));
    match &changed.what {
        Subject::Alert { severity, .. } => format!(
            "<span class=\"severity {}\"><span class=\"icon\" role=\"img\" aria-label=\"{}\">{}</span> {said}</span>",
            severity.name(),
            wording::severity_word(*severity),
            wording::severity_icon(*severity),
        ),
        _ => said,
    }
}

fn counts(before: &Counts, after: &Counts) -> String {
    let rows = [
        ("Alerts fired", before.alerts, after.alerts),
        ("People told by triggers", before.told, after.told),
        ("Actions", before.actions, after.actions),
        ("Stopped by a rail", before.blocked, after.blocked),
    ];
    let item = |(title, before, after): &(&str, u64, u64)| {
        let was = match before == after {
            true => String::new(),
            false => format!(" <small>was {}</small>", wording::count(*before)),
        };
        format!("<div><dt>{title}</dt><dd>{}{was}</dd></div>", wording::count(*after))
    };
    format!("<dl class=\"counts\">{}</dl>\n", rows.iter().map(item).collect::<String>())
}
