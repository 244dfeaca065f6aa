//! The words of every front: numbers, severities and verdicts, said the same way in a page, in a report and in a
//! terminal.

use alloc::borrow::Cow;

use driftline_core::{
    num,
    report::{ColumnReport, LeftOutWhy, Report},
    schema::{Origin, Role},
    verdict::Severity,
};

pub mod difference;
mod remedy;
pub mod replay;

pub use remedy::remedy;

/// How many names a sentence lists before it only counts.
const NAMES_LISTED: usize = 5;

/// A number with three significant digits; a dash for what is not a number.
///
/// ```
/// use driftline_charts::wording::significant;
/// assert_eq!([significant(0.32149), significant(1234.56), significant(f64::NAN)], ["0.321", "1235", "–"]);
/// ```
pub fn significant(value: f64) -> String {
    if value.is_finite() { num::significant(value, 3) } else { "–".into() }
}

/// A measure's value for a column of such values: three decimals, and what is below them is called so.
///
/// ```
/// use driftline_charts::wording::brief;
/// assert_eq!([brief(0.2337), brief(0.0), brief(3e-6), brief(12.34)], ["0.234", "0", "< 0.001", "12.3"]);
/// ```
pub fn brief(value: f64) -> String {
    match value {
        v if v > 0.0 && v < 0.001 => "< 0.001".into(),
        v if v > 0.0 && v < 10.0 => format!("{v:.3}"),
        v => significant(v),
    }
}

/// A share as a percentage. What is not nothing is never shown as 0 %, what is not all never as 100 %.
///
/// ```
/// use driftline_charts::wording::share;
/// assert_eq!([share(0.12345), share(0.5), share(1e-9), share(0.99999)], ["12.3 %", "50 %", "< 0.1 %", "> 99.9 %"]);
/// ```
pub fn share(value: f64) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    match value {
        v if v > 0.0 && v < 0.001 => "< 0.1 %".into(),
        v if v > 0.999 && v < 1.0 => "> 99.9 %".into(),
        v => {
            let text = format!("{:.1}", v * 100.0);
            format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
        }
    }
}

/// A count with its thousands apart.
///
/// ```
/// use driftline_charts::wording::count;
/// assert_eq!([count(7), count(1000), count(12_345_678)], ["7", "1,000", "12,345,678"]);
/// ```
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and what it counts: `1 row`, `2 rows`.
pub fn counted(value: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(value), if value == 1 { "" } else { "s" })
}

/// Text from a file as it may be shown: control characters and those that would reorder their neighbours are written
/// out, so that a name can neither steer a terminal nor pass for another.
///
/// ```
/// use driftline_charts::wording::printable;
/// assert_eq!(printable("a\u{1b}[2Jb\u{202e}c"), "a\\u{1b}[2Jb\\u{202e}c");
/// ```
pub fn printable(raw: &str) -> Cow<'_, str> {
    let misleads = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
                | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    if !raw.contains(misleads) {
        return Cow::Borrowed(raw);
    }
    let mut shown = String::with_capacity(raw.len() + 8);
    for c in raw.chars() {
        if misleads(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// A message as the beginning of a sentence.
pub fn capitalised(message: &str) -> String {
    let mut rest = message.chars();
    rest.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(rest).collect()
}

/// A severity in a word or two.
pub fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Inconclusive => "Inconclusive",
        Severity::None => "No drift",
        Severity::Moderate => "Moderate",
        Severity::Significant => "Significant",
        Severity::Critical => "Critical",
    }
}

/// A severity as a sign that is told from the others by its shape. Decoration beside the word, never instead of it.
pub fn severity_icon(severity: Severity) -> char {
    match severity {
        Severity::Inconclusive => '?',
        Severity::None => '✓',
        Severity::Moderate => '△',
        Severity::Significant => '▲',
        Severity::Critical => '◆',
    }
}

/// Why a column was not compared.
pub fn left_out_why(why: LeftOutWhy) -> &'static str {
    match why {
        LeftOutWhy::Id => "names rows, so it has no distribution to compare",
        LeftOutWhy::Timestamp => "holds instants, which order the rows",
        LeftOutWhy::Ignored => "left out on request",
        LeftOutWhy::NotInBaseline => "only the current file has it",
    }
}

/// Who decided a column's role.
pub fn role_from(origin: Origin) -> &'static str {
    match origin {
        Origin::Given => "as given",
        Origin::Name => "by its name",
        Origin::Values => "by its values",
        Origin::Default => "by default",
    }
}

/// The verdict on the whole report in one sentence.
pub fn verdict_sentence(report: &Report) -> String {
    let of = |pick: fn(&ColumnReport) -> bool, feature: bool| -> Vec<&ColumnReport> {
        report.columns.iter().filter(|c| (c.role == Role::Feature) == feature && pick(c)).collect()
    };
    let features = of(|_| true, true);
    let drifted = of(|c| c.severity.is_drift(), true);
    let others_drifted = of(|c| c.severity.is_drift(), false);
    let decided = of(|c| c.severity != Severity::Inconclusive, true);
    let monitored = counted(features.len() as u64, "feature");
    let others = names_with_roles(&others_drifted);
    let mut text = match report.severity {
        _ if report.columns.is_empty() => {
            return "Nothing was compared: the files share no column that can be.".into();
        }
        Severity::Inconclusive if report.columns.len() == 1 => {
            return "Inconclusive: the one column could not be decided.".into();
        }
        Severity::Inconclusive => {
            return format!("Inconclusive: none of {} could be decided.", columns_phrase(report));
        }
        Severity::None if features.is_empty() => format!("No drift in {}", columns_phrase(report)),
        Severity::None if decided.is_empty() => "No drift outside the features".into(),
        Severity::None if features.len() == 1 => "No drift in the one feature".into(),
        Severity::None => format!("No drift: none of {monitored} drifted"),
        severity => {
            let found = match (drifted.len(), others_drifted.is_empty()) {
                (0, _) if features.is_empty() => format!("{others} drifted"),
                (0, _) => format!("none of {monitored} drifted, but {others} did"),
                (n, true) => format!("{n} of {monitored} drifted ({})", names(&drifted)),
                (n, false) => {
                    format!("{n} of {monitored} drifted ({}), and so did {others}", names(&drifted))
                }
            };
            format!("{} drift: {found}", severity_word(severity))
        }
    };
    let undecided: Vec<&ColumnReport> =
        report.columns.iter().filter(|c| c.severity == Severity::Inconclusive).collect();
    if !undecided.is_empty() {
        text += &format!("; {} could not be decided ({})", undecided.len(), names(&undecided));
    }
    text + "."
}

/// What the verdict rests on: the rows compared, and the column that moved furthest.
pub fn verdict_detail(report: &Report) -> String {
    let side = |rows, what: &str, source: &str| {
        format!("{} {what} ({})", counted(rows, "row"), printable(source))
    };
    let mut text = format!(
        "Compared {} with {}.",
        side(report.current.rows, "of current data", &report.current.source),
        side(report.baseline.rows, "of baseline", &report.baseline.source),
    );
    let lower = |column: &ColumnReport| column.measures.psi.as_ref().map_or(-1.0, |psi| psi.lower);
    // A drift that no PSI shows, such as values gone missing, is not outdone by a column that hardly moved.
    let is_worth_telling =
        |column: &ColumnReport| column.severity.is_drift() || !report.severity.is_drift();
    let furthest = report
        .columns
        .iter()
        .filter(|column| column.measures.psi.is_some() && is_worth_telling(column))
        .max_by(|a, b| a.severity.cmp(&b.severity).then(lower(a).total_cmp(&lower(b))));
    if let Some((column, psi)) =
        furthest.and_then(|column| Some((column, column.measures.psi.as_ref()?)))
    {
        text += &format!(" {} moved furthest: {}.", printable(&column.name), psi.in_words(3));
    }
    text
}

/// What a PSI means at the report's sample sizes; `None` where nothing was measured.
pub fn sample_size_note(report: &Report) -> Option<String> {
    let largest = |pick: fn(&driftline_core::measure::PsiOutcome) -> f64| {
        report.columns.iter().filter_map(|c| c.measures.psi.as_ref()).map(pick).reduce(f64::max)
    };
    let (noise, detectable) = (largest(|psi| psi.noise)?, largest(|psi| psi.detectable)?);
    Some(format!(
        "With {} against {}, chance alone gives a PSI of up to {} in 95 of 100 comparisons without any drift; a drift \
         of {} is found in 80 of 100 (the weakest column's figures).",
        counted(report.baseline.rows, "baseline row"),
        counted(report.current.rows, "current row"),
        significant(noise),
        significant(detectable),
    ))
}

fn columns_phrase(report: &Report) -> String {
    let features = report.columns.iter().filter(|column| column.role == Role::Feature).count();
    let noun = if features == report.columns.len() { "feature" } else { "column" };
    counted(report.columns.len() as u64, noun)
}

fn names(columns: &[&ColumnReport]) -> String {
    listed(columns, |column| printable(&column.name).into_owned())
}

fn names_with_roles(columns: &[&ColumnReport]) -> String {
    listed(columns, |column| {
        let (name, role) = (printable(&column.name), column.role.name());
        if name == role { name.into_owned() } else { format!("{name} ({role})") }
    })
}

fn listed(columns: &[&ColumnReport], say: impl Fn(&ColumnReport) -> String) -> String {
    let mut said: Vec<String> =
        columns.iter().take(NAMES_LISTED).map(|column| say(column)).collect();
    if columns.len() > NAMES_LISTED {
        said.push(format!("{} more", columns.len() - NAMES_LISTED));
    }
    said.join(", ")
}
