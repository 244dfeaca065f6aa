//! One column in plain words: what its PSI means with this many rows, and what its cells leave out.

use driftline_charts::{
    html::findings::p_value,
    wording::{count, printable, share, significant},
};
use driftline_core::{
    measure::PsiOutcome,
    report::{ColumnReport, Report, SidePair},
    schema::Kind,
};

/// A number with its name and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its name.
    pub term: &'static str,
    /// The number.
    pub value: String,
    /// What it means.
    pub note: &'static str,
}

fn fact(term: &'static str, value: impl Into<String>, note: &'static str) -> Fact {
    Fact { term, value: value.into(), note }
}

/// What the PSI means with this many rows.
pub fn psi_facts(psi: &PsiOutcome) -> Vec<Fact> {
    vec![
        fact(
            "Plausible range",
            format!("{} to {}", significant(psi.lower), significant(psi.upper)),
            "The true drift lies in it, with 95 % confidence at each end. The lower end decides.",
        ),
        fact("Corrected", significant(psi.corrected), "The PSI less what sampling alone adds."),
        fact(
            "Smoothed",
            significant(psi.smoothed),
            "With half a row added to every cell, so that an empty cell weighs what it should.",
        ),
        fact(
            "Noise level",
            significant(psi.noise),
            "Without any drift the PSI stays below this in 95 of 100 comparisons of this size.",
        ),
        fact(
            "Detectable",
            significant(psi.detectable),
            "The smallest drift that this many rows show in 4 of 5 cases.",
        ),
        fact(
            "p-value",
            p_value(psi.p_value),
            "How often rows without drift differ at least this much (Pearson’s χ², two samples).",
        ),
        fact(
            "From floored cells",
            share(psi.floored_share),
            "How much of the PSI comes from cells that are empty on one side.",
        ),
    ]
}

/// What the cells leave out, and how they were cut.
pub fn row_facts(column: &ColumnReport, report: &Report) -> Vec<Fact> {
    let both = |pair: SidePair| {
        let of = |part: u64, whole: u64| {
            format!("{} ({})", count(part), share(part as f64 / whole.max(1) as f64))
        };
        format!(
            "{} → {}",
            of(pair.baseline, report.baseline.rows),
            of(pair.current, report.current.rows)
        )
    };
    let mut facts =
        vec![fact("Missing", both(column.missing), "Rows that hold nothing, baseline → current.")];
    let is_there = |pair: SidePair| pair.baseline + pair.current > 0;
    if is_there(column.unreadable) {
        let note = "Rows that hold something which is not of the column’s kind.";
        facts.push(fact("Unreadable", both(column.unreadable), note));
    }
    if is_there(column.nan) {
        facts.push(fact("NaN", both(column.nan), "Rows that hold “not a number”."));
    }
    if column.kind == Kind::Numeric {
        facts.push(match column.rank_error {
            Some(error) if !column.exact => fact(
                "Cells",
                format!("within {}", share(error)),
                "The baseline was too long to keep: a cell’s edge may lie beside its quantile by this share of rows.",
            ),
            _ => fact("Cells", "exact", "Their edges are the baseline’s exact quantiles."),
        });
    }
    facts
}

/// The share of values that are missing, baseline → current; the second is `None` where they read the same.
pub fn missing(column: &ColumnReport, report: &Report) -> (String, Option<String>) {
    let of = |part: u64, whole: u64| share(part as f64 / whole.max(1) as f64);
    let SidePair { baseline, current } = column.missing;
    if baseline + current == 0 {
        return ("0 %".into(), None);
    }
    let (before, after) = (of(baseline, report.baseline.rows), of(current, report.current.rows));
    let moved = (before != after).then_some(after);
    (before, moved)
}

/// A name for a downloaded file: nothing in it that a file system minds.
pub fn file_name(column: &str, extension: &str) -> String {
    let keeps = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || c == '-' || c == '_';
    let safe: String =
        printable(column).chars().take(60).map(|c| if keeps(c) { c } else { '_' }).collect();
    format!("driftline-{safe}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;

    #[test]
    fn missing_values_are_shares_of_each_side() {
        let report = sample::report();
        let shares = |name: &str| missing(report.column(name).unwrap(), &report);
        assert_eq!(shares("Amount"), ("0 %".into(), None));
        assert_eq!(shares("city"), ("0 %".into(), Some("25 %".into())));
    }

    #[test]
    fn a_file_name_is_safe() {
        assert_eq!(file_name("../a b<c>", "svg"), "driftline-___a_b_c_.svg");
    }
}
