//! What of a report the page shows just now: which columns in which order, and which place of a chart.

use driftline_core::verdict::Severity;
use serde::{Deserialize, Serialize};

/// What the table of columns is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortKey {
    /// The column's name.
    Name,
    /// Its severity, then the lower end of its PSI.
    #[default]
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

    /// The key of a heading.
    pub fn of_heading(heading: &str) -> Option<SortKey> {
        SortKey::ALL.into_iter().find(|key| key.heading() == heading)
    }

    /// Whether people want the largest first.
    fn descends_first(self) -> bool {
        !matches!(self, SortKey::Name | SortKey::Role | SortKey::Kind)
    }
}

/// Which columns the table shows, and in which order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Only columns that fit: words that the name holds, whatever their case, and `role:label` or `kind:numeric`.
    pub search: String,
    /// Only columns of these severities; of all where empty.
    pub severities: Vec<Severity>,
    /// What they are sorted by.
    pub key: SortKey,
    /// The largest first.
    pub descending: bool,
}

impl Default for View {
    /// Every column, the worst first.
    fn default() -> View {
        View {
            search: String::new(),
            severities: Vec::new(),
            key: SortKey::Severity,
            descending: true,
        }
    }
}

impl View {
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
}

/// What is known of the rows that were asked for; they stand beside it as markup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// How many columns there are.
    pub total: usize,
    /// How many the filters let through.
    pub matching: usize,
    /// The first of these rows, counted from 0.
    pub from: usize,
    /// The names of these rows' columns, as the files have them.
    pub names: Vec<String>,
    /// The severities to choose from, as markup.
    pub chips: String,
    /// The headings, as markup.
    pub heads: String,
}

/// What is known of the column that was asked for; its page stands beside it as markup, empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Its name.
    pub name: String,
    /// Its row in the table, counted from 0, where the filters let it through.
    pub row: Option<usize>,
    /// The column before it in the table.
    pub previous: Option<String>,
    /// The column after it.
    pub next: Option<String>,
}

/// A step through a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// To the stop before.
    Left,
    /// To the next stop.
    Right,
    /// To the line above.
    Up,
    /// To the line below.
    Down,
    /// To the line's first stop.
    First,
    /// To its last.
    Last,
}

/// A place of a chart that says something. Lengths are pixels of the picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// Which line, counted from 0.
    pub line: usize,
    /// Which stop, counted from 0.
    pub stop: usize,
    /// Its left edge.
    pub left: i32,
    /// Its upper edge.
    pub top: i32,
    /// Its right edge.
    pub right: i32,
    /// Its lower edge.
    pub bottom: i32,
    /// For a tooltip.
    pub text: String,
    /// To be read out.
    pub label: String,
}

/// What a chart is given as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// An SVG file, for the page to paint as a PNG.
    Png,
    /// An SVG file.
    Svg,
    /// The data as CSV.
    Csv,
    /// The data as markup.
    Table,
}
