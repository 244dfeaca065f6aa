//! A severity as a shape and a word: never colour alone. The style gives the colour by `data-severity`.

use driftline_core::verdict::Severity;

use crate::wording;

/// The shape, as a small picture that says nothing to those who cannot see it: the word stands beside it.
pub fn mark(severity: Severity) -> String {
    let stroked = |d| {
        format!(
            "<path d=\"{d}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.8\" stroke-linejoin=\"round\" \
             stroke-linecap=\"round\"/>"
        )
    };
    let filled = |d| format!("<path d=\"{d}\" fill=\"currentColor\"/>");
    let path = match severity {
        Severity::None => stroked("M3.2 8.6 6.6 12l6.2-7.6"),
        Severity::Moderate => stroked("M8 2.8 14 13H2z"),
        Severity::Significant => filled("M8 2 14.7 13.6H1.3z"),
        Severity::Critical => filled("M8 1 15 8l-7 7-7-7z"),
        Severity::Inconclusive => {
            stroked("M5.4 5.9a2.6 2.6 0 1 1 4.3 2C8.6 8.7 8 9.2 8 10.3M8 13.1v.1")
        }
    };
    format!("<svg class=\"severity-mark\" viewBox=\"0 0 16 16\" aria-hidden=\"true\">{path}</svg>")
}

/// The shape and the word.
pub fn badge(severity: Severity) -> String {
    format!(
        "<span class=\"badge\" data-severity=\"{}\">{}{}</span>",
        severity.name(),
        mark(severity),
        wording::severity_word(severity),
    )
}
