//! The verdict in words, before any number.

use driftline_core::{report::Report, verdict::Severity};

use super::mark::mark;
use crate::{escape::text, windows::are_files, wording};

/// The verdict, what it rests on, what it means at this sample size, and how many columns are how bad. Where the two files
/// may be swapped, a button `data-act="swap"` to do so.
pub fn section(report: &Report) -> String {
    let mut html = format!(
        "<div class=\"verdict-mark\">{}</div>\n<div class=\"verdict-text\">\n\
         <h2 id=\"verdict-title\" tabindex=\"-1\">{}</h2>\n<p>{}</p>\n",
        mark(report.severity),
        text(&wording::verdict_sentence(report)),
        text(&wording::verdict_detail(report)),
    );
    if let Some(note) = wording::sample_size_note(report) {
        html += &format!("<p class=\"note\">{}</p>\n", text(&note));
    }
    let swapped = report.problems.iter().find(|said| said.message.contains("may be swapped"));
    if let Some(problem) = swapped {
        // Several files have no other side to go to.
        let button = match are_files(&report.windows) {
            true => "",
            false => " <button type=\"button\" data-act=\"swap\">Swap them</button>",
        };
        html += &format!(
            "<p class=\"swapped\"><bdi>{}.</bdi>{button}</p>\n",
            text(&wording::capitalised(&problem.message)),
        );
    }
    html + "</div>\n" + &tally(report)
}

/// How many columns are how bad, worst first.
fn tally(report: &Report) -> String {
    let lines = Severity::ALL.iter().rev().filter_map(|severity| {
        let n = report.columns.iter().filter(|column| column.severity == *severity).count();
        (n > 0).then(|| {
            format!(
                "<li data-severity=\"{}\"><strong>{}</strong> {}</li>\n",
                severity.name(),
                wording::count(n as u64),
                wording::severity_word(*severity),
            )
        })
    });
    format!(
        "<ul class=\"tally\" aria-label=\"Columns by severity\">\n{}</ul>\n",
        lines.collect::<String>()
    )
}
