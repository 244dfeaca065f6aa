//! What is known of a column besides its charts and measures: what its PSI means with so many rows, what its cells leave
//! out, which levels came and went, and for whom it moved.

use driftline_core::{
    measure::PsiOutcome,
    report::{CellReport, ColumnReport, MAX_NEW_LEVELS_LISTED, Report, SegmentReport, SidePair},
    schema::Kind,
};

use super::{findings::p_value, name, table};
use crate::{escape::text, wording};

/// Levels that vanished and are listed by name.
const MOST_VANISHED: usize = 20;

/// A number with its name and what it means.
struct Fact {
    term: &'static str,
    value: String,
    note: &'static str,
}

fn fact(term: &'static str, value: impl Into<String>, note: &'static str) -> Fact {
    Fact { term, value: value.into(), note }
}

/// What the PSI means with this many rows, and what the cells leave out.
pub(super) fn sample(column: &ColumnReport, report: &Report) -> String {
    let mut facts: Vec<Fact> = column.measures.psi.iter().flat_map(of_psi).collect();
    facts.extend(of_rows(column, report));
    let lines = facts.iter().map(|Fact { term, value, note }| {
        format!(
            "<div class=\"fact\"><dt>{term}</dt><dd><span class=\"value\">{}</span> <span class=\"fact-note\">{note}\
             </span></dd></div>\n",
            text(value)
        )
    });
    format!("<dl class=\"facts\">\n{}</dl>\n", lines.collect::<String>())
}

fn of_psi(psi: &PsiOutcome) -> [Fact; 7] {
    let number = wording::significant;
    [
        fact(
            "Plausible range",
            format!("{} to {}", number(psi.lower), number(psi.upper)),
            "The true drift lies in it, with 95 % confidence at each end. The lower end decides.",
        ),
        fact("Corrected", number(psi.corrected), "The PSI less what sampling alone adds."),
        fact(
            "Smoothed",
            number(psi.smoothed),
            "With half a row added to every cell, so that an empty cell weighs what it should.",
        ),
        fact(
            "Noise level",
            number(psi.noise),
            "Without any drift the PSI stays below this in 95 of 100 comparisons of this size.",
        ),
        fact(
            "Detectable",
            number(psi.detectable),
            "The smallest drift that this many rows show in 4 of 5 cases.",
        ),
        fact(
            "p-value",
            p_value(psi.p_value),
            "How often rows without drift differ at least this much (Pearson’s χ², two samples).",
        ),
        fact(
            "From floored cells",
            wording::share(psi.floored_share),
            "How much of the PSI comes from cells that are empty on one side.",
        ),
    ]
}

/// What the cells leave out, and how they were cut.
fn of_rows(column: &ColumnReport, report: &Report) -> Vec<Fact> {
    let both = |pair: SidePair| {
        let of = |part: u64, whole: u64| {
            let share = wording::share(part as f64 / whole.max(1) as f64);
            format!("{} ({share})", wording::count(part))
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
                format!("within {}", wording::share(error)),
                "The baseline was too long to keep: a cell’s edge may lie beside its quantile by this share of rows.",
            ),
            _ => fact("Cells", "exact", "Their edges are the baseline’s exact quantiles."),
        });
    }
    facts
}

/// Levels that the baseline holds and no current row does, most rows first.
pub(super) fn vanished(column: &ColumnReport) -> Vec<&CellReport> {
    let is_gone = |cell: &&CellReport| cell.baseline > 0 && cell.current == 0;
    let any_current = column.bins.iter().any(|cell| cell.current > 0);
    if column.kind != Kind::Categorical || !any_current {
        return Vec::new();
    }
    let mut gone: Vec<&CellReport> = column.bins.iter().filter(is_gone).collect();
    gone.sort_by_key(|cell| core::cmp::Reverse(cell.baseline));
    gone.truncate(MOST_VANISHED);
    gone
}

/// Levels that came and levels that went, each with its rows; empty where all are as they were.
pub(super) fn levels(column: &ColumnReport, report: &Report) -> String {
    let list = |title: &str, levels: Vec<(&str, u64)>, rows: u64, more: &str| {
        let items = levels.into_iter().map(|(level, n)| {
            let share = wording::share(n as f64 / rows.max(1) as f64);
            format!(
                "<li>{} <small>{}, {}</small></li>\n",
                name(&wording::clipped(level)),
                wording::counted(n, "row"),
                text(&share)
            )
        });
        format!(
            "<h4>{title}</h4>\n<ul class=\"levels\">\n{}</ul>\n{more}",
            items.collect::<String>()
        )
    };
    let mut html = String::new();
    let new = &column.new_levels;
    if !new.is_empty() {
        let levels = new.iter().map(|new| (new.level.as_str(), new.rows)).collect();
        let more = match new.len() >= MAX_NEW_LEVELS_LISTED {
            true => "<p class=\"note\">There may be more of them.</p>\n",
            false => "",
        };
        let title = "Levels the baseline has never seen";
        html += &list(title, levels, report.current.rows, more);
    }
    let gone = vanished(column);
    if !gone.is_empty() {
        let more = match gone.len() >= MOST_VANISHED {
            true => "<p class=\"note\">There may be more of them.</p>\n",
            false => "",
        };
        let levels = gone.iter().map(|cell| (cell.label.as_str(), cell.baseline)).collect();
        html += &list("Levels no current row holds", levels, report.baseline.rows, more);
    }
    html
}

/// The column segment by segment, those first in which it moved furthest; empty where there are none.
pub(super) fn segments(column: &ColumnReport, report: &Report, most: usize) -> String {
    let psi = |segment: &SegmentReport| segment.psi_scores.get(&column.name).copied();
    let mut segments: Vec<(f64, &SegmentReport)> =
        report.segments.iter().filter_map(|s| Some((psi(s)?, s))).collect();
    if segments.is_empty() {
        return String::new();
    }
    segments.sort_by(|a, b| b.0.total_cmp(&a.0));
    let more = segments.len().saturating_sub(most);
    let rows = segments.iter().take(most).map(|(psi, segment)| {
        let is_in = |list: &[String]| list.contains(&column.name);
        let says = match () {
            () if is_in(&segment.drifted_features) => "<strong>▲ drift</strong>",
            () if is_in(&segment.inconclusive_features) => "not decided",
            () => "no drift",
        };
        let p = segment.p_adjusted.get(&column.name);
        vec![
            format!(
                "<small>{}</small> {}",
                name(&wording::clipped(&segment.column)),
                name(&wording::clipped(&segment.level))
            ),
            wording::count(segment.rows.baseline),
            wording::count(segment.rows.current),
            text(&wording::brief(*psi)),
            p.map_or_else(|| "–".into(), |p| text(&p_value(*p))),
            says.into(),
        ]
    });
    let header = ["Segment", "Baseline rows", "Current rows", "PSI", "p, corrected", "Says"];
    let caption = match more {
        0 => String::new(),
        more => format!("{more} more are in the report as JSON."),
    };
    table("column-segments", &caption, &header, rows.collect())
}
