//! The table of columns: which rows are shown, in which order.

use core::cmp::Ordering;

use driftline_core::{
    report::{ColumnReport, Report},
    verdict::Severity,
};

/// How many rows are drawn before somebody asks for more.
pub const ROWS_A_PAGE: usize = 100;

/// What the table is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// The column's name.
    Name,
    /// Its severity, then the lower end of its PSI.
    Severity,
    /// Its role.
    Role,
    /// Its kind.
    Kind,
    /// Its PSI.
    Psi,
    /// Its KL divergence.
    Kl,
    /// Its JS divergence.
    Js,
    /// The current rows' share of missing values.
    Missing,
}

impl SortKey {
    /// Every key, in the order of the table's columns.
    pub const ALL: [SortKey; 8] = [
        SortKey::Name,
        SortKey::Severity,
        SortKey::Psi,
        SortKey::Kl,
        SortKey::Js,
        SortKey::Missing,
        SortKey::Role,
        SortKey::Kind,
    ];

    /// The heading of the table's column.
    pub fn heading(self) -> &'static str {
        match self {
            SortKey::Name => "Column",
            SortKey::Severity => "Drift",
            SortKey::Role => "Role",
            SortKey::Kind => "Kind",
            SortKey::Psi => "PSI",
            SortKey::Kl => "KL",
            SortKey::Js => "JS",
            SortKey::Missing => "Missing",
        }
    }

    /// Whether people want the largest first.
    fn descends_first(self) -> bool {
        !matches!(self, SortKey::Name | SortKey::Role | SortKey::Kind)
    }
}

/// What of the table is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct TableView {
    /// What it is sorted by.
    pub key: SortKey,
    /// The largest first.
    pub descending: bool,
    /// Only columns whose name holds this, whatever the case.
    pub filter: String,
    /// Only columns of these severities; of all where empty.
    pub severities: Vec<Severity>,
    /// At most this many rows.
    pub limit: usize,
}

impl Default for TableView {
    /// The worst first.
    fn default() -> TableView {
        TableView {
            key: SortKey::Severity,
            descending: true,
            filter: String::new(),
            severities: Vec::new(),
            limit: ROWS_A_PAGE,
        }
    }
}

/// The rows that are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Names of the columns, in order.
    pub names: Vec<String>,
    /// How many the filters let through.
    pub found: usize,
    /// How many there are.
    pub total: usize,
}

impl TableView {
    /// Sorts by `key`; the other way round where it was sorted by it already.
    pub fn sort_by(&mut self, key: SortKey) {
        self.descending = if self.key == key { !self.descending } else { key.descends_first() };
        self.key = key;
    }

    /// Shows columns of this severity, or no longer.
    pub fn toggle(&mut self, severity: Severity) {
        match self.severities.iter().position(|shown| *shown == severity) {
            Some(at) => drop(self.severities.remove(at)),
            None => self.severities.push(severity),
        }
    }

    /// What `aria-sort` says about a heading.
    pub fn aria_sort(&self, key: SortKey) -> &'static str {
        match (self.key == key, self.descending) {
            (false, _) => "none",
            (true, true) => "descending",
            (true, false) => "ascending",
        }
    }

    /// The rows to show.
    pub fn rows(&self, report: &Report) -> Rows {
        let wanted = self.filter.trim().to_ascii_lowercase();
        let mut columns: Vec<&ColumnReport> = report
            .columns
            .iter()
            .filter(|column| column.name.to_ascii_lowercase().contains(&wanted))
            .filter(|column| {
                self.severities.is_empty() || self.severities.contains(&column.severity)
            })
            .collect();
        columns.sort_by(|a, b| self.compare(a, b, report));
        Rows {
            found: columns.len(),
            total: report.columns.len(),
            names: columns.into_iter().take(self.limit).map(|column| column.name.clone()).collect(),
        }
    }

    /// Equal columns keep the report's order; one without a value comes last, whichever way the table is sorted.
    fn compare(&self, a: &ColumnReport, b: &ColumnReport, report: &Report) -> Ordering {
        let way = |order: Ordering| if self.descending { order.reverse() } else { order };
        let number = |value: fn(&ColumnReport) -> Option<f64>| match (value(a), value(b)) {
            (Some(a), Some(b)) => way(a.total_cmp(&b)),
            (a, b) => a.is_none().cmp(&b.is_none()),
        };
        match self.key {
            SortKey::Name => way(a.name.to_ascii_lowercase().cmp(&b.name.to_ascii_lowercase())),
            SortKey::Role => way(a.role.cmp(&b.role)),
            SortKey::Kind => way(a.kind.cmp(&b.kind)),
            SortKey::Severity => way(a.severity.cmp(&b.severity))
                .then_with(|| number(|column| column.measures.psi.as_ref().map(|psi| psi.lower)))
                .then_with(|| number(|column| column.measures.psi.as_ref().map(|psi| psi.value))),
            SortKey::Psi => number(|column| column.measures.psi.as_ref().map(|psi| psi.value)),
            SortKey::Kl => number(|column| column.measures.kl.as_ref().map(|kl| kl.value)),
            SortKey::Js => number(|column| column.measures.js.as_ref().map(|js| js.value)),
            SortKey::Missing => {
                let share = |column: &ColumnReport| {
                    column.missing.current as f64 / report.current.rows.max(1) as f64
                };
                way(share(a).total_cmp(&share(b)))
            }
        }
    }
}

/// The severities, worst first, and how many columns have each.
pub fn severity_counts(report: &Report) -> [(Severity, usize); 5] {
    let mut worst_first = Severity::ALL;
    worst_first.reverse();
    worst_first.map(|severity| {
        (severity, report.columns.iter().filter(|column| column.severity == severity).count())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;

    #[track_caller]
    fn check_rows(view: &TableView, expected: &[&str]) {
        assert_eq!(view.rows(&sample::report()).names, expected);
    }

    #[test]
    fn the_worst_comes_first_and_the_undecided_last() {
        check_rows(&TableView::default(), &["distance", "Amount", "hour", "city"]);
    }

    #[test]
    fn a_second_click_turns_the_order_round() {
        let mut view = TableView::default();
        view.sort_by(SortKey::Name);
        assert_eq!(view.aria_sort(SortKey::Name), "ascending");
        assert_eq!(view.aria_sort(SortKey::Psi), "none");
        check_rows(&view, &["Amount", "city", "distance", "hour"]);
        view.sort_by(SortKey::Name);
        assert_eq!(view.aria_sort(SortKey::Name), "descending");
        check_rows(&view, &["hour", "distance", "city", "Amount"]);
    }

    #[test]
    fn a_column_without_a_value_comes_last_both_ways() {
        let mut view = TableView::default();
        view.sort_by(SortKey::Psi);
        check_rows(&view, &["distance", "Amount", "hour", "city"]);
        view.sort_by(SortKey::Psi);
        check_rows(&view, &["hour", "Amount", "distance", "city"]);
    }

    #[test]
    fn filters_are_combined() {
        let mut view = TableView { filter: " A".into(), ..TableView::default() };
        check_rows(&view, &["distance", "Amount"]);
        view.toggle(Severity::Moderate);
        check_rows(&view, &["Amount"]);
        view.toggle(Severity::None);
        view.toggle(Severity::Moderate);
        check_rows(&view, &[]);
    }

    #[test]
    fn no_more_rows_than_asked_for_but_all_are_counted() {
        let view = TableView { limit: 1, ..TableView::default() };
        let rows = view.rows(&sample::report());
        assert_eq!((rows.names.len(), rows.found, rows.total), (1, 4, 4));
    }

    #[test]
    fn every_severity_is_counted() {
        let counts = severity_counts(&sample::report());
        assert_eq!(counts[0], (Severity::Critical, 1));
        assert_eq!(counts.map(|(_, n)| n), [1, 0, 1, 1, 1]);
    }
}
