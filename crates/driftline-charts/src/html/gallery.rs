//! The charts of a page: each has an id, by which it is pointed at, walked through, zoomed and saved.

use alloc::collections::BTreeMap;

use super::scrolling;
use crate::{Chart, escape::text, svg};

/// The formats that a chart is saved in: what they are called by, and what people read.
const FORMATS: [(&str, &str); 3] = [("png", "PNG"), ("svg", "SVG"), ("csv", "CSV")];

/// Charts that were shown. In a page that can ask about them they are kept by their ids; a file has nobody who would ask.
#[derive(Debug, Default)]
pub struct Gallery {
    is_kept: bool,
    /// What ids begin with just now.
    prefix: &'static str,
    charts: BTreeMap<String, Chart>,
}

/// What lies on a chart's horizontal axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Across {
    /// Cells, levels, instants at which something happened.
    Anything,
    /// The report's windows, each a stop: part of them can be looked at by itself.
    Windows,
}

impl Gallery {
    /// For a file: charts are shown with their data and not kept.
    pub fn of_a_file() -> Gallery {
        Gallery::default()
    }

    /// For a page that asks about its charts.
    pub fn of_a_page() -> Gallery {
        Gallery { is_kept: true, ..Gallery::default() }
    }

    /// Whether charts can be asked about.
    pub(crate) fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// The chart that was shown under this id last.
    pub fn chart(&self, id: &str) -> Option<&Chart> {
        self.charts.get(id)
    }

    /// Every chart's id.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.charts.keys().map(String::as_str)
    }

    /// Forgets the charts whose id begins so.
    pub fn forget(&mut self, prefix: &str) {
        self.charts.retain(|id, _| !id.starts_with(prefix));
    }

    /// Shows charts under ids that begin so: the same part may stand in a page twice.
    pub(crate) fn under<T>(
        &mut self,
        prefix: &'static str,
        show: impl FnOnce(&mut Gallery) -> T,
    ) -> T {
        let before = core::mem::replace(&mut self.prefix, prefix);
        let shown = show(self);
        self.prefix = before;
        shown
    }

    /// The chart as markup: in a page with what saves it, in a file with its data as a table.
    pub(crate) fn show(&mut self, id: &str, chart: Chart, across: Across) -> String {
        if !self.is_kept {
            return alone(&chart, across);
        }
        let id = format!("{}{id}", self.prefix);
        let html = figure(&id, &chart, across);
        self.charts.insert(id, chart);
        html
    }
}

fn alone(chart: &Chart, across: Across) -> String {
    let class = if across == Across::Windows { "scroll timeline" } else { "scroll" };
    let mut html = format!(
        "<div class=\"{class}\" role=\"region\" aria-label=\"{}\" tabindex=\"0\">\n{}</div>\n",
        text(&chart.title),
        chart.to_styled_svg()
    );
    if !chart.table.rows.is_empty() {
        html += &format!(
            "<details class=\"data\"><summary>As a table</summary>\n{}</details>\n",
            scrolling(&chart.table.caption, &chart.table.to_html())
        );
    }
    html
}

/// The picture takes the keyboard's focus, since it can be walked through. Its table is fetched when somebody unfolds it:
/// that of a large map is longer than all the rest of a page.
fn figure(id: &str, chart: &Chart, across: Across) -> String {
    let (id, title) = (text(id), text(&chart.title));
    let (zooms, keys) = match across {
        Across::Windows => (
            " data-zooms",
            "arrow keys read it out, with Shift they mark a range, Enter shows it alone",
        ),
        Across::Anything => ("", "arrow keys read it out"),
    };
    let walks = match chart.marks.lines.is_empty() {
        true => format!("role=\"region\" aria-label=\"{title}\""),
        false => format!(
            "role=\"application\" aria-roledescription=\"chart\" aria-label=\"{title}: {keys}\""
        ),
    };
    let formats: String = FORMATS
        .iter()
        .map(|(format, name)| {
            format!(
                "<button type=\"button\" class=\"quiet\" data-act=\"save-chart\" data-format=\"{format}\" \
                 aria-label=\"Save as {name}: {title}\">{name}</button>"
            )
        })
        .collect();
    let table = match chart.table.rows.is_empty() {
        true => String::new(),
        false => format!(
            "<details class=\"data\" data-key=\"{id}\"><summary data-act=\"chart-table\">As a table</summary>\
             <div class=\"chart-table scroll\" role=\"region\" aria-label=\"{}\" tabindex=\"0\"></div></details>",
            text(&chart.table.caption)
        ),
    };
    format!(
        "<figure class=\"chart\" data-chart=\"{id}\"{zooms}>\n\
         <div class=\"scroll plot\" tabindex=\"0\" data-key=\"plot-{id}\" {walks}>\n{}</div>\n\
         <div class=\"chart-foot\">{table}<div class=\"chart-acts\" role=\"group\" aria-label=\"Save: {title}\">\
         <span aria-hidden=\"true\">Save as</span>{formats}</div></div>\n</figure>\n",
        svg::element(chart, svg::Home::Figure),
    )
}
