//! The report as a table worth reading: the verdict in words, the columns worst first, what moved and why the rest
//! could not be told, and how far the numbers can be trusted.

mod bar;
mod column;
mod ink;
mod notes;
pub(crate) mod reference;
pub(crate) mod replay;
mod section;
mod segments;
mod service;
#[cfg(feature = "server")]
pub(crate) mod store;
mod table;
mod windows;
mod wrap;

use anstyle::Style;
use driftline_charts::wording;
use driftline_core::{
    convention::{Convention, ConventionOutcome, Decides},
    report::{ColumnReport, Report},
    schema::Role,
    verdict::{Severity, Side},
};

use ink::{BOLD, DIM, Span, severity_ink};
use table::{Align, Table};
use wrap::wrapped;

/// How much room there is, and how much is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// Columns of the terminal; `None` where nothing need be cut.
    pub(crate) width: Option<usize>,
    /// Everything, however much.
    pub(crate) all: bool,
}

impl Layout {
    /// Sentences are not set wider than this: the eye loses the line.
    const WIDEST_PROSE: usize = 110;

    fn prose_width(self) -> usize {
        self.width.unwrap_or(usize::MAX).clamp(20, Layout::WIDEST_PROSE)
    }
}

/// Columns without drift that are listed all the same, where there are no more of them.
const UNDRIFTED_LISTED: usize = 40;

/// A missing share that changes by this much is worth a colour.
const NOTABLE_MISSING: f64 = 0.05;

/// The report as text, with colours.
pub(crate) fn render(report: &Report, layout: Layout) -> String {
    let mut text = verdict(report, layout);
    let columns = report.worst_first();
    if !columns.is_empty() {
        text.push('\n');
        text += &columns_table(&columns, report, layout);
    }
    text += &notes::moved(&columns, layout);
    text += &notes::undecided(&columns, layout);
    text += &service::predictions(report);
    text += &service::performance(report, layout);
    text += &service::latency(report, layout);
    text += &service::errors(report);
    text += &windows::section(report, layout);
    text += &segments::section(report, layout);
    text += &notes::by_convention(&columns, report.spec.convention, layout);
    text += &notes::notes(&columns, layout);
    text += &notes::left_out(report, layout);
    text += &notes::problems(report, layout);
    text += &notes::about(report, layout);
    text
}

/// The verdict, then everything about some columns.
pub(crate) fn render_columns(report: &Report, names: &[String], layout: Layout) -> String {
    let mut text = verdict(report, layout);
    for name in names {
        text += &column::everything(report, name, layout);
    }
    text
}

fn verdict(report: &Report, layout: Layout) -> String {
    let (icon, ink) = (wording::severity_icon(report.severity), severity_ink(report.severity));
    let verdict = format!("{icon} {}", wording::verdict_sentence(report));
    let mut text = String::from("\n");
    for line in wrapped(&verdict, layout.prose_width(), [0, 2]) {
        text += &format!("{ink}{BOLD}{line}{ink:#}\n");
    }
    text + &paragraph(&wording::verdict_detail(report), layout)
}

/// `text` as it is, or without its colours.
pub(crate) fn in_color(text: String, color: bool) -> String {
    if color { text } else { anstream::adapter::strip_str(&text).to_string() }
}

fn columns_table(columns: &[&ColumnReport], report: &Report, layout: Layout) -> String {
    let convention = report.spec.convention;
    let decides = convention.decides();
    let undrifted = columns.iter().filter(|column| column.severity == Severity::None).count();
    let summarised = if layout.all || undrifted <= UNDRIFTED_LISTED { 0 } else { undrifted };
    // The columns without drift are the last.
    let (listed, rest) = columns.split_at(columns.len() - summarised);
    let scale = bar::Scale::new(&report.spec.thresholds);
    // What gives way first in a narrow terminal has the highest number.
    let mut table = Table::default();
    table.column("Severity", Align::Left, 0, listed.iter().map(|c| severity(c)));
    table.flexible_column("Column", listed.iter().map(|c| Span::plain(&c.name)));
    if listed.iter().any(|column| column.role != Role::Feature) {
        let role = |c: &&ColumnReport| Span::inked(DIM, c.role.name());
        table.column("Role", Align::Left, 4, listed.iter().map(role));
    }
    if decides == Decides::Convention {
        let title = convention.title();
        table.column(title, Align::Left, 0, listed.iter().map(|c| outcome(c, decided_by)));
        table.column("Value", Align::Right, 0, listed.iter().map(|c| outcome(c, deciding_value)));
        table.column("Threshold", Align::Right, 1, listed.iter().map(|c| outcome(c, threshold)));
        table.column("PSI", Align::Right, 2, listed.iter().map(|c| measure(c, "psi")));
    } else {
        table.column("PSI", Align::Right, 0, listed.iter().map(|c| psi(c, convention)));
        if decides == Decides::PsiLowerEnd {
            table.column("Plausible", Align::Left, 1, listed.iter().map(|c| plausible(c)));
        }
        let bar = |c: &&ColumnReport| scale.bar(c, convention);
        table.column(&scale.heading(), Align::Left, 2, listed.iter().map(bar));
    }
    table.column("KL", Align::Right, 5, listed.iter().map(|c| measure(c, "kl")));
    table.column("JS", Align::Right, 6, listed.iter().map(|c| measure(c, "js")));
    table.column("Missing", Align::Right, 3, listed.iter().map(|c| missing(c)));
    let mut text = if listed.is_empty() { String::new() } else { table.render(layout.width) };
    if decides == Decides::PsiLowerEnd && listed.iter().any(|c| is_beyond_interval(c)) {
        let note = "* This PSI lies outside its plausible range: it counts a cell that one side never met as 0.01 % of \
                    the rows, the range as half a row.";
        text += &paragraph(note, layout);
    }
    if let Some(first) = rest.first() {
        let ink = severity_ink(Severity::None);
        let icon = wording::severity_icon(Severity::None);
        let largest = first.measures.psi.as_ref().map_or(0.0, |_| {
            rest.iter()
                .filter_map(|c| c.measures.psi.as_ref())
                .map(|psi| psi.value)
                .fold(0.0, f64::max)
        });
        text += &format!(
            "{ink}{icon} No drift{ink:#} in {}, the largest PSI among them {}; --all lists them\n",
            wording::counted(
                rest.len() as u64,
                if listed.is_empty() { "column" } else { "other column" }
            ),
            wording::brief(largest),
        );
    }
    text
}

fn severity(column: &ColumnReport) -> Vec<Span> {
    let severity = column.severity;
    let text = format!("{} {}", wording::severity_icon(severity), wording::severity_word(severity));
    Span::inked(severity_ink(severity), text)
}

/// Whether the PSI as it is lies outside the interval that is judged: it counts an empty cell as a share of 0.01 %, the
/// interval as half a row.
fn is_beyond_interval(column: &ColumnReport) -> bool {
    column.measures.psi.as_ref().is_some_and(|psi| {
        let far = |value: f64, end: f64| (value - end).abs() > 0.0005;
        (psi.value < psi.lower && far(psi.value, psi.lower))
            || (psi.value > psi.upper && far(psi.value, psi.upper) && psi.floored_share > 0.0)
    })
}

fn psi(column: &ColumnReport, convention: Convention) -> Vec<Span> {
    let Some(psi) = &column.measures.psi else { return Span::inked(DIM, "–") };
    let mark = convention.decides() == Decides::PsiLowerEnd && is_beyond_interval(column);
    let ink = if column.severity.is_drift() {
        severity_ink(column.severity) | BOLD.get_effects()
    } else {
        Style::new()
    };
    Span::inked(ink, wording::brief(psi.value) + if mark { "*" } else { "" })
}

/// What another tool says of a column.
fn outcome(column: &ColumnReport, say: fn(&ConventionOutcome) -> Vec<Span>) -> Vec<Span> {
    column.by_convention.as_ref().map_or_else(|| Span::inked(DIM, "–"), say)
}

fn decided_by(outcome: &ConventionOutcome) -> Vec<Span> {
    Span::plain(&outcome.decided_by)
}

fn deciding_value(outcome: &ConventionOutcome) -> Vec<Span> {
    let ink = if outcome.drift {
        severity_ink(outcome.severity) | BOLD.get_effects()
    } else {
        Style::new()
    };
    Span::inked(ink, wording::brief(outcome.value))
}

fn threshold(outcome: &ConventionOutcome) -> Vec<Span> {
    Span::inked(DIM, wording::brief(outcome.threshold))
}

/// The interval that the verdict was judged by.
fn plausible(column: &ColumnReport) -> Vec<Span> {
    match &column.measures.psi {
        None => Span::inked(DIM, "–"),
        Some(psi) => {
            let ends = [psi.lower, psi.upper].map(wording::brief);
            Span::inked(DIM, ends.join(" – "))
        }
    }
}

fn measure(column: &ColumnReport, id: &str) -> Vec<Span> {
    match column.measures.iter().find(|(info, _)| info.id == id) {
        Some((_, Some((value, true)))) => {
            Span::inked(severity_ink(Severity::Moderate), wording::brief(value))
        }
        Some((_, Some((value, false)))) => Span::plain(&wording::brief(value)),
        _ => Span::inked(DIM, "–"),
    }
}

/// Both sides' missing shares; one where they are the same.
fn missing(column: &ColumnReport) -> Vec<Span> {
    let say = |side| column.missing_share(side).map_or("–".into(), wording::share);
    let (baseline, current) = (say(Side::Baseline), say(Side::Current));
    if baseline == current {
        return Span::inked(DIM, current);
    }
    let shares =
        [Side::Baseline, Side::Current].map(|side| column.missing_share(side).unwrap_or(1.0));
    let has_jumped = (shares[0] - shares[1]).abs() >= NOTABLE_MISSING;
    let ink = if has_jumped { severity_ink(Severity::Moderate) } else { Style::new() };
    Span::inked(ink, format!("{baseline} → {current}"))
}

/// Sentences, wrapped.
fn paragraph(sentences: &str, layout: Layout) -> String {
    let lines = wrapped(sentences, layout.prose_width(), [0, 0]);
    lines.iter().map(|line| format!("{line}\n")).collect()
}
