//! One column as a page of its own: the verdict, its charts, what every measure found and means, and for whom it moved.

use driftline_core::{
    report::{ColumnReport, Report},
    spec::WindowMeasure,
};

use super::{
    facts,
    findings::{self, Explained},
    gallery::{Across, Gallery},
    mark, name, rows, scrolling,
};
use crate::{
    Chart, Frame,
    cumulative::{self, Cumulative},
    escape::text,
    histogram,
    series::{self, Series},
    wording,
};

/// From this width on charts stand in pairs.
const WIDE: u32 = 860;
/// Between two charts, and what frames them, in pixels.
const BETWEEN: u32 = 22;
/// What a chart's frame takes of its width, in pixels.
const FRAME: u32 = 26;
/// Segments that are listed.
const MOST_SEGMENTS: usize = 50;

/// Where a column stands among those that the table shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// In the table's order, counted from 1; `None` where its filters leave the column out.
    pub position: Option<usize>,
    /// How many there are.
    pub of: usize,
    /// In the report.
    pub column: usize,
}

/// The column's page, as wide as `width` pixels.
pub fn page(
    column: &ColumnReport,
    report: &Report,
    place: Place,
    (width, is_fixed): (u32, bool),
    gallery: &mut Gallery,
) -> String {
    gallery.forget("column-");
    let mut html = head(column, place, is_fixed);
    let convention = findings::convention(column, &report.spec);
    if !convention.is_empty() {
        html += &format!("<div class=\"by-convention\">{convention}</div>\n");
    }
    html += &charts(column, report, width, gallery);
    html += &format!(
        "<div class=\"detail-body\">\n<div>\n<h4>Measures <small>a name unfolds what it means and its formula</small></h4>\n{}\
         </div>\n<div>\n",
        scrolling("Measures", &findings::measures(column, Explained::WithFormula)),
    );
    let notes = findings::notes(column);
    if !notes.is_empty() {
        html += &format!("<h4>Worth knowing</h4>\n{notes}");
    }
    html += &facts::levels(column, report);
    let segments = facts::segments(column, report, MOST_SEGMENTS);
    if !segments.is_empty() {
        html += &format!("<h4>By segment</h4>\n{}", scrolling("This column by segment", &segments));
    }
    html += "</div>\n</div>\n";
    html += &format!(
        "<div class=\"detail-sample\">\n<h4>What this PSI means with this many rows</h4>\n{}</div>\n",
        facts::sample(column, report)
    );
    html
}

fn head(column: &ColumnReport, place: Place, is_fixed: bool) -> String {
    let Place { position, of, column: at } = place;
    let (before, after) = match position {
        Some(position) => (position > 1, position < of),
        None => (false, false),
    };
    let turn = |act: &str, word: &str, is_there: bool| {
        let off = if is_there { "" } else { " disabled" };
        format!(
            "<button type=\"button\" class=\"quiet\" data-act=\"{act}\" data-key=\"{act}\"{off}>{word}</button>"
        )
    };
    let counted = position.map_or_else(String::new, |position| {
        format!("{} of {}", wording::count(position as u64), wording::counted(of as u64, "column"))
    });
    format!(
        "<nav class=\"detail-turn\" aria-label=\"Columns\">\
         <button type=\"button\" class=\"quiet close\" data-act=\"close\" data-key=\"close\">← All columns</button>\
         <span class=\"note\">{counted}</span>{}{}</nav>\n\
         <div class=\"detail-head\">\n<h3 id=\"column-title\" tabindex=\"-1\">{}</h3>{}\
         <p class=\"choices\"><label>Role {}</label> <label>Kind {}</label></p>\
         <p class=\"explanation\"><bdi>{}</bdi></p>\n</div>\n",
        turn("previous", "Previous", before),
        turn("next", "Next", after),
        name(&wording::clipped_to(&column.name, 1000)),
        mark::badge(column.severity),
        rows::role(at, column, is_fixed),
        rows::kind(at, column, is_fixed),
        text(&column.explanation),
    )
}

fn charts(column: &ColumnReport, report: &Report, width: u32, gallery: &mut Gallery) -> String {
    let half = match width >= WIDE {
        true => (width - BETWEEN) / 2,
        false => width,
    };
    let mut html = String::from("<div class=\"detail-charts\">\n");
    let mut framed = |id: &str, title: &str, chart: Chart, across, class: &str| {
        html += &format!("<div class=\"{class}\">\n<h4>{title}</h4>\n");
        html += &gallery.show(id, chart, across);
        html += "</div>\n";
    };
    let inner = half.saturating_sub(FRAME);
    if !column.bins.is_empty() {
        let mut chart = histogram::draw(column, inner);
        chart.description.clear(); // it stands above
        framed("column-histogram", "Shares by cell", chart, Across::Anything, "framed histogram");
    }
    if let Some(of) = Cumulative::of_column(column) {
        let chart = cumulative::draw(&of, inner);
        framed("column-cumulative", "Cumulative shares", chart, Across::Anything, "framed");
    }
    let over_time = [
        ("column-psi", "PSI over time", Series::psi(report, column)),
        (
            "column-missing",
            "Missing share over time",
            of_windows(report, column, WindowMeasure::MissingShare),
        ),
        ("column-kl", "KL divergence over time", of_windows(report, column, WindowMeasure::Kl)),
        ("column-js", "JS divergence over time", of_windows(report, column, WindowMeasure::Js)),
    ];
    for (id, title, series) in over_time {
        if let Some(series) = series {
            let chart = series::draw(&series, Frame::new(width.saturating_sub(FRAME)));
            framed(id, title, chart, Across::Windows, "framed whole");
        }
    }
    html + "</div>\n"
}

fn of_windows(report: &Report, column: &ColumnReport, measure: WindowMeasure) -> Option<Series> {
    Series::measure(report, &column.name, measure)
}
