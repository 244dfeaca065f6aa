//! The current rows window by window: a map that shows where it began, how long requests took, and a line for each window,
//! all charts on one axis.

use core::{mem, ops::Range};

use driftline_core::{
    replay::Replay,
    report::{Report, WindowReport},
};

use super::{
    drifted,
    gallery::{Across, Gallery},
    largest_psi, scrolling, severity, table,
};
use crate::{
    Frame,
    escape::text,
    heatmap::{self, Heatmap},
    mix::{self, Mix},
    percentiles::{self, Percentiles},
    series::{self, Series},
    threshold::Unit,
    timeline,
    windows::{are_files, are_whole_days, when},
    wording,
};

/// Columns that the map shows: those that moved furthest.
const MOST_COLUMNS: usize = 30;

/// Windows that have a line; the JSON has every one.
const MOST_LINES: usize = 200;

/// The windows, with charts of this width in pixels; empty where the report has none.
pub fn section(report: &Report, width: u32, gallery: &mut Gallery) -> String {
    if report.windows.is_empty() {
        return String::new();
    }
    let map = Heatmap::of_report(report);
    let frame = frame(map.as_ref(), report.replay().as_ref(), width);
    let hint = match gallery.is_kept() {
        true => {
            "<p class=\"heat-key\">Drag across a chart to look at some windows by themselves.</p>\n"
        }
        false => "",
    };
    format!("{hint}{}{}", charts(report, map, frame, gallery), lines(report))
}

/// Some of the windows by themselves, and the way back to all of them.
pub fn part(report: &mut Report, range: Range<usize>, width: u32, gallery: &mut Gallery) -> String {
    let all = report.windows.len();
    let mut html = String::new();
    within(report, range, |report| {
        if let (Some(first), Some(last)) = (report.windows.first(), report.windows.last()) {
            let whole_days = are_whole_days(&report.windows);
            html = format!(
                "<p class=\"zoomed\">{} of {}: {} to {}. <button type=\"button\" class=\"link\" \
                 data-act=\"whole-range\" data-key=\"whole-range\">Show the whole range</button></p>\n",
                wording::count(report.windows.len() as u64),
                wording::counted(all as u64, "window"),
                text(&when(first, whole_days)),
                text(&when(last, whole_days)),
            );
        }
        html += &section(report, width, gallery);
    });
    html
}

/// What is done with a report as if it had no windows but these; afterwards it has them all again.
pub fn within<T>(report: &mut Report, range: Range<usize>, act: impl FnOnce(&Report) -> T) -> T {
    let some = report.windows.get(range).unwrap_or_default().to_vec();
    let all = mem::replace(&mut report.windows, some);
    let done = act(report);
    report.windows = all;
    done
}

/// The same, with the timeline of alerts under the charts.
pub(super) fn with_timeline(report: &Report, width: u32, gallery: &mut Gallery) -> String {
    let Some(replay) = report.replay().filter(|_| !report.windows.is_empty()) else {
        return section(report, width, gallery);
    };
    let map = Heatmap::of_report(report);
    let frame = frame(map.as_ref(), Some(&replay), width);
    let chart = timeline::draw_in(&replay, report, frame);
    let heading = "<h3>Alerts and triggers</h3>\n";
    let timeline = gallery.show("windows-timeline", chart, Across::Anything);
    charts(report, map, frame, gallery) + heading + &timeline + &lines(report)
}

/// The frame that charts over a report's windows share, the timeline among them.
pub fn frame(map: Option<&Heatmap>, replay: Option<&Replay>, width: u32) -> Frame {
    let mut names = replay.map_or_else(Vec::new, timeline::names);
    let rows = map.iter().flat_map(|map| &map.rows).take(MOST_COLUMNS);
    names.extend(rows.map(|row| wording::printable(&row.name).into_owned()));
    Frame::beside(names.iter().map(String::as_str), width)
}

fn charts(report: &Report, map: Option<Heatmap>, frame: Frame, gallery: &mut Gallery) -> String {
    let mut show = |id, chart| gallery.show(id, chart, Across::Windows);
    let mut html = String::new();
    if let Some(map) = map {
        let (map, left_out) = map.at_most(MOST_COLUMNS);
        let chart = heatmap::draw(&map, frame);
        html += "<h3>Drift by column</h3>\n";
        if left_out > 0 {
            let more = wording::counted(left_out as u64, "column");
            html += &format!("<p class=\"heat-key\">{more} that moved less are left out.</p>\n");
        }
        html += &show("windows-drift", chart);
    }
    if let Some(percentiles) = Percentiles::of_report(report) {
        let chart = percentiles::draw(&percentiles, frame);
        html += &format!("<h3>Latency percentiles</h3>\n{}", show("windows-latency", chart));
    }
    // A service without an error needs no picture of that.
    let any_error = |window: &WindowReport| window.error_rate.is_some_and(|rate| rate > 0.0);
    if let Some(errors) =
        Series::error_rate(report).filter(|_| report.windows.iter().any(any_error))
    {
        let chart = series::draw(&errors, frame);
        html += &format!("<h3>Error rate</h3>\n{}", show("windows-errors", chart));
    }
    if let Some(mix) = Mix::of_report(report) {
        let chart = mix::draw(&mix, frame);
        html += &format!("<h3>What the model answered</h3>\n{}", show("windows-mix", chart));
    }
    html
}

/// A column that only some windows have.
type Optional = (&'static str, fn(&WindowReport) -> Option<String>);

const OPTIONAL: [Optional; 5] = [
    ("p95", |window| Some(Unit::Milliseconds.say(window.latency?.p95_ms))),
    ("Errors", |window| Some(wording::share(window.error_rate?))),
    ("Accuracy", |window| Some(wording::significant(window.performance.as_ref()?.accuracy?))),
    ("AUC", |window| Some(wording::significant(window.performance.as_ref()?.roc_auc?))),
    ("MAE", |window| Some(wording::significant(window.performance.as_ref()?.mae?))),
];

fn lines(report: &Report) -> String {
    let windows = &report.windows;
    let whole_days = are_whole_days(windows);
    let shown = &windows[windows.len().saturating_sub(MOST_LINES)..];
    let there: Vec<Optional> = OPTIONAL
        .into_iter()
        .filter(|(_, pick)| windows.iter().any(|window| pick(window).is_some()))
        .collect();
    let are_files = are_files(windows);
    let first = if are_files { "File" } else { "Window" };
    let mut header = vec![first, "Rows", "Verdict", "Drifted", "Largest PSI"];
    header.extend(there.iter().map(|(title, _)| *title));
    let rows = shown.iter().map(|window| {
        let mut row = vec![
            text(&when(window, whole_days)),
            wording::count(window.rows),
            severity(window.severity),
            drifted(&window.drifted_features, &window.inconclusive_features),
            largest_psi(&window.psi_scores),
        ];
        row.extend(there.iter().map(|(_, pick)| pick(window).map_or("–".into(), |v| text(&v))));
        row
    });
    let caption = match windows.len() - shown.len() {
        0 => String::new(),
        more => format!("The last {MOST_LINES}; {more} before them are in the report as JSON."),
    };
    let windows = scrolling("Windows", &table("window-lines", &caption, &header, rows.collect()));
    let heading = if are_files { "File by file" } else { "Window by window" };
    format!("<h3>{heading}</h3>\n{windows}")
}
