//! The report as one HTML file: no script, no network, nothing beside it. The verdict comes first, in words; then a
//! table of the columns, worst first; then each column in full.
//!
//! Names, levels and sources come from files and are escaped wherever they stand.

mod about;
mod column;
mod summary;

use driftline_core::{report::Report, verdict::Severity};

use crate::{Ink, escape::text, wording};

/// Nothing is loaded from anywhere; styles stand in the file.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The report as one self-contained HTML file.
pub fn report(report: &Report) -> String {
    let verdict = wording::verdict_sentence(report);
    let columns = report.worst_first();
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{} · {} · Driftline</title>\n<style>\n{}{}</style>\n</head>\n<body>\n",
        wording::severity_word(report.severity),
        text(&report.current.source),
        inks(),
        include_str!("report.css"),
    );
    html += &format!(
        "<header>\n<p class=\"brand\">Driftline report</p>\n<h1 class=\"{}\"><span class=\"icon\" aria-hidden=\"true\">{}\
         </span> <span>{}</span></h1>\n<p class=\"lead\">{}</p>\n</header>\n<main>\n",
        report.severity.name(),
        wording::severity_icon(report.severity),
        text(&verdict),
        text(&wording::verdict_detail(report)),
    );
    html += &problems(report);
    html += &summary::section(&columns, &report.spec.thresholds);
    html += &column::section(&columns);
    html += &left_out(report);
    html += "</main>\n";
    html += &about::footer(report);
    html + "</body>\n</html>\n"
}

/// Icon and word, in the severity's colour.
fn severity(severity: Severity) -> String {
    format!(
        "<span class=\"severity {}\"><span class=\"icon\" aria-hidden=\"true\">{}</span> {}</span>",
        severity.name(),
        wording::severity_icon(severity),
        wording::severity_word(severity),
    )
}

/// A name from a file: whatever direction it reads in, its neighbours keep theirs.
fn name(raw: &str) -> String {
    format!("<bdi>{}</bdi>", text(raw))
}

fn problems(report: &Report) -> String {
    if report.problems.is_empty() {
        return String::new();
    }
    let mut html = String::from(
        "<section class=\"problems\" aria-labelledby=\"problems\">\n<h2 id=\"problems\">Problems</h2>\n<ul>\n",
    );
    for problem in &report.problems {
        html += &format!(
            "<li><strong>{}</strong>: {}</li>\n",
            name(&problem.place),
            text(&problem.message)
        );
    }
    html + "</ul>\n</section>\n"
}

fn left_out(report: &Report) -> String {
    if report.left_out.is_empty() {
        return String::new();
    }
    let mut html = String::from(
        "<section aria-labelledby=\"left-out\">\n<h2 id=\"left-out\">Columns that were not compared</h2>\n<ul class=\"plain\">\n",
    );
    for column in &report.left_out {
        let decided = column
            .role_from
            .map(|origin| format!(" ({})", wording::role_from(origin)))
            .unwrap_or_default();
        html += &format!(
            "<li><strong>{}</strong> {}{decided}</li>\n",
            name(&column.name),
            wording::left_out_why(column.why)
        );
    }
    html + "</ul>\n</section>\n"
}

/// The inks as custom properties: light, dark, on paper, and in colours the reader forces.
fn inks() -> String {
    let properties = |color: fn(Ink) -> String| -> String {
        Ink::all().map(|ink| format!("--drift-{}:{};", ink.name(), color(ink))).collect()
    };
    let forced = |ink: Ink| {
        let system = match ink {
            Ink::Ground => "Canvas",
            Ink::Grid => "GrayText",
            Ink::Baseline => "Highlight",
            _ => "CanvasText",
        };
        system.to_string()
    };
    format!(
        ":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n@media print{{:root{{{light}}}}}\n\
         @media (forced-colors:active){{:root{{{forced}}}}}\n",
        light = properties(Ink::light),
        dark = properties(Ink::dark),
        forced = properties(forced),
    )
}
