//! The HTML report: whole, harmless, and small.

use driftline_charts::html;
use driftline_core::{
    report::{LeftOut, LeftOutWhy, Problem},
    schema::{Kind, Role},
};

use crate::fixture;

/// Tags of elements that are not closed.
const VOID: [&str; 2] = ["meta", "wbr"];

pub(crate) fn check_page(page: &str) {
    for never in [
        "NaN", "inf<", "Infinity", "style=", "<script", "http://", "https://", "src=", "\u{202e}",
        "\u{1b}", "\0",
    ] {
        assert!(!page.contains(never), "{never:?} in the page");
    }
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1).filter(|tag| !tag.starts_with('!')) {
        let (tag, _) = tag.split_once('>').expect("a tag ends");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "</{name}> closes"),
            None if tag.ends_with('/') => {}
            None => {
                let name = tag.split_whitespace().next().expect("a tag has a name");
                if !VOID.contains(&name) {
                    open.push(name);
                }
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_report_says_its_verdict_first_and_then_every_column() {
    let report = fixture::payments();
    let page = html::report(&report, None);
    check_page(&page);
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text:?}"));
    assert!(
        at("<h1") < at("Problems")
            && at("Problems") < at("<table")
            && at("<table") < at("<details")
    );
    for column in &report.columns {
        assert!(page.contains(&format!("<h3><bdi>{}</bdi></h3>", column.name)), "{}", column.name);
    }
    for text in
        ["customer_id", "campaign", "current.csv row 17", "gift cards", report.spec.hash.as_str()]
    {
        at(text);
    }
    let inks = page.matches("--drift-baseline:").count();
    assert_eq!(inks, 4, "light, dark, paper, forced colours");
    if let Some(path) = std::env::var_os("REPORT_HTML") {
        std::fs::write(path, &page).expect("the path is writable");
    }
}

#[test]
fn a_typical_report_is_small() {
    let columns = (0..29).map(|i| fixture::bell(&format!("v{i}"), Kind::Numeric, 10)).collect();
    let size = html::report(&fixture::report(columns), None).len();
    assert!(size < 250_000, "{size} bytes");
}

#[test]
fn nothing_in_a_file_becomes_markup() {
    let hostile = fixture::HOSTILE;
    let columns = hostile
        .iter()
        .map(|name| {
            let mut column = fixture::column(
                name,
                Role::Feature,
                Kind::Categorical,
                &[(name, 900, 10), ("b", 50, 700)],
            );
            column.explanation = format!("PSI 3; most of it comes from \"{name}\".");
            column
        })
        .collect();
    let mut report = fixture::report(columns);
    report.baseline.source = hostile[0].into();
    report.current.source = hostile[5].into();
    report.spec.hash = hostile[1].into();
    report.left_out = hostile
        .iter()
        .map(|name| LeftOut { name: (*name).into(), why: LeftOutWhy::Id, role_from: None })
        .collect();
    report.problems = hostile
        .iter()
        .map(|text| Problem { place: (*text).into(), message: (*text).into() })
        .collect();
    check_page(&html::report(&report, None));
}

#[test]
fn a_report_on_nothing_is_a_page_too() {
    let mut report = fixture::report(Vec::new());
    report.baseline.rows = 0;
    report.current.rows = 0;
    let page = html::report(&report, None);
    check_page(&page);
    assert!(page.contains("Nothing was compared"));
    let empty = fixture::column("x", Role::Feature, Kind::Numeric, &[]);
    check_page(&html::report(&fixture::report(vec![empty]), None));
}

#[test]
fn a_thousand_cells_are_a_page_too() {
    let columns =
        vec![fixture::bell("n", Kind::Numeric, 1000), fixture::bell("c", Kind::Categorical, 1000)];
    let page = html::report(&fixture::report(columns), None);
    check_page(&page);
    assert!(page.contains("<bdi>level 999</bdi>"));
}
