//! The report as one HTML file: no script, no network, nothing beside it. The verdict comes first, in words; then a
//! table of the columns, worst first; then each column in full.
//!
//! Names, levels and sources come from files and are escaped wherever they stand. The parts that a page shows in the
//! same way are public: each gives markup without a style of its own. [`body`] with [`style`] is the whole report for a
//! shadow root.

mod about;
pub mod alerts;
mod column;
pub mod detail;
pub mod difference;
pub mod editor;
mod facts;
pub mod findings;
pub mod gallery;
pub mod mark;
pub mod model;
pub mod overview;
pub mod problems;
mod replay;
pub mod rows;
pub mod segments;
mod summary;
pub mod verdict;
pub mod windows;

use alloc::collections::BTreeMap;

use driftline_core::{
    policy::Policy,
    report::{Problem, Report},
    verdict::Severity,
};

pub use self::replay::replay;

use self::gallery::Gallery;
use crate::{Ink, escape::text, wording};

/// Nothing is loaded from anywhere; styles stand in the file.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The report as one self-contained HTML file; with alerts and triggers where a policy has decided on its windows.
pub fn report(report: &Report, policy: Option<&Policy>) -> String {
    let verdict = wording::verdict_sentence(report);
    let lead = wording::verdict_detail(report);
    page(&head(report, &verdict, &lead), &sections(report, policy), &about::footer(report))
}

/// The same report as markup for a place in a page, which has a `main` of its own: an article. [`style`] is made for it.
pub fn body(report: &Report, policy: Option<&Policy>) -> String {
    let verdict = wording::verdict_sentence(report);
    let lead = wording::verdict_detail(report);
    let header = header(&head(report, &verdict, &lead));
    let (sections, footer) = (sections(report, policy), about::footer(report));
    format!("<article>\n{header}<div>\n{sections}</div>\n{footer}</article>\n")
}

/// The style of a [`body`] inside a shadow root: what is a page's there is the host's, widths are the host's and not the
/// window's, and the host's attribute `theme` (`light`, `dark`) goes before what the reader's system asks for.
pub fn style() -> String {
    let themed = |theme: &str, color: fn(Ink) -> String| -> String {
        let inks: String =
            Ink::all().map(|ink| format!("--drift-{}:{};", ink.name(), color(ink))).collect();
        format!(":host([theme={theme}]){{color-scheme:{theme};{inks}}}\n")
    };
    let mut style = inks() + &themed("light", Ink::light) + &themed("dark", Ink::dark);
    style += ":host{display:block;container-type:inline-size}\n";
    style += &include_str!("report.css")
        .replace("\n  ", "\n")
        .replace("@media (max-width:", "@container (max-width:");
    style
}

fn head<'a>(report: &'a Report, verdict: &'a str, lead: &'a str) -> Head<'a> {
    Head {
        what: "Driftline report",
        title: wording::severity_word(report.severity),
        source: &report.current.source,
        severity: report.severity,
        verdict,
        lead,
    }
}

fn sections(report: &Report, policy: Option<&Policy>) -> String {
    let columns = report.worst_first();
    let gallery = &mut Gallery::of_a_file();
    let mut main = problems_of(report.problems.iter());
    if let Some(policy) = policy {
        let content = alerts::without_timeline(report, policy);
        main += &titled("alerts", "Alerts and triggers", &content);
    }
    main += &summary::section(&columns, &report.spec.thresholds);
    main += &titled(
        "model",
        "Model and service",
        &model::section(report, column::HISTOGRAM_WIDTH, gallery),
    );
    main += &titled(
        "windows",
        "Over time",
        &windows::with_timeline(report, replay::TIMELINE_WIDTH, gallery),
    );
    main += &titled("segments", "By segment", &segments::section(report));
    main += &column::section(&columns, report, gallery);
    main + &left_out(report)
}

/// The top of a page.
struct Head<'a> {
    /// What kind of page.
    what: &'a str,
    /// In the browser's title, before the source.
    title: &'a str,
    source: &'a str,
    severity: Severity,
    verdict: &'a str,
    lead: &'a str,
}

/// A whole page; what is in `main` and `footer` is markup already.
fn page(head: &Head<'_>, main: &str, footer: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{} · {} · Driftline</title>\n<style>\n{}{}</style>\n</head>\n<body class=\"report\">\n\
         {}<main>\n{main}</main>\n{footer}</body>\n</html>\n",
        head.title,
        text(head.source),
        inks(),
        // Indented for us, not for the reader.
        include_str!("report.css").replace("\n  ", "\n"),
        header(head),
    )
}

fn header(head: &Head<'_>) -> String {
    format!(
        "<header>\n<p class=\"brand\">{}</p>\n<h1 class=\"{}\"><span class=\"icon\" aria-hidden=\"true\">{}\
         </span> <span>{}</span></h1>\n<p class=\"lead\">{}</p>\n</header>\n",
        head.what,
        head.severity.name(),
        wording::severity_icon(head.severity),
        text(head.verdict),
        text(head.lead),
    )
}

/// A section with its heading; nothing where there is nothing in it.
fn titled(id: &str, title: &str, content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    format!(
        "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n{content}</section>\n"
    )
}

/// A table of cells that are markup already; the first of a row names it. Which columns are numbers is the stylesheet's
/// to say.
fn table(class: &str, caption: &str, header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut html = format!("<table class=\"{class}\">\n");
    if !caption.is_empty() {
        html += &format!("<caption>{caption}</caption>\n");
    }
    html += "<thead><tr>";
    for title in header {
        html += &format!("<th scope=\"col\">{title}</th>");
    }
    html += "</tr></thead>\n<tbody>\n";
    for row in rows {
        html += "<tr>";
        for (at, cell) in row.iter().enumerate() {
            html += &match at {
                0 => format!("<th scope=\"row\">{cell}</th>"),
                _ => format!("<td>{cell}</td>"),
            };
        }
        html += "</tr>\n";
    }
    html + "</tbody>\n</table>\n"
}

/// What may be wider than the page, in a region that scrolls by keyboard too.
fn scrolling(what: &str, content: &str) -> String {
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"{}\" tabindex=\"0\">\n{content}</div>\n",
        text(what)
    )
}

/// The largest PSI and whose it is.
fn largest_psi(scores: &BTreeMap<String, f64>) -> String {
    let largest = scores.iter().max_by(|a, b| a.1.total_cmp(b.1));
    largest.map_or("–".into(), |(column, psi)| {
        format!("{} <small>{}</small>", text(&wording::brief(*psi)), name(column))
    })
}

/// The first few features that drifted, how many more there are, and how many could not be decided.
fn drifted(drifted: &[String], undecided: &[String]) -> String {
    const NAMED: usize = 3;
    let mut html: String = match drifted.is_empty() {
        true => "–".into(),
        false => drifted.iter().take(NAMED).map(|each| name(each)).collect::<Vec<_>>().join(", "),
    };
    if drifted.len() > NAMED {
        html += &format!(", {} more", drifted.len() - NAMED);
    }
    if !undecided.is_empty() {
        html += &format!(" <small>{} undecided</small>", undecided.len());
    }
    html
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

fn problems_of<'a>(problems: impl Iterator<Item = &'a Problem>) -> String {
    let items: String = problems
        .map(|problem| {
            format!(
                "<li><strong>{}</strong>: {}</li>\n",
                name(&problem.place),
                text(&problem.message)
            )
        })
        .collect();
    if items.is_empty() {
        return String::new();
    }
    format!(
        "<section class=\"problems\" aria-labelledby=\"problems\">\n<h2 id=\"problems\">Problems</h2>\n<ul>\n\
         {items}</ul>\n</section>\n"
    )
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
        ":root,:host{{{light}}}\n@media (prefers-color-scheme:dark){{:root,:host{{{dark}}}}}\n\
         @media print{{:root,:host{{{light}}}}}\n@media (forced-colors:active){{:root,:host{{{forced}}}}}\n",
        light = properties(Ink::light),
        dark = properties(Ink::dark),
        forced = properties(forced),
    )
}
