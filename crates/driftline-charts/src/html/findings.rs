//! What was found about one column, besides its cells: the measures, what is peculiar, and what another tool says.

use driftline_core::{
    measure::{Compares, Finding, KlDirection, MeasureInfo, Measures},
    report::{ColumnReport, SpecNote},
};

use super::{severity, table};
use crate::{escape::text, wording};

/// Where a measure is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explained {
    /// Under its name, unfolded by whoever asks.
    InPlace,
    /// The same, with the formula.
    WithFormula,
    /// Elsewhere on the page.
    Below,
}

/// The measures that found something, each with its value, its corrected p-value, what it says and how exact it is.
/// Empty where none did.
pub fn measures(column: &ColumnReport, explained: Explained) -> String {
    let findings: Vec<_> = column.measures.findings().collect();
    if findings.is_empty() {
        return String::new();
    }
    let any_test = findings.iter().any(|(_, found)| found.p_adjusted.is_some());
    let any_exact = findings.iter().any(|(_, found)| found.exact.is_some());
    // A column that nothing stands in is not drawn.
    let there = [true, true, true, any_test, any_exact];
    let drawn = |cells: [String; 5]| -> Vec<String> {
        cells.into_iter().zip(there).filter_map(|(cell, there)| there.then_some(cell)).collect()
    };
    let header = ["Measure", "Value", "Says", "p, corrected", "Counted"];
    let rows = findings.iter().map(|(info, found)| {
        drawn([
            measure_name(info, &column.measures, explained),
            text(&wording::significant(found.value)),
            says(found.drift).into(),
            found.p_adjusted.map_or_else(String::new, |p| text(&p_value(p))),
            text(&exactness(found)),
        ])
    });
    let header = drawn(header.map(String::from));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    table("measures", "", &header, rows.collect())
}

/// A sign and a word: never colour alone.
fn says(drift: bool) -> &'static str {
    if drift { "<strong>▲ drift</strong>" } else { "no drift" }
}

fn measure_name(info: &MeasureInfo, measures: &Measures, explained: Explained) -> String {
    let remark = match info.id {
        "kl" => measures.kl.as_ref().map(|kl| match kl.direction {
            KlDirection::CurrentFromReference => "current ‖ baseline".into(),
            KlDirection::ReferenceFromCurrent => "baseline ‖ current".into(),
        }),
        "js" => {
            measures.js.as_ref().map(|js| format!("distance {}", wording::significant(js.distance)))
        }
        "wasserstein" => measures
            .wasserstein
            .as_ref()
            .and_then(|found| found.by_std)
            .map(|by_std| format!("{} standard deviations", wording::significant(by_std))),
        _ => None,
    };
    let mut name = text(info.name);
    if let Some(remark) = remark {
        name += &format!(" <small>{}</small>", text(&remark));
    }
    match explained {
        Explained::Below => name,
        Explained::InPlace | Explained::WithFormula => format!(
            "<details data-key=\"measure-{}\"><summary>{name}</summary><p>{}. {}</p>{}</details>",
            info.id,
            text(info.summary),
            text(&drift_rule(info)),
            match wording::formula::of_measure(info.id) {
                Some((formula, symbols)) if explained == Explained::WithFormula => format!(
                    "<p class=\"formula\"><code>{}</code> {}</p>",
                    text(formula),
                    text(symbols)
                ),
                _ => String::new(),
            }
        ),
    }
}

/// When a measure says drift, by default.
pub(super) fn drift_rule(info: &MeasureInfo) -> String {
    let (threshold, whose) = info.threshold;
    let threshold = wording::significant(threshold);
    match info.compares {
        Compares::Value => format!("Drift above {threshold} ({whose})."),
        Compares::CorrectedPValue => {
            format!("Drift where the corrected p is at most {threshold} ({whose}).")
        }
        Compares::Both => {
            format!("Drift above {threshold} ({whose}), where the corrected p says so too.")
        }
    }
}

/// A p-value with three significant digits, down to where they say no more.
pub fn p_value(p: f64) -> String {
    if p < 1e-4 { "< 0.0001".into() } else { wording::significant(p) }
}

fn exactness(found: &Finding) -> String {
    match (found.exact, found.error) {
        (None, _) => String::new(),
        (Some(true), _) => "exact".into(),
        (Some(false), Some(error)) => format!("grid ± {}", wording::significant(error)),
        (Some(false), None) => "grid".into(),
    }
}

/// What is peculiar about the column, as a list; empty where nothing is.
pub fn notes(column: &ColumnReport) -> String {
    if column.notes.is_empty() {
        return String::new();
    }
    let lines = column.notes.iter().map(|note| {
        let note = note.to_string();
        let mut rest = note.chars();
        let first = rest.next().map(|first| first.to_ascii_uppercase());
        let sentence: String = first.into_iter().chain(rest).collect();
        format!("<li><bdi>{}</bdi></li>\n", text(&sentence))
    });
    format!("<ul class=\"notes\">\n{}</ul>\n", lines.collect::<String>())
}

/// What the other tool says whose convention was asked for; empty where none was.
pub fn convention(column: &ColumnReport, spec: &SpecNote) -> String {
    let Some(outcome) = &column.by_convention else { return String::new() };
    let verdict = if outcome.drift { "drift" } else { "no drift" };
    let numbers = outcome.numbers.iter().map(|(name, value)| {
        format!("<dt>{}</dt><dd>{}</dd>\n", text(name), text(&wording::significant(*value)))
    });
    format!(
        "<p class=\"convention\">{} {} says: {} {}, threshold {}: {verdict}.</p>\n<dl class=\"numbers\">\n{}</dl>\n",
        severity(outcome.severity),
        text(spec.convention.title()),
        text(&outcome.decided_by),
        text(&wording::significant(outcome.value)),
        text(&wording::significant(outcome.threshold)),
        numbers.collect::<String>(),
    )
}
