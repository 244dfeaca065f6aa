//! The table's order, its filters and its markup.

use driftline_core::schema::{Kind, Role};

use super::*;
use crate::reporting::sample;

fn names(report: &Report, view: &View) -> Vec<String> {
    let (Response::Rows(rows), _) = Order::default().rows(report, view, (0, 100), false) else {
        panic!("expected rows")
    };
    assert_eq!((rows.total, rows.matching), (report.columns.len(), rows.names.len()));
    rows.names
}

#[track_caller]
fn check_order(view: &View, expected: &[&str]) {
    assert_eq!(names(&sample::report(), view), expected);
}

fn searched(search: &str) -> View {
    View { search: search.into(), ..View::default() }
}

#[test]
fn the_worst_comes_first_and_the_undecided_last() {
    check_order(&View::default(), &["distance", "Amount", "hour", "city"]);
}

#[test]
fn a_second_click_turns_the_order_round() {
    let mut view = View::default();
    view.sort_by(SortKey::Name);
    assert_eq!(
        (view.aria_sort(SortKey::Name), view.aria_sort(SortKey::Psi)),
        ("ascending", "none")
    );
    check_order(&view, &["Amount", "city", "distance", "hour"]);
    view.sort_by(SortKey::Name);
    assert_eq!(view.aria_sort(SortKey::Name), "descending");
    check_order(&view, &["hour", "distance", "city", "Amount"]);
}

#[test]
fn a_column_without_a_value_comes_last_both_ways() {
    let mut view = View::default();
    for key in [SortKey::Psi, SortKey::Kl, SortKey::Js] {
        view.sort_by(key);
        check_order(&view, &["distance", "Amount", "hour", "city"]);
        view.sort_by(key);
        check_order(&view, &["hour", "Amount", "distance", "city"]);
    }
    view.sort_by(SortKey::Missing);
    assert_eq!(names(&sample::report(), &view)[0], "city");
}

#[test]
fn filters_are_combined() {
    check_order(&searched(" A"), &["distance", "Amount"]);
    let mut view = searched("a");
    view.toggle(Severity::Moderate);
    check_order(&view, &["Amount"]);
    view.toggle(Severity::None);
    view.toggle(Severity::Moderate);
    check_order(&view, &[]);
}

#[test]
fn roles_and_kinds_are_searched_for_by_name() {
    let mut report = sample::report();
    report.columns[1].role = Role::Label;
    report.columns[0].kind = Kind::Categorical;
    assert_eq!(names(&report, &searched("role:label")), ["Amount"]);
    assert_eq!(names(&report, &searched("kind:cat")), ["hour"]);
    assert_eq!(names(&report, &searched("ROLE:feature kind:num C")), ["distance", "city"]);
    report.columns[2].name = "ratio:x".into();
    assert_eq!(names(&report, &searched("ratio:x")), ["ratio:x"]);
}

#[test]
fn only_the_rows_that_were_asked_for_are_written_and_the_others_counted() {
    let mut order = Order::default();
    let report = sample::report();
    let (response, markup) = order.rows(&report, &View::default(), (1, 3), false);
    let (Response::Rows(rows), Some(markup)) = (response, markup) else { panic!("expected rows") };
    assert_eq!((rows.from, rows.names), (1, vec!["Amount".to_string(), "hour".into()]));
    assert_eq!(markup.matches("role=\"row\"").count(), 2);
    assert!(markup.contains("aria-rowindex=\"3\"") && markup.contains("data-row=\"1\""));
    assert!(rows.chips.contains("data-severity=\"critical\"") && rows.chips.contains(" disabled"));
    assert_eq!(rows.heads.matches("aria-sort=\"none\"").count(), 7);
    for (from, to) in [(7, 9), (3, 1), (usize::MAX, 0), (0, usize::MAX)] {
        let (Response::Rows(rows), _) = order.rows(&report, &View::default(), (from, to), true)
        else {
            panic!("expected rows")
        };
        assert!(rows.from <= 4 && rows.names.len() <= 4);
    }
}

#[test]
fn a_column_knows_its_neighbours_in_the_tables_order() {
    let report = sample::report();
    let open = |name: &str, view: &View| {
        let mut gallery = Gallery::of_a_page();
        let asked = (name.to_string(), view);
        match Order::default().column(&report, &mut gallery, asked, (900, false)) {
            (Response::Column(opened), markup) => (opened, markup.unwrap_or_default()),
            other => panic!("expected a column, found {other:?}"),
        }
    };
    let (first, markup) = open("distance", &View::default());
    assert_eq!((first.row, first.previous, first.next.as_deref()), (Some(0), None, Some("Amount")));
    assert!(
        markup.contains("1 of 4 columns") && markup.contains("data-chart=\"column-histogram\"")
    );
    let (last, _) = open("city", &View::default());
    assert_eq!((last.row, last.previous.as_deref(), last.next), (Some(3), Some("hour"), None));
    // A column that the filters leave out is shown all the same.
    let (out, markup) = open("city", &searched("amount"));
    assert_eq!((out.row, out.previous, out.next), (None, None, None));
    assert!(!markup.is_empty());
    assert_eq!(open("nobody", &View::default()).1, "");
}

#[test]
fn names_are_text_whatever_they_hold_and_rows_stay_short() {
    let hostile = [
        "<script>alert(1)</script>".to_string(),
        "\"><img src=x onerror=alert(1)>' onfocus='x".into(),
        "\u{202e}gpj.exe".into(),
        "שם עמודה".into(),
        "x".repeat(10_240),
    ];
    let mut report = sample::report();
    let column = report.columns[3].clone();
    report.columns = hostile
        .iter()
        .map(|name| ColumnReport {
            name: name.clone(),
            explanation: name.clone(),
            ..column.clone()
        })
        .collect();
    let view = View::default();
    let (response, markup) = Order::default().rows(&report, &view, (0, 9), false);
    let markup = markup.unwrap();
    let Response::Rows(rows) = response else { panic!("expected rows") };
    // What the page asks by is the very name.
    let mut names = rows.names;
    names.sort();
    let mut expected = hostile.to_vec();
    expected.sort();
    assert_eq!(names, expected);
    let check = |markup: &str| {
        for never in ["<script", "<img", "onerror=alert(1)>", "\u{202e}", "style=", " onfocus='x"] {
            assert!(!markup.contains(never), "{never} in {markup}");
        }
    };
    check(&markup);
    assert!(markup.len() < 40_000, "{} bytes", markup.len());
    for name in &hostile {
        let mut gallery = Gallery::of_a_page();
        let asked = (name.clone(), &view);
        let (_, page) = Order::default().column(&report, &mut gallery, asked, (390, true));
        check(&page.unwrap());
    }
}

/// A scroll and a new order over five thousand columns, natively: a browser takes a few times as long.
#[test]
fn five_thousand_columns_are_ordered_once() {
    let mut report = sample::report();
    let columns = report.columns.clone();
    report.columns = (0..5000)
        .map(|n| ColumnReport { name: format!("column_{n}"), ..columns[n % 4].clone() })
        .collect();
    let mut order = Order::default();
    let mut view = View::default();
    view.sort_by(SortKey::Name);
    let (Response::Rows(rows), _) = order.rows(&report, &view, (4990, 5030), false) else {
        panic!("expected rows")
    };
    assert_eq!((rows.matching, rows.names.len()), (5000, 10));
    assert_eq!(rows.names[9], "column_999");
    view.search = "column_49".into();
    let (Response::Rows(rows), _) = order.rows(&report, &view, (0, 10), false) else {
        panic!("expected rows")
    };
    assert_eq!((rows.matching, rows.names[0].as_str()), (111, "column_49"));
}
