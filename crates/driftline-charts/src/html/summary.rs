//! The table of the columns.

use driftline_core::{
    measure::PsiOutcome,
    report::ColumnReport,
    verdict::{Ladder, Side},
};

use super::{name, severity};
use crate::{escape::text, interval, spark, wording};

/// Measures beside PSI that have a column of their own; the others stand with each column's details.
const SHOWN: [&str; 2] = ["kl", "js"];

/// The columns at a glance, in this order.
pub(super) fn section(columns: &[&ColumnReport], ladder: &Ladder) -> String {
    if columns.is_empty() {
        return String::new();
    }
    let mut html = String::from(
        "<section aria-labelledby=\"columns\">\n<h2 id=\"columns\">Columns</h2>\n<table class=\"summary\">\n\
         <caption>Every compared column, worst first. In the small histograms the baseline is filled and the current \
         rows are outlined.</caption>\n<thead><tr><th scope=\"col\">Column</th><th scope=\"col\">Verdict</th>\
         <th scope=\"col\" class=\"number\">PSI</th><th scope=\"col\" class=\"interval\">Interval</th>",
    );
    for info in driftline_core::measure::MEASURES.iter().filter(|info| SHOWN.contains(&info.id)) {
        html += &format!("<th scope=\"col\" class=\"number wide\">{}</th>", info.name);
    }
    html += "<th scope=\"col\" class=\"number wide\">Missing</th><th scope=\"col\" class=\"roomy\">Shares</th></tr></thead>\n<tbody>\n";
    for (at, column) in columns.iter().enumerate() {
        html += &row(at, column, ladder);
    }
    html + "</tbody>\n</table>\n</section>\n"
}

fn row(at: usize, column: &ColumnReport, ladder: &Ladder) -> String {
    let psi = column.measures.psi.as_ref();
    let number = |pick: fn(&PsiOutcome) -> f64| {
        psi.map_or("–".into(), |psi| text(&wording::brief(pick(psi))).replace(' ', "&nbsp;"))
    };
    let mut html = format!(
        "<tr><th scope=\"row\"><a href=\"#column-{at}\">{}</a> <small>{}</small></th><td>{}</td>\
         <td class=\"number\">{}</td><td class=\"interval\">",
        breakable(&name(&column.name)),
        column.role.name(),
        severity(column.severity),
        number(|psi| psi.value),
    );
    if psi.is_some() {
        let mut chart = interval::draw(column, ladder);
        chart.description.clear(); // the thresholds are the same in every row
        html += &chart.to_styled_svg();
        html +=
            &format!("<small>{} – {}</small>", number(|psi| psi.lower), number(|psi| psi.upper));
    }
    html += "</td>";
    for (_, found) in column.measures.iter().filter(|(info, _)| SHOWN.contains(&info.id)) {
        let value = found.map_or("–".into(), |(value, _)| text(&wording::brief(value)));
        html += &format!("<td class=\"number wide\">{value}</td>");
    }
    html += &format!("<td class=\"number wide\">{}</td><td class=\"roomy\">", missing(column));
    if !column.bins.is_empty() {
        html += &spark::draw(column).to_styled_svg();
    }
    html + "</td></tr>\n"
}

/// Both sides' missing shares; one where they are the same.
fn missing(column: &ColumnReport) -> String {
    let say = |side| column.missing_share(side).map_or("–".into(), wording::share);
    let (baseline, current) = (say(Side::Baseline), say(Side::Current));
    text(&if baseline == current { current } else { format!("{baseline} → {current}") })
}

/// A name that may be broken after each underscore. Escaped text holds none in its escapes.
fn breakable(name: &str) -> String {
    name.replace('_', "_<wbr>")
}
