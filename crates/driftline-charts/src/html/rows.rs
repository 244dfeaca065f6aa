//! Rows of the table of columns, as the page shows them: one height each, whatever a name holds.

use driftline_core::{
    measure::Outcome,
    report::ColumnReport,
    schema::{Kind, Role},
    verdict::{Ladder, Side},
};

use super::{mark, name};
use crate::{escape::text, interval, spark, wording};

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// In the table, counted from 0.
    pub row: usize,
    /// In the report.
    pub column: usize,
}

/// A row. What a column is for and how it is counted can be chosen in it, unless that `is_fixed`.
pub fn row(place: Place, column: &ColumnReport, ladder: &Ladder, is_fixed: bool) -> String {
    let Place { row, column: at } = place;
    let said = wording::clipped(&column.name);
    let measures = &column.measures;
    let mut strip = interval::draw(column, ladder);
    strip.description.clear(); // the thresholds are the same in every row
    let missing = match lost(column) {
        (before, None) => format!("<span class=\"dim\">{before}</span>"),
        (before, Some(now)) => format!("<span class=\"dim\">{before} →</span> {now}"),
    };
    format!(
        "<div role=\"row\" class=\"row\" aria-rowindex=\"{index}\" data-row=\"{row}\" data-column=\"{at}\" \
         data-severity=\"{level}\">\
         <div role=\"rowheader\" class=\"cell-name\"><button type=\"button\" class=\"name\" data-act=\"open\" \
         data-key=\"column-{at}\" tabindex=\"-1\" title=\"{title}\">{name}</button></div>\
         <div role=\"gridcell\" class=\"cell-severity\">{severity}</div>\
         <div role=\"gridcell\" class=\"cell-psi\"><span class=\"value\">{psi}</span>{strip}</div>\
         <div role=\"gridcell\" class=\"cell-shape\">{spark}</div>\
         <div role=\"gridcell\" class=\"number\" data-label=\"KL\">{kl}</div>\
         <div role=\"gridcell\" class=\"number\" data-label=\"JS\">{js}</div>\
         <div role=\"gridcell\" class=\"number\" data-label=\"Missing\">{missing}</div>\
         <div role=\"gridcell\" class=\"cell-role\">{role}</div>\
         <div role=\"gridcell\" class=\"cell-kind\">{kind}</div></div>\n",
        index = row + 2,
        level = column.severity.name(),
        title = text(&said),
        name = name(&said),
        severity = mark::badge(column.severity),
        psi = value(measures.psi.as_ref()),
        strip = strip.to_styled_svg(),
        spark = spark::draw(column).to_styled_svg(),
        kl = value(measures.kl.as_ref()),
        js = value(measures.js.as_ref()),
        role = role(at, column, is_fixed),
        kind = kind(at, column, is_fixed),
    )
}

/// What a column is for, as something to choose.
pub(super) fn role(at: usize, column: &ColumnReport, is_fixed: bool) -> String {
    let from = wording::role_from(column.role_from);
    choice(
        ("role", "Role", at, column, is_fixed),
        &format!("Role {from}; a change compares again"),
        Role::ALL.into_iter().map(|role| (role.name(), role == column.role)),
    )
}

/// How a column is counted, as something to choose.
pub(super) fn kind(at: usize, column: &ColumnReport, is_fixed: bool) -> String {
    choice(
        ("kind", "Kind", at, column, is_fixed),
        "A change reads the files again",
        [Kind::Numeric, Kind::Categorical]
            .map(|kind| (kind.name(), kind == column.kind))
            .into_iter(),
    )
}

fn choice(
    (what, word, at, column, is_fixed): (&str, &str, usize, &ColumnReport, bool),
    title: &str,
    options: impl Iterator<Item = (&'static str, bool)>,
) -> String {
    let options: String = options
        .map(|(option, is_chosen)| {
            let chosen = if is_chosen { " selected" } else { "" };
            format!("<option value=\"{option}\"{chosen}>{option}</option>")
        })
        .collect();
    format!(
        "<select data-act=\"{what}\" data-key=\"{what}-{at}\" tabindex=\"-1\" aria-label=\"{word} of {}\" title=\"{}\"{}>\
         {options}</select>",
        text(&wording::clipped(&column.name)),
        text(title),
        if is_fixed { " disabled" } else { "" },
    )
}

fn value<O: Outcome>(outcome: Option<&O>) -> String {
    outcome.map_or_else(|| "–".into(), |outcome| text(&wording::brief(outcome.value())))
}

/// The missing shares, baseline's first; the second is `None` where they read the same.
fn lost(column: &ColumnReport) -> (String, Option<String>) {
    let of = |side| column.missing_share(side).map_or("–".into(), |s| text(&wording::share(s)));
    let (before, now) = (of(Side::Baseline), of(Side::Current));
    let moved = (before != now).then_some(now);
    (before, moved)
}
