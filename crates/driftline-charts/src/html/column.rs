//! One column in full: its histogram, what each measure found, and its cells as a table.

use driftline_core::report::{ColumnReport, MAX_NEW_LEVELS_LISTED, Report, SidePair, WindowReport};

use super::{
    facts,
    findings::{self, Explained, p_value},
    gallery::{Across, Gallery},
    name, severity,
};
use crate::{
    Frame,
    cumulative::{self, Cumulative},
    escape::text,
    histogram,
    series::{self, Series},
    wording,
};

/// Wide enough for ten cells with both their ends.
pub(super) const HISTOGRAM_WIDTH: u32 = 680;

/// How many columns, worst first, are shown by more than their histogram.
const MOST_PICTURED: usize = 6;
/// A report on more columns than this stays small by showing so but the worst.
const MOST_COLUMNS: usize = 12;
/// Segments that a column lists, those first in which it moved furthest.
const MOST_SEGMENTS: usize = 12;

/// Every column in full, each folded up but the first that drifted.
pub(super) fn section(columns: &[&ColumnReport], report: &Report, gallery: &mut Gallery) -> String {
    if columns.is_empty() {
        return String::new();
    }
    let mut html = String::from(
        "<section aria-labelledby=\"details\">\n<h2 id=\"details\">Column by column</h2>\n",
    );
    for (at, column) in columns.iter().enumerate() {
        let open = if at == 0 && column.severity.is_drift() { " open" } else { "" };
        html += &format!("<details class=\"column\"{open}>\n");
        html += &details(at, column, report, gallery);
        html += "</details>\n";
    }
    html + "</section>\n"
}

fn details(at: usize, column: &ColumnReport, report: &Report, gallery: &mut Gallery) -> String {
    let mut show = |chart| gallery.show("", chart, Across::Anything);
    let psi = match &column.measures.psi {
        Some(psi) => {
            format!("<span class=\"figure\">PSI {}</span>", text(&wording::brief(psi.value)))
        }
        None => String::new(),
    };
    // The target of the table's link lies inside: browsers unfold what holds a target.
    let mut html = format!(
        "<summary><h3>{}</h3> {} {psi}</summary>\n<div id=\"column-{at}\" class=\"body\">\n<p>{}</p>\n",
        name(&column.name),
        severity(column.severity),
        text(&column.explanation),
    );
    html += &findings::convention(column, &report.spec);
    html += &findings::notes(column);
    if !column.bins.is_empty() {
        let mut chart = histogram::draw(column, HISTOGRAM_WIDTH);
        chart.description.clear(); // it stands above
        html += &show(chart);
    }
    let is_pictured = at < if report.columns.len() > MOST_COLUMNS { 1 } else { MOST_PICTURED };
    if is_pictured
        && column.severity.is_drift()
        && let Some(cumulative) = Cumulative::of_column(column)
    {
        html += &show(cumulative::draw(&cumulative, HISTOGRAM_WIDTH));
    }
    // Where nothing ever moved, the line of windows says it shortly enough.
    if is_pictured
        && has_moved(column, report)
        && let Some(series) = Series::psi(report, column)
    {
        html += "<p class=\"heat-key\">PSI by window</p>\n";
        html += &show(series::draw(&series, Frame::new(HISTOGRAM_WIDTH)));
    }
    html += "<div class=\"pair\">\n";
    html += &findings::measures(column, Explained::Below);
    html += &numbers(column);
    html += "</div>\n";
    html += &facts::segments(column, report, MOST_SEGMENTS);
    html + "</div>\n"
}

/// Whether the column drifted in any window, or as a whole.
fn has_moved(column: &ColumnReport, report: &Report) -> bool {
    let ladder = &report.spec.thresholds;
    let moved = |window: &WindowReport| {
        let lower = window.psi_lower.get(&column.name);
        lower.is_some_and(|lower| ladder.step(*lower).is_drift())
    };
    column.severity.is_drift() || report.windows.iter().any(moved)
}

fn numbers(column: &ColumnReport) -> String {
    let mut html = String::from("<dl>\n");
    if let Some(psi) = &column.measures.psi {
        let number = wording::significant;
        if psi.floored_share > 0.0 {
            let share = text(&wording::share(psi.floored_share));
            html += &format!(
                "<dt>PSI</dt><dd>{share} of it from cells all but empty on one side</dd>\n"
            );
        }
        for (what, value) in [
            (
                "Interval",
                format!(
                    "{} to {}, around {} (smoothed)",
                    number(psi.lower),
                    number(psi.upper),
                    number(psi.smoothed)
                ),
            ),
            ("Without bias", format!("{}, corrected for the sample size", number(psi.corrected))),
            ("Noise", format!("up to {} without any drift", number(psi.noise))),
            ("Detectable", format!("a drift of {} and more", number(psi.detectable))),
            ("p-value", p_value(psi.p_value)),
        ] {
            html += &format!("<dt>{what}</dt><dd>{}</dd>\n", text(&value));
        }
    }
    html += &format!(
        "<dt>Role</dt><dd>{}, {}</dd>\n<dt>Counted</dt><dd>as {}</dd>\n",
        column.role.name(),
        wording::role_from(column.role_from),
        column.kind.name(),
    );
    for (what, SidePair { baseline, current }) in
        [("Missing", column.missing), ("Not of this kind", column.unreadable), ("NaN", column.nan)]
    {
        if baseline + current > 0 {
            html += &format!(
                "<dt>{what}</dt><dd>{} of the baseline, {} of the current rows</dd>\n",
                wording::count(baseline),
                wording::count(current),
            );
        }
    }
    if !column.new_levels.is_empty() {
        let listed: Vec<String> = column
            .new_levels
            .iter()
            .map(|new| format!("{} ({})", name(&new.level), wording::counted(new.rows, "row")))
            .collect();
        let more = if listed.len() >= MAX_NEW_LEVELS_LISTED { ", and maybe more" } else { "" };
        html += &format!("<dt>Never seen before</dt><dd>{}{more}</dd>\n", listed.join(", "));
    }
    let vanished = facts::vanished(column);
    if !vanished.is_empty() {
        let listed: Vec<String> = vanished
            .iter()
            .map(|cell| {
                format!("{} ({})", name(&cell.label), wording::counted(cell.baseline, "row"))
            })
            .collect();
        html += &format!("<dt>Not seen any more</dt><dd>{}</dd>\n", listed.join(", "));
    }
    if let Some(error) = column.rank_error {
        html += &format!(
            "<dt>Cell edges</dt><dd>within {} of the baseline's quantiles</dd>\n",
            text(&wording::share(error))
        );
    }
    html + "</dl>\n"
}
