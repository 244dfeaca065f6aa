//! The table of columns: which are shown in which order, some of them as rows, and one of them in full.

use core::cmp::Ordering;

use driftline_charts::{
    escape,
    html::{detail, gallery::Gallery, mark, rows},
    wording,
};
use driftline_core::{
    report::{ColumnReport, Report},
    verdict::Severity,
};

use crate::message::{
    reporting::Response,
    shown::{Opened, Rows, SortKey, View},
};

use super::Answer;

/// Rows that are given at once, at most.
const MOST_ROWS: usize = 400;

/// The order of the columns by the view that was asked for last: scrolling sorts nothing.
#[derive(Debug, Default)]
pub(super) struct Order {
    by: Option<View>,
    columns: Vec<usize>,
}

impl Order {
    /// Where in the report the columns of a view are, in its order.
    fn of(&mut self, report: &Report, view: &View) -> &[usize] {
        if self.by.as_ref() != Some(view) {
            self.columns = order(report, view);
            self.by = Some(view.clone());
        }
        &self.columns
    }

    /// The report is another.
    pub(super) fn forget(&mut self) {
        self.by = None;
    }

    /// The rows from one place of a view to another.
    pub(super) fn rows(
        &mut self,
        report: &Report,
        view: &View,
        (from, to): (usize, usize),
        is_fixed: bool,
    ) -> Answer {
        let order = self.of(report, view);
        let from = from.min(order.len());
        let to = to.clamp(from, order.len()).min(from + MOST_ROWS);
        let ladder = &report.spec.thresholds;
        let mut names = Vec::new();
        let mut markup = String::new();
        for (row, &column) in order.iter().enumerate().take(to).skip(from) {
            let Some(report) = report.columns.get(column) else { continue };
            names.push(report.name.clone());
            markup += &rows::row(rows::Place { row, column }, report, ladder, is_fixed);
        }
        let rows = Rows {
            total: report.columns.len(),
            matching: order.len(),
            from,
            names,
            chips: chips(report, view),
            heads: heads(view),
        };
        (Response::Rows(rows), Some(markup))
    }

    /// One column in full; nothing beside the answer where the report has it no more.
    pub(super) fn column(
        &mut self,
        report: &Report,
        gallery: &mut Gallery,
        (name, view): (String, &View),
        (width, is_fixed): (u32, bool),
    ) -> Answer {
        let order = self.of(report, view);
        let Some(at) = report.columns.iter().position(|column| column.name == name) else {
            return (Response::Column(Opened { name, ..Opened::default() }), None);
        };
        let row = order.iter().position(|column| *column == at);
        let beside = |row: Option<usize>| {
            let column = report.columns.get(*order.get(row?)?)?;
            Some(column.name.clone())
        };
        let place = detail::Place { position: row.map(|row| row + 1), of: order.len(), column: at };
        let markup = detail::page(&report.columns[at], report, place, (width, is_fixed), gallery);
        let opened = Opened {
            name,
            row,
            previous: beside(row.and_then(|row| row.checked_sub(1))),
            next: beside(row.map(|row| row + 1)),
        };
        (Response::Column(opened), Some(markup))
    }
}

/// The columns that fit a view, in its order.
fn order(report: &Report, view: &View) -> Vec<usize> {
    let search = view.search.to_lowercase();
    let words: Vec<&str> = search.split_whitespace().collect();
    let fits = |column: &ColumnReport| {
        let name = column.name.to_lowercase();
        let holds = |word: &&str| match word.split_once(':') {
            Some(("role", role)) => column.role.name().starts_with(role),
            Some(("kind", kind)) => column.kind.name().starts_with(kind),
            _ => name.contains(word),
        };
        (view.severities.is_empty() || view.severities.contains(&column.severity))
            && words.iter().all(holds)
    };
    let mut fitting: Vec<(usize, &ColumnReport)> =
        report.columns.iter().enumerate().filter(|(_, column)| fits(column)).collect();
    match view.key {
        // Once for each column, not for each pair.
        SortKey::Name => {
            fitting.sort_by_cached_key(|(_, column)| column.name.to_lowercase());
            if view.descending {
                fitting.reverse();
            }
        }
        _ => fitting.sort_by(|(_, a), (_, b)| compare(a, b, view, report)),
    }
    fitting.into_iter().map(|(at, _)| at).collect()
}

/// Equal columns keep the report's order; one without a value comes last, whichever way the table is sorted.
fn compare(a: &ColumnReport, b: &ColumnReport, view: &View, report: &Report) -> Ordering {
    let way = |order: Ordering| if view.descending { order.reverse() } else { order };
    let number = |value: fn(&ColumnReport) -> Option<f64>| match (value(a), value(b)) {
        (Some(a), Some(b)) => way(a.total_cmp(&b)),
        (a, b) => a.is_none().cmp(&b.is_none()),
    };
    match view.key {
        SortKey::Name => way(a.name.cmp(&b.name)),
        SortKey::Role => way(a.role.cmp(&b.role)),
        SortKey::Kind => way(a.kind.cmp(&b.kind)),
        SortKey::Severity => way(a.severity.cmp(&b.severity))
            .then_with(|| number(|column| column.measures.psi.as_ref().map(|psi| psi.lower)))
            .then_with(|| number(|column| column.measures.psi.as_ref().map(|psi| psi.value))),
        SortKey::Psi => number(|column| column.measures.psi.as_ref().map(|psi| psi.value)),
        SortKey::Kl => number(|column| column.measures.kl.as_ref().map(|kl| kl.value)),
        SortKey::Js => number(|column| column.measures.js.as_ref().map(|js| js.value)),
        SortKey::Missing => {
            let rows = report.current.rows.max(1) as f64;
            let share = |column: &ColumnReport| column.missing.current as f64 / rows;
            way(share(a).total_cmp(&share(b)))
        }
    }
}

/// The severities to choose from, worst first, each with how many columns have it.
fn chips(report: &Report, view: &View) -> String {
    let chip = |severity: Severity| {
        let count = report.columns.iter().filter(|column| column.severity == severity).count();
        let is_on = view.severities.contains(&severity);
        let off = if count == 0 && !is_on { " disabled" } else { "" };
        format!(
            "<button type=\"button\" class=\"chip\" data-act=\"severity\" data-severity=\"{name}\" data-key=\"chip-{name}\" \
             aria-pressed=\"{is_on}\"{off}>{}{} \
             <span class=\"count\">{}</span></button>\n",
            mark::mark(severity),
            wording::severity_word(severity),
            wording::count(count as u64),
            name = severity.name(),
        )
    };
    Severity::ALL.into_iter().rev().map(chip).collect()
}

/// The headings, which sort.
fn heads(view: &View) -> String {
    const ARROW: &str = "<svg class=\"arrow\" viewBox=\"0 0 10 10\" aria-hidden=\"true\"><path d=\"M5 1.5v7M2 5.5l3 3 3-3\" \
                         fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.4\" stroke-linecap=\"round\" \
                         stroke-linejoin=\"round\"/></svg>";
    let head = |key: SortKey| {
        let heading = escape::text(key.heading());
        let class = match key {
            SortKey::Kl | SortKey::Js | SortKey::Missing => " class=\"number\"",
            _ => "",
        };
        let shape = match key {
            SortKey::Psi => "<div role=\"columnheader\">Shape</div>",
            _ => "",
        };
        format!(
            "<div role=\"columnheader\"{class} aria-sort=\"{}\" data-head=\"{heading}\"><button type=\"button\" \
             class=\"sort\" data-act=\"sort\" data-sort=\"{heading}\" data-key=\"sort-{heading}\">{heading}{ARROW}\
             </button></div>{shape}",
            view.aria_sort(key),
        )
    };
    let heads: String = SortKey::ALL.into_iter().map(head).collect();
    format!("<div role=\"row\" class=\"heads\" aria-rowindex=\"1\">{heads}</div>\n")
}

#[cfg(test)]
mod tests;
